package work_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
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

// While the product is in use, one part of the work waits for another, also where
// one behind it has given up waiting. Alone, they run side by side.
func TestOnePartAtATimeBesideOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := time.Unix(1_790_000_000, 0)
		r, _ := paced(&at)
		var running atomic.Int64
		part := func(ctx context.Context, end <-chan struct{}) {
			done := r.Turn(ctx)
			running.Add(1)
			<-end
			running.Add(-1)
			done()
		}
		step := make(chan struct{})
		go part(t.Context(), step)
		go part(t.Context(), step)
		synctest.Wait()
		if running := running.Load(); running != 2 {
			t.Errorf("alone, %d of 2 run", running)
		}
		step <- struct{}{}
		step <- struct{}{}

		leave := r.Pace.Enter()
		tired, giveUp := context.WithCancel(t.Context())
		go part(t.Context(), step)
		synctest.Wait()
		go func() { r.Turn(tired)() }()
		for range 3 {
			go part(t.Context(), step)
		}
		synctest.Wait()
		giveUp()
		for range 4 {
			synctest.Wait()
			if running := running.Load(); running != 1 {
				t.Errorf("beside others, %d run at once", running)
			}
			step <- struct{}{}
		}
		synctest.Wait()
		if running := running.Load(); running != 0 {
			t.Errorf("%d never end", running)
		}
		leave()
	})
}

// A part does as much as it should now, while it has its turn, and is remembered
// by what it did; one that failed is not.
func TestAPartDoesItsShare(t *testing.T) {
	at := time.Unix(1_790_000_000, 0)
	r, _ := paced(&at)
	defer r.Pace.Enter()()
	var asked []int
	part := func(each time.Duration, fails error) {
		err := r.Part(t.Context(), "op", work.Bounds{First: 100, Few: 5, Most: 300}, func(n int) (int, error) {
			asked = append(asked, n)
			at = at.Add(time.Duration(n) * each)
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			r.Turn(ended)() // nobody else has one
			return n, fails
		})
		if !errors.Is(err, fails) {
			t.Error(err)
		}
	}
	part(time.Minute, io.EOF)     // goes by the board
	part(time.Millisecond, nil)   // 20 ms is twenty of these
	part(9*time.Millisecond, nil) // on average 5 ms
	part(time.Microsecond, nil)   // half of that
	part(time.Microsecond, nil)
	if want := []int{100, 100, 20, 5, 7}; !slices.Equal(asked, want) {
		t.Errorf("did %v, want %v", asked, want)
	}
}
