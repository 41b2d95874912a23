package bulk_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"stead/app/access"
	"stead/app/bulk"
	"stead/app/errs"
	"stead/app/ids"
	"stead/app/picked"
	"stead/app/web"
	"stead/app/work"
	"stead/store"
	"stead/store/storetest"
)

var (
	owner = access.Owner("boss")
	noon  = time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)
)

type kit struct {
	*bulk.Service
	st   *store.Store
	path string
	work *work.Runner
}

func newKit(t testing.TB, n int) kit {
	t.Helper()
	path := t.TempDir() + "/stead.db"
	st := storetest.At(t, path)
	storetest.Crowd(t, st, n)
	runner := work.New(work.Deps{Store: st, Now: time.Now, NewID: ids.New, Log: slog.New(slog.DiscardHandler), Wait: hold(t), Pace: work.NewPace(time.Now)})
	runner.Handle("undo", func(_ context.Context, op store.Operation, _ access.Actor) (store.Operation, error) { return op, nil })
	s := bulk.New(bulk.Deps{Store: st, Work: runner, Now: clock(t), NewID: ids.New})
	st.React(s.React)
	inTx(t, st, func(tx *store.Tx) error {
		if err := tx.InsertBusiness(t.Context(), store.Business{Name: "House", Country: "PT", Currency: "EUR", Timezone: "Europe/Lisbon", CreatedAt: 1, UpdatedAt: 1}); err != nil {
			return err
		}
		for _, id := range []string{"boss", "user-1", "user-2", "user-3", "user-4", "user-5"} {
			u := store.User{ID: id, Name: "Name " + id, Email: id + "@x.example", EmailKey: id + "@x.example", Role: "owner", CreatedAt: 1, UpdatedAt: 1}
			if err := tx.InsertUser(t.Context(), u); err != nil {
				return err
			}
		}
		return nil
	})
	return kit{s, st, path, runner}
}

// hold is how the work pauses between steps: not at all in tests, as in the
// product in benchmarks.
func hold(t testing.TB) func(context.Context, time.Duration) error {
	if _, ok := t.(*testing.B); ok {
		return nil
	}
	return func(context.Context, time.Duration) error { return nil }
}

// clock stands still in tests; how long a step takes is measured in benchmarks.
func clock(t testing.TB) func() time.Time {
	if _, ok := t.(*testing.B); ok {
		return time.Now
	}
	return func() time.Time { return noon }
}

func inTx(t testing.TB, st *store.Store, do func(tx *store.Tx) error) {
	t.Helper()
	if err := st.InTx(t.Context(), do); err != nil {
		t.Fatal(err)
	}
}

// rows are all rows that a bulk edit can touch.
func (k kit) rows(t testing.TB) string {
	t.Helper()
	var out []string
	for _, table := range []string{
		"contacts", "contact_tags", "contact_fields", "contact_companies", "contact_phones", "contact_emails", "contact_addresses", "conversations", "tasks", "search_docs", "companies", "tags",
	} {
		cells := storetest.Cells(t, k.path, table)
		slices.Sort(cells) // a row that comes back may stand elsewhere in the file
		out = append(out, table+": "+strings.Join(cells, "|"))
	}
	return strings.Join(out, "\n")
}

var everyEdit = []bulk.Edit{
	{What: bulk.Tag, Value: storetest.CrowdTag(1)},
	{What: bulk.Tag, Value: storetest.CrowdTag(0), Off: true},
	{What: bulk.Tag, NewName: "Brand new"},
	{What: bulk.Owner, Value: "user-2"},
	{What: bulk.Owner},
	{What: bulk.Company, NewName: "Firm 1"},
	{What: bulk.Company, NewName: "A new firm"},
	{What: bulk.Company, Off: true},
	{What: bulk.Language, Value: "de"},
	{What: bulk.Language},
	{What: bulk.About, Value: "Met at the fair"},
	{What: bulk.Basis, Value: "contract", Evidence: "Order 7"},
	{What: bulk.DoNotCall},
	{What: bulk.DoNotCall, Off: true},
	{What: bulk.Minor},
	{What: bulk.Blocked},
	{What: bulk.Blocked, Off: true},
	{What: bulk.Bin},
	{What: store.OwnKey(storetest.CrowdSize), Field: storetest.CrowdSize, Own: &store.Value{Num: 5_000_000, IsNum: true}},
	{What: store.OwnKey(storetest.CrowdSize), Field: storetest.CrowdSize},
	{What: store.OwnKey(storetest.CrowdStage), Field: storetest.CrowdStage, Own: &store.Value{Words: "stage-3", WordsKey: "stage-3"}},
}

// Whatever is changed of whomever, the undo leaves every row exactly as it was.
func TestABulkEditIsTakenBackToTheRow(t *testing.T) {
	k := newKit(t, 24)
	rapid.Check(t, func(rt *rapid.T) {
		before := k.rows(t)
		e := rapid.SampledFrom(everyEdit).Draw(rt, "edit")
		p := picked.Picked{All: rapid.Bool().Draw(rt, "all")}
		if !p.All {
			for range rapid.IntRange(1, 20).Draw(rt, "how many") {
				p.IDs = append(p.IDs, storetest.CrowdID(rapid.IntRange(0, 25).Draw(rt, "whom")))
			}
			slices.Sort(p.IDs)
			p.IDs = slices.Compact(p.IDs)
		}
		out, err := k.Apply(t.Context(), owner, p, e, "")
		if err != nil {
			rt.Fatal(err)
		}
		after := k.rows(t)
		if out.Changed > 0 && before == after {
			rt.Fatalf("%+v of %+v: %d changed, rows differ: %v", e, p, out.Changed, before != after)
		}
		if out.Undo == "" && before != after {
			rt.Fatalf("%+v of %+v: rows differ, and nothing takes it back", e, p)
		}
		if out.Undo == "" {
			return
		}
		inTx(t, k.st, func(tx *store.Tx) error { _, err := tx.TakeBack(t.Context(), out.Undo, 9); return err })
		if got := k.rows(t); got != before {
			rt.Fatalf("%+v of %+v: not as before\n%s", e, p, differing(before, got))
		}
	})
}

func differing(a, b string) string {
	x, y := strings.Split(a, "|"), strings.Split(b, "|")
	var out []string
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			out = append(out, fmt.Sprintf("%q is %q", x[i], y[i]))
		}
	}
	return strings.Join(out[:min(len(out), 10)], "\n")
}

// Of many, each step changes some, and one undo takes all of it back.
func TestManyAreChangedInSteps(t *testing.T) {
	k := newKit(t, 450)
	before := k.rows(t)
	out, err := k.Apply(t.Context(), owner, picked.Picked{All: true}, bulk.Edit{What: bulk.Tag, Value: storetest.CrowdTag(0)}, "0123456789abcdef")
	if err != nil || out.Operation == "" {
		t.Fatalf("%+v, %v; want an operation", out, err)
	}
	again, err := k.Apply(t.Context(), owner, picked.Picked{All: true}, bulk.Edit{What: bulk.Tag, Value: storetest.CrowdTag(0)}, "0123456789abcdef")
	if err != nil || again.Operation != out.Operation {
		t.Errorf("sent twice: %+v, %v; want the same operation", again, err)
	}
	op, err := k.work.Drive(t.Context(), out.Operation, func(store.Operation) {})
	if err != nil || op.State != store.OperationDone || op.Done != 450 || op.Changed != 300 || op.Total != 450 {
		t.Fatalf("%+v, %v", op, err)
	}
	tags, err := k.st.TagsOf(t.Context(), []string{storetest.CrowdID(1), storetest.CrowdID(448)})
	if err != nil || len(tags[storetest.CrowdID(1)]) != 4 || len(tags[storetest.CrowdID(448)]) != 4 {
		t.Errorf("tags %v, %v", tags, err)
	}
	for range 100 {
		var back store.TakenBack
		inTx(t, k.st, func(tx *store.Tx) (err error) {
			back, err = tx.TakeBackSome(t.Context(), op.UndoID, 200, 9)
			return err
		})
		u, err := k.st.Undo(t.Context(), op.UndoID)
		if err != nil {
			t.Fatal(err, back)
		}
		if u.UndoneAt != 0 {
			break
		}
	}
	if got := k.rows(t); got != before {
		t.Errorf("not as before\n%s", differing(before, got))
	}
}

// Each contact is asked about anew, and what is out of reach is left alone.
func TestWhatIsOutOfReachIsLeftAlone(t *testing.T) {
	k := newKit(t, 60)
	agent := access.Actor{ID: "user-1", Kind: access.User, May: map[access.Permission]access.Reach{
		access.ContactsRead: access.All, access.ContactsWrite: access.Own, access.PersonalSee: access.Own, access.ContactsAssign: access.Own,
	}}
	all := picked.Picked{All: true}
	out, err := k.Apply(t.Context(), agent, all, bulk.Edit{What: bulk.Language, Value: "fi"}, "")
	if err != nil || out.Changed != 10 || out.Skipped != 50 {
		t.Errorf("%+v, %v; want the actor's own ten", out, err)
	}
	if _, err := k.Apply(t.Context(), agent, all, bulk.Edit{What: bulk.Bin}, ""); errs.KindOf(err) != errs.Denied {
		t.Errorf("without the right: %v", err)
	}
	if _, err := k.Apply(t.Context(), owner, all, bulk.Edit{What: bulk.Owner, Value: "nobody here"}, ""); errs.KindOf(err) != errs.Invalid {
		t.Errorf("to nobody of ours: %v", err)
	}
	some, err := k.Apply(t.Context(), agent, picked.Picked{IDs: []string{storetest.CrowdID(0), storetest.CrowdID(1), "no such"}}, bulk.Edit{What: bulk.About, Value: "x"}, "")
	if err != nil || some.Changed != 1 || some.Skipped != 2 {
		t.Errorf("%+v, %v; want one changed", some, err)
	}
}

// The pages lead from those who were chosen to the change and say what it does.
func TestPagesOfABulkEdit(t *testing.T) {
	k := newKit(t, 60)
	rt := web.NewRouter(slog.New(slog.DiscardHandler))
	k.Routes(rt)
	post := func(form url.Values) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/contacts/bulk", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		rt.ServeHTTP(w, r.WithContext(web.WithActor(r.Context(), owner)))
		return w
	}
	id := storetest.CrowdID(7)
	for name, tc := range map[string]struct {
		form   url.Values
		status int
		shows  string
	}{
		"nobody chosen":      {url.Values{"do": {"tag"}, "view": {"v1"}}, http.StatusSeeOther, ""},
		"what":               {url.Values{"id": {id}, "do": {"change"}}, http.StatusOK, "What is to be changed"},
		"to which tag":       {url.Values{"id": {id}, "do": {"tag"}}, http.StatusOK, "Or a new tag"},
		"no tag":             {url.Values{"id": {id}, "what": {"tag"}, "stage": {"preview"}}, http.StatusUnprocessableEntity, "Choose a tag."},
		"an own field":       {url.Values{"id": {id}, "what": {store.OwnKey(storetest.CrowdSize)}}, http.StatusOK, "Empty it instead"},
		"no number":          {url.Values{"id": {id}, "what": {store.OwnKey(storetest.CrowdSize)}, "stage": {"preview"}, "value": {"much"}}, http.StatusUnprocessableEntity, "error-summary"},
		"what would change":  {url.Values{"id": {id}, "what": {"language"}, "value": {"sv"}, "stage": {"preview"}}, http.StatusOK, "1 would change."},
		"all that are found": {url.Values{"all": {"1"}, "what": {"language"}, "value": {"sv"}, "stage": {"preview"}}, http.StatusOK, "60 would change."},
		"into the bin":       {url.Values{"id": {id}, "do": {"delete"}}, http.StatusOK, "Put them into the bin"},
		"a field that went":  {url.Values{"id": {id}, "what": {"f.gone"}, "stage": {"preview"}, "value": {"x"}}, http.StatusUnprocessableEntity, "Choose what to change."},
		"done":               {url.Values{"id": {id}, "what": {"language"}, "value": {"fi"}, "stage": {"apply"}, "who": {"mine"}}, http.StatusSeeOther, ""},
	} {
		w := post(tc.form)
		if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.shows) {
			t.Errorf("%s: %d, want %d with %q\n%s", name, w.Code, tc.status, tc.shows, w.Body)
		}
	}
	c, err := k.st.Card(t.Context(), id)
	if err != nil || c.Language != "fi" {
		t.Errorf("language %q, %v", c.Language, err)
	}
}
