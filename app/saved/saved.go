// Package saved keeps what lists ask under a name: saving, changing, choosing and
// deleting views, and the drafts that stand for a question in an address. Which
// questions a list understands is its own affair; no page is drawn here.
package saved

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// The events of a view. Their subject is its id.
const (
	EventSaved   = "view.saved"
	EventChanged = "view.changed"
	EventDeleted = "view.deleted"
	EventChosen  = "view.chosen"
)

// CodeName is the Invalid of a name that a view cannot have.
const CodeName = "view_name"

const maxName = 80 // characters

// Views are the views of the lists of one kind of record. Whether the actor may
// look at such a list was asked before.
type Views struct {
	Store  *store.Store
	Now    func() time.Time
	NewID  func() string
	Record string
}

func (v *Views) event(actor access.Actor, kind, id string, at int64) store.Event {
	return store.Event{ID: v.NewID(), Kind: kind, Subject: id, Actor: actor.ID, At: at}
}

// Find returns a view that the actor may look at. It is errs.NotFound when there
// is none of this record, or it cannot be read.
func (v *Views) Find(ctx context.Context, actor access.Actor, id string) (store.View, store.Question, error) {
	view, err := v.Store.View(ctx, actor.ID, id)
	if err == nil && view.Record != v.Record {
		err = store.ErrNotFound
	}
	var q store.Question
	if err == nil {
		q, err = store.ParseQuestion(view.Query)
	}
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrQuestion) {
		return view, q, gone(err)
	}
	return view, q, err
}

func gone(err error) error {
	return &errs.Error{Kind: errs.NotFound, Code: "view", Message: "This view is no longer there.", Err: err}
}

// Draft returns the id of the actor's draft of a question, and makes one where
// there is none: what was typed stands in it, and in no address.
func (v *Views) Draft(ctx context.Context, actor access.Actor, q store.Question) (id string, err error) {
	now := v.Now().UnixMilli()
	draft := store.View{ID: v.NewID(), Record: v.Record, OwnerID: actor.ID, CreatedAt: now, UsedAt: now}
	if err := ask(&draft, q); err != nil {
		return "", err
	}
	err = v.Store.InTx(ctx, func(tx *store.Tx) error {
		id, err = tx.DraftView(ctx, draft)
		return err
	})
	return id, err
}

func ask(v *store.View, q store.Question) (err error) {
	if v.Query, err = q.Text(); err == nil {
		v.Hash, err = q.Hash()
	}
	return err
}

// Save keeps a question under a name, and returns the new view's id.
func (v *Views) Save(ctx context.Context, actor access.Actor, q store.Question, name string, shared bool) (string, error) {
	now := v.Now().UnixMilli()
	view := store.View{ID: v.NewID(), Record: v.Record, OwnerID: actor.ID, Shared: shared, CreatedAt: now}
	var err error
	if view.Name, err = named(name); err != nil {
		return "", err
	}
	if err := ask(&view, q); err != nil {
		return "", err
	}
	e := v.event(actor, EventSaved, view.ID, now)
	err = v.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.InsertView(ctx, view); err != nil {
			return err
		}
		return tx.Record(ctx, e)
	})
	return view.ID, err
}

func named(typed string) (string, error) {
	name := strings.Join(strings.Fields(typed), " ")
	if name == "" || len([]rune(name)) > maxName {
		message := "Give the view a name of at most 80 characters."
		return "", &errs.Error{Kind: errs.Invalid, Code: CodeName, Message: message, Fields: map[string]string{"name": message}}
	}
	return name, nil
}

// Change is what becomes of a view. Empty and nil leave as it is.
type Change struct {
	Name     string
	Shared   *bool
	Question *store.Question
}

// Change renames, shares or refines a view of the actor's own. Somebody else's
// is errs.Denied: a copy of it can be changed.
func (v *Views) Change(ctx context.Context, actor access.Actor, id string, change Change) error {
	now := v.Now().UnixMilli()
	e := v.event(actor, EventChanged, id, now)
	return v.Store.InTx(ctx, func(tx *store.Tx) error {
		view, err := v.own(ctx, &tx.Reader, actor, id)
		if err != nil {
			return err
		}
		if change.Name != "" {
			if view.Name, err = named(change.Name); err != nil {
				return err
			}
		}
		if change.Shared != nil {
			view.Shared = *change.Shared
		}
		if change.Question != nil {
			if err := ask(&view, *change.Question); err != nil {
				return err
			}
		}
		view.UpdatedAt = now
		if err := tx.UpdateView(ctx, view); err != nil {
			return err
		}
		return tx.Record(ctx, e)
	})
}

// own is a view that the actor may change: their own, or one of somebody who
// left, which is everybody's.
func (v *Views) own(ctx context.Context, r *store.Reader, actor access.Actor, id string) (store.View, error) {
	view, err := r.View(ctx, actor.ID, id)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && view.Record != v.Record:
		return view, gone(err)
	case err != nil:
		return view, err
	case !Mine(actor, view):
		return view, &errs.Error{Kind: errs.Denied, Code: "view", Message: "This view is a colleague's. Save a copy of it and change that."}
	}
	return view, nil
}

// Mine tells whether an actor may change a view.
func Mine(actor access.Actor, v store.View) bool {
	return v.OwnerID == actor.ID || v.OwnerID == "" && actor.Has(access.SettingsWrite)
}

// Delete removes a view and returns what takes that back.
func (v *Views) Delete(ctx context.Context, actor access.Actor, id string) (undoID string, err error) {
	now, undoID := v.Now().UnixMilli(), v.NewID()
	u := store.Undo{ID: undoID, Kind: EventDeleted, Actor: actor.ID, At: now}
	e := v.event(actor, EventDeleted, id, now)
	return undoID, v.Store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := v.own(ctx, &tx.Reader, actor, id); err != nil {
			return err
		}
		watch := func(u *store.Undoing) error {
			return errors.Join(u.Watch(ctx, "views", "id", id), u.Watch(ctx, "view_choices", "view_id", id))
		}
		return tx.RecordUndoable(ctx, u, e, watch, func() error { return tx.DeleteView(ctx, id) })
	})
}

// What a user can want of a view of their list.
const (
	Pin     = "pin" // it stands beside the whole list
	Unpin   = "unpin"
	First   = "first" // the list begins with it
	Unfirst = "unfirst"
)

// Choose pins a view for the actor, or has their list begin with it; or no longer.
func (v *Views) Choose(ctx context.Context, actor access.Actor, id, do string) error {
	e := v.event(actor, EventChosen, id, v.Now().UnixMilli())
	return v.Store.InTx(ctx, func(tx *store.Tx) error {
		view, err := tx.View(ctx, actor.ID, id)
		if errors.Is(err, store.ErrNotFound) || err == nil && view.Record != v.Record {
			return gone(err)
		}
		if err != nil {
			return err
		}
		pinned, first := view.Pinned, view.First
		switch do {
		case Pin, Unpin:
			pinned = do == Pin
		default:
			first = do == First
		}
		if err := tx.ChooseView(ctx, actor.ID, v.Record, id, pinned, first); err != nil {
			return err
		}
		return tx.Record(ctx, e)
	})
}

// Done is what became of a view: which one is to be shown, what is said of it, and
// what takes it back, if anything does.
type Done struct{ View, Said, Undo string }

// Do does to a view what the button of its menu says, which is the form's "do".
// asked is what the list asks where somebody stands, for a view that is to keep it.
func (v *Views) Do(ctx context.Context, actor access.Actor, id string, form url.Values, asked func(context.Context) (store.Question, error)) (Done, error) {
	out, shared, name := Done{View: id, Said: "Saved."}, form.Get("shared") == "on", form.Get("name")
	var q store.Question
	var err error
	switch do := form.Get("do"); do {
	case "save":
		out.Said = "View saved."
		if q, err = asked(ctx); err == nil {
			out.View, err = v.Save(ctx, actor, q, name, shared)
		}
	case "duplicate":
		out.Said = "View copied."
		if _, q, err = v.Find(ctx, actor, id); err == nil {
			out.View, err = v.Save(ctx, actor, q, name, false)
		}
	case "rename":
		err = v.Change(ctx, actor, id, Change{Name: name, Shared: &shared})
	case "update":
		if q, err = asked(ctx); err == nil {
			err = v.Change(ctx, actor, id, Change{Question: &q})
		}
	case Pin, Unpin, First, Unfirst:
		err = v.Choose(ctx, actor, id, do)
	case "delete":
		out.View, out.Said = "", "View deleted."
		out.Undo, err = v.Delete(ctx, actor, id)
	default:
		err = &errs.Error{Kind: errs.Invalid, Message: "Choose what to do with the view."}
	}
	return out, err
}
