package history

import (
	"context"
	"errors"
	"slices"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/veil"
	"stead/store"
)

// restoresWith is what somebody must be allowed to take something out of the bin.
func restoresWith(kind string) access.Permission {
	switch kind {
	case store.BinContact, store.BinCompany:
		return access.ContactsDelete
	case store.BinDeal:
		return access.DealsDelete
	case store.BinNote:
		return access.InboxWrite
	case store.BinTask:
		return access.TasksWrite
	case store.BinField, store.BinTag:
		return access.SettingsWrite
	}
	return access.ContactsWrite
}

// Kinds lists what of the bin an actor may see.
func Kinds(actor access.Actor) []string {
	return slices.DeleteFunc(slices.Clone(store.BinKinds), func(kind string) bool { return !actor.Has(restoresWith(kind)) })
}

// Bin lists what of a kind waits in the bin. Words of notes are nobody's who
// may not see personal data.
func (s *Service) Bin(ctx context.Context, actor access.Actor, kind string, page store.Page) ([]store.Binned, error) {
	right := restoresWith(kind)
	if err := access.Allow(actor, right, access.Object{Owner: actor.ID}); err != nil {
		return nil, err
	}
	scope := access.Scope(actor, right)
	if kind == store.BinField || kind == store.BinTag {
		scope = store.Everything
	}
	rows, err := s.Store.Bin(ctx, kind, scope, page)
	for i := range rows {
		veiled(actor, &rows[i])
	}
	return rows, err
}

// veiled hides from whoever may not see personal data what was said, and the
// number that stands in for a name.
func veiled(actor access.Actor, b *store.Binned) {
	number := b.Kind == store.BinContact && (strings.HasPrefix(b.Name, "+") || strings.HasPrefix(b.Name, "raw:"))
	sees := access.Sees(actor, b.Owner)
	switch b.Kind {
	case store.BinContact:
		if number && !sees {
			b.Name = veil.Key(b.Name)
		}
		b.Name = strings.TrimPrefix(b.Name, "raw:")
	case store.BinDeal, store.BinNote, store.BinTask, store.BinFile:
		if !sees {
			b.Name = ""
		}
	}
}

// Restore takes something out of the bin. It can be taken back.
func (s *Service) Restore(ctx context.Context, actor access.Actor, kind, id string) (undoID string, err error) {
	at, undoID, eventID := s.Now().UnixMilli(), s.NewID(), s.NewID()
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		b, err := s.binned(ctx, &tx.Reader, actor, kind, id)
		if err != nil {
			return err
		}
		undo, err := tx.Undoable(ctx, store.Undo{ID: undoID, Kind: EventRestored, Actor: actor.ID, ContactID: b.ContactID, At: at})
		if err != nil {
			return err
		}
		if err := undo.WatchBinned(ctx, kind, id); err != nil {
			return err
		}
		if err := tx.Restore(ctx, kind, id); errors.Is(err, store.ErrConflict) {
			return &errs.Error{Kind: errs.Conflict, Message: "It cannot come back: something else has its name now. Rename that first."}
		} else if err != nil {
			return err
		}
		if err := undo.Close(ctx); err != nil {
			return err
		}
		return s.note(ctx, tx, EventRestored, id, b.ContactID, actor.ID, eventID, at)
	})
	return undoID, err
}

// Delete puts a contact into the bin. It can be taken back.
func (s *Service) Delete(ctx context.Context, actor access.Actor, contactID string) (undoID string, err error) {
	at, undoID, eventID := s.Now().UnixMilli(), s.NewID(), s.NewID()
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		c, err := tx.Contact(ctx, contactID)
		if err != nil {
			return err
		}
		if err := access.Allow(actor, access.ContactsDelete, access.Object{Owner: c.OwnerID}); err != nil {
			return err
		}
		if c.DeletedAt != 0 {
			return &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
		}
		undo, err := tx.Undoable(ctx, store.Undo{ID: undoID, Kind: EventBinned, Actor: actor.ID, ContactID: c.ID, At: at})
		if err != nil {
			return err
		}
		if err := undo.WatchBin(ctx, c.ID); err != nil {
			return err
		}
		if err := tx.BinContacts(ctx, []string{c.ID}, actor.ID, at); err != nil {
			return err
		}
		if err := undo.Close(ctx); err != nil {
			return err
		}
		return s.note(ctx, tx, EventBinned, c.ID, c.ID, actor.ID, eventID, at)
	})
	return undoID, err
}

// emptiable is something in the bin that an actor may remove for good.
func (s *Service) emptiable(ctx context.Context, r *store.Reader, actor access.Actor, kind, id string) (store.Binned, error) {
	whole := kind == store.BinField || kind == store.BinTag
	if whole && !access.Scope(actor, access.PrivacyErase).All() {
		return store.Binned{}, &errs.Error{Kind: errs.Denied, Message: "Your role does not allow that."}
	}
	b, err := r.InBin(ctx, kind, id)
	if err != nil || whole {
		return b, err
	}
	return b, access.Allow(actor, access.PrivacyErase, access.Object{Owner: b.Owner})
}

// binned is something in the bin that an actor may restore.
func (s *Service) binned(ctx context.Context, r *store.Reader, actor access.Actor, kind, id string) (store.Binned, error) {
	b, err := r.InBin(ctx, kind, id)
	if err != nil {
		return b, err
	}
	if kind == store.BinField || kind == store.BinTag { // the business's own
		return b, access.Allow(actor, restoresWith(kind), access.Object{Owner: actor.ID})
	}
	return b, access.Allow(actor, restoresWith(kind), access.Object{Owner: b.Owner})
}
