package work

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"stead/app/errs"
	"stead/store"
)

// How long a step may hold the writer, and how long nobody has to have asked
// for anything before long work takes all that it can get.
const (
	holdBeside = 20 * time.Millisecond
	holdAlone  = 150 * time.Millisecond
	lonely     = 2 * time.Second
	rests      = 2 // after a step beside others, in times of what it took
)

// Pace tells long work whether somebody is using the product. Pages come first,
// but only while there are any: with nobody there the work goes as fast as it can.
type Pace struct {
	now  func() time.Time
	open atomic.Int64
	last atomic.Int64  // when the last request ended
	turn chan struct{} // of the one part of the work that may run beside requests
}

// NewPace returns one of a product that nobody has used yet.
func NewPace(now func() time.Time) *Pace { return &Pace{now: now, turn: make(chan struct{}, 1)} }

// Enter notes that a request began; leave says that it was answered. What stays
// open and waits is none.
func (p *Pace) Enter() (leave func()) {
	p.open.Add(1)
	return func() {
		p.last.Store(p.now().UnixNano())
		p.open.Add(-1)
	}
}

// InUse tells whether anybody waits for an answer, or had one a moment ago.
func (p *Pace) InUse() bool {
	if p == nil {
		return false
	}
	last := p.last.Load()
	return p.open.Load() > 0 || last != 0 && p.now().UnixNano()-last < int64(lonely)
}

// waiting tells whether a request is being answered now.
func (p *Pace) waiting() bool { return p != nil && p.open.Load() > 0 }

// Turn returns once nothing else of the long work runs, while the product is in
// use: one processor at most is taken from those who wait for an answer. Alone,
// parts of the work run side by side.
func (r *Runner) Turn(ctx context.Context) (done func()) {
	if !r.Pace.InUse() {
		return func() {}
	}
	select {
	case r.Pace.turn <- struct{}{}:
		return func() { <-r.Pace.turn }
	case <-ctx.Done():
		return func() {}
	}
}

// Rest is the pause that a part of the work makes after it took so long: twice
// as long beside others, none alone. It lets a request under way be answered
// first.
func (r *Runner) Rest(ctx context.Context, took time.Duration) error {
	var d time.Duration
	if r.Pace.InUse() {
		d = min(rests*took, longPause)
	}
	if err := r.Wait(ctx, d); err != nil {
		return err
	}
	for range 20 {
		if !r.Pace.waiting() {
			break
		}
		if err := r.Wait(ctx, time.Millisecond); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// stepTime is how long a step should take now.
func (r *Runner) stepTime() time.Duration {
	if r.Pace.InUse() {
		return holdBeside
	}
	return holdAlone
}

// Share is how many of its things the next step of an operation should do, so
// that it holds the writer as long as it may: first, before anything is known,
// and never fewer than few or more than most.
func (r *Runner) Share(operation string, first, few, most int) int {
	r.mu.Lock()
	each := r.each[operation]
	r.mu.Unlock()
	if each == 0 {
		return first
	}
	return min(max(int(r.stepTime()/each), few), most)
}

// Took tells how long a step needed for n things.
func (r *Runner) Took(operation string, n int, d time.Duration) {
	if n == 0 || d <= 0 {
		return
	}
	each := max(d/time.Duration(n), 1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if last := r.each[operation]; last != 0 { // one slow step is no rule
		each = (last + each) / 2
	}
	r.each[operation] = each
}

// Bounds say how many things a step does: First before anything is known, never
// fewer than Few or more than Most.
type Bounds struct{ First, Few, Most int }

// Part has do work on as many things as the next step of an operation should,
// when its turn has come, and remembers how long those took that it did.
func (r *Runner) Part(ctx context.Context, operation string, b Bounds, do func(n int) (did int, err error)) error {
	defer r.Turn(ctx)()
	began := r.Now()
	did, err := do(r.Share(operation, b.First, b.Few, b.Most))
	if err == nil {
		r.Took(operation, did, r.Now().Sub(began))
	}
	return err
}

// Step does a part of an operation in one transaction: do works on about n things
// and notes in next how far that came, which is saved with it. How many it did is
// told by Done.
func (r *Runner) Step(ctx context.Context, op store.Operation, b Bounds, do func(tx *store.Tx, next *store.Operation, n int) error) (next store.Operation, err error) {
	next = op
	err = r.Part(ctx, op.ID, b, func(n int) (int, error) {
		err := r.Store.InTx(ctx, func(tx *store.Tx) error {
			next = op // of a transaction that is tried again nothing remains
			if err := do(tx, &next, n); err != nil {
				return err
			}
			return tx.SaveOperation(ctx, next)
		})
		return int(next.Done - op.Done), err
	})
	return next, err
}

// Advance notes in next what a part came to: how many it did, and the end where no
// more are left. It hands on the part's error; a change that was taken back while
// it went on is errs.Conflict.
func Advance(next *store.Operation, did int, more bool, err error) error {
	switch {
	case errors.Is(err, store.ErrTakenBack):
		return &errs.Error{Kind: errs.Conflict, Code: "taken_back", Message: "This was taken back meanwhile.", Err: err}
	case err != nil:
		return err
	}
	if next.Done += int64(did); !more {
		next.State = store.OperationDone
	}
	return nil
}

func (r *Runner) forget(operation string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.each, operation)
}
