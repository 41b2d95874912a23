// Package work carries long work out in small steps: bulk edits, imports,
// exports, merges of many, large undos. What a step does is its capability's;
// here stands when the next one begins, with whose rights, and what becomes of
// the operation when a step fails. It knows no kind of work and draws no page.
package work

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/jobs"
	"stead/store"
)

// Step does one bounded part of an operation, as large as Share says, in a transaction
// of its own, which also calls tx.SaveOperation with the new cursor: what was
// done and how far it came stand or fall together. It returns the operation as
// it saved it; State "done" ends it. An *errs.Error ends it as failed, with its
// code; an errs.Unavailable has the step tried again later. op.UpdatedAt is the
// moment at which the step began.
type Step func(ctx context.Context, op store.Operation, actor access.Actor) (store.Operation, error)

// Times of a run.
const (
	slice     = 20 * time.Second // of one job; then others have their turn
	longPause = 250 * time.Millisecond
)

// resumes is how many operations one transaction has go on.
const resumes = 100

// Deps are what a Runner needs.
type Deps struct {
	Store *store.Store
	Now   func() time.Time
	NewID func() string
	Log   *slog.Logger
	Pace  *Pace // nil: nobody but the work uses the product
	// Wait waits so long, or until the context ends; nil: by the clock.
	Wait func(ctx context.Context, d time.Duration) error
}

// Runner does the operations of the kinds that it was told of.
type Runner struct {
	Deps
	steps map[string]Step
	mu    sync.Mutex
	each  map[string]time.Duration // how long one thing of an operation takes
	held  map[string]chan struct{} // operations that somebody is at; closed when they leave it
}

// New returns a Runner that knows no kind yet.
func New(d Deps) *Runner {
	if d.Wait == nil {
		d.Wait = store.Pause
	}
	return &Runner{Deps: d, steps: map[string]Step{}, each: map[string]time.Duration{}, held: map[string]chan struct{}{}}
}

// Handle has step do the operations of a kind. It panics when the kind is taken.
func (r *Runner) Handle(kind string, step Step) {
	if r.steps[kind] != nil {
		panic("work: two steps for " + kind)
	}
	r.steps[kind] = step
}

// Start adds an operation in the transaction that asks for it, and the job that
// does it: op has ID, Kind, Actor, CreatedAt and Params.
func (r *Runner) Start(ctx context.Context, tx *store.Tx, op store.Operation) error {
	if r.steps[op.Kind] == nil {
		return fmt.Errorf("work: nobody does %s", op.Kind)
	}
	if err := tx.InsertOperation(ctx, op); err != nil {
		return err
	}
	return tx.Enqueue(ctx, Run{Operation: op.ID}, store.UniqueKey(op.ID))
}

// Run is the job that goes on with an operation.
type Run struct {
	Operation string `json:"operation"`
}

// Kind names the job.
func (Run) Kind() string { return "work.run" }

// Jobs registers the work.
func (r *Runner) Jobs(w *jobs.Workers) { jobs.Register(w, r.Run) }

// Run goes on with an operation for a while. Where there is more to do the same
// job comes again; it begins at the cursor, so that running it twice, after a
// crash, repeats nothing. One that a command is at is left to it.
func (r *Runner) Run(ctx context.Context, job Run) error {
	leave, busy := r.hold(job.Operation)
	if busy != nil {
		return nil
	}
	defer leave()
	began := r.Now()
	op, err := r.stepping(ctx, job.Operation, func(store.Operation) bool { return r.Now().Sub(began) < slice })
	switch {
	case err != nil:
		return err
	case !op.Ended():
		return jobs.ErrAgain
	}
	r.forget(op.ID)
	dirty, err := r.Store.InBulk(ctx)
	switch {
	case err != nil || !dirty:
		return err
	case r.Now().Sub(began) > slice/4: // the rest has the whole time of a job
		return jobs.ErrAgain
	}
	return r.settle(ctx)
}

// Drive does an operation to its end in this very call, for a command at the
// terminal; each hears how far it has come.
func (r *Runner) Drive(ctx context.Context, id string, each func(store.Operation)) (store.Operation, error) {
	leave, busy := r.hold(id)
	for busy != nil { // a start may have come before the command
		select {
		case <-busy:
			leave, busy = r.hold(id)
		case <-ctx.Done():
			return store.Operation{ID: id}, ctx.Err()
		}
	}
	defer leave()
	op, err := r.stepping(ctx, id, func(op store.Operation) bool { each(op); return true })
	if err != nil || !op.Ended() {
		return op, err
	}
	r.forget(id)
	return op, r.settle(ctx)
}

// hold keeps an operation to its caller until leave: two that took the same steps
// would each find the other's work in their way. busy is not nil where somebody
// has it, and closed when they leave it.
func (r *Runner) hold(id string) (leave func(), busy <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at := r.held[id]; at != nil {
		return nil, at
	}
	at := make(chan struct{})
	r.held[id] = at
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.held, id)
		close(at)
	}, nil
}

// settle rids the search of what the steps of an operation that has ended,
// whatever way, left behind in it.
func (r *Runner) settle(ctx context.Context) error {
	err := r.Store.SettleSearch(ctx)
	if err == nil || ctx.Err() != nil {
		return err
	}
	r.Log.ErrorContext(ctx, "search not settled", "err", err) // the next start, or the next sweep, does it
	return nil
}

// stepping does steps while goOn says so. An operation that is gone has ended.
func (r *Runner) stepping(ctx context.Context, id string, goOn func(store.Operation) bool) (store.Operation, error) {
	op, err := r.Store.Operation(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return store.Operation{ID: id, State: store.OperationCancelled}, nil
	}
	if err != nil || op.Ended() {
		return op, err
	}
	step := r.steps[op.Kind]
	if step == nil {
		return r.fail(ctx, op, "unknown_kind")
	}
	for {
		began := r.Now()
		next, err := r.one(ctx, step, op)
		switch {
		case errors.Is(err, store.ErrConflict):
			return r.settled(ctx, op)
		case err != nil:
			return r.failed(ctx, op, err)
		}
		op = next
		if op.Ended() {
			return op, nil
		}
		if !goOn(op) {
			return op, nil
		}
		if err := r.Rest(ctx, r.Now().Sub(began)); err != nil {
			return op, err
		}
	}
}

// one does a step with the rights that its actor has now.
func (r *Runner) one(ctx context.Context, step Step, op store.Operation) (next store.Operation, err error) {
	actor, err := r.actor(ctx, op)
	if err != nil {
		return op, err
	}
	op.UpdatedAt, op.State = r.Now().UnixMilli(), store.OperationRunning
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if cause, ok := p.(error); ok && errs.KindOf(cause) == errs.Unavailable {
			err = cause // a locked vault waits for its key
			return
		}
		r.Log.ErrorContext(ctx, "operation panicked", "kind", op.Kind, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		err = &errs.Error{Kind: errs.Fault, Code: "panic"}
	}()
	return step(ctx, op, actor)
}

// actor is who asked for an operation, with the rights of this moment.
func (r *Runner) actor(ctx context.Context, op store.Operation) (access.Actor, error) {
	if op.Actor == access.Operator().ID {
		return access.Operator(), nil
	}
	return access.AsOfNow(ctx, &r.Store.Reader, access.Actor{ID: op.Actor, Kind: access.User})
}

// settled tells what became of an operation whose step was in vain: somebody
// cancelled it, or it went with a person who was erased.
func (r *Runner) settled(ctx context.Context, op store.Operation) (store.Operation, error) {
	now, err := r.Store.Operation(ctx, op.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		op.State = store.OperationCancelled
		return op, nil
	case err != nil:
		return op, err
	case now.Ended():
		return now, nil
	}
	return r.fail(ctx, now, "conflict")
}

// failed decides what an error means: later, or the end.
func (r *Runner) failed(ctx context.Context, op store.Operation, err error) (store.Operation, error) {
	if errs.KindOf(err) == errs.Unavailable || ctx.Err() != nil || errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrReadOnly) {
		return op, err
	}
	if errs.KindOf(err) == errs.Fault {
		r.Log.ErrorContext(ctx, "operation failed", "kind", op.Kind, "code", errs.CodeOf(err), "err", err)
	}
	return r.fail(ctx, op, errs.CodeOf(err))
}

// fail ends an operation with a code.
func (r *Runner) fail(ctx context.Context, op store.Operation, code string) (store.Operation, error) {
	op.State, op.ErrorCode, op.UpdatedAt = store.OperationFailed, code, r.Now().UnixMilli()
	err := r.Store.InTx(ctx, func(tx *store.Tx) error { return tx.SaveOperation(ctx, op) })
	if errors.Is(err, store.ErrConflict) { // cancelled at the same moment
		err = nil
	}
	return op, err
}

// Resume has every operation that is open go on; one whose job waits already is
// left to it.
func (r *Runner) Resume(ctx context.Context) error {
	open, err := r.Store.OpenOperations(ctx)
	for some := range slices.Chunk(open, resumes) {
		if err == nil {
			err = r.Store.InTx(ctx, func(tx *store.Tx) error { return enqueue(ctx, tx, some) })
		}
	}
	return err
}

// enqueue has operations go on.
func enqueue(ctx context.Context, tx *store.Tx, operations []string) error {
	for _, id := range operations {
		if err := tx.Enqueue(ctx, Run{Operation: id}, store.UniqueKey(id)); err != nil {
			return err
		}
	}
	return nil
}
