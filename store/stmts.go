package store

import (
	"context"
	"database/sql"
	"sync"
)

// maxStatements bounds a pool's cache. All SQL is constant but for what the
// data map generates, so it is never reached in practice.
const maxStatements = 512

// statements runs queries through a pool and prepares each text once. The
// *sql.Stmt prepares itself anew on a connection that has not seen it, so a
// connection that was cut off takes nothing with it.
type statements struct {
	db     *sql.DB
	mu     sync.RWMutex
	byID   map[string]*sql.Stmt
	tables map[string][]string // that a text may write to
	asks   *statements         // of questions, whose texts have no end: they take the room of no others
}

func newStatements(db *sql.DB) *statements {
	asks := &statements{db: db, byID: map[string]*sql.Stmt{}}
	return &statements{db: db, byID: map[string]*sql.Stmt{}, asks: asks}
}

// loose is the reader for the texts of questions.
func (r *Reader) loose() *Reader {
	out := *r
	switch q := r.q.(type) {
	case *statements:
		out.q = q.asks
	case *txStatements:
		out.q = q.tx
	}
	return &out
}

func (s *statements) cached(query string) *sql.Stmt {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.byID[query]
}

func (s *statements) full() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.byID) >= maxStatements
}

// prepare returns the statement for query, or nil where there is room for no
// more or the text does not compile; running it as it stands tells why.
func (s *statements) prepare(ctx context.Context, query string) *sql.Stmt {
	if stmt := s.cached(query); stmt != nil || s.full() {
		return stmt
	}
	stmt, err := s.db.PrepareContext(ctx, query)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if first := s.byID[query]; first != nil || len(s.byID) >= maxStatements {
		stmt.Close() // nothing runs on it
		return first
	}
	s.byID[query] = stmt
	return stmt
}

func (s *statements) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if stmt := s.prepare(ctx, query); stmt != nil {
		return stmt.ExecContext(ctx, args...)
	}
	return s.db.ExecContext(ctx, query, args...)
}

func (s *statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if stmt := s.prepare(ctx, query); stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return s.db.QueryContext(ctx, query, args...)
}

func (s *statements) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if stmt := s.prepare(ctx, query); stmt != nil {
		return stmt.QueryRowContext(ctx, args...)
	}
	return s.db.QueryRowContext(ctx, query, args...)
}

// txStatements runs queries in a transaction. Inside, the one connection of the
// write pool is taken, so a text that is new is prepared for the pool only when
// the transaction has ended.
type txStatements struct {
	tx    *sql.Tx
	known *statements
	wrote written
	mu    sync.Mutex
	fresh map[string]bool
}

func (t *txStatements) prepared(ctx context.Context, query string) *sql.Stmt {
	t.wrote.note(t.known.writes(query))
	if stmt := t.known.cached(query); stmt != nil {
		return t.tx.StmtContext(ctx, stmt)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fresh == nil {
		t.fresh = map[string]bool{}
	}
	t.fresh[query] = true
	return nil
}

// learn prepares for the next transaction what this one met first.
func (t *txStatements) learn() {
	for query := range t.fresh {
		t.known.prepare(context.Background(), query)
	}
}

func (t *txStatements) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if stmt := t.prepared(ctx, query); stmt != nil {
		return stmt.ExecContext(ctx, args...)
	}
	return t.tx.ExecContext(ctx, query, args...)
}

func (t *txStatements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if stmt := t.prepared(ctx, query); stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return t.tx.QueryContext(ctx, query, args...)
}

func (t *txStatements) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if stmt := t.prepared(ctx, query); stmt != nil {
		return stmt.QueryRowContext(ctx, args...)
	}
	return t.tx.QueryRowContext(ctx, query, args...)
}
