package privacy

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"stead/store"
)

// What was sold and for how much outlives the person, without a word of them, and
// the plan and the receipt say so.
func TestDealsStayWithoutThePerson(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	h.plant("c2", "Anna Nowak", "+15550188999", "anna@example.org")
	stages := []store.Stage{{ID: "open", Name: "Talking", Kind: store.DealOpen, Probability: 50}, {ID: "won", Name: "Won", Kind: store.DealWon, Probability: 100}, {ID: "lost", Name: "Lost", Kind: store.DealLost}}
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		errs := []error{tx.InsertPipeline(ctx, store.Pipeline{ID: "p", Name: "Sales", Currency: "EUR", Stages: stages, CreatedAt: h.ms()})}
		for id, d := range map[string]store.Deal{
			"d1": {ContactID: "c1", StageID: "won", Amount: 123_45, Title: "Awning of " + theirName},
			"d2": {ContactID: "c1", StageID: "won", Amount: 55_00, Title: "Gate"},
			"d3": {ContactID: "c2", StageID: "open", Amount: 99, Title: "Fence"},
		} {
			d.ID, d.PipelineID, d.Currency, d.Source, d.CreatedAt = id, "p", "EUR", "manual", h.ms()
			_, err := tx.InsertDeal(ctx, d, "y"+id)
			errs = append(errs, err)
		}
		return errors.Join(append(errs,
			tx.SetDealContacts(ctx, "d3", []store.DealContact{{DealID: "d3", ContactID: "c1", Role: "Sister of Anna", CreatedAt: h.ms()}}),
			tx.SaveProduct(ctx, store.Product{ID: "awning", Name: "Awning", Currency: "EUR", CreatedAt: h.ms()}),
			tx.SetDealLines(ctx, "d1", 1, []store.DealLine{
				{ID: "l1", DealID: "d1", ProductID: "awning", Name: "Awning for " + theirName, Quantity: 1000, Price: 100_00, Net: 100_00, CreatedAt: h.ms()},
				{ID: "l2", DealID: "d1", Name: "Ladder of " + theirName, Quantity: 1000, Price: 23_45, Net: 23_45, CreatedAt: h.ms()},
			}, h.ms()))...)
	})
	question := store.Question{Record: "deal"}
	before, _, err := h.st.DealSums(t.Context(), store.Everything, question, 0)
	if err != nil || len(before) != 2 {
		t.Fatalf("sums %+v, %v", before, err)
	}

	plan, err := h.svc.Plan(t.Context(), owner, "c1")
	if err != nil {
		t.Fatal(err)
	}
	until := date(h.now.AddDate(0, 0, 8*366))
	if g := gapOf(plan.Stays, "deals"); g.Count != 2 || g.Until != until || !strings.Contains(g.Why, "taxes") || !strings.Contains(g.What, "products") || !strings.Contains(g.Why, "keeps its product") {
		t.Errorf("the plan says %+v, want two until %s", g, until)
	}
	receipt, err := h.svc.Erase(t.Context(), owner, "c1")
	if err != nil || receipt.Hits != 0 || receipt.State != store.ErasureDone {
		t.Fatalf("%+v, %v", receipt, err)
	}
	if g := gapOf(receipt.Gaps, "deals"); g.Count != 2 || g.Until != until {
		t.Errorf("the receipt says %+v", g)
	}
	if left := h.traces(); len(left) > 0 {
		t.Errorf("traces are left: %v", left)
	}
	after, _, err := h.st.DealSums(t.Context(), store.Everything, question, 0)
	if err != nil || len(after) != len(before) || after[0] != before[0] || after[1] != before[1] {
		t.Errorf("the sums were %+v and are %+v (%v)", before, after, err)
	}
	d, err := h.st.Deal(t.Context(), "d1")
	if err != nil || d.Title != "" || d.ContactID != "" || d.Amount != 123_45 || d.Status != store.DealWon || d.ErasedAt != h.ms() || !d.Gone() || date(time.UnixMilli(d.KeptUntil())) != until {
		t.Errorf("the deal is %+v (%v)", d, err)
	}
	lines, err := h.st.DealLines(t.Context(), "d1")
	if err != nil || len(lines) != 2 || lines[0].Name != "" || lines[0].ProductID != "awning" || lines[0].Net != 100_00 || lines[1].Name != "" {
		t.Errorf("its lines are %+v (%v)", lines, err)
	}
	if others, err := h.st.DealContacts(t.Context(), "d3"); err != nil || len(others) != 0 {
		t.Errorf("they still have to do with %+v (%v)", others, err)
	}
	if d, err := h.st.Deal(t.Context(), "d3"); err != nil || d.Title != "Fence" || d.ContactID != "c2" || d.ErasedAt != 0 {
		t.Errorf("another person's deal is %+v (%v)", d, err)
	}
}
