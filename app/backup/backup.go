// Package backup makes encrypted copies of the instance and brings one back. A
// copy is written beside running writers, whole or not at all, and counts only
// once it was opened again and looked through. A restored one passes through
// quarantine, where the erasure ledger is applied to it; nothing that was
// erased ever comes back through here.
package backup

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/vault"
	"stead/store"
)

// Deps are what the capability needs.
type Deps struct {
	Store   *store.Store
	Ledger  *store.Ledger
	Vault   *vault.Vault
	Dir     string // the data folder
	Version string
	Now     func() time.Time
	Log     *slog.Logger
}

// Service makes, lists and verifies backups.
type Service struct{ Deps }

// New returns the capability.
func New(d Deps) *Service { return &Service{d} }

// kept is how long a backup is kept: what was erased meanwhile is in it.
const kept = 28 * 24 * time.Hour

// What happens, as the audit names it.
const (
	EventCreated  = "backup.created"
	EventVerified = "backup.verified"
)

// Backup is one encrypted file.
type Backup struct {
	Name   string    `json:"name"`
	Path   string    `json:"path"`
	Size   int64     `json:"size"`
	MadeAt time.Time `json:"made_at"`
	Until  time.Time `json:"until"` // when it is deleted
}

// A name says when the file was made and when it goes, so that nobody needs the
// key to know: stead-20261121T204700Z-until-20261219.age
const (
	nameStart = "stead-"
	nameUntil = "-until-"
	nameEnd   = ".age"
	nameTime  = "20060102T150405Z"
	nameDay   = "20060102"
)

func nameOf(at time.Time) string {
	return nameStart + at.UTC().Format(nameTime) + nameUntil + at.UTC().Add(kept).Format(nameDay) + nameEnd
}

// parseName tells the times of a backup by its name.
func parseName(name string) (made, until time.Time, ok bool) {
	text, started := strings.CutPrefix(name, nameStart)
	text, ended := strings.CutSuffix(text, nameEnd)
	from, to, cut := strings.Cut(text, nameUntil)
	made, err := time.Parse(nameTime, from)
	until, untilErr := time.Parse(nameDay, to)
	return made, until, started && ended && cut && err == nil && untilErr == nil
}

// folder is where backups lie unless somebody says otherwise.
func (s *Service) folder() string { return filepath.Join(s.Dir, "backups") }

// destinations is the setting that names other folders that have been used.
type destinations struct {
	Folders []string `json:"folders"`
}

// folders are all places where backups were put; the first is our own.
func (s *Service) folders(ctx context.Context) ([]string, error) {
	var d destinations
	_, err := s.Store.Setting(ctx, "backup", &d)
	return append([]string{s.folder()}, d.Folders...), err
}

// List returns the backups at every destination that is there, the latest
// first; those of the others too when one cannot be read, with an error.
func (s *Service) List(ctx context.Context, actor access.Actor) ([]Backup, error) {
	if err := access.Allow(actor, access.BackupRun, access.Object{}); err != nil {
		return nil, err
	}
	return s.list(ctx)
}

func (s *Service) list(ctx context.Context) ([]Backup, error) {
	folders, err := s.folders(ctx)
	if err != nil {
		return nil, err
	}
	out := []Backup{}
	var wrong []error
	for _, dir := range folders {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			wrong = append(wrong, unreached(err))
		}
		for _, e := range entries {
			made, until, ok := parseName(e.Name())
			info, err := e.Info()
			if ok && err == nil && e.Type().IsRegular() {
				out = append(out, Backup{Name: e.Name(), Path: filepath.Join(dir, e.Name()), Size: info.Size(), MadeAt: made, Until: until})
			}
		}
	}
	slices.SortFunc(out, func(a, b Backup) int { return b.MadeAt.Compare(a.MadeAt) })
	return out, errors.Join(wrong...)
}

func unreached(err error) error {
	return &errs.Error{Kind: errs.Unavailable, Code: "destination", Message: "A folder for backups cannot be read or written.", Err: err}
}

// Kept tells how many backups there are and until when the last one is kept.
func (s *Service) Kept(ctx context.Context) (n int, until time.Time, err error) {
	list, err := s.list(ctx)
	for _, b := range list {
		if b.Until.After(until) {
			until = b.Until
		}
	}
	return len(list), until, err
}

// Prune deletes the backups whose time has come, wherever it can.
func (s *Service) Prune(ctx context.Context) error {
	list, err := s.list(ctx)
	wrong := []error{err}
	for _, b := range list {
		if s.Now().After(b.Until) {
			if err := os.Remove(b.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				wrong = append(wrong, unreached(err))
				continue
			}
			s.Log.InfoContext(ctx, "backup expired", "count", 1)
		}
	}
	return errors.Join(wrong...)
}

// LedgerGrew copies the ledger beside the backups, so that it is there though
// the data folder is lost. Destinations that are not mounted now are passed
// over, and one that fails does not hold up the others.
func (s *Service) LedgerGrew(ctx context.Context) error {
	folders, err := s.folders(ctx)
	if err != nil {
		return err
	}
	var wrong []error
	for i, dir := range folders {
		if _, err := os.Stat(dir); i > 0 && err != nil {
			continue
		}
		wrong = append(wrong, s.copyLedger(ctx, dir))
	}
	return errors.Join(wrong...)
}

// LedgerBehind tells how many destinations lack entries of the ledger.
func (s *Service) LedgerBehind(ctx context.Context) (n int, err error) {
	folders, err := s.folders(ctx)
	for i, dir := range folders {
		if _, err := os.Stat(dir); err != nil && (i > 0 || errors.Is(err, fs.ErrNotExist)) {
			continue // not mounted, or no backup was ever made
		}
		if !s.Ledger.Same(filepath.Join(dir, store.LedgerFile)) {
			n++
		}
	}
	return n, err
}

func (s *Service) copyLedger(ctx context.Context, dir string) error {
	path := filepath.Join(dir, store.LedgerFile)
	if s.Ledger.Sync(ctx) == nil && s.Ledger.Same(path) {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return unreached(err)
	}
	entries, err := s.Store.LedgerEntries(ctx, 0)
	if err != nil {
		return err
	}
	err = store.WriteLedger(path, entries)
	if errors.Is(err, store.ErrLedger) {
		return &errs.Error{Kind: errs.Conflict, Code: "ledger", Message: "The ledger at the destination is not a beginning of this one: the folder belongs to another installation, or to a newer state of this one.", Err: err}
	}
	return err
}

// within finds a backup by its name, in any destination, or takes a path.
func (s *Service) within(ctx context.Context, file string) (string, error) {
	if strings.ContainsRune(file, filepath.Separator) {
		return file, nil
	}
	list, err := s.list(ctx)
	for _, b := range list {
		if b.Name == file {
			return b.Path, nil
		}
	}
	return file, err
}
