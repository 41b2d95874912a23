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

// Late is the one reason of ours beside the gate's: the call is so long ago,
// after an outage say, that a text about it would only puzzle.
const (
	Late      gate.Reason = "late"
	lateAfter             = time.Hour
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
	v, err := tx.Conversation(ctx, c.ConversationID)
	if err != nil {
		return err
	}
	facts, settings, err := s.facts(ctx, tx, c, v)
	if err != nil {
		return err
	}
	if err := s.decide(ctx, tx, c, facts, settings); err != nil {
		return err
	}
	if facts.Blocked { // whoever is blocked waits for nobody
		return s.emit(ctx, tx, EventMissed, c)
	}
	if err := tx.MoveConversation(ctx, v.ID, store.Move{At: at, Unread: 1, Waits: true}); err != nil {
		return err
	}
	task := store.Task{ID: s.NewID(), ContactID: c.ContactID, CallID: c.ID, Kind: "call_back", DueAt: at + callBackWithin.Milliseconds(), CreatedAt: s.Now().UnixMilli()}
	if err := tx.InsertTask(ctx, task); err != nil {
		return err
	}
	return s.emit(ctx, tx, EventMissed, c)
}

// facts are what a person's reply is asked for, and what guards against
// texting somebody who would be annoyed by it.
func (s *Service) facts(ctx context.Context, tx *store.Tx, c store.Call, v store.Conversation) (gate.Facts, store.TextBack, error) {
	settings, err := tx.TextBack(ctx)
	if err != nil {
		return gate.Facts{}, settings, err
	}
	f, err := s.Texter.Facts(ctx, &tx.Reader, c.ContactID, c.Peer)
	if err != nil {
		return f, settings, err
	}
	now := s.Now()
	f.Automatic, f.Now = true, now
	f.Paused = f.Paused || !settings.Enabled
	f.Cooldown, f.DailyCap = time.Duration(settings.CooldownHours)*time.Hour, settings.DailyCap
	last, err := tx.LastAutoText(ctx, c.ContactID, now.Add(-f.Cooldown).UnixMilli())
	if err != nil {
		return f, settings, err
	}
	if last > 0 {
		f.LastAutoText = time.UnixMilli(last)
	}
	answered := time.UnixMilli(v.AnsweredAt)
	f.OpenThreadAnswered = v.State == "open" && v.AnsweredAt > 0 && now.Sub(answered) < time.Duration(settings.ThreadMinutes)*time.Minute
	f.SentToday, err = tx.AutoTextsSince(ctx, s.midnight(ctx, tx, now).UnixMilli())
	return f, settings, err
}

// midnight is when the business's day began.
func (s *Service) midnight(ctx context.Context, tx *store.Tx, now time.Time) time.Time {
	zone := time.UTC
	if business, err := tx.Business(ctx); err == nil {
		zone = business.Location()
	}
	year, month, day := now.In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, zone)
}

// decide asks the gate, keeps its answer beside the call, and has the text
// sent if it may be: decision, evidence and text stand or fall together.
func (s *Service) decide(ctx context.Context, tx *store.Tx, c store.Call, facts gate.Facts, settings store.TextBack) error {
	reason := gate.Ask(facts)
	if reason == gate.Go && s.Now().Sub(time.UnixMilli(c.EndedAt)) > lateAfter {
		reason = Late
	}
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
	return s.Texter.QueueText(ctx, tx, store.Message{
		ContactID: c.ContactID, ConversationID: c.ConversationID, Class: string(gate.Reply), CallID: c.ID,
		Body: compose(template, business.Name), Line: c.Line, Peer: c.Peer, Provider: c.Provider,
	})
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
