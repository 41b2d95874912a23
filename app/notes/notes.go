// Package notes is how colleagues write about a record: whom they name, what
// takes it back, and the pages on which it is done. What a record is, and who may
// write about it, is said by the capability that has it.
package notes

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/mention"
	"stead/app/people"
	"stead/store"
)

// CodeChanged is the Conflict of a note that somebody else saved meanwhile.
const CodeChanged = "changed"

const maxBody = 10_000 // characters

// Kinds are the events of the notes of one kind of record.
type Kinds struct{ Noted, Changed, Pinned, Unpinned, Deleted string }

// May returns what each note about a record holds of it, when the actor may write
// about it.
type May func(ctx context.Context, r *store.Reader, actor access.Actor, id string) (store.Note, error)

// Book are the notes of one kind of record.
type Book struct {
	Store *store.Store
	Now   func() time.Time
	NewID func() string
	Kinds Kinds

	Add    May // who may write a note
	Change May // who may change one
	// Record is the id of the record that a note is about.
	Record func(store.Note) string
	// Touch does what else a new note does to its record, and fills in what the
	// note holds of that.
	Touch func(ctx context.Context, tx *store.Tx, n *store.Note) error
}

// Saved is what a change left: the note, and what takes the change back. An empty
// Undo: nothing was changed.
type Saved struct{ ID, Undo string }

// AddNote writes a note about a record. Colleagues whom it names after an @, and
// who may see the record, are told. A form that comes twice makes one note.
func (b Book) AddNote(ctx context.Context, actor access.Actor, id, body, key string) (Saved, error) {
	body, told, err := b.read(ctx, body)
	if err != nil {
		return Saved{}, err
	}
	if _, err := b.Add(ctx, &b.Store.Reader, actor, id); err != nil {
		return Saved{}, err // also when the form came before, and whatever it made then
	}
	noteID, act := b.NewID(), b.act(actor, b.Kinds.Noted)
	made, err := b.Store.Once(ctx, key, noteID, act.at, func(tx *store.Tx) error {
		n, err := b.Add(ctx, &tx.Reader, actor, id)
		if err != nil {
			return err
		}
		n.ID, n.Body, n.Author, n.CreatedAt = noteID, body, actor.ID, act.at
		return act.do(ctx, tx, n, func() error {
			if err := b.Touch(ctx, tx, &n); err != nil {
				return err
			}
			if err := tx.InsertNote(ctx, n); err != nil {
				return err
			}
			return told.Tell(ctx, tx, n, actor.ID, act.at)
		})
	})
	if err != nil || made != noteID {
		return Saved{ID: made}, err
	}
	return Saved{ID: made, Undo: act.id}, nil
}

// Note returns a note about a record that the actor may change: one that is not in
// the bin.
func (b Book) Note(ctx context.Context, actor access.Actor, id, noteID string) (store.Note, error) {
	return b.note(ctx, &b.Store.Reader, actor, id, noteID)
}

func (b Book) note(ctx context.Context, r *store.Reader, actor access.Actor, id, noteID string) (store.Note, error) {
	if _, err := b.Change(ctx, r, actor, id); err != nil {
		return store.Note{}, err
	}
	n, err := r.Note(ctx, noteID)
	if err == nil && (b.Record(n) != id || n.DeletedAt != 0) {
		err = store.ErrNotFound
	}
	return n, err
}

// EditNote saves the words of the version of a note that its editor saw: a
// Conflict of CodeChanged says that somebody else saved in between.
func (b Book) EditNote(ctx context.Context, actor access.Actor, id, noteID, body string, version int64) (Saved, error) {
	body, told, err := b.read(ctx, body)
	if err != nil {
		return Saved{}, err
	}
	saved, err := b.change(ctx, actor, b.Kinds.Changed, id, noteID, func(tx *store.Tx, n store.Note, at int64) (bool, error) {
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
func (b Book) PinNote(ctx context.Context, actor access.Actor, id, noteID string, pinned bool) (Saved, error) {
	kind := b.Kinds.Pinned
	if !pinned {
		kind = b.Kinds.Unpinned
	}
	return b.change(ctx, actor, kind, id, noteID, func(tx *store.Tx, _ store.Note, at int64) (bool, error) {
		return tx.PinNote(ctx, noteID, pinned, at)
	})
}

// DeleteNote puts a note into the bin.
func (b Book) DeleteNote(ctx context.Context, actor access.Actor, id, noteID string) (Saved, error) {
	return b.change(ctx, actor, b.Kinds.Deleted, id, noteID, func(tx *store.Tx, _ store.Note, at int64) (bool, error) {
		gone, err := tx.BinNote(ctx, noteID, at)
		if err != nil || !gone {
			return gone, err
		}
		return true, tx.UnindexText(ctx, "note", noteID)
	})
}

// errSame ends a transaction that has nothing to write.
var errSame = errors.New("notes: nothing to change")

// change runs one change of a note; do tells whether it changed anything.
func (b Book) change(ctx context.Context, actor access.Actor, kind, id, noteID string, do func(*store.Tx, store.Note, int64) (bool, error)) (Saved, error) {
	act := b.act(actor, kind)
	err := b.Store.InTx(ctx, func(tx *store.Tx) error {
		n, err := b.note(ctx, &tx.Reader, actor, id, noteID)
		if err != nil {
			return err
		}
		return act.do(ctx, tx, n, func() error {
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

// read reads what was written, and whom it names.
func (b Book) read(ctx context.Context, body string) (string, mention.Told, error) {
	body = people.Text(body)
	switch n := utf8.RuneCountInString(body); {
	case n == 0:
		return "", mention.Told{}, errs.Field("body", "Write something first.")
	case n > maxBody:
		return "", mention.Told{}, errs.Field("body", "That is too long: 10,000 characters are the most.")
	}
	staff, err := b.Store.People(ctx)
	return body, mention.Find(body, staff, b.NewID), err
}

// act is a change as it is recorded, under the id that takes it back. It is made
// before the transaction, which may run twice.
type act struct {
	book            Book
	id, kind, actor string
	at              int64
}

func (b Book) act(actor access.Actor, kind string) act {
	return act{book: b, id: b.NewID(), kind: kind, actor: actor.ID, at: b.Now().UnixMilli()}
}

// do runs the writes of a change of a note so that it can be taken back, and
// records it.
func (a act) do(ctx context.Context, tx *store.Tx, n store.Note, do func() error) error {
	e := store.Event{ID: a.id, Kind: a.kind, Subject: a.book.subject(n), ContactID: n.ContactID, Actor: a.actor, At: a.at}
	u := store.Undo{ID: a.id, Kind: a.kind, ContactID: n.ContactID, Actor: a.actor, At: a.at}
	return tx.RecordUndoable(ctx, u, e, func(u *store.Undoing) error { return u.Watch(ctx, "notes", "id", n.ID) }, do)
}

// subject is the record that a note is about. A person stands in each event
// beside it, which can name the note itself then.
func (b Book) subject(n store.Note) string {
	if id := b.Record(n); id != n.ContactID {
		return id
	}
	return n.ID
}
