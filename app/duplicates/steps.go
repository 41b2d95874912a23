package duplicates

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/work"
	"stead/store"
)

// sought is how many contacts a step compares: at first some 100 ms.
var sought = work.Bounds{First: 100, Few: 5, Most: 1000}

// Seek has every contact held against all others, as long work.
func (s *Service) Seek(ctx context.Context, actor access.Actor) (operationID string, err error) {
	if !access.Scope(actor, access.ContactsWrite).All() {
		return "", &errs.Error{Kind: errs.Denied, Message: "You may not look through all contacts."}
	}
	op := store.Operation{ID: s.NewID(), Kind: opSeek, Actor: actor.ID, CreatedAt: s.Now().UnixMilli()}
	audit := store.AuditEntry{Action: EventSought, Actor: actor.ID, At: op.CreatedAt}
	return op.ID, s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := s.Work.Start(ctx, tx, op); err != nil {
			return err
		}
		return tx.Audit(ctx, audit)
	})
}

// seekStep compares the next contacts in the order of their ids.
func (s *Service) seekStep(ctx context.Context, op store.Operation, _ access.Actor) (store.Operation, error) {
	return s.Work.Step(ctx, op, sought, func(tx *store.Tx, next *store.Operation, n int) error {
		ids, err := tx.ContactIDsAfter(ctx, op.Cursor, n)
		if err != nil {
			return err
		}
		for _, id := range ids {
			found, err := tx.Compare(ctx, id, op.UpdatedAt)
			if err != nil {
				return err
			}
			next.Done++
			next.Changed += int64(found)
		}
		if len(ids) < n {
			next.State = store.OperationDone
		} else {
			next.Cursor = ids[len(ids)-1]
		}
		return nil
	})
}

// mergeStep merges the next pair. One that cannot be merged any more, because
// somebody was faster, changed one or may not, is left and counted.
func (s *Service) mergeStep(ctx context.Context, op store.Operation, actor access.Actor) (store.Operation, error) {
	var pairs []string
	if err := json.Unmarshal([]byte(op.Params), &pairs); err != nil {
		return op, err
	}
	if op.Done >= int64(len(pairs)) {
		op.State = store.OperationDone
		return op, s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.SaveOperation(ctx, op) })
	}
	defer s.Work.Turn(ctx)()
	merged, err := s.mergePair(ctx, op, actor, strings.Fields(pairs[op.Done]), len(pairs))
	if err == nil || !leaves(err) {
		return merged, err
	}
	op.Done, op.Skipped = op.Done+1, op.Skipped+1
	if op.Done == int64(len(pairs)) {
		op.State = store.OperationDone
	}
	return op, s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.SaveOperation(ctx, op) })
}

func leaves(err error) bool {
	return errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) ||
		slices.Contains([]errs.Kind{errs.Conflict, errs.NotFound, errs.Denied, errs.Invalid}, errs.KindOf(err))
}

func (s *Service) mergePair(ctx context.Context, op store.Operation, actor access.Actor, pair []string, total int) (store.Operation, error) {
	op.Done, op.Changed = op.Done+1, op.Changed+1
	if op.Done == int64(total) {
		op.State = store.OperationDone
	}
	m := s.merging(actor, "", "", Choice{})
	ids := []string{s.NewID()}
	return op, s.Store.InTx(ctx, func(tx *store.Tx) error {
		kept, gone, err := s.standing(ctx, &tx.Reader, pair)
		if err != nil {
			return err
		}
		m.Kept, m.Gone = kept, gone
		data, err := json.Marshal(map[string]string{"gone": gone})
		if err != nil {
			return err
		}
		act := act{
			event: store.Event{ID: ids[0], Kind: EventMerged, Subject: kept, ContactID: kept, Actor: actor.ID, At: m.At, Data: string(data)},
			audit: store.AuditEntry{Action: EventMerged, Actor: actor.ID, ContactID: kept, At: m.At},
		}
		if err := s.merge(ctx, tx, actor, m, act); err != nil {
			return err
		}
		return tx.SaveOperation(ctx, op)
	})
}

// standing tells who of a pair is kept: the older contact. Whoever went into
// somebody in an earlier pair stands for that one.
func (s *Service) standing(ctx context.Context, r *store.Reader, pair []string) (kept, gone string, err error) {
	cards := make([]store.Contact, 2)
	for i, id := range pair {
		if to, err := r.MergedInto(ctx, id); err == nil {
			id = to
		} else if !errors.Is(err, store.ErrNotFound) {
			return "", "", err
		}
		if cards[i], err = r.Contact(ctx, id); err != nil {
			return "", "", err
		}
	}
	if older(cards[1], cards[0]) {
		cards[0], cards[1] = cards[1], cards[0]
	}
	return cards[0].ID, cards[1].ID, nil
}

func older(a, b store.Contact) bool {
	if a.CreatedAt != b.CreatedAt {
		return a.CreatedAt < b.CreatedAt
	}
	return a.ID < b.ID
}
