package contacts

import (
	"context"

	"stead/app/access"
	"stead/store"
)

// FinishTask marks a task as done. One that is done already stays as it was.
func (s *Service) FinishTask(ctx context.Context, actor access.Actor, id string) error {
	return s.finish(ctx, actor, id, "")
}

// FinishTaskOf is FinishTask for a task of one contact: any other is NotFound.
func (s *Service) FinishTaskOf(ctx context.Context, actor access.Actor, contactID, id string) error {
	if contactID == "" {
		return store.ErrNotFound
	}
	return s.finish(ctx, actor, id, contactID)
}

func (s *Service) finish(ctx context.Context, actor access.Actor, id, contactID string) error {
	if s.Finish != nil {
		_, err := s.Finish(ctx, actor, contactID, id)
		return err
	}
	now := s.Now().UnixMilli()
	act := s.act(actor, EventTaskDone, id, "", now)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		task, err := tx.Task(ctx, id)
		if err != nil {
			return err
		}
		if contactID != "" && task.ContactID != contactID {
			return store.ErrNotFound
		}
		if err := access.Allow(actor, access.TasksWrite, access.Object{Owner: task.OwnerID}); err != nil || task.DoneAt != 0 {
			return err
		}
		if err := tx.FinishTask(ctx, id, actor.ID, now); err != nil {
			return err
		}
		act := act
		act.event.ContactID = task.ContactID
		return act.record(ctx, tx)
	})
}
