package privacy

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"stead/app/errs"
	"stead/store"
)

// Colleagues move, assign and write about deals while their people are erased: no
// word of the people is left, whichever came first, and all that was counted still
// is.
func TestDealsThatMoveWhileTheirPersonIsErased(t *testing.T) {
	h := newHouse(t)
	const persons = 4
	stages := []store.Stage{
		{ID: "new", Name: "New", Kind: store.DealOpen, Probability: 10},
		{ID: "talks", Name: "Talks", Kind: store.DealOpen, Probability: 50},
		{ID: "won", Name: "Won", Kind: store.DealWon, Probability: 100},
	}
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertPipeline(ctx, store.Pipeline{ID: "p", Name: "Sales", Currency: "EUR", Stages: stages, CreatedAt: h.ms()})
	})
	for i := range persons {
		id := fmt.Sprint("c", i)
		h.plant(id, theirName, fmt.Sprintf("+1503555017%d", i), theirEmail)
		h.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.InsertDeal(ctx, store.Deal{
				ID: "d" + id, PipelineID: "p", StageID: "new", ContactID: id, Title: "Awning of " + theirName, Amount: int64(100 + i), Currency: "EUR",
				Source: "manual", CreatedAt: h.ms(),
			}, "stay-"+id)
			return err
		})
	}
	question := store.Question{Record: "deal"}
	total := func() (n, sum int64) {
		sums, _, err := h.st.DealSums(t.Context(), store.Everything, question, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range sums {
			n, sum = n+s.Deals, sum+s.Amount
		}
		return n, sum
	}
	deals, amount := total()

	var all sync.WaitGroup
	for i := range persons {
		id := fmt.Sprint("c", i)
		all.Go(func() {
			if receipt, err := h.svc.Erase(t.Context(), owner, id); err != nil || receipt.Hits != 0 || receipt.State != store.ErasureDone {
				t.Errorf("%s: %+v, %v", id, receipt, err)
			}
		})
		all.Go(func() {
			for n := range 100 {
				err := h.st.InTx(t.Context(), func(tx *store.Tx) error {
					d, err := tx.Deal(t.Context(), "d"+id)
					if err != nil || d.ContactID == "" { // as each capability asks before it writes
						return err
					}
					_, err = tx.MoveDeal(t.Context(), store.DealMove{
						DealID: d.ID, StageID: stages[n%3].ID, StayID: fmt.Sprint("stay-", id, n), OutcomeID: fmt.Sprint("outcome-", id, n), At: h.ms(),
					})
					note := store.Note{ID: fmt.Sprint("note-", id, n), DealID: d.ID, ContactID: id, Body: "Said by " + theirName, CreatedAt: h.ms()}
					return errors.Join(err, tx.AssignDeal(t.Context(), d.ID, fmt.Sprint("u", n), h.ms()), tx.InsertNote(t.Context(), note))
				})
				if kind := errs.KindOf(err); err != nil && kind != errs.NotFound && kind != errs.Conflict {
					t.Errorf("%s: %v", id, err)
				}
			}
		})
	}
	all.Wait()
	if left := h.traces(); len(left) > 0 {
		t.Errorf("traces are left: %v", left)
	}
	if n, sum := total(); n != deals || sum != amount {
		t.Errorf("%d deals of %d, then %d of %d", deals, amount, n, sum)
	}
	for i := range persons {
		d, err := h.st.Deal(t.Context(), fmt.Sprint("dc", i))
		if err != nil || !d.Gone() || d.Title != "" {
			t.Errorf("%+v, %v", d, err)
		}
	}
	if n, err := h.st.FlowDrift(t.Context()); n != 0 || err != nil {
		t.Errorf("%d rows of the flow differ, %v", n, err)
	}
}
