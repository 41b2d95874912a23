package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// OpenSQLite opens (and migrates) the database file at path. The file is made
// with mode 0600. The error is ErrNewerSchema, ErrReadOnly or ErrFull where one
// of these is the cause.
func OpenSQLite(ctx context.Context, path string) (*Store, error) {
	fresh, err := makeFile(path)
	if err != nil {
		return nil, err
	}
	pragmas := []string{"synchronous(FULL)", "cache_size(-8000)"}
	if fresh {
		// It counts only before the first table, so the writer comes first; on
		// a file with tables it would write, and a newer file must not change.
		pragmas = append(pragmas, "auto_vacuum(INCREMENTAL)")
	}
	write, err := openPool(path, 1, pragmas...)
	if err != nil {
		return nil, err
	}
	read, err := openPool(path, 2*runtime.NumCPU(), "synchronous(FULL)", "cache_size(-2000)", "query_only(1)")
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	return open(ctx, read, write, 1, liteEngine{})
}

// makeFile creates the database readable by its owner alone, since SQLite would
// take the umask's word for it, and tells whether it is still empty. A file that
// is there is not opened: closing it would drop the locks that this process may
// hold on it.
func makeFile(path string) (fresh bool, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	switch {
	case err == nil:
		return true, f.Close()
	case errors.Is(err, os.ErrExist):
		info, err := os.Stat(path)
		return err == nil && info.Size() == 0, err
	}
	return false, diskError(err)
}

// openPool opens up to n connections, each with the pragmas of the house.
// A read transaction asks for sql.TxOptions{ReadOnly: true}.
func openPool(path string, n int, pragmas ...string) (*sql.DB, error) {
	return openAs(path, n, "1", pragmas...)
}

// openAs is openPool; defensive "0" lets pages be written as such: see Scrub.
func openAs(path string, n int, defensive string, pragmas ...string) (*sql.DB, error) {
	v := url.Values{"_txlock": {"immediate"}, "_dqs": {"0"}, "_defensive": {defensive}, "_pragma": append([]string{
		"busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)", "secure_delete(1)", "temp_store(MEMORY)",
		"trusted_schema(0)", "journal_size_limit(67108864)", "mmap_size(2147418112)",
	}, pragmas...)}
	file := (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()
	db, err := sql.Open("sqlite", "file:"+file+"?"+v.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

type liteEngine struct{}

func (liteEngine) name() string                                     { return "sqlite" }
func (liteEngine) dialect() goose.Dialect                           { return goose.DialectSQLite3 }
func (liteEngine) jobDriver(db *sql.DB) riverdriver.Driver[*sql.Tx] { return riversqlite.New(db) }
func (liteEngine) txOptions() *sql.TxOptions                        { return nil }
func (liteEngine) isConflict(err error) bool                        { return primaryCode(err) == lib.SQLITE_CONSTRAINT }
func (liteEngine) isRetryable(err error) bool                       { return primaryCode(err) == lib.SQLITE_BUSY }
func (liteEngine) isLost(err error) bool                            { return primaryCode(err) == lib.SQLITE_IOERR }

func (liteEngine) diagnose(err error) error {
	switch primaryCode(err) {
	case lib.SQLITE_FULL:
		return ErrFull
	case lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN:
		return ErrReadOnly
	}
	return nil
}

// afterFailedCommit ends a transaction that a refused commit left open on the
// writer, which database/sql believes to be free.
func (liteEngine) afterFailedCommit(ctx context.Context, write *sql.DB) {
	_, _ = write.ExecContext(ctx, "ROLLBACK") // an error says that none was open
}

func (liteEngine) columns() string {
	return `SELECT t.name || '.' || c.name FROM sqlite_schema t JOIN pragma_table_xinfo(t.name) c
		WHERE t.type IN ('table', 'view') AND t.name NOT LIKE 'sqlite_%'`
}

func (liteEngine) primaryKeys() string {
	return `SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND c.pk > 0 ORDER BY t.name, c.pk`
}

func (liteEngine) foreignKeys() string {
	return `SELECT t.name, f."from", f."table", f.on_delete FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f
		WHERE t.type = 'table' ORDER BY t.name, f.id, f.seq`
}

func (liteEngine) oneOf(param string) string {
	return "IN (SELECT value FROM json_each(" + param + "))"
}

func (liteEngine) list(texts []string) any {
	list, _ := json.Marshal(texts) // texts always can be
	return string(list)
}

// arm stands as it is: the parts of a union are merged in their order, each walked
// as far as is asked for.
func (liteEngine) arm(query, _ string) string { return query }

func (liteEngine) hasTable() string {
	return `SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = $1`
}

// primaryCode is SQLite's result code without its extension, or -1.
func primaryCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return -1
}
