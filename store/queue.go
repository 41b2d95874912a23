package store

import (
	"context"
	"time"
)

// JobArgs is a piece of work: ids only, never a name, an address or a text.
// Kind has two letters or more and never changes.
type JobArgs interface{ Kind() string }

// JobOption is how a job is enqueued.
type JobOption func(*jobSettings)

type jobSettings struct {
	unique bool
	key    string
	at     time.Time
}

// UniqueKey makes the job once-only: while one of the same kind and key is
// known, another is not enqueued, and that is no error.
func UniqueKey(key string) JobOption {
	return func(s *jobSettings) { s.unique, s.key = true, key }
}

// At has the job wait until t.
func At(t time.Time) JobOption { return func(s *jobSettings) { s.at = t } }

// JobError says what to do with a job that did not succeed. Only Code is ever
// written down; an error that is no JobError fails at once with code "fault".
type JobError struct {
	Code  string
	Retry bool          // try again, with growing pauses
	After time.Duration // the least pause before the next try; zero: the usual
}

// Error is the code.
func (e *JobError) Error() string { return e.Code }

type queue struct{}

func (s *Store) wakeJobs() {}

// Enqueue adds a job in the transaction that makes it due. It starts as soon as
// the transaction is committed, if its time has come.
func (tx *Tx) Enqueue(ctx context.Context, args JobArgs, opts ...JobOption) error {
	tx.wake = true
	return nil
}
