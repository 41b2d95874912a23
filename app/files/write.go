package files

import (
	"context"
	"errors"
	"io"
	"slices"

	"stead/app/access"
	"stead/app/blob"
	"stead/app/errs"
	"stead/store"
)

// Batch is what somebody attaches at once: all of it or nothing.
type Batch struct {
	s       *Service
	actor   access.Actor
	on      On
	contact string // whose they are as well
	at      int64
	files   []store.File
}

// maxBatch is the most files of one form.
const maxBatch = 20

// Begin tells whether the actor may attach files to a record, before anything
// of them is read.
func (s *Service) Begin(ctx context.Context, actor access.Actor, on On) (*Batch, error) {
	if err := open(ctx, &s.Store.Reader, actor, access.ContactsWrite, on); err != nil {
		return nil, err
	}
	b := &Batch{s: s, actor: actor, on: on, contact: on.Contact, at: s.Now().UnixMilli()}
	if on.Deal == "" {
		return b, nil
	}
	d, err := s.Store.Deal(ctx, on.Deal)
	b.contact = d.ContactID
	return b, err
}

// Add keeps one file of the batch. It is errs.Invalid for one that is too large
// or of a type that is refused.
func (b *Batch) Add(ctx context.Context, name string, in io.Reader) error {
	if len(b.files) >= maxBatch {
		return errs.Field("file", "These are too many files at once: 20 is the most.")
	}
	f, err := b.s.Blobs.Put(ctx, in, store.File{
		ID: b.s.NewID(), Purpose: store.FileAttachment, ContactID: b.contact, CompanyID: b.on.Company, DealID: b.on.Deal,
		Name: name, CreatedBy: b.actor.ID, CreatedAt: b.at,
	})
	if err == nil {
		b.files = append(b.files, f)
	}
	return err
}

// Drop forgets a batch that comes to nothing.
func (b *Batch) Drop() {
	var ids []string
	for _, f := range b.files {
		ids = append(ids, f.ID)
	}
	b.s.Blobs.Discard(ids...)
	b.files = nil
}

// Attach puts the batch on the record. key is the form's: sent twice, it acts
// once. The id that it returns takes it back; none, when it was sent before.
func (b *Batch) Attach(ctx context.Context, key string) (undoID string, err error) {
	if len(b.files) == 0 {
		return "", errs.Field("file", "Choose a file first.")
	}
	undo := b.s.undo(b.actor, EventAdded, b.on, b.at)
	acts := make([]store.Event, len(b.files))
	for i, f := range b.files {
		acts[i] = b.s.act(b.actor, EventAdded, f, b.at)
	}
	var again bool
	err = b.s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := open(ctx, &tx.Reader, b.actor, access.ContactsWrite, b.on); err != nil {
			return err
		}
		if again, err = usedKey(ctx, tx, key, undo.ID, b.at); err != nil || again {
			return err
		}
		ids := make([]string, len(b.files))
		for i, f := range b.files {
			ids[i] = f.ID
		}
		return taking(ctx, tx, undo, ids, func() error {
			for i, f := range b.files {
				if err := errors.Join(tx.InsertFile(ctx, f), tx.Record(ctx, acts[i])); err != nil {
					return err
				}
			}
			return touch(ctx, tx, b.on, b.at)
		})
	})
	if err != nil || again {
		b.Drop()
		return "", err
	}
	return undo.ID, nil
}

// usedKey notes the key of a form, and tells whether that was done before.
func usedKey(ctx context.Context, tx *store.Tx, key, result string, at int64) (bool, error) {
	if key == "" {
		return false, nil
	}
	_, err := tx.FormResult(ctx, key)
	if !errors.Is(err, store.ErrNotFound) {
		return err == nil, err
	}
	return false, tx.UseFormKey(ctx, key, result, at)
}

// touch notes that something happened with the record.
func touch(ctx context.Context, tx *store.Tx, on On, at int64) error {
	switch {
	case on.Deal != "":
		return tx.TouchDeal(ctx, on.Deal, at)
	case on.Contact != "":
		return tx.TouchContact(ctx, on.Contact, at)
	}
	return tx.TouchCompany(ctx, on.Company, at)
}

// act is what is recorded of a change.
func (s *Service) act(actor access.Actor, kind string, f store.File, at int64) store.Event {
	return store.Event{ID: s.NewID(), Kind: kind, Subject: f.ID, ContactID: f.ContactID, Actor: actor.ID, At: at}
}

func (s *Service) undo(actor access.Actor, kind string, on On, at int64) store.Undo {
	return store.Undo{ID: s.NewID(), Kind: kind, Actor: actor.ID, ContactID: on.Contact, At: at}
}

// taking does a change of files that can be taken back.
func taking(ctx context.Context, tx *store.Tx, undo store.Undo, ids []string, do func() error) error {
	u, err := tx.Undoable(ctx, undo)
	if err != nil {
		return err
	}
	if err := u.Watch(ctx, "files", "id", ids...); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return u.Close(ctx)
}

// Rename calls a file something else; its ending stays, so that it still opens.
// It returns the file and the id of what takes the change back.
func (s *Service) Rename(ctx context.Context, actor access.Actor, id, name string) (f store.File, undoID string, err error) {
	return s.change(ctx, actor, id, EventRenamed, func(tx *store.Tx, f store.File) error {
		if blob.CleanName(name) == "file" && name != "file" {
			return &errs.Error{Kind: errs.Invalid, Message: "The file needs a name.", Fields: map[string]string{"name": "Enter a name."}}
		}
		return tx.RenameFile(ctx, id, blob.WithEnding(name, f.Name))
	})
}

// Delete puts a file into the bin. It returns the file and the id of what brings
// it back.
func (s *Service) Delete(ctx context.Context, actor access.Actor, id string) (f store.File, undoID string, err error) {
	at := s.Now().UnixMilli()
	return s.change(ctx, actor, id, EventDeleted, func(tx *store.Tx, _ store.File) error { return tx.BinFile(ctx, id, at) })
}

func (s *Service) change(ctx context.Context, actor access.Actor, id, kind string, do func(*store.Tx, store.File) error) (f store.File, undoID string, err error) {
	at, eventID, undo := s.Now().UnixMilli(), s.NewID(), s.NewID()
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		if f, err = attachment(ctx, &tx.Reader, actor, access.ContactsWrite, id); err != nil {
			return err
		}
		act := store.Event{ID: eventID, Kind: kind, Subject: id, ContactID: f.ContactID, Actor: actor.ID, At: at}
		u := store.Undo{ID: undo, Kind: kind, Actor: actor.ID, ContactID: f.ContactID, At: at}
		return taking(ctx, tx, u, slices.Clone([]string{id}), func() error {
			if err := do(tx, f); err != nil {
				return err
			}
			return tx.Record(ctx, act)
		})
	})
	return f, undo, err
}
