package contacts

import (
	"context"
	"errors"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/mention"
	"stead/app/people"
	"stead/store"
)

// AddNote writes a note on a contact's card, which is their conversation. A
// colleague whose name stands in it after an @, and who may see the contact, is
// told. key is the form's: sent twice, it acts once.
func (s *Service) AddNote(ctx context.Context, actor access.Actor, contactID, body, key string) (Saved, error) {
	body, err := noteBody(body)
	if err != nil {
		return Saved{}, err
	}
	now := s.Now().UnixMilli()
	conversationID := s.NewID()
	note := store.Note{ID: s.NewID(), ContactID: contactID, Body: body, Author: actor.ID, CreatedAt: now}
	staff, err := s.people(ctx)
	if err != nil {
		return Saved{}, err
	}
	told := mention.Find(body, staff, s.NewID)
	act := s.act(actor, EventNoted, note.ID, contactID, now)
	may := func(tx *store.Tx) error {
		_, err := mayDo(ctx, &tx.Reader, actor, access.ContactsWrite, contactID)
		return err
	}
	made, err := s.once(ctx, key, note.ID, now, may, func(tx *store.Tx) error {
		v, err := tx.EnsureConversation(ctx, contactID, conversationID, now)
		if err != nil {
			return err
		}
		note := note
		note.ConversationID = v.ID
		watch := func(u *store.Undoing) error { return u.Watch(ctx, "notes", "id", note.ID) }
		return act.undoable(ctx, tx, watch, func() error {
			if err := tx.InsertNote(ctx, note); err != nil {
				return err
			}
			if err := tx.IndexText(ctx, "note", note.ID, contactID, note.Body); err != nil {
				return err
			}
			if err := told.Tell(ctx, tx, note, actor.ID, now); err != nil {
				return err
			}
			if err := tx.MoveConversation(ctx, v.ID, store.Move{At: now}); err != nil {
				return err
			}
			return tx.TouchContact(ctx, contactID, now)
		})
	})
	if err != nil || made != note.ID {
		return Saved{ID: made}, err
	}
	return Saved{ID: made, Undo: act.undo.ID}, nil
}

// Note returns a note of a contact whose words the actor may change.
func (s *Service) Note(ctx context.Context, actor access.Actor, contactID, id string) (store.Note, error) {
	return mayNote(ctx, &s.Store.Reader, actor, contactID, id)
}

// EditNote saves the words of the version of a note that the editor saw: a
// Conflict of CodeChanged says that somebody else saved in between.
func (s *Service) EditNote(ctx context.Context, actor access.Actor, contactID, id, body string, version int64) (Saved, error) {
	body, err := noteBody(body)
	if err != nil {
		return Saved{}, err
	}
	staff, err := s.people(ctx)
	if err != nil {
		return Saved{}, err
	}
	told := mention.Find(body, staff, s.NewID)
	saved, err := s.renote(ctx, actor, contactID, id, EventNoteChanged, func(tx *store.Tx, n store.Note, now int64) (bool, error) {
		if n.Body == body {
			return false, nil
		}
		n.Body, n.Version = body, version
		if err := tx.SaveNote(ctx, n, now); err != nil {
			return false, err
		}
		if err := tx.IndexText(ctx, "note", n.ID, contactID, body); err != nil {
			return false, err
		}
		return true, told.Tell(ctx, tx, n, actor.ID, now)
	})
	if errors.Is(err, store.ErrConflict) {
		err = &errs.Error{Kind: errs.Conflict, Code: CodeChanged, Message: "Someone else saved this note while you were editing.", Err: err}
	}
	return saved, err
}

// PinNote has a note stay on top of the card, or no longer.
func (s *Service) PinNote(ctx context.Context, actor access.Actor, contactID, id string, pinned bool) (Saved, error) {
	kind := EventNotePinned
	if !pinned {
		kind = EventNoteUnpinned
	}
	return s.renote(ctx, actor, contactID, id, kind, func(tx *store.Tx, _ store.Note, now int64) (bool, error) {
		return tx.PinNote(ctx, id, pinned, now)
	})
}

// DeleteNote puts a note into the bin.
func (s *Service) DeleteNote(ctx context.Context, actor access.Actor, contactID, id string) (Saved, error) {
	return s.renote(ctx, actor, contactID, id, EventNoteDeleted, func(tx *store.Tx, _ store.Note, now int64) (bool, error) {
		gone, err := tx.BinNote(ctx, id, now)
		if err != nil || !gone {
			return gone, err
		}
		return true, tx.UnindexText(ctx, "note", id)
	})
}

// renote runs one change of a note; do tells whether it changed anything.
func (s *Service) renote(ctx context.Context, actor access.Actor, contactID, id, kind string, do func(*store.Tx, store.Note, int64) (bool, error)) (Saved, error) {
	now := s.Now().UnixMilli()
	act := s.act(actor, kind, id, contactID, now)
	saved := Saved{ID: id}
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		saved.Undo = ""
		n, err := mayNote(ctx, &tx.Reader, actor, contactID, id)
		if err != nil {
			return err
		}
		changed := false
		watch := func(u *store.Undoing) error {
			if err := u.Watch(ctx, "notes", "id", id); err != nil {
				return err
			}
			return u.Watch(ctx, "note_mentions", "note_id", id)
		}
		err = act.undoable(ctx, tx, watch, func() (err error) {
			changed, err = do(tx, n, now)
			if err == nil && !changed {
				err = errSame
			}
			return err
		})
		if err == nil {
			saved.Undo = act.undo.ID
		}
		return err
	})
	if errors.Is(err, errSame) {
		return Saved{ID: id}, nil
	}
	return saved, err
}

// errSame ends a transaction that has nothing to write.
var errSame = errors.New("contacts: nothing to change")

// mayNote returns a note of a contact that the actor may change: one that is
// not in the bin, whose words they may see.
func mayNote(ctx context.Context, r *store.Reader, actor access.Actor, contactID, id string) (store.Note, error) {
	c, err := mayDo(ctx, r, actor, access.ContactsWrite, contactID)
	if err != nil {
		return store.Note{}, err
	}
	n, err := r.Note(ctx, id)
	if err != nil {
		return store.Note{}, err
	}
	if n.ContactID != contactID || n.DeletedAt != 0 {
		return store.Note{}, store.ErrNotFound
	}
	if !access.Sees(actor, c.OwnerID) {
		return store.Note{}, &errs.Error{Kind: errs.Denied, Message: "Your role does not show this contact's personal data, so it cannot change it either."}
	}
	return n, nil
}

func noteBody(body string) (string, error) {
	body = people.Text(body)
	fields := map[string]string{}
	limit(fields, "body", body, maxText)
	if body == "" {
		fields["body"] = "Write something first."
	}
	if len(fields) > 0 {
		return "", &errs.Error{Kind: errs.Invalid, Message: "The note cannot be saved like this.", Fields: fields}
	}
	return body, nil
}
