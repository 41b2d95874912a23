package calls

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"stead/app/gate"
	"stead/app/phone"
	"stead/store"
)

// callBackWithin is how soon a caller should be called back; then it is late.
const callBackWithin = time.Hour

// missed notes that nobody took the call, has somebody call back, and decides
// about the text. It runs once a call.
func (s *Service) missed(ctx context.Context, tx *store.Tx, c store.Call, cause string, at int64) error {
	c.Outcome, c.Cause, c.EndedAt = store.CallMissed, cause, at
	if err := tx.SetCallOutcome(ctx, c); err != nil {
		return err
	}
	if c.ContactID == "" {
		if err := tx.InsertDecision(ctx, s.decision(c, gate.Hidden, "")); err != nil {
			return err
		}
		return s.emit(ctx, tx, EventMissed, c)
	}
	text := store.Message{
		ContactID: c.ContactID, ConversationID: c.ConversationID, Class: string(gate.Reply), CallID: c.ID,
		Line: c.Line, Peer: c.Peer, Provider: c.Provider,
	}
	facts, err := s.Texter.Facts(ctx, &tx.Reader, text)
	if err != nil {
		return err
	}
	if err := s.decide(ctx, tx, c, text, gate.Ask(facts)); err != nil {
		return err
	}
	if facts.Blocked { // whoever is blocked waits for nobody
		return s.emit(ctx, tx, EventMissed, c)
	}
	if err := tx.MoveConversation(ctx, c.ConversationID, store.Move{At: at, Unread: 1, Waits: true}); err != nil {
		return err
	}
	task := store.Task{ID: s.NewID(), ContactID: c.ContactID, CallID: c.ID, Kind: "call_back", DueAt: at + callBackWithin.Milliseconds(), CreatedAt: s.Now().UnixMilli()}
	if err := tx.InsertTask(ctx, task); err != nil {
		return err
	}
	return s.emit(ctx, tx, EventMissed, c)
}

// decide keeps the gate's answer beside the call, and has the text sent if it
// may be: decision, evidence and text stand or fall together.
func (s *Service) decide(ctx context.Context, tx *store.Tx, c store.Call, text store.Message, reason gate.Reason) error {
	if reason != gate.Go {
		return tx.InsertDecision(ctx, s.decision(c, reason, ""))
	}
	business, err := tx.Business(ctx)
	if errors.Is(err, store.ErrNotFound) { // no name to sign with: nothing is sent before set-up
		return tx.InsertDecision(ctx, s.decision(c, gate.Paused, ""))
	}
	if err != nil {
		return err
	}
	settings, err := tx.TextBack(ctx)
	if err != nil {
		return err
	}
	wording, template := "closed", settings.BodyClosed
	if business.Open(s.Now()) {
		wording, template = "open", settings.BodyOpen
	}
	if err := tx.InsertDecision(ctx, s.decision(c, gate.Go, wording)); err != nil {
		return err
	}
	err = tx.InsertConsent(ctx, store.ConsentEvent{
		ID: s.NewID(), ContactID: c.ContactID, AddressHash: s.Vault.Hash("sms", store.MatchKey(phone.Sender(c.Peer, business.Country).E164, c.Peer)),
		Channel: "sms", Purpose: "reply", Act: "given", Source: "call", Evidence: c.ID, Wording: version(wording, template), At: c.EndedAt,
	})
	if err != nil {
		return err
	}
	text.Body = compose(template, business.Name)
	return s.Texter.QueueText(ctx, tx, text)
}

func (s *Service) decision(c store.Call, reason gate.Reason, wording string) store.Decision {
	verdict := "refused"
	if reason == gate.Go {
		verdict = "texted"
	}
	return store.Decision{
		CallID: c.ID, ContactID: c.ContactID, ConversationID: c.ConversationID,
		Verdict: verdict, Reason: string(reason), Wording: wording, At: s.Now().UnixMilli(),
	}
}

// compose fills in the business's name. A first text always says who writes
// and how to stop it, whatever was typed into the settings.
func compose(template, business string) string {
	body := strings.TrimSpace(strings.ReplaceAll(template, "{business}", business))
	if !strings.Contains(strings.ToLower(body), strings.ToLower(business)) {
		body = strings.TrimSpace(business + ": " + body)
	}
	if !strings.Contains(strings.ToUpper(body), "STOP") {
		body += " Reply STOP for no more texts."
	}
	return body
}

// version names the text that a person was shown, so that evidence can be
// matched with it after it was changed.
func version(wording, template string) string {
	sum := sha256.Sum256([]byte(template))
	return wording + ":" + hex.EncodeToString(sum[:6])
}
