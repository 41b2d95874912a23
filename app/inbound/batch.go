package inbound

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"stead/app/errs"
	"stead/store"
)

const (
	maxBatch = 512  // rows in one commit
	maxQueue = 1024 // events that wait for their commit
)

var (
	errQueueFull = &errs.Error{Kind: errs.Unavailable, Code: "queue_full", RetryAfter: 5 * time.Second, Message: "Too much arrives at once."}
	errStopping  = &errs.Error{Kind: errs.Unavailable, Code: "stopping", RetryAfter: 5 * time.Second, Message: "The server is stopping."}
)

// entry is an event on its way to the disk.
type entry struct {
	row  store.Inbound
	hook bool // the provider told it now, it was not fetched
	done chan error
}

// batcher commits events together: one transaction for all that wait, so that
// a burst costs few fsyncs and a single event no delay.
type batcher struct {
	store *store.Store
	wake  func()
	queue chan *entry
	quit  chan struct{} // closed to stop
	gone  chan struct{} // closed when nobody commits any more
	once  sync.Once
	noted map[string]int64 // by provider: the callback that was written down last
}

// noteEvery is how old, in milliseconds, the note of a provider's last callback
// may be: a burst need not change that row with each commit.
const noteEvery = 5000

func newBatcher(st *store.Store, wake func()) *batcher {
	return &batcher{store: st, wake: wake, queue: make(chan *entry, maxQueue), quit: make(chan struct{}), gone: make(chan struct{}), noted: map[string]int64{}}
}

func (b *batcher) close() { b.once.Do(func() { close(b.quit) }) }

// add returns nil once the event, or the earlier one with its key, is on the
// disk. When ctx ends first nobody knows: the provider will ask again.
func (b *batcher) add(ctx context.Context, e *entry, wait bool) error {
	e.done = make(chan error, 1)
	select {
	case b.queue <- e:
	default:
		if !wait {
			return errQueueFull
		}
		select {
		case b.queue <- e:
		case <-b.gone:
			return errStopping
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	select {
	case err := <-e.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-b.gone:
	}
	select {
	case err := <-e.done: // it was in the last batch
		return err
	default:
		return errStopping
	}
}

// run is the only one that commits. It takes one event, then all that wait
// behind it, and lingers for none.
func (b *batcher) run() {
	defer close(b.gone)
	batch := make([]*entry, 0, maxBatch)
	for {
		select {
		case e := <-b.queue:
			batch = b.gather(append(batch[:0], e))
		case <-b.quit:
			if batch = b.gather(batch[:0]); len(batch) == 0 {
				return
			}
		}
		b.commit(batch)
		clear(batch)
	}
}

func (b *batcher) gather(batch []*entry) []*entry {
	for len(batch) < maxBatch {
		select {
		case e := <-b.queue:
			batch = append(batch, e)
		default:
			return batch
		}
	}
	return batch
}

// commit answers each entry of the batch. When the batch fails for what one of
// its rows is, each is tried alone, so that it fails alone.
func (b *batcher) commit(batch []*entry) {
	err := b.write(batch)
	if err == nil || hopeless(err) || len(batch) == 1 {
		for _, e := range batch {
			e.done <- err
		}
	} else {
		for i := range batch {
			batch[i].done <- b.write(batch[i : i+1])
		}
	}
	b.wake()
}

// hopeless says that no row of the batch would fare better alone.
func hopeless(err error) bool {
	return errors.Is(err, store.ErrPoisoned) || errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrReadOnly)
}

// write runs on a context of its own: no sender that goes away may take the
// others' events with it.
func (b *batcher) write(batch []*entry) error {
	rows, heard := make([]store.Inbound, len(batch)), map[string]int64{}
	for i, e := range batch {
		rows[i] = e.row
		since := e.row.ReceivedAt - b.noted[e.row.Provider]
		if e.hook && (since < 0 || since >= noteEvery) { // a clock may go back
			heard[e.row.Provider] = e.row.ReceivedAt
		}
	}
	ctx := context.Background()
	err := b.store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.InsertInbounds(ctx, rows); err != nil {
			return err
		}
		for provider, at := range heard {
			if err := tx.NoteHook(ctx, provider, at); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		maps.Copy(b.noted, heard)
	}
	return err
}
