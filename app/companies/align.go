package companies

import (
	"context"
	"encoding/json"
	"errors"

	"stead/app/access"
	"stead/app/acts"
	"stead/app/work"
	"stead/store"
)

// Long work of this capability.
const (
	opAlign = "companies.align" // its people show what it is called now
	opMerge = "companies.merge"

	few = 100 // people who are brought in line at once
)

// crowd is how many people a step brings in line, or moves.
var crowd = work.Bounds{First: few, Few: 10, Most: 1000}

// of is what long work on companies is about.
type of struct {
	Company string `json:"company"`
	Into    string `json:"into,omitempty"`
}

// spread has the people of a company show what it is called now, or that it
// went: at once when they are few, else as long work.
func (s *Service) spread(ctx context.Context, tx *store.Tx, id, opID string, at int64) error {
	ids, err := tx.PeopleIDs(ctx, id, "", few+1)
	if err != nil || len(ids) == 0 {
		return err
	}
	if len(ids) <= few {
		_, _, err := tx.SpreadCompany(ctx, id, "", few+1)
		return err
	}
	params, err := json.Marshal(of{Company: id})
	if err != nil {
		return err
	}
	return s.Work.Start(ctx, tx, store.Operation{ID: opID, Kind: opAlign, Actor: access.Operator().ID, Params: string(params), CreatedAt: at})
}

// align is a step of spread.
func (s *Service) align(ctx context.Context, op store.Operation, _ access.Actor) (store.Operation, error) {
	var about of
	if err := json.Unmarshal([]byte(op.Params), &about); err != nil {
		return op, err
	}
	return s.Work.Step(ctx, op, crowd, func(tx *store.Tx, next *store.Operation, n int) error {
		last, did, err := tx.SpreadCompany(ctx, about.Company, op.Cursor, n)
		if err != nil {
			return err
		}
		next.Done += int64(did)
		if next.Cursor = last; last == "" {
			next.State = store.OperationDone
		}
		return nil
	})
}

// React has the people of a company show what it is called, after a change of it
// was taken back or it came out of the bin.
func (s *Service) React(ctx context.Context, tx *store.Tx, e store.Event) error {
	id, err := acts.BroughtBack(ctx, &tx.Reader, e, "company.")
	if err != nil || id == "" {
		return err
	}
	if _, err := tx.Company(ctx, id); errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	return s.spread(ctx, tx, id, s.NewID(), e.At)
}
