package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"stead/app/errs"
	"stead/app/vault"
	"stead/store"
)

// Restorer brings a backup back into a data folder in which nothing runs. It
// needs no database there, only the key file.
type Restorer struct {
	Dir, KeyFile string
	Version      string
	Now          func() time.Time
	// Cleanse applies the ledger to the restored database, which lies in dir,
	// and proves that who was erased is gone.
	Cleanse func(ctx context.Context, st *store.Store, v *vault.Vault, dir string, entries []store.LedgerEntry) (Cleansed, error)
}

// Cleansed is what the ledger did to the restored database.
type Cleansed struct {
	Entries int   `json:"entries"` // that it did not have
	Erased  int   `json:"erased"`  // people who had come back with it
	Hits    int64 `json:"hits"`    // of the proof
}

// Restored is the outcome.
type Restored struct {
	File   string `json:"file"`
	MadeAt string `json:"made_at"`
	Cleansed
	Counts map[string]int64 `json:"counts"`
	Safety string           `json:"safety,omitempty"` // backup of what was replaced
}

// Restore puts a backup in the place of the database: it is decrypted into
// quarantine, verified, brought to this version and up to the longest ledger
// that is known, proved, and only then swapped in, when the present state has
// been backed up too. Any error before the swap leaves everything as it was. Where
// Stead is running the error is a Conflict with code "running".
func (r *Restorer) Restore(ctx context.Context, file string) (Restored, error) {
	if err := os.MkdirAll(r.Dir, 0o700); err != nil {
		return Restored{}, err
	}
	lock, err := store.LockDir(r.Dir)
	if err != nil {
		return Restored{}, running(err)
	}
	defer lock.Release() //nolint:errcheck // the process ends
	key, err := vault.ReadKey(r.KeyFile)
	if err != nil {
		return Restored{}, &errs.Error{Kind: errs.Unavailable, Code: "key", Message: "The key file " + r.KeyFile + " cannot be read, so no backup can be opened. Nothing was done.", Err: err}
	}
	if err := Clean(r.Dir); err != nil {
		return Restored{}, err
	}
	dir, err := quarantine(r.Dir)
	if err != nil {
		return Restored{}, err
	}
	defer os.RemoveAll(dir) // or swept by the next one
	v, err := open(ctx, file, dir, key.Decrypt)
	if err != nil {
		return Restored{}, err
	}
	entries, err := r.longestLedger(file, filepath.Join(dir, store.LedgerFile))
	if err != nil {
		return Restored{}, err
	}
	done := Restored{File: v.Name, MadeAt: v.MadeAt, Counts: v.Counts}
	if done.Cleansed, err = r.cleanse(ctx, dir, entries); err != nil {
		return Restored{}, err
	}
	if done.Safety, err = r.safety(ctx, key); err != nil {
		return Restored{}, err
	}
	return done, r.swap(dir, entries)
}

// running says that the folder is taken.
func running(err error) error {
	var locked *store.LockedError
	if !errors.As(err, &locked) {
		return err
	}
	return &errs.Error{
		Kind: errs.Conflict, Code: "running",
		Message: fmt.Sprintf("Stead is running here (process %d). Stop it first: a restore replaces the database under it.", locked.PID),
	}
}

// longestLedger joins the copies of the ledger: beside the database, in the
// backup, and beside the backups.
func (r *Restorer) longestLedger(file, inside string) ([]store.LedgerEntry, error) {
	var copies [][]store.LedgerEntry
	lines := 0
	for _, path := range []string{
		filepath.Join(r.Dir, store.LedgerFile), inside,
		filepath.Join(filepath.Dir(file), store.LedgerFile), filepath.Join(r.Dir, "backups", store.LedgerFile),
	} {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		entries, _, err := store.ParseLedger(bytes.NewReader(text))
		if err != nil && !errors.Is(err, store.ErrLedger) {
			return nil, err
		}
		lines = max(lines, bytes.Count(text, []byte("\n")))
		copies = append(copies, entries)
	}
	longest, err := store.JoinLedgers(copies...)
	if err != nil {
		return nil, &errs.Error{Kind: errs.Conflict, Code: "ledger", Message: "The erasure ledgers here and in the backup are of different installations. Nothing was done.", Err: err}
	}
	if lines > len(longest) {
		return nil, &errs.Error{Kind: errs.Conflict, Code: "ledger", Message: fmt.Sprintf(
			"One copy of the erasure ledger is damaged behind entry %d, and no other reaches as far, so people who were erased might come back. Find another copy of %s. Nothing was done.", len(longest), store.LedgerFile)}
	}
	return longest, nil
}

// cleanse brings the database in quarantine to this version and up to the ledger.
func (r *Restorer) cleanse(ctx context.Context, dir string, entries []store.LedgerEntry) (done Cleansed, err error) {
	st, err := store.OpenSQLite(ctx, filepath.Join(dir, databaseName))
	if errors.Is(err, store.ErrNewerSchema) {
		return done, &errs.Error{Kind: errs.Invalid, Code: "newer_schema", Message: "The backup was made by a newer version of Stead. Nothing was done.", Err: err}
	}
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	v, err := vault.Open(ctx, st, r.KeyFile, r.Now)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, v.Close(ctx)) }()
	if v.Locked() {
		return done, &errs.Error{Kind: errs.Invalid, Code: "wrong_key", Message: "The key opens the backup, but not the vault in it. Nothing was done."}
	}
	return r.Cleanse(ctx, st, v, dir, entries)
}

// safety backs up what is about to be replaced, as it is.
func (r *Restorer) safety(ctx context.Context, key *vault.Key) (string, error) {
	current := filepath.Join(r.Dir, databaseName)
	if _, err := os.Stat(current); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	at := r.Now().UTC().Truncate(time.Second)
	dir := filepath.Join(r.Dir, "backups")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(dir, nameOf(at))
	for ; exists(path); path = filepath.Join(dir, nameOf(at)) {
		at = at.Add(time.Second)
	}
	pack := func(how func(context.Context, io.Writer, time.Time) error) error {
		return store.ReplaceFile(path, func(f *os.File) error {
			sealed, err := key.Encrypt(f)
			if err != nil {
				return err
			}
			return errors.Join(how(ctx, sealed, at), sealed.Close())
		})
	}
	if err := pack(r.packWhole); err == nil {
		return path, nil
	}
	return path, pack(r.packRaw) // it does not open: keep its bytes
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// packWhole packs the present database as Create does.
func (r *Restorer) packWhole(ctx context.Context, w io.Writer, at time.Time) error {
	text, err := os.ReadFile(filepath.Join(r.Dir, store.LedgerFile))
	if err != nil {
		return err
	}
	entries, torn, err := store.ParseLedger(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return store.SnapshotFile(ctx, filepath.Join(r.Dir, databaseName), func(snap *store.Snapshot) error {
		p := &packer{tar: tar.NewWriter(w), at: at}
		return p.house(ctx, snap, text[:len(text)-torn], r.Dir, Manifest{Version: r.Version, Ledger: len(entries)})
	})
}

// packRaw packs the files of a database that does not open, for whoever may
// want to look at them: it can be decrypted, not restored.
func (r *Restorer) packRaw(_ context.Context, w io.Writer, at time.Time) error {
	p := &packer{tar: tar.NewWriter(w), at: at}
	for _, name := range []string{databaseName, databaseName + "-wal", store.LedgerFile} {
		if err := p.addFile(filepath.Join(r.Dir, name), name+".damaged"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	files, err := filepath.Glob(filepath.Join(r.Dir, filesFolder, "[^.]*"))
	if err != nil {
		return err
	}
	for _, path := range files {
		if err := p.addFile(path, filesFolder+"/"+filepath.Base(path)); err != nil {
			return err
		}
	}
	return p.finish(Manifest{Version: r.Version, MadeAt: at.Format(time.RFC3339)})
}

// swap puts files, ledger and database in place. The ledger goes before the
// database: a stop in between leaves the old database behind a ledger that
// refuses it, never an erased person in a database that starts. The files go
// first, among those that are there: whatever then has no row, the next start
// removes.
func (r *Restorer) swap(dir string, entries []store.LedgerEntry) error {
	if err := r.moveFiles(dir); err != nil {
		return err
	}
	if err := store.ReplaceLedger(filepath.Join(r.Dir, store.LedgerFile), entries); err != nil {
		return err
	}
	current := filepath.Join(r.Dir, databaseName)
	// A log of the old database must never meet the new one.
	for _, name := range []string{current + "-wal", current + "-shm"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return store.MoveFile(filepath.Join(dir, databaseName), current)
}

// moveFiles puts the files that were restored beside the others. What was erased
// by the ledger meanwhile has no row any more and is removed by the next start.
func (r *Restorer) moveFiles(dir string) error {
	to := filepath.Join(r.Dir, filesFolder)
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Join(dir, filesFolder))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := store.MoveFile(filepath.Join(dir, filesFolder, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
