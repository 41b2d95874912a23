package companies

import (
	"context"
	"errors"
	"unicode/utf8"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/mention"
	"stead/app/people"
	"stead/app/veil"
	"stead/store"
)

const (
	notesSize = 20
	maxNote   = 10_000 // characters
)

// Notes are what colleagues wrote about a company, the newest first.
type Notes struct {
	Pinned, Rows []store.Note
	Next         string // After of the older ones
	People       access.People
	May          bool // the actor may write, and change what is written
}

// Notes returns a page of the notes of a company, and those that are pinned. Who
// may not see its personal data sees that there are some.
func (s *Service) Notes(ctx context.Context, actor access.Actor, id, after string) (Notes, error) {
	c, err := mayRead(ctx, &s.Store.Reader, actor, id)
	if err != nil {
		return Notes{}, err
	}
	var out Notes
	if out.Pinned, err = s.Store.CompanyNotes(ctx, id, true, store.Page{Limit: notesSize}); err != nil {
		return out, err
	}
	if out.Rows, err = s.Store.CompanyNotes(ctx, id, false, store.Page{After: after, Limit: notesSize + 1}); err != nil {
		return out, err
	}
	if len(out.Rows) > notesSize {
		out.Rows = out.Rows[:notesSize]
		out.Next = out.Rows[notesSize-1].Cursor()
	}
	if sees := access.Sees(actor, c.OwnerID); !sees {
		for _, list := range [][]store.Note{out.Pinned, out.Rows} {
			for i := range list {
				list[i].Body = veil.Hidden
			}
		}
	} else {
		out.May = c.DeletedAt == 0 && access.May(actor, access.ContactsWrite, access.Object{Owner: c.OwnerID})
	}
	out.People, err = s.people(ctx)
	return out, err
}

// AddNote writes a note about a company. Colleagues whom it names after an @, and
// who may see the company, are told. A form that comes twice makes one.
func (s *Service) AddNote(ctx context.Context, actor access.Actor, id, body, key string) (Saved, error) {
	body, told, err := s.noted(ctx, body)
	if err != nil {
		return Saved{}, err
	}
	if _, err := mayEdit(ctx, &s.Store.Reader, actor, id); err != nil {
		return Saved{}, err
	}
	noteID := s.NewID()
	act := s.act(actor, EventNoted, id)
	note := store.Note{ID: noteID, CompanyID: id, Body: body, Author: actor.ID, CreatedAt: act.at}
	made, err := s.Store.Once(ctx, key, noteID, act.at, func(tx *store.Tx) error {
		if _, err := mayEdit(ctx, &tx.Reader, actor, id); err != nil {
			return err
		}
		watch := func(u *store.Undoing) error { return u.Watch(ctx, "notes", "id", noteID) }
		return act.undoable(ctx, tx, watch, func() error {
			if err := tx.InsertNote(ctx, note); err != nil {
				return err
			}
			if err := told.Tell(ctx, tx, note, actor.ID, act.at); err != nil {
				return err
			}
			return tx.TouchCompany(ctx, id, act.at)
		})
	})
	if err != nil || made != noteID {
		return Saved{ID: made}, err
	}
	return Saved{ID: made, Undo: act.id}, nil
}

// Note returns a note of a company that the actor may change.
func (s *Service) Note(ctx context.Context, actor access.Actor, id, noteID string) (store.Note, error) {
	return mayNote(ctx, &s.Store.Reader, actor, id, noteID)
}

// EditNote saves the words of the version of a note that its editor saw: a
// Conflict of CodeChanged says that somebody else saved in between.
func (s *Service) EditNote(ctx context.Context, actor access.Actor, id, noteID, body string, version int64) (Saved, error) {
	body, told, err := s.noted(ctx, body)
	if err != nil {
		return Saved{}, err
	}
	saved, err := s.renote(ctx, actor, EventNoteChanged, id, noteID, func(tx *store.Tx, n store.Note, at int64) (bool, error) {
		if n.Body == body {
			return false, nil
		}
		n.Body, n.Version = body, version
		if err := tx.SaveNote(ctx, n, at); err != nil {
			return false, err
		}
		return true, told.Tell(ctx, tx, n, actor.ID, at)
	})
	if errors.Is(err, store.ErrConflict) {
		err = &errs.Error{Kind: errs.Conflict, Code: CodeChanged, Message: "Someone else saved this note while you were editing.", Err: err}
	}
	return saved, err
}

// PinNote has a note stay on top, or no longer.
func (s *Service) PinNote(ctx context.Context, actor access.Actor, id, noteID string, pinned bool) (Saved, error) {
	kind := EventNotePinned
	if !pinned {
		kind = EventNoteUnpinned
	}
	return s.renote(ctx, actor, kind, id, noteID, func(tx *store.Tx, _ store.Note, at int64) (bool, error) {
		return tx.PinNote(ctx, noteID, pinned, at)
	})
}

// DeleteNote puts a note into the bin.
func (s *Service) DeleteNote(ctx context.Context, actor access.Actor, id, noteID string) (Saved, error) {
	return s.renote(ctx, actor, EventNoteDeleted, id, noteID, func(tx *store.Tx, _ store.Note, at int64) (bool, error) {
		gone, err := tx.BinNote(ctx, noteID, at)
		if err != nil || !gone {
			return gone, err
		}
		return true, tx.UnindexText(ctx, "note", noteID)
	})
}

// errSame ends a transaction that has nothing to write.
var errSame = errors.New("companies: nothing to change")

// renote runs one change of a note; do tells whether it changed anything.
func (s *Service) renote(ctx context.Context, actor access.Actor, kind, id, noteID string, do func(*store.Tx, store.Note, int64) (bool, error)) (Saved, error) {
	act := s.act(actor, kind, noteID)
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		n, err := mayNote(ctx, &tx.Reader, actor, id, noteID)
		if err != nil {
			return err
		}
		watch := func(u *store.Undoing) error { return u.Watch(ctx, "notes", "id", noteID) }
		return act.undoable(ctx, tx, watch, func() error {
			changed, err := do(tx, n, act.at)
			if err == nil && !changed {
				err = errSame
			}
			return err
		})
	})
	if errors.Is(err, errSame) {
		return Saved{ID: noteID}, nil
	}
	return Saved{ID: noteID, Undo: act.id}, err
}

// mayNote returns a note of a company that the actor may change, and that is not
// in the bin.
func mayNote(ctx context.Context, r *store.Reader, actor access.Actor, id, noteID string) (store.Note, error) {
	if _, err := mayEdit(ctx, r, actor, id); err != nil {
		return store.Note{}, err
	}
	n, err := r.Note(ctx, noteID)
	if err == nil && (n.CompanyID != id || n.DeletedAt != 0) {
		err = store.ErrNotFound
	}
	return n, err
}

// noted reads what was written, and whom it names.
func (s *Service) noted(ctx context.Context, body string) (string, mention.Told, error) {
	body = people.Text(body)
	problem := ""
	switch n := utf8.RuneCountInString(body); {
	case n == 0:
		problem = "Write something first."
	case n > maxNote:
		problem = "That is too long: 10,000 characters are the most."
	}
	if problem != "" {
		return "", mention.Told{}, &errs.Error{Kind: errs.Invalid, Message: "The note cannot be saved like this.", Fields: map[string]string{"body": problem}}
	}
	staff, err := s.people(ctx)
	return body, mention.Find(body, staff, s.NewID), err
}
