package deals

import (
	"context"
	"errors"
	"slices"
	"unicode/utf8"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/people"
	"stead/store"
)

// SetOther has somebody else have to do with a deal, as what they are to it. Who
// has already is that from now on.
func (s *Service) SetOther(ctx context.Context, actor access.Actor, id string, o Other) (Saved, error) {
	role := people.Line(o.Role)
	if utf8.RuneCountInString(role) > maxRole {
		return Saved{}, errs.Form(map[string]string{"role": "Use at most 100 characters."})
	}
	return s.others(ctx, actor, id, func(tx *store.Tx, d store.Deal, list []store.DealContact, at int64) ([]store.DealContact, error) {
		i := slices.IndexFunc(list, func(x store.DealContact) bool { return x.ContactID == o.ContactID })
		switch {
		case i >= 0:
			list[i].Role = role
			return list, nil
		case o.ContactID == d.ContactID || o.ContactID == "":
			return nil, errs.Form(map[string]string{"person": "Choose somebody else: the deal is with them already."})
		case len(list) == maxOthers:
			return nil, errs.Form(map[string]string{"person": "At most 20 people besides the first."})
		}
		added := record{Deal: store.Deal{ContactID: o.ContactID}}
		if err := reaches(ctx, tx, actor, added, store.Deal{}); err != nil {
			return nil, err
		}
		return append(list, store.DealContact{ContactID: o.ContactID, Role: role, CreatedAt: at}), nil
	})
}

// DropOther takes somebody off a deal; the contact stays. Who is not on it stays
// off it.
func (s *Service) DropOther(ctx context.Context, actor access.Actor, id, contactID string) (Saved, error) {
	return s.others(ctx, actor, id, func(_ *store.Tx, _ store.Deal, list []store.DealContact, _ int64) ([]store.DealContact, error) {
		n := len(list)
		list = slices.DeleteFunc(list, func(x store.DealContact) bool { return x.ContactID == contactID })
		if len(list) == n {
			return nil, errSame
		}
		return list, nil
	})
}

// others changes who else has to do with a deal.
func (s *Service) others(ctx context.Context, actor access.Actor, id string, do func(*store.Tx, store.Deal, []store.DealContact, int64) ([]store.DealContact, error)) (Saved, error) {
	act := s.act(actor, EventChanged, id)
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		d, err := mayWrite(ctx, &tx.Reader, actor, id)
		if err != nil {
			return err
		}
		list, err := tx.DealContacts(ctx, id)
		if err != nil {
			return err
		}
		if list, err = do(tx, d, list, act.at); err != nil {
			return err
		}
		d.UpdatedAt = act.at
		act := act
		act.contact = d.ContactID
		return act.undoable(ctx, tx, func() error {
			if err := changed(tx.UpdateDeal(ctx, d)); err != nil { // whoever edits it hears of it
				return err
			}
			return tx.SetDealContacts(ctx, id, list)
		}, id)
	})
	if errors.Is(err, errSame) {
		return Saved{ID: id}, nil
	}
	return Saved{id, act.id}, err
}
