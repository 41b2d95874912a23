package contacts

import (
	"context"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// AddNote writes a note on a contact's card, which is their conversation. key
// is the form's: sent twice, it acts once.
func (s *Service) AddNote(ctx context.Context, actor access.Actor, contactID, body, key string) error {
	body = text(body)
	fields := map[string]string{}
	limit(fields, "body", body, maxText)
	if body == "" {
		fields["body"] = "Write something first."
	}
	if len(fields) > 0 {
		return &errs.Error{Kind: errs.Invalid, Message: "The note cannot be saved like this.", Fields: fields}
	}
	now := s.Now().UnixMilli()
	conversationID := s.NewID()
	note := store.Note{ID: s.NewID(), ContactID: contactID, Body: body, Author: actor.ID, CreatedAt: now}
	act := s.act(actor, EventNoted, note.ID, contactID, now)
	may := func(tx *store.Tx) error {
		_, err := mayDo(ctx, &tx.Reader, actor, access.ContactsWrite, contactID)
		return err
	}
	_, err := s.once(ctx, key, note.ID, now, may, func(tx *store.Tx) error {
		v, err := tx.EnsureConversation(ctx, contactID, conversationID, now)
		if err != nil {
			return err
		}
		note := note
		note.ConversationID = v.ID
		if err := tx.InsertNote(ctx, note); err != nil {
			return err
		}
		if err := tx.MoveConversation(ctx, v.ID, store.Move{At: now}); err != nil {
			return err
		}
		if err := tx.TouchContact(ctx, contactID, now); err != nil {
			return err
		}
		return act.record(ctx, tx)
	})
	return err
}

// FinishTask marks a task as done. One that is done already stays as it was.
func (s *Service) FinishTask(ctx context.Context, actor access.Actor, id string) error {
	return s.finish(ctx, actor, id, "")
}

// FinishTaskOf is FinishTask for a task of one contact: any other is NotFound.
func (s *Service) FinishTaskOf(ctx context.Context, actor access.Actor, contactID, id string) error {
	if contactID == "" {
		return store.ErrNotFound
	}
	return s.finish(ctx, actor, id, contactID)
}

func (s *Service) finish(ctx context.Context, actor access.Actor, id, contactID string) error {
	now := s.Now().UnixMilli()
	act := s.act(actor, EventTaskDone, id, "", now)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		task, err := tx.Task(ctx, id)
		if err != nil {
			return err
		}
		if contactID != "" && task.ContactID != contactID {
			return store.ErrNotFound
		}
		if err := access.Allow(actor, access.TasksWrite, access.Object{Owner: task.OwnerID}); err != nil || task.DoneAt != 0 {
			return err
		}
		if err := tx.FinishTask(ctx, id, actor.ID, now); err != nil {
			return err
		}
		act := act
		act.event.ContactID, act.audit.ContactID = task.ContactID, task.ContactID
		return act.record(ctx, tx)
	})
}
