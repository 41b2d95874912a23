// Package mail tells the people of the business, by mail, what concerns them:
// invitations, links for new passwords, alerts, and what was given to them. It
// holds what each mail says, who gets which, what they may refuse, the outbox,
// and how mail leaves. It writes to nobody outside of the business but whom it
// invites and whoever is to confirm what they wrote into a form, promotes nothing, and keeps no text of a mail and no link in it.
package mail

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"stead/app/port"
	"stead/app/vault"
	"stead/app/web"
	"stead/store"
)

// What is recorded of a change; the names are events and audit actions.
const (
	EventConnected    = "mail.connected"
	EventDisconnected = "mail.disconnected"
	EventTested       = "mail.tested"
	EventRetried      = "mail.retried"
	EventWanted       = "mail.wanted"
	EventUnwanted     = "mail.unwanted"
	EventStatus       = "mail.status"
)

// The providers of mail, as rows and the vault name them, each with its secret.
const (
	SMTP   = "smtp"
	Resend = "resend"
)

var secrets = map[string]string{SMTP: "password", Resend: "api_key"}

// Vault keeps the secrets, and the key that one-click addresses are made with.
type Vault interface {
	Locked() bool
	TryHash(purpose string, parts ...string) (string, error)
	PutSecret(ctx context.Context, tx *store.Tx, provider, name string, value vault.Secret) error
	DropSecrets(ctx context.Context, tx *store.Tx, provider string) error
}

// Links makes links with tokens. It is asked when a mail leaves: a link made
// then takes the place of any earlier one, and stands nowhere but in the mail.
// Paths are returned; an error of kind NotFound or Conflict means that there is
// nothing to link to any more.
type Links interface {
	InviteLink(ctx context.Context, invitationID string) (path string, err error)
	ResetLink(ctx context.Context, userID string) (path string, err error)
}

// Leads knows whom a mail that asks for a confirmation is for, and makes its link:
// NotFound when nothing waits to be confirmed any more.
type Leads interface {
	Address(ctx context.Context, leadID string) (string, error)
	ConfirmLink(ctx context.Context, leadID string) (path string, err error)
}

// Deps is all that the capability needs.
type Deps struct {
	Store   *store.Store
	Vault   Vault
	Mailers map[string]port.Mailer // by provider
	Links   Links
	Leads   func() Leads // asked when a mail leaves
	Now     func() time.Time
	NewID   func() string
	Log     *slog.Logger
	URL     string  // STEAD_URL: what links begin with
	Say     web.Say // said once on the next page
}

// Service holds the rules; pages and jobs call it.
type Service struct{ Deps }

// New returns the capability.
func New(d Deps) *Service { return &Service{d} }

// Ready tells whether mail goes out at this moment.
func (s *Service) Ready(ctx context.Context) bool {
	if s.Vault.Locked() {
		return false
	}
	_, state, err := s.route(ctx, &s.Store.Reader)
	return err == nil && state == store.Connected
}

// route is how mail leaves, and how that stands: store.Disconnected when it
// does not.
func (s *Service) route(ctx context.Context, r *store.Reader) (store.MailSettings, string, error) {
	set, err := r.MailSettings(ctx)
	if err != nil || set.Provider == "" {
		return set, store.Disconnected, err
	}
	c, err := r.Connection(ctx, set.Provider)
	if errors.Is(err, store.ErrNotFound) {
		return set, store.Disconnected, nil
	}
	return set, c.State, err
}
