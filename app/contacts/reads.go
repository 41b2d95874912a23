package contacts

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"stead/store"
)

// How often cards that were read are written down, and how many may wait.
const (
	readsEvery = 5 * time.Second
	readsMax   = 2048
)

// reads writes down who looked at which card without making the look wait for
// a write: entries are gathered and go into the audit chain in one transaction
// every few seconds and at the end. A kill may lose the last few seconds.
type reads struct {
	store *store.Store
	log   *slog.Logger
	every time.Duration

	mu      sync.Mutex
	waiting []store.AuditEntry
	seen    map[[3]string]bool // actor, address and contact of what waits: twice in a batch is once
	lost    int                // beyond readsMax; written down as a number

	stir chan struct{} // something waits
	full chan struct{} // do not wait any longer
	stop chan struct{}
	done chan struct{}
}

func newReads(st *store.Store, log *slog.Logger, every time.Duration) *reads {
	return &reads{
		store: st, log: log, every: every, seen: map[[3]string]bool{},
		stir: make(chan struct{}, 1), full: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
}

func startReads(st *store.Store, log *slog.Logger, every time.Duration) *reads {
	r := newReads(st, log, every)
	go r.run()
	return r
}

// add notes that actor looked at a contact, from where ctx says: the batch has
// no origin of its own. It never waits.
func (r *reads) add(ctx context.Context, actor, contactID string, at int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	from := store.OriginOf(ctx)
	key := [3]string{actor, from, contactID}
	if r.seen[key] {
		return
	}
	if len(r.waiting) == readsMax {
		r.lost++
		return
	}
	r.seen[key] = true
	r.waiting = append(r.waiting, store.AuditEntry{
		Action: actionRead, Actor: actor, Object: contactID, ContactID: contactID, Address: from, At: at,
	})
	poke(r.stir)
	if len(r.waiting) >= readsMax/2 {
		poke(r.full)
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (r *reads) run() {
	defer close(r.done)
	for {
		select {
		case <-r.stop:
			return
		case <-r.stir:
		}
		timer := time.NewTimer(r.every)
		select {
		case <-r.stop:
			timer.Stop()
			return
		case <-r.full:
		case <-timer.C:
		}
		timer.Stop()
		if err := r.flush(context.Background()); err != nil {
			r.log.Error("reads not written down", "err", err)
			poke(r.stir)
		}
	}
}

// close ends the goroutine and writes down what still waits.
func (r *reads) close(ctx context.Context) error {
	close(r.stop)
	<-r.done
	return r.flush(ctx)
}

// flush writes one batch. What could not be written waits for the next.
func (r *reads) flush(ctx context.Context) error {
	r.mu.Lock()
	batch, lost := r.waiting, r.lost
	r.waiting, r.lost = nil, 0
	clear(r.seen)
	r.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	ctx = store.From(ctx, "") // each entry has its own
	err := r.store.InTx(ctx, func(tx *store.Tx) error {
		for _, e := range batch {
			known, err := stillThere(ctx, tx, e)
			if err != nil {
				return err
			}
			if err := tx.Audit(ctx, known); err != nil {
				return err
			}
		}
		if lost == 0 {
			return nil
		}
		return tx.Audit(ctx, store.AuditEntry{Action: actionRead + ".lost", Object: strconv.Itoa(lost), At: batch[len(batch)-1].At})
	})
	if err != nil {
		r.giveBack(batch, lost)
	}
	return err
}

// stillThere takes the person out of an entry when they were erased between
// the look and the write: the look stays, its subject does not come back.
func stillThere(ctx context.Context, tx *store.Tx, e store.AuditEntry) (store.AuditEntry, error) {
	ok, err := tx.HasContact(ctx, e.ContactID)
	if err == nil && !ok {
		e.Object, e.ContactID = "", ""
	}
	return e, err
}

func (r *reads) giveBack(batch []store.AuditEntry, lost int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = append(batch, r.waiting...)
	r.lost += lost
	if over := len(r.waiting) - readsMax; over > 0 {
		r.waiting, r.lost = r.waiting[:readsMax], r.lost+over
	}
}
