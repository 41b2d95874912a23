package vault

import (
	"context"
	"sync"
	"time"

	"stead/store"
)

// flushWithin is how long a counted use may wait for its write, with a second
// to spare for the write itself.
const flushWithin = 4 * time.Second

// useLog counts uses in memory and writes them a little later in one
// transaction. A kill loses what was counted since.
type useLog struct {
	store *store.Store
	wait  time.Duration

	mu     sync.Mutex
	counts map[useKey]store.SecretUse
	timer  *time.Timer // runs while something is counted

	writing sync.Mutex
}

type useKey struct {
	secretID, purpose string
	hourAt            int64
}

func newUseLog(st *store.Store, wait time.Duration) *useLog {
	return &useLog{store: st, wait: wait, counts: map[useKey]store.SecretUse{}}
}

func (l *useLog) add(u store.SecretUse) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.merge(u)
	if l.timer == nil {
		l.timer = time.AfterFunc(l.wait, func() { _ = l.flush(context.Background()) }) // an error leaves the counts for the next time
	}
}

func (l *useLog) merge(u store.SecretUse) {
	key := useKey{u.SecretID, u.Purpose, u.HourAt}
	if old, ok := l.counts[key]; ok {
		u.Uses += old.Uses
		u.LastAt = max(u.LastAt, old.LastAt)
	}
	l.counts[key] = u
}

// flush writes what was counted. What could not be written is counted on.
func (l *useLog) flush(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	counts := l.counts
	l.counts = map[useKey]store.SecretUse{}
	l.timer = nil
	l.mu.Unlock()
	if len(counts) == 0 {
		return nil
	}
	err := l.store.InTx(ctx, func(tx *store.Tx) error {
		for _, u := range counts {
			if err := tx.AddSecretUses(ctx, u); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, u := range counts {
			l.merge(u)
		}
	}
	return err
}

func (l *useLog) close(ctx context.Context) error {
	l.mu.Lock()
	if l.timer != nil {
		l.timer.Stop()
	}
	l.mu.Unlock()
	return l.flush(ctx)
}
