package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// Verified is what was found in a backup.
type Verified struct {
	Name     string           `json:"name"`
	MadeAt   string           `json:"made_at"`
	Version  string           `json:"version"`
	Schema   int64            `json:"schema"`
	Bytes    int64            `json:"bytes"` // of the database in it
	Counts   map[string]int64 `json:"counts"`
	Ledger   int              `json:"ledger"` // entries
	AuditLen int64            `json:"audit"`
	Files    int              `json:"files"`
	Missing  int              `json:"missing"` // files that were gone already when it was made
}

// Verify decrypts a whole backup into a scratch folder, checks every file
// against the manifest, the database's structure and its counts, and removes
// the folder again.
func (s *Service) Verify(ctx context.Context, actor access.Actor, file string) (Verified, error) {
	if err := access.Allow(actor, access.BackupRun, access.Object{}); err != nil {
		return Verified{}, err
	}
	path, err := s.within(ctx, file)
	if err != nil {
		return Verified{}, err
	}
	dir, err := quarantine(s.Dir)
	if err != nil {
		return Verified{}, err
	}
	defer os.RemoveAll(dir) // or swept at the next start
	v, err := open(ctx, path, dir, s.Vault.DecryptFrom)
	if err != nil {
		return Verified{}, err
	}
	at := s.Now().UnixMilli()
	return v, s.Store.InTx(ctx, func(tx *store.Tx) error {
		return tx.Audit(ctx, store.AuditEntry{Action: EventVerified, Actor: actor.ID, Object: v.Name, At: at})
	})
}

// quarantine makes an empty folder that only its owner can enter.
func quarantine(data string) (string, error) {
	tmp := filepath.Join(data, "tmp")
	if err := os.MkdirAll(tmp, 0o700); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(tmp, "quarantine-")
	if err != nil {
		return "", err
	}
	return dir, os.Mkdir(filepath.Join(dir, filesFolder), 0o700)
}

// Clean removes what an interrupted verification or restore left in a data
// folder that nobody else has open.
func Clean(data string) error {
	left, err := filepath.Glob(filepath.Join(data, "tmp", "quarantine-*"))
	if err != nil {
		return err
	}
	for _, dir := range left {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

// open unpacks the backup at path into dir and looks it through.
func open(ctx context.Context, path, dir string, decrypt func(io.Reader) (io.Reader, error)) (Verified, error) {
	f, err := os.Open(path)
	if err != nil {
		return Verified{}, &errs.Error{Kind: errs.NotFound, Message: "There is no such backup, or it cannot be read.", Err: err}
	}
	defer f.Close()
	plain, err := decrypt(f)
	if errs.KindOf(err) == errs.Unavailable {
		return Verified{}, err // locked
	}
	if err != nil {
		return Verified{}, &errs.Error{Kind: errs.Invalid, Code: "wrong_key", Message: "The key of this instance does not open the backup, or it is no backup. Nothing was done.", Err: err}
	}
	m, err := unpack(plain, dir)
	if err != nil {
		return Verified{}, err
	}
	in, err := store.Inspect(ctx, filepath.Join(dir, databaseName))
	if err != nil {
		return Verified{}, damaged(err)
	}
	if !maps.Equal(in.Counts, m.Counts) {
		return Verified{}, damaged(errors.New("the database does not hold what the manifest says"))
	}
	files := len(m.Files) - 2
	if err := fitting(m, in.Files); err != nil {
		return Verified{}, damaged(err)
	}
	entries, err := store.ReadLedger(filepath.Join(dir, store.LedgerFile))
	if err != nil {
		return Verified{}, damaged(err)
	}
	joined, err := store.JoinLedgers(entries, in.Ledger)
	if err != nil || len(joined) != len(entries) || len(entries) != m.Ledger {
		return Verified{}, damaged(errors.Join(err, fmt.Errorf("a ledger of %d entries beside a database with %d", len(entries), len(in.Ledger))))
	}
	return Verified{Name: filepath.Base(path), MadeAt: m.MadeAt, Version: m.Version, Schema: in.Schema, Bytes: m.Files[0].Size, Counts: in.Counts, Ledger: len(entries), AuditLen: in.Audit, Files: files, Missing: m.Missing}, nil
}

// fitting tells whether the files of a backup are those of the rows in it: none
// without a row, and none lost on the way.
func fitting(m Manifest, rows []string) error {
	known := make(map[string]bool, len(rows))
	for _, id := range rows {
		known[filesFolder+"/"+id] = true
	}
	for _, f := range m.Files[2:] {
		if !known[f.Name] {
			return errors.New("a file without a row")
		}
	}
	if len(m.Files)-2+m.Missing != len(rows) {
		return fmt.Errorf("%d files and %d missing ones for %d rows", len(m.Files)-2, m.Missing, len(rows))
	}
	return nil
}
