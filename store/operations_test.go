package store

import (
	"errors"
	"testing"
)

func TestACancelledOperationTakesNoMoreSteps(t *testing.T) {
	ctx, s := t.Context(), OpenTest(t)
	op := Operation{ID: "op", Kind: "bulk", Actor: "u1", Total: 10, Params: "{}", CreatedAt: 5}
	err := s.InTx(ctx, func(tx *Tx) error { return tx.InsertOperation(ctx, op) })
	if err != nil {
		t.Fatal(err)
	}
	op.State, op.Done, op.Cursor, op.UpdatedAt = OperationRunning, 4, "k", 6
	if err := s.InTx(ctx, func(tx *Tx) error { return tx.SaveOperation(ctx, op) }); err != nil {
		t.Fatal(err)
	}
	if open, err := s.OpenOperations(ctx); err != nil || len(open) != 1 {
		t.Errorf("open: %v (%v)", open, err)
	}
	if err := s.InTx(ctx, func(tx *Tx) error { _, err := tx.CancelOperation(ctx, "op", 7); return err }); err != nil {
		t.Fatal(err)
	}
	op.Done = 8
	if err := s.InTx(ctx, func(tx *Tx) error { return tx.SaveOperation(ctx, op) }); !errors.Is(err, ErrConflict) {
		t.Errorf("a step after the end is saved: %v", err)
	}
	got, err := s.Operation(ctx, "op")
	if err != nil || got.State != OperationCancelled || got.Done != 4 || got.Cursor != "k" || got.FinishedAt != 7 || !got.Ended() {
		t.Errorf("%+v (%v)", got, err)
	}
}

func TestWhoeverAskedHearsOfTheEnd(t *testing.T) {
	ctx, s := t.Context(), OpenTest(t)
	op := Operation{ID: "op", Kind: "bulk", Actor: "u1", CreatedAt: 5}
	err := s.InTx(ctx, func(tx *Tx) error {
		if err := tx.InsertUser(ctx, User{ID: "u1", Name: "Una", Email: "u@x.example", Role: "owner", CreatedAt: 1, UpdatedAt: 1}); err != nil {
			return err
		}
		if err := tx.InsertOperation(ctx, op); err != nil {
			return err
		}
		op.State, op.UpdatedAt = OperationDone, 9
		return tx.SaveOperation(ctx, op)
	})
	if err != nil {
		t.Fatal(err)
	}
	heard, err := s.Notifications(ctx, "u1", Page{})
	if err != nil || len(heard) != 1 || heard[0].Subject != "op" || heard[0].Kind != NoticeOperation {
		t.Errorf("heard %+v (%v)", heard, err)
	}
	events, err := s.EventsOf(ctx, "op")
	if err != nil || len(events) != 1 || events[0].Kind != EventOperationDone {
		t.Errorf("events %+v (%v)", events, err)
	}
}
