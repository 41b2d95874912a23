package leads

import (
	"context"
	"errors"
	"strings"

	"stead/app/access"
	"stead/app/cards"
	"stead/app/errs"
	"stead/store"
)

// perPage is how many leads a page shows.
const perPage = 50

// List returns a page of leads of a state, the newest first, and the cursor of the
// next one. An empty state: all.
func (s *Service) List(ctx context.Context, actor access.Actor, state, after string) ([]store.LeadRow, string, error) {
	if err := mayRead(actor); err != nil {
		return nil, "", err
	}
	rows, err := s.Store.Leads(ctx, state, store.Page{After: after, Limit: perPage + 1})
	if err != nil || len(rows) <= perPage {
		return rows, "", err
	}
	return rows[:perPage], rows[perPage-1].Cursor(), nil
}

// Lead returns one lead with where it came from, or NotFound.
func (s *Service) Lead(ctx context.Context, actor access.Actor, id string) (store.LeadRow, store.LeadSource, error) {
	if err := mayRead(actor); err != nil {
		return store.LeadRow{}, store.LeadSource{}, err
	}
	l, err := s.Store.Lead(ctx, id)
	if err != nil {
		return l, store.LeadSource{}, err
	}
	src, err := s.Store.LeadSource(ctx, l.SourceID)
	if errors.Is(err, store.ErrNotFound) {
		return l, store.LeadSource{ID: l.SourceID, Kind: l.Kind, DeletedAt: 1}, nil
	}
	return l, src, err
}

// open tells that something can still be made of a lead.
func open(l store.LeadRow) bool {
	return l.State == store.LeadFailed || l.State == store.LeadDiscarded && l.Reason != reasonErased && l.Reason != reasonRefused
}

// Mend saves answers, by their keys, over those of a failed or discarded lead of
// the version that the editor saw, and tries it again. It is a Conflict of
// CodeChanged when something else became of it meanwhile. What became of it now
// stands in the lead that is returned.
func (s *Service) Mend(ctx context.Context, actor access.Actor, id string, version int64, typed map[string]string) (store.LeadRow, error) {
	l, src, err := s.Lead(ctx, actor, id)
	if err != nil {
		return l, err
	}
	if err := mayMend(actor, len(typed) > 0); err != nil {
		return l, err
	}
	if l.Version != version || !open(l) {
		return l, changed(store.ErrConflict, "lead")
	}
	l.Answers = writeAnswers(merged(src, readAnswers(l.Answers), typed))
	l.State, l.UpdatedAt, l.SettledAt, l.SettledBy = store.LeadReceived, s.Now().UnixMilli(), 0, ""
	if src.OptIn && l.ConfirmedAt == 0 && l.Reason == reasonNoMail {
		l.ReceivedAt = l.UpdatedAt
		answers := readAnswers(l.Answers)
		if err := s.ask(ctx, src, answers, &l); err != nil {
			return l, err
		}
		if l.State == store.LeadWaiting {
			s.often(addressOf(src, answers), &l)
		}
	}
	if l.State == store.LeadReceived {
		l.Reason = ""
	}
	act := s.act(actor, EventMended, id)
	asks := act
	asks.id, asks.kind, asks.actor = s.NewID(), EventWaiting, me.ID
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := changed(tx.SaveLead(ctx, l), "lead"); err != nil {
			return err
		}
		if l.State == store.LeadWaiting {
			if err := tx.Record(ctx, asks.event()); err != nil {
				return err
			}
		}
		return tx.Record(ctx, act.event())
	})
	if err != nil || l.State != store.LeadReceived {
		return l, err
	}
	if err := s.Process(ctx, id); err != nil {
		return l, err
	}
	return s.Store.Lead(ctx, id)
}

// merged are answers with those that were typed in their place.
func merged(src store.LeadSource, answers []Answer, typed map[string]string) []Answer {
	var out []Answer
	for _, a := range answers {
		if value, ok := typed[a.Key]; ok && a.Wording == "" {
			a.Value = cards.Mask(value)
			delete(typed, a.Key)
		}
		if strings.TrimSpace(a.Value) != "" {
			out = append(out, a)
		}
	}
	for _, f := range src.Fields {
		key := keyOf(src, f)
		if value := typed[key]; strings.TrimSpace(value) != "" && f.Kind != "consent" { // nobody else consents
			out = append(out, Answer{Key: key, Label: f.Label, Value: cards.Mask(value)})
		}
	}
	return out
}

// Discard has nothing made of a lead that failed or waits.
func (s *Service) Discard(ctx context.Context, actor access.Actor, id string, version int64) error {
	l, _, err := s.Lead(ctx, actor, id)
	if err != nil {
		return err
	}
	if err := mayMend(actor, false); err != nil {
		return err
	}
	if l.Version != version || l.State != store.LeadFailed && l.State != store.LeadWaiting {
		return changed(store.ErrConflict, "lead")
	}
	act := s.act(actor, EventDiscarded, id)
	l.State, l.Reason, l.SettledAt, l.SettledBy, l.UpdatedAt = store.LeadDiscarded, reasonByHand, act.at, actor.ID, act.at
	l.TokenHash, l.ConfirmUntil = "", 0
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := changed(tx.SaveLead(ctx, l), "lead"); err != nil {
			return err
		}
		return tx.Record(ctx, act.event())
	})
}

// Problems tells by key why nothing can be made of a lead as it is.
func (s *Service) Problems(ctx context.Context, l store.LeadRow, src store.LeadSource) (map[string]string, error) {
	_, problems, err := s.prepare(ctx, src, readAnswers(l.Answers))
	return problems, err
}

// Trial is what would be made of a message.
type Trial struct {
	Made     Made
	Answers  []Answer
	Problems map[string]string
	Known    store.Contact // who has the number or the address; the zero value: nobody
}

// Try tells what would be made of a message, and makes nothing: of the last one
// that came in where none is given. It is errs.Invalid when it is no JSON object,
// NotFound when none came in.
func (s *Service) Try(ctx context.Context, actor access.Actor, id, sample string) (Trial, error) {
	src, err := s.Source(ctx, actor, id)
	if err != nil {
		return Trial{}, err
	}
	if err := maySet(actor); err != nil {
		return Trial{}, err
	}
	var t Trial
	if strings.TrimSpace(sample) != "" {
		if t.Answers, err = Flatten([]byte(sample)); err != nil {
			return t, errs.Form(map[string]string{"sample": errs.Message(err)})
		}
	} else {
		if err := mayRead(actor); err != nil {
			return t, err
		}
		l, err := s.Store.LastLead(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return t, errs.Form(map[string]string{"sample": "Nothing came in yet. Paste a message to try."})
		}
		if err == nil && !access.Sees(actor, "") {
			return t, errs.Form(map[string]string{"sample": "Your role does not show what came in. Paste a message to try."})
		}
		if err != nil {
			return t, err
		}
		t.Answers = readAnswers(l.Answers)
	}
	m, problems, err := s.prepare(ctx, src, t.Answers)
	t.Made, t.Problems = m.made, problems
	if err != nil || len(problems) > 0 {
		return t, err
	}
	phones, emails := m.person.Keys()
	found, err := s.Store.MatchesOf(ctx, access.Scope(actor, access.ContactsRead), store.Likeness{Phones: phones, Emails: emails}, 1)
	if err == nil && len(found) > 0 {
		t.Known = store.Contact{ID: found[0].ID, Name: found[0].Name}
	}
	return t, err
}
