// Package calls is about the telephone calls of the business: who called, what
// became of it, and the text that a missed call is answered by. How a call is
// put through is the inbound's and the provider's affair; how a text is sent,
// the inbox's.
package calls

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"stead/app/gate"
	"stead/app/phone"
	"stead/app/port"
	"stead/store"
)

// Texter sends texts on behalf of the system.
type Texter interface {
	// Facts gathers what the gate asks about a text that is to be sent.
	Facts(ctx context.Context, r *store.Reader, m store.Message) (gate.Facts, error)
	// QueueText has a text sent, in the transaction that is the reason for it.
	QueueText(ctx context.Context, tx *store.Tx, m store.Message) error
}

// Vault makes the keyed hash that evidence of consent is kept under.
type Vault interface {
	Hash(purpose string, parts ...string) string
}

// Deps is all that the capability needs.
type Deps struct {
	Store  *store.Store
	Vault  Vault
	Texter Texter
	Now    func() time.Time
	NewID  func() string
	Log    *slog.Logger
}

// Service holds the rules.
type Service struct{ Deps }

// New returns the capability.
func New(d Deps) *Service { return &Service{d} }

// The events of a call. Their data names the conversation, if there is one.
const (
	EventRinging  = "call.ringing"
	EventAnswered = "call.answered"
	EventMissed   = "call.missed"
)

// SettleCall is the job that ends a call of which nobody told how it ended. It
// does nothing to a call that has an outcome.
type SettleCall struct {
	Call string `json:"call"`
}

// Kind names the job.
func (SettleCall) Kind() string { return "calls.settle" }

const (
	settleAfter = 3 * time.Second // after a call ended: its outcome may be on the way
	longestCall = 5 * time.Hour   // no provider lets a call last longer
)

// Step takes in one step of a call, in the transaction of its event. Steps may
// come in any order and more than once: a call is answered as soon as one step
// says so, and missed once.
func (s *Service) Step(ctx context.Context, tx *store.Tx, provider string, e port.CallEvent) error {
	c, err := tx.CallByRef(ctx, provider, e.Ref)
	if errors.Is(err, store.ErrNotFound) {
		c, err = s.open(ctx, tx, provider, e)
	}
	if err != nil {
		return err
	}
	switch {
	case e.Step == "dialed" && e.Answered:
		return s.answered(ctx, tx, c, e)
	case c.Outcome != store.CallRinging, e.Step == "ringing":
		return nil
	case e.Cause != "":
		return s.missed(ctx, tx, c, e.Cause, e.At.UnixMilli())
	case e.Step == "ended":
		return tx.Enqueue(ctx, SettleCall{Call: c.ID}, store.At(s.Now().Add(settleAfter)))
	}
	return nil
}

// Settle is the job SettleCall.
func (s *Service) Settle(ctx context.Context, job SettleCall) error {
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		c, err := tx.Call(ctx, job.Call)
		if errors.Is(err, store.ErrNotFound) || err == nil && c.Outcome != store.CallRinging {
			return nil
		}
		if err != nil {
			return err
		}
		return s.missed(ctx, tx, c, "no-answer", s.Now().UnixMilli())
	})
}

// open notes a call that nobody knew. A caller who withheld the number has no
// contact: there is nobody to ask about, to call back or to erase.
func (s *Service) open(ctx context.Context, tx *store.Tx, provider string, e port.CallEvent) (store.Call, error) {
	at := e.At.UnixMilli()
	c := store.Call{
		ID: s.NewID(), Provider: provider, ProviderRef: e.Ref, Direction: "in", Line: e.To, Peer: e.From,
		Outcome: store.CallRinging, StartedAt: at,
	}
	if !phone.Hidden(e.From) {
		contact, err := s.caller(ctx, tx, e.From, at)
		if err != nil {
			return c, err
		}
		v, err := tx.EnsureConversation(ctx, contact, s.NewID(), at)
		if err != nil {
			return c, err
		}
		c.ContactID, c.ConversationID = contact, v.ID
		if err := tx.MoveConversation(ctx, v.ID, store.Move{At: at}); err != nil {
			return c, err
		}
	}
	if err := tx.InsertCall(ctx, c); err != nil {
		return c, err
	}
	if err := tx.Enqueue(ctx, SettleCall{Call: c.ID}, store.At(e.At.Add(longestCall))); err != nil {
		return c, err
	}
	return c, s.emit(ctx, tx, EventRinging, c)
}

// caller finds whose number it is, or starts a new contact.
func (s *Service) caller(ctx context.Context, tx *store.Tx, from string, at int64) (id string, err error) {
	country := ""
	if business, err := tx.Business(ctx); err == nil {
		country = business.Country
	}
	number := phone.Sender(from, country)
	contact, err := tx.Caller(ctx, store.MatchKey(number.E164, from))
	if errors.Is(err, store.ErrNotFound) {
		now := s.Now().UnixMilli()
		contact = store.Contact{ID: s.NewID(), Source: "call", CreatedAt: now, UpdatedAt: now, LastActivityAt: at}
		err = tx.InsertContact(ctx, contact, []store.Phone{{ID: s.NewID(), Typed: from, E164: number.E164, CreatedAt: now}}, nil)
	}
	if err != nil {
		return "", err
	}
	return contact.ID, tx.TouchContact(ctx, contact.ID, at)
}

// answered notes that a person of the business took the call, which outweighs
// whatever was thought before: the task to call back is done.
func (s *Service) answered(ctx context.Context, tx *store.Tx, c store.Call, e port.CallEvent) error {
	if c.Outcome == store.CallAnswered {
		return nil
	}
	c.Outcome, c.Cause, c.Seconds, c.EndedAt = store.CallAnswered, "", int64(e.Seconds), e.At.UnixMilli()
	if err := tx.SetCallOutcome(ctx, c); err != nil {
		return err
	}
	task, err := tx.OpenTaskOfCall(ctx, c.ID)
	if err == nil {
		err = tx.FinishTask(ctx, task, "", s.Now().UnixMilli())
	} else if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	if err != nil {
		return err
	}
	if c.ConversationID != "" {
		if err := tx.MoveConversation(ctx, c.ConversationID, store.Move{At: c.EndedAt, Answered: true}); err != nil {
			return err
		}
	}
	return s.emit(ctx, tx, EventAnswered, c)
}

func (s *Service) emit(ctx context.Context, tx *store.Tx, kind string, c store.Call) error {
	data, err := json.Marshal(map[string]string{"conversation": c.ConversationID})
	if err != nil {
		return err
	}
	return tx.Emit(ctx, store.Event{ID: s.NewID(), Kind: kind, Subject: c.ID, ContactID: c.ContactID, At: s.Now().UnixMilli(), Data: string(data)})
}
