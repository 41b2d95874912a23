package fields

import (
	"context"
	"slices"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

const (
	fieldChanged = "Someone else saved this field while you were editing."
	nameTaken    = "There is a field of this name already."
)

// Create adds a field and returns its id and that of the undo. A form that comes
// twice, by its key, makes one.
func (s *Service) Create(ctx context.Context, actor access.Actor, in Draft, key string) (id, undoID string, err error) {
	if err := mayWrite(actor); err != nil {
		return "", "", err
	}
	f, problems := in.read(store.Field{Record: in.Record}, s.Currencies, s.ids(in.wanted()))
	if err := errs.Form(problems); err != nil {
		return "", "", err
	}
	f.ID = s.NewID()
	act := s.act(actor, EventFieldCreated, f.ID)
	f.CreatedAt = act.at
	id, err = s.Store.Once(ctx, key, f.ID, act.at, func(tx *store.Tx) error {
		if err := again(ctx, tx, actor); err != nil {
			return err
		}
		if err := s.room(ctx, tx, f); err != nil {
			return err
		}
		return act.undoable(ctx, tx, "fields", []string{f.ID}, func() error { return tx.InsertField(ctx, f) })
	})
	if id != f.ID { // the form was sent before
		act.id = ""
	}
	return id, act.id, err
}

func (s *Service) ids(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = s.NewID()
	}
	return out
}

// room refuses a name that another field of the record has, and one field too many.
func (s *Service) room(ctx context.Context, tx *store.Tx, f store.Field) error {
	all, err := tx.Fields(ctx, f.Record)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.ID != f.ID && other.NameKey == store.Fold(f.Name) {
			return errs.Form(map[string]string{"name": nameTaken})
		}
	}
	if len(all) >= maxFields && !slices.ContainsFunc(all, func(o store.Field) bool { return o.ID == f.ID }) {
		return errs.Form(map[string]string{"name": "There are 100 fields already. Delete one that nobody needs first."})
	}
	return nil
}

// Change saves what the editor of a version made of a field, and returns the id
// of the undo. It is a Conflict of CodeChanged when there is a newer version. The
// kind, and the currency of an amount, stay once records have values.
func (s *Service) Change(ctx context.Context, actor access.Actor, id string, version int64, in Draft) (undoID string, err error) {
	if err := mayWrite(actor); err != nil {
		return "", err
	}
	fresh := s.ids(in.wanted())
	act := s.act(actor, EventFieldChanged, id)
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := again(ctx, tx, actor); err != nil {
			return err
		}
		old, err := live(ctx, &tx.Reader, id)
		if err != nil {
			return err
		}
		f, problems := in.read(old, s.Currencies, fresh)
		if f.Kind != old.Kind || f.Currency != old.Currency {
			used, err := tx.FieldInUse(ctx, old)
			if err != nil {
				return err
			}
			if used {
				problems["kind"] = "Records have values in this field already, so its kind stays as it is. Make a new field instead."
			}
		}
		if err := errs.Form(problems); err != nil {
			return err
		}
		if err := s.room(ctx, tx, f); err != nil {
			return err
		}
		f.Version, f.UpdatedAt = version, act.at
		return act.undoable(ctx, tx, "fields", []string{id}, func() error {
			return changed(tx.UpdateField(ctx, f), fieldChanged)
		})
	})
	return act.id, err
}

// Move puts a field before the one that stands above it, or behind the one
// below. At the end of the list nothing changes, and there is no undo.
func (s *Service) Move(ctx context.Context, actor access.Actor, id string, down bool) (undoID string, err error) {
	if err := mayWrite(actor); err != nil {
		return "", err
	}
	act := s.act(actor, EventFieldMoved, id)
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		undoID = ""
		if err := again(ctx, tx, actor); err != nil {
			return err
		}
		f, err := live(ctx, &tx.Reader, id)
		if err != nil {
			return err
		}
		all, err := tx.Fields(ctx, f.Record)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(o store.Field) bool { return o.ID == id })
		to := at - 1
		if down {
			to = at + 1
		}
		if to < 0 || to >= len(all) {
			return nil
		}
		undoID = act.id
		all[at], all[to] = all[to], all[at]
		return act.undoable(ctx, tx, "fields", idsOf(all), func() error { return renumber(ctx, tx, all, act.at) })
	})
	return undoID, err
}

func idsOf(fields []store.Field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.ID
	}
	return out
}

func renumber(ctx context.Context, tx *store.Tx, fields []store.Field, at int64) error {
	for i, f := range fields {
		if place := int64(i + 1); f.Position != place {
			f.Position, f.UpdatedAt = place, at
			if err := tx.UpdateField(ctx, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// Delete puts a field into the bin, and what records have in it with it. It
// returns the id of the undo.
func (s *Service) Delete(ctx context.Context, actor access.Actor, id string) (undoID string, err error) {
	return s.setDeleted(ctx, actor, EventFieldDeleted, id, func(f *store.Field, at int64) error {
		if f.DeletedAt != 0 {
			return &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
		}
		f.DeletedAt = at
		return nil
	})
}

// Restore takes a field out of the bin. It is a Conflict when another one has
// its name by now.
func (s *Service) Restore(ctx context.Context, actor access.Actor, id string) (undoID string, err error) {
	return s.setDeleted(ctx, actor, EventFieldRestored, id, func(f *store.Field, _ int64) error {
		if f.DeletedAt == 0 {
			return &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
		}
		f.DeletedAt = 0
		return nil
	})
}

func (s *Service) setDeleted(ctx context.Context, actor access.Actor, kind, id string, set func(*store.Field, int64) error) (undoID string, err error) {
	if err := mayWrite(actor); err != nil {
		return "", err
	}
	act := s.act(actor, kind, id)
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := again(ctx, tx, actor); err != nil {
			return err
		}
		f, err := tx.Field(ctx, id)
		if err != nil {
			return err
		}
		if err := set(&f, act.at); err != nil {
			return err
		}
		if f.DeletedAt == 0 {
			if err := s.room(ctx, tx, f); errs.KindOf(err) == errs.Invalid {
				return &errs.Error{Kind: errs.Conflict, Code: "name", Message: "Another field has this name by now. Rename that one first."}
			} else if err != nil {
				return err
			}
		}
		f.UpdatedAt = act.at
		return act.undoable(ctx, tx, "fields", []string{id}, func() error { return changed(tx.UpdateField(ctx, f), fieldChanged) })
	})
	return act.id, err
}

// live returns a field that is not in the bin.
func live(ctx context.Context, r *store.Reader, id string) (store.Field, error) {
	f, err := r.Field(ctx, id)
	if err == nil && f.DeletedAt != 0 {
		err = &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
	}
	return f, err
}

// Form returns a field for whoever may change it, with the version that a save
// must name and whether its kind must stay.
func (s *Service) Form(ctx context.Context, actor access.Actor, id string) (in Draft, version int64, used bool, err error) {
	if err := mayWrite(actor); err != nil {
		return Draft{}, 0, false, err
	}
	f, err := live(ctx, &s.Store.Reader, id)
	if err != nil {
		return Draft{}, 0, false, err
	}
	used, err = s.Store.FieldInUse(ctx, f)
	return draftOf(f), f.Version, used, err
}
