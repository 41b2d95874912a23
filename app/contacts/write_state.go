package contacts

import (
	"context"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/people"
	"stead/store"
)

// Block stops texts to a contact, also the automatic ones; Unblock allows them
// again. Doing it twice changes nothing.
func (s *Service) Block(ctx context.Context, actor access.Actor, id string) (Saved, error) {
	return s.block(ctx, actor, EventBlocked, id)
}

// Unblock undoes Block.
func (s *Service) Unblock(ctx context.Context, actor access.Actor, id string) (Saved, error) {
	return s.block(ctx, actor, EventUnblocked, id)
}

func (s *Service) block(ctx context.Context, actor access.Actor, kind, id string) (Saved, error) {
	now := s.Now().UnixMilli()
	act := s.act(actor, kind, id, id, now)
	saved, since := Saved{ID: id}, now
	if kind == EventUnblocked {
		since = 0
	}
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		saved.Undo = ""
		c, err := mayDo(ctx, &tx.Reader, actor, access.ContactsWrite, id)
		if err != nil || (c.BlockedAt != 0) == (since != 0) {
			return err
		}
		saved.Undo = act.undo.ID
		watch := func(u *store.Undoing) error { return u.Watch(ctx, "contacts", "id", id) }
		return act.undoable(ctx, tx, watch, func() error { return tx.SetBlocked(ctx, id, since) })
	})
	return saved, err
}

// Restrict limits what may be done with a contact's data to keeping it, and
// says why. A restriction survives a restored backup; only Unrestrict ends it.
func (s *Service) Restrict(ctx context.Context, actor access.Actor, id, reason string) error {
	reason = people.Text(reason)
	fields := map[string]string{}
	limit(fields, "reason", reason, maxLine)
	if reason == "" {
		fields["reason"] = "Say why, so that whoever lifts it can judge."
	}
	if len(fields) > 0 {
		return &errs.Error{Kind: errs.Invalid, Message: "The restriction needs a reason.", Fields: fields}
	}
	now := s.Now().UnixMilli()
	return s.restrict(ctx, actor, EventRestricted, id, reason, now)
}

// Unrestrict undoes Restrict.
func (s *Service) Unrestrict(ctx context.Context, actor access.Actor, id string) error {
	return s.restrict(ctx, actor, EventUnrestricted, id, "", s.Now().UnixMilli())
}

func (s *Service) restrict(ctx context.Context, actor access.Actor, kind, id, reason string, now int64) error {
	act := s.act(actor, kind, id, id, now)
	on := kind == EventRestricted
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		c, err := mayDo(ctx, &tx.Reader, actor, access.ContactsWrite, id)
		if err != nil || (c.RestrictedAt != 0) == on {
			return err
		}
		since := now
		if !on {
			since = 0
		}
		if err := tx.SetRestriction(ctx, id, reason, since); err != nil {
			return err
		}
		if err := s.Restrictions.NoteRestriction(ctx, tx, id, on, now); err != nil {
			return err
		}
		return act.record(ctx, tx)
	})
}
