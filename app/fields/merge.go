package fields

import (
	"context"
	"encoding/json"
	"errors"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/work"
	"stead/store"
)

// Merged is what became of a merge of tags: Operation is empty when it is done.
type Merged struct{ Undo, Operation string }

// MergeTags gives all that have one tag the other one, and puts the first into
// the bin. Where they are many it goes on as long work.
func (s *Service) MergeTags(ctx context.Context, actor access.Actor, id, into string) (Merged, error) {
	if err := mayWrite(actor); err != nil {
		return Merged{}, err
	}
	if id == into || into == "" {
		return Merged{}, errs.Form(map[string]string{"into": "Choose another tag."})
	}
	act, op := s.act(actor, EventTagMerged, into), store.Operation{ID: s.NewID(), Kind: opMerge, Actor: actor.ID}
	out := Merged{Undo: act.id}
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		out.Operation = ""
		for _, tag := range []string{id, into} {
			if _, err := liveTag(ctx, tx, actor, tag); err != nil {
				return err
			}
		}
		if _, err := tx.Undoable(ctx, store.Undo{ID: act.id, Kind: act.kind, Actor: act.actor, At: act.at}); err != nil {
			return err
		}
		if err := act.record(ctx, tx); err != nil {
			return err
		}
		_, more, err := mergePart(ctx, tx, act.id, tagWork{id, into}, act.at, few)
		if err != nil || !more {
			return err
		}
		params, err := json.Marshal(tagWork{id, into})
		if err != nil {
			return err
		}
		out.Operation = op.ID
		op.Params, op.UndoID, op.CreatedAt = string(params), act.id, act.at
		return s.Work.Start(ctx, tx, op)
	})
	return out, err
}

// mergePart moves n of those who have a tag and tells how many there were; the
// last part puts it into the bin.
func mergePart(ctx context.Context, tx *store.Tx, undoID string, of tagWork, at int64, n int) (moved int, more bool, err error) {
	u, err := tx.UndoableAgain(ctx, undoID)
	if err != nil {
		return 0, false, err
	}
	for _, record := range []string{"contact", "company", "deal"} {
		ids, err := tx.TaggedIDs(ctx, record, of.Tag, "", n-moved)
		if err != nil {
			return 0, false, err
		}
		if moved += len(ids); len(ids) == 0 {
			continue
		}
		table := map[string]string{"contact": "contacts", "company": "companies", "deal": "deals"}[record]
		err = errors.Join(u.Watch(ctx, table, "id", ids...), u.Watch(ctx, record+"_tags", record+"_id", ids...))
		if err != nil {
			return 0, false, err
		}
		if err := tx.Retag(ctx, record, ids, of.Tag, of.Into); err != nil {
			return 0, false, err
		}
		if moved >= n {
			return moved, true, u.Close(ctx)
		}
	}
	if err := u.Watch(ctx, "tags", "id", of.Tag); err != nil {
		return 0, false, err
	}
	if err := tx.BinTag(ctx, of.Tag, at); err != nil && !errors.Is(err, store.ErrConflict) {
		return 0, false, err
	}
	return moved, false, u.Close(ctx)
}

// mergeSome is a step of a merge of tags.
func (s *Service) mergeSome(ctx context.Context, op store.Operation, actor access.Actor) (store.Operation, error) {
	var of tagWork
	if err := json.Unmarshal([]byte(op.Params), &of); err != nil {
		return op, err
	}
	return s.Work.Step(ctx, op, carriers, func(tx *store.Tx, next *store.Operation, n int) error {
		if err := again(ctx, tx, actor); err != nil {
			return err
		}
		moved, more, err := mergePart(ctx, tx, op.UndoID, of, op.UpdatedAt, n)
		return work.Advance(next, moved, more, err)
	})
}
