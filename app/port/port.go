// Package port is the register of everything that comes into the building or
// leaves it: the interfaces that providers implement and the plain structs that
// capabilities and providers both speak. No provider's name or type stands
// here, and nothing here does any work.
package port

import (
	"context"
	"net/http"
	"time"
)

// Disclosure says what a request tells an outside party, about whom and why.
// The outbound client refuses a request whose context carries none.
type Disclosure struct {
	Processor string   // "twilio"
	Subjects  []string // contact ids; empty when nobody's data goes out
	Purpose   string   // "reply", "service", "erasure", "check", "catch_up"
	Fields    []string // names of the fields that go out: "phone", "body"
	Ref       string   // id of our message or call, if there is one
}

type disclosureKey struct{}

// WithDisclosure returns a context for one or more calls that disclose d.
func WithDisclosure(ctx context.Context, d Disclosure) context.Context {
	return context.WithValue(ctx, disclosureKey{}, d)
}

// DisclosureOf returns what the calls of ctx disclose.
func DisclosureOf(ctx context.Context) (Disclosure, bool) {
	d, ok := ctx.Value(disclosureKey{}).(Disclosure)
	return d, ok
}

// Account is what a provider needs to know to act for the business. Secrets
// are not in it: they come from Secrets at the moment of use.
type Account struct {
	ID      string // the provider's id of our account
	Service string // messaging service, or empty
}

// Secrets hands out a credential for one use and records it. The slice is
// wiped when use returns.
type Secrets interface {
	Use(ctx context.Context, provider, name, purpose string, use func(secret []byte) error) error
}

// Text is a text message to be sent.
type Text struct {
	From, To, Body string // E.164
	CallbackURL    string // where statuses go
}

// Sent is the provider's word on a message it has taken.
type Sent struct {
	Ref      string // the provider's id
	Status   string // one of the Status constants
	To, Body string // as the provider has it, for look-ups
	Segments int
	Code     string // error code, if it failed at once
	At       time.Time
}

// The statuses of an outgoing message, by rank; a lower rank never replaces a higher one.
const (
	StatusQueued      = "queued"      // 1: taken by the provider
	StatusSending     = "sending"     // 2
	StatusSent        = "sent"        // 3
	StatusUndelivered = "undelivered" // 4
	StatusFailed      = "failed"      // 4
	StatusDelivered   = "delivered"   // 5
	StatusRead        = "read"        // 6
)

// Messenger sends texts. Errors are *errs.Error with the provider's code:
// Invalid and Denied are final, Unavailable may be tried again. A call whose
// outcome is unknown (time-out after the request went out) returns ErrUnknown.
type Messenger interface {
	SendText(ctx context.Context, a Account, t Text) (Sent, error)
	// FindTexts lists what the provider has sent to a number since a time, newest first.
	FindTexts(ctx context.Context, a Account, to string, since time.Time) ([]Sent, error)
}

// Eraser deletes the provider's own copy. Gone already is no error.
type Eraser interface {
	DeleteText(ctx context.Context, a Account, ref string) error
	DeleteCall(ctx context.Context, a Account, ref string) error
}

// Checker tries credentials out before they are stored: token is the one that was pasted.
type Checker interface {
	// Check returns the account's state ("active", …) and which of the numbers belong to it.
	Check(ctx context.Context, a Account, token []byte, numbers []string) (Checked, error)
}

// Checked is what a provider says of pasted credentials.
type Checked struct {
	State   string   // "active", "suspended", "closed"
	Name    string   // the account's friendly name
	Missing []string // numbers that the account does not own
}

// History lists what the provider would have told us while we were away.
type History interface {
	Since(ctx context.Context, a Account, since time.Time, each func(Request) error) error
}

// Request is an incoming callback, read once.
type Request struct {
	URL    string // the public address: STEAD_URL + request URI, verbatim
	Path   string // "/hooks/twilio/sms"
	Header http.Header
	Body   []byte // raw
}

// Source is a provider that calls us.
type Source interface {
	Name() string
	// Admit looks at the headers before a body is read: errs.Denied without
	// what could be a signature, errs.Invalid for a kind of body that the
	// provider never sends. It proves nothing.
	Admit(h http.Header) error
	// Verify checks the signature over the raw request before anything else is
	// looked at. errs.Denied when it is missing or wrong, or when no secret is set.
	Verify(ctx context.Context, r Request) error
	// Identify reads what the queue needs to know. errs.Invalid for a body that
	// is not of the provider's shape, ErrIgnored for a kind nobody handles.
	Identify(r Request) (Envelope, error)
	// Decode turns a stored payload into a Text, Call or Status event.
	Decode(kind string, payload []byte) (Event, error)
	// Answer is what the provider wants to hear: for a call, what to do with it.
	Answer(kind string, a Answer) (contentType string, body []byte)
}

// Envelope is a callback before it is understood.
type Envelope struct {
	Key     string // unique per event: a repeat has the same
	Kind    string // the provider's own word: "sms", "voice", "dial", …
	Peer    string // who it is about, as given: the order within a conversation
	Account string // the account it was meant for
	Payload []byte // the listed fields as a JSON object, free text still unmasked
	// FreeText names the fields of Payload that a person wrote: card numbers
	// in them are masked before anything is stored.
	FreeText []string
	// Line is our number that rings, when the provider waits to hear what to
	// do with a call; empty for everything else.
	Line string
}

// Event is what a callback says: exactly one of the pointers is set.
type Event struct {
	Text   *TextEvent
	Call   *CallEvent
	Status *StatusEvent
}

// TextEvent is a text that arrived.
type TextEvent struct {
	Ref, From, To, Body string
	OptOut              string // "stop", "start", "help" when the provider decided; else empty
	Media               []Media
	Segments            int
	At                  time.Time // zero: when it was received
}

// Media is an attachment that waits at the provider.
type Media struct{ ContentType, URL string }

// CallEvent is one step of a call.
type CallEvent struct {
	Ref, From, To string
	Step          string // "ringing", "dialed" (the business's phones were rung), "ended"
	Answered      bool   // by a person of the business
	Cause         string // "no-answer", "busy", "failed", "canceled"; empty when answered or ringing
	Seconds       int
	At            time.Time // zero: when it was received
}

// StatusEvent is news of a text that we sent.
type StatusEvent struct {
	Ref, Status, Code string
	To                string
}

// Answer says what to do with a call that rings.
type Answer struct {
	Dial        []string // E.164 of the business's phones
	RingSeconds int
	ActionURL   string // where the outcome goes
	Say         string // when there is nobody to dial
}
