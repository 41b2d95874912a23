// Package privacy is what a person can ask of the business and what time asks:
// to see everything that is held, to take it away, to have it erased with
// proof; and that old data goes by itself. It destroys nothing before the
// erasure ledger says so on the disk, and claims nothing that it did not look
// at: what it cannot reach, the receipt lists.
package privacy

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/port"
	"stead/app/vault"
	"stead/app/web"
	"stead/store"
)

// Deps are what the capability needs. Erasers are by provider. Ledger is nil
// for a database in quarantine, whose ledger is joined by whoever restores it.
type Deps struct {
	Store   *store.Store
	Ledger  *store.Ledger
	Vault   *vault.Vault
	Dir     string // the data folder
	Blobs   Blobs  // nil: no file can be opened here
	Erasers map[string]port.Eraser
	Backups Backups // nil: none are made here
	Copies  Copies
	LookUp  func(ctx context.Context, messageID string) error    // asks the provider about a text whose hand-over nobody saw the end of; nil: nobody can
	Seen    func(ctx context.Context, actorID, contactID string) // somebody looked at all that is held of a person; must not wait
	Say     web.Say                                              // said once on the next page
	Now     func() time.Time
	NewID   func() string
	Log     *slog.Logger
}

// Blobs opens what is attached to a person.
type Blobs interface {
	Open(ctx context.Context, f store.File) (io.ReadCloser, error)
}

// Backups are the encrypted copies that the business makes.
type Backups interface {
	// Kept tells how many there are and until when the last one is kept.
	Kept(ctx context.Context) (n int, until time.Time, err error)
	// LedgerGrew has the ledger copied beside the backups.
	LedgerGrew(ctx context.Context) error
	// Prune deletes those whose time has come.
	Prune(ctx context.Context) error
}

// Copy is a backup as the page shows it.
type Copy struct {
	Name          string
	Size          int64
	MadeAt, Until time.Time
}

// Copies is what the page of backups does.
type Copies struct {
	List  func(ctx context.Context, actor access.Actor) ([]Copy, error)
	Make  func(ctx context.Context, actor access.Actor) error
	Check func(ctx context.Context, actor access.Actor, name string) (rows int64, err error)
}

// Service holds the rules. Pages, commands and jobs all call it.
type Service struct {
	Deps
	one     sync.Mutex  // one erasure at a time: each waits for the write-ahead log
	ticking atomic.Bool // the time was noted since the start
	copying atomic.Bool // a backup is being made from the page

	settling time.Duration // how long an erasure waits for a text on its way out
}

// New returns the capability.
func New(d Deps) *Service { return &Service{Deps: d, settling: settleFor} }

// What happens, as events and audit name it.
const (
	EventAsked    = "person.erase_asked"
	EventErased   = "person.erased"
	EventProved   = "person.erasure_done"
	EventFailed   = "person.erasure_failed"
	EventExported = "person.exported"
	EventSwept    = "privacy.swept"

	EventAuditExported = "audit.exported"
)

const day = 24 * time.Hour

func (s *Service) audit(ctx context.Context, tx *store.Tx, actor, action, object, contactID string, at int64) error {
	return tx.Audit(ctx, store.AuditEntry{Action: action, Actor: actor, Object: object, ContactID: contactID, At: at})
}

// see notes that somebody looked at all that is held of a person.
func (s *Service) see(ctx context.Context, actor access.Actor, contactID string) {
	if s.Seen != nil {
		s.Seen(ctx, actor.ID, contactID)
	}
}

// contact returns a person whom the actor may see and do p to. One whom they may
// not see is not there.
func (s *Service) contact(ctx context.Context, r *store.Reader, actor access.Actor, p access.Permission, id string) (store.Contact, error) {
	c, err := r.Contact(ctx, id)
	if err != nil {
		return c, err
	}
	if err := access.Allow(actor, access.ContactsRead, access.Object{Owner: c.OwnerID}); err != nil {
		return c, err
	}
	return c, access.Allow(actor, p, access.Object{Owner: c.OwnerID})
}

// bare is contact for what shows a person's data as they are.
func (s *Service) bare(ctx context.Context, r *store.Reader, actor access.Actor, p access.Permission, id string) (store.Contact, error) {
	c, err := s.contact(ctx, r, actor, p, id)
	if err == nil && !access.Sees(actor, c.OwnerID) {
		err = &errs.Error{Kind: errs.Denied, Message: "This holds personal data, which your role does not show."}
	}
	return c, err
}

func (s *Service) unlocked() error {
	if s.Vault.Locked() {
		return vault.ErrLocked
	}
	return nil
}

// allow refuses whoever may do p to nothing at all.
func allow(actor access.Actor, p access.Permission) error {
	return access.Allow(actor, p, access.Object{Owner: actor.ID})
}
