// Package settings holds what the owner decides: who the business is and when
// it is open, how missed calls are answered, whether anything is sent at all,
// and which provider's account stands behind it. It sends nothing and reads no
// callback; providers are reached through package port alone, and no secret is
// ever read back.
package settings

import (
	"context"
	"time"

	"stead/app/access"
	"stead/app/port"
	"stead/app/vault"
	"stead/app/web"
	"stead/store"
	"stead/views/ui"
)

// What is recorded of a change; the names are events and audit actions.
const (
	EventBusiness     = "settings.business"
	EventTextBack     = "settings.textback"
	EventSending      = "settings.sending"
	EventQuiet        = "settings.quiet"
	EventConnected    = "channel.connected"
	EventDisconnected = "channel.disconnected"
	EventTested       = "channel.tested"
)

// Vault keeps the providers' secrets.
type Vault interface {
	Locked() bool
	PutSecret(ctx context.Context, tx *store.Tx, provider, name string, value vault.Secret) error
	DropSecrets(ctx context.Context, tx *store.Tx, provider string) error
	Use(ctx context.Context, provider, name, purpose string, use func(secret []byte) error) error
}

// Tester signs a callback and sends it to our own public address. Its error
// says by its code what was in the way.
type Tester interface {
	TestHook(ctx context.Context) error
}

// Places are the choices of the business form.
type Places struct{ Countries, Currencies, Zones []ui.Option }

// Deps is all that the capability needs.
type Deps struct {
	Store   *store.Store
	Vault   Vault
	Checker port.Checker
	Tester  Tester
	Now     func() time.Time
	NewID   func() string
	URL     string        // STEAD_URL
	HookURL string        // what providers are told to call; empty: URL
	Places  func() Places // of the world
	CatchUp func()        // fetches what a provider holds for us, soon
	Say     web.Say       // said once on the next page

	Identity port.Identity             // asks identity providers who they are
	MayCall  func(address string) bool // whether the product calls an address at all
}

// Service holds the rules; pages and commands call it.
type Service struct{ Deps }

// New returns the capability.
func New(d Deps) *Service {
	if d.HookURL == "" {
		d.HookURL = d.URL
	}
	return &Service{d}
}

// change writes a setting and what is recorded of it, if the actor may.
func (s *Service) change(ctx context.Context, actor access.Actor, kind, subject string, write func(tx *store.Tx, at int64) error) error {
	return s.changeAs(ctx, actor, access.SettingsWrite, kind, subject, write)
}

// changeAs is change for what needs another permission.
func (s *Service) changeAs(ctx context.Context, actor access.Actor, needs access.Permission, kind, subject string, write func(tx *store.Tx, at int64) error) error {
	now := s.Now().UnixMilli()
	event := store.Event{ID: s.NewID(), Kind: kind, Subject: subject, Actor: actor.ID, At: now}
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := access.Allow(actor, needs, access.Object{}); err != nil {
			return err
		}
		if err := write(tx, now); err != nil {
			return err
		}
		return tx.Record(ctx, event)
	})
}

func mayRead(actor access.Actor) error {
	return access.Allow(actor, access.SettingsRead, access.Object{})
}
