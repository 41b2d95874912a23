package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// LedgerFile is the ledger's name, beside the database and beside every backup.
const LedgerFile = "erasure.ledger"

// Ledger is the append-only file beside the database that outlives it: a
// database brought back from a backup is cleaned by it.
type Ledger struct {
	st   *Store
	mu   sync.Mutex
	file *os.File
	size int64 // of the entries that are on the disk
	head LedgerEntry
	err  error // of the last Sync
}

// OpenLedger opens the file at path and holds it against the database. Entries
// that the file lacks are written to it. ErrLedger when the file is missing
// though the database names entries, when either chain is broken, or when the
// database is older than the file.
func (s *Store) OpenLedger(ctx context.Context, path string) (*Ledger, error) {
	held, err := s.LedgerEntries(ctx, 0)
	if err != nil {
		return nil, err
	}
	if err := checkLedger(held); err != nil {
		return nil, fmt.Errorf("in the database: %w", err)
	}
	f, err := openLedgerFile(path, len(held))
	if err != nil {
		return nil, err
	}
	l := &Ledger{st: s, file: f}
	if err := l.compare(held); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := l.Sync(ctx); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	s.ledger.Store(l)
	return l, nil
}

func checkLedger(entries []LedgerEntry) error {
	var prev LedgerEntry
	for _, e := range entries {
		if err := e.follows(prev); err != nil {
			return err
		}
		prev = e
	}
	return nil
}

func openLedgerFile(path string, held int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	if held > 0 {
		return nil, fmt.Errorf("%w: %s is missing, and the database names %d entries of it. Put the file back; a copy lies beside every backup",
			ErrLedger, LedgerFile, held)
	}
	f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Sync(), syncDir(filepath.Dir(path))); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// compare refuses a file that is not the beginning of what the database holds.
func (l *Ledger) compare(held []LedgerEntry) error {
	entries, torn, err := ParseLedger(l.file)
	if err != nil {
		return err
	}
	switch n := len(entries); {
	case n > len(held), n == len(held) && torn > 0:
		return fmt.Errorf("%w: the database is older than its erasure ledger (%d entries against %d). Bring a backup back with stead backup restore, which erases again what was erased since",
			ErrLedger, len(held), n)
	case n > 0 && entries[n-1] != held[n-1]:
		return fmt.Errorf("%w: it differs from what the database holds at entry %d, so the two belong to different installations", ErrLedger, n)
	case n > 0:
		l.head = entries[n-1]
	}
	for _, e := range entries {
		l.size += int64(len(e.line()))
	}
	return nil
}

// Sync writes what was committed since the last time and waits until it is on
// the disk. Without an error, every entry of a transaction that has ended
// stands in the file.
func (l *Ledger) Sync(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = l.sync(ctx)
	return l.err
}

func (l *Ledger) sync(ctx context.Context) error {
	entries, err := l.st.LedgerEntries(ctx, l.head.Seq)
	if err != nil || len(entries) == 0 {
		return err
	}
	var text bytes.Buffer
	head := l.head
	for _, e := range entries {
		if err := e.follows(head); err != nil {
			return err
		}
		text.Write(e.line())
		head = e
	}
	// Written at the known end, so that a half line of a failed write is overwritten.
	if _, err := l.file.WriteAt(text.Bytes(), l.size); err != nil {
		return err
	}
	end := l.size + int64(text.Len())
	if err := errors.Join(l.file.Truncate(end), l.file.Sync()); err != nil {
		return err
	}
	l.size, l.head = end, head
	return nil
}

// Err returns what went wrong when the file was last written, or nil.
func (l *Ledger) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Head returns the last entry that is on the disk.
func (l *Ledger) Head() LedgerEntry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head
}

// Text returns the file as it is on the disk.
func (l *Ledger) Text() ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := make([]byte, l.size)
	_, err := l.file.ReadAt(text, 0)
	return text, err
}

// Same tells whether the file at path is as long as this one and ends alike:
// since each entry binds the one before, it is then the same ledger.
func (l *Ledger) Same(path string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() != l.size {
		return false
	}
	if l.size == 0 {
		return true
	}
	last := l.head.line()
	there := make([]byte, len(last))
	_, err = f.ReadAt(there, l.size-int64(len(last)))
	return err == nil && bytes.Equal(there, last)
}

// Close closes the file. The store no longer follows it.
func (l *Ledger) Close() error {
	l.st.ledger.CompareAndSwap(l, nil)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.Close()
}

// ledgerNoted brings the file up to date after a commit that added entries. An
// error stays in Err, and the next Sync or start makes up for it.
func (s *Store) ledgerNoted() {
	if l := s.ledger.Load(); l != nil {
		_ = l.Sync(context.Background())
	}
}

// WriteLedger puts a ledger at path in one step, in place of a shorter copy of
// the same. ErrLedger when another ledger, or a longer one, is there.
func WriteLedger(path string, entries []LedgerEntry) error {
	there, err := ReadLedger(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	joined, err := JoinLedgers(entries, there)
	if err != nil {
		return err
	}
	if len(joined) > len(entries) {
		return fmt.Errorf("%w: the copy at the destination is longer than this one", ErrLedger)
	}
	return ReplaceLedger(path, entries)
}

// ReplaceLedger puts a ledger at path in one step, whatever is there.
func ReplaceLedger(path string, entries []LedgerEntry) error {
	var text bytes.Buffer
	for _, e := range entries {
		text.Write(e.line())
	}
	return ReplaceFile(path, func(f *os.File) error {
		_, err := f.Write(text.Bytes())
		return err
	})
}

// ReadLedger reads the ledger at path, without a line that was cut off.
func ReadLedger(path string) ([]LedgerEntry, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, _, err := ParseLedger(f)
	return entries, err
}

// ReplaceFile has write fill a file that then takes the place of path, whole or
// not at all, readable by its owner alone.
func ReplaceFile(path string, write func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone after the rename
	err = errors.Join(write(f), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a folder durable.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// MoveFile puts a file that is whole in the place of another, durably.
func MoveFile(from, to string) error {
	f, err := os.OpenFile(from, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return errors.Join(syncDir(filepath.Dir(from)), syncDir(filepath.Dir(to)))
}
