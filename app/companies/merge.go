package companies

import (
	"context"
	"encoding/json"
	"errors"

	"stead/app/access"
	"stead/app/work"
	"stead/store"
)

// Pick are the names of what is taken from the company that goes: name, website,
// industry, about. Everything else is kept of both.
type Pick map[string]bool

// Pair returns two companies for whoever may make them one: the first is kept.
func (s *Service) Pair(ctx context.Context, actor access.Actor, id, other string) (kept, goes Card, err error) {
	cards := [2]Card{}
	for i, of := range []string{id, other} {
		c, err := mayMerge(ctx, &s.Store.Reader, actor, of)
		if err != nil {
			return kept, goes, err
		}
		cards[i].Company = c
		if err := s.fill(ctx, &cards[i]); err != nil {
			return kept, goes, err
		}
	}
	if id == other {
		return kept, goes, notHere()
	}
	return cards[0], cards[1], nil
}

func mayMerge(ctx context.Context, r *store.Reader, actor access.Actor, id string) (store.Company, error) {
	if c, err := mayEdit(ctx, r, actor, id); err != nil {
		return c, err
	}
	return mayDo(ctx, r, actor, access.ContactsDelete, id)
}

// Merged is what became of a merge: Operation is empty when it is done.
type Merged struct{ Undo, Operation string }

// Merge makes two companies one: the first is kept, with what is picked of the
// other and all its people, numbers, tags, notes, tasks and files; the other goes
// into the bin. Where the people are many it goes on as long work.
func (s *Service) Merge(ctx context.Context, actor access.Actor, id, other string, pick Pick) (Merged, error) {
	if id == other {
		return Merged{}, notHere()
	}
	act, op, opID := s.act(actor, EventMerged, id), store.Operation{ID: s.NewID(), Kind: opMerge, Actor: actor.ID}, s.NewID()
	out := Merged{Undo: act.id}
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		out.Operation = ""
		kept, err := mayMerge(ctx, &tx.Reader, actor, id)
		if err != nil {
			return err
		}
		goes, err := mayMerge(ctx, &tx.Reader, actor, other)
		if err != nil {
			return err
		}
		if err := s.join(ctx, tx, act, kept, goes, pick); err != nil {
			return err
		}
		if name := pickName(kept, goes, pick); name != kept.Name {
			if err := s.spread(ctx, tx, id, opID, act.at); err != nil {
				return err
			}
		}
		_, more, err := mergePart(ctx, tx, act.id, of{other, id}, actor.ID, act.at, few)
		if err != nil || !more {
			return err
		}
		params, err := json.Marshal(of{other, id})
		if err != nil {
			return err
		}
		out.Operation = op.ID
		op.Params, op.UndoID, op.CreatedAt = string(params), act.id, act.at
		return s.Work.Start(ctx, tx, op)
	})
	return out, err
}

func pickName(kept, goes store.Company, pick Pick) string {
	if pick["name"] {
		return goes.Name
	}
	return kept.Name
}

// join hands everything but the people over.
func (s *Service) join(ctx context.Context, tx *store.Tx, act act, kept, goes store.Company, pick Pick) error {
	watch := func(u *store.Undoing) error {
		err := watchCompany(ctx, u, kept.ID, goes.ID)
		for _, table := range []string{"notes", "tasks", "files", "deals"} {
			if err == nil {
				err = u.Watch(ctx, table, "company_id", goes.ID)
			}
		}
		return err
	}
	return act.undoable(ctx, tx, watch, func() error {
		for name, of := range map[string][2]*string{
			"name": {&kept.Name, &goes.Name}, "website": {&kept.Website, &goes.Website}, "industry": {&kept.Industry, &goes.Industry}, "about": {&kept.About, &goes.About},
		} {
			if pick[name] || *of[0] == "" {
				*of[0] = *of[1]
			}
		}
		kept.Domain, kept.UpdatedAt = domainOf(kept.Website), act.at
		kept.LastActivityAt = max(kept.LastActivityAt, goes.LastActivityAt)
		if err := tx.MoveCompanyParts(ctx, goes.ID, kept.ID); err != nil {
			return err
		}
		points, err := tx.CompanyPoints(ctx, kept.ID)
		if err != nil {
			return err
		}
		return errors.Join(changed(tx.UpdateCompany(ctx, kept, points)), tx.TouchCompany(ctx, kept.ID, kept.LastActivityAt))
	})
}

// mergePart moves n of the people and tells how many there were; the last part
// puts their company into the bin.
func mergePart(ctx context.Context, tx *store.Tx, undoID string, about of, by string, at int64, n int) (moved int, more bool, err error) {
	u, err := tx.UndoableAgain(ctx, undoID)
	if err != nil {
		return 0, false, err
	}
	ids, err := tx.PeopleIDs(ctx, about.Company, "", n)
	if err != nil {
		return 0, false, err
	}
	if err := errors.Join(u.Watch(ctx, "contacts", "id", ids...), u.Watch(ctx, "contact_companies", "contact_id", ids...)); err != nil {
		return 0, false, err
	}
	if err := tx.MovePeople(ctx, about.Company, about.Into, ids); err != nil {
		return 0, false, err
	}
	if len(ids) == n {
		return n, true, u.Close(ctx)
	}
	if err := u.Watch(ctx, "companies", "id", about.Company); err != nil {
		return 0, false, err
	}
	if err := tx.BinCompany(ctx, about.Company, by, at); err != nil && !errors.Is(err, store.ErrConflict) {
		return 0, false, err
	}
	if err := tx.LeadCompany(ctx, about.Company, about.Into); err != nil {
		return 0, false, err
	}
	return len(ids), false, u.Close(ctx)
}

// mergeSome is a step of a merge.
func (s *Service) mergeSome(ctx context.Context, op store.Operation, actor access.Actor) (store.Operation, error) {
	var about of
	if err := json.Unmarshal([]byte(op.Params), &about); err != nil {
		return op, err
	}
	return s.Work.Step(ctx, op, crowd, func(tx *store.Tx, next *store.Operation, n int) error {
		if _, err := mayMerge(ctx, &tx.Reader, actor, about.Into); err != nil {
			return err
		}
		moved, more, err := mergePart(ctx, tx, op.UndoID, about, actor.ID, op.UpdatedAt, n)
		return work.Advance(next, moved, more, err)
	})
}
