package imports

import (
	"context"
	"errors"

	"stead/app/access"
	"stead/store"
)

// The parts of taking an import back, in their order: who was changed, who came
// in, and what was made for them.
const (
	undoChanged = ""
	undoCreated = "created"
	undoMade    = "made"
	undoRows    = 100 // of one step
)

// undoStep takes the next part back.
func (s *Service) undoStep(ctx context.Context, op store.Operation, actor access.Actor) (store.Operation, error) {
	i, err := s.stepped(ctx, op, actor)
	if err != nil {
		return op, err
	}
	if op.Cursor == undoChanged && i.Created > undoRows {
		if err := s.Store.BeginBulk(ctx, op.UpdatedAt); err != nil {
			return op, err
		}
	}
	next := op
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		var done store.Import
		var err error
		if next, done, err = undoPart(ctx, tx, op, i); err != nil {
			return err
		}
		if next.Ended() && i.FileID != "" { // of an import that was cut short
			done.FileID = ""
			if err := tx.DeleteFiles(ctx, i.FileID); err != nil {
				return err
			}
		}
		if err := tx.SaveImport(ctx, done, store.ImportUndone); err != nil {
			return err
		}
		return tx.SaveOperation(ctx, next)
	})
	return next, err
}

func undoPart(ctx context.Context, tx *store.Tx, op store.Operation, i store.Import) (store.Operation, store.Import, error) {
	i.UpdatedAt = op.UpdatedAt
	switch op.Cursor {
	case undoChanged:
		t, err := takeBack(ctx, tx, i.UndoID, op.UpdatedAt)
		if err != nil {
			return op, i, err
		}
		i.Undone, i.Kept = i.Undone+int64(len(t.Persons)), i.Kept+t.Skipped
		if err := tx.NoteImportRowsUndone(ctx, i.ID, t.Persons); err != nil {
			return op, i, err
		}
		if !t.More {
			op.Cursor = undoCreated
		}
	case undoCreated:
		undone, kept, err := tx.UndoImportRows(ctx, i.ID, undoRows)
		if err != nil {
			return op, i, err
		}
		i.Undone, i.Kept = i.Undone+undone, i.Kept+kept
		if undone+kept == 0 {
			op.Cursor = undoMade
		}
	case undoMade:
		t, err := takeBack(ctx, tx, i.ID, op.UpdatedAt)
		if err != nil {
			return op, i, err
		}
		if !t.More {
			op.State = store.OperationDone
		}
	}
	op.Done, op.Changed, op.Skipped = i.Undone+i.Kept, i.Undone, i.Kept
	op.Total = max(op.Total, op.Done)
	return op, i, nil
}

// takeBack is TakeBackSome, for which having been taken back is done.
func takeBack(ctx context.Context, tx *store.Tx, id string, at int64) (store.TakenBack, error) {
	t, err := tx.TakeBackSome(ctx, id, 2*undoRows, at)
	if errors.Is(err, store.ErrTakenBack) || errors.Is(err, store.ErrNotFound) {
		return store.TakenBack{}, nil
	}
	return t, err
}
