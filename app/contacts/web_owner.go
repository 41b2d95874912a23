package contacts

import (
	"context"
	"net/http"

	"stead/app/access"
	"stead/app/assign"
	"stead/app/errs"
	"stead/store"
	"stead/views/ui"
)

// ownerOf is who looks after a contact and to whom the actor can give it; nil
// while there is nobody to share the work with.
func ownerOf(actor access.Actor, c Card) *ui.Owner {
	if c.People == nil {
		return nil
	}
	return assign.Record{Path: contactPath(c.ID), Topic: "person:" + c.ID, OwnerID: c.OwnerID, People: c.People, Holders: c.Holders}.Owner(actor)
}

// ownerPages say who looks after a contact, and give it to somebody else.
func (s *Service) ownerPages() assign.Pages {
	return assign.Pages{
		Nav: "contacts", Path: contactPath, List: "/contacts", Gone: "Assigned. You do not see this contact any more.", Read: access.ContactsRead,
		Owner: func(ctx context.Context, actor access.Actor, id string) (*ui.Owner, error) {
			c, err := mayRead(ctx, &s.Store.Reader, actor, id)
			if err != nil {
				return nil, err
			}
			card := Card{Card: store.Card{Contact: c}}
			err = s.staff(ctx, actor, &card)
			return ownerOf(actor, card), err
		},
		Assign: func(ctx context.Context, actor access.Actor, id, to string) (string, error) {
			saved, err := s.Assign(ctx, actor, id, to)
			return saved.Undo, err
		},
		Refused: func(w http.ResponseWriter, r *http.Request, err error) error {
			if errs.KindOf(err) != errs.Invalid {
				return err
			}
			return s.renderCard(w, r, http.StatusUnprocessableEntity, Place{}, typed{problem: errs.Message(err)})
		},
		Say: s.Say,
	}
}
