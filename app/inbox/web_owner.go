package inbox

import (
	"context"
	"net/http"

	"stead/app/access"
	"stead/app/assign"
	"stead/app/errs"
	"stead/views/ui"
)

// ownerOf is who answers a conversation and to whom the actor can give it; nil
// while there is nobody to share the work with.
func ownerOf(actor access.Actor, t Thread) *ui.Owner {
	if !t.People.Several() && t.OwnerID == "" {
		return nil
	}
	return assign.Record{Path: threadPath(t.ID), Topic: "person:" + t.ContactID, OwnerID: t.OwnerID, People: t.People, Holders: t.Holders}.Owner(actor)
}

// ownerPages say who answers a conversation, and give it to somebody else.
func (s *Service) ownerPages() assign.Pages {
	return assign.Pages{
		Nav: "inbox", Path: threadPath, List: "/inbox", Gone: "Assigned. You do not see this conversation any more.", Read: access.InboxRead,
		Owner: func(ctx context.Context, actor access.Actor, id string) (*ui.Owner, error) {
			v, err := s.conversation(ctx, &s.Store.Reader, actor, id)
			if err != nil {
				return nil, err
			}
			t := Thread{Conversation: v, Rights: Rights{Assign: access.May(actor, access.InboxAssign, access.Object{Owner: v.OwnerID})}}
			err = s.staff(ctx, actor, &t)
			return ownerOf(actor, t), err
		},
		Assign: func(ctx context.Context, actor access.Actor, id, to string) (string, error) {
			return "", s.Assign(ctx, actor, id, to)
		},
		Refused: func(w http.ResponseWriter, r *http.Request, err error) error {
			if errs.KindOf(err) != errs.Invalid {
				return err
			}
			return s.page(w, r, http.StatusUnprocessableEntity, typed{owner: errs.Message(err)})
		},
		Say: s.Say,
	}
}
