package store

import (
	"context"
	"database/sql"
	"fmt"
)

// QuickCheck has the engine look at its own structure; the error names the
// first thing that is wrong. It is no checksum of what was written. PostgreSQL
// has nothing like it and is believed.
//
// It looks through a connection of its own: one that read the full-text index
// before another connection changed it checks against what it remembers, and
// reports damage where there is none.
func (s *Store) QuickCheck(ctx context.Context) error {
	if s.eng.name() != "sqlite" {
		return nil
	}
	path, err := one(ctx, &s.Reader, "store.QuickCheck", `SELECT file FROM pragma_database_list WHERE name = 'main'`,
		func(row *sql.Row, path *string) error { return row.Scan(path) })
	if err != nil {
		return err
	}
	db, err := openPool(path, 1, "query_only(1)")
	if err != nil {
		return s.fault("store.QuickCheck", err)
	}
	defer db.Close()
	fresh := Reader{q: db, eng: s.eng}
	lines, err := list(ctx, &fresh, "store.QuickCheck", `PRAGMA quick_check(1)`, scanText)
	if err != nil {
		return err
	}
	if len(lines) == 1 && lines[0] == "ok" {
		return nil
	}
	return fmt.Errorf("the database is damaged: %v", lines)
}
