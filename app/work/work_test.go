package work_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/ids"
	"stead/app/jobs"
	"stead/app/work"
	"stead/store"
	"stead/store/storetest"
)

// kit is a runner with a clock that goes on a second at each look, so that a
// slice of work ends soon.
type kit struct {
	t    *testing.T
	st   *store.Store
	run  *work.Runner
	now  time.Time
	step func(ctx context.Context, op store.Operation, actor access.Actor) (store.Operation, error)
}

func newKit(t *testing.T) *kit {
	k := &kit{t: t, st: storetest.New(t), now: time.Date(2026, 11, 18, 10, 0, 0, 0, time.UTC)}
	k.run = work.New(work.Deps{
		Store: k.st, NewID: ids.New, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Now:  func() time.Time { k.now = k.now.Add(time.Second); return k.now },
		Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	k.run.Handle("count", func(ctx context.Context, op store.Operation, actor access.Actor) (store.Operation, error) {
		return k.step(ctx, op, actor)
	})
	k.step = k.count
	k.in(func(tx *store.Tx) error {
		return tx.InsertUser(t.Context(), store.User{ID: "u1", Name: "Una", Email: "u@x.example", Role: access.RoleOwner, CreatedAt: 1, UpdatedAt: 1})
	})
	return k
}

func (k *kit) in(fn func(tx *store.Tx) error) {
	k.t.Helper()
	if err := k.st.InTx(k.t.Context(), fn); err != nil {
		k.t.Fatal(err)
	}
}

func (k *kit) start(total int64) {
	k.t.Helper()
	k.in(func(tx *store.Tx) error {
		return k.run.Start(k.t.Context(), tx, store.Operation{ID: "op", Kind: "count", Actor: "u1", Total: total, CreatedAt: 1})
	})
}

// count writes one setting a step and comes to an end at the total.
func (k *kit) count(ctx context.Context, op store.Operation, _ access.Actor) (store.Operation, error) {
	next := op
	next.Done++
	next.Cursor = strconv.FormatInt(next.Done, 10)
	if next.Done == next.Total {
		next.State = store.OperationDone
	}
	return next, k.st.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.SetSetting(ctx, "step "+next.Cursor, next.Done, op.UpdatedAt); err != nil {
			return err
		}
		return tx.SaveOperation(ctx, next)
	})
}

// did tells whether a step left its trace.
func (k *kit) did(n int) bool {
	k.t.Helper()
	var v int64
	is, err := k.st.Setting(k.t.Context(), "step "+strconv.Itoa(n), &v)
	if err != nil {
		k.t.Fatal(err)
	}
	return is
}

func (k *kit) op() store.Operation {
	k.t.Helper()
	op, err := k.st.Operation(k.t.Context(), "op")
	if err != nil {
		k.t.Fatal(err)
	}
	return op
}

func TestWorkGoesOnAtItsCursorUntilItIsDone(t *testing.T) {
	k := newKit(t)
	k.start(40)
	turns := 0
	for err := jobs.ErrAgain; errors.Is(err, jobs.ErrAgain); turns++ {
		err = k.run.Run(t.Context(), work.Run{Operation: "op"})
		if err != nil && !errors.Is(err, jobs.ErrAgain) {
			t.Fatal(err)
		}
	}
	if op := k.op(); op.State != store.OperationDone || op.Done != 40 || op.FinishedAt == 0 {
		t.Errorf("%+v", op)
	}
	if turns < 2 || !k.did(1) || !k.did(40) || k.did(41) {
		t.Errorf("%d turns", turns)
	}
	if err := k.run.Run(t.Context(), work.Run{Operation: "op"}); err != nil || k.did(41) {
		t.Errorf("what is done goes on: %v", err)
	}
}

func TestWhoMayNoMoreStopsTheirWork(t *testing.T) {
	k := newKit(t)
	k.start(40)
	plain := k.step
	k.step = func(ctx context.Context, op store.Operation, actor access.Actor) (store.Operation, error) {
		next, err := plain(ctx, op, actor)
		if op.Done == 2 {
			k.in(func(tx *store.Tx) error { return tx.DisableUser(ctx, "u1", 5) })
		}
		return next, err
	}
	if err := k.run.Run(t.Context(), work.Run{Operation: "op"}); err != nil {
		t.Fatal(err)
	}
	if op := k.op(); op.State != store.OperationFailed || op.ErrorCode != "not_here" || op.Done != 3 {
		t.Errorf("%+v", op)
	}
}

func TestACancelledStepLeavesNothing(t *testing.T) {
	k := newKit(t)
	k.start(40)
	plain := k.step
	k.step = func(ctx context.Context, op store.Operation, actor access.Actor) (store.Operation, error) {
		if op.Done == 2 {
			k.in(func(tx *store.Tx) error { _, err := tx.CancelOperation(ctx, "op", 5); return err })
		}
		return plain(ctx, op, actor)
	}
	if err := k.run.Run(t.Context(), work.Run{Operation: "op"}); err != nil {
		t.Fatal(err)
	}
	if op := k.op(); op.State != store.OperationCancelled || op.Done != 2 || k.did(3) {
		t.Errorf("%+v", op)
	}
}

func TestWhatAnErrorMeans(t *testing.T) {
	tests := map[string]struct {
		err   error
		panic any
		state string
		code  string
		again bool
	}{
		"a refusal ends it":            {err: &errs.Error{Kind: errs.Denied}, state: store.OperationFailed, code: "denied"},
		"a fault ends it":              {err: errors.New("broken"), state: store.OperationFailed, code: "fault"},
		"a panic ends it":              {panic: "oh", state: store.OperationFailed, code: "panic"},
		"a provider is waited for":     {err: &errs.Error{Kind: errs.Unavailable, Code: "down"}, state: store.OperationWaiting, again: true},
		"a locked vault is waited for": {panic: &errs.Error{Kind: errs.Unavailable, Code: "locked"}, state: store.OperationWaiting, again: true},
		"a full disk is waited for":    {err: store.ErrFull, state: store.OperationWaiting, again: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			k.start(3)
			k.step = func(_ context.Context, op store.Operation, _ access.Actor) (store.Operation, error) {
				if test.panic != nil {
					panic(test.panic)
				}
				return op, test.err
			}
			err := k.run.Run(t.Context(), work.Run{Operation: "op"})
			if (err != nil) != test.again {
				t.Errorf("returns %v", err)
			}
			if op := k.op(); op.State != test.state || op.ErrorCode != test.code {
				t.Errorf("is %s, %q", op.State, op.ErrorCode)
			}
		})
	}
}

func TestWorkThatIsGoneHasEnded(t *testing.T) {
	k := newKit(t)
	if err := k.run.Run(t.Context(), work.Run{Operation: "nothing"}); err != nil {
		t.Error(err)
	}
	if err := k.run.Resume(t.Context()); err != nil {
		t.Error(err)
	}
}

// A command that drives an operation has it to itself, whatever a start enqueues.
func TestAJobLeavesAnOperationToTheCommandThatDrivesIt(t *testing.T) {
	k := newKit(t)
	k.start(3)
	steps := 0
	k.step = func(ctx context.Context, op store.Operation, actor access.Actor) (store.Operation, error) {
		if steps++; steps == 1 {
			if err := k.run.Run(ctx, work.Run{Operation: "op"}); err != nil {
				t.Errorf("the job: %v", err)
			}
			if steps != 1 || k.did(1) {
				t.Error("the job took a step of the command's")
			}
		}
		return k.count(ctx, op, actor)
	}
	op, err := k.run.Drive(t.Context(), "op", func(store.Operation) {})
	if err != nil || op.State != store.OperationDone || steps != 3 {
		t.Errorf("%d steps to %+v, %v", steps, op, err)
	}
	if err := k.run.Run(t.Context(), work.Run{Operation: "op"}); err != nil {
		t.Errorf("a job that comes late: %v", err)
	}
}
