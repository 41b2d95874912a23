// Package team holds who runs the business on this instance: first run, people,
// passwords and sign-in. What a person may do stands in access, the cookie in
// web; no contact of the business ever appears here.
package team

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"stead/app/port"
	"stead/app/web"
	"stead/store"
)

// Vault is what set-up, the unlock page and second factors ask of the vault.
type Vault interface {
	Create(ctx context.Context) error
	Unlock(ctx context.Context, keyFile string) error
	Locked() bool
	Seal(purpose, aad string, plain []byte) ([]byte, error)
	Unseal(purpose, aad string, sealed []byte) ([]byte, error)
}

// Deps are what the capability stands on.
type Deps struct {
	Store    *store.Store
	Sessions *web.Sessions
	Vault    Vault
	KeyFile  string // where the vault's key lies
	URL      string // public base address
	Now      func() time.Time
	NewID    func() string
	Log      *slog.Logger
	Demo     *Demo         // of a demonstration; nil for a real business
	Identity port.Identity // speaks to identity providers; nil: nobody can sign in with one

	MailReady func(ctx context.Context) bool // whether mail goes out; nil: never
	Purger    Purger                         // ends what the business has stored

	Begin func(ctx context.Context, tx *store.Tx, currency string, at int64) error // adds what a new business begins with; nil: nothing
}

// Demo is the sign-in of a demonstration, which its sign-in page fills in.
type Demo struct{ Email, Password string }

// Service holds the rules of first run and sign-in.
type Service struct {
	Deps
	hasher *hasher
	shown  shownLinks

	memo    sync.Mutex
	closing closingMemo
	turn    int // raised with each change of it, so that no old read is kept
}

// New returns the capability.
func New(d Deps) *Service {
	s := &Service{Deps: d, hasher: newHasher(), shown: shownLinks{links: map[string]string{}}}
	d.Store.Watch(s.forgetClosing)
	return s
}

// Event names. Each has the user's id as subject; "user.…" ends what web
// remembers of the person.
const (
	EventSetUp    = "business.set_up"
	EventPassword = "user.password_changed"
	EventUnlocked = "vault.unlocked"
)
