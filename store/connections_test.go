package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func write(t *testing.T, st *store.Store, do func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := st.InTx(t.Context(), func(tx *store.Tx) error { return do(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func connection(t *testing.T, st *store.Store) store.Connection {
	t.Helper()
	c, err := st.Connection(t.Context(), "twilio")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestConnectionThroughItsLife(t *testing.T) {
	st := storetest.New(t)
	if _, err := st.Connection(t.Context(), "twilio"); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("before: %v", err)
	}
	put := func(account string, at int64) {
		t.Helper()
		write(t, st, func(ctx context.Context, tx *store.Tx) error {
			return tx.PutConnection(ctx, store.Connection{Provider: "twilio", Account: account, Service: "MG1", State: store.Connected, SuccessAt: at, CaughtUpAt: at, UpdatedAt: at})
		})
	}
	put("AC1", 10)
	want := store.Connection{Provider: "twilio", Account: "AC1", Service: "MG1", State: store.Connected, SuccessAt: 10, CaughtUpAt: 10, CreatedAt: 10, UpdatedAt: 10}
	if c := connection(t, st); c != want {
		t.Errorf("new: %+v", c)
	}
	write(t, st, func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(tx.NoteHook(ctx, "twilio", 20), tx.NoteHookTest(ctx, "twilio", 21), tx.SetCaughtUp(ctx, "twilio", 22), tx.SetCaughtUp(ctx, "twilio", 5),
			tx.NoteConnectionError(ctx, "twilio", "30034", 23), tx.FailConnection(ctx, "twilio", "20003", 24))
	})
	want.State, want.ErrorCode, want.ErrorAt, want.HookAt, want.TestedAt, want.CaughtUpAt, want.UpdatedAt = store.Failing, "20003", 24, 20, 21, 22, 24
	if c := connection(t, st); c != want {
		t.Errorf("failing: %+v, want %+v", c, want)
	}
	write(t, st, func(ctx context.Context, tx *store.Tx) error { return tx.NoteConnectionSuccess(ctx, "twilio", 30) })
	if c := connection(t, st); c.State != store.Connected || c.SuccessAt != 30 || c.ErrorCode != "20003" {
		t.Errorf("working again: %+v", c)
	}

	put("AC1", 40) // the same account: what was fetched stays fetched
	if c := connection(t, st); c.CaughtUpAt != 22 || c.HookAt != 20 || c.TestedAt != 0 || c.ErrorCode != "" || c.ErrorAt != 0 || c.CreatedAt != 10 {
		t.Errorf("same account: %+v", c)
	}
	put("AC2", 50)
	if c := connection(t, st); c.Account != "AC2" || c.CaughtUpAt != 50 || c.HookAt != 0 {
		t.Errorf("another account: %+v", c)
	}
}

func TestADisconnectedProviderTakesNoNotes(t *testing.T) {
	st := storetest.New(t)
	write(t, st, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Disconnect(ctx, "twilio", 1); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("without a connection: %v", err)
		}
		return tx.PutConnection(ctx, store.Connection{Provider: "twilio", Account: "AC1", State: store.Connected, UpdatedAt: 10})
	})
	write(t, st, func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(tx.Disconnect(ctx, "twilio", 20), tx.NoteConnectionSuccess(ctx, "twilio", 21), tx.FailConnection(ctx, "twilio", "20003", 22), tx.NoteHook(ctx, "twilio", 23))
	})
	if c := connection(t, st); c.State != store.Disconnected || c.SuccessAt != 0 || c.HookAt != 0 || c.ErrorCode != "" {
		t.Errorf("disconnected: %+v", c)
	}
	err := st.InTx(t.Context(), func(tx *store.Tx) error { return tx.Disconnect(t.Context(), "twilio", 30) })
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
}

func TestLinesAreReplacedTogether(t *testing.T) {
	st := storetest.New(t)
	set := func(provider string, lines ...store.Line) error {
		return st.InTx(t.Context(), func(tx *store.Tx) error { return tx.SetLines(t.Context(), provider, lines) })
	}
	write(t, st, func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(
			tx.PutConnection(ctx, store.Connection{Provider: "twilio", Account: "AC1", State: store.Connected, UpdatedAt: 1}),
			tx.PutConnection(ctx, store.Connection{Provider: "other", Account: "x", State: store.Connected, UpdatedAt: 1}))
	})
	one := store.Line{ID: "l1", Number: "+15035550100", ForwardTo: []string{"+15035550111", "+15035550112"}, CreatedAt: 1}
	two := store.Line{ID: "l2", Number: "+15035550101", ForwardTo: []string{"+15035550111"}, CreatedAt: 1}
	if err := set("twilio", one, two); err != nil {
		t.Fatal(err)
	}
	if l, err := st.Line(t.Context(), one.Number); err != nil || l.Provider != "twilio" || !slices.Equal(l.ForwardTo, one.ForwardTo) {
		t.Errorf("line %+v, %v", l, err)
	}
	one.ID = "l3"
	if err := set("twilio", one); err != nil {
		t.Fatal(err)
	}
	if rows, err := st.Lines(t.Context(), "twilio"); err != nil || len(rows) != 1 || rows[0].ID != "l3" {
		t.Errorf("lines %+v, %v", rows, err)
	}
	if _, err := st.Line(t.Context(), two.Number); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a removed line: %v", err)
	}
	if err := set("other", store.Line{ID: "l4", Number: one.Number, CreatedAt: 1}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a number of another provider: %v", err)
	}
}
