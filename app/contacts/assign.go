package contacts

import (
	"context"
	"encoding/json"

	"stead/app/access"
	"stead/store"
)

// Assign has somebody look after a contact; an empty id: nobody. The contact's
// conversation and open tasks go along where they were nobody's, and where they
// were the last one's if the actor may assign those. Of two who assign at once,
// the last one decides. It is errs.Invalid when the colleague has gone.
func (s *Service) Assign(ctx context.Context, actor access.Actor, id, userID string) error {
	now := s.Now().UnixMilli()
	act := s.act(actor, EventAssigned, id, id, now)
	data, err := json.Marshal(map[string]string{"to": userID})
	if err != nil {
		return err
	}
	act.event.Data = string(data)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		c, err := mayDo(ctx, &tx.Reader, actor, access.ContactsAssign, id)
		if err != nil || c.OwnerID == userID {
			return err
		}
		if userID != "" {
			if err := access.MayHold(ctx, &tx.Reader, userID, access.ContactsRead); err != nil {
				return err
			}
		}
		if err := tx.AssignContact(ctx, id, userID, now); err != nil {
			return err
		}
		from := c.OwnerID
		if !access.May(actor, access.InboxAssign, access.Object{Owner: from}) {
			from = ""
		}
		if err := tx.HandOn(ctx, id, from, userID); err != nil {
			return err
		}
		return act.record(ctx, tx)
	})
}

// holders lists those to whom the actor can give a contact; none, when they may
// not, or there is nobody to share work with.
func (s *Service) holders(ctx context.Context, actor access.Actor, c store.Contact) (access.People, error) {
	people, err := s.people(ctx)
	if err != nil || !people.Several() || !access.May(actor, access.ContactsAssign, access.Object{Owner: c.OwnerID}) {
		return nil, err
	}
	return people.Holders(ctx, &s.Store.Reader, access.ContactsRead)
}

func (s *Service) people(ctx context.Context) (access.People, error) {
	users, err := s.Store.People(ctx)
	return users, err
}
