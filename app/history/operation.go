package history

import (
	"context"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// Operation returns long work of the actor's own; anybody else's is not there.
func (s *Service) Operation(ctx context.Context, actor access.Actor, id string) (store.Operation, error) {
	return own(ctx, &s.Store.Reader, actor, id)
}

// Operations lists what the actor had done, the latest first.
func (s *Service) Operations(ctx context.Context, actor access.Actor, page store.Page) ([]store.Operation, error) {
	return s.Store.OperationsOf(ctx, actor.ID, page)
}

// Cancel stops long work before its next step. What was done stays, and can be
// taken back where the work is of that kind.
func (s *Service) Cancel(ctx context.Context, actor access.Actor, id string) error {
	at, eventID := s.Now().UnixMilli(), s.NewID()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		op, err := own(ctx, &tx.Reader, actor, id)
		if err != nil || op.Ended() {
			return err
		}
		on, err := tx.CancelOperation(ctx, id, at)
		if err != nil || !on {
			return err
		}
		return s.note(ctx, tx, EventStopped, id, "", actor.ID, eventID, at)
	})
}

func own(ctx context.Context, r *store.Reader, actor access.Actor, id string) (store.Operation, error) {
	op, err := r.Operation(ctx, id)
	if err != nil {
		return op, err
	}
	if actor.Nobody() || op.Actor != actor.ID {
		return op, &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
	}
	return op, nil
}
