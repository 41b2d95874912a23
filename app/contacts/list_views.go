package contacts

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/picked"
	"stead/store"
)

// The events of a view. Their subject is its id.
const (
	EventViewSaved   = "view.saved"
	EventViewChanged = "view.changed"
	EventViewDeleted = "view.deleted"
	EventViewChosen  = "view.chosen"
)

const maxViewName = 80

// Refine answers a form with a filter: the id of the view that stands for the
// question that it makes of another one; wholeList when nothing is asked. What
// was typed stands in a draft of the actor, and in no address.
func (s *Service) Refine(ctx context.Context, actor access.Actor, form url.Values) (string, error) {
	if err := mayList(actor); err != nil {
		return "", err
	}
	at := place{view: form.Get("view"), who: form.Get("who")}
	looked, err := s.question(ctx, actor, at)
	if err != nil {
		return "", err
	}
	fields, err := s.Store.Fields(ctx, "contact")
	if err != nil {
		return "", err
	}
	_, country, err := s.house.now(ctx, s.Store, s.Now())
	if err != nil {
		return "", err
	}
	q, err := rules(fields, country).Refine(looked.Question, form)
	if err != nil {
		return "", err
	}
	if len(q.Conditions) == 0 && len(q.Columns) == 0 && q.Find == "" {
		return wholeList, nil
	}
	return s.draft(ctx, actor, q)
}

func (s *Service) draft(ctx context.Context, actor access.Actor, q store.Question) (id string, err error) {
	fresh, now := s.NewID(), s.Now().UnixMilli()
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		kept, err := picked.Picked{All: true}.Freeze(ctx, tx, actor, q, fresh, now)
		id = kept.View
		return err
	})
	return id, err
}

// SaveView keeps a question, as a view has it, under a name, and returns the new
// view's id.
func (s *Service) SaveView(ctx context.Context, actor access.Actor, viewID, sort, name string, shared bool) (string, error) {
	if err := mayList(actor); err != nil {
		return "", err
	}
	looked, err := s.question(ctx, actor, place{view: viewID, sort: sort})
	if err != nil {
		return "", err
	}
	now := s.Now().UnixMilli()
	v := store.View{ID: s.NewID(), Record: "contact", OwnerID: actor.ID, Shared: shared, CreatedAt: now}
	if v.Name, err = viewName(name); err != nil {
		return "", err
	}
	if err := ask(&v, looked.Question); err != nil {
		return "", err
	}
	act := s.act(actor, EventViewSaved, v.ID, "", now)
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.InsertView(ctx, v); err != nil {
			return err
		}
		return act.record(ctx, tx)
	})
	return v.ID, err
}

func ask(v *store.View, q store.Question) (err error) {
	if v.Query, err = q.Text(); err == nil {
		v.Hash, err = q.Hash()
	}
	return err
}

func viewName(typed string) (string, error) {
	name := strings.Join(strings.Fields(typed), " ")
	if name == "" || len([]rune(name)) > maxViewName {
		message := "Give the view a name of at most 80 characters."
		return "", &errs.Error{Kind: errs.Invalid, Code: "view_name", Message: message, Fields: map[string]string{"name": message}}
	}
	return name, nil
}

// ViewChange is what becomes of a view. Empty and nil leave as it is.
type ViewChange struct {
	Name   string
	Shared *bool
	From   string // the view whose question it takes over
	Sort   string
}

// ChangeView renames, shares or refines a view of the actor's own. Somebody
// else's is errs.Denied: a copy of it can be changed.
func (s *Service) ChangeView(ctx context.Context, actor access.Actor, id string, change ViewChange) error {
	now := s.Now().UnixMilli()
	act := s.act(actor, EventViewChanged, id, "", now)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		v, err := ownView(ctx, &tx.Reader, actor, id)
		if err != nil {
			return err
		}
		if change.Name != "" {
			if v.Name, err = viewName(change.Name); err != nil {
				return err
			}
		}
		if change.Shared != nil {
			v.Shared = *change.Shared
		}
		if change.From != "" {
			q, _, err := picked.Question(ctx, &tx.Reader, actor, change.From, s.Now())
			if err != nil {
				return err
			}
			if change.Sort != "" {
				q.Sort = change.Sort
			}
			if err := ask(&v, q); err != nil {
				return err
			}
		}
		v.UpdatedAt = now
		if err := tx.UpdateView(ctx, v); err != nil {
			return err
		}
		return act.record(ctx, tx)
	})
}

// ownView is a view that the actor may change: their own, or one of somebody who
// left, which is everybody's.
func ownView(ctx context.Context, r *store.Reader, actor access.Actor, id string) (store.View, error) {
	v, err := r.View(ctx, actor.ID, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return v, &errs.Error{Kind: errs.NotFound, Code: "view", Message: "This view is no longer there.", Err: err}
	case err != nil:
		return v, err
	case v.OwnerID != actor.ID && (v.OwnerID != "" || !actor.Has(access.SettingsWrite)):
		return v, &errs.Error{Kind: errs.Denied, Code: "view", Message: "This view is a colleague's. Save a copy of it and change that."}
	}
	return v, nil
}

// DeleteView removes a view and returns what takes that back.
func (s *Service) DeleteView(ctx context.Context, actor access.Actor, id string) (undoID string, err error) {
	now, undoID := s.Now().UnixMilli(), s.NewID()
	act := s.act(actor, EventViewDeleted, id, "", now)
	return undoID, s.Store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := ownView(ctx, &tx.Reader, actor, id); err != nil {
			return err
		}
		undo, err := tx.Undoable(ctx, store.Undo{ID: undoID, Kind: EventViewDeleted, Actor: actor.ID, At: now})
		if err != nil {
			return err
		}
		if err := undo.Watch(ctx, "views", "id", id); err != nil {
			return err
		}
		if err := undo.Watch(ctx, "view_choices", "view_id", id); err != nil {
			return err
		}
		if err := tx.DeleteView(ctx, id); err != nil {
			return err
		}
		if err := undo.Close(ctx); err != nil {
			return err
		}
		return act.record(ctx, tx)
	})
}

// ChooseView pins a view for the actor, or has their list begin with it.
func (s *Service) ChooseView(ctx context.Context, actor access.Actor, id string, pinned, first bool) error {
	now := s.Now().UnixMilli()
	act := s.act(actor, EventViewChosen, id, "", now)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := tx.View(ctx, actor.ID, id); err != nil {
			return &errs.Error{Kind: errs.NotFound, Code: "view", Message: "This view is no longer there.", Err: err}
		}
		if err := tx.ChooseView(ctx, actor.ID, "contact", id, pinned, first); err != nil {
			return err
		}
		return act.record(ctx, tx)
	})
}
