package board

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/ids"
	"stead/app/tabular"
	"stead/store"
	"stead/store/storetest"
)

var boss = access.Owner("u1")

const noon = int64(1_790_000_000_000) // 21 September 2026

type kit struct {
	*Service
	t  testing.TB
	st *store.Store
}

// newKit is a business of three with two pipelines and no deal.
func newKit(t testing.TB) kit {
	t.Helper()
	k := kit{t: t, st: storetest.New(t)}
	k.Service = New(Deps{
		Store: k.st, Now: func() time.Time { return time.UnixMilli(noon) }, NewID: ids.New,
	})
	k.write(func(ctx context.Context, tx *store.Tx) error {
		for _, u := range []string{"u1", "u2", "u3"} {
			if err := tx.InsertUser(ctx, store.User{ID: u, Name: "Name of " + u, Email: u + "@x", EmailKey: u + "@x", PasswordHash: "h", Role: access.RoleOwner}); err != nil {
				return err
			}
		}
		if err := tx.InsertBusiness(ctx, store.Business{Name: "B", Country: "GB", Currency: "EUR", Timezone: "UTC", CreatedAt: 1, UpdatedAt: 1}); err != nil {
			return err
		}
		if err := tx.InsertContact(ctx, store.Contact{ID: "ann", Name: "Ann", Source: "manual", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1}, nil, nil); err != nil {
			return err
		}
		for _, p := range []string{"p", "q"} {
			err := tx.InsertPipeline(ctx, store.Pipeline{ID: p, Name: "Pipeline " + p, Currency: "EUR", CreatedAt: 1, Stages: []store.Stage{
				{ID: p + "new", Name: "New", Kind: store.DealOpen, Probability: 10, IdleDays: 5},
				{ID: p + "offer", Name: "Offer", Kind: store.DealOpen, Probability: 60},
				{ID: p + "won", Name: "Won", Kind: store.DealWon, Probability: 100},
				{ID: p + "lost", Name: "Lost", Kind: store.DealLost},
			}})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return k
}

func (k kit) write(do func(context.Context, *store.Tx) error) {
	k.t.Helper()
	ctx := context.Background()
	if err := k.st.InTx(ctx, func(tx *store.Tx) error { return do(ctx, tx) }); err != nil {
		k.t.Fatal(err)
	}
}

// deal adds one; what is left out is an open deal of the boss.
func (k kit) deal(d store.Deal) string {
	k.t.Helper()
	if d.ID == "" {
		d.ID = ids.New()
	}
	if d.StageID == "" {
		d.StageID = "pnew"
	}
	d.PipelineID = d.StageID[:1]
	if d.Currency == "" {
		d.Currency = "EUR"
	}
	if d.CreatedAt == 0 {
		d.CreatedAt = noon
	}
	d.Source = "manual"
	k.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.InsertDeal(ctx, d, ids.New())
		return err
	})
	return d.ID
}

func (k kit) board(actor access.Actor, at place) Board {
	k.t.Helper()
	b, err := k.Board(context.Background(), actor, at, map[string]int{"pnew": 100, "poffer": 100, "pwon": 100, "plost": 100})
	if err != nil {
		k.t.Fatal(err)
	}
	return b
}

func (k kit) list(actor access.Actor, at place) Listed {
	k.t.Helper()
	at.show = asList
	l, err := k.List(context.Background(), actor, at)
	if err != nil {
		k.t.Fatal(err)
	}
	return l
}

// exported are the rows of an export, without their titles.
func (k kit) exported(actor access.Actor, at place) [][]string {
	k.t.Helper()
	at.show = asList
	write, err := k.Export(context.Background(), actor, at)
	if err != nil {
		k.t.Fatal(err)
	}
	var b strings.Builder
	if err := write(context.Background(), &b); err != nil {
		k.t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), tabular.BOM))).ReadAll()
	if err != nil || len(rows) == 0 {
		k.t.Fatal(err, len(rows))
	}
	return rows[1:]
}

// view keeps a filter and returns its id.
func (k kit) view(q store.Question) string {
	k.t.Helper()
	q.Record = "deal"
	id, err := k.saved.Save(context.Background(), boss, q, "A view", true)
	if err != nil {
		k.t.Fatal(err)
	}
	return id
}

func one(field, op string, values ...string) store.Question {
	return store.Question{Conditions: []store.Condition{{Field: field, Op: op, Values: values}}}
}

// TestSumsAreThoseOfTheRows draws deals, and asks board, list, forecast and
// export for them: each says the same, to the minor unit.
func TestSumsAreThoseOfTheRows(t *testing.T) {
	k := newKit(t)
	var made []string
	rapid.Check(t, func(rt *rapid.T) {
		k.write(func(ctx context.Context, tx *store.Tx) error { // the bin leaves everything as it was
			for _, id := range made {
				if err := tx.BinDeal(ctx, id, "u1", noon); err != nil {
					return err
				}
			}
			return nil
		})
		made = nil
		stages := []string{"pnew", "poffer", "pwon", "plost", "qnew", "qwon"}
		for range rapid.IntRange(0, 30).Draw(rt, "deals") {
			made = append(made, k.deal(store.Deal{
				StageID: rapid.SampledFrom(stages).Draw(rt, "stage"), Amount: rapid.Int64Range(-99, 1_000_000).Draw(rt, "amount"),
				Currency: rapid.SampledFrom([]string{"EUR", "JPY", "KWD"}).Draw(rt, "currency"), OwnerID: rapid.SampledFrom([]string{"", "u1", "u2"}).Draw(rt, "owner"),
				ClosesOn: rapid.SampledFrom([]int64{0, 1_790_035_200_000, 1_795_000_000_000 / day * day}).Draw(rt, "closes"), CreatedAt: noon - rapid.Int64Range(0, 10).Draw(rt, "age")*day,
			}))
		}
		at := place{pipeline: "p", who: rapid.SampledFrom([]string{"", access.Mine, access.Free}).Draw(rt, "who")}
		if rapid.Bool().Draw(rt, "filtered") {
			at.view = k.view(one("amount", store.OpLeast, "5000"))
		}
		b := k.board(boss, at)
		for _, lane := range b.Lanes {
			agree(rt, "lane "+lane.Stage.ID, lane.Sums, lane.Cards.Rows)
			listed := at
			listed.stage = lane.Stage.ID
			agree(rt, "list of "+lane.Stage.ID, k.list(boss, listed).Sums, lane.Cards.Rows)
		}
		at.status = "all"
		all := k.list(boss, at)
		agree(rt, "list", all.Sums, all.Rows)
		if got := len(k.exported(boss, at)); got != len(all.Rows) {
			rt.Fatalf("%d rows are exported of %d", got, len(all.Rows))
		}
		k.foreseen(rt, at)
	})
}

// agree compares sums with the rows that they are of.
func agree(t *rapid.T, what string, sums []store.Sum, rows []store.DealRow) {
	t.Helper()
	var want []store.Sum
	for _, d := range rows {
		want = append(want, store.Sum{Currency: d.Currency, Deals: 1, Amount: d.Amount, Weighted: d.Weighted})
	}
	got := byCurrency(sums)
	if want = byCurrency(want); !slices.Equal(got, want) {
		t.Fatalf("%s: sums are %v, rows come to %v", what, got, want)
	}
}

// foreseen compares the forecast with the rows that each month opens.
func (k kit) foreseen(t *rapid.T, at place) {
	at.status = ""
	o, err := k.Forecast(context.Background(), boss, at.as(asForecast))
	if err != nil {
		t.Fatal(err)
	}
	sh := k.shower(context.Background(), at.as(asForecast), o.asked, o.People)
	for _, m := range sh.forecast(o).Months {
		address, err := url.Parse(m.Href)
		if err != nil {
			t.Fatal(err)
		}
		opened := placeIn(address.Query().Get)
		l := k.list(boss, opened)
		if got := strconv.Itoa(len(l.Rows)); got != m.Deals || len(l.Sums) != 1 || sh.amount(l.Sums[0].Amount, l.Sums[0].Currency) != m.Amount {
			t.Fatalf("%s says %s deals of %s, its rows are %s of %v", m.Label, m.Deals, m.Amount, got, l.Sums)
		}
	}
}

func TestWhatIsClosedLeavesTheBoard(t *testing.T) {
	k := newKit(t)
	k.deal(store.Deal{ID: "fresh", StageID: "pwon"})
	k.deal(store.Deal{ID: "old", StageID: "pwon", CreatedAt: noon - 31*day - int64(14*time.Hour/time.Millisecond)})
	b := k.board(boss, place{})
	if won := b.Lanes[2]; won.Deals != 1 || len(won.Cards.Rows) != 1 || won.Cards.Rows[0].ID != "fresh" {
		t.Errorf("won are %d, %v", won.Deals, won.Cards.Rows)
	}
	if l := k.list(boss, place{status: "won"}); len(l.Rows) != 2 {
		t.Errorf("the list has %d won deals", len(l.Rows))
	}
}

func TestALaneGoesOn(t *testing.T) {
	k := newKit(t)
	for i := range 3*cardsAtOnce + 1 {
		k.deal(store.Deal{ID: fmt.Sprintf("d%03d", i), CreatedAt: noon - int64(i/3)})
	}
	seen := map[string]bool{}
	b, err := k.Board(t.Context(), boss, place{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	page := b.Lanes[0].Cards
	for {
		for _, d := range page.Rows {
			if seen[d.ID] {
				t.Fatalf("%s comes twice", d.ID)
			}
			seen[d.ID] = true
		}
		if page.Next == "" {
			break
		}
		_, lane, err := k.Lane(t.Context(), boss, place{after: page.Next}, "pnew")
		if err != nil {
			t.Fatal(err)
		}
		page = lane.Cards
	}
	if len(seen) != 3*cardsAtOnce+1 {
		t.Errorf("%d cards came", len(seen))
	}
}

// TestAListTurnsBothWays turns the pages of a list to its end and back.
func TestAListTurnsBothWays(t *testing.T) {
	k := newKit(t)
	for i := range 2*listSize + 7 {
		k.deal(store.Deal{ID: fmt.Sprintf("d%03d", i), Title: fmt.Sprint("Job ", i%5), Amount: int64(i % 9), CreatedAt: noon - int64(i%4)})
	}
	for _, sort := range []string{"", "title", "-amount", "closes", "created"} {
		var ahead, back []string
		at := place{sort: sort}
		l := k.list(boss, at)
		for ; ; l = k.list(boss, at) {
			ahead = append(ahead, idsOf(l)...)
			if at.after = l.Next; at.after == "" {
				break
			}
		}
		for {
			back = append(idsOf(l), back...)
			if at.after = l.Prev; at.after == "" {
				break
			}
			l = k.list(boss, at)
		}
		if len(ahead) != 2*listSize+7 || !slices.Equal(ahead, back) {
			t.Errorf("by %q: %d deals ahead, %d back, the same: %t", sort, len(ahead), len(back), slices.Equal(ahead, back))
		}
	}
}

func idsOf(l Listed) (out []string) {
	for _, d := range l.Rows {
		out = append(out, d.ID)
	}
	return out
}

// TestAFilterIsKept refines a list, keeps that as a view, changes and deletes it.
func TestAFilterIsKept(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	k.deal(store.Deal{ID: "big", Amount: 900_000})
	k.deal(store.Deal{ID: "small", Amount: 100})
	at, err := k.Refine(ctx, boss, place{show: asList}, url.Values{"do": {"add"}, "field": {"amount"}, "op": {store.OpLeast}, "value": {"5,000"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := idsOf(k.list(boss, at)); !slices.Equal(got, []string{"big"}) || strings.Contains(at.path(), "5000") {
		t.Fatalf("%s lists %v", at.path(), got)
	}
	asked := func(ctx context.Context) (store.Question, error) { return k.questionAt(ctx, boss, at) }
	kept, err := k.saved.Do(ctx, boss, "new", url.Values{"do": {"save"}, "name": {"Large ones"}, "shared": {"on"}}, asked)
	if err != nil || kept.View == at.view {
		t.Fatal(kept, err)
	}
	if got := k.board(boss, place{view: kept.View}).Lanes[0].Deals; got != 1 {
		t.Errorf("the board shows %d deals of the view", got)
	}
	mate := access.Owner("u2")
	if _, err := k.saved.Do(ctx, mate, kept.View, url.Values{"do": {"rename"}, "name": {"Mine"}}, asked); errs.KindOf(err) != errs.Denied {
		t.Errorf("a colleague renames it: %v", err)
	}
	gone, err := k.saved.Do(ctx, boss, kept.View, url.Values{"do": {"delete"}}, asked)
	if err != nil || gone.Undo == "" {
		t.Fatal(gone, err)
	}
	if _, err := k.List(ctx, boss, place{show: asList, view: kept.View}); errs.KindOf(err) != errs.NotFound {
		t.Errorf("what was deleted answers %v", err)
	}
	_, err = k.Refine(ctx, boss, place{show: asList}, url.Values{"do": {"add"}, "field": {"amount"}, "op": {store.OpLeast}, "value": {"plenty"}})
	if errs.KindOf(err) != errs.Invalid {
		t.Errorf("no number is %v", err)
	}
}

func TestMarksSayMoreThanAColour(t *testing.T) {
	k := newKit(t)
	b := k.board(boss, place{})
	sh := k.shower(t.Context(), place{}, b.asked, b.People)
	midnight := sh.dayAfter(noon) - day
	today := store.DealRow{Deal: store.Deal{Status: store.DealOpen, LastActivityAt: noon}, DueAt: midnight, DueAllDay: true}
	if next, marks := sh.marks(&today, b.Lanes[0].Stage); next != "Today" || len(marks) != 0 {
		t.Errorf("what is due today says %q and is marked %+v", next, marks)
	}
	for want, d := range map[string]store.DealRow{
		"No next step": {Deal: store.Deal{Status: store.DealOpen, LastActivityAt: noon}},
		"To be closed": {Deal: store.Deal{Status: store.DealOpen, LastActivityAt: noon, ErasedAt: 1}},
		"Overdue":      {Deal: store.Deal{Status: store.DealOpen, LastActivityAt: noon}, DueAt: noon - 1},
		"1 d late":     {Deal: store.Deal{Status: store.DealOpen, LastActivityAt: noon}, DueAt: midnight - day, DueAllDay: true},
		"3 d late":     {Deal: store.Deal{Status: store.DealOpen, LastActivityAt: noon}, DueAt: noon - 3*day},
		"Idle 9 d":     {Deal: store.Deal{Status: store.DealOpen, LastActivityAt: noon - 9*day}, DueAt: noon + day},
	} {
		_, marks := sh.marks(&d, b.Lanes[0].Stage)
		if len(marks) != 1 || marks[0].Text != want || marks[0].Icon == "" {
			t.Errorf("%s is marked %+v", want, marks)
		}
	}
}
