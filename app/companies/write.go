package companies

import (
	"context"
	"errors"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// Saved is what a change made: Undo takes it back, and is empty where nothing
// was changed.
type Saved struct{ ID, Undo string }

// Create adds a company. It refuses with a Conflict of CodeKnown when there is
// one of its name or domain, unless told to go on. It is nobody's, or the actor's
// where they could not see it otherwise. A form that comes twice makes one.
func (s *Service) Create(ctx context.Context, actor access.Actor, in Draft, key string, anyway bool) (Saved, error) {
	owner := ""
	if !access.May(actor, access.ContactsWrite, access.Object{}) || !access.May(actor, access.ContactsRead, access.Object{}) {
		owner = actor.ID
	}
	if err := access.Allow(actor, access.ContactsWrite, access.Object{Owner: owner}); err != nil {
		return Saved{}, err
	}
	c, err := s.understood(ctx, in)
	if err != nil {
		return Saved{}, err
	}
	c.ID, c.Source, c.CreatedBy, c.OwnerID = s.NewID(), "manual", actor.ID, owner
	act := s.act(actor, EventCreated, c.ID)
	c.CreatedAt, c.UpdatedAt, c.LastActivityAt = act.at, act.at, act.at
	id, err := s.Store.Once(ctx, key, c.ID, act.at, func(tx *store.Tx) error {
		if !anyway {
			known, err := tx.CompaniesLike(ctx, c.Name, c.Domain)
			if err != nil {
				return err
			}
			if len(known) > 0 {
				return &errs.Error{Kind: errs.Conflict, Code: CodeKnown, Message: "There is a company of this name or domain already."}
			}
		}
		watch := func(u *store.Undoing) error { return watchCompany(ctx, u, c.ID) }
		return act.undoable(ctx, tx, watch, func() error {
			return errors.Join(tx.InsertCompany(ctx, c.Company, c.points), c.notions(ctx, tx))
		})
	})
	if id != c.ID { // the form was sent before
		act.id = ""
	}
	return Saved{ID: id, Undo: act.id}, err
}

// understood reads a draft by the rules of the house.
func (s *Service) understood(ctx context.Context, in Draft) (record, error) {
	fields, err := s.Store.Fields(ctx, "company")
	if err != nil {
		return record{}, err
	}
	b, err := s.Store.Business(ctx)
	if err != nil {
		return record{}, err
	}
	return s.read(in, b.Country, fields)
}

// notions writes tags and fields.
func (c record) notions(ctx context.Context, tx *store.Tx) error {
	var ids []string
	for _, t := range c.tags {
		id, err := tx.EnsureTag(ctx, t)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	if err := tx.SetCompanyTags(ctx, c.ID, ids); err != nil {
		return err
	}
	for id, v := range c.values {
		if err := tx.SetValue(ctx, "company", c.ID, id, v); err != nil {
			return err
		}
	}
	return nil
}

// Edit saves what the editor of a version made of a company. It refuses with a
// Conflict of CodeChanged when there is a newer version. Its people show its new
// name: at once when they are few, else as long work.
func (s *Service) Edit(ctx context.Context, actor access.Actor, id string, version int64, in Draft) (Saved, error) {
	if _, err := mayEdit(ctx, &s.Store.Reader, actor, id); err != nil {
		return Saved{}, err
	}
	c, err := s.understood(ctx, in)
	if err != nil {
		return Saved{}, err
	}
	act, opID := s.act(actor, EventChanged, id), s.NewID()
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		old, err := mayEdit(ctx, &tx.Reader, actor, id)
		if err != nil {
			return err
		}
		now := old
		now.Name, now.Website, now.Domain, now.Industry, now.About = c.Name, c.Website, c.Domain, c.Industry, c.About
		now.Version, now.UpdatedAt = version, act.at
		c := record{Company: now, points: c.points, tags: c.tags, values: c.values}
		watch := func(u *store.Undoing) error { return watchCompany(ctx, u, id) }
		return act.undoable(ctx, tx, watch, func() error {
			if err := changed(tx.UpdateCompany(ctx, c.Company, c.points)); err != nil {
				return err
			}
			if err := errors.Join(c.notions(ctx, tx), tx.TouchCompany(ctx, id, act.at)); err != nil || now.Name == old.Name {
				return err
			}
			return s.spread(ctx, tx, id, opID, act.at)
		})
	})
	return Saved{id, act.id}, err
}

// Assign has somebody look after a company; an empty id: nobody. It is
// errs.Invalid when the colleague has gone, and for an actor who would show
// themselves personal data by taking it.
func (s *Service) Assign(ctx context.Context, actor access.Actor, id, userID string) (Saved, error) {
	act := s.act(actor, EventAssigned, id)
	saved := Saved{ID: id}
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		saved.Undo = ""
		c, err := mayDo(ctx, &tx.Reader, actor, access.ContactsAssign, id)
		if err != nil || c.OwnerID == userID {
			return err
		}
		if err := access.MayAssign(ctx, &tx.Reader, actor, c.OwnerID, userID, access.ContactsRead); err != nil {
			return err
		}
		saved.Undo = act.id
		watch := func(u *store.Undoing) error { return u.Watch(ctx, "companies", "id", id) }
		return act.undoable(ctx, tx, watch, func() error { return tx.AssignCompany(ctx, id, userID, act.at) })
	})
	return saved, err
}

// Delete puts a company into the bin for 30 days. Its people stay; their links
// come back with it.
func (s *Service) Delete(ctx context.Context, actor access.Actor, id string) (Saved, error) {
	act, opID := s.act(actor, EventDeleted, id), s.NewID()
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := mayDo(ctx, &tx.Reader, actor, access.ContactsDelete, id); err != nil {
			return err
		}
		watch := func(u *store.Undoing) error { return u.Watch(ctx, "companies", "id", id) }
		return act.undoable(ctx, tx, watch, func() error {
			if err := tx.BinCompany(ctx, id, actor.ID, act.at); err != nil {
				return err
			}
			return s.spread(ctx, tx, id, opID, act.at)
		})
	})
	return Saved{id, act.id}, err
}

// Restore takes a company out of the bin.
func (s *Service) Restore(ctx context.Context, actor access.Actor, id string) (Saved, error) {
	act, opID := s.act(actor, EventRestored, id), s.NewID()
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		c, err := mayRead(ctx, &tx.Reader, actor, id)
		if err != nil {
			return err
		}
		if err := access.Allow(actor, access.ContactsDelete, access.Object{Owner: c.OwnerID}); err != nil {
			return err
		}
		if c.DeletedAt == 0 {
			return &errs.Error{Kind: errs.Conflict, Code: "not_in_bin", Message: "This company is not in the bin."}
		}
		watch := func(u *store.Undoing) error { return u.Watch(ctx, "companies", "id", id) }
		return act.undoable(ctx, tx, watch, func() error {
			if err := tx.RestoreCompany(ctx, id); err != nil {
				return err
			}
			return s.spread(ctx, tx, id, opID, act.at)
		})
	})
	return Saved{id, act.id}, err
}
