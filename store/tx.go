package store

import (
	queuelist "container/list"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/riverqueue/river"
)

// Tx is one transaction: everything a Reader has, plus the writes.
type Tx struct {
	Reader
	sql    *sql.Tx
	jobs   *river.Client[*sql.Tx]
	wrote  *written
	memory *memory
	react  []Reaction
	events []Event
	after  []func()
	wake   bool               // a job was enqueued
	noted  bool               // the erasure ledger has new entries
	gone   func(ids []string) // see OnFilesGone
	flows  map[string]bool    // deals within flowing
}

const txAttempts = 5

// InTx runs fn in one transaction. It may run fn again after a serialization
// failure, so fn must touch nothing but tx: no HTTP, no channel, no outer state.
// An error or a panic of fn rolls everything back. Writers are served in the
// order in which they came.
func (s *Store) InTx(ctx context.Context, fn func(tx *Tx) error) error {
	for attempt := 1; ; attempt++ {
		tx, err := s.once(ctx, fn)
		if err == nil {
			s.committed(tx) //nolint:contextcheck // what is committed is noted, whoever has gone
			return nil
		}
		if !s.eng.isRetryable(err) {
			return err
		}
		if attempt == txAttempts {
			return fmt.Errorf("store: gave up after %d attempts: %w", txAttempts, err)
		}
		if err := Pause(ctx, rand.N(time.Millisecond<<(2*attempt))); err != nil { //nolint:gosec // spreads writers, keeps no secret
			return err
		}
	}
}

// AfterCommit has hint called once the transaction is on the disk, and never
// when it is not. It wakes a drainer; it is never the only copy of anything,
// for the process may end before it runs.
func (tx *Tx) AfterCommit(hint func()) { tx.after = append(tx.after, hint) }

// Watch has see called after each commit with the events that it emitted, in
// the goroutine of the writer: it must not wait.
func (s *Store) Watch(see func([]Event)) {
	s.watchMu.Lock()
	defer s.watchMu.Unlock()
	s.watchers = append(s.watchers, see)
}

// Reaction is work that belongs to an event: it stands or falls with the change
// that the event tells of. It must touch nothing but tx.
type Reaction func(ctx context.Context, tx *Tx, e Event) error

// React has every event that a transaction emits handed to fn, inside that
// transaction. It is called while the product is put together, before anything
// is written.
func (s *Store) React(fn Reaction) { s.reactions = append(s.reactions, fn) }

func (s *Store) committed(tx *Tx) {
	s.memory.committed(tx)
	if tx.wake {
		s.wakeJobs()
	}
	if tx.noted {
		s.ledgerNoted()
	}
	for _, hint := range tx.after {
		hint()
	}
	if len(tx.events) == 0 {
		return
	}
	s.watchMu.Lock()
	watchers := s.watchers
	s.watchMu.Unlock()
	for _, see := range watchers {
		see(tx.events)
	}
}

func (s *Store) once(ctx context.Context, fn func(tx *Tx) error) (*Tx, error) {
	select {
	case <-s.poisoned:
		return nil, ErrPoisoned
	default:
	}
	if err := s.gate.enter(ctx); err != nil {
		return nil, err
	}
	defer s.gate.leave()
	sqlTx, err := s.write.BeginTx(ctx, s.eng.txOptions())
	if err != nil {
		return nil, s.fault("store.InTx: begin", err)
	}
	q := &txStatements{tx: sqlTx, known: s.learned}
	// The order matters: roll back first, then learn on the free connection.
	defer q.learn()        //nolint:contextcheck // for the next transaction, whoever has gone
	defer sqlTx.Rollback() //nolint:errcheck // does nothing after Commit
	tx := &Tx{Reader: Reader{q: q, eng: s.eng, cat: s.cat}, sql: sqlTx, wrote: &q.wrote, jobs: s.jobs.client, memory: &s.memory, react: s.reactions, gone: s.gone}
	if err := fn(tx); err != nil {
		return nil, err
	}
	return tx, s.commit(ctx, sqlTx)
}

func (s *Store) commit(ctx context.Context, sqlTx *sql.Tx) error {
	err := sqlTx.Commit()
	if err == nil {
		return nil
	}
	if s.eng.isLost(err) {
		s.poison.Do(func() { close(s.poisoned) })
		return fmt.Errorf("%w: %w", ErrPoisoned, err)
	}
	s.eng.afterFailedCommit(context.WithoutCancel(ctx), s.write)
	return s.fault("store.InTx: commit", err)
}

// Pause waits, or returns the error of a context that ends before.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// gate lets at most width writers in, first come, first served: database/sql
// wakes those who wait for a connection at random.
type gate struct {
	mu    sync.Mutex
	free  int
	queue queuelist.List // of chan struct{}
}

func newGate(width int) *gate { return &gate{free: width} }

func (g *gate) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	g.mu.Lock()
	if g.free > 0 {
		g.free--
		g.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	place := g.queue.PushBack(turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		g.mu.Lock()
		defer g.mu.Unlock()
		select {
		case <-turn: // the turn came at the same moment: hand it on
			g.next()
		default:
			g.queue.Remove(place)
		}
		return ctx.Err()
	}
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.next()
}

func (g *gate) next() {
	first := g.queue.Front()
	if first == nil {
		g.free++
		return
	}
	close(g.queue.Remove(first).(chan struct{}))
}

// isStopped tells an error that came from the caller's own context.
func isStopped(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
