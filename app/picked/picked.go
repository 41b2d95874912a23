// Package picked is what somebody chose in a list of contacts: some of its rows,
// or everything that a view finds. Bulk edits, merges and exports begin with it.
// It reads forms and asks the store; it changes nothing and draws no page.
package picked

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// Most is how many rows can be chosen one by one.
const Most = store.MaxPage

// Picked is what stands in a form: names id (each of them), all, view and who.
type Picked struct {
	IDs  []string `json:"ids,omitempty"`
	All  bool     `json:"all,omitempty"`  // everything that the view finds, not the rows
	View string   `json:"view,omitempty"` // empty: the whole list
	Who  string   `json:"who,omitempty"`  // part of the list: see access.Part
}

// whole is a view's id that means the whole list: see contacts, where a view can
// stand in the list's place.
const whole = "all"

// Read reads a form. It is errs.Invalid when nothing was chosen, or too much one
// by one.
func Read(form url.Values) (Picked, error) {
	p := Picked{View: form.Get("view"), Who: form.Get("who"), All: form.Get("all") != ""}
	if p.View == whole {
		p.View = ""
	}
	if !p.All {
		p.IDs = slices.Clone(form["id"])
		slices.Sort(p.IDs)
		p.IDs = slices.DeleteFunc(slices.Compact(p.IDs), func(id string) bool { return strings.TrimSpace(id) == "" })
	}
	switch {
	case !p.All && len(p.IDs) == 0:
		return p, &errs.Error{Kind: errs.Invalid, Code: "nothing_picked", Message: "Choose at least one contact first."}
	case len(p.IDs) > Most:
		return p, &errs.Error{Kind: errs.Invalid, Code: "much_picked", Message: "That is too many to choose one by one. Choose all that the filter finds instead."}
	}
	return p, nil
}

// Form is Picked as the next form carries it.
func (p Picked) Form() url.Values {
	out := url.Values{}
	for name, value := range map[string]string{"view": p.View, "who": p.Who} {
		if value != "" {
			out.Set(name, value)
		}
	}
	if p.All {
		out.Set("all", "1")
	}
	out["id"] = p.IDs
	return out
}

// Question is what a view asks, as the actor asks it at a moment, in the zone of
// the business. An empty id is the whole list. It is errs.NotFound for a view
// that the actor may not look at.
func Question(ctx context.Context, r *store.Reader, actor access.Actor, viewID string, now time.Time) (store.Question, store.View, error) {
	var v store.View
	q := store.Question{Record: "contact"}
	if viewID != "" {
		var err error
		v, err = r.View(ctx, actor.ID, viewID)
		if err == nil {
			q, err = store.ParseQuestion(v.Query)
		}
		if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrQuestion) {
			return q, v, &errs.Error{Kind: errs.NotFound, Code: "view", Message: "This view is no longer there.", Err: err}
		}
		if err != nil {
			return q, v, err
		}
	}
	return As(q, actor, now), v, nil
}

// As is a question as the actor asks it.
func As(q store.Question, actor access.Actor, now time.Time) store.Question {
	q.Now, q.Me, q.Sees = now, actor.ID, access.Scope(actor, access.PersonalSee)
	return q
}

// Set is whom the actor chose, as far as they may see them.
type Set struct {
	Question store.Question
	Scope    store.Scope
	ids      []string // nil: everything that the question finds
}

// Open asks for what was picked. need says whom the actor may see; what they may
// do to each is for the caller to ask. Errors as of Question.
func (p Picked) Open(ctx context.Context, r *store.Reader, actor access.Actor, need access.Permission, now time.Time) (Set, error) {
	out := Set{Scope: access.Part(actor, need, p.Who)}
	if !p.All {
		out.ids = p.IDs
		return out, nil
	}
	var err error
	out.Question, _, err = Question(ctx, r, actor, p.View, now)
	return out, err
}

// Some lists the next ones in bounded steps: at most limit behind after, and
// where the next step begins, empty at the end. A step may find nobody and not
// be the last. Rows that were chosen one by one come whether the actor may see
// them or not.
func (s Set) Some(ctx context.Context, r *store.Reader, after string, limit int) (ids []string, next string, err error) {
	if s.ids == nil {
		return r.EachOf(ctx, s.Scope, s.Question, after, limit)
	}
	from, _ := slices.BinarySearch(s.ids, after)
	if after != "" && from < len(s.ids) && s.ids[from] == after {
		from++
	}
	to := min(from+limit, len(s.ids))
	ids = s.ids[from:to]
	if to < len(s.ids) {
		next = s.ids[to-1]
	}
	return ids, next, nil
}

// Count tells how many there are, up to most.
func (s Set) Count(ctx context.Context, r *store.Reader, most int) (store.Tally, error) {
	if s.ids != nil {
		return store.Tally{N: len(s.ids)}, nil
	}
	return r.CountOf(ctx, s.Scope, s.Question, most)
}

// Freeze keeps what a view asks now for work that goes on for a while, whatever
// becomes of the view: as a draft of the actor. newID is made before.
func (p Picked) Freeze(ctx context.Context, tx *store.Tx, actor access.Actor, q store.Question, newID string, at int64) (Picked, error) {
	if !p.All {
		return p, nil
	}
	text, err := q.Text()
	if err != nil {
		return p, err
	}
	hash, err := q.Hash()
	if err != nil {
		return p, err
	}
	p.View, err = tx.DraftView(ctx, store.View{ID: newID, Record: "contact", OwnerID: actor.ID, Query: text, Hash: hash, CreatedAt: at, UsedAt: at})
	return p, err
}
