// Package store is the only place that speaks SQL, and the only one that knows
// which engine keeps the rows. Records, reads and writes of each aggregate
// stand in one file together with its part of the data map.
//
// Reads are methods of Reader, which both Store and Tx embed. Writes are
// methods of Tx alone, so the compiler refuses a write outside a transaction.
// No rule of the business, no clock, no id and no network ever lives here.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// Errors that callers tell apart. Everything else is a fault.
var (
	ErrNotFound    = errors.New("store: not found")
	ErrConflict    = errors.New("store: conflict")
	ErrFull        = errors.New("store: the disk is full")
	ErrReadOnly    = errors.New("store: the database cannot be written")
	ErrNewerSchema = errors.New("store: the database was written by a newer version")
	// ErrPoisoned says that a commit ended in an I/O error: nobody knows what
	// reached the disk, so the process must end and start anew.
	ErrPoisoned = errors.New("store: input or output error at commit")
)

type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Reader runs queries, in or out of a transaction.
type Reader struct {
	q      querier
	eng    engine
	cat    *catalog
	shared *memory // what a Store remembers; a Tx reads for itself and has none
}

// Store is an open database.
type Store struct {
	Reader
	read, write *sql.DB
	learned     *statements // of the write pool
	gate        *gate
	poison      sync.Once
	poisoned    chan struct{}
	watchMu     sync.Mutex
	watchers    []func([]Event)
	reactions   []Reaction
	jobs        queue
	ledger      atomic.Pointer[Ledger]
	raw         rawFiles
	memory      memory
	gone        func(ids []string) // files that lost their rows; see OnFilesGone
}

func newStore(read, write *sql.DB, width int, eng engine) (*Store, error) {
	jobs, err := newQueue(eng, write)
	if err != nil {
		return nil, err
	}
	s := &Store{
		jobs:     jobs,
		Reader:   Reader{q: newStatements(read), eng: eng, cat: &catalog{}},
		read:     read,
		write:    write,
		learned:  newStatements(write),
		gate:     newGate(width),
		poisoned: make(chan struct{}),
	}
	s.shared = &s.memory
	return s, nil
}

// Close closes both pools.
func (s *Store) Close() error {
	err := s.read.Close()
	if s.write != s.read {
		err = errors.Join(err, s.write.Close())
	}
	s.raw.close()
	return err
}

// Poisoned is closed after a commit ended in an I/O error. Whoever runs the
// process stops it then: the keys of idempotency tell what was kept.
func (s *Store) Poisoned() <-chan struct{} { return s.poisoned }

// fault names the failed operation and turns driver errors into ours.
func (r *Reader) fault(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%s: %w", op, ErrNotFound)
	case r.eng.isConflict(err):
		return fmt.Errorf("%s: %w", op, ErrConflict)
	}
	if known := r.eng.diagnose(err); known != nil {
		return fmt.Errorf("%s: %w: %w", op, known, err)
	}
	return fmt.Errorf("%s: %w", op, err)
}

// list runs a query and scans every row.
func list[T any](ctx context.Context, r *Reader, op, query string, scan func(*sql.Rows, *T) error, args ...any) ([]T, error) {
	return fill(ctx, r, op, nil, query, scan, args...)
}

// fill is list into the room that a caller has made who knows how many come.
func fill[T any](ctx context.Context, r *Reader, op string, out []T, query string, scan func(*sql.Rows, *T) error, args ...any) ([]T, error) {
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, r.fault(op, err)
	}
	defer rows.Close()
	for rows.Next() {
		var none T
		out = append(out, none) // a variable of the loop would be an allocation a row
		if err := scan(rows, &out[len(out)-1]); err != nil {
			return nil, r.fault(op, err)
		}
	}
	return out, r.fault(op, rows.Err())
}

// one runs a query for a single row; none is ErrNotFound.
func one[T any](ctx context.Context, r *Reader, op, query string, scan func(*sql.Row, *T) error, args ...any) (T, error) {
	var v T
	err := scan(r.q.QueryRowContext(ctx, query, args...), &v)
	return v, r.fault(op, err)
}

// exec runs a statement and tells how many rows it changed.
func (tx *Tx) exec(ctx context.Context, op, query string, args ...any) (int64, error) {
	result, err := tx.q.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, tx.fault(op, err)
	}
	n, err := result.RowsAffected()
	return n, tx.fault(op, err)
}

// scanText scans a row of one text column.
func scanText(rows *sql.Rows, s *string) error { return rows.Scan(s) }

// changed turns a write that met no row into ErrConflict: somebody else was
// faster, or the row is gone.
func (tx *Tx) changed(op string, result sql.Result, err error) error {
	if err != nil {
		return tx.fault(op, err)
	}
	switch n, err := result.RowsAffected(); {
	case err != nil:
		return tx.fault(op, err)
	case n == 0:
		return fmt.Errorf("%s: %w", op, ErrConflict)
	}
	return nil
}

// nilIfZero stores the zero value as no value.
func nilIfZero[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

// nullText stores an empty text as no value.
func nullText(s string) any { return nilIfZero(s) }

// nullTime stores the zero time as no value.
func nullTime(at int64) any { return nilIfZero(at) }
