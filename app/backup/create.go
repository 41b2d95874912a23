package backup

import (
	"archive/tar"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// Create writes an encrypted backup into a folder; empty is the one in the data
// folder. Writers go on meanwhile, and a locked vault does not matter. The
// ledger is put beside it.
func (s *Service) Create(ctx context.Context, actor access.Actor, to string) (Backup, error) {
	if err := access.Allow(actor, access.BackupRun, access.Object{}); err != nil {
		return Backup{}, err
	}
	dir, err := s.destination(to)
	if err != nil {
		return Backup{}, err
	}
	at := s.Now().UTC().Truncate(time.Second)
	b := Backup{Name: nameOf(at), MadeAt: at}
	b.Path = filepath.Join(dir, b.Name)
	_, b.Until, _ = parseName(b.Name)
	if _, err := os.Stat(b.Path); err == nil {
		return b, &errs.Error{Kind: errs.Conflict, Message: "A backup was made this very second. Try again."}
	}
	if err := s.copyLedger(ctx, dir); err != nil { // first: nothing is backed up where the ledger cannot go
		return b, err
	}
	err = store.ReplaceFile(b.Path, func(f *os.File) error {
		sealed, err := s.Vault.EncryptTo(f)
		if err != nil {
			return err
		}
		if err := s.write(ctx, sealed, at); err != nil {
			return err
		}
		return sealed.Close()
	})
	if err != nil {
		return b, err
	}
	if info, err := os.Stat(b.Path); err == nil {
		b.Size = info.Size()
	}
	return b, s.remember(ctx, actor, dir, b)
}

// destination makes the folder if need be.
func (s *Service) destination(to string) (string, error) {
	if to == "" {
		to = s.folder()
	}
	dir, err := filepath.Abs(to)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", &errs.Error{Kind: errs.Invalid, Message: "The folder for the backup cannot be made.", Fields: map[string]string{"to": "Name a folder that can be written."}, Err: err}
	}
	return dir, nil
}

// write packs database, ledger and files.
func (s *Service) write(ctx context.Context, w io.Writer, at time.Time) error {
	return s.Store.Snapshot(ctx, func(snap *store.Snapshot) error {
		// Read behind the moment of the snapshot: the ledger is never behind it.
		entries, text, err := s.ledger(ctx)
		if err != nil {
			return err
		}
		p := &packer{tar: tar.NewWriter(w), at: at}
		return p.house(ctx, snap, text, s.Dir, Manifest{Version: s.Version, Ledger: entries})
	})
}

func (s *Service) ledger(ctx context.Context) (entries int, text []byte, err error) {
	if err := s.Ledger.Sync(ctx); err != nil {
		return 0, nil, err
	}
	head := s.Ledger.Head()
	text, err = s.Ledger.Text()
	return int(head.Seq), text, err
}

// remember notes the destination, where the ledger is to follow, and the deed.
func (s *Service) remember(ctx context.Context, actor access.Actor, dir string, b Backup) error {
	at := s.Now().UnixMilli()
	own, err := filepath.Abs(s.folder())
	if err != nil {
		return err
	}
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		var d destinations
		if _, err := tx.Setting(ctx, "backup", &d); err != nil {
			return err
		}
		if dir != own && !slices.Contains(d.Folders, dir) {
			d.Folders = append(d.Folders, dir)
			if err := tx.SetSetting(ctx, "backup", d, at); err != nil {
				return err
			}
		}
		return tx.Audit(ctx, store.AuditEntry{Action: EventCreated, Actor: actor.ID, Object: b.Name, At: at})
	})
}
