package history_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/history"
	"stead/app/ids"
	"stead/app/work"
	"stead/store"
	"stead/store/storetest"
)

// What many have goes for good in steps, which go on after a process that died,
// and the decision is on record once.
func TestWhatManyHaveGoesInSteps(t *testing.T) {
	const many = 1300
	ctx, st := t.Context(), storetest.New(t)
	tx := func(do func(tx *store.Tx) error) {
		t.Helper()
		if err := st.InTx(ctx, do); err != nil {
			t.Fatal(err)
		}
	}
	started := func() (*history.Service, *work.Runner) {
		log := slog.New(slog.DiscardHandler)
		now := func() time.Time { return time.Unix(1_790_000_000, 0) }
		w := work.New(work.Deps{Store: st, Now: now, NewID: ids.New, Log: log})
		return history.New(history.Deps{Store: st, Work: w, Now: now, NewID: ids.New, Log: log}), w
	}
	tx(func(tx *store.Tx) error {
		f := store.Field{ID: "f1", Record: "contact", Name: "Size", Kind: "text", CreatedAt: 1, UpdatedAt: 1}
		err := errors.Join(tx.InsertUser(ctx, store.User{ID: "u1", Name: "Una", Email: "u@x.example", Role: access.RoleOwner, CreatedAt: 1, UpdatedAt: 1}), tx.InsertField(ctx, f))
		for i := range many {
			id := fmt.Sprintf("c%04d", i)
			c := store.Contact{ID: id, Name: "P", Source: "manual", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1}
			if err == nil {
				err = errors.Join(tx.InsertContact(ctx, c, nil, nil), tx.SetValue(ctx, "contact", id, "f1", &store.Value{Words: "large"}))
			}
		}
		f.Version, f.DeletedAt = 1, 5
		return errors.Join(err, tx.UpdateField(ctx, f))
	})
	left := func() (n int) {
		t.Helper()
		f, err := st.Field(ctx, "f1")
		if err != nil {
			return -1
		}
		if used, err := st.FieldInUse(ctx, f); err != nil || !used {
			t.Errorf("it outlives its values: %v", err)
		}
		return 1
	}

	s, w := started()
	if err := s.Empty(ctx, access.Owner("u1"), store.BinField, "f1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Empty(ctx, access.Owner("u1"), store.BinField, "f1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
	open, err := st.OpenOperations(ctx)
	if err != nil || len(open) != 1 || left() < 0 {
		t.Fatalf("%v, %v", open, err)
	}
	dying, die := context.WithCancel(ctx)
	if _, err := w.Drive(dying, open[0], func(store.Operation) { die() }); err == nil || left() < 0 {
		t.Fatalf("the first step is the last: %v", err)
	}
	_, w = started()
	op, err := w.Drive(ctx, open[0], func(store.Operation) {})
	if err != nil || op.State != store.OperationDone || op.Done != many-500+1 || left() >= 0 {
		t.Errorf("%+v, %v", op, err)
	}
	if events, err := st.EventsOf(ctx, "f1"); err != nil || len(events) != 1 {
		t.Errorf("%+v, %v", events, err)
	}
}
