package duplicates

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// Codes of the Conflict that Merge returns.
const (
	CodeMerged  = "merged"  // one of the two has gone into somebody
	CodeChanged = "changed" // one was changed since it was looked at
)

// Choice is how two become one. TakeGone names what the one who goes has right,
// as store.Merging does; versions are those that were looked at, 0 for any.
type Choice struct {
	TakeGone                 []string
	KeptVersion, GoneVersion int64
}

// Merge makes one contact of two and returns what takes it back for 30 days. It
// needs to write the one and delete the other. A Conflict of CodeMerged or
// CodeChanged says that somebody was faster.
func (s *Service) Merge(ctx context.Context, actor access.Actor, kept, gone string, choice Choice) (undoID string, err error) {
	m := s.merging(actor, kept, gone, choice)
	data, err := json.Marshal(map[string]string{"gone": gone})
	if err != nil {
		return "", err
	}
	act := s.act(actor, EventMerged, kept, string(data))
	err = s.Store.InTx(ctx, func(tx *store.Tx) error { return s.merge(ctx, tx, actor, m, act) })
	if err != nil {
		return "", s.conflict(ctx, err, gone)
	}
	return m.UndoID, nil
}

func (s *Service) merging(actor access.Actor, kept, gone string, choice Choice) store.Merging {
	return store.Merging{
		Kept: kept, Gone: gone, KeptVersion: choice.KeptVersion, GoneVersion: choice.GoneVersion, TakeGone: choice.TakeGone,
		ProvenanceID: s.NewID(), UndoID: s.NewID(), Actor: actor.ID, At: s.Now().UnixMilli(),
	}
}

// merge is Merge within a transaction.
func (s *Service) merge(ctx context.Context, tx *store.Tx, actor access.Actor, m store.Merging, act act) error {
	kept, gone, err := mayMerge(ctx, &tx.Reader, actor, m.Kept, m.Gone)
	if err != nil {
		return err
	}
	if err := tx.Merge(ctx, m); err != nil {
		return err
	}
	if gone.RestrictedAt != 0 && kept.RestrictedAt == 0 {
		if err := s.Restrictions.NoteRestriction(ctx, tx, m.Kept, true, m.At); err != nil {
			return err
		}
	}
	if _, err := tx.Compare(ctx, m.Kept, m.At); err != nil {
		return err
	}
	act.audit.Object = m.Gone
	return act.record(ctx, tx)
}

// mayMerge returns both, where the actor may merge them: whoever is not shown
// what stands on a card cannot choose between two.
func mayMerge(ctx context.Context, r *store.Reader, actor access.Actor, kept, gone string) (k, g store.Contact, err error) {
	if kept == gone {
		return k, g, &errs.Error{Kind: errs.Invalid, Message: "Choose two different contacts."}
	}
	if k, err = may(ctx, r, actor, access.ContactsWrite, kept); err != nil {
		return k, g, err
	}
	if g, err = may(ctx, r, actor, access.ContactsDelete, gone); err != nil {
		return k, g, err
	}
	if !access.Sees(actor, k.OwnerID) || !access.Sees(actor, g.OwnerID) {
		err = &errs.Error{Kind: errs.Denied, Message: "This holds personal data, which your role does not show."}
	}
	return k, g, err
}

// Sides are two contacts as somebody decides about them.
type Sides struct {
	Kept, Gone store.Card
	Fields     []store.Field
	Tags       map[string][]store.Tag
	People     access.People
}

// Compare returns two contacts to be merged.
func (s *Service) Compare(ctx context.Context, actor access.Actor, kept, gone string) (Sides, error) {
	if _, _, err := mayMerge(ctx, &s.Store.Reader, actor, kept, gone); err != nil {
		if errors.Is(err, store.ErrNotFound) {
			err = s.conflict(ctx, err, gone)
		}
		return Sides{}, err
	}
	cards, err := s.Store.Cards(ctx, []string{kept, gone})
	if err != nil {
		return Sides{}, err
	}
	if len(cards) != 2 {
		return Sides{}, store.ErrNotFound
	}
	out := Sides{Kept: cards[0], Gone: cards[1]}
	if out.Fields, err = s.Store.Fields(ctx, "contact"); err != nil {
		return out, err
	}
	if out.Tags, err = s.Store.TagsOf(ctx, []string{kept, gone}); err != nil {
		return out, err
	}
	users, err := s.Store.Users(ctx)
	out.People = users
	return out, err
}

// MergeAll merges pairs one after another, as long work, each with the default
// choice and an undo of its own. A pair is two ids with a space between.
func (s *Service) MergeAll(ctx context.Context, actor access.Actor, pairs []string) (operationID string, err error) {
	if len(pairs) == 0 {
		return "", &errs.Error{Kind: errs.Invalid, Message: "Choose at least one pair first."}
	}
	if !actor.Has(access.ContactsDelete) {
		return "", access.Allow(actor, access.ContactsDelete, access.Object{})
	}
	for _, pair := range pairs {
		if len(strings.Fields(pair)) != 2 {
			return "", &errs.Error{Kind: errs.Invalid, Message: "Choose at least one pair first."}
		}
	}
	params, err := json.Marshal(pairs)
	if err != nil {
		return "", err
	}
	op := store.Operation{
		ID: s.NewID(), Kind: opMerge, Actor: actor.ID, Total: int64(len(pairs)), Params: string(params), CreatedAt: s.Now().UnixMilli(),
	}
	return op.ID, s.Store.InTx(ctx, func(tx *store.Tx) error { return s.Work.Start(ctx, tx, op) })
}
