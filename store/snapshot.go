package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// ErrNoSnapshot says that the engine keeps no file that could be copied.
var ErrNoSnapshot = errors.New("store: this engine makes its own backups")

// Snapshot is the database at one moment, beside writers who go on. It lives as
// long as the function that it is given to.
type Snapshot struct {
	tx        *sql.Tx
	pages     int64
	pageBytes int64
}

// Snapshot gives fn the database at one moment.
func (s *Store) Snapshot(ctx context.Context, fn func(*Snapshot) error) error {
	path, err := s.path(ctx)
	if err != nil {
		return err
	}
	if path == "" {
		return ErrNoSnapshot
	}
	return SnapshotFile(ctx, path, fn)
}

// SnapshotFile is Snapshot for a database that is not open as a Store: nothing
// in it is changed, and no schema is asked for.
func SnapshotFile(ctx context.Context, path string, fn func(*Snapshot) error) (err error) {
	side, err := openPool(path, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, side.Close()) }()
	// Ended by us: a context that ends would pull the rows from under the reader.
	tx, err := side.BeginTx(context.WithoutCancel(ctx), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("store.Snapshot: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	snap := &Snapshot{tx: tx}
	// The first read of a table is the moment.
	var tables int64
	err = errors.Join(
		tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_schema`).Scan(&tables),
		tx.QueryRowContext(ctx, `SELECT page_count, page_size FROM pragma_page_count, pragma_page_size`).Scan(&snap.pages, &snap.pageBytes))
	if err != nil {
		return fmt.Errorf("store.Snapshot: %w", err)
	}
	return fn(snap)
}

// Size is the number of bytes that WriteTo writes.
func (s *Snapshot) Size() int64 { return s.pages * s.pageBytes }

// WriteTo writes the database file as it was at the moment of the snapshot.
func (s *Snapshot) WriteTo(w io.Writer) (int64, error) {
	rows, err := s.tx.Query(`SELECT pgno, data FROM sqlite_dbpage ORDER BY pgno`) //nolint:noctx // see SnapshotFile
	if err != nil {
		return 0, fmt.Errorf("store.Snapshot: %w", err)
	}
	defer rows.Close()
	var written, number int64
	var page sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&number, &page); err != nil {
			return written, fmt.Errorf("store.Snapshot: %w", err)
		}
		if number != written/s.pageBytes+1 || int64(len(page)) != s.pageBytes {
			return written, fmt.Errorf("store.Snapshot: page %d is out of place", number)
		}
		n, err := w.Write(page)
		if written += int64(n); err != nil {
			return written, err
		}
	}
	if err := rows.Err(); err != nil {
		return written, fmt.Errorf("store.Snapshot: %w", err)
	}
	if written != s.Size() {
		return written, fmt.Errorf("store.Snapshot: %d of %d bytes", written, s.Size())
	}
	return written, nil
}

// Counts tells how many rows each table had at the moment of the snapshot.
func (s *Snapshot) Counts(ctx context.Context) (map[string]int64, error) {
	return countRows(ctx, s.tx)
}

// Files lists the ids of the files that had a row at the moment of the snapshot,
// in order: none where the schema has no files yet.
func (s *Snapshot) Files(ctx context.Context) ([]string, error) { return fileIDs(ctx, s.tx) }

func fileIDs(ctx context.Context, q querier) (ids []string, err error) {
	var there int
	err = q.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = 'files'`).Scan(&there)
	if err != nil || there == 0 {
		return nil, err
	}
	rows, err := q.QueryContext(ctx, `SELECT id FROM files ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// countRows counts the rows of the tables that the data map and the database
// both know, but for the insides of the search.
func countRows(ctx context.Context, q querier) (map[string]int64, error) {
	rows, err := q.QueryContext(ctx, `SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	there := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		there[name] = true
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for _, t := range DataMap() {
		if !there[t.Name] || strings.HasPrefix(t.Name, "search_words") || strings.HasPrefix(t.Name, "search_parts") {
			continue
		}
		var n int64
		if err := q.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+t.Name).Scan(&n); err != nil {
			return nil, err
		}
		out[t.Name] = n
	}
	return out, nil
}

// Inspection is what a copy of a database holds.
type Inspection struct {
	Schema int64
	Counts map[string]int64
	Ledger []LedgerEntry
	Audit  int64    // the length of the chain
	Files  []string // ids of those that have a row
}

// Inspect looks through a copy of a database that nobody has open: whether its
// structure holds, and what is in it. The copy is not changed.
func Inspect(ctx context.Context, path string) (in Inspection, err error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()+"?mode=ro&immutable=1&_pragma=query_only(1)&_pragma=trusted_schema(0)&_pragma=temp_store(MEMORY)")
	if err != nil {
		return in, err
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	reader := &Reader{q: db, eng: liteEngine{}}
	problems, err := list(ctx, reader, "store.Inspect", `PRAGMA quick_check(3)`, scanText)
	if err != nil {
		return in, err
	}
	if !slices.Equal(problems, []string{"ok"}) {
		return in, fmt.Errorf("store.Inspect: the database is damaged: %s", strings.Join(problems, "; "))
	}
	err = db.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&in.Schema)
	if err != nil {
		return in, fmt.Errorf("store.Inspect: %w", err)
	}
	if in.Counts, err = countRows(ctx, db); err != nil {
		return in, fmt.Errorf("store.Inspect: %w", err)
	}
	if in.Files, err = fileIDs(ctx, db); err != nil {
		return in, fmt.Errorf("store.Inspect: %w", err)
	}
	if in.Ledger, err = reader.LedgerEntries(ctx, 0); err != nil {
		return in, err
	}
	in.Audit, _, err = reader.AuditHead(ctx)
	return in, errors.Join(err, checkLedger(in.Ledger))
}
