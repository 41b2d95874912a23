package store_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"stead/store"
	"stead/store/storetest"
)

// asked is a small crowd with gaps, and all that a question can ask of it.
type asked struct {
	st    *store.Store
	cards []store.Card
	late  map[string]bool // have a task that is due
	field map[string]store.Field
}

var askedAt = time.Date(2026, 11, 18, 10, 0, 0, 0, time.FixedZone("there", 7200))

func newAsked(t testing.TB) asked {
	t.Helper()
	st := storetest.New(t)
	storetest.Crowd(t, st, 120, storetest.Unsearched)
	a := asked{st: st, late: map[string]bool{}, field: map[string]store.Field{}}
	ids := make([]string, 120)
	for i := range ids {
		ids[i] = storetest.CrowdID(i)
	}
	err := st.InTx(t.Context(), func(tx *store.Tx) error { return a.makeGaps(t, tx, ids) })
	if err != nil {
		t.Fatal(err)
	}
	for from := 0; from < len(ids); from += 60 {
		cards, err := st.Cards(t.Context(), ids[from:from+60])
		if err != nil {
			t.Fatal(err)
		}
		a.cards = append(a.cards, cards...)
	}
	a.cards = slices.DeleteFunc(a.cards, func(c store.Card) bool { return c.ID == ids[5] }) // in the bin
	fields, err := st.Fields(t.Context(), "contact")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		a.field[f.ID] = f
	}
	return a
}

// makeGaps takes from every few people what others have.
func (a asked) makeGaps(t testing.TB, tx *store.Tx, ids []string) error {
	t.Helper()
	ctx := t.Context()
	for i, id := range ids {
		if i%7 == 0 {
			if err := tx.SetValue(ctx, "contact", id, storetest.CrowdSize, nil); err != nil {
				return err
			}
			if err := tx.SetCompanies(ctx, id, nil); err != nil {
				return err
			}
		}
		if i%11 == 0 {
			if err := tx.SetTags(ctx, id, nil); err != nil {
				return err
			}
			if err := tx.SetBlocked(ctx, id, 5); err != nil {
				return err
			}
		}
		if i%13 == 0 {
			a.late[id] = true
			if err := tx.InsertTask(ctx, store.Task{ID: "t" + id, ContactID: id, Kind: "todo", Title: "x", DueAt: askedAt.UnixMilli() - 5, CreatedAt: 1}); err != nil {
				return err
			}
		}
	}
	return tx.BinContacts(ctx, []string{ids[5]}, "u1", 5)
}

// holds is what a condition means, said once more without any SQL.
func (a asked) holds(c store.Card, q store.Condition) bool {
	word := func(values ...string) bool {
		v := ""
		if len(q.Values) > 0 {
			v = store.Fold(strings.TrimSpace(q.Values[0]))
		}
		some := func(test func(string) bool) bool { return slices.ContainsFunc(values, test) }
		switch q.Op {
		case store.OpHas:
			return some(func(s string) bool { return strings.Contains(store.Fold(s), v) })
		case store.OpBegins:
			return some(func(s string) bool { return strings.HasPrefix(store.Fold(s), v) })
		case store.OpIs:
			return some(func(s string) bool { return store.Fold(s) == v })
		case store.OpNot:
			return !some(func(s string) bool { return store.Fold(s) == v })
		case store.OpAny:
			return some(func(s string) bool { return slices.Contains(q.Values, s) })
		case store.OpNone:
			return !some(func(s string) bool { return slices.Contains(q.Values, s) })
		case store.OpEmpty:
			return !some(func(s string) bool { return s != "" })
		case store.OpFilled:
			return some(func(s string) bool { return s != "" })
		}
		return false
	}
	switch q.Field {
	case "name":
		return word(c.Name)
	case "email":
		return word(c.Emails[0].Typed)
	case "phone":
		if q.Op == store.OpHas {
			return strings.Contains(c.Phones[0].E164, q.Values[0])
		}
		return word(c.Phones[0].E164)
	case "company":
		if len(c.Companies) == 0 {
			return word()
		}
		return word(c.Companies[0].Name)
	case "tag":
		return word(c.Tags...)
	case "owner":
		return word(c.OwnerID)
	case "source":
		return word(c.Source)
	case "blocked":
		return (c.BlockedAt != 0) == (q.Op == store.OpYes)
	case "task":
		return a.late[c.ID] == (q.Op == store.OpYes)
	case "f." + storetest.CrowdStage:
		return word(c.Values[storetest.CrowdStage].Words)
	case "f." + storetest.CrowdSize:
		v, ok := c.Values[storetest.CrowdSize]
		return a.number(v.Num, ok, q)
	}
	return false
}

func (a asked) number(have int64, ok bool, q store.Condition) bool {
	var want int64
	if len(q.Values) > 0 {
		_, _ = fmt.Sscan(q.Values[0], &want)
	}
	switch q.Op {
	case store.OpEmpty:
		return !ok
	case store.OpFilled:
		return ok
	case store.OpIs:
		return ok && have == want
	case store.OpLeast:
		return ok && have >= want
	case store.OpMost:
		return ok && have <= want
	}
	return false
}

// drawQuestion makes a question out of what stands in the crowd.
func (a asked) drawQuestion(t *rapid.T) store.Question {
	card := func() store.Card { return rapid.SampledFrom(a.cards).Draw(t, "somebody") }
	part := func(s string) string {
		if len(s) < 3 {
			return "x"
		}
		from := rapid.IntRange(0, len(s)-3).Draw(t, "from")
		return strings.ToValidUTF8(s[from:from+3], "_")
	}
	var out []store.Condition
	for range rapid.IntRange(0, 3).Draw(t, "conditions") {
		field := rapid.SampledFrom([]string{"name", "email", "phone", "company", "tag", "owner", "source", "blocked", "task", "f." + storetest.CrowdStage, "f." + storetest.CrowdSize}).Draw(t, "field")
		on, _ := store.AskedBy(field, a.fields())
		c := store.Condition{Field: field, Op: rapid.SampledFrom(on.Ops()).Draw(t, "op")}
		of := card()
		value := map[string]string{
			"name": of.Name, "email": of.Emails[0].Typed, "phone": of.Phones[0].E164, "company": of.Company, "owner": of.OwnerID, "source": of.Source,
			"tag": append(of.Tags, storetest.CrowdTag(1))[0], "f." + storetest.CrowdStage: of.Values[storetest.CrowdStage].Words,
			"f." + storetest.CrowdSize: fmt.Sprint(of.Values[storetest.CrowdSize].Num),
		}[field]
		switch {
		case !store.Takes(c.Op):
		case c.Op == store.OpHas && field == "phone":
			c.Values = []string{of.Phones[0].E164[4:8]}
		case c.Op == store.OpHas:
			c.Values = []string{part(value)}
		case c.Op == store.OpBegins && len(value) > 2:
			c.Values = []string{strings.ToValidUTF8(value[:2], "")}
		case value == "" && field != "owner":
			c.Values = []string{"none of it"}
		default:
			c.Values = []string{value}
		}
		out = append(out, c)
	}
	sort := rapid.SampledFrom([]string{"", "name", "-name", "activity", "-activity", "created", "-created", "company", "-company", "f." + storetest.CrowdSize, "-f." + storetest.CrowdSize}).Draw(t, "sort")
	return store.Question{Any: rapid.Bool().Draw(t, "any"), Conditions: out, Sort: sort, Now: askedAt, Sees: store.Everything}
}

func (a asked) fields() []store.Field {
	var out []store.Field
	for _, f := range a.field {
		out = append(out, f)
	}
	return out
}

// expected is what a question finds, in no order.
func (a asked) expected(q store.Question, owners []string) map[string]bool {
	out := map[string]bool{}
	for _, c := range a.cards {
		if owners != nil && !slices.Contains(owners, c.OwnerID) {
			continue
		}
		ok := !q.Any || len(q.Conditions) == 0
		for _, cond := range q.Conditions {
			if a.holds(c, cond) == q.Any {
				ok = q.Any
			}
		}
		if ok {
			out[c.ID] = true
		}
	}
	return out
}

// inOrder tells whether a row may stand before another.
func (a asked) inOrder(q store.Question, x, y store.Card) bool {
	key, desc := strings.CutPrefix(q.Sort, "-")
	if key == "" {
		key, desc = "activity", true
	}
	by := 0
	switch key {
	case "name":
		by = cmp.Compare(x.NameKey, y.NameKey)
	case "activity":
		by = cmp.Compare(x.LastActivityAt, y.LastActivityAt)
	case "company":
		if (x.Company == "") != (y.Company == "") {
			return x.Company != ""
		}
		by = cmp.Compare(strings.ToLower(x.Company), strings.ToLower(y.Company))
	case "f." + storetest.CrowdSize:
		vx, okx := x.Values[storetest.CrowdSize]
		vy, oky := y.Values[storetest.CrowdSize]
		if okx != oky {
			return okx
		}
		by = cmp.Compare(vx.Num, vy.Num)
	}
	if by == 0 {
		by = cmp.Compare(x.ID, y.ID)
	}
	return by < 0 != desc
}

// pages walks a whole list forwards and back again and returns it.
func (a asked) pages(ctx context.Context, t *rapid.T, scope store.Scope, q store.Question) []string {
	var out []string
	var firsts []string
	page := store.Page{Limit: 7}
	var last store.Answer
	for range 200 {
		got, err := a.st.Ask(ctx, scope, q, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range got.Rows {
			out = append(out, c.ID)
		}
		if len(got.Rows) > 0 {
			firsts = append(firsts, got.Rows[0].ID)
			last = got
		}
		if page.After = got.Next; page.After == "" {
			break
		}
	}
	for at := len(firsts) - 2; at >= 0; at-- {
		got, err := a.st.Ask(ctx, scope, q, store.Page{After: last.Prev, Limit: 7})
		if err != nil || len(got.Rows) == 0 || got.Rows[0].ID != firsts[at] {
			t.Fatalf("back on page %d: %+v, %v; want it to begin with %s", at, got, err, firsts[at])
		}
		last = got
	}
	return out
}

func (a asked) check(ctx context.Context, t *rapid.T) {
	q := a.drawQuestion(t)
	scope, owners := store.Everything, []string(nil)
	if rapid.Bool().Draw(t, "scoped") {
		scope, owners = store.OwnedBy("user-1", "user-2").OrFree(), []string{"user-1", "user-2", ""}
	}
	want := a.expected(q, owners)
	got := a.pages(ctx, t, scope, q)
	cards := map[string]store.Card{}
	for _, c := range a.cards {
		cards[c.ID] = c
	}
	if len(got) != len(want) {
		t.Fatalf("%d found, want %d\n%+v", len(got), len(want), q)
	}
	for i, id := range got {
		if !want[id] || i > 0 && !a.inOrder(q, cards[got[i-1]], cards[id]) {
			t.Fatalf("%s at %d: wanted %v\n%+v", id, i, want[id], q)
		}
	}
	a.checkCount(ctx, t, scope, q, want)
}

func (a asked) checkCount(ctx context.Context, t *rapid.T, scope store.Scope, q store.Question, want map[string]bool) {
	tally, err := a.st.CountOf(ctx, scope, q, 10_000)
	if err != nil || tally.N != len(want) || tally.More {
		t.Fatalf("counted %+v, %v; want %d\n%+v", tally, err, len(want), q)
	}
	some, err := a.st.CountOf(ctx, scope, q, 20)
	if err != nil || some.N != min(len(want), 20) || some.More != (len(want) > 20) {
		t.Fatalf("counted %+v of %d up to 20, %v\n%+v", some, len(want), err, q)
	}
	var each []string
	after := ""
	for range 200 {
		ids, next, err := a.st.EachOf(ctx, scope, q, after, 9)
		if err != nil {
			t.Fatal(err)
		}
		each = append(each, ids...)
		if after = next; after == "" {
			break
		}
	}
	if len(each) != len(want) || !slices.IsSorted(each) {
		t.Fatalf("walked %d, want %d\n%+v", len(each), len(want), q)
	}
}

func TestAQuestionFindsWhatItsConditionsSay(t *testing.T) {
	a := newAsked(t)
	t.Run("lists that are short", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) { a.check(t.Context(), rt) })
	})
	t.Run("step by step", func(t *testing.T) {
		store.Hurry(t)
		rapid.Check(t, func(rt *rapid.T) { a.check(t.Context(), rt) })
	})
}

// Whatever a budget cuts off is found by looking further.
func TestWhatABudgetCutsOffIsFoundFurtherOn(t *testing.T) {
	a := newAsked(t)
	store.NoTime(t)
	q := store.Question{Conditions: []store.Condition{{Field: "email", Op: store.OpHas, Values: []string{"9@"}}}, Sort: "name", Now: askedAt, Sees: store.Everything}
	want := a.expected(q, nil)
	found, cuts := 0, 0
	page := store.Page{}
	for range 100 {
		got, err := a.st.Ask(t.Context(), store.Everything, q, page)
		if err != nil {
			t.Fatal(err)
		}
		found += len(got.Rows)
		if got.Cut {
			cuts++
		}
		if page.After = got.Next; page.After == "" {
			break
		}
	}
	if found != len(want) || cuts < 5 {
		t.Errorf("found %d of %d, cut %d times", found, len(want), cuts)
	}
	tally, err := a.st.CountOf(t.Context(), store.Everything, q, 100)
	if err != nil || !tally.More || tally.N > len(want) {
		t.Errorf("counted %+v, %v; want a part, and that there is more", tally, err)
	}
}

func TestAConditionOnWhatIsGoneIsIgnoredAndSaidSo(t *testing.T) {
	a := newAsked(t)
	for name, c := range map[string]store.Condition{
		"a field that was deleted":     {Field: "f.gone", Op: store.OpFilled},
		"a tag that was deleted":       {Field: "tag", Op: store.OpAny, Values: []string{"gone"}},
		"a field of a later version":   {Field: "shoe", Op: store.OpIs, Values: []string{"44"}},
		"an operator of another kind":  {Field: "blocked", Op: store.OpHas, Values: []string{"x"}},
		"a number that is none":        {Field: "f." + storetest.CrowdSize, Op: store.OpLeast, Values: []string{"many"}},
		"a day that is none":           {Field: "created", Op: store.OpBefore, Values: []string{"soon"}},
		"a comparison without a value": {Field: "name", Op: store.OpHas},
	} {
		q := store.Question{Conditions: []store.Condition{c}, Sort: "name", Now: askedAt, Sees: store.Everything}
		got, err := a.st.Ask(t.Context(), store.Everything, q, store.Page{Limit: 200})
		if err != nil || len(got.Rows) != len(a.cards) || !slices.Equal(got.Ignored, []int{0}) {
			t.Errorf("%s: %d rows, ignored %v, %v", name, len(got.Rows), got.Ignored, err)
		}
	}
}

// Who does not see numbers does not find people by them, nor by what is not
// theirs to see.
func TestWhatIsVeiledFindsNobody(t *testing.T) {
	a := newAsked(t)
	all := store.Everything
	for name, tc := range map[string]struct {
		sees store.Scope
		want []string
	}{
		"sees all":  {all, []string{"user-1", "user-2", "user-3", "user-4", "user-5", ""}},
		"sees own":  {store.OwnedBy("user-1"), []string{"user-1"}},
		"sees none": {store.Scope{}, []string{"nobody has that owner"}},
	} {
		for _, c := range []store.Condition{
			{Field: "phone", Op: store.OpHas, Values: []string{"351"}}, {Field: "city", Op: store.OpFilled}, {Field: "email", Op: store.OpNot, Values: []string{"x"}},
		} {
			q := store.Question{Conditions: []store.Condition{c}, Now: askedAt, Sees: tc.sees}
			got, err := a.st.Ask(t.Context(), all, q, store.Page{Limit: 200})
			if want := len(a.expected(store.Question{}, tc.want)); err != nil || len(got.Rows) != want {
				t.Errorf("%s, %s: %d rows, want %d, %v", name, c.Field, len(got.Rows), want, err)
			}
		}
	}
}

func TestDaysAreThoseOfTheBusiness(t *testing.T) {
	st := storetest.New(t)
	day := time.Date(2026, 11, 18, 0, 0, 0, 0, askedAt.Location())
	at := map[string]time.Time{
		"before": day.Add(-time.Millisecond), "begin": day, "end": day.AddDate(0, 0, 1).Add(-time.Millisecond), "next": day.AddDate(0, 0, 1), "old": day.AddDate(0, 0, -7),
	}
	err := st.InTx(t.Context(), func(tx *store.Tx) error {
		for id, when := range at {
			c := store.Contact{ID: id, Name: id, Source: "manual", CreatedAt: when.UnixMilli(), LastActivityAt: when.UnixMilli()}
			if err := tx.InsertContact(t.Context(), c, nil, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ op, value, want string }{
		{store.OpIs, "2026-11-18", "begin end"},
		{store.OpBefore, "2026-11-18", "before old"},
		{store.OpAfter, "2026-11-18", "next"},
		{store.OpWithin, "1", "begin end"},
		{store.OpWithin, "7", "before begin end"},
		{store.OpWithin, "8", "before begin end old"},
	} {
		for _, field := range []string{"created", "activity"} {
			q := store.Question{Conditions: []store.Condition{{Field: field, Op: tc.op, Values: []string{tc.value}}}, Sort: "name", Now: askedAt, Sees: store.Everything}
			got, err := st.Ask(t.Context(), store.Everything, q, store.Page{})
			var names []string
			for _, c := range got.Rows {
				names = append(names, c.Name)
			}
			if err != nil || strings.Join(names, " ") != tc.want {
				t.Errorf("%s %s %s: %v, %v; want %s", field, tc.op, tc.value, names, err, tc.want)
			}
		}
	}
}

func TestAQuestionIsKeptAndReadBack(t *testing.T) {
	q := store.Question{Record: "contact", Any: true, Sort: "-name", Columns: []string{"tag"}, Conditions: []store.Condition{{Field: "name", Op: store.OpHas, Values: []string{"é"}}}}
	text, err := q.Text()
	if err != nil {
		t.Fatal(err)
	}
	back, err := store.ParseQuestion(text)
	if err != nil || fmt.Sprint(back) != fmt.Sprint(q) {
		t.Errorf("%+v, %v; want %+v", back, err, q)
	}
	for name, text := range map[string]string{
		"no JSON": "name", "of a later version": strings.Replace(text, `"v":1`, `"v":2`, 1), "too long": `{"v":1,"if":[{"field":"name","op":"is","values":["` + strings.Repeat("x", 1000) + `"]}]}`,
	} {
		if _, err := store.ParseQuestion(text); !errors.Is(err, store.ErrQuestion) || strings.Contains(err.Error(), "é") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
