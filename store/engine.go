package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
)

//go:embed migrations/*.sql
var migrations embed.FS

// engine holds what differs between SQLite and PostgreSQL. Keep it small.
type engine interface {
	name() string
	dialect() goose.Dialect
	jobDriver(*sql.DB) riverdriver.Driver[*sql.Tx]
	isConflict(error) bool          // unique or foreign-key violation
	isRetryable(error) bool         // serialization failure; SQLITE_BUSY
	isLost(error) bool              // a commit after which nobody knows what was kept
	diagnose(error) error           // ErrFull, ErrReadOnly, or nil
	txOptions() *sql.TxOptions      // of a write transaction
	columns() string                // query for every "table.column" of the schema
	primaryKeys() string            // query for table and column, in the order of the key
	foreignKeys() string            // query for table, column, parent, action on delete
	oneOf(param string) string      // condition "… is one of the texts in param"
	list([]string) any              // the argument of oneOf
	hasTable() string               // query: does table $1 exist
	arm(query, order string) string // of a UNION ALL of which order takes the first rows

	index(context.Context, *Tx, searchDoc) error
	unindex(context.Context, *Tx, searchDoc) error
	unindexAll(ctx context.Context, tx *Tx, where string, args ...any) error // rows of search_docs
	docID() string                                                           // column of the full-text table that is search_docs.id
	wordMatch(param string) string                                           // condition on search_words
	begins(column, param string) string                                      // condition: digits that a column begins with
	match(all, not [][]term) string                                          // the argument of wordMatch
	parts(tokens []string) (haystack, bool)                                  // documents that hold each of the tokens, $1 to $3 as in haystack; false: nothing to look for
	wordsFrom(ctx context.Context, r *Reader, beginnings []string) ([]string, error)

	afterFailedCommit(context.Context, *sql.DB)
}

// engineFiles shows the migrations of one engine: NNNN_name.sql for both,
// NNNN_name.sqlite.sql and NNNN_name.postgres.sql where they differ.
type engineFiles struct {
	fs.FS
	engine string
}

// ReadDir lists the files that this engine runs.
func (f engineFiles) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(f.FS, name)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		parts := strings.Split(e.Name(), ".")
		return len(parts) == 3 && parts[1] != f.engine
	}), err
}

// migrate brings the schema to this version. A database of a newer version is
// refused with ErrNewerSchema before anything is changed.
func (s *Store) migrate(ctx context.Context) error {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	files := engineFiles{FS: sub, engine: s.eng.name()}
	at, ours, err := s.versions(ctx, files)
	switch {
	case err != nil:
		return err
	case at > ours:
		return fmt.Errorf("%w: its schema is %d, this program knows %d", ErrNewerSchema, at, ours)
	case at == ours:
		return nil
	}
	p, err := goose.NewProvider(s.eng.dialect(), s.write, files)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return s.fault("store.migrate", err)
}

// versions tells the schema of the database, 0 when it is new, and ours.
func (s *Store) versions(ctx context.Context, files fs.FS) (at, ours int64, err error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return 0, 0, err
	}
	for _, name := range names {
		n, err := goose.NumericComponent(name)
		if err != nil {
			return 0, 0, err
		}
		ours = max(ours, n)
	}
	var found int64
	if err := s.write.QueryRowContext(ctx, s.eng.hasTable(), "goose_db_version").Scan(&found); err != nil {
		return 0, 0, s.fault("store.versions", err)
	}
	if found == 0 {
		return 0, ours, nil
	}
	err = s.write.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&at)
	return at, ours, s.fault("store.versions", err)
}

// errDataMap is what a refusal by the data map begins with.
var errDataMap = errors.New("store: the data map and the schema differ")

// ready brings the schema up to date and holds it against the data map.
func (s *Store) ready(ctx context.Context) error {
	if err := s.migrate(ctx); err != nil {
		return err
	}
	if err := s.migrateJobs(ctx); err != nil {
		return err
	}
	return s.checkDataMap(ctx)
}

// open makes a store of two pools, or closes them.
func open(ctx context.Context, read, write *sql.DB, width int, eng engine) (*Store, error) {
	s, err := newStore(read, write, width, eng)
	if err != nil {
		return nil, errors.Join(err, read.Close(), write.Close())
	}
	if err := s.ready(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}
