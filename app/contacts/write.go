package contacts

import (
	"context"
	"errors"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// CodeKnown is the code of the Conflict that Create returns when somebody with
// the same number or address is there already.
const CodeKnown = "known"

// CodeChanged is the code of the Conflict that Edit returns when somebody else
// saved in the meantime.
const CodeChanged = "changed"

// Creation is how a contact is to be created.
type Creation struct {
	Key    string // of the form: sent twice, it acts once
	Anyway bool   // though somebody with the same number or address is there
}

// Create adds a contact and returns its id. It refuses with a Conflict of
// CodeKnown when somebody with the same number or address is there already,
// unless told to go on, or nobody's numbers are shown to the actor.
//
// It is nobody's contact, or the actor's where they could not see it otherwise.
func (s *Service) Create(ctx context.Context, actor access.Actor, in Person, how Creation) (string, error) {
	owner := ""
	if !access.May(actor, access.ContactsWrite, access.Object{}) || !access.May(actor, access.ContactsRead, access.Object{}) {
		owner = actor.ID
	}
	may := func(*store.Tx) error { return access.Allow(actor, access.ContactsWrite, access.Object{Owner: owner}) }
	country, err := s.country(ctx)
	if err != nil {
		return "", err
	}
	person, err := in.read(country, nil)
	if err != nil {
		return "", err
	}
	now := s.Now().UnixMilli()
	c := store.Contact{
		ID: s.NewID(), Name: person.name, Company: person.company, About: person.about,
		Source: "manual", CreatedBy: actor.ID, OwnerID: owner, CreatedAt: now, UpdatedAt: now, LastActivityAt: now,
	}
	s.stamp(&person, now)
	act := s.act(actor, EventCreated, c.ID, c.ID, now)
	return s.once(ctx, how.Key, c.ID, now, may, func(tx *store.Tx) error {
		if phones, emails := person.keys(); !how.Anyway && asks(actor) {
			known, err := tx.ContactsWith(ctx, phones, emails)
			if err != nil {
				return err
			}
			if len(known) > 0 {
				return &errs.Error{Kind: errs.Conflict, Code: CodeKnown, Message: "Someone with this number or address is here already."}
			}
		}
		if err := tx.InsertContact(ctx, c, person.phones, person.emails); err != nil {
			return err
		}
		return act.record(ctx, tx)
	})
}

// Edit saves what the editor of a version made of a contact. It refuses with a
// Conflict of CodeChanged when there is a newer version.
func (s *Service) Edit(ctx context.Context, actor access.Actor, id string, version int64, in Person) error {
	if _, err := mayEdit(ctx, &s.Store.Reader, actor, id); err != nil {
		return err
	}
	country, err := s.country(ctx)
	if err != nil {
		return err
	}
	kept, err := s.Store.ContactPhones(ctx, id)
	if err != nil {
		return err
	}
	person, err := in.read(country, kept)
	if err != nil {
		return err
	}
	now := s.Now().UnixMilli()
	s.stamp(&person, now)
	act := s.act(actor, EventChanged, id, id, now)
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		c, err := mayEdit(ctx, &tx.Reader, actor, id)
		if err != nil {
			return err
		}
		c.Name, c.Company, c.About, c.Version, c.UpdatedAt = person.name, person.company, person.about, version, now
		if err := tx.UpdateContact(ctx, c, person.phones, person.emails); err != nil {
			return err
		}
		return act.record(ctx, tx)
	})
	if errors.Is(err, store.ErrConflict) {
		return &errs.Error{Kind: errs.Conflict, Code: CodeChanged, Message: "Someone else saved this contact while you were editing.", Err: err}
	}
	return err
}

// Block stops texts to a contact, also the automatic ones; Unblock allows them
// again. Doing it twice changes nothing.
func (s *Service) Block(ctx context.Context, actor access.Actor, id string) error {
	now := s.Now().UnixMilli()
	return s.change(ctx, actor, EventBlocked, id, now, func(tx *store.Tx, c store.Contact) (bool, error) {
		return c.BlockedAt == 0, tx.SetBlocked(ctx, id, now)
	})
}

// Unblock undoes Block.
func (s *Service) Unblock(ctx context.Context, actor access.Actor, id string) error {
	return s.change(ctx, actor, EventUnblocked, id, s.Now().UnixMilli(), func(tx *store.Tx, c store.Contact) (bool, error) {
		return c.BlockedAt != 0, tx.SetBlocked(ctx, id, 0)
	})
}

// Restrict limits what may be done with a contact's data to keeping it, and
// says why. A restriction survives a restored backup.
func (s *Service) Restrict(ctx context.Context, actor access.Actor, id, reason string) error {
	reason = text(reason)
	fields := map[string]string{}
	limit(fields, "reason", reason, maxLine)
	if reason == "" {
		fields["reason"] = "Say why, so that whoever lifts it can judge."
	}
	if len(fields) > 0 {
		return &errs.Error{Kind: errs.Invalid, Message: "The restriction needs a reason.", Fields: fields}
	}
	now := s.Now().UnixMilli()
	return s.change(ctx, actor, EventRestricted, id, now, func(tx *store.Tx, c store.Contact) (bool, error) {
		if c.RestrictedAt != 0 {
			return false, nil
		}
		if err := tx.SetRestriction(ctx, id, reason, now); err != nil {
			return false, err
		}
		return true, s.Restrictions.NoteRestriction(ctx, tx, id, true, now)
	})
}

// Unrestrict undoes Restrict.
func (s *Service) Unrestrict(ctx context.Context, actor access.Actor, id string) error {
	now := s.Now().UnixMilli()
	return s.change(ctx, actor, EventUnrestricted, id, now, func(tx *store.Tx, c store.Contact) (bool, error) {
		if c.RestrictedAt == 0 {
			return false, nil
		}
		if err := tx.SetRestriction(ctx, id, "", 0); err != nil {
			return false, err
		}
		return true, s.Restrictions.NoteRestriction(ctx, tx, id, false, now)
	})
}

// change runs one change of a contact in a transaction; do tells whether there
// was anything to change.
func (s *Service) change(ctx context.Context, actor access.Actor, kind, id string, now int64, do func(*store.Tx, store.Contact) (bool, error)) error {
	act := s.act(actor, kind, id, id, now)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		c, err := mayDo(ctx, &tx.Reader, actor, access.ContactsWrite, id)
		if err != nil {
			return err
		}
		if changed, err := do(tx, c); err != nil || !changed {
			return err
		}
		return act.record(ctx, tx)
	})
}

// stamp gives new phones and emails their ids and their age.
func (s *Service) stamp(r *record, now int64) {
	for i := range r.phones {
		r.phones[i].ID, r.phones[i].CreatedAt = s.NewID(), now
	}
	for i := range r.emails {
		r.emails[i].ID, r.emails[i].CreatedAt = s.NewID(), now
	}
}
