package inbox

import (
	"context"
	"encoding/json"

	"stead/app/access"
	"stead/store"
)

// Assign has somebody answer a conversation; an empty id: nobody. Of two who
// assign at once, the last one decides. It is errs.Invalid when the colleague has
// gone, and for an actor who would show themselves personal data by taking it.
func (s *Service) Assign(ctx context.Context, actor access.Actor, id, userID string) error {
	data, err := json.Marshal(map[string]string{"to": userID})
	if err != nil {
		return err
	}
	now := s.Now().UnixMilli()
	event := store.Event{ID: s.NewID(), Kind: EventAssigned, Subject: id, Actor: actor.ID, At: now, Data: string(data)}
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		v, err := s.conversation(ctx, &tx.Reader, actor, id, access.InboxAssign)
		if err != nil || v.OwnerID == userID {
			return err
		}
		if err := access.MayAssign(ctx, &tx.Reader, actor, v.OwnerID, userID, access.InboxRead); err != nil {
			return err
		}
		if err := tx.AssignConversation(ctx, id, userID); err != nil {
			return err
		}
		event := event
		event.ContactID = v.ContactID
		return tx.Record(ctx, event)
	})
}
