package work_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"stead/app/work"
)

// paced is a runner whose clock stands still, and which notes its pauses.
func paced(at *time.Time) (r *work.Runner, pauses *[]time.Duration) {
	pauses = new([]time.Duration)
	now := func() time.Time { return *at }
	return work.New(work.Deps{
		Now: now, Log: slog.New(slog.DiscardHandler), Pace: work.NewPace(now),
		Wait: func(_ context.Context, d time.Duration) error { *pauses = append(*pauses, d); return nil },
	}), pauses
}

// Nobody there: no pauses and long steps. Somebody there: the other way round,
// until they have been gone for a while.
func TestPagesComeFirstWhileThereAreAny(t *testing.T) {
	at := time.Unix(1_790_000_000, 0)
	r, pauses := paced(&at)
	r.Took("op", 100, 40*time.Millisecond)
	rest := func() time.Duration {
		*pauses = nil
		if err := r.Rest(t.Context(), 10*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		return (*pauses)[0]
	}
	if d, n := rest(), r.Share("op", 1, 1, 10_000); d != 0 || n != 375 {
		t.Errorf("alone: pause %v, %d in a step", d, n)
	}
	leave := r.Pace.Enter()
	if d, n := rest(), r.Share("op", 1, 1, 10_000); d != 20*time.Millisecond || n != 50 || len(*pauses) < 10 {
		t.Errorf("while a request is answered: pauses %v, %d in a step", *pauses, n)
	}
	leave()
	if d := rest(); d != 20*time.Millisecond || len(*pauses) != 1 {
		t.Errorf("after it: pauses %v", *pauses)
	}
	at = at.Add(3 * time.Second)
	if d, n := rest(), r.Share("op", 1, 1, 10_000); d != 0 || n != 375 {
		t.Errorf("later: pause %v, %d in a step", d, n)
	}
}

// How much a step does stays within its bounds, and one slow step is no rule.
func TestTheShareOfAStep(t *testing.T) {
	at := time.Unix(1_790_000_000, 0)
	r, _ := paced(&at)
	if n := r.Share("op", 7, 5, 50); n != 7 {
		t.Errorf("%d of what is not known yet", n)
	}
	r.Took("op", 10, time.Second)
	if n := r.Share("op", 7, 5, 50); n != 5 {
		t.Errorf("%d of what is slow", n)
	}
	for range 20 {
		r.Took("op", 10, time.Microsecond)
	}
	if n := r.Share("op", 7, 5, 50); n != 50 {
		t.Errorf("%d of what is quick", n)
	}
	r.Took("op", 40, 160*time.Millisecond)
	if n := r.Share("op", 1, 1, 1000); n < 65 || n > 80 {
		t.Errorf("%d after a slow one", n)
	}
}

// While the product is in use, one part of the work waits for another.
func TestOnePartAtATimeBesideOthers(t *testing.T) {
	at := time.Unix(1_790_000_000, 0)
	r, _ := paced(&at)
	r.Turn(t.Context()) // alone, nothing is held
	defer r.Pace.Enter()()
	done := r.Turn(t.Context())
	second := make(chan func())
	go func() { second <- r.Turn(t.Context()) }()
	select {
	case <-second:
		t.Fatal("both at once")
	default:
	}
	done()
	(<-second)()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	defer r.Turn(t.Context())()
	r.Turn(ended)() // ends with its context, and gives nothing back that it did not have
}
