package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// JobError says what to do with a job that did not succeed. Only Code is ever
// written down; an error that is no JobError fails at once with code "fault".
type JobError struct {
	Code  string
	Retry bool          // try again, with growing pauses
	After time.Duration // the least pause before the next try; zero: the usual
	Free  bool          // the try does not count: what it waits for is nobody's failure
	Err   error         // the cause, for the log of who made it
}

// Error is the code.
func (e *JobError) Error() string { return e.Code }

// Unwrap is the cause.
func (e *JobError) Unwrap() error { return e.Err }

// Workers are what runs jobs, one for each kind.
type Workers struct {
	river *river.Workers
	log   *slog.Logger
}

// NewWorkers returns an empty set. The queue writes its own troubles to log.
func NewWorkers(log *slog.Logger) *Workers {
	return &Workers{river: river.NewWorkers(), log: slog.New(troubles{log.Handler()})}
}

// troubles lets through what is wrong: that the queue starts and runs is no news.
type troubles struct{ slog.Handler }

// Enabled is true from warnings on.
func (t troubles) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && t.Handler.Enabled(ctx, level)
}

// WithAttrs keeps the level.
func (t troubles) WithAttrs(attrs []slog.Attr) slog.Handler {
	return troubles{t.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the level.
func (t troubles) WithGroup(name string) slog.Handler { return troubles{t.Handler.WithGroup(name)} }

// HandleJobs has work do the jobs of T's kind. A job may run again after a
// crash, so work must be idempotent. It panics when the kind is taken.
func HandleJobs[T JobArgs](w *Workers, work func(ctx context.Context, args T) error) {
	river.AddWorker(w.river, river.WorkFunc(func(ctx context.Context, job *river.Job[T]) error {
		return work(ctx, job.Args)
	}))
}

// Periodic is a job that is enqueued again and again while the jobs run.
type Periodic struct {
	Every   time.Duration
	AtStart bool // also when the jobs start
	Args    func() JobArgs
}

// Times of the queue.
const (
	jobTimeout   = 30 * time.Second
	jobRescue    = 2 * time.Minute
	jobKept      = 20 * time.Hour // and gone within a day
	jobCooldown  = 10 * time.Millisecond
	jobsAtOnce   = 8
	firstBackoff = 10 * time.Second
)

// StartJobs runs jobs until stop is called; only one process may, which is the
// one that holds the lock of the data folder. What ran when the last process
// ended starts again. stop waits for running jobs until its context ends, then
// cancels them; they are tried again.
func (s *Store) StartJobs(ctx context.Context, w *Workers, periodic ...Periodic) (stop func(context.Context) error, err error) {
	if err := s.resetJobs(ctx); err != nil {
		return nil, err
	}
	client, err := river.NewClient(s.jobs.driver, jobConfig(w, periodic))
	if err != nil {
		return nil, err
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, s.fault("store.StartJobs", err)
	}
	settled := s.settleBeside(context.WithoutCancel(ctx), w.log)
	return func(ctx context.Context) error {
		settled()
		return stopJobs(ctx, client)
	}, nil
}

// settleBeside ends a bulk removal that a crash cut off, while others work. The
// function that it returns breaks it off, until the next start.
func (s *Store) settleBeside(ctx context.Context, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		if err := s.SettleSearch(ctx); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "the search keeps words of removed rows", "err", err)
		}
	})
	return func() {
		cancel()
		done.Wait()
	}
}

func jobConfig(w *Workers, periodic []Periodic) *river.Config {
	pauses := &pauses{}
	config := &river.Config{
		Workers:                     w.river,
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: jobsAtOnce}},
		Logger:                      slog.New(unlessStopped{w.log.Handler()}),
		JobTimeout:                  jobTimeout,
		RescueStuckJobsAfter:        jobRescue,
		CompletedJobRetentionPeriod: jobKept,
		CancelledJobRetentionPeriod: jobKept,
		DiscardedJobRetentionPeriod: jobKept,
		FetchCooldown:               jobCooldown,
		MaxAttempts:                 jobAttempts,
		RetryPolicy:                 pauses,
		Middleware:                  []rivertype.Middleware{&codesOnly{pauses: pauses}},
		ReindexerSchedule:           never{}, // PostgreSQL's own affair; needless on SQLite
	}
	for _, p := range periodic {
		config.PeriodicJobs = append(config.PeriodicJobs, river.NewPeriodicJob(
			river.PeriodicInterval(p.Every),
			func() (river.JobArgs, *river.InsertOpts) { return p.Args(), nil },
			&river.PeriodicJobOpts{RunOnStart: p.AtStart}))
	}
	return config
}

func stopJobs(ctx context.Context, client *river.Client[*sql.Tx]) error {
	err := client.Stop(ctx)
	if err == nil || !isStopped(err) {
		return err
	}
	hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return client.StopAndCancel(hard)
}

// resetJobs clears what a process that is gone left behind.
func (s *Store) resetJobs(ctx context.Context) error {
	return s.InTx(ctx, func(tx *Tx) error {
		if _, err := tx.exec(ctx, "store.resetJobs", `UPDATE river_job SET state = 'available' WHERE state = 'running'`); err != nil {
			return err
		}
		_, err := tx.exec(ctx, "store.resetJobs", `DELETE FROM river_leader`)
		return err
	})
}

// codesOnly keeps the text of errors and panics out of River's tables, where
// it would outlive the person it may tell of.
type codesOnly struct {
	river.MiddlewareDefaults
	pauses *pauses
}

// Work runs a job and turns what went wrong into a code.
func (c *codesOnly) Work(ctx context.Context, job *rivertype.JobRow, next func(context.Context) error) (err error) {
	defer func() {
		if recover() != nil {
			err = river.JobCancel(&JobError{Code: "panic"})
		}
	}()
	if err = next(ctx); err == nil {
		return nil
	}
	var known *JobError
	switch {
	case errors.As(err, &known) && known.Retry && known.Free:
		return river.JobSnooze(known.After)
	case errors.As(err, &known) && known.Retry:
		c.pauses.least(job.ID, known.After)
		return &JobError{Code: known.Code}
	case known != nil:
		return river.JobCancel(&JobError{Code: known.Code})
	case ctx.Err() != nil:
		return &JobError{Code: "stopped"}
	}
	return river.JobCancel(&JobError{Code: "fault"})
}

// pauses says when a failed job is tried again: after ten seconds, then twenty,
// and so on, spread a little, and never before the time that its error named.
type pauses struct {
	mu    sync.Mutex
	named map[int64]time.Duration
}

func (p *pauses) least(job int64, pause time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.named == nil {
		p.named = map[int64]time.Duration{}
	}
	p.named[job] = pause
}

// NextRetry returns when the job is tried again.
func (p *pauses) NextRetry(job *rivertype.JobRow) time.Time {
	p.mu.Lock()
	named := p.named[job.ID]
	delete(p.named, job.ID)
	p.mu.Unlock()
	pause := firstBackoff << max(0, min(job.Attempt-1, jobAttempts))
	pause += rand.N(pause / 4) //nolint:gosec // spreads jobs, keeps no secret
	last := job.ScheduledAt
	if job.AttemptedAt != nil {
		last = *job.AttemptedAt
	}
	return last.Add(max(pause, named))
}

// never is a schedule whose time does not come.
type never struct{}

// Next is far away.
func (never) Next(now time.Time) time.Time { return now.AddDate(100, 0, 0) }
