package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// ErrReaders says that somebody has been reading for so long that old pages
// could not be taken out of the write-ahead log.
var ErrReaders = errors.New("store: a long reader keeps old pages alive")

const (
	truncateTries = 12
	vacuumPages   = 128 // given back in one step: a few milliseconds
	vacuumPause   = 10 * time.Millisecond
)

// Truncate moves the write-ahead log into the database and empties it, so that
// nothing that was deleted stands in either. It looks at the answer and tries
// again while somebody reads; ErrReaders when that does not end.
func (s *Store) Truncate(ctx context.Context) error {
	if s.eng.name() != "sqlite" {
		return nil
	}
	for try := 1; ; try++ {
		busy, err := s.truncateOnce(ctx)
		if err != nil || !busy {
			return err
		}
		if try == truncateTries {
			return ErrReaders
		}
		if err := Pause(ctx, min(time.Second, 20*time.Millisecond<<try)); err != nil {
			return err
		}
	}
}

func (s *Store) truncateOnce(ctx context.Context) (busy bool, err error) {
	err = s.alone(ctx, func(c *sql.Conn) error {
		// Writers wait behind this: rather come again than wait long.
		if _, err := c.ExecContext(ctx, `PRAGMA busy_timeout(100)`); err != nil {
			return err
		}
		var code, frames, moved int64
		err := c.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&code, &frames, &moved)
		busy = code != 0
		_, restore := c.ExecContext(context.WithoutCancel(ctx), `PRAGMA busy_timeout(5000)`)
		return errors.Join(err, restore)
	})
	return busy, err
}

// Compact gives free pages back to the file system, a few at a time, and lets
// writers in between.
func (s *Store) Compact(ctx context.Context) error {
	if s.eng.name() != "sqlite" {
		return nil
	}
	for left := int64(-1); left != 0; {
		before := left
		err := s.alone(ctx, func(c *sql.Conn) (err error) {
			left, err = vacuumStep(ctx, c)
			return err
		})
		if err != nil || left == before { // some pages cannot go
			return err
		}
		if err := Pause(ctx, vacuumPause); err != nil {
			return err
		}
	}
	return nil
}

// vacuumStep gives back some pages and tells how many are still free.
func vacuumStep(ctx context.Context, c *sql.Conn) (left int64, err error) {
	if err := vacuum(ctx, c); err != nil {
		return 0, err
	}
	err = c.QueryRowContext(ctx, `PRAGMA freelist_count`).Scan(&left)
	return left, err
}

func vacuum(ctx context.Context, c *sql.Conn) error {
	rows, err := c.QueryContext(ctx, fmt.Sprintf(`PRAGMA incremental_vacuum(%d)`, vacuumPages))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() { // each page is a row of the answer, and goes when it is read
	}
	return rows.Err()
}

// alone runs fn on the writer's connection, outside a transaction, when its
// turn has come.
func (s *Store) alone(ctx context.Context, fn func(*sql.Conn) error) error {
	if err := s.gate.enter(ctx); err != nil {
		return err
	}
	defer s.gate.leave()
	c, err := s.write.Conn(ctx)
	if err != nil {
		return s.fault("store.alone", err)
	}
	return s.fault("store.alone", errors.Join(fn(c), c.Close()))
}

// Engine is the name of the database's engine: sqlite or postgres.
func (r *Reader) Engine() string { return r.eng.name() }
