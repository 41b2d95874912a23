package history

import (
	"context"
	"encoding/json"
	"errors"

	"stead/app/access"
	"stead/app/work"
	"stead/store"
)

// emptied is how many rows a step takes away for good.
var emptied = work.Bounds{First: 500, Few: 50, Most: 5000}

// binRef is something that is in the bin.
type binRef struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// Empty removes something in the bin for good: the right to erase is enough,
// and of what is the business's own it must reach everybody's. A person is
// erased instead, with proof. What many had is out of reach at once and goes from
// them as long work.
func (s *Service) Empty(ctx context.Context, actor access.Actor, kind, id string) error {
	params, err := json.Marshal(binRef{kind, id})
	if err != nil {
		return err
	}
	at, eventID := s.Now().UnixMilli(), s.NewID()
	op := store.Operation{ID: s.NewID(), Kind: opEmpty, Actor: access.Operator().ID, Params: string(params), CreatedAt: at}
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		b, err := s.emptiable(ctx, &tx.Reader, actor, kind, id)
		if err != nil {
			return err
		}
		_, more, err := tx.EmptyBin(ctx, kind, id, emptied.First)
		if err == nil && more {
			err = s.Work.Start(ctx, tx, op)
		}
		if err != nil {
			return err
		}
		return s.note(ctx, tx, EventEmptied, id, b.ContactID, actor.ID, eventID, at)
	})
}

// emptyStep goes on with it, whatever became of the rights of whoever decided it.
// The sweep may have been faster.
func (s *Service) emptyStep(ctx context.Context, op store.Operation, _ access.Actor) (store.Operation, error) {
	var what binRef
	if err := json.Unmarshal([]byte(op.Params), &what); err != nil {
		return op, err
	}
	return s.Work.Step(ctx, op, emptied, func(tx *store.Tx, next *store.Operation, n int) error {
		went, more, err := tx.EmptyBin(ctx, what.Kind, what.ID, n)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		return work.Advance(next, went, more, nil)
	})
}
