package deals

import (
	"context"
	"errors"
	"net/http"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/notes"
	"stead/app/web"
	"stead/store"
	"stead/views/ui"
)

// Notebook is what colleagues write about deals. A note about a deal is one about
// its person, too.
func (s *Service) Notebook() notes.Book {
	may := func(ctx context.Context, r *store.Reader, actor access.Actor, id string) (store.Note, error) {
		d, err := mayWrite(ctx, r, actor, id)
		return store.Note{DealID: id, ContactID: d.ContactID}, err
	}
	return notes.Book{
		Store: s.Store, Now: s.Now, NewID: s.NewID, Add: may, Change: may,
		Kinds: notes.Kinds{
			Noted: EventNoted, Changed: EventNoteChanged, Pinned: EventNotePinned, Unpinned: EventNotePinned, Deleted: EventNoteDeleted,
		},
		Record: func(n store.Note) string { return n.DealID },
		Touch: func(ctx context.Context, tx *store.Tx, n *store.Note) error {
			return tx.TouchDeal(ctx, n.DealID, n.CreatedAt)
		},
	}
}

// Notes returns a page of the notes of a deal, and those that are pinned. Who may
// not see its texts sees that there are some.
func (s *Service) Notes(ctx context.Context, actor access.Actor, id, after string) (notes.List, error) {
	d, err := mayRead(ctx, &s.Store.Reader, actor, id)
	if err != nil {
		return notes.List{}, err
	}
	return s.notesOn(ctx, actor, d, after)
}

// notesOn is Notes of a deal that the actor may see.
func (s *Service) notesOn(ctx context.Context, actor access.Actor, d store.Deal, after string) (notes.List, error) {
	return s.Notebook().List(short(ctx), s.Store.DealNotes, d.ID, after, sight(actor, d))
}

func sight(actor access.Actor, d store.Deal) notes.Sight {
	return notes.Sight{
		Sees: access.Sees(actor, d.OwnerID), May: d.DeletedAt == 0 && access.May(actor, access.DealsWrite, access.Object{Owner: d.OwnerID}),
	}
}

func (s *Service) notePages() notes.Pages {
	return notes.Pages{
		Book: s.Notebook(), Path: dealPath, Part: "#notes", Nav: "deals",
		Refused: func(w http.ResponseWriter, r *http.Request, in ui.NoteTyped) error {
			return s.render(w, r, http.StatusUnprocessableEntity, "", in)
		},
		Done: func(w http.ResponseWriter, r *http.Request, sentence string, saved notes.Saved) error {
			return s.Say.Done(w, r, dealPath(r.PathValue("id"))+"#notes", sentence, saved.Undo)
		},
	}
}

// notesOf is the part of the page with the notes, of which the first ones were
// read with the deal; in is what was refused.
func (s *Service) notesOf(r *http.Request, sh shower, d Sight, in ui.NoteTyped) (ui.Notes, error) {
	actor := web.Actor(r)
	list := notes.Look(d.whole.Pinned, d.whole.Notes, d.People, sight(actor, d.Deal))
	if after := r.URL.Query().Get("notes"); after != "" {
		var err error
		if list, err = s.notesOn(r.Context(), actor, d.Deal, after); err != nil {
			return ui.Notes{}, err
		}
	}
	return s.notePages().Show(r, sh.clock, d.ID, list, in), nil
}

// mayWrite returns a deal about which the actor may write.
func mayWrite(ctx context.Context, r *store.Reader, actor access.Actor, id string) (store.Deal, error) {
	d, err := mayDo(ctx, r, actor, access.DealsWrite, id)
	if err == nil && !access.Sees(actor, d.OwnerID) {
		err = &errs.Error{Kind: errs.Denied, Message: "Your role does not show what is written about this deal."}
	}
	return d, err
}

// errSame ends a transaction that has nothing to write.
var errSame = errors.New("deals: nothing to change")
