package contacts

import (
	"context"
	"net/http"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/notes"
	"stead/app/web"
	"stead/store"
	"stead/views/ui"
)

// Notebook is what colleagues write about contacts. Such a note stands in their
// conversation.
func (s *Service) Notebook() notes.Book {
	return notes.Book{
		Store: s.Store, Now: s.Now, NewID: s.NewID, Add: mayAddNote, Change: mayChangeNotes,
		Kinds: notes.Kinds{
			Noted: EventNoted, Changed: EventNoteChanged, Pinned: EventNotePinned, Unpinned: EventNoteUnpinned, Deleted: EventNoteDeleted,
		},
		Record: func(n store.Note) string { return n.ContactID },
		Touch: func(ctx context.Context, tx *store.Tx, n *store.Note) error {
			v, err := tx.EnsureConversation(ctx, n.ContactID, s.NewID(), n.CreatedAt)
			if err != nil {
				return err
			}
			n.ConversationID = v.ID
			if err := tx.MoveConversation(ctx, v.ID, store.Move{At: n.CreatedAt}); err != nil {
				return err
			}
			return tx.TouchContact(ctx, n.ContactID, n.CreatedAt)
		},
	}
}

func mayAddNote(ctx context.Context, r *store.Reader, actor access.Actor, id string) (store.Note, error) {
	_, err := mayDo(ctx, r, actor, access.ContactsWrite, id)
	return store.Note{ContactID: id}, err
}

// mayChangeNotes is mayAddNote for what is written already, which takes seeing it.
func mayChangeNotes(ctx context.Context, r *store.Reader, actor access.Actor, id string) (store.Note, error) {
	c, err := mayDo(ctx, r, actor, access.ContactsWrite, id)
	if err == nil && !access.Sees(actor, c.OwnerID) {
		err = &errs.Error{Kind: errs.Denied, Message: "Your role does not show this contact's personal data, so it cannot change it either."}
	}
	return store.Note{ContactID: id}, err
}

func (s *Service) notePages() notes.Pages {
	return notes.Pages{
		Book: s.Notebook(), Path: contactPath, Part: "#activity", Nav: "contacts",
		Refused: func(w http.ResponseWriter, r *http.Request, in ui.NoteTyped) error {
			of := typed{note: in.Body, noteProblem: in.Problem}
			if web.Partial(r) {
				return s.renderActivity(w, r, http.StatusUnprocessableEntity, Place{}, of, nil)
			}
			return s.renderCard(w, r, http.StatusUnprocessableEntity, Place{}, of)
		},
		Done: func(w http.ResponseWriter, r *http.Request, sentence string, saved notes.Saved) error {
			done := Saved(saved)
			if web.Partial(r) { // with the note as it is now
				return s.renderActivity(w, r, http.StatusOK, Place{}, typed{}, &done)
			}
			s.Say.Change(r, sentence, done.Undo)
			web.SeeOther(w, r, contactPath(r.PathValue("id"))+"#activity")
			return nil
		},
	}
}
