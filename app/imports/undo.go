package imports

import (
	"context"
	"errors"

	"stead/app/access"
	"stead/app/work"
	"stead/store"
)

// The parts of taking an import back, in their order: who was changed, who came
// in, and what was made for them.
const (
	undoChanged = ""
	undoCreated = "created"
	undoMade    = "made"
	undoRows    = 100 // are no bulk
)

// undoBounds is how many rows a step takes back.
var undoBounds = work.Bounds{First: undoRows, Few: 20, Most: 1000}

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
	err = s.Work.Part(ctx, op.ID, undoBounds, func(n int) (did int, err error) {
		err = s.Store.InTx(ctx, func(tx *store.Tx) error {
			next, did, err = undoSome(ctx, tx, op, i, n)
			return err
		})
		return did, err
	})
	return next, err
}

// undoSome takes about n rows back and notes how far that came.
func undoSome(ctx context.Context, tx *store.Tx, op store.Operation, i store.Import, n int) (next store.Operation, did int, err error) {
	next, done, did, err := undoPart(ctx, tx, op, i, n)
	if err != nil {
		return op, 0, err
	}
	if next.Ended() && i.FileID != "" { // of an import that was cut short
		done.FileID = ""
		if err := tx.DeleteFiles(ctx, i.FileID); err != nil {
			return op, 0, err
		}
	}
	if err := tx.SaveImport(ctx, done, store.ImportUndone); err != nil {
		return op, 0, err
	}
	return next, did, tx.SaveOperation(ctx, next)
}

func undoPart(ctx context.Context, tx *store.Tx, op store.Operation, i store.Import, n int) (_ store.Operation, _ store.Import, did int, err error) {
	i.UpdatedAt = op.UpdatedAt
	switch op.Cursor {
	case undoChanged:
		t, err := takeBack(ctx, tx, i.UndoID, n, op.UpdatedAt)
		if err != nil {
			return op, i, 0, err
		}
		did = int(t.Rows) / rowsOfOne
		i.Undone, i.Kept = i.Undone+int64(len(t.Persons)), i.Kept+t.Skipped
		if err := tx.NoteImportRowsUndone(ctx, i.ID, t.Persons); err != nil {
			return op, i, 0, err
		}
		if !t.More {
			op.Cursor = undoCreated
		}
	case undoCreated:
		undone, kept, err := tx.UndoImportRows(ctx, i.ID, n)
		if err != nil {
			return op, i, 0, err
		}
		did = int(undone + kept)
		i.Undone, i.Kept = i.Undone+undone, i.Kept+kept
		if undone+kept == 0 {
			op.Cursor = undoMade
		}
	case undoMade:
		t, err := takeBack(ctx, tx, i.ID, n, op.UpdatedAt)
		if err != nil {
			return op, i, 0, err
		}
		did = int(t.Rows) / rowsOfOne
		if !t.More {
			op.State = store.OperationDone
		}
	}
	op.Done, op.Changed, op.Skipped = i.Undone+i.Kept, i.Undone, i.Kept
	op.Total = max(op.Total, op.Done)
	return op, i, did, nil
}

// rowsOfOne is how many rows of the database a changed row of a file is, or so.
const rowsOfOne = 2

// takeBack is TakeBackSome, for which having been taken back is done.
func takeBack(ctx context.Context, tx *store.Tx, id string, n int, at int64) (store.TakenBack, error) {
	t, err := tx.TakeBackSome(ctx, id, rowsOfOne*n, at)
	if errors.Is(err, store.ErrTakenBack) || errors.Is(err, store.ErrNotFound) {
		return store.TakenBack{}, nil
	}
	return t, err
}
