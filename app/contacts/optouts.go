package contacts

import (
	"context"
	"strings"
	"sync"
	"time"

	"stead/app/errs"
	"stead/store"
)

// Opt-outs are kept by keyed hash alone, so that they outlive the person's
// erasure. A list asks for fifty at a time, so a reasonable number of them is
// held in memory, and so are the hashes of numbers that were shown last.
const (
	maxKnown  = 20_000
	maxHashes = 4096
	knownFor  = time.Minute // whatever happens
)

// optOuts tells which numbers want no texts, for people to see. Whether a text
// may go out is asked of the store itself, in the sending transaction.
type optOuts struct {
	store *store.Store
	hash  func(matchKey string) (string, error)
	now   func() time.Time

	mu     sync.Mutex
	known  map[string]bool // suppressed hashes; nil: not read yet
	many   bool            // too many to be held
	until  time.Time
	turn   int // raised when they change
	hashes map[string]string
}

func newOptOuts(st *store.Store, hash func(string) (string, error), now func() time.Time) *optOuts {
	o := &optOuts{store: st, hash: hash, now: now, hashes: map[string]string{}}
	st.Watch(o.forget)
	return o
}

// forget has opt-outs read anew after somebody opted out or in.
func (o *optOuts) forget(events []store.Event) {
	for _, e := range events {
		if strings.HasPrefix(e.Kind, "consent.") {
			o.mu.Lock()
			o.known, o.turn = nil, o.turn+1
			o.mu.Unlock()
			return
		}
	}
}

// optedOut tells which of the numbers want no texts. While the vault is locked
// nobody can tell, and ok is false.
func (o *optOuts) optedOut(ctx context.Context, numbers []string) (out map[string]bool, ok bool, err error) {
	hashes, err := o.hashAll(numbers)
	if errs.KindOf(err) == errs.Unavailable {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	found, many, err := o.suppressed(ctx)
	if err == nil && many {
		found, err = o.store.SuppressedAmong(ctx, "sms", hashes)
	}
	if err != nil || len(found) == 0 {
		return nil, err == nil, err
	}
	for i, hash := range hashes {
		if found[hash] {
			if out == nil {
				out = map[string]bool{}
			}
			out[numbers[i]] = true
		}
	}
	return out, true, nil
}

// suppressed returns all suppressed hashes, unless there are too many.
func (o *optOuts) suppressed(ctx context.Context) (found map[string]bool, many bool, err error) {
	now := o.now()
	o.mu.Lock()
	known, many, turn := o.known, o.many, o.turn
	fresh := known != nil && now.Before(o.until) && now.After(o.until.Add(-2*knownFor))
	o.mu.Unlock()
	if fresh {
		return known, many, nil
	}
	all, err := o.store.Suppressions(ctx, "sms", maxKnown+1)
	if err != nil {
		return nil, false, err
	}
	known = make(map[string]bool, len(all))
	for _, hash := range all {
		known[hash] = true
	}
	many = len(all) > maxKnown
	if many {
		known = map[string]bool{}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if turn == o.turn { // else somebody opted out while we read
		o.known, o.many, o.until = known, many, now.Add(knownFor)
	}
	return known, many, nil
}

func (o *optOuts) hashAll(numbers []string) ([]string, error) {
	out := make([]string, len(numbers))
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, number := range numbers {
		if out[i] = o.hashes[number]; out[i] != "" {
			continue
		}
		hash, err := o.hash(number)
		if err != nil {
			return nil, err
		}
		if len(o.hashes) == maxHashes {
			clear(o.hashes)
		}
		out[i], o.hashes[number] = hash, hash
	}
	return out, nil
}
