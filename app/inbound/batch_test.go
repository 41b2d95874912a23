package inbound

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"stead/app/errs"
	"stead/app/provider/twilio"
	"stead/store"
)

// commits counts the transactions of a store from now on. The gate is held
// while a burst gathers, as a slow disk would.
func (k *kit) hold() (release func()) {
	entered, free := make(chan struct{}), make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		_ = k.st.InTx(context.Background(), func(*store.Tx) error {
			close(entered)
			<-free
			return nil
		})
	})
	<-entered
	release = sync.OnceFunc(func() { close(free); wait.Wait() })
	k.t.Cleanup(release) // before the service is closed, which waits for its last commit
	return release
}

// gathered waits until all senders wait for their commit: how many of them the
// batcher took before it met the held gate is nobody's to say.
func (k *kit) gathered() {
	last, same := 0, 0
	until(k.t, "all wait for their commit", func() bool {
		if n := len(k.batch.queue); n != last {
			last, same = n, 0
		}
		same++
		return same == 50 && last > 0 || same == 500 // it took all of them
	})
}

func TestABurstCostsFewCommits(t *testing.T) {
	k := newKit(t)
	var mu sync.Mutex
	commits := 0
	k.batch.wake = func() { mu.Lock(); commits++; mu.Unlock() }
	release := k.hold()
	answers := make(chan int, 500)
	for n := range 500 {
		go func() { answers <- k.post(twilio.PathSMS, sms(n, fmt.Sprintf("+1503555%04d", n), "Hi")).Code }()
	}
	k.gathered()
	release()
	for range 500 {
		if code := <-answers; code != http.StatusOK {
			t.Fatalf("answered %d", code)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if n := k.count("new"); n != 500 || commits > 4 {
		t.Errorf("%d events in %d commits, want 500 in at most 4", n, commits)
	}
}

// bad is a row that the schema refuses.
func bad(id string) store.Inbound { return store.Inbound{ID: id, Provider: "twilio", KeyHash: id} }

func TestOneBadRowFailsAlone(t *testing.T) {
	k := newKit(t)
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.InsertInbound(ctx, store.Inbound{ID: "taken", Provider: "twilio", KeyHash: "first"})
		return err
	})
	batch := []*entry{}
	for i := range 5 {
		e := &entry{row: bad(fmt.Sprintf("row%d", i)), done: make(chan error, 1)}
		if i == 2 {
			e.row.ID = "taken" // an id that another event has: no duplicate, a fault
		}
		batch = append(batch, e)
	}
	k.batch.commit(batch)
	for i, e := range batch {
		if err := <-e.done; (err != nil) != (i == 2) {
			t.Errorf("row %d: %v", i, err)
		}
	}
	if n := k.count("new"); n != 5 { // the first one, and four neighbours
		t.Errorf("%d events kept, want 5", n)
	}
}

func TestAFullQueueAsksToComeBack(t *testing.T) {
	k := newKit(t)
	release := k.hold()
	defer release()
	// One batch is being written; then the queue is filled to the brim.
	fill := func() { k.batch.queue <- &entry{row: store.Inbound{}, done: make(chan error, 1)} }
	fill()
	until(t, "the batcher is busy", func() bool { return len(k.batch.queue) == 0 })
	for range maxQueue {
		fill()
	}
	w := k.post(twilio.PathSMS, sms(1, caller, "Hi"))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "5" {
		t.Errorf("answered %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	for len(k.batch.queue) > 0 {
		<-k.batch.queue
	}
}

func TestASenderThatWaitsTooLongIsToldToComeBack(t *testing.T) {
	k := newKit(t)
	release := k.hold()
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan error, 1)
	go func() { told <- k.batch.add(ctx, &entry{row: bad("slow")}, false) }()
	until(t, "it waits", func() bool { return len(k.batch.queue) == 0 })
	cancel()
	if status, after := refusal(<-told); status != 503 || after == 0 {
		t.Errorf("answered %d after %v", status, after)
	}
	release() // what was taken is kept all the same: the repeat is a duplicate
	until(t, "it is kept", func() bool { return k.count("new") == 1 })
}

func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want int
		wait time.Duration
	}{
		"the disk is full":  {fmt.Errorf("x: %w", store.ErrFull), 503, time.Minute},
		"read-only":         {fmt.Errorf("x: %w", store.ErrReadOnly), 503, time.Minute},
		"commit unclear":    {fmt.Errorf("x: %w", store.ErrPoisoned), 500, 0},
		"too much at once":  {errQueueFull, 503, 5 * time.Second},
		"deadline":          {context.DeadlineExceeded, 503, 5 * time.Second},
		"not genuine":       {&errs.Error{Kind: errs.Denied}, 403, 0},
		"not understood":    {&errs.Error{Kind: errs.Invalid}, 400, 0},
		"an honest mistake": {errors.New("x"), 500, 0},
		"said when to come": {&errs.Error{Kind: errs.Unavailable, RetryAfter: time.Minute}, 503, time.Minute},
		"did not say":       {&errs.Error{Kind: errs.Unavailable}, 503, 5 * time.Second},
	} {
		if status, wait := refusal(tc.err); status != tc.want || wait != tc.wait {
			t.Errorf("%s: %d, %v, want %d, %v", name, status, wait, tc.want, tc.wait)
		}
	}
}

func TestClosingCommitsWhatWasTaken(t *testing.T) {
	k := newKit(t)
	release := k.hold()
	told := make(chan error, 20)
	for i := range 20 {
		go func() {
			told <- k.batch.add(context.Background(), &entry{row: bad(fmt.Sprintf("row%d", i))}, false)
		}()
	}
	k.gathered()
	k.batch.close()
	release()
	kept := int64(0)
	for range 20 {
		switch err := <-told; {
		case err == nil:
			kept++
		case !errors.Is(err, errStopping):
			t.Error(err)
		}
	}
	if n := k.count("new"); n != kept || kept < 15 {
		t.Errorf("%d were told that they are kept, and %d are", kept, n)
	}
	if err := k.batch.add(t.Context(), &entry{row: bad("late")}, true); !errors.Is(err, errStopping) {
		t.Errorf("after the end: %v", err)
	}
}
