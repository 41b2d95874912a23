package contacts

import (
	"context"
	"encoding/json"

	"stead/app/access"
	"stead/store"
)

// Saved is what a change left: whom it is about, and what takes it back. An
// empty Undo: nothing was changed.
type Saved struct{ ID, Undo string }

// act is what is recorded of a change, and how it is taken back. It is made before
// the transaction, which may run twice.
type act struct {
	event store.Event
	undo  store.Undo
}

func (s *Service) act(actor access.Actor, kind, subject, contactID string, at int64) act {
	return act{
		event: store.Event{ID: s.NewID(), Kind: kind, Subject: subject, ContactID: contactID, Actor: actor.ID, At: at},
		undo:  store.Undo{ID: s.NewID(), Kind: kind, Actor: actor.ID, ContactID: contactID, At: at},
	}
}

// with is the act whose event says more; data holds ids and names of parts only.
func (a act) with(data any) act {
	if text, err := json.Marshal(data); err == nil {
		a.event.Data = string(text)
	}
	return a
}

func (a act) record(ctx context.Context, tx *store.Tx) error { return tx.Record(ctx, a.event) }

// undoable runs the writes of a change so that it can be taken back, and records
// it. watch names the rows that it may touch.
func (a act) undoable(ctx context.Context, tx *store.Tx, watch func(*store.Undoing) error, do func() error) error {
	return tx.RecordUndoable(ctx, a.undo, a.event, watch, do)
}

// once runs do in a transaction that also notes the key of the form. A form
// that was sent before returns what it made then and does nothing; whoever may
// not do it is refused all the same.
func (s *Service) once(ctx context.Context, key, result string, now int64, may, do func(*store.Tx) error) (string, error) {
	made := ""
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		err := may(tx)
		if err != nil {
			return err
		}
		made, err = tx.Once(ctx, key, result, now, func() error { return do(tx) })
		return err
	})
	if err != nil {
		return "", err
	}
	return made, nil
}
