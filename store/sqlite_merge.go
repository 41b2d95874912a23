package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The full-text tables of SQLite.
var fullTextTables = []string{"search_words", "search_parts"}

const (
	mergePages = 64 // of one step: some ten milliseconds of the writer
	mergePause = 5 * time.Millisecond
)

// BeginBulk makes many removals from the search cheap: until SettleSearch they
// leave their words behind in the file.
// Whoever proves an erasure settles first; the sweep of many persons settles
// when it is through. Begun already, it only looks.
func (s *Store) BeginBulk(ctx context.Context, at int64) error {
	if s.eng.name() != "sqlite" {
		return nil
	}
	if begun, err := s.InBulk(ctx); begun || err != nil {
		return err
	}
	return s.InTx(ctx, func(tx *Tx) error {
		if _, err := tx.exec(ctx, "store.BeginBulk", `
			INSERT INTO fts_dirty (id, at) VALUES (1, $1) ON CONFLICT (id) DO NOTHING`, at); err != nil {
			return err
		}
		return tx.secureDelete(ctx, 0)
	})
}

// InBulk tells whether a bulk was begun and is not settled.
func (r *Reader) InBulk(ctx context.Context) (bool, error) {
	var n int64
	err := r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM fts_dirty`).Scan(&n)
	return n > 0, r.fault("store.InBulk", err)
}

// SettleSearch merges away what bulk removals left in the search, in short
// steps between which others write, and ends the bulk. It does nothing when
// there is none to end, and is called at every start: a bulk that a crash cut
// off is settled then.
func (s *Store) SettleSearch(ctx context.Context) error {
	_, err := s.settleSearch(ctx)
	return err
}

func (s *Store) settleSearch(ctx context.Context) (steps int, err error) {
	if s.eng.name() != "sqlite" {
		return 0, nil
	}
	dirty, err := s.InBulk(ctx)
	if err != nil || !dirty {
		return 0, err
	}
	for _, table := range fullTextTables {
		n, err := s.mergeAll(ctx, table)
		if steps += n; err != nil {
			return steps, err
		}
	}
	err = s.InTx(ctx, func(tx *Tx) error {
		if err := tx.secureDelete(ctx, 1); err != nil {
			return err
		}
		_, err := tx.exec(ctx, "store.SettleSearch", `DELETE FROM fts_dirty`)
		return err
	})
	return steps, errors.Join(err, s.Truncate(ctx))
}

// mergeAll brings a full-text table into one segment. A negative number of
// pages opens the merge over all segments; positive ones go on with it until a
// step changes nothing any more.
func (s *Store) mergeAll(ctx context.Context, table string) (steps int, err error) {
	for pages := -mergePages; ; pages = mergePages {
		var moved int64
		began := tick()
		err := s.InTx(ctx, func(tx *Tx) (err error) {
			moved, err = tx.mergeStep(ctx, table, pages)
			return err
		})
		if err != nil {
			return steps, err
		}
		if steps++; pages > 0 && moved < 2 {
			return steps, nil
		}
		if err := Pause(ctx, max(mergePause, tick().Sub(began))); err != nil {
			return steps, err
		}
	}
}

func (tx *Tx) mergeStep(ctx context.Context, table string, pages int) (moved int64, err error) {
	const count = `SELECT total_changes()`
	var before, after int64
	if err := tx.q.QueryRowContext(ctx, count).Scan(&before); err != nil {
		return 0, tx.fault("store.mergeStep", err)
	}
	merge := fmt.Sprintf(`INSERT INTO %s (%s, rank) VALUES ('merge', $1)`, table, table)
	if _, err := tx.exec(ctx, "store.mergeStep", merge, pages); err != nil {
		return 0, err
	}
	err = tx.q.QueryRowContext(ctx, count).Scan(&after)
	return after - before, tx.fault("store.mergeStep", err)
}

// secureDelete says whether a removal from the search takes its words along at
// once.
func (tx *Tx) secureDelete(ctx context.Context, on int) error {
	for _, table := range fullTextTables {
		query := fmt.Sprintf(`INSERT INTO %s (%s, rank) VALUES ('secure-delete', $1)`, table, table)
		if _, err := tx.exec(ctx, "store.secureDelete", query, on); err != nil {
			return err
		}
	}
	return nil
}
