// Package jobs binds a piece of work in the queue to a method of a service and
// decides what an error means for it. It knows no job of its own; what is
// enqueued, when, and how often it is tried is the store's.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"stead/app/errs"
	"stead/store"
)

// Workers are what does the jobs, one worker for each kind.
type Workers struct {
	store *store.Workers
	log   *slog.Logger
}

// New returns an empty set; log hears of what failed, by code and kind.
func New(log *slog.Logger) *Workers {
	return &Workers{store: store.NewWorkers(log), log: log}
}

// Store is what store.StartJobs takes.
func (w *Workers) Store() *store.Workers { return w.store }

// Register has work do the jobs of T's kind. It panics when the kind is taken.
//
// A job may run again after a crash: work is idempotent and says how. An error
// of kind errs.Unavailable, a deadline included, is tried again after 10 s, 20 s
// and so on up to eight times, never before its RetryAfter; any other fails at
// once. A panic is a fault, but that of a locked vault waits for the key, and a
// full disk is waited for, without an end. Only
// the code of an error is written to the database.
func Register[T store.JobArgs](w *Workers, work func(ctx context.Context, args T) error) {
	store.HandleJobs(w.store, func(ctx context.Context, args T) error {
		err := guard(ctx, work, args)
		if err == nil {
			return nil
		}
		if errors.Is(err, ErrAgain) {
			return &store.JobError{Code: "again", Retry: true, Free: true, Err: err}
		}
		failure := judge(ctx, err)
		w.tell(ctx, args.Kind(), failure)
		return failure
	})
}

// guard runs work and turns a panic into an error.
func guard[T store.JobArgs](ctx context.Context, work func(context.Context, T) error, args T) (err error) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		if cause, ok := r.(error); ok && errs.KindOf(cause) == errs.Unavailable {
			err = cause
			return
		}
		err = &panicked{value: r, stack: debug.Stack()}
	}()
	return work(ctx, args)
}

// ErrAgain says that a job has done its part and there is more: it comes again
// at once, behind those that wait. That is no failure and no new try.
var ErrAgain = errors.New("jobs: there is more to do")

// panicked is a fault with the place where it happened.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// patience is how long to wait for somebody to unlock the vault or to make room
// on the disk before asking again. Such tries do not count, however long it takes.
const patience = time.Minute

func judge(ctx context.Context, err error) *store.JobError {
	e := &store.JobError{Code: errs.CodeOf(err), Err: err}
	switch {
	case errors.As(err, new(*panicked)):
		e.Code = "panic"
	case errs.KindOf(err) == errs.Unavailable:
		e.Retry, e.After = true, errs.RetryAfter(err)
		if e.Code == "locked" {
			e.After, e.Free = max(e.After, patience), true
		}
	case errs.KindOf(err) == errs.Fault && (ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded)):
		e.Code, e.Retry = "timeout", true
	case errs.KindOf(err) == errs.Fault && (errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrReadOnly)):
		e.Code, e.Retry, e.After, e.Free = "disk", true, patience, true
	}
	return e
}

func (w *Workers) tell(ctx context.Context, kind string, e *store.JobError) {
	attrs := []any{"job", kind, "code", e.Code, "err", e.Err}
	var p *panicked
	switch {
	case errors.As(e.Err, &p):
		w.log.ErrorContext(ctx, "job panicked", append(attrs, "stack", string(p.stack))...)
	case e.Retry:
		w.log.WarnContext(ctx, "job will be tried again", attrs...)
	default:
		w.log.ErrorContext(ctx, "job failed", attrs...)
	}
}
