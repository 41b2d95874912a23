package contacts

import (
	"net/http"
	"slices"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/filter"
	"stead/app/picked"
	"stead/app/web"
	"stead/store"
	view "stead/views/contacts"
)

// listRoutes registers the list and what is asked of it.
func (s *Service) listRoutes(rt *web.Router) {
	read := web.Policy{Needs: access.ContactsRead}
	rt.Handle("GET /contacts", read, s.listContacts)
	rt.Handle("POST /contacts/find", read, s.findContacts) // what is typed stays out of addresses
	rt.Handle("POST /views", read, s.refineView)
	rt.Handle("POST /views/{view}", read, s.changeView)
}

func placeOf(r *http.Request) place {
	at := r.URL.Query()
	return place{view: at.Get("view"), from: at.Get("from"), sort: at.Get("sort"), who: at.Get("who"), add: at.Get("add"), after: at.Get("after")}
}

// placeTyped is the place that a form was sent from.
func placeTyped(r *http.Request) place {
	return place{view: r.PostFormValue("view"), from: r.PostFormValue("from"), sort: r.PostFormValue("sort"), who: r.PostFormValue("who")}
}

// listContacts shows a page of the contacts that a view asks for. The sort is the
// key of a field, with "-" before it from the end; who is "mine", "free", "team"
// or, left out, all that the actor may see.
func (s *Service) listContacts(w http.ResponseWriter, r *http.Request) error {
	return s.renderList(w, r, http.StatusOK, placeOf(r), nil)
}

func (s *Service) renderList(w http.ResponseWriter, r *http.Request, status int, at place, problem error) error {
	actor := web.Actor(r)
	looked, err := s.Look(r.Context(), actor, at)
	if err != nil {
		return err
	}
	show, err := s.shower(r.Context())
	if err != nil {
		return err
	}
	page := show.list(looked, at)
	people, err := s.people(r.Context())
	if err != nil {
		return err
	}
	show.asked(&page, looked, at, actor, people)
	page.Parts, page.MayAdd = at.parts(actor, looked.People), actor.Has(access.ContactsWrite)
	page.Acts = actsOf(actor)
	if err := s.fillForms(r, &page, looked, at, problem); err != nil {
		return err
	}
	body := view.Page(page)
	if page.Fragment = web.Partial(r); page.Fragment {
		body = view.Results(page)
	}
	return web.Render(w, r, status, web.View{Title: "Contacts", Nav: "contacts", Body: body})
}

// actsOf are what the actor can do with those they choose.
func actsOf(actor access.Actor) view.Acts {
	return view.Acts{
		Change: actor.Has(access.ContactsWrite), Assign: actor.Has(access.ContactsAssign), Delete: actor.Has(access.ContactsDelete),
		Merge: actor.Has(access.ContactsWrite) && actor.Has(access.ContactsDelete), Export: actor.Has(access.ContactsExport),
	}
}

// fillForms adds what the forms of the list offer, for those that are open: to
// have them all at hand would cost every page.
func (s *Service) fillForms(r *http.Request, page *view.List, l Looked, at place, problem error) error {
	ctx := r.Context()
	if at.add == "" {
		return nil
	}
	fields, err := s.Store.Fields(ctx, "contact")
	if err != nil {
		return err
	}
	tags, err := s.Store.Tags(ctx)
	if err != nil {
		return err
	}
	people, err := s.people(ctx)
	if err != nil {
		return err
	}
	show, err := s.shower(ctx)
	if err != nil {
		return err
	}
	l.Fields, l.Tags = fields, tags
	names := show.namer(l, people)
	sees := web.Actor(r).Has(access.PersonalSee)
	page.Fields = nil
	for _, on := range store.AskedFields(fields) {
		if !on.Personal || sees {
			page.Fields = append(page.Fields, view.Choice{Value: on.Key, Label: names.field(on.Key)})
		}
	}
	if at.add == openColumns {
		page.ColumnForm = columnForm(names, fields, l.Question.Columns)
		return nil
	}
	page.Adding = s.adding(r, names, at.add, problem)
	return nil
}

// openColumns is the place of add that opens the form with the columns, and
// openFilter the one that opens the choice of a field.
const (
	openColumns = "columns"
	openFilter  = "field"
)

func columnForm(names namer, fields []store.Field, chosen []string) []view.Choice {
	keys := slices.Clone(columnKeys)
	for _, f := range fields {
		keys = append(keys, store.OwnKey(f.ID))
	}
	if len(chosen) == 0 {
		chosen = columnKeys[:4]
	}
	var out []view.Choice
	for _, key := range keys {
		label := names.t("State")
		if key != "state" {
			label = names.field(key)
		}
		out = append(out, view.Choice{Value: key, Label: label, On: slices.Contains(chosen, key)})
	}
	return out
}

// adding is the form with which a condition on a field is added.
func (s *Service) adding(r *http.Request, names namer, key string, problem error) *view.Adding {
	out := &view.Adding{Choose: key == openFilter}
	if problem != nil {
		out.Problem = names.t(errs.Message(problem))
	}
	on, ok := store.AskedBy(key, names.fields)
	if !ok {
		out.Choose = true
		return out
	}
	out.Field, out.Label, out.Kind = key, names.field(key), on.Kind
	for i, op := range on.Ops() {
		chosen := r.PostFormValue("op") == op || r.PostFormValue("op") == "" && i == 0
		out.Ops = append(out.Ops, view.Choice{Value: op, Label: names.t(opWords[op]), On: chosen})
	}
	for _, o := range names.offers(on) {
		out.Values = append(out.Values, view.Choice{Value: o.value, Label: o.name, On: slices.Contains(r.PostForm["value"], o.value)})
	}
	out.Typed, out.Days = r.PostFormValue("value"), r.PostFormValue("days")
	out.Currency = on.Own.Currency
	return out
}

// findContacts searches. A page that asks while somebody types gets the results
// alone; a form leads to a view that stands for the search.
func (s *Service) findContacts(w http.ResponseWriter, r *http.Request) error {
	if !web.Partial(r) {
		r.PostForm.Set("do", filter.Find)
		return s.refineView(w, r)
	}
	at, actor := placeTyped(r), web.Actor(r)
	query := filter.First(r.PostFormValue("q"), 200)
	if query == "" {
		at.view = wholeList
		return s.renderList(w, r, http.StatusOK, at, nil)
	}
	roll, err := s.Find(r.Context(), actor, query, at.who, "")
	if err != nil {
		return err
	}
	show, err := s.shower(r.Context())
	if err != nil {
		return err
	}
	looked := Looked{Roll: roll, Question: picked.As(store.Question{Find: query}, actor, s.Now()), Total: store.Tally{N: len(roll.Rows), More: roll.Next != "" || roll.Cut}}
	page := show.list(looked, at)
	page.Next, page.Prev, page.More, page.Fragment = "", "", roll.Next != "", true
	page.Acts, page.Typing = actsOf(actor), true // all that are found would be all of the view around it
	return web.Render(w, r, http.StatusOK, web.View{Title: "Contacts", Nav: "contacts", Body: view.Results(page)})
}

// refineView leads to the view that stands for what a form makes of a question.
func (s *Service) refineView(w http.ResponseWriter, r *http.Request) error {
	at := placeTyped(r)
	id, err := s.Refine(r.Context(), web.Actor(r), r.PostForm)
	if errs.KindOf(err) == errs.Invalid {
		at.add = r.PostFormValue("field")
		return s.renderList(w, r, http.StatusUnprocessableEntity, at, err)
	}
	if err != nil {
		return err
	}
	if at.from == "" && at.view != wholeList {
		if v, err := s.Store.View(r.Context(), web.Actor(r).ID, at.view); err == nil && !v.Draft() {
			at.from = v.ID
		}
	}
	at.view = id
	if id == wholeList {
		at.from = ""
		if views, err := s.views(r.Context(), web.Actor(r)); err == nil && !slices.ContainsFunc(views, func(v store.View) bool { return v.First }) {
			at.view = ""
		}
	}
	web.SeeOther(w, r, at.path())
	return nil
}
