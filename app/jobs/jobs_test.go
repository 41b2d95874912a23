package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"stead/app/errs"
	"stead/app/logs"
	"stead/store"
	"stead/store/storetest"
)

type greet struct {
	ContactID string `json:"contact_id"`
}

func (greet) Kind() string { return "tests.greet" }

func TestWhatAnErrorMeansForAJob(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx   context.Context
		err   error
		code  string
		retry bool
		after time.Duration
	}{
		"unavailable is tried again":        {nil, &errs.Error{Kind: errs.Unavailable}, "unavailable", true, 0},
		"its code is kept":                  {nil, fmt.Errorf("op: %w", &errs.Error{Kind: errs.Unavailable, Code: "30003"}), "30003", true, 0},
		"the provider's pause is kept":      {nil, &errs.Error{Kind: errs.Unavailable, Code: "20429", RetryAfter: time.Hour}, "20429", true, time.Hour},
		"a locked vault is waited for":      {nil, &errs.Error{Kind: errs.Unavailable, Code: "locked"}, "locked", true, time.Minute},
		"invalid fails":                     {nil, &errs.Error{Kind: errs.Invalid, Code: "21211"}, "21211", false, 0},
		"denied fails":                      {nil, &errs.Error{Kind: errs.Denied}, "denied", false, 0},
		"gone fails":                        {nil, store.ErrNotFound, "not_found", false, 0},
		"a fault fails":                     {nil, errors.New("call +351912345678"), "fault", false, 0},
		"a deadline is tried again":         {nil, fmt.Errorf("op: %w", context.DeadlineExceeded), "timeout", true, 0},
		"a stop is tried again":             {ended, errors.New("x"), "timeout", true, 0},
		"what was refused fails, time over": {ended, &errs.Error{Kind: errs.Invalid, Code: "21211"}, "21211", false, 0},
		"a full disk is waited for":         {nil, fmt.Errorf("op: %w", store.ErrFull), "disk", true, time.Minute},
		"a panic fails":                     {nil, &panicked{value: "x"}, "panic", false, 0},
		"a panic fails, time over":          {ended, &panicked{value: "x"}, "panic", false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.ctx == nil {
				tt.ctx = t.Context()
			}
			got := judge(tt.ctx, tt.err)
			if got.Code != tt.code || got.Retry != tt.retry || got.After != tt.after || !errors.Is(got, tt.err) {
				t.Errorf("got %+v", got)
			}
			if waits := tt.code == "locked" || tt.code == "disk"; got.Free != waits {
				t.Errorf("the try counts: %v", !got.Free)
			}
		})
	}
}

func TestAPanicOfALockedVaultIsNoFault(t *testing.T) {
	locked := &errs.Error{Kind: errs.Unavailable, Code: "locked"}
	if err := guard(t.Context(), func(context.Context, greet) error { panic(locked) }, greet{}); !errors.Is(err, locked) {
		t.Errorf("got %v", err)
	}
	err := guard(t.Context(), func(context.Context, greet) error { panic("+351912345678") }, greet{})
	var p *panicked
	if !errors.As(err, &p) || !bytes.Contains(p.stack, []byte("jobs_test.go")) {
		t.Errorf("got %v without its place", err)
	}
	if err := guard(t.Context(), func(context.Context, greet) error { return nil }, greet{}); err != nil {
		t.Errorf("got %v", err)
	}
}

// log collects lines from many goroutines.
type log struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.String()
}

func TestAJobRunsOnceCommittedAndItsTroubleIsToldByCode(t *testing.T) {
	st := storetest.New(t)
	var out log
	w := New(logs.New(&out, "text", slog.LevelInfo))
	ran := make(chan string, 4)
	Register(w, func(_ context.Context, g greet) error {
		ran <- g.ContactID
		switch g.ContactID {
		case "c2":
			panic("calling +351912345678")
		case "c3":
			return errors.New("calling +351912345678")
		}
		return nil
	})
	stop, err := st.StartJobs(t.Context(), w.Store())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"c1", "c2", "c3"} {
		err := st.InTx(t.Context(), func(tx *store.Tx) error { return tx.Enqueue(t.Context(), greet{id}) })
		if err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-ran:
			if got != id {
				t.Errorf("ran %s, want %s", got, id)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("the job did not run")
		}
	}
	if err := stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Contains(text, "912345678") || !strings.Contains(text, "job=tests.greet code=panic") || !strings.Contains(text, "job=tests.greet code=fault") {
		t.Errorf("the log says:\n%s", text)
	}
}
