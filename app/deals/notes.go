package deals

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
	notesSize   = store.WholeNotes
	maxNoteText = 10_000 // characters
)

// Notes are what colleagues wrote about a deal, the newest first.
type Notes struct {
	Pinned, Rows []store.Note
	Next         string // After of the older ones
	People       access.People
	May          bool // the actor may write, and change what is written
}

// Notes returns a page of the notes of a deal, and those that are pinned. Who may
// not see its texts sees that there are some.
func (s *Service) Notes(ctx context.Context, actor access.Actor, id, after string) (Notes, error) {
	d, err := mayRead(ctx, &s.Store.Reader, actor, id)
	if err != nil {
		return Notes{}, err
	}
	return s.notesOn(ctx, actor, d, after)
}

// notesOn is Notes of a deal that the actor may see.
func (s *Service) notesOn(ctx context.Context, actor access.Actor, d store.Deal, after string) (out Notes, err error) {
	ctx, id := short(ctx), d.ID
	if out.Pinned, err = s.Store.DealNotes(ctx, id, true, store.Page{Limit: notesSize}); err != nil {
		return out, err
	}
	if out.Rows, err = s.Store.DealNotes(ctx, id, false, store.Page{After: after, Limit: notesSize + 1}); err != nil {
		return out, err
	}
	if out.People, err = s.people(ctx); err != nil {
		return out, err
	}
	return out.as(actor, d), nil
}

// notesIn is the first page of the notes of a deal that was read as a whole.
func (s *Service) notesIn(actor access.Actor, d Sight) Notes {
	return Notes{Pinned: d.whole.Pinned, Rows: d.whole.Notes, People: d.People}.as(actor, d.Deal)
}

// as is what an actor sees of notes, and may do with them.
func (out Notes) as(actor access.Actor, d store.Deal) Notes {
	if len(out.Rows) > notesSize {
		out.Rows = out.Rows[:notesSize]
		out.Next = out.Rows[notesSize-1].Cursor()
	}
	if !access.Sees(actor, d.OwnerID) {
		for _, list := range [][]store.Note{out.Pinned, out.Rows} {
			for i := range list {
				list[i].Body = veil.Hidden
			}
		}
		return out
	}
	out.May = d.DeletedAt == 0 && access.May(actor, access.DealsWrite, access.Object{Owner: d.OwnerID})
	return out
}

// AddNote writes a note about a deal, which is one about its person, too.
// Colleagues whom it names after an @, and who may see it, are told. A form that
// comes twice makes one.
func (s *Service) AddNote(ctx context.Context, actor access.Actor, id, body, key string) (Saved, error) {
	body, told, err := s.noted(ctx, body)
	if err != nil {
		return Saved{}, err
	}
	if _, err := mayWrite(ctx, &s.Store.Reader, actor, id); err != nil {
		return Saved{}, err
	}
	noteID, act := s.NewID(), s.act(actor, EventNoted, id)
	made, err := s.Store.Once(ctx, key, noteID, act.at, func(tx *store.Tx) error {
		d, err := mayWrite(ctx, &tx.Reader, actor, id)
		if err != nil {
			return err
		}
		note := store.Note{ID: noteID, DealID: id, ContactID: d.ContactID, Body: body, Author: actor.ID, CreatedAt: act.at}
		act := act
		act.contact = d.ContactID
		return act.watching(ctx, tx, "notes", noteID, func() error {
			if err := tx.InsertNote(ctx, note); err != nil {
				return err
			}
			if err := told.Tell(ctx, tx, note, actor.ID, act.at); err != nil {
				return err
			}
			return tx.TouchDeal(ctx, id, act.at)
		})
	})
	if err != nil || made != noteID {
		return Saved{ID: made}, err
	}
	return Saved{ID: made, Undo: act.id}, nil
}

// watching is undoable for a change of one row of a table.
func (a act) watching(ctx context.Context, tx *store.Tx, table, id string, do func() error) error {
	u := store.Undo{ID: a.id, Kind: a.kind, Actor: a.actor, ContactID: a.contact, At: a.at}
	e := store.Event{ID: a.id, Kind: a.kind, Subject: a.subject, ContactID: a.contact, Actor: a.actor, At: a.at}
	return tx.RecordUndoable(ctx, u, e, func(u *store.Undoing) error { return u.Watch(ctx, table, "id", id) }, do)
}

// Note returns a note of a deal that the actor may change.
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
	return s.renote(ctx, actor, EventNotePinned, id, noteID, func(tx *store.Tx, _ store.Note, at int64) (bool, error) {
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
var errSame = errors.New("deals: nothing to change")

// renote runs one change of a note; do tells whether it changed anything.
func (s *Service) renote(ctx context.Context, actor access.Actor, kind, id, noteID string, do func(*store.Tx, store.Note, int64) (bool, error)) (Saved, error) {
	act := s.act(actor, kind, id)
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		n, err := mayNote(ctx, &tx.Reader, actor, id, noteID)
		if err != nil {
			return err
		}
		act := act
		act.contact = n.ContactID
		return act.watching(ctx, tx, "notes", noteID, func() error {
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

// mayWrite returns a deal about which the actor may write.
func mayWrite(ctx context.Context, r *store.Reader, actor access.Actor, id string) (store.Deal, error) {
	d, err := mayDo(ctx, r, actor, access.DealsWrite, id)
	if err == nil && !access.Sees(actor, d.OwnerID) {
		err = &errs.Error{Kind: errs.Denied, Message: "Your role does not show what is written about this deal."}
	}
	return d, err
}

// mayNote returns a note of a deal that the actor may change, and that is not in
// the bin.
func mayNote(ctx context.Context, r *store.Reader, actor access.Actor, id, noteID string) (store.Note, error) {
	if _, err := mayWrite(ctx, r, actor, id); err != nil {
		return store.Note{}, err
	}
	n, err := r.Note(ctx, noteID)
	if err == nil && (n.DealID != id || n.DeletedAt != 0) {
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
	case n > maxNoteText:
		problem = "That is too long: 10,000 characters are the most."
	}
	if problem != "" {
		return "", mention.Told{}, errs.Form(map[string]string{"body": problem})
	}
	staff, err := s.people(ctx)
	return body, mention.Find(body, staff, s.NewID), err
}
