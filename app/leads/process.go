package leads

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"stead/app/custom"
	"stead/app/errs"
	"stead/app/people"
	"stead/store"
)

// making is a lead that was understood, before anything is written.
type making struct {
	lead     store.LeadRow
	source   store.LeadSource
	made     Made
	person   people.Person
	open     Open
	subjects []string // by which the ledger knows somebody erased
	hashes   []string // of the addresses that the consents are for
	ids      map[string]string
	owner    string // of the deal, once it is made
	at       int64
}

// Process has a deal made of a lead that was received: all that belongs to it in
// one transaction, once, however often it is called. What cannot be made is marked
// as failed, with the reason. An error leaves the lead as it is, for Resume.
func (s *Service) Process(ctx context.Context, id string) error {
	l, err := s.Store.Lead(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && l.State != store.LeadReceived {
		return nil
	}
	if err != nil {
		return err
	}
	src, err := s.Store.LeadSource(ctx, l.SourceID)
	if errors.Is(err, store.ErrNotFound) || err == nil && src.DeletedAt != 0 {
		return s.fail(ctx, l, reasonSource)
	}
	if err != nil {
		return err
	}
	m, problems, err := s.prepare(ctx, src, readAnswers(l.Answers))
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return s.fail(ctx, l, reasonOf(problems))
	}
	m.lead = l
	if src.OptIn && l.ConfirmedAt == 0 { // what nobody confirmed is no consent
		m.made.Consents = nil
	}
	err = s.Store.InTx(ctx, func(tx *store.Tx) error { return s.make(ctx, tx, m) })
	switch kind := errs.KindOf(err); {
	case errors.Is(err, store.ErrConflict): // somebody else did it meanwhile
		return nil
	case kind == errs.Invalid:
		return s.fail(ctx, l, reasonOf(keyed(src, errs.Fields(err))))
	}
	return err
}

// reasonOf is the code of problems: those that stand at no answer are the source's.
func reasonOf(problems map[string]string) string {
	if _, its := problems[""]; its && len(problems) == 1 {
		return reasonSource
	}
	return reasonInvalid
}

// about is by what answers are understood.
func (s *Service) about(ctx context.Context) (About, error) {
	b, err := s.Store.Business(ctx)
	if err != nil {
		return About{}, err
	}
	fields, err := s.Store.Fields(ctx, "contact")
	return About{Country: b.Country, Fields: fields, How: custom.For(b.Country)}, err
}

// prepare understands answers, writes nothing, and tells by key what is wrong.
func (s *Service) prepare(ctx context.Context, src store.LeadSource, answers []Answer) (making, map[string]string, error) {
	m := making{source: src, at: s.Now().UnixMilli(), ids: map[string]string{}}
	about, err := s.about(ctx)
	if err != nil {
		return m, nil, err
	}
	made, problems := Compose(src, answers)
	m.made = made
	var wrong map[string]string
	m.person, wrong = made.understand(src, about)
	for key, text := range wrong {
		if problems[key] == "" {
			problems[key] = text
		}
	}
	if err := s.opening(ctx, &m, problems); err != nil || len(problems) > 0 {
		return m, problems, err
	}
	for _, name := range []string{"contact", "provenance", "note", "task", "created", "done", "notice"} {
		m.ids[name] = s.NewID()
	}
	m.person.Stamp(s.NewID, m.at)
	return m, problems, s.hash(ctx, &m)
}

// opening understands the deal.
func (s *Service) opening(ctx context.Context, m *making, problems map[string]string) error {
	all, err := s.Store.Pipelines(ctx)
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.ID == m.source.PipelineID {
			m.made.Deal.Currency = p.Currency
		}
	}
	if m.made.Deal.Currency == "" {
		problems[""] = "Its pipeline has gone. Choose another one in the settings."
		return nil
	}
	m.open, err = s.Deals(ctx, m.made.Deal)
	if errs.KindOf(err) != errs.Invalid {
		return err
	}
	for key, text := range keyed(m.source, errs.Fields(err)) {
		if problems[key] == "" {
			problems[key] = text
		}
	}
	return nil
}

// hash makes what is kept, and asked for, as keyed hashes.
func (s *Service) hash(ctx context.Context, m *making) error {
	phones, emails := m.person.Keys()
	if any, err := s.Store.AnyForgotten(ctx); err != nil {
		return err
	} else if any && m.source.Kind == store.LeadWebhook {
		for _, key := range append(append([]string{}, phones...), emails...) {
			subject, err := s.Forgotten(key)
			if err != nil {
				return err
			}
			m.subjects = append(m.subjects, subject)
		}
	}
	for _, c := range m.made.Consents {
		keys := phones
		if c.Channel == "email" {
			keys = emails
		}
		hash := ""
		if len(keys) > 0 {
			var err error
			if hash, err = s.Vault.TryHash(c.Channel, keys[0]); err != nil {
				return err
			}
		}
		m.hashes = append(m.hashes, hash)
	}
	return nil
}

// make writes all that a lead becomes.
func (s *Service) make(ctx context.Context, tx *store.Tx, m making) error {
	l, err := tx.Lead(ctx, m.lead.ID)
	if err != nil || l.State != store.LeadReceived || l.Version != m.lead.Version {
		return err
	}
	erased, err := tx.Forgotten(ctx, m.subjects)
	if err != nil {
		return err
	}
	if len(erased) > 0 { // what other systems send does not bring back who was erased
		l.Answers = writeAnswers(nil)
		return s.end(ctx, tx, l, store.LeadDiscarded, reasonErased, m)
	}
	contact, err := s.known(ctx, tx, m.person)
	switch {
	case err != nil:
		return err
	case contact.BlockedAt != 0:
		return s.end(ctx, tx, l, store.LeadDiscarded, reasonBlocked, m)
	case contact.RestrictedAt != 0:
		return s.end(ctx, tx, l, store.LeadFailed, reasonRestricted, m)
	}
	owner, err := s.ownerOf(ctx, tx, m.source, contact.OwnerID)
	if err != nil {
		return err
	}
	m.owner = owner
	if l.ContactID, err = s.contact(ctx, tx, m, contact, owner); err != nil {
		return err
	}
	party := Party{ContactID: l.ContactID, OwnerID: owner}
	if v, err := tx.ConversationOf(ctx, l.ContactID); err == nil {
		party.ConversationID = v.ID
	} else if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if l.DealID, err = m.open(ctx, tx, party); err != nil {
		return err
	}
	if err := s.beside(ctx, tx, m, l, owner); err != nil {
		return err
	}
	return s.end(ctx, tx, l, store.LeadDone, "", m)
}

// known finds whose number or address it is: nobody's is the zero value. Who is in
// the bin comes back.
func (s *Service) known(ctx context.Context, tx *store.Tx, p people.Person) (store.Contact, error) {
	phones, emails := p.Keys()
	found, err := tx.MatchesOf(ctx, store.Everything, store.Likeness{Phones: phones, Emails: emails, NameKey: store.Fold(p.Name)}, 1)
	if err != nil {
		return store.Contact{}, err
	}
	if len(found) > 0 {
		return tx.Contact(ctx, found[0].ID)
	}
	for _, key := range phones {
		c, err := tx.Caller(ctx, key)
		if err == nil || !errors.Is(err, store.ErrNotFound) {
			return c, err
		}
	}
	return store.Contact{}, nil
}

// contact makes a contact, or notes with the one that is there where this came
// from. Nothing that a stranger typed changes a card that is there: it stands in
// the note.
func (s *Service) contact(ctx context.Context, tx *store.Tx, m making, c store.Contact, owner string) (string, error) {
	from := store.Provenance{ID: m.ids["provenance"], ContactID: c.ID, Source: m.source.Kind, Ref: m.source.ID, At: m.at}
	if c.ID != "" {
		return c.ID, errors.Join(tx.InsertProvenance(ctx, from), tx.TouchContact(ctx, c.ID, m.at))
	}
	p := m.person
	if _, err := p.Settle(ctx, tx, people.By{Owner: owner, Source: m.source.Kind, At: m.at}); err != nil {
		return "", err
	}
	card := p.Card
	card.ID, card.Source, card.OwnerID = m.ids["contact"], m.source.Kind, owner
	card.CreatedAt, card.UpdatedAt, card.LastActivityAt = m.at, m.at, m.at
	from.ContactID = card.ID
	if err := tx.InsertCard(ctx, card, from); err != nil {
		return "", err
	}
	return card.ID, tx.Record(ctx, store.Event{ID: m.ids["created"], Kind: "contact.created", Subject: card.ID, ContactID: card.ID, Actor: me.ID, At: m.at})
}

// beside writes what stands beside the deal: consents, the note, the first task,
// and the notice to whoever looks after it.
func (s *Service) beside(ctx context.Context, tx *store.Tx, m making, l store.LeadRow, owner string) error {
	for i, c := range m.made.Consents {
		if m.hashes[i] == "" {
			continue // to what address, nobody said
		}
		err := tx.InsertConsent(ctx, store.ConsentEvent{
			ID: s.NewID(), ContactID: l.ContactID, AddressHash: m.hashes[i], Channel: c.Channel, Purpose: "marketing", Act: "given",
			Source: m.source.Kind, Evidence: l.ID, Wording: c.Wording, At: l.ReceivedAt,
		})
		if err != nil {
			return err
		}
	}
	if m.made.Note != "" {
		n := store.Note{ID: m.ids["note"], ContactID: l.ContactID, DealID: l.DealID, Body: m.made.Note, CreatedAt: m.at}
		if err := tx.InsertNote(ctx, n); err != nil {
			return err
		}
	}
	if m.source.TaskTitle != "" {
		t := store.Task{
			ID: m.ids["task"], ContactID: l.ContactID, DealID: l.DealID, Kind: store.TaskToDo, Title: m.source.TaskTitle, OwnerID: owner,
			DueAt: m.at + m.source.TaskHours*time.Hour.Milliseconds(), CreatedAt: m.at,
		}
		if err := tx.InsertTask(ctx, t); err != nil {
			return err
		}
	}
	if owner == "" {
		return nil
	}
	return tx.Notify(ctx, store.Notification{ID: m.ids["notice"], UserID: owner, Kind: store.NoticeLead, Subject: l.DealID, ContactID: l.ContactID, At: m.at})
}

// end says what became of a lead.
func (s *Service) end(ctx context.Context, tx *store.Tx, l store.LeadRow, state, reason string, m making) error {
	l.State, l.Reason, l.UpdatedAt = state, reason, m.at
	if state != store.LeadFailed {
		l.SettledAt = m.at
	}
	if err := tx.SaveLead(ctx, l); err != nil {
		return err
	}
	e := store.Event{ID: m.ids["done"], Kind: eventOf(state), Subject: l.ID, ContactID: l.ContactID, Actor: me.ID, At: m.at}
	if l.DealID != "" {
		data, err := json.Marshal(struct {
			Deal string `json:"deal"`
			To   string `json:"to,omitempty"` // who looks after it
		}{l.DealID, m.owner})
		if err != nil {
			return err
		}
		e.Data = string(data)
	}
	if err := tx.Record(ctx, e); err != nil || state != store.LeadFailed {
		return err
	}
	return s.tell(ctx, tx, l.ID, m.at)
}

func eventOf(state string) string {
	switch state {
	case store.LeadDone:
		return EventDone
	case store.LeadDiscarded:
		return EventDiscarded
	}
	return EventFailed
}

// fail marks a lead as one that somebody has to mend.
func (s *Service) fail(ctx context.Context, l store.LeadRow, reason string) error {
	m := making{at: s.Now().UnixMilli(), ids: map[string]string{"done": s.NewID()}}
	err := s.Store.InTx(ctx, func(tx *store.Tx) error { return s.end(ctx, tx, l, store.LeadFailed, reason, m) })
	if errors.Is(err, store.ErrConflict) {
		return nil
	}
	return err
}

// Resume goes on with leads that a process which ended left behind, and forgets
// those that nobody confirmed in time. It is called every minute.
func (s *Service) Resume(ctx context.Context) error {
	now := s.Now()
	left, err := s.Store.LeadsReceived(ctx, now.Add(-10*time.Second).UnixMilli(), 100)
	if err != nil {
		return err
	}
	for _, id := range left {
		err = errors.Join(err, s.Process(ctx, id))
	}
	due, e := s.Store.HasUnconfirmedLeads(ctx, now.UnixMilli())
	if err = errors.Join(err, e); err != nil || !due {
		return err
	}
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		_, err := tx.DropUnconfirmedLeads(ctx, now.UnixMilli())
		return err
	})
}
