package store_test

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"stead/store"
	"stead/store/storetest"
)

// TestFiguresAgreeWithTheRows: whatever was done to deals and to whom they are
// with, what was won and lost by source, owner, month and reason is what the rows
// say, to the minor unit, and every figure has as many rows behind it as it counts.
func TestFiguresAgreeWithTheRows(t *testing.T) {
	st := storetest.New(t)
	change(t, st, func(ctx context.Context, tx *store.Tx) error {
		return tx.SaveReason(ctx, store.Reason{ID: "dear", Kind: store.DealLost, Name: "Too dear", CreatedAt: 1})
	})
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		h := history{t: rt, st: st, name: fmt.Sprint("a", round), clock: aWeek, p: pipes(t, st, fmt.Sprint("a", round))}
		for i := range 3 {
			h.people = append(h.people, h.fresh())
			change(t, st, func(ctx context.Context, tx *store.Tx) error {
				return tx.InsertContact(ctx, store.Contact{ID: h.people[i], Name: "P", Source: "manual", CreatedAt: 1}, nil, nil)
			})
		}
		for range rapid.IntRange(1, 15).Draw(rt, "steps") {
			h.clock += rapid.Int64Range(0, aWeek).Draw(rt, "later")
			h.step()
		}
		span := store.Span{From: h.clock - rapid.Int64Range(0, h.clock).Draw(rt, "from"), To: rapid.SampledFrom([]int64{0, h.clock, h.clock - aWeek/3}).Draw(rt, "to")}
		for _, by := range []string{store.BySource, store.ByOwner, store.ByReason, store.ByTime} {
			h.closedAgrees(span, by)
		}
		h.flowHasItsRows(span)
	})
}

// history is a pipeline, and what was done in it.
type history struct {
	t             *rapid.T
	st            *store.Store
	p             store.Pipeline
	name          string
	clock         int64
	serial        int
	people, deals []string
}

func (h *history) fresh() string { h.serial++; return fmt.Sprint(h.name, "-", h.serial) }

// step makes a deal or does something to one, or to somebody. What cannot be done
// is not done.
func (h *history) step() {
	ctx, act := context.Background(), rapid.IntRange(0, 10).Draw(h.t, "act")
	person, other := rapid.SampledFrom(h.people).Draw(h.t, "whom"), rapid.SampledFrom(h.people).Draw(h.t, "into")
	d := store.Deal{
		ID: h.fresh(), PipelineID: h.p.ID, StageID: rapid.SampledFrom(h.p.Stages).Draw(h.t, "stage").ID, ContactID: person, Amount: rapid.Int64Range(-5, 1<<40).Draw(h.t, "amount"), CreatedAt: h.clock,
		OwnerID: rapid.SampledFrom([]string{"", "u1", "u2"}).Draw(h.t, "owner"), Currency: rapid.SampledFrom([]string{"EUR", "KWD"}).Draw(h.t, "currency"), Source: rapid.SampledFrom([]string{"manual", "form"}).Draw(h.t, "source"),
	}
	reason := rapid.SampledFrom([]string{"", "dear"}).Draw(h.t, "reason")
	if act < 2 || len(h.deals) == 0 {
		act, h.deals = 0, append(h.deals, d.ID)
	} else {
		d.ID = rapid.SampledFrom(h.deals).Draw(h.t, "deal")
	}
	_ = h.st.InTx(ctx, func(tx *store.Tx) (err error) { // one that is refused changed nothing
		switch act {
		case 0:
			_, err = tx.InsertDeal(ctx, d, h.fresh())
		case 6:
			_, err = tx.EraseSubject(ctx, person)
		case 7:
			err = tx.Merge(ctx, store.Merging{Kept: other, Gone: person, ProvenanceID: h.fresh(), Actor: "u1", UndoID: h.fresh(), At: h.clock})
		case 8:
			err = tx.AssignDeal(ctx, d.ID, d.OwnerID, h.clock)
		case 9:
			err = tx.BinDeal(ctx, d.ID, "u1", h.clock)
		case 10:
			err = tx.Restore(ctx, store.BinDeal, d.ID)
		default:
			_, err = tx.MoveDeal(ctx, store.DealMove{DealID: d.ID, StageID: d.StageID, StayID: h.fresh(), OutcomeID: h.fresh(), ReasonID: reason, At: h.clock})
		}
		return err
	})
}

type closedKey struct{ key, status, currency string }

// closedAgrees counts the deals that ended one by one.
func (h *history) closedAgrees(span store.Span, by string) {
	ctx, want, got := context.Background(), map[closedKey][2]int64{}, map[closedKey][2]int64{}
	for _, id := range h.deals {
		d, err := h.st.Deal(ctx, id)
		if err != nil || d.DeletedAt != 0 || d.ClosedAt == 0 || d.ClosedAt < span.From || span.To != 0 && d.ClosedAt >= span.To {
			continue
		}
		outcomes, err := h.st.Outcomes(ctx, id)
		if err != nil {
			h.t.Fatal(err)
		}
		reason := ""
		for _, o := range outcomes {
			if o.ReopenedAt == 0 {
				reason = o.ReasonID
			}
		}
		key := map[string]string{store.BySource: d.Source, store.ByOwner: d.OwnerID, store.ByReason: reason, store.ByTime: strconv.FormatInt(d.ClosedAt/store.Quarter, 10)}[by]
		sum := want[closedKey{key, d.Status, d.Currency}]
		want[closedKey{key, d.Status, d.Currency}] = [2]int64{sum[0] + 1, sum[1] + d.Amount}
	}
	of := store.ClosedOf{Pipeline: h.p.ID, Span: span}
	sums, err := h.st.Closed(ctx, store.Everything, of, by)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, s := range sums {
		got[closedKey{s.Key, s.Status, s.Currency}] = [2]int64{s.N, s.Amount}
		if by == store.ByTime { // its rows are asked for by a span
			continue
		}
		rows, err := h.st.ClosedDeals(ctx, store.Everything, of, by, s.Key, s.Status, 100)
		n, amount := int64(0), int64(0)
		for _, d := range rows {
			if d.Currency == s.Currency {
				n, amount = n+1, amount+d.Amount
			}
		}
		if err != nil || n != s.N || amount != s.Amount {
			h.t.Fatalf("by %s: %+v has %d rows of %d behind it (%v)", by, s, n, amount, err)
		}
	}
	if !maps.Equal(got, want) {
		h.t.Fatalf("by %s in %+v: %v, the deals say %v", by, span, got, want)
	}
}

// flowHasItsRows asks for the rows behind each figure of the funnel.
func (h *history) flowHasItsRows(span store.Span) {
	ctx := context.Background()
	for _, stage := range h.p.Stages {
		passes, err := h.st.Flow(ctx, store.Everything, []string{stage.ID}, span)
		if err != nil {
			h.t.Fatal(err)
		}
		all := 0
		for _, p := range passes {
			rows, err := h.st.FlowDeals(ctx, store.Everything, stage.ID, []string{p.WentTo}, span, 200)
			if all += len(rows); err != nil || int64(len(rows)) != p.N {
				h.t.Fatalf("%+v has %d rows behind it (%v)", p, len(rows), err)
			}
		}
		if rows, err := h.st.FlowDeals(ctx, store.Everything, stage.ID, nil, span, 200); err != nil || len(rows) != all {
			h.t.Fatalf("%s: %d rows, %d in its parts (%v)", stage.Name, len(rows), all, err)
		}
	}
}
