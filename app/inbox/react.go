package inbox

import (
	"context"
	"errors"
	"strings"
	"time"

	"stead/app/phone"
	"stead/store"
)

// reaction is what an error code of a provider has us do beside showing it.
type reaction struct {
	halt   bool          // the account is refused: everything waits until it is put right
	phone  string        // what is known about texting the number from now on
	optOut bool          // the person has opted out at the provider
	again  time.Duration // one more attempt, as a message of its own, after this
	hold   bool          // US carriers refuse the line: no US text over it for a while
	misset bool          // a setting at the provider is wrong: shown with the connection
}

// reactions by code; whatever is not here failed for good, and the code is
// shown. Providers split codes without notice, so nothing else is built on them.
var reactions = map[string]reaction{
	"20003": {halt: true}, "20005": {halt: true}, "20008": {halt: true}, "http_401": {halt: true}, "http_403": {halt: true},
	"21211": {phone: "invalid"}, "21214": {phone: "invalid"}, "21217": {phone: "invalid"}, "21614": {phone: "invalid"},
	"21408": {misset: true},
	"21606": {misset: true}, "21212": {misset: true}, "21659": {misset: true}, "21660": {misset: true}, "21661": {misset: true},
	"21610": {optOut: true},
	"30003": {again: 10 * time.Minute},
	"30005": {phone: "unreachable"},
	"30006": {phone: "landline"},
	"30008": {again: 2 * time.Minute},
	"30032": {hold: true, misset: true}, "30034": {hold: true, misset: true}, "30485": {hold: true, misset: true},
}

// react acts on the code with which a message failed.
func (s *Service) react(ctx context.Context, tx *store.Tx, m store.Message, code string) error {
	r, known := reactions[code]
	if !known {
		return nil
	}
	now := s.Now().UnixMilli()
	key := matchKeyOf(m.Peer, s.country(ctx, &tx.Reader))
	var err error
	if r.halt {
		err = tx.FailConnection(ctx, m.Provider, code, now)
	}
	if err == nil && r.misset {
		err = tx.NoteConnectionError(ctx, m.Provider, code, now)
	}
	if err == nil && r.phone != "" {
		err = tx.SetPhoneState(ctx, key, r.phone)
	}
	if err == nil && r.optOut {
		err = s.withdraw(ctx, tx, optOut{contactID: m.ContactID, conversationID: m.ConversationID, matchKey: key, source: "provider", evidence: m.ID, at: now})
	}
	if err == nil && r.hold {
		err = s.holdLine(ctx, tx, m.Line, code)
	}
	if err == nil && r.again > 0 {
		err = s.repeat(ctx, tx, m, s.Now().Add(r.again))
	}
	return err
}

// repeat makes the one more attempt that the system allows itself. What is a
// repeat already, or was repeated by a person, is not repeated.
func (s *Service) repeat(ctx context.Context, tx *store.Tx, m store.Message, at time.Time) error {
	if m.RetryOf != "" {
		return nil
	}
	if _, err := tx.RetriedBy(ctx, m.ID); !errors.Is(err, store.ErrNotFound) {
		return err
	}
	now := s.Now().UnixMilli()
	again := m
	again.ID, again.RetryOf, again.State, again.Rank, again.ErrorCode = s.NewID(), m.ID, store.MessageQueued, 0, ""
	again.ProviderRef, again.CallID, again.FormKey, again.SentAt, again.CreatedAt, again.UpdatedAt = "", "", "", 0, now, now
	if err := tx.InsertMessage(ctx, again); err != nil {
		return err
	}
	if err := tx.Enqueue(ctx, SendText{Message: again.ID}, store.At(at)); err != nil {
		return err
	}
	return s.record(ctx, tx, change{kind: EventWritten, subject: again.ID, contact: m.ContactID, where: m.ConversationID, at: now})
}

// held are the lines over which no text goes to the US for a while: then one
// is tried, since nobody tells us when a registration went through.
type held map[string]struct {
	Code  string `json:"code"`
	Until int64  `json:"until"`
}

const (
	heldSetting = "held_lines"
	holdFor     = 24 * time.Hour
)

func (s *Service) holdLine(ctx context.Context, tx *store.Tx, line, code string) error {
	lines := held{}
	if _, err := tx.Setting(ctx, heldSetting, &lines); err != nil {
		return err
	}
	hold := lines[line]
	hold.Code, hold.Until = code, s.Now().Add(holdFor).UnixMilli()
	lines[line] = hold
	return tx.SetSetting(ctx, heldSetting, lines, s.Now().UnixMilli())
}

// heldBack returns the code for which a message waits for a registration of
// its line, or nothing.
func (s *Service) heldBack(ctx context.Context, r *store.Reader, m store.Message) (string, error) {
	if !strings.HasPrefix(m.Peer, "+1") || phone.Sender(m.Peer, "").Country != "US" {
		return "", nil
	}
	lines := held{}
	if _, err := r.Setting(ctx, heldSetting, &lines); err != nil {
		return "", err
	}
	if hold := lines[m.Line]; hold.Until > s.Now().UnixMilli() {
		return hold.Code, nil
	}
	return "", nil
}
