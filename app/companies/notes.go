package companies

import (
	"context"
	"net/http"

	"stead/app/access"
	"stead/app/notes"
	"stead/app/web"
	"stead/store"
	"stead/views/ui"
)

// Notebook is what colleagues write about companies.
func (s *Service) Notebook() notes.Book {
	may := func(ctx context.Context, r *store.Reader, actor access.Actor, id string) (store.Note, error) {
		_, err := mayEdit(ctx, r, actor, id)
		return store.Note{CompanyID: id}, err
	}
	return notes.Book{
		Store: s.Store, Now: s.Now, NewID: s.NewID, Add: may, Change: may,
		Kinds: notes.Kinds{
			Noted: EventNoted, Changed: EventNoteChanged, Pinned: EventNotePinned, Unpinned: EventNoteUnpinned, Deleted: EventNoteDeleted,
		},
		Record: func(n store.Note) string { return n.CompanyID },
		Touch: func(ctx context.Context, tx *store.Tx, n *store.Note) error {
			return tx.TouchCompany(ctx, n.CompanyID, n.CreatedAt)
		},
	}
}

// Notes returns a page of the notes of a company, and those that are pinned. Who
// may not see its personal data sees that there are some.
func (s *Service) Notes(ctx context.Context, actor access.Actor, id, after string) (notes.List, error) {
	c, err := mayRead(ctx, &s.Store.Reader, actor, id)
	if err != nil {
		return notes.List{}, err
	}
	return s.Notebook().List(ctx, s.Store.CompanyNotes, id, after, notes.Sight{
		Sees: access.Sees(actor, c.OwnerID), May: c.DeletedAt == 0 && access.May(actor, access.ContactsWrite, access.Object{Owner: c.OwnerID}),
	})
}

func (s *Service) notePages() notes.Pages {
	return notes.Pages{
		Book: s.Notebook(), Path: companyPath, Part: "#notes", Nav: "companies",
		Refused: func(w http.ResponseWriter, r *http.Request, in ui.NoteTyped) error {
			return s.renderWith(w, r, http.StatusUnprocessableEntity, "", in)
		},
		Done: func(w http.ResponseWriter, r *http.Request, sentence string, saved notes.Saved) error {
			return s.Say.Done(w, r, companyPath(r.PathValue("id"))+"#notes", sentence, saved.Undo)
		},
	}
}

// notesOf is the part of the card with the notes; in is what was refused.
func (s *Service) notesOf(r *http.Request, sh shower, id string, in ui.NoteTyped) (ui.Notes, error) {
	list, err := s.Notes(r.Context(), web.Actor(r), id, r.URL.Query().Get("notes"))
	if err != nil {
		return ui.Notes{}, err
	}
	return s.notePages().Show(r, sh.clock, id, list, in), nil
}
