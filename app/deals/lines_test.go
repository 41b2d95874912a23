package deals_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"stead/app/access"
	"stead/app/deals"
	"stead/app/errs"
	"stead/app/ids"
	"stead/store"
)

func (k kit) lines(id string) deals.Lines {
	k.t.Helper()
	all, err := k.Lines(context.Background(), boss, id)
	if err != nil {
		k.t.Fatal(err)
	}
	return all
}

func (k kit) set(id string, drafts ...deals.LineDraft) deals.Saved {
	k.t.Helper()
	saved, err := k.SetLines(context.Background(), boss, id, k.lines(id).Seen, drafts)
	if err != nil {
		k.t.Fatal(err)
	}
	return saved
}

func TestLinesMakeTheAmount(t *testing.T) {
	k := newKit(t)
	id := k.made(deals.Draft{Amount: "5"})
	k.set(id, deals.LineDraft{Name: "Coat", Quantity: "2", Price: "149,90", Discount: "10", Tax: "23"}, deals.LineDraft{}, deals.LineDraft{Name: "Repair", Quantity: "1,5", Unit: "hour", Price: "40"})
	d, all := k.deal(id), k.lines(id)
	if d.Amount != 26_982+6000 || !d.HasLines || d.Weighted != 3298 || len(all.Rows) != 2 || all.Totals.Net != d.Amount || all.Totals.Tax != 6206 {
		t.Fatalf("%+v, %+v", d, all)
	}
	if _, err := k.Edit(t.Context(), boss, id, d.Version, deals.Draft{Title: "x", Amount: "1", Currency: "USD"}); err != nil {
		t.Fatal(err)
	}
	if d := k.deal(id); d.Amount != 32_982 || d.Currency != "EUR" {
		t.Errorf("an amount that is the lines' was typed over: %+v", d)
	}
	k.set(id)
	if d := k.deal(id); d.HasLines || d.Amount != 32_982 {
		t.Errorf("without lines: %+v", d)
	}
}

func TestEachCellSaysWhatIsWrong(t *testing.T) {
	k := newKit(t)
	id := k.made(deals.Draft{})
	before := k.all()
	for cell, d := range map[string]deals.LineDraft{
		"item-0":     {Price: "5"},
		"quantity-0": {Name: "x", Quantity: "many"},
		"price-0":    {Name: "x", Price: "1,234"},
		"discount-0": {Name: "x", Discount: "101"},
		"tax-0":      {Name: "x", Tax: "-1"},
		"unit-0":     {Name: "x", Unit: strings.Repeat("u", 31)},
	} {
		_, err := k.SetLines(t.Context(), boss, id, k.lines(id).Seen, []deals.LineDraft{d})
		if got := errs.Fields(err); errs.KindOf(err) != errs.Invalid || got[cell] == "" || len(got) != 1 {
			t.Errorf("%s: %v", cell, err)
		}
	}
	for _, tt := range [][]deals.LineDraft{
		{{Name: "x", Quantity: "99999999999", Price: "999999999999"}},
		{{Name: "x", Quantity: "2", Price: "999999999999"}}, // a board of many such deals could not be added up
		make201(),
	} {
		if _, err := k.SetLines(t.Context(), boss, id, k.lines(id).Seen, tt); errs.KindOf(err) != errs.Invalid {
			t.Errorf("too much: %v", err)
		}
	}
	if after := k.all(); fmt.Sprint(before) != fmt.Sprint(after) {
		t.Error("what was refused changed something")
	}
}

func make201() []deals.LineDraft {
	out := make([]deals.LineDraft, 201)
	for i := range out {
		out[i] = deals.LineDraft{Name: "Thing " + strconv.Itoa(i)}
	}
	return out
}

func TestTwoWhoChangeLinesSeeEachOther(t *testing.T) {
	k := newKit(t)
	id := k.made(deals.Draft{})
	saw := k.lines(id).Seen
	if _, err := k.Move(t.Context(), boss, id, deals.Moving{StageID: "won"}); err != nil {
		t.Fatal(err)
	}
	if _, err := k.SetLines(t.Context(), boss, id, saw, []deals.LineDraft{{Name: "Coat", Price: "1"}}); err != nil {
		t.Errorf("a move is no change of lines: %v", err)
	}
	if _, err := k.SetLines(t.Context(), boss, id, saw, []deals.LineDraft{{Name: "Hat", Price: "2"}}); errs.CodeOf(err) != deals.CodeChanged {
		t.Errorf("lines that nobody saw are written over: %v", err)
	}
	saved, err := k.SetLines(t.Context(), boss, id, k.lines(id).Seen, []deals.LineDraft{{Name: "Coat", Quantity: "1", Price: "1,00"}})
	if err != nil || saved.Undo != "" {
		t.Errorf("the same is a change: %+v, %v", saved, err)
	}
}

func TestWhoIsNotShownAmountsChangesNoLines(t *testing.T) {
	k := newKit(t)
	id := k.made(deals.Draft{OwnerID: "u2"})
	agent := access.Actor{ID: "u2", Kind: access.User, May: map[access.Permission]access.Reach{
		access.DealsRead: access.Own, access.DealsWrite: access.Own, access.PersonalSee: access.Own,
	}}
	if _, err := k.Lines(t.Context(), agent, id); errs.KindOf(err) != errs.Denied {
		t.Errorf("they see lines: %v", err)
	}
	if _, err := k.SetLines(t.Context(), agent, id, "", []deals.LineDraft{{Name: "x"}}); errs.KindOf(err) != errs.Denied {
		t.Errorf("they change lines: %v", err)
	}
	if part, err := k.LinesPanel(t.Context(), agent, deals.Sight{Deal: k.deal(id)}); part != nil || err != nil {
		t.Errorf("the page of the deal shows them lines: %v", err)
	}
}

// TestTotalsAgree: whatever is typed, the sum of the rows, the amount of the deal,
// what the page shows and what the board adds up are one number; taken back, all
// is as it was.
func TestTotalsAgree(t *testing.T) {
	k := newKit(t)
	rapid.Check(t, func(rt *rapid.T) {
		ctx := context.Background()
		currency := rapid.SampledFrom([]string{"EUR", "JPY", "KWD"}).Draw(rt, "currency")
		saved, err := k.Create(ctx, boss, deals.Draft{Title: "Roof", PipelineID: "p", StageID: "new", Currency: currency, Amount: "7"}, ids.New())
		if err != nil {
			rt.Fatal(err)
		}
		id, others := saved.ID, k.sum(currency)-k.deal(saved.ID).Amount
		for range rapid.IntRange(1, 4).Draw(rt, "saves") {
			before, rows := k.all(), k.lines(id).Rows
			drafts := rapid.SliceOfN(rapid.Custom(lineDraft), 0, 6).Draw(rt, "lines")
			saved, err := k.SetLines(ctx, boss, id, k.lines(id).Seen, drafts)
			if errs.KindOf(err) == errs.Invalid {
				continue
			}
			if err != nil {
				rt.Fatal(err)
			}
			all, d, sum := k.lines(id), k.deal(id), int64(0)
			for _, row := range all.Rows {
				sum += row.Net
			}
			if len(all.Rows) > 0 && (sum != d.Amount || all.Totals.Net != sum) || k.sum(currency) != others+d.Amount || d.Weighted != store.Weighted(d.Amount, d.Probability) {
				rt.Fatalf("rows come to %d, totals to %d, the deal to %d, the board to %d beside %d", sum, all.Totals.Net, d.Amount, k.sum(currency), others)
			}
			if saved.Undo != "" && rapid.Bool().Draw(rt, "back") {
				k.change(func(ctx context.Context, tx *store.Tx) error {
					_, err := tx.TakeBack(ctx, saved.Undo, *k.at)
					return err
				})
				if after := k.all(); fmt.Sprint(before, rows) != fmt.Sprint(after, k.lines(id).Rows) {
					rt.Fatal("taken back, it is not as it was")
				}
			}
		}
	})
}

func lineDraft(t *rapid.T) deals.LineDraft {
	return deals.LineDraft{
		Name:     rapid.SampledFrom([]string{"", "Coat", "Hat"}).Draw(t, "item"),
		Quantity: rapid.SampledFrom([]string{"", "1", "3", "-2", "0,333", "1000000"}).Draw(t, "quantity"),
		Price:    rapid.SampledFrom([]string{"", "1", "99", "-5", "19,99", "123456789"}).Draw(t, "price"),
		Discount: rapid.SampledFrom([]string{"", "5", "33,33", "100"}).Draw(t, "discount"),
		Tax:      rapid.SampledFrom([]string{"", "6", "23", "19,6"}).Draw(t, "tax"),
	}
}

// sum is what the board says of a currency.
func (k kit) sum(currency string) int64 {
	k.t.Helper()
	sums, _, err := k.st.DealSums(context.Background(), store.Everything, store.Question{}, 0)
	if err != nil {
		k.t.Fatal(err)
	}
	n := int64(0)
	for _, s := range sums {
		if s.Currency == currency {
			n += s.Amount
		}
	}
	return n
}
