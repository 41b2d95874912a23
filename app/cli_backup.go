package app

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"stead/app/access"
	"stead/app/backup"
	"stead/app/ids"
	"stead/app/privacy"
	"stead/app/vault"
	"stead/store"
)

type backupCmd struct {
	Create  backupCreateCmd  `cmd:"" help:"Make an encrypted backup while everything goes on."`
	List    backupListCmd    `cmd:"" help:"List the backups and when each is deleted."`
	Verify  backupVerifyCmd  `cmd:"" help:"Open a backup in a scratch folder and check all of it."`
	Restore backupRestoreCmd `cmd:"" help:"Put a backup in the place of the database, with the erasure ledger replayed. The server must be stopped."`
}

type backupCreateCmd struct {
	To   string `help:"Folder to write to, instead of the one in the data folder." placeholder:"DIR"`
	JSON bool   `name:"json" help:"Answer as JSON."`
}

type pathIn struct{ Path string }

var (
	askBackup = register("backup/create", func(ctx context.Context, a *App, in pathIn) (backup.Backup, error) {
		return a.Backup.Create(ctx, access.Operator(), in.Path)
	})
	askBackups = register("backup/list", func(ctx context.Context, a *App, _ nothing) ([]backup.Backup, error) {
		return a.Backup.List(ctx, access.Operator())
	})
	askVerify = register("backup/verify", func(ctx context.Context, a *App, in pathIn) (backup.Verified, error) {
		return a.Backup.Verify(ctx, access.Operator(), in.Path)
	})
)

// Run makes a backup.
func (c *backupCreateCmd) Run(ctx context.Context, p *Process) error {
	to, err := absolute(c.To)
	if err != nil {
		return err
	}
	b, err := askBackup.ask(ctx, p, pathIn{to})
	if err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(b)
	}
	p.say("%s (%d bytes), kept until %s", b.Path, b.Size, b.Until.Format(time.DateOnly))
	return nil
}

// absolute is a path as the server, which stands elsewhere, understands it.
func absolute(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	return filepath.Abs(path)
}

type backupListCmd struct {
	JSON bool `name:"json" help:"Answer as JSON."`
}

// Run lists the backups.
func (c *backupListCmd) Run(ctx context.Context, p *Process) error {
	list, err := askBackups.ask(ctx, p, nothing{})
	if err != nil {
		return err
	}
	if c.JSON {
		if list == nil {
			list = []backup.Backup{}
		}
		return p.printJSON(list)
	}
	for _, b := range list {
		p.say("%s  %12d bytes  until %s", b.Path, b.Size, b.Until.Format(time.DateOnly))
	}
	if len(list) == 0 {
		p.say("There are no backups.")
	}
	return nil
}

type backupVerifyCmd struct {
	File string `arg:"" help:"The backup, as backup list prints it."`
	JSON bool   `name:"json" help:"Answer as JSON."`
}

// Run opens a backup and checks all of it.
func (c *backupVerifyCmd) Run(ctx context.Context, p *Process) error {
	file := c.File
	if _, err := os.Stat(file); err == nil { // else it is a name that backup list printed
		if file, err = absolute(file); err != nil {
			return err
		}
	}
	v, err := askVerify.ask(ctx, p, pathIn{file})
	if err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(v)
	}
	p.say("%s is whole: made %s, %d files, %d audit entries, %d entries of the erasure ledger.", v.Name, v.MadeAt, v.Files, v.AuditLen, v.Ledger)
	return nil
}

type backupRestoreCmd struct {
	File string `arg:"" help:"The backup, as backup list prints it."`
	JSON bool   `name:"json" help:"Answer as JSON."`
}

// Run restores a backup into the data folder, in which nothing may run.
func (c *backupRestoreCmd) Run(ctx context.Context, p *Process) error {
	cfg, err := LoadConfig(p.Getenv)
	if err != nil {
		return err
	}
	r := backup.Restorer{Dir: cfg.Data, KeyFile: cfg.KeyFile, Version: p.Version, Now: p.Now, Cleanse: p.cleanse}
	done, err := r.Restore(ctx, c.File)
	if err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(done)
	}
	p.say("Restored the backup of %s.", done.MadeAt)
	p.say("The erasure ledger was replayed: %d people who were erased since are erased again, %d readable traces of them are left.", done.Erased, done.Hits)
	if done.Safety != "" {
		p.say("What was there before is in %s", done.Safety)
	}
	return nil
}

// cleanse replays the ledger over a restored database, before anybody sees it.
func (p *Process) cleanse(ctx context.Context, st *store.Store, v *vault.Vault, dir string, entries []store.LedgerEntry) (backup.Cleansed, error) {
	cfg, err := LoadConfig(p.Getenv)
	if err != nil {
		return backup.Cleansed{}, err
	}
	svc := privacy.New(privacy.Deps{Store: st, Vault: v, Dir: dir, Now: p.Now, NewID: ids.New, Log: p.logger(cfg)})
	done, err := svc.Replay(ctx, entries)
	return backup.Cleansed{Entries: done.Entries, Erased: done.Erased, Hits: done.Hits}, err
}
