package board

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/filter"
	"stead/app/saved"
	"stead/app/web"
	"stead/store"
	"stead/views/ui"
)

// What add says besides the key of a field.
const (
	openColumns = "columns" // the choice of columns
	openFilter  = "field"   // the choice of a field
)

// Refine answers a form with a filter: the place of what it makes of the
// question of another one. What was typed stands in a draft of the actor, and
// in no address.
func (s *Service) Refine(ctx context.Context, actor access.Actor, at place, form url.Values) (place, error) {
	a, err := s.ask(ctx, actor, at)
	if err != nil {
		return at, err
	}
	fields, err := s.Store.Fields(ctx, "deal")
	if err != nil {
		return at, err
	}
	n := namer{shower: shower{asked: a}, lists: lists{fields: fields}}
	rules := filter.Rules{Asked: n.asks, Columns: n.hasColumn, Country: a.country}
	q := store.Question{Record: "deal", Any: a.question.Any, Conditions: a.question.Conditions, Columns: a.question.Columns}
	if q, err = rules.Refine(q, form); err != nil {
		return at, err
	}
	if at.from == "" && !a.view.Draft() {
		at.from = a.view.ID
	}
	if len(q.Conditions) > 0 || len(q.Columns) > 0 {
		at.view, err = s.saved.Draft(ctx, actor, q)
		return at, err
	}
	at.view, at.from = "", ""
	if slices.ContainsFunc(a.views, func(v store.View) bool { return v.First }) {
		at.view = whole
	}
	return at, nil
}

// asks finds what a condition can be about, for somebody who sees it.
func (n *namer) asks(key string) (store.Asked, bool) {
	on, ok := n.by(key)
	switch {
	case on.Key == "amount":
		ok = n.money
	case on.Key == "title", on.Own.ID != "":
		ok = ok && n.texts && (n.money || on.Own.Kind != "money")
	}
	return on, ok
}

// chips are the conditions: those of the address, and those of the question.
func (n *namer) chips(f *ui.Filter) {
	without := func(change func(*place)) string {
		at := n.at.bare()
		change(&at)
		return at.path()
	}
	if n.at.show == asList && n.at.stage != "" {
		f.Chips = append(f.Chips, ui.FilterChip{
			Field: n.field("stage"), Op: n.t("is"), Value: n.values(store.Condition{Field: "stage", Op: store.OpAny, Values: []string{n.at.stage}}),
			Drop: without(func(p *place) { p.stage = "" }),
		})
	}
	if n.at.show == asList && n.at.closes != "" {
		chip := ui.FilterChip{Field: n.field("closes"), Op: n.t("is in"), Value: monthName(n.at.closes), Drop: without(func(p *place) { p.closes = "" })}
		if n.at.closes == "none" {
			chip.Op, chip.Value = n.t("is empty"), ""
		}
		f.Chips = append(f.Chips, chip)
	}
	if n.at.show == asList && n.at.currency != "" {
		f.Chips = append(f.Chips, ui.FilterChip{Field: n.field("currency"), Op: n.t("is"), Value: n.at.currency, Drop: without(func(p *place) { p.currency = "" })})
	}
	for i, c := range n.question.Conditions {
		_, ok := n.by(c.Field)
		f.Chips = append(f.Chips, ui.FilterChip{Field: n.field(c.Field), Op: n.t(opWords[c.Op]), Value: n.values(c), At: strconv.Itoa(i), Ignored: !ok})
	}
}

// adding is the form with which a condition on a field is added.
func (n *namer) adding(r *http.Request, f *ui.Filter, problem error) {
	for _, on := range store.AskedDealFields(n.fields) {
		if _, ok := n.asks(on.Key); ok {
			f.Fields = append(f.Fields, ui.FilterChoice{Value: on.Key, Label: n.field(on.Key)})
		}
	}
	out := &ui.FilterForm{Choose: n.at.add == openFilter}
	f.Adding = out
	if problem != nil {
		out.Problem = n.t(errs.Message(problem))
	}
	on, ok := n.asks(n.at.add)
	if !ok {
		out.Choose = true
		return
	}
	out.Field, out.Label, out.Kind = on.Key, n.field(on.Key), on.Kind
	for i, op := range on.Ops() {
		chosen := r.PostFormValue("op") == op || r.PostFormValue("op") == "" && i == 0
		out.Ops = append(out.Ops, ui.FilterChoice{Value: op, Label: n.t(opWords[op]), On: chosen})
	}
	out.Values = n.offers(on)
	for i := range out.Values {
		out.Values[i].On = slices.Contains(r.PostForm["value"], out.Values[i].Value)
	}
	out.Typed, out.Days = r.PostFormValue("value"), r.PostFormValue("days")
}

// changeView does to a view what the button of its menu says. The view "new" is
// the one that is to be made.
func (s *Service) changeView(w http.ResponseWriter, r *http.Request) error {
	actor, at := web.Actor(r), placeTyped(r)
	done, err := s.saved.Do(r.Context(), actor, r.PathValue("view"), r.PostForm, func(ctx context.Context) (store.Question, error) {
		return s.questionAt(ctx, actor, at)
	})
	to := at
	switch {
	case errs.CodeOf(err) == saved.CodeName:
		done = saved.Done{Said: errs.Message(err)}
	case err != nil:
		return err
	default:
		to.view, to.from, to.sort = done.View, "", ""
	}
	s.Say.Once(r.Context(), done.Said, done.Undo)
	web.SeeOther(w, r, to.path())
	return nil
}

// questionAt is what a place asks, as a view keeps it: what stands in the address
// alone becomes conditions of it, so that the view shows the same.
func (s *Service) questionAt(ctx context.Context, actor access.Actor, at place) (store.Question, error) {
	a, err := s.ask(ctx, actor, at)
	q := a.question
	if !q.Any {
		kept := at
		kept.pipeline = "" // the pages say which
		q.Conditions = append(slices.Clone(q.Conditions), kept.narrowed()...)
	}
	return q, err
}
