package inbound

import (
	"context"
	"errors"
	"time"

	"stead/app/errs"
	"stead/app/port"
	"stead/store"
)

const (
	fetchEvery  = time.Hour           // also when nothing seems to be missing
	fetchGap    = 5 * time.Second     // between two, however often somebody asks
	firstFetch  = 30 * time.Second    // before the next try, twice as long after each
	lastFetch   = 10 * time.Minute    // and never longer
	overlap     = 10 * time.Minute    // providers list an event a little after they tell it
	longestAway = 30 * 24 * time.Hour // keys of events are known for 35 days
)

// fetcher asks a provider what it would have told us, from where the last
// fetch ended. Each event goes the way of a callback and has the same key, so
// what is known already does nothing.
type fetcher struct {
	*Service
	Provider
	wake chan struct{}
	gap  time.Duration
}

func newFetcher(s *Service, p Provider) *fetcher {
	return &fetcher{Service: s, Provider: p, wake: make(chan struct{}, 1), gap: fetchGap}
}

func (f *fetcher) run(ctx context.Context) {
	pause := time.Duration(0)
	for {
		wait := fetchEvery
		if err := f.fetch(ctx); err == nil {
			pause = 0
		} else if ctx.Err() == nil {
			pause = min(max(2*pause, firstFetch), lastFetch)
			wait = pause
			f.Log.WarnContext(ctx, "catch-up waits", "provider", f.Source.Name(), "code", errs.CodeOf(err))
		}
		if !f.sleep(ctx, f.gap, nil) || !f.sleep(ctx, wait, f.wake) {
			return
		}
	}
}

// sleep waits for d or until woken; it is false when there is no more to do.
func (f *fetcher) sleep(ctx context.Context, d time.Duration, wake chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-wake:
		return true
	case <-f.Store.Poisoned():
		return false
	case <-ctx.Done():
		return false
	}
}

// fetch is done when there is nobody to ask. A locked vault can neither sign
// in nor seal; Resume asks again when it is open.
func (f *fetcher) fetch(ctx context.Context) error {
	if f.Vault.Locked() {
		return nil
	}
	provider := f.Source.Name()
	connection, err := f.Store.Connection(ctx, provider)
	if errors.Is(err, store.ErrNotFound) || connection.State == store.Disconnected {
		return nil
	}
	if err != nil {
		return err
	}
	begin := f.Now()
	since := time.UnixMilli(max(connection.CaughtUpAt, connection.CreatedAt)).Add(-overlap)
	if oldest := begin.Add(-longestAway); since.Before(oldest) {
		since = oldest
	}
	ctx = port.WithDisclosure(ctx, port.Disclosure{Processor: provider, Purpose: "catch_up"})
	account := port.Account{ID: connection.Account, Service: connection.Service}
	err = f.History.Since(ctx, account, since, func(r port.Request) error {
		_, err := f.keep(ctx, f.Source, r, false)
		if errors.Is(err, port.ErrIgnored) || errs.KindOf(err) == errs.Invalid {
			return nil // a record that cannot be understood must not hide the others
		}
		return err
	})
	if err != nil {
		return err
	}
	return f.Store.InTx(ctx, func(tx *store.Tx) error { return tx.SetCaughtUp(ctx, provider, begin.UnixMilli()) })
}
