package board

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/picked"
	"stead/store"
)

// asked is what a place asks of the deals, as an actor may ask it.
type asked struct {
	sight
	local
	question  store.Question
	view      store.View // zero: all deals
	views     []store.View
	pipelines []store.Pipeline
	pipeline  store.Pipeline         // zero: all of them
	stages    map[string]store.Stage // those that were deleted, too: deals that ended stay in them
	hidden    bool                   // conditions were left out that would tell what the actor may not see
}

// ask reads the view that a place is about: the one of its address, the one that
// the actor wants to begin with, or none.
func (s *Service) ask(ctx context.Context, actor access.Actor, at place) (asked, error) {
	if err := mayLook(actor); err != nil {
		return asked{}, err
	}
	a := asked{sight: sightOf(actor, at.who)}
	var err error
	if a.local, err = s.local(ctx); err != nil {
		return a, err
	}
	if a.pipelines, err = s.Store.Pipelines(ctx); err != nil {
		return a, err
	}
	if a.stages, err = s.Store.StagesByID(ctx); err != nil {
		return a, err
	}
	if a.views, err = s.Store.Views(ctx, actor.ID, "deal"); err != nil {
		return a, err
	}
	if err := s.viewOf(ctx, actor, at, &a); err != nil {
		return a, err
	}
	a.question = picked.As(a.question, actor, a.now)
	a.question.Record, a.question.Knows = "deal", access.Scope(actor, access.ContactsRead)
	a.question.Sort = cmp.Or(at.sort, a.question.Sort)
	if err := s.veil(ctx, &a); err != nil {
		return a, err
	}
	a.choose(at)
	at.pipeline = a.pipeline.ID
	a.question.Also = at.narrowed()
	switch status := a.status(at); status {
	case "all":
	default:
		a.question.Also = append(a.question.Also, store.Condition{Field: "status", Op: store.OpAny, Values: []string{status}})
	}
	return a, nil
}

func (s *Service) viewOf(ctx context.Context, actor access.Actor, at place, a *asked) (err error) {
	id := at.view
	if first := slices.IndexFunc(a.views, func(v store.View) bool { return v.First }); id == "" && first >= 0 {
		id = a.views[first].ID
	}
	if id == "" || id == whole {
		return nil
	}
	a.view, a.question, err = s.saved.Find(ctx, actor, id)
	if errs.KindOf(err) == errs.NotFound && at.view == "" { // the first view cannot be read any more
		a.view, a.question, err = store.View{}, store.Question{}, nil
	}
	return err
}

// veil leaves out what would tell by its answer what the actor may not see.
func (s *Service) veil(ctx context.Context, a *asked) error {
	if a.money && a.texts {
		return nil
	}
	own, err := s.Store.Fields(ctx, "deal")
	if err != nil {
		return err
	}
	shows := func(key string) bool {
		on, _ := store.AskedDealBy(key, own)
		switch {
		case on.Key == "amount":
			return a.money
		case on.Key == "title" || strings.HasPrefix(key, store.OwnKey("")):
			return a.texts && (a.money || on.Own.Kind != "money")
		}
		return true
	}
	kept := make([]store.Condition, 0, len(a.question.Conditions))
	for _, c := range a.question.Conditions {
		if shows(c.Field) {
			kept = append(kept, c)
		} else {
			a.hidden = true
		}
	}
	if a.hidden && a.question.Any && len(kept) == 0 {
		a.question.Any = false
	}
	a.question.Conditions = kept
	if !shows(strings.TrimPrefix(a.question.Sort, "-")) {
		a.question.Sort = ""
	}
	return nil
}

// choose says which pipeline is shown: the one of the address; on the board one
// must be, so it is the one that the filter asks for, or the first.
func (a *asked) choose(at place) {
	id := at.pipeline
	for _, c := range a.question.Conditions {
		if id == "" && at.show == asBoard && c.Field == "pipeline" && c.Op == store.OpAny && len(c.Values) > 0 {
			id = c.Values[0]
		}
	}
	for _, p := range a.pipelines {
		if p.ID == id {
			a.pipeline = p
			return
		}
	}
	if at.show == asBoard && len(a.pipelines) > 0 {
		a.pipeline = a.pipelines[0]
	}
}

// status says which deals a place shows by how they stand: a list the open ones,
// unless it is asked for others.
func (a *asked) status(at place) string {
	switch {
	case at.show == asForecast:
		return store.DealOpen
	case at.show == asBoard:
		return "all"
	case slices.Contains([]string{store.DealOpen, store.DealWon, store.DealLost, "all"}, at.status):
		return at.status
	case at.stage != "" || slices.ContainsFunc(a.question.Conditions, says):
		return "all"
	}
	return store.DealOpen
}

// says tells that a condition is about how deals ended, or whether they did.
func says(c store.Condition) bool {
	return slices.Contains([]string{"status", "stage", "closed", "reason"}, c.Field)
}
