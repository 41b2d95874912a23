package bulk

import (
	"net/http"
	"net/url"
	"slices"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/people"
	"stead/app/picked"
	"stead/app/web"
	"stead/store"
	view "stead/views/bulk"
	"stead/views/ui"
)

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	rt.Handle("POST /contacts/bulk", web.Policy{Needs: access.ContactsRead}, s.post)
}

// post leads from those who were chosen to what is changed of them: first what,
// then to which value, then what it would do, then it is done.
func (s *Service) post(w http.ResponseWriter, r *http.Request) error {
	actor := web.Actor(r)
	p, err := picked.Read(r.PostForm)
	if errs.KindOf(err) == errs.Invalid {
		s.Say.Once(r.Context(), errs.Message(err), "")
		web.SeeOther(w, r, back(r.PostForm))
		return nil
	}
	if err != nil {
		return err
	}
	h, err := s.house(r.Context())
	if err != nil {
		return err
	}
	page := h.page(r, actor, p)
	stage := r.PostFormValue("stage")
	if page.What == "" || stage == "" && page.What != Bin {
		return s.render(w, r, http.StatusOK, page)
	}
	e, err := h.read(r.PostForm)
	if err == nil {
		err = access.Allow(actor, e.needs(), access.Object{Owner: actor.ID})
	}
	switch {
	case errs.KindOf(err) == errs.Invalid:
		page.Problem, page.ProblemAt = errs.Message(err), first(errs.Fields(err))
		return s.render(w, r, http.StatusUnprocessableEntity, page)
	case err != nil:
		return err
	case stage != "apply":
		return s.preview(w, r, page, p, e, h)
	}
	return s.apply(w, r, p, e)
}

func first(of map[string]string) string {
	for input := range of {
		return input
	}
	return ""
}

func (s *Service) preview(w http.ResponseWriter, r *http.Request, page view.Bulk, p picked.Picked, e Edit, h house) error {
	found, err := s.Preview(r.Context(), web.Actor(r), p, e, h)
	if err != nil {
		return err
	}
	t := ui.Words(r.Context())
	page.Preview = &view.Preview{
		Total: count(r, found.Total), Looked: found.Looked, Change: found.Change, Skip: found.Skip, More: found.Total.More || found.Total.N > found.Looked,
	}
	for _, x := range found.Examples {
		if slices.Contains([]string{DoNotCall, Minor, Blocked, Bin}, e.What) {
			x.Before, x.After = t(x.Before), t(x.After)
		}
		page.Preview.Examples = append(page.Preview.Examples, view.Example(x))
	}
	page.Hidden = carried(r.PostForm)
	return s.render(w, r, http.StatusOK, page)
}

// carried is what the form said, for the one that follows it.
func carried(form url.Values) url.Values {
	out := url.Values{}
	for _, name := range []string{"what", "do", "off", "value", "new", "evidence", "clear"} {
		if form.Has(name) {
			out[name] = form[name][:1]
		}
	}
	return out
}

func count(r *http.Request, t store.Tally) string {
	if t.More {
		return ui.Say(r.Context(), "%s+ contacts", ui.Number(t.N))
	}
	return ui.Many(r.Context(), t.N, "%s contact", "%s contacts")
}

func (s *Service) apply(w http.ResponseWriter, r *http.Request, p picked.Picked, e Edit) error {
	out, err := s.Apply(r.Context(), web.Actor(r), p, e, web.FormKey(r))
	if errs.KindOf(err) == errs.Invalid || errs.KindOf(err) == errs.Conflict {
		s.Say.Once(r.Context(), errs.Message(err), "")
		web.SeeOther(w, r, back(r.PostForm))
		return nil
	}
	if err != nil {
		return err
	}
	if out.Operation != "" {
		web.SeeOther(w, r, "/work/"+url.PathEscape(out.Operation))
		return nil
	}
	said := ui.Many(r.Context(), out.Changed, "%s contact changed.", "%s contacts changed.")
	if out.Skipped > 0 {
		said += " " + ui.Many(r.Context(), out.Skipped, "%s is out of your reach and was left alone.", "%s are out of your reach and were left alone.")
	}
	s.Say.Once(r.Context(), said, out.Undo)
	web.SeeOther(w, r, back(r.PostForm))
	return nil
}

// back is the list that somebody came from.
func back(form url.Values) string {
	at := url.Values{}
	for _, name := range []string{"view", "from", "sort", "who"} {
		if v := form.Get(name); v != "" {
			at.Set(name, v)
		}
	}
	if len(at) == 0 {
		return "/contacts"
	}
	return "/contacts?" + at.Encode()
}

func (s *Service) render(w http.ResponseWriter, r *http.Request, status int, page view.Bulk) error {
	return web.Render(w, r, status, web.View{Title: "Change contacts", Nav: "contacts", Body: view.Page(page)})
}

// page is the form as it was sent, with what it offers.
func (h house) page(r *http.Request, actor access.Actor, p picked.Picked) view.Bulk {
	t := ui.Words(r.Context())
	form := r.PostForm
	out := view.Bulk{
		What: whatOf(form), Back: back(form), Picked: p.Form(), All: p.All, N: len(p.IDs),
		Value: form.Get("value"), New: form.Get("new"), Evidence: form.Get("evidence"), Off: form.Get("off") == "yes", Clear: form.Get("clear") != "",
	}
	for _, name := range []string{"from", "sort"} {
		if v := form.Get(name); v != "" {
			out.Picked.Set(name, v)
		}
	}
	for _, what := range whats {
		if actor.Has(Edit{What: what}.needs()) {
			out.Whats = append(out.Whats, view.Choice{Value: what, Label: t(whatWords[what])})
		}
	}
	for _, f := range h.fields {
		if actor.Has(access.ContactsWrite) {
			out.Whats = append(out.Whats, view.Choice{Value: store.OwnKey(f.ID), Label: f.Name})
		}
	}
	out.Label = t(whatWords[out.What])
	if f, ok := h.field(out.What); ok {
		out.Label, out.Kind, out.Currency = f.Name, f.Kind, f.Currency
	}
	out.Values = h.offers(t, out.What)
	return out
}

// offers are the values that can be chosen.
func (h house) offers(t func(string) string, what string) []view.Choice {
	var out []view.Choice
	switch what {
	case Tag:
		for _, tag := range h.tags {
			out = append(out, view.Choice{Value: tag.ID, Label: tag.Name})
		}
	case Owner:
		out = append(out, view.Choice{Label: t("Nobody")})
		for _, u := range h.people.Active() {
			out = append(out, view.Choice{Value: u.ID, Label: u.Name})
		}
	case Language:
		out = named(t, people.Languages)
	case Basis:
		out = named(t, people.Bases)
	}
	if f, ok := h.field(what); ok {
		for _, c := range f.Choices {
			if !c.Gone {
				out = append(out, view.Choice{Value: c.Name, Label: c.Name})
			}
		}
	}
	return out
}

func named(t func(string) string, of []people.Named) []view.Choice {
	out := []view.Choice{{Label: t("None")}}
	for _, n := range of {
		out = append(out, view.Choice{Value: n.Code, Label: t(n.Name)})
	}
	return out
}
