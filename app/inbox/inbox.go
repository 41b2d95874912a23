// Package inbox is what the business and its customers write to each other:
// texts that come in, replies, notes, the words by which people opt out, and
// the sending of every text, whoever asked for it. Which text a missed call
// gets is decided by the calls; how a text travels is known to the provider.
package inbox

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/port"
	"stead/app/web"
	"stead/store"
	"stead/views/ui"
)

// Vault makes the keyed hashes that opt-outs are kept by.
type Vault interface {
	Locked() bool
	Hash(purpose string, parts ...string) string
}

// Deps is all that the capability needs.
type Deps struct {
	Store      *store.Store
	Vault      Vault
	Messengers map[string]port.Messenger    // by provider
	StatusURL  func(provider string) string // where a provider tells what became of a text
	Say        web.Say                      // for the next page
	Deals      Slot                         // the deals with whom a thread is with; nil: nothing is shown of them
	Now        func() time.Time
	NewID      func() string
	Log        *slog.Logger
}

// Slot draws beside a thread what another capability keeps of whom it is with.
type Slot func(ctx context.Context, actor access.Actor, v store.Conversation) (ui.Component, error)

// Service holds the rules.
type Service struct{ Deps }

// New returns the capability.
func New(d Deps) *Service { return &Service{d} }

// The events of the inbox. Their data names the conversation.
const (
	EventReceived = "message.received"
	EventWritten  = "message.written"
	EventRefused  = "message.refused"
	EventStatus   = "message.status"
	EventNoted    = "note.added"
	EventRead     = "conversation.read"
	EventDone     = "conversation.done"
	EventReopened = "conversation.reopened"
	EventAssigned = "conversation.assigned" // its data names to whom: {"to": user id}, empty for nobody
	EventOptedOut = "consent.withdrawn"
	EventOptedIn  = "consent.given"
)

// channel is the only one so far.
const channel = "sms"

// byItself is who does what nobody of the business does, where it belongs into
// the audit. What people send, and what becomes of texts, stands in the
// conversation.
var byItself = map[string]string{EventWritten: access.System("textback").ID, EventOptedOut: "provider:twilio", EventOptedIn: "provider:twilio"}

// change is what is recorded of an act: an event, and an audit entry when
// somebody did it, or a rule.
type change struct {
	kind, subject  string
	contact, where string // contact and conversation
	actor          string
	at             int64
}

func (s *Service) record(ctx context.Context, tx *store.Tx, c change) error {
	data, err := json.Marshal(map[string]string{"conversation": c.where})
	if err != nil {
		return err
	}
	err = tx.Emit(ctx, store.Event{ID: s.NewID(), Kind: c.kind, Subject: c.subject, ContactID: c.contact, Actor: c.actor, At: c.at, Data: string(data)})
	by := c.actor
	if by == "" {
		by = byItself[c.kind]
	}
	if err != nil || by == "" {
		return err
	}
	return tx.Audit(ctx, store.AuditEntry{Action: c.kind, Actor: by, Object: c.subject, ContactID: c.contact, At: c.at})
}

// conversation reads a conversation that the actor may see and do all of need to.
func (s *Service) conversation(ctx context.Context, r *store.Reader, actor access.Actor, id string, need ...access.Permission) (store.Conversation, error) {
	v, err := r.Conversation(ctx, id)
	if err != nil {
		return v, err
	}
	for _, p := range append([]access.Permission{access.InboxRead}, need...) {
		if err := access.Allow(actor, p, access.Object{Owner: v.OwnerID}); err != nil {
			return v, err
		}
	}
	return v, nil
}

// unlocked is errs.Unavailable while nobody can tell who wants no texts.
func (s *Service) unlocked() error {
	if s.Vault.Locked() {
		return &errs.Error{Kind: errs.Unavailable, Code: "locked", Message: "The vault is locked, so nothing can be sent. Unlock it first."}
	}
	return nil
}

// hash is what an address is suppressed by.
func (s *Service) hash(matchKey string) string { return s.Vault.Hash(channel, matchKey) }
