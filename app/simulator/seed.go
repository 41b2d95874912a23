package simulator

import (
	"context"
	"fmt"
	"time"

	"stead/app/access"
	"stead/store"
)

// EventSeeded says that an invented person was added.
const EventSeeded = "demo.person_added"

const provider = "twilio"

// Seed adds the invented people and what was said with them, once: a business
// that has contacts is left alone.
func (s *Service) Seed(ctx context.Context, actor access.Actor, author string) error {
	if err := access.Allow(actor, access.DemoRun, access.Object{}); err != nil {
		return err
	}
	now := s.Now()
	for i, r := range cast {
		if _, _, err := s.Store.ContactByPhone(ctx, store.MatchKey(r.number, r.number)); err == nil {
			continue
		}
		p := s.play(i, r, author, now)
		if err := s.Store.InTx(ctx, func(tx *store.Tx) error { return p.write(ctx, tx, actor) }); err != nil {
			return fmt.Errorf("person %d: %w", i, err)
		}
	}
	return nil
}

// scene is a person with all rows ready: ids and times are made before the
// transaction, which may run twice.
type scene struct {
	contact   store.Contact
	phones    []store.Phone
	emails    []store.Email
	thread    string
	calls     []store.Call
	messages  []store.Message
	notes     []store.Note
	decisions []store.Decision
	moves     []store.Move
	began     int64
	event     store.Event
}

func (s *Service) play(i int, r role, author string, now time.Time) scene {
	began := now.Add(-time.Duration(10+i) * day)
	if len(r.lines) > 0 {
		began = now.Add(-r.lines[0].ago)
	}
	at := began.UnixMilli()
	id := s.NewID()
	p := scene{thread: s.NewID(), began: at}
	p.contact = store.Contact{
		ID: id, Name: r.name, Company: r.company, About: r.about, Source: "demo", Version: 1,
		CreatedAt: at, UpdatedAt: at, LastActivityAt: at,
	}
	p.phones = []store.Phone{{
		ID: s.NewID(), ContactID: id, Typed: r.number, E164: r.number, MatchKey: store.MatchKey(r.number, r.number),
		SMSState: "unknown", CreatedAt: at,
	}}
	if r.email != "" {
		p.emails = []store.Email{{ID: s.NewID(), ContactID: id, Typed: r.email, MatchKey: r.email, CreatedAt: at}}
	}
	for _, l := range r.lines {
		s.line(&p, r, l, author, now.Add(-l.ago).UnixMilli())
	}
	p.event = store.Event{ID: s.NewID(), Kind: EventSeeded, Subject: id, ContactID: id, At: now.UnixMilli(), Data: "{}"}
	return p
}

func (s *Service) line(p *scene, r role, l line, author string, at int64) {
	p.contact.LastActivityAt = at
	m := store.Message{
		ID: s.NewID(), ContactID: p.contact.ID, ConversationID: p.thread, Channel: "sms", Body: l.text, Line: s.Line, Peer: r.number,
		Provider: provider, ProviderRef: s.NewID(), Segments: 1, CreatedAt: at, UpdatedAt: at,
	}
	switch l.kind {
	case "in":
		m.Direction, m.State = "in", store.MessageReceived
		p.messages = append(p.messages, m)
		p.moves = append(p.moves, store.Move{At: at, Unread: 1, Waits: true})
	case "out", "auto":
		m.Direction, m.State, m.Rank, m.Class, m.SentAt = "out", store.MessageDelivered, 5, "reply", at
		if l.kind == "auto" {
			m.CallID, m.Body = p.calls[len(p.calls)-1].ID, missedText
		} else {
			m.Author = author
		}
		p.messages = append(p.messages, m)
		p.moves = append(p.moves, store.Move{At: at, Answered: l.kind == "out"})
	case "note":
		p.notes = append(p.notes, store.Note{ID: s.NewID(), ContactID: p.contact.ID, ConversationID: p.thread, Body: l.text, Author: author, CreatedAt: at})
		p.moves = append(p.moves, store.Move{At: at})
	case "missed", "answered":
		s.called(p, r, l, at)
	}
}

const missedText = "Sorry we missed your call. This is Fern Street Bicycles: how can we help? Reply here and we will answer. Reply STOP to get no more texts."

func (s *Service) called(p *scene, r role, l line, at int64) {
	c := store.Call{
		ID: s.NewID(), ContactID: p.contact.ID, ConversationID: p.thread, Provider: provider, ProviderRef: s.NewID(),
		Direction: "in", Line: s.Line, Peer: r.number, Outcome: store.CallMissed, Cause: "no-answer", StartedAt: at, EndedAt: at + 18_000,
	}
	if l.kind == "answered" {
		c.Outcome, c.Cause, c.Seconds, c.EndedAt = store.CallAnswered, "", 164, at+164_000
	} else {
		p.decisions = append(p.decisions, store.Decision{
			CallID: c.ID, ContactID: p.contact.ID, ConversationID: p.thread, Verdict: "texted", Wording: "open", At: at + 18_000,
		})
	}
	p.calls = append(p.calls, c)
	p.moves = append(p.moves, store.Move{At: at, Unread: unread(l), Waits: l.kind == "missed", Answered: l.kind == "answered"})
}

func unread(l line) int64 {
	if l.kind == "missed" {
		return 1
	}
	return 0
}

func (p scene) write(ctx context.Context, tx *store.Tx, actor access.Actor) error {
	if err := tx.InsertContact(ctx, p.contact, p.phones, p.emails); err != nil {
		return err
	}
	if len(p.moves) > 0 {
		if err := p.talk(ctx, tx); err != nil {
			return err
		}
	}
	p.event.Actor = actor.ID
	return tx.Record(ctx, p.event)
}

func (p scene) talk(ctx context.Context, tx *store.Tx) error {
	if _, err := tx.EnsureConversation(ctx, p.contact.ID, p.thread, p.began); err != nil {
		return err
	}
	for _, c := range p.calls {
		if err := tx.InsertCall(ctx, c); err != nil {
			return err
		}
	}
	for _, m := range p.messages {
		if err := tx.InsertMessage(ctx, m); err != nil {
			return err
		}
	}
	for _, n := range p.notes {
		if err := tx.InsertNote(ctx, n); err != nil {
			return err
		}
	}
	for _, d := range p.decisions {
		if err := tx.InsertDecision(ctx, d); err != nil {
			return err
		}
	}
	for _, m := range p.moves {
		if err := tx.MoveConversation(ctx, p.thread, m); err != nil {
			return err
		}
	}
	if last := p.moves[len(p.moves)-1]; last.Answered || !last.Waits {
		return tx.MarkRead(ctx, p.thread)
	}
	return nil
}
