package contacts

import (
	"context"
	"errors"

	"stead/app/access"
	"stead/store"
)

// Assign has somebody look after a contact; an empty id: nobody. The contact's
// conversation and open tasks go along where they were nobody's or the last
// one's and the actor may assign those. Of two who assign at once, the last one
// decides. It is errs.Invalid when the colleague has gone, and for an actor who
// would show themselves personal data by taking the contact.
func (s *Service) Assign(ctx context.Context, actor access.Actor, id, userID string) (Saved, error) {
	now := s.Now().UnixMilli()
	act := s.act(actor, EventAssigned, id, id, now)
	act = act.with(map[string]string{"to": userID})
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
		saved.Undo = act.undo.ID
		watch := func(u *store.Undoing) error {
			return errors.Join(u.Watch(ctx, "contacts", "id", id), u.Watch(ctx, "conversations", "contact_id", id), u.Watch(ctx, "tasks", "contact_id", id))
		}
		return act.undoable(ctx, tx, watch, func() error {
			if err := tx.AssignContact(ctx, id, userID, now); err != nil {
				return err
			}
			threads, tasks := access.Along(actor, access.InboxAssign, c.OwnerID), access.Along(actor, access.TasksWrite, c.OwnerID)
			return tx.HandOn(ctx, id, userID, threads, tasks)
		})
	})
	return saved, err
}

// holders lists those to whom the actor can give a contact; none, when they may
// not, or there is nobody to share work with.
func (s *Service) holders(ctx context.Context, actor access.Actor, c store.Contact) (access.People, error) {
	people, err := s.people(ctx)
	if err != nil || !people.Several() || !access.May(actor, access.ContactsAssign, access.Object{Owner: c.OwnerID}) {
		return nil, err
	}
	var may access.People
	for _, u := range people {
		if access.MayTake(actor, c.OwnerID, u.ID) == nil {
			may = append(may, u)
		}
	}
	return may.Holders(ctx, &s.Store.Reader, access.ContactsRead)
}

func (s *Service) people(ctx context.Context) (access.People, error) {
	users, err := s.Store.People(ctx)
	return users, err
}
