package store

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
)

type greetArgs struct {
	ID string `json:"id"`
}

func (greetArgs) Kind() string { return "test.greet" }

func startJobs(t testing.TB, s *Store, work func(context.Context, greetArgs) error, periodic ...Periodic) {
	t.Helper()
	w := NewWorkers(slog.New(slog.DiscardHandler))
	HandleJobs(w, work)
	stop, err := s.StartJobs(t.Context(), w, periodic...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := stop(ctx); err != nil {
			t.Error(err)
		}
	})
}

func enqueue(t testing.TB, s *Store, id string, opts ...JobOption) {
	t.Helper()
	err := s.InTx(t.Context(), func(tx *Tx) error { return tx.Enqueue(t.Context(), greetArgs{ID: id}, opts...) })
	if err != nil {
		t.Fatal(err)
	}
}

func within[T any](t testing.TB, c <-chan T, d time.Duration) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(d):
		t.Fatalf("nothing within %v", d)
		panic("unreachable")
	}
}

// until polls the database until the query gives one row or more.
func until(t testing.TB, s *Store, query string) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		found, err := list(t.Context(), &s.Reader, "test", query, scanText)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) > 0 {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("no row ever: %s", query)
		case <-tick.C:
		}
	}
}

func TestWorkStartsWithinAHundredMillisecondsOfTheCommit(t *testing.T) {
	s := openStore(t)
	started := make(chan time.Time, 1)
	startJobs(t, s, func(_ context.Context, _ greetArgs) error { started <- time.Now(); return nil })
	enqueue(t, s, "warm")
	within(t, started, 10*time.Second)
	var waits []time.Duration
	for range 15 {
		until(t, s, `SELECT kind FROM river_job WHERE state = 'completed' OR state = 'completed'`)
		enqueue(t, s, "c1")
		committed := time.Now()
		waits = append(waits, within(t, started, 5*time.Second).Sub(committed))
	}
	slices.Sort(waits)
	t.Log(waits)
	if median := waits[len(waits)/2]; median > 100*time.Millisecond {
		t.Errorf("median wait %v", median)
	}
}

func TestJobOfARolledBackTransactionNeverRuns(t *testing.T) {
	s := openStore(t)
	ran := make(chan string, 2)
	startJobs(t, s, func(_ context.Context, a greetArgs) error { ran <- a.ID; return nil })
	no := errors.New("no")
	err := s.InTx(t.Context(), func(tx *Tx) error {
		if err := tx.Enqueue(t.Context(), greetArgs{ID: "undone"}); err != nil {
			return err
		}
		return no
	})
	if !errors.Is(err, no) {
		t.Fatal(err)
	}
	enqueue(t, s, "done")
	if got := within(t, ran, 5*time.Second); got != "done" {
		t.Errorf("ran %s", got)
	}
}

func TestUniqueKeyEnqueuesOnce(t *testing.T) {
	s := openStore(t)
	for range 3 {
		enqueue(t, s, "m1", UniqueKey("m1"))
	}
	enqueue(t, s, "m2", UniqueKey("m2"))
	got, err := list(t.Context(), &s.Reader, "test", `SELECT CAST(args AS TEXT) FROM river_job ORDER BY id`, scanText)
	if err != nil || len(got) != 2 || !strings.Contains(got[0], "m1") || !strings.Contains(got[1], "m2") {
		t.Errorf("%v %v", got, err)
	}
}

func TestFailuresLeaveCodesOnly(t *testing.T) {
	const secret = "Alice Kowalczyk +4915112345678"
	for name, c := range map[string]struct {
		work        func() error
		state, code string
	}{
		"retried":     {func() error { return &JobError{Code: "30003", Retry: true, Err: errors.New(secret)} }, "retryable", "30003"},
		"given up":    {func() error { return &JobError{Code: "21610", Err: errors.New(secret)} }, "cancelled", "21610"},
		"of no kind":  {func() error { return errors.New(secret) }, "cancelled", "fault"},
		"of no sense": {func() error { panic(secret) }, "cancelled", "panic"},
	} {
		t.Run(name, func(t *testing.T) {
			s := openStore(t)
			startJobs(t, s, func(context.Context, greetArgs) error { return c.work() })
			enqueue(t, s, "c1")
			until(t, s, `SELECT kind FROM river_job WHERE state = '`+c.state+`'`)
			row := strings.Join(dump(t.Context(), t, s, "river_job", "1 = 1"), "")
			errs, err := list(t.Context(), &s.Reader, "test", `SELECT CAST(errors AS TEXT) FROM river_job`, scanText)
			if err != nil || len(errs) != 1 || !strings.Contains(errs[0], c.code) {
				t.Errorf("no %s in %v (%v)", c.code, errs, err)
			}
			if strings.Contains(row+strings.Join(errs, ""), "Alice") {
				t.Errorf("the text of the error was kept: %s", errs)
			}
		})
	}
}

func TestRetryWaitsAsLongAsItWasTold(t *testing.T) {
	s := openStore(t)
	startJobs(t, s, func(context.Context, greetArgs) error {
		return &JobError{Code: "rate", Retry: true, After: time.Hour}
	})
	enqueue(t, s, "c1")
	until(t, s, `SELECT kind FROM river_job WHERE state = 'retryable'`)
	var job struct{ attempted, scheduled time.Time }
	row := s.read.QueryRowContext(t.Context(), `SELECT attempted_at, scheduled_at FROM river_job`)
	if err := row.Scan(&job.attempted, &job.scheduled); err != nil {
		t.Fatal(err)
	}
	if pause := job.scheduled.Sub(job.attempted); pause < 59*time.Minute {
		t.Errorf("pause of %v", pause)
	}
}

func TestFreeTriesDoNotCount(t *testing.T) {
	s := openStore(t)
	startJobs(t, s, func(context.Context, greetArgs) error {
		return &JobError{Code: "locked", Retry: true, After: time.Hour, Free: true}
	})
	enqueue(t, s, "a")
	until(t, s, `SELECT 'x' FROM river_job WHERE kind = 'test.greet' AND state = 'scheduled' AND max_attempts - attempt = 8`)
}

func TestJobsOfADeadProcessStartAgain(t *testing.T) {
	s := openStore(t)
	enqueue(t, s, "c1")
	// As a kill leaves it: the job runs, and somebody else leads.
	for _, statement := range []string{
		`UPDATE river_job SET state = 'running', attempt = 1`,
		`INSERT INTO river_leader (name, leader_id, elected_at, expires_at) VALUES ('default', 'dead', '2020-01-01 00:00:00', '2099-01-01 00:00:00')`,
	} {
		if _, err := s.write.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	ran := make(chan string, 1)
	startJobs(t, s, func(_ context.Context, a greetArgs) error { ran <- a.ID; return nil })
	if got := within(t, ran, 5*time.Second); got != "c1" {
		t.Errorf("ran %s", got)
	}
}

func TestPeriodicJobRunsAtStart(t *testing.T) {
	s := openStore(t)
	ran := make(chan string, 4)
	startJobs(t, s, func(_ context.Context, a greetArgs) error { ran <- a.ID; return nil },
		Periodic{Every: time.Hour, AtStart: true, Args: func() JobArgs { return greetArgs{ID: "again"} }})
	if got := within(t, ran, 20*time.Second); got != "again" {
		t.Errorf("ran %s", got)
	}
}

func TestPausesGrow(t *testing.T) {
	p := &pauses{}
	var last time.Duration
	for attempt := 1; attempt <= jobAttempts; attempt++ {
		at := time.UnixMilli(0)
		row := jobRow(int64(attempt), attempt, at)
		pause := p.NextRetry(row).Sub(at)
		if pause < firstBackoff<<(attempt-1) || pause <= last {
			t.Errorf("attempt %d waits %v after %v", attempt, pause, last)
		}
		last = pause
	}
}
