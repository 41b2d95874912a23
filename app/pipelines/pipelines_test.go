package pipelines_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"stead/app/apptest"
	"stead/app/ids"
	"stead/app/pipelines"
	"stead/store"
)

type kit struct {
	*apptest.House
	t *testing.T
	c *apptest.Client
}

func newKit(t *testing.T) kit {
	t.Helper()
	h := apptest.Start(t, apptest.Options{})
	return kit{h, t, h.SignedIn()}
}

// made makes a pipeline by its form.
func (k kit) made(name, template string) store.Pipeline {
	k.t.Helper()
	p := k.c.PostForm("/settings/pipelines", url.Values{"name": {name}, "currency": {"EUR"}, "template": {template}, "key": {ids.New()}})
	if p.Status != http.StatusSeeOther {
		k.t.Fatalf("%d: %s", p.Status, p.Body)
	}
	return k.find(name)
}

func (k kit) find(name string) store.Pipeline {
	k.t.Helper()
	all, err := k.Store().Pipelines(k.t.Context())
	at := slices.IndexFunc(all, func(p store.Pipeline) bool { return p.Name == name })
	if err != nil || at < 0 {
		k.t.Fatalf("no %q among %d (%v)", name, len(all), err)
	}
	return all[at]
}

func names(p store.Pipeline) string {
	var out []string
	for _, st := range p.Stages {
		out = append(out, st.Name)
	}
	return strings.Join(out, ", ")
}

func (k kit) post(path string, form ...string) apptest.Page {
	k.t.Helper()
	v := url.Values{}
	for i := 0; i < len(form); i += 2 {
		v.Set(form[i], form[i+1])
	}
	return k.c.PostForm(path, v)
}

func TestEachTemplateMakesAPipeline(t *testing.T) {
	k := newKit(t)
	for _, template := range pipelines.Templates() {
		p := k.made("Our "+template.Name, template.Key)
		kinds := map[string]int{}
		for _, st := range p.Stages {
			kinds[st.Kind]++
		}
		if kinds[store.DealOpen] < 1 || kinds[store.DealWon] != 1 || kinds[store.DealLost] != 1 {
			t.Errorf("%s has %v", template.Name, kinds)
		}
		if page := k.c.Get("/settings/pipelines/" + p.ID); page.Status != http.StatusOK || !strings.Contains(page.Body, p.Stages[0].Name) {
			t.Errorf("the page of %s answers %d", template.Name, page.Status)
		}
	}
	reasons, err := k.Store().Reasons(t.Context())
	if err != nil || len(reasons) < 6 {
		t.Errorf("%d reasons (%v)", len(reasons), err)
	}
}

func TestWhatIsWrongWithAPipelineIsSaid(t *testing.T) {
	k := newKit(t)
	for name, c := range map[string]struct{ name, currency, template, says string }{
		"no name":       {"", "EUR", "sales", "Enter a name."},
		"the same name": {" sALES ", "EUR", "sales", "There is a pipeline of this name already."},
		"no currency":   {"Other", "ZZZ", "sales", "Choose one of the list."},
		"no template":   {"Other", "EUR", "pyramid", "Choose one of the list."},
	} {
		p := k.post("/settings/pipelines", "name", c.name, "currency", c.currency, "template", c.template)
		if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, c.says) || !strings.Contains(p.Body, `value="`+c.name+`"`) {
			t.Errorf("%s answers %d", name, p.Status)
		}
	}
	key := ids.New()
	for range 3 {
		k.post("/settings/pipelines", "name", "Once", "currency", "EUR", "template", "", "key", key)
	}
	if all, err := k.Store().Pipelines(t.Context()); err != nil || len(all) != 2 {
		t.Errorf("%d pipelines (%v)", len(all), err)
	}
}

func TestStagesAreAddedMovedAndChanged(t *testing.T) {
	k := newKit(t)
	p := k.find("Sales")
	before := names(p)
	if a := k.post("/settings/pipelines/"+p.ID+"/stages", "name", "Waiting", "kind", "open", "probability", "70", "idle", "3", "need-amount", "on", "need-nonsense", "on"); a.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", a.Status, a.Body)
	}
	p = k.find("Sales")
	if got := names(p); got != "New, Talking, Offer sent, Agreed, Waiting, Won, Lost" {
		t.Errorf("stages are %s", got)
	}
	st := p.Stages[4]
	if !slices.Equal(st.Required, []string{"amount"}) || st.Probability != 70 || st.IdleDays != 3 {
		t.Errorf("%+v", st)
	}
	for name, c := range map[string][]string{
		"Enter a whole number":          {"name", "X", "kind", "open", "probability", "a lot"},
		"from 0 to 100":                 {"name", "X", "kind", "open", "probability", "101"},
		"There is a stage of this name": {"name", "agreed", "kind", "open", "probability", "5"},
		"Enter a number of days from 1": {"name", "X", "kind", "open", "probability", "5", "idle", "-2"},
		"Choose one of the list.":       {"name", "X", "kind", "maybe", "probability", "5"},
	} {
		if a := k.post("/settings/stages/"+st.ID, append(c, "version", "1")...); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, name) {
			t.Errorf("%v answers %d", c, a.Status)
		}
	}
	won := p.Stages[5]
	if a := k.post("/settings/stages/"+won.ID, "name", "Won", "kind", "open", "probability", "5", "version", "1"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "only stage of its kind") {
		t.Errorf("the only won stage becomes open: %d", a.Status)
	}
	k.post("/settings/stages/"+st.ID+"/place", "to", "up")
	if got := names(k.find("Sales")); got != "New, Talking, Offer sent, Waiting, Agreed, Won, Lost" {
		t.Errorf("after a move: %s", got)
	}
	if a := k.post("/settings/stages/"+st.ID, "name", "Waiting for them", "kind", "open", "probability", "71", "version", "1"); a.Status != http.StatusSeeOther {
		t.Fatalf("%d", a.Status)
	}
	if a := k.post("/settings/stages/"+st.ID, "name", "Mine", "kind", "open", "probability", "72", "version", "1"); a.Status != http.StatusConflict || !strings.Contains(a.Body, "Waiting for them") || !strings.Contains(a.Body, "Mine") {
		t.Errorf("an old version answers %d", a.Status)
	}
	k.undoLast("stage.changed")
	k.undoLast("stage.moved")
	k.undoLast("stage.created")
	if got := names(k.find("Sales")); got != before {
		t.Errorf("taken back: %s", got)
	}
}

// undoLast takes the last change of a kind back.
func (k kit) undoLast(kind string) {
	k.t.Helper()
	users, err := k.Store().Users(k.t.Context())
	if err != nil {
		k.t.Fatal(err)
	}
	undos, err := k.Store().UndosOf(k.t.Context(), users[0].ID, store.Page{Limit: 100})
	at := slices.IndexFunc(undos, func(u store.Undo) bool { return u.Kind == kind && u.UndoneAt == 0 })
	if err != nil || at < 0 {
		k.t.Fatalf("no %s to take back (%v)", kind, err)
	}
	if p := k.post("/undo/" + undos[at].ID); p.Status != http.StatusSeeOther {
		k.t.Fatalf("%s is not taken back: %d %s", kind, p.Status, p.Body)
	}
}

func TestAStageHandsItsDealsOver(t *testing.T) {
	k := newKit(t)
	p := k.find("Sales")
	from, into := p.Stages[1], p.Stages[2]
	const n = 7
	k.Change("deal.created", "d", func(tx *store.Tx) error {
		for i := range n {
			d := store.Deal{ID: fmt.Sprint("d", i), PipelineID: p.ID, StageID: from.ID, Amount: 1000, Currency: "EUR", Source: "manual", CreatedAt: k.Clock.Now().UnixMilli()}
			if _, err := tx.InsertDeal(t.Context(), d, fmt.Sprint("s", i)); err != nil {
				return err
			}
		}
		return tx.BinDeal(t.Context(), "d0", "", k.Clock.Now().UnixMilli())
	})
	page := k.c.Get("/settings/stages/" + from.ID).Body
	if !strings.Contains(page, "7 deals are in it") || !strings.Contains(page, `value="`+into.ID+`"`) || strings.Contains(page, `value="`+p.Stages[4].ID+`"`) {
		t.Error("the page does not say how many deals are in it, or where they may go")
	}
	where := func() (at map[string]int) {
		at = map[string]int{}
		for i := range n {
			d, err := k.Store().Deal(context.Background(), fmt.Sprint("d", i))
			if err != nil {
				t.Fatal(err)
			}
			at[d.StageID]++
		}
		return at
	}
	for _, wrong := range []string{"", p.Stages[4].ID, from.ID, "nowhere"} {
		if a := k.post("/settings/stages/"+from.ID+"/deletion", "version", "1", "into", wrong); a.Status == http.StatusSeeOther {
			t.Errorf("goes into %q", wrong)
		}
	}
	if got := where(); got[from.ID] != n {
		t.Fatalf("a refusal moved deals: %v", got)
	}
	if a := k.post("/settings/stages/"+from.ID+"/deletion", "version", "1", "into", into.ID); a.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", a.Status, a.Body)
	}
	if got := where(); got[into.ID] != n || strings.Contains(names(k.find("Sales")), from.Name) {
		t.Errorf("deals are in %v, stages %s", got, names(k.find("Sales")))
	}
	if d, err := k.Store().Deal(t.Context(), "d3"); err != nil || d.Weighted != 600 {
		t.Errorf("%+v (%v)", d, err)
	}
	k.undoLast("stage.deleted")
	if got := where(); got[from.ID] != n || !strings.Contains(names(k.find("Sales")), from.Name) {
		t.Errorf("taken back, deals are in %v", got)
	}
	stays, err := k.Store().Stays(t.Context(), "d3")
	if err != nil || len(stays) != 1 || stays[0].LeftAt != 0 {
		t.Errorf("%+v (%v)", stays, err)
	}
	if a := k.post("/settings/pipelines/"+p.ID+"/deletion", "version", "1"); a.Status != http.StatusConflict || !strings.Contains(a.Body, "There are deals in it") {
		t.Errorf("the pipeline goes with its deals: %d", a.Status)
	}
}

func TestReasonsAreTheBusinesss(t *testing.T) {
	k := newKit(t)
	k.post("/settings/reasons", "kind", "lost", "reason", "Moved away")
	if body := k.c.Get("/settings/pipelines").Body; !strings.Contains(body, "Moved away") {
		t.Error("a new reason is not shown")
	}
	if a := k.post("/settings/reasons", "kind", "lost", "reason", "moved AWAY"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "There is a reason of this name") || !strings.Contains(a.Body, "moved AWAY") {
		t.Errorf("a name twice: %d", a.Status)
	}
	reasons, err := k.Store().Reasons(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	last := reasons[len(reasons)-1]
	k.post("/settings/reasons/"+last.ID, "kind", "lost", "reason", "Moved far away")
	k.post("/settings/reasons/" + last.ID + "/deletion")
	if body := k.c.Get("/settings/pipelines").Body; strings.Contains(body, "Moved") {
		t.Error("a reason that went is shown")
	}
	k.undoLast("reason.dropped")
	if body := k.c.Get("/settings/pipelines").Body; !strings.Contains(body, "Moved far away") {
		t.Error("it does not come back")
	}
}
