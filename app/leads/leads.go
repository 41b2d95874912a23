// Package leads takes in whoever asks for something by a form of the business or
// through another system, and has a deal made of it: once, in the right pipeline,
// with owner, task and where it came from. What cannot be taken in waits until
// somebody mends it. It makes deals of missed calls, too, where that is asked for.
// What a deal is, and who sees it, is decided where deals are.
package leads

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/vault"
	"stead/app/web"
	"stead/store"
)

// What is recorded of a lead or of a source; the names are events and audit actions.
const (
	EventWaiting   = "lead.waiting" // for a confirmation: a mail asks for it
	EventDone      = "lead.done"
	EventFailed    = "lead.failed"
	EventMended    = "lead.mended"
	EventConfirmed = "lead.confirmed"
	EventDiscarded = "lead.discarded"
	EventCreated   = "lead.source_created"
	EventChanged   = "lead.source_changed"
	EventDeleted   = "lead.source_deleted"
	EventSecret    = "lead.source_secret" //nolint:gosec // a kind of event
)

// Why a lead failed or was discarded: the codes in its row.
const (
	reasonInvalid    = "invalid"    // an answer cannot be understood, or is missing
	reasonRestricted = "restricted" // the person asked that their data be left alone
	reasonBlocked    = "blocked"
	reasonErased     = "erased"
	reasonBot        = "bot"
	reasonNoMail     = "no_mail"
	reasonSuppressed = "suppressed" // no mail may ask them
	reasonOften      = "often"      // asked to confirm often enough today
	reasonSource     = "source"     // the form or webhook has gone, or its pipeline
	reasonByHand     = "by_hand"    // somebody discarded it
	reasonRefused    = "refused"    // whoever was asked said that it was not theirs
)

// CodeChanged is the code of the Conflict when somebody else saved meanwhile.
const CodeChanged = "changed"

// Vault keeps the secrets of webhooks, and the key of what is hashed.
type Vault interface {
	Locked() bool
	TryHash(purpose string, parts ...string) (string, error)
	PutSecret(ctx context.Context, tx *store.Tx, provider, name string, value vault.Secret) error
	DropSecrets(ctx context.Context, tx *store.Tx, provider string) error
	Use(ctx context.Context, provider, name, purpose string, use func(secret []byte) error) error
}

// Opening is a deal that is to be made. Strict: not where its stage asks for more.
type Opening struct {
	Title, PipelineID, StageID, Currency string
	Amount, Closes                       string
	Source, SourceID                     string
	Tags                                 []string
	Fields                               map[string]string
	Strict                               bool
}

// Party is whom a deal is about, and who looks after it.
type Party struct{ ContactID, ConversationID, OwnerID string }

// Open puts a deal down, once, and returns its id.
type Open func(ctx context.Context, tx *store.Tx, p Party) (dealID string, err error)

// Deps is all that the capability needs.
type Deps struct {
	Store     *store.Store
	Vault     Vault
	Deals     func(ctx context.Context, o Opening) (Open, error) // understands a deal: errs.Invalid with a sentence for each input
	MailReady func(ctx context.Context) bool                     // whether mail goes out
	Forgotten func(key string) (subject string, err error)       // under which a number or an address of somebody erased is kept
	Lines     func(ctx context.Context) ([]store.Line, error)    // numbers of the business
	Now       func() time.Time
	NewID     func() string
	Log       *slog.Logger
	URL       string  // STEAD_URL: what addresses begin with
	Say       web.Say // said once on the next page, with a way back
}

// Service holds the rules; pages call it.
type Service struct {
	Deps
	byForm, byNetwork, byAddress, byBot, refused *web.Limiter
	reading                                      chan struct{} // bodies of webhooks that are read at once: more than one network has connections
}

// New returns the capability.
func New(d Deps) *Service {
	return &Service{
		Deps:   d,
		byForm: web.NewLimiter(0.5, 120, d.Now), byNetwork: web.NewLimiter(1.0/6, 20, d.Now),
		byAddress: web.NewLimiter(3.0/86_400, 3, d.Now), byBot: web.NewLimiter(200.0/86_400, 200, d.Now), refused: web.NewLimiter(1, 60, d.Now),
		reading: make(chan struct{}, 2*web.Usual.NetConns),
	}
}

var me = access.System("leads")

// act is a change as it is recorded. Its id is also that of the undo.
type act struct {
	id, kind, subject, contact, actor, data string
	at                                      int64
}

func (s *Service) act(actor access.Actor, kind, subject string) act {
	return act{id: s.NewID(), kind: kind, subject: subject, actor: actor.ID, at: s.Now().UnixMilli()}
}

func (a act) event() store.Event {
	return store.Event{ID: a.id, Kind: a.kind, Subject: a.subject, ContactID: a.contact, Actor: a.actor, At: a.at, Data: a.data}
}

// undoable does a change of a source so that it can be taken back, and records it.
func (a act) undoable(ctx context.Context, tx *store.Tx, do func() error) error {
	watch := func(u *store.Undoing) error {
		return errors.Join(u.Watch(ctx, "lead_sources", "id", a.subject), u.Watch(ctx, "lead_fields", "source_id", a.subject))
	}
	return tx.RecordUndoable(ctx, store.Undo{ID: a.id, Kind: a.kind, Actor: a.actor, At: a.at}, a.event(), watch, do)
}

func mayRead(actor access.Actor) error {
	return access.Allow(actor, access.LeadsRead, access.Object{Owner: actor.ID})
}

// mayMend asks whether somebody may say what becomes of a lead and, where they typed
// over what came in, whether they see that.
func mayMend(actor access.Actor, types bool) error {
	if err := access.Allow(actor, access.LeadsWrite, access.Object{Owner: actor.ID}); err != nil {
		return err
	}
	if types && !access.Sees(actor, "") {
		return &errs.Error{Kind: errs.Denied, Message: "Your role does not show all of this lead, so it cannot change it either."}
	}
	return nil
}

func changed(err error, what string) error {
	if errors.Is(err, store.ErrConflict) {
		return &errs.Error{Kind: errs.Conflict, Code: CodeChanged, Message: "Someone else changed this " + what + " while you were editing.", Err: err}
	}
	return err
}
