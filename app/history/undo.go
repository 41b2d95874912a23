package history

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// Taken is what became of a wish to take a change back.
type Taken struct {
	store.TakenBack
	Undo      store.Undo
	Operation string // that takes a large one back
}

var (
	errChanged   = &errs.Error{Kind: errs.Conflict, Code: "changed_since", Message: "Somebody changed some of this meanwhile, so nothing was taken back."}
	errTakenBack = &errs.Error{Kind: errs.Conflict, Code: "taken_back", Message: "That was taken back already."}
	errTooOld    = &errs.Error{Kind: errs.NotFound, Code: "too_old", Message: "That cannot be taken back any more: only 30 days are kept."}
)

// TakeBack undoes a change, for whoever might make it at this moment, of all that
// it touched. It is all or nothing, but a large one is taken back as an operation,
// which leaves what was changed since. An import has an undo of its own.
func (s *Service) TakeBack(ctx context.Context, actor access.Actor, id string) (Taken, error) {
	at, eventID, opID := s.Now().UnixMilli(), s.NewID(), s.NewID()
	var out Taken
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		out = Taken{}
		now, err := access.AsOfNow(ctx, &tx.Reader, actor)
		if err != nil {
			return err
		}
		if out.Undo, err = tx.Undo(ctx, id); errors.Is(err, store.ErrNotFound) {
			return errTooOld
		} else if err != nil {
			return err
		}
		if err := mayTakeBack(ctx, &tx.Reader, now, out.Undo, 0); err != nil {
			return err
		}
		switch {
		case strings.HasPrefix(out.Undo.Kind, "import."): // it counts what it takes back
			return errImport
		case out.Undo.UndoneAt != 0:
			return errTakenBack
		}
		if out.Undo.Large() {
			out.Operation = opID
			return s.startUndo(ctx, tx, now, out.Undo, opID, at)
		}
		out.TakenBack, err = tx.TakeBack(ctx, id, at)
		switch {
		case errors.Is(err, store.ErrTakenBack):
			return errTakenBack
		case errors.Is(err, store.ErrConflict):
			return errChanged
		case err != nil:
			return err
		}
		return s.note(ctx, tx, EventUndone, id, out.Undo.ContactID, now.ID, eventID, at)
	})
	return out, err
}

// undoParams are what a large undo is told.
type undoParams struct {
	Undo string `json:"undo"`
	Kind string `json:"kind"`
}

func (s *Service) startUndo(ctx context.Context, tx *store.Tx, actor access.Actor, u store.Undo, opID string, at int64) error {
	params, err := json.Marshal(undoParams{Undo: u.ID, Kind: u.Kind})
	if err != nil {
		return err
	}
	return s.Work.Start(ctx, tx, store.Operation{ID: opID, Kind: opUndo, Actor: actor.ID, Total: u.Rows, Params: string(params), CreatedAt: at})
}

// How many rows one step takes back.
const (
	fewRows   = 30
	firstRows = 300
	mostRows  = 3000
)

// undoStep takes a part of a large change back.
func (s *Service) undoStep(ctx context.Context, op store.Operation, actor access.Actor) (store.Operation, error) {
	var p undoParams
	if err := json.Unmarshal([]byte(op.Params), &p); err != nil {
		return op, err
	}
	eventID := s.NewID()
	defer s.Work.Turn(ctx)()
	began, rows := s.Now(), s.Work.Share(op.ID, firstRows, fewRows, mostRows)
	defer func() { s.Work.Took(op.ID, rows, s.Now().Sub(began)) }()
	if err := s.Store.BeginBulk(ctx, op.UpdatedAt); err != nil {
		return op, err
	}
	var next store.Operation
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		next = op
		u, err := tx.Undo(ctx, p.Undo)
		if errors.Is(err, store.ErrNotFound) {
			return errTooOld
		}
		if err != nil {
			return err
		}
		if err := mayTakeBack(ctx, &tx.Reader, actor, u, rows); err != nil {
			return err
		}
		back, err := tx.TakeBackSome(ctx, p.Undo, rows, op.UpdatedAt)
		if errors.Is(err, store.ErrTakenBack) {
			return errTakenBack
		}
		if err != nil {
			return err
		}
		next.Done += back.Rows
		next.Skipped += back.Skipped
		next.Changed += back.Rows
		if !back.More {
			next.State, next.Total = store.OperationDone, max(next.Done, 1)
			next.Done = next.Total
			if err := s.note(ctx, tx, EventUndone, p.Undo, "", op.Actor, eventID, op.UpdatedAt); err != nil {
				return err
			}
		}
		return tx.SaveOperation(ctx, next)
	})
	return next, err
}

// Mine lists what the actor changed and could take back, the latest first.
func (s *Service) Mine(ctx context.Context, actor access.Actor, page store.Page) ([]store.Undo, error) {
	if actor.Nobody() {
		return nil, nil
	}
	return s.Store.UndosOf(ctx, actor.ID, page)
}
