package exports

import (
	"bytes"
	"context"
	"testing"
	"time"

	"stead/app/access"
	"stead/store"
)

// half begins an operation and does one step of it, after which it is held.
func (k *kit) half(kind, params string, step func(context.Context, store.Operation, access.Actor) (store.Operation, error)) store.Operation {
	k.t.Helper()
	op := store.Operation{ID: k.NewID(), Kind: kind, Actor: k.boss.ID, Params: params, CreatedAt: 1}
	k.tx(func(ctx context.Context, tx *store.Tx) error { return tx.InsertOperation(ctx, op) })
	op, err := k.st.Operation(k.t.Context(), op.ID)
	k.must(err)
	op.State = store.OperationRunning
	op, err = step(k.t.Context(), op, k.boss)
	k.must(err)
	if op.Ended() || k.held() != 1 {
		k.t.Fatalf("%s: %s, %d held", kind, op.State, k.held())
	}
	return op
}

func (k *kit) held() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.making) + len(k.taking)
}

// eventually waits until nothing is held any more.
func (k *kit) eventually() {
	k.t.Helper()
	deadline, tick := time.After(30*time.Second), time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for k.held() > 0 {
		select {
		case <-deadline:
			k.t.Fatal("it is held for ever")
		case <-tick.C:
		}
	}
}

// Nothing is held for an operation that somebody stopped, or for which no step
// ever comes again.
func TestNothingIsHeldForWhatWasStopped(t *testing.T) {
	a := newKit(t)
	a.populate()
	archive := a.everything()
	long := newKit(t)
	long.tx(func(ctx context.Context, tx *store.Tx) error {
		for range stepRows + 10 {
			if err := tx.InsertContact(ctx, store.Contact{ID: long.NewID(), Name: "Many", Source: "manual", CreatedAt: 1, UpdatedAt: 1}, nil, nil); err != nil {
				return err
			}
		}
		return nil
	})
	stop := func(k *kit, op store.Operation) {
		k.tx(func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.CancelOperation(ctx, op.ID, 2); err != nil {
				return err
			}
			return tx.Emit(ctx, store.Event{ID: k.NewID(), Kind: store.EventOperationStopped, Subject: op.ID, Actor: k.boss.ID, At: 2})
		})
	}
	list := `{"record":"contact","form":"csv"}`
	stop(long, long.half(kindList, list, long.stepList))
	long.eventually()
	op := long.half(kindList, list, long.stepList)
	long.making[op.ID].idle.Reset(0) // the patience is over
	long.eventually()

	empty := newKit(t)
	read := func() store.Operation {
		id, err := empty.BeginRead(t.Context(), empty.boss, bytes.NewReader(archive))
		empty.must(err)
		op, err := empty.st.Operation(t.Context(), id)
		empty.must(err)
		op.State = store.OperationRunning
		op, err = empty.stepRead(t.Context(), op, empty.boss)
		empty.must(err)
		if op.Ended() || empty.held() != 1 {
			t.Fatalf("%s, %d held", op.State, empty.held())
		}
		return op
	}
	stop(empty, read())
	empty.eventually()
	op = read()
	empty.taking[op.ID].idle.Reset(0)
	empty.eventually()
	if done, err := empty.Work.Drive(t.Context(), op.ID, func(store.Operation) {}); err != nil || done.State != store.OperationDone {
		t.Errorf("it does not go on: %+v, %v", done, err)
	}
}
