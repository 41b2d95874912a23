package contacts

import (
	"context"
	"errors"

	"stead/app/access"
	"stead/store"
)

// act is what is recorded of a change: the event and the audit entry. It is
// made before the transaction, which may run twice.
type act struct {
	event store.Event
	audit store.AuditEntry
}

func (s *Service) act(actor access.Actor, kind, subject, contactID string, at int64) act {
	return act{
		event: store.Event{ID: s.NewID(), Kind: kind, Subject: subject, ContactID: contactID, Actor: actor.ID, At: at},
		audit: store.AuditEntry{Action: kind, Actor: actor.ID, Object: subject, ContactID: contactID, At: at},
	}
}

func (a act) record(ctx context.Context, tx *store.Tx) error {
	if err := tx.Emit(ctx, a.event); err != nil {
		return err
	}
	return tx.Audit(ctx, a.audit)
}

// once runs do in a transaction that also notes the key of the form. A form
// that was sent before returns what it made then and does nothing; whoever may
// not do it is refused all the same.
func (s *Service) once(ctx context.Context, key, result string, now int64, may, do func(*store.Tx) error) (string, error) {
	made := result
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		made = result
		if err := may(tx); err != nil {
			return err
		}
		if key != "" {
			before, err := tx.FormResult(ctx, key)
			if err == nil {
				made = before
				return nil
			}
			if !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		if err := do(tx); err != nil || key == "" {
			return err
		}
		return tx.UseFormKey(ctx, key, result, now)
	})
	if err != nil {
		return "", err
	}
	return made, nil
}
