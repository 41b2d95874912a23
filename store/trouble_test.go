package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"modernc.org/sqlite"
)

// Many read a number, and write it back with one more: none is lost, and the
// engine's refusals are tried again until they pass.
func TestConcurrentWritersLoseNothing(t *testing.T) {
	s := openStore(t)
	if err := s.InTx(t.Context(), func(tx *Tx) error { return setSetting(t.Context(), tx, "n", 0) }); err != nil {
		t.Fatal(err)
	}
	const writers, each = 6, 5
	var all sync.WaitGroup
	var failed atomic.Int64
	for range writers {
		all.Go(func() {
			for range each {
				for s.InTx(t.Context(), addOne) != nil { // gave up after its attempts: the caller comes again
					failed.Add(1)
				}
			}
		})
	}
	all.Wait()
	var n int64
	if err := s.read.QueryRowContext(t.Context(), `SELECT updated_at FROM settings WHERE name = 'n'`).Scan(&n); err != nil || n != writers*each {
		t.Errorf("%d of %d (%v), %d given up", n, writers*each, err, failed.Load())
	}
	if s.eng.name() == "sqlite" && failed.Load() > 0 {
		t.Errorf("%d writers were refused, though they wait in line", failed.Load())
	}
}

func addOne(tx *Tx) error {
	ctx := context.Background()
	var n int64
	if err := tx.q.QueryRowContext(ctx, `SELECT updated_at FROM settings WHERE name = 'n'`).Scan(&n); err != nil {
		return tx.fault("test", err)
	}
	_, err := tx.exec(ctx, "test", `UPDATE settings SET updated_at = $1 WHERE name = 'n'`, n+1)
	return err
}

// A disk of a few pages: the writer is told, keeps working once there is room,
// and nothing of the refused transaction stays.
func TestFullDiskIsTold(t *testing.T) {
	s := openLite(t)
	for _, pragma := range []string{`PRAGMA wal_checkpoint(TRUNCATE)`, `PRAGMA max_page_count = 200`} {
		if _, err := s.write.ExecContext(t.Context(), pragma); err != nil {
			t.Fatal(err)
		}
	}
	err := s.InTx(t.Context(), func(tx *Tx) error {
		for i := range 10000 {
			if err := setSetting(t.Context(), tx, fmt.Sprintf("%0900d", i), 1); err != nil {
				return err
			}
		}
		return nil
	})
	if !errors.Is(err, ErrFull) {
		t.Fatalf("got %v", err)
	}
	if got := settingNames(t, s); len(got) != 0 {
		t.Errorf("kept %d", len(got))
	}
	if _, err := s.write.ExecContext(t.Context(), `PRAGMA max_page_count = 1000000`); err != nil {
		t.Fatal(err)
	}
	if err := s.InTx(t.Context(), func(tx *Tx) error { return setSetting(t.Context(), tx, "room", 1) }); err != nil {
		t.Errorf("there is room again: %v", err)
	}
}

func TestReadOnlyFolderIsTold(t *testing.T) {
	dir := t.TempDir()
	if os.Getuid() == 0 {
		dir = "/sys" // where not even root makes a file
	} else if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSQLite(t.Context(), filepath.Join(dir, "stead.db")); !errors.Is(err, ErrReadOnly) {
		t.Errorf("open: %v", err)
	}
	if _, err := LockDir(dir); !errors.Is(err, ErrReadOnly) {
		t.Errorf("lock: %v", err)
	}
}

func TestWriteOnAReadingConnectionIsTold(t *testing.T) {
	s := openLite(t)
	_, err := s.read.ExecContext(t.Context(), `DELETE FROM settings`)
	if err := s.fault("test", err); !errors.Is(err, ErrReadOnly) {
		t.Errorf("got %v", err)
	}
}

func TestFileThatIsNoDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stead.db")
	text := make([]byte, 8192)
	copy(text, "these are not the pages that you look for")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := OpenSQLite(t.Context(), path)
	var e *sqlite.Error
	if !errors.As(err, &e) {
		t.Errorf("got %v", err)
	}
	if after := fileSum(t, path); after != sum(text) {
		t.Error("the file was changed")
	}
}

// brokenCommit is an engine whose disk fails at commit.
type brokenCommit struct{ engine }

func (brokenCommit) isLost(error) bool { return true }

func TestLostCommitPoisonsTheStore(t *testing.T) {
	s := openLite(t)
	s.eng = brokenCommit{s.eng}
	// A deferred foreign key fails at the commit and nowhere before.
	err := s.InTx(t.Context(), func(tx *Tx) error {
		if _, err := tx.q.ExecContext(t.Context(), `PRAGMA defer_foreign_keys = 1`); err != nil {
			return err
		}
		_, err := tx.q.ExecContext(t.Context(), `INSERT INTO notes (id, contact_id, conversation_id, body, created_at) VALUES ('n', 'x', 'x', '', 1)`)
		return err
	})
	if !errors.Is(err, ErrPoisoned) {
		t.Fatalf("got %v", err)
	}
	select {
	case <-s.Poisoned():
	default:
		t.Error("nobody was told")
	}
	if err := s.InTx(t.Context(), func(*Tx) error { return nil }); !errors.Is(err, ErrPoisoned) {
		t.Errorf("it still writes: %v", err)
	}
}

// A commit that the engine refuses leaves the writer usable.
func TestRefusedCommitIsRolledBack(t *testing.T) {
	s := openLite(t)
	err := s.InTx(t.Context(), func(tx *Tx) error {
		if _, err := tx.q.ExecContext(t.Context(), `PRAGMA defer_foreign_keys = 1`); err != nil {
			return err
		}
		_, err := tx.q.ExecContext(t.Context(), `INSERT INTO notes (id, contact_id, conversation_id, body, created_at) VALUES ('n', 'x', 'x', '', 1)`)
		return err
	})
	if !errors.Is(err, ErrConflict) {
		t.Errorf("got %v", err)
	}
	if err := s.InTx(t.Context(), func(tx *Tx) error { return setSetting(t.Context(), tx, "a", 1) }); err != nil {
		t.Errorf("the writer is stuck: %v", err)
	}
	notes, err := list(t.Context(), &s.Reader, "test", `SELECT id FROM notes`, scanText)
	if err != nil || len(notes) != 0 {
		t.Errorf("kept %v (%v)", notes, err)
	}
}
