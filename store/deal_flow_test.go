package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"stead/store"
	"stead/store/storetest"
)

// TestFlowAgreesWithTheStays: whatever was done and taken back, what was added up
// with each change is what the stays come to, for whomever and whenever.
func TestFlowAgreesWithTheStays(t *testing.T) {
	st, round := storetest.New(t), 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		f := &flow{t: rt, st: st, ctx: t.Context(), p: pipes(t, st, fmt.Sprint("f", round)), clock: aWeek, round: round}
		for range 3 {
			c := store.Contact{ID: f.fresh(), Name: "Ann", Source: "manual", CreatedAt: 1}
			f.people = append(f.people, c.ID)
			f.must(func(tx *store.Tx) error { return tx.InsertContact(f.ctx, c, nil, nil) })
		}
		for range rapid.IntRange(1, 20).Draw(rt, "steps") {
			f.clock += rapid.Int64Range(0, aWeek).Draw(rt, "later")
			act := rapid.SampledFrom(flowActs).Draw(rt, "act")
			if len(f.deals) == 0 {
				act = (*flow).create
			}
			act(f)
			f.sound()
		}
		from := f.clock - rapid.Int64Range(0, 12*aWeek).Draw(rt, "from")
		span := store.Span{From: max(0, from), To: rapid.SampledFrom([]int64{0, f.clock, f.clock - aWeek/3, from + 3*aWeek}).Draw(rt, "to")}
		flowAgrees(rt, st, f.p, f.deals, span)
		f.clear()
	})
}

// flow is one history of deals.
type flow struct {
	t             *rapid.T
	st            *store.Store
	ctx           context.Context //nolint:containedctx // one test
	p             store.Pipeline
	clock         int64
	round, serial int
	deals, people []string
	undos         []string
}

var flowActs = []func(*flow){
	(*flow).create, (*flow).create, (*flow).move, (*flow).move, (*flow).assign, (*flow).save, (*flow).bin, (*flow).restore, (*flow).takeBack, (*flow).takeSome,
	(*flow).emptyBin, (*flow).sweep, (*flow).emptyStage, (*flow).merge, (*flow).erase, (*flow).halfway, (*flow).leave,
}

func (f *flow) fresh() string { f.serial++; return fmt.Sprint("f", f.round, "-", f.serial) }

func (f *flow) several(n int) (ids []string) {
	for range n {
		ids = append(ids, f.fresh())
	}
	return ids
}

func (f *flow) deal() string { return rapid.SampledFrom(f.deals).Draw(f.t, "deal") }

func (f *flow) owner() string {
	return rapid.SampledFrom([]string{"", "u1", "u2"}).Draw(f.t, "owner")
}

func (f *flow) stage(of []store.Stage) string { return rapid.SampledFrom(of).Draw(f.t, "stage").ID }

// do does something that may not be possible now.
func (f *flow) do(fn func(tx *store.Tx) error) bool {
	err := f.st.InTx(f.ctx, fn)
	for _, fine := range []error{nil, store.ErrNotFound, store.ErrConflict, store.ErrTakenBack} {
		if errors.Is(err, fine) {
			return err == nil
		}
	}
	f.t.Fatal(err)
	return false
}

func (f *flow) must(fn func(tx *store.Tx) error) {
	if !f.do(fn) {
		f.t.Fatal("this is always possible")
	}
}

// undoable does something to a deal that can be taken back.
func (f *flow) undoable(deal string, fn func(tx *store.Tx) error) {
	id := f.fresh()
	e := store.Event{ID: id, Kind: "deal.changed", Subject: deal, At: f.clock}
	u := store.Undo{ID: id, Kind: "deal.changed", At: f.clock}
	watch := func(u *store.Undoing) error { return u.WatchDeals(f.ctx, deal) }
	if f.do(func(tx *store.Tx) error {
		return tx.RecordUndoable(f.ctx, u, e, watch, func() error { return fn(tx) })
	}) {
		f.undos = append(f.undos, id)
	}
}

func (f *flow) create() {
	d := store.Deal{
		ID: f.fresh(), PipelineID: f.p.ID, StageID: f.stage(f.p.Stages), ContactID: rapid.SampledFrom(f.people).Draw(f.t, "contact"), OwnerID: f.owner(),
		Currency: "EUR", Source: "manual", CreatedAt: f.clock,
	}
	f.deals = append(f.deals, d.ID)
	f.undoable(d.ID, func(tx *store.Tx) error { _, err := tx.InsertDeal(f.ctx, d, f.fresh()); return err })
}

func (f *flow) move() {
	id, into := f.deal(), f.stage(f.p.Stages)
	f.undoable(id, func(tx *store.Tx) error {
		_, err := tx.MoveDeal(f.ctx, store.DealMove{DealID: id, StageID: into, StayID: f.fresh(), OutcomeID: f.fresh(), At: f.clock})
		return err
	})
}

func (f *flow) assign() {
	id, to := f.deal(), f.owner()
	f.undoable(id, func(tx *store.Tx) error { return tx.AssignDeal(f.ctx, id, to, f.clock) })
}

func (f *flow) save() {
	id, to := f.deal(), f.owner()
	f.undoable(id, func(tx *store.Tx) error {
		d, err := tx.Deal(f.ctx, id)
		if err != nil {
			return err
		}
		d.OwnerID = to
		return tx.UpdateDeal(f.ctx, d)
	})
}

func (f *flow) bin() {
	id := f.deal()
	f.undoable(id, func(tx *store.Tx) error { return tx.BinDeal(f.ctx, id, "u1", f.clock) })
}

func (f *flow) restore() {
	id := f.deal()
	f.undoable(id, func(tx *store.Tx) error { return tx.Restore(f.ctx, store.BinDeal, id) })
}

// lately is one of the changes that can be taken back.
func (f *flow) lately() string {
	if len(f.undos) == 0 {
		return "none"
	}
	return rapid.SampledFrom(f.undos).Draw(f.t, "undo")
}

func (f *flow) takeBack() {
	id := f.lately()
	f.do(func(tx *store.Tx) error { _, err := tx.TakeBack(f.ctx, id, f.clock); return err })
}

func (f *flow) takeSome() {
	id := f.lately()
	f.do(func(tx *store.Tx) error { _, err := tx.TakeBackSome(f.ctx, id, 1, f.clock); return err })
}

func (f *flow) emptyBin() {
	id := f.deal()
	f.do(func(tx *store.Tx) error { _, _, err := tx.EmptyBin(f.ctx, store.BinDeal, id, 100); return err })
}

// sweep lets months pass, or years, for the rules of retention alone.
func (f *flow) sweep() {
	at := f.clock + rapid.SampledFrom([]int64{13, 500}).Draw(f.t, "weeks")*aWeek
	for _, rule := range store.SweepRules() {
		if rule.Table == "deals" {
			f.do(func(tx *store.Tx) error { _, err := tx.SweepBatch(f.ctx, rule, at, 3); return err })
		}
	}
}

func (f *flow) emptyStage() {
	from, into := f.stage(f.p.Stages[:4]), f.stage(f.p.Stages[:4])
	if from == into {
		return
	}
	f.do(func(tx *store.Tx) error {
		deals, err := tx.DealsIn(f.ctx, from, 100)
		if err != nil {
			return err
		}
		return tx.EmptyStage(f.ctx, deals, into, f.several(len(deals)), "u1", f.clock)
	})
}

func (f *flow) merge() {
	m := store.Merging{Kept: f.people[0], Gone: f.people[1], ProvenanceID: f.fresh(), UndoID: f.fresh(), At: f.clock}
	if f.do(func(tx *store.Tx) error { return tx.Merge(f.ctx, m) }) {
		f.undos = append(f.undos, m.UndoID)
		f.people = slices.Delete(f.people, 1, 2)
		f.people = append(f.people, f.people[0])
	}
}

// leave hands all deals of a colleague on.
func (f *flow) leave() {
	id, to := rapid.SampledFrom([]string{"u1", "u2"}).Draw(f.t, "leaver"), f.owner()
	f.must(func(tx *store.Tx) error { return tx.HandOver(f.ctx, id, store.Heirs{Deals: to}, f.clock) })
}

// erase erases somebody, and their deals stay.
func (f *flow) erase() {
	id := f.people[len(f.people)-1]
	if id == f.people[0] {
		return
	}
	f.must(func(tx *store.Tx) error { _, err := tx.EraseSubject(f.ctx, id); return err })
	f.people[len(f.people)-1] = f.people[0]
}

// halfway goes on with a transaction of which a step did not come about.
func (f *flow) halfway() {
	id, to, into := f.deal(), f.owner(), f.stage(f.p.Stages[:4])
	f.do(func(tx *store.Tx) error {
		_, moved := tx.MoveDeal(f.ctx, store.DealMove{DealID: id, StageID: into, Version: 9999, StayID: f.fresh(), OutcomeID: f.fresh(), At: f.clock})
		assigned := tx.AssignDeal(f.ctx, "nobody's", to, f.clock)
		emptied := tx.EmptyStage(f.ctx, f.deals, f.p.Stages[5].ID, f.several(len(f.deals)), "u1", f.clock)
		for _, err := range []error{moved, assigned, emptied} {
			if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConflict) {
				return err
			}
		}
		return nil
	})
}

// sound compares all that was added up with all rows there are.
func (f *flow) sound() {
	if n, err := f.st.FlowDrift(f.ctx); n != 0 || err != nil {
		f.t.Fatalf("%d rows do not say what the stays come to (%v)", n, err)
	}
}

// clear removes the deals, and nothing may be left of them.
func (f *flow) clear() {
	for _, id := range f.deals {
		f.do(func(tx *store.Tx) error { return tx.BinDeal(f.ctx, id, "u1", f.clock) })
		f.do(func(tx *store.Tx) error { _, _, err := tx.EmptyBin(f.ctx, store.BinDeal, id, 100); return err })
	}
	f.sound()
}

// What an archive brings counts with every row, however far it was read.
func TestAnArchiveBringsTheFlow(t *testing.T) {
	from, into, ctx := storetest.New(t), storetest.New(t), t.Context()
	p := pipes(t, from, "p")
	change(t, from, func(ctx context.Context, tx *store.Tx) error {
		for i := range 7 {
			id := fmt.Sprint("d", i)
			d := store.Deal{ID: id, PipelineID: p.ID, StageID: p.Stages[i%3].ID, OwnerID: []string{"", "u1"}[i%2], Currency: "EUR", Source: "manual", CreatedAt: aWeek}
			if _, err := tx.InsertDeal(ctx, d, id+"-1"); err != nil {
				return err
			}
			if _, err := tx.MoveDeal(ctx, store.DealMove{DealID: id, StageID: p.Stages[3+i%3].ID, StayID: id + "-2", OutcomeID: id, At: int64(2+i) * aWeek}); err != nil {
				return err
			}
		}
		return tx.BinDeal(ctx, "d4", "u1", 20*aWeek)
	})
	tables, err := from.ArchiveTables(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"pipelines", "stages", "deals", "deal_stays"} {
		table := tables[slices.IndexFunc(tables, func(a store.ArchiveTable) bool { return a.Name == name })]
		for rows, last, err := from.ArchiveRows(ctx, table, nil, 2); len(rows) > 0 || err != nil; rows, last, err = from.ArchiveRows(ctx, table, last, 2) {
			if err != nil {
				t.Fatal(err)
			}
			change(t, into, func(ctx context.Context, tx *store.Tx) error { return tx.InsertArchived(ctx, table, rows) })
			if n, err := into.FlowDrift(ctx); n != 0 || err != nil {
				t.Fatalf("%s: %d rows do not say what the stays come to (%v)", name, n, err)
			}
		}
	}
	stages := []string{"p-0", "p-1", "p-2", "p-3", "p-4", "p-5"}
	want, err := from.Flow(ctx, store.OwnedBy("u1"), stages, store.Span{})
	got, err2 := into.Flow(ctx, store.OwnedBy("u1"), stages, store.Span{})
	if err != nil || err2 != nil || len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("read %+v, written %+v (%v, %v)", got, want, err2, err)
	}
}

// What was written past the product shows, and is mended.
func TestFlowIsMendedOfTheRows(t *testing.T) {
	st := storetest.New(t)
	p := pipes(t, st, "p")
	change(t, st, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.InsertDeal(ctx, store.Deal{ID: "d", PipelineID: p.ID, StageID: p.Stages[0].ID, Currency: "EUR", Source: "manual", CreatedAt: aWeek}, "s")
		return err
	})
	drift := func() int64 {
		t.Helper()
		n, err := st.FlowDrift(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := drift(); n != 0 {
		t.Errorf("%d rows are off before anybody wrote past the product", n)
	}
	change(t, st, func(ctx context.Context, tx *store.Tx) error { return tx.Spoil(ctx) })
	if n := drift(); n != 2 {
		t.Errorf("%d rows are off, want one that says what is not and one that is missing", n)
	}
	change(t, st, func(ctx context.Context, tx *store.Tx) error { return tx.MendFlow(ctx) })
	if n := drift(); n != 0 {
		t.Errorf("%d rows are off still", n)
	}
}
