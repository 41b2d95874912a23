// Package app is the composition root: it reads the configuration, builds every
// capability, serves, drains and closes, and holds the command line. It is the
// only package that knows every capability; no capability knows it, and no rule
// of the business lives here.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"stead/app/backup"
	"stead/app/blob"
	"stead/app/errs"
	"stead/app/ids"
	"stead/app/logs"
	"stead/app/vault"
	"stead/app/web"
	"stead/app/work"
	"stead/store"
)

// Deps are the things outside the process that tests replace.
type Deps struct {
	Config  Config
	Now     func() time.Time
	NewID   func() string
	Log     *slog.Logger
	Version string
	// Patience is what questions and searches have beyond their budgets of time:
	// nothing in the product, much in tests of what they answer.
	Patience time.Duration
	demo     *demonstration
}

// App is the whole product over one data folder, which it holds under a lock.
type App struct {
	capabilities
	Store *store.Store

	cfg      Config
	version  string
	demo     *demonstration
	now      func() time.Time
	newID    func() string
	log      *slog.Logger
	lock     *store.Lock
	ledger   *store.Ledger
	vault    *vault.Vault
	files    *blob.Files
	work     *work.Runner // long work; capabilities tell it what they do
	sessions *web.Sessions
	live     *web.Live
	pages    *web.Router
	hooks    *web.Router
	// what strangers are sent to: forms, webhooks
	strangers *web.Router
	handler   http.Handler
	certs     *certificates                 // behind a proxy: nil
	again     chan struct{}                 // something that waited may go on
	resumed   chan struct{}                 // closed after the first round of it
	stops     []func(context.Context) error // in the order in which they began
}

// Open takes the data folder, brings its database up to this version and builds
// the product. Nothing runs yet but what answers requests; see Start. The error
// is a *store.LockedError when another process has the folder.
func Open(ctx context.Context, d Deps) (*App, error) {
	for _, dir := range []string{d.Config.Data, filepath.Join(d.Config.Data, "tmp"), filepath.Join(d.Config.Data, "backups")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, folderError(d.Config.Data, err)
		}
	}
	if err := claim(d.Config.Data); err != nil {
		return nil, folderError(d.Config.Data, err)
	}
	lock, err := store.LockDir(d.Config.Data)
	if err != nil {
		return nil, folderError(d.Config.Data, err)
	}
	a := &App{
		cfg: d.Config, version: d.Version, demo: d.demo, now: d.Now, newID: d.NewID, log: d.Log, lock: lock,
		again: make(chan struct{}, 1), resumed: make(chan struct{}),
	}
	if err := a.build(ctx, d.Patience); err != nil {
		return nil, errors.Join(folderError(d.Config.Data, err), a.Close(ctx))
	}
	return a, nil
}

// claim keeps others out of a folder that was there before Stead began in it.
func claim(dir string) error {
	if _, err := os.Lstat(filepath.Join(dir, "stead.db")); err == nil {
		return nil // whoever changed the mode since had a reason; doctor tells
	}
	return os.Chmod(dir, 0o700) //nolint:gosec // a folder is entered, and by its owner alone
}

func (a *App) build(ctx context.Context, patience time.Duration) error {
	err := backup.Clean(a.cfg.Data)
	if err != nil {
		return err
	}
	if a.Store, err = store.OpenSQLite(ctx, filepath.Join(a.cfg.Data, "stead.db")); err != nil {
		return err
	}
	a.Store.Patient(patience)
	if a.ledger, err = a.Store.OpenLedger(ctx, filepath.Join(a.cfg.Data, store.LedgerFile)); err != nil {
		return err
	}
	if err = a.checkLedgerCopy(ctx); err != nil {
		return err
	}
	if a.vault, err = vault.Open(ctx, a.Store, a.cfg.KeyFile, a.now); err != nil {
		return err
	}
	a.files = blob.New(blob.Deps{Store: a.Store, Vault: a.vault, Dir: a.cfg.Data, Now: a.now, Log: a.log})
	a.wire() //nolint:contextcheck // what it starts outlives the start
	return nil
}

// checkLedgerCopy refuses a database and a ledger that were put back together:
// the copy beside the backups still knows of the erasures that both forgot.
func (a *App) checkLedgerCopy(ctx context.Context) error {
	copied, err := store.ReadLedger(filepath.Join(a.cfg.Data, "backups", store.LedgerFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	held, err := a.Store.LedgerEntries(ctx, 0)
	if err != nil {
		return err
	}
	joined, err := store.JoinLedgers(held, copied)
	if err == nil && len(joined) > len(held) {
		err = fmt.Errorf("%w: the copy beside the backups has %d entries, this one %d", store.ErrLedger, len(joined), len(held))
	}
	return err
}

// Handler serves pages and callbacks.
func (a *App) Handler() http.Handler { return a.handler }

// Pages is the router of pages without what stands before it.
func (a *App) Pages() *web.Router { return a.pages }

// Vault is the vault of the instance.
func (a *App) Vault() *vault.Vault { return a.vault }

// Publish tells open pages that something changed.
func (a *App) Publish(topics ...string) { a.live.Publish(topics...) }

// Routes lists every route, for the tests that walk them.
func (a *App) Routes() []web.Route {
	return slices.Concat(a.pages.Routes(), a.hooks.Routes(), a.strangers.Routes())
}

// Close stops what Start began, writes what is buffered, and lets go of the
// folder. It is safe after a failed Open.
func (a *App) Close(ctx context.Context) error {
	var all []error
	if a.live != nil {
		a.live.Close()
	}
	for i := len(a.stops) - 1; i >= 0; i-- {
		all = append(all, a.stops[i](ctx))
	}
	a.stops = nil
	if a.sessions != nil {
		all = append(all, a.sessions.Flush(ctx))
	}
	if a.vault != nil {
		all = append(all, a.vault.Close(ctx))
	}
	if a.ledger != nil {
		all = append(all, a.ledger.Close())
	}
	if a.Store != nil {
		all = append(all, a.Store.Close())
	}
	if a.lock != nil {
		all = append(all, a.lock.Release())
	}
	return errors.Join(all...)
}

// folderError says in a sentence what is wrong with a data folder.
func folderError(dir string, err error) error {
	say := func(code, message string) error {
		return &errs.Error{Kind: errs.Unavailable, Code: code, Message: message, Err: err}
	}
	switch {
	case isNoFolder(err):
		return say("not_a_folder", dir+" is a file, not a folder. Set STEAD_DATA to a folder.")
	case errors.Is(err, store.ErrNewerSchema):
		return say("newer_schema", "The database in "+dir+" was written by a newer version of Stead. Start that version, or restore a backup from before it.")
	case errors.Is(err, store.ErrLedger):
		return say("ledger", "The database in "+dir+" does not fit the erasure ledger beside it, so people who were erased might come back. Bring it back with `stead backup restore`, which replays the ledger.")
	case errors.Is(err, store.ErrFull), isDiskFull(err):
		return say("full", "The disk that holds "+dir+" is full. Make room, then start again; nothing was changed.")
	case errors.Is(err, store.ErrReadOnly), errors.Is(err, os.ErrPermission), isReadOnly(err):
		return say("read_only", "The data folder "+dir+" cannot be used by this user. Run the command as the user who runs Stead, or give the folder to this one: chown -R "+userName()+" "+dir+" && chmod u+rwx,go= "+dir)
	}
	return err
}

// open is Open for a command in the terminal.
func (p *Process) open(ctx context.Context, cfg Config) (*App, error) {
	return Open(ctx, Deps{Config: cfg, Now: p.Now, NewID: ids.New, Log: p.logger(cfg), Version: p.Version, demo: p.demo})
}

func (p *Process) logger(cfg Config) *slog.Logger { return logs.New(p.Err, cfg.Log, cfg.LogLevel) }
