package deals

import (
	"net/http"
	"slices"
	"strings"

	"stead/app/errs"
	"stead/app/web"
	view "stead/views/deals"
	"stead/views/ui"
)

// mostPicks is how many are offered at once.
const mostPicks = 8

func (s *Service) findPeople(w http.ResponseWriter, r *http.Request) error {
	p, err := s.persons(r, r.PostFormValue("who"), r.PostFormValue("contact"), "")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, page("New deal", view.Picks(p)))
}

func (s *Service) findFirms(w http.ResponseWriter, r *http.Request) error {
	p, err := s.firms(r, r.PostFormValue("firm"), r.PostFormValue("company"), "")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, page("New deal", view.Picks(p)))
}

// persons fills in whom a deal can be with: whom it is with now, nobody, and
// those who were looked for. The only one who was found is chosen.
func (s *Service) persons(r *http.Request, query, chosen, problem string) (view.Picker, error) {
	p := view.Picker{
		Name: "contact", Legend: "The deal is with", At: dealsAt + "/people", Nothing: "Nobody found. Try the beginning of a name.",
		Query: ui.Input{Name: "who", Label: "Person", Value: query, Optional: true, Max: 200, Autocomplete: "off", Problem: problem, Hint: "The beginning of a name, a number or an email address."},
	}
	ref, err := personRef(r.Context(), &s.Store.Reader, web.Actor(r), chosen)
	if err != nil {
		return p, err
	}
	choose(r, &p, ref)
	if query = strings.TrimSpace(query); query == "" || s.Persons == nil {
		return p, nil
	}
	found, err := s.Persons(r.Context(), web.Actor(r), query)
	if err != nil {
		return p, err
	}
	var picks []view.Pick
	for _, x := range found[:min(len(found), mostPicks)] {
		name := x.Name
		if name == "" {
			name = x.Phone
		}
		picks = append(picks, view.Pick{ID: x.ID, Name: name, More: x.Company, Number: x.Phone})
	}
	looked(r, &p, query, picks)
	return p, nil
}

// firms is persons for companies.
func (s *Service) firms(r *http.Request, query, chosen, problem string) (view.Picker, error) {
	p := view.Picker{
		Name: "company", Legend: "The company", At: dealsAt + "/companies", Nothing: "None found. Try the beginning of its name.",
		Query: ui.Input{Name: "firm", Label: "Company", Value: query, Optional: true, Max: 200, Autocomplete: "off", Problem: problem},
	}
	ref, err := companyRef(r.Context(), &s.Store.Reader, web.Actor(r), chosen)
	if err != nil {
		return p, err
	}
	choose(r, &p, ref)
	if query = strings.TrimSpace(query); query == "" || s.Firms == nil {
		return p, nil
	}
	found, err := s.Firms(r.Context(), web.Actor(r), query)
	if err != nil {
		return p, err
	}
	var picks []view.Pick
	for _, x := range found[:min(len(found), mostPicks)] {
		picks = append(picks, view.Pick{ID: x.ID, Name: x.Name})
	}
	looked(r, &p, query, picks)
	return p, nil
}

// choose puts what is chosen now first.
func choose(r *http.Request, p *view.Picker, ref *Ref) {
	if ref == nil {
		return
	}
	t, name := ui.Words(r.Context()), ref.Name
	switch {
	case !ref.Open:
		name = t("Somebody whom you do not see")
	case name == "":
		name = t("No name")
	}
	p.Picks = append(p.Picks, view.Pick{ID: ref.ID, Name: name, On: true}, view.Pick{Name: t("Nobody")})
}

// looked puts what was found behind it.
func looked(r *http.Request, p *view.Picker, query string, picks []view.Pick) {
	t := ui.Words(r.Context())
	p.Looked, p.Found = query, len(picks) > 0
	none := len(p.Picks) > 0
	for _, x := range picks {
		if x.Name == "" {
			x.Name = t("No name")
		}
		if !slices.ContainsFunc(p.Picks, func(o view.Pick) bool { return o.ID == x.ID }) {
			x.On = !none && len(picks) == 1
			p.Picks = append(p.Picks, x)
		}
	}
	if !none && p.Found {
		p.Picks = append(p.Picks, view.Pick{Name: t("Nobody")})
	}
}

// showOther shows the form that adds somebody else to a deal.
func (s *Service) showOther(w http.ResponseWriter, r *http.Request) error {
	return s.renderOther(w, r, http.StatusOK, "", nil)
}

func (s *Service) renderOther(w http.ResponseWriter, r *http.Request, status int, chosen string, problems map[string]string) error {
	id := r.PathValue("id")
	if _, err := mayWrite(r.Context(), &s.Store.Reader, web.Actor(r), id); err != nil {
		return err
	}
	picker, err := s.persons(r, r.PostFormValue("who"), chosen, problems["who"])
	if err != nil {
		return err
	}
	picker.Legend, picker.Query.Optional = "Add", false
	p := view.OtherPage{Action: dealPath(id) + "/people", Back: dealPath(id), Person: picker}
	p.Role = ui.Input{Name: "role", Label: "Role", Value: r.PostFormValue("role"), Optional: true, Autocomplete: "off", Max: maxRole, Problem: problems["role"]}
	p.Problems = inOrder(problems, []string{"who", "role"})
	return web.Render(w, r, status, page("Add a person", view.Other(p)))
}

func (s *Service) addOther(w http.ResponseWriter, r *http.Request) error {
	who, chosen := strings.TrimSpace(r.PostFormValue("who")), r.PostFormValue("contact")
	if r.PostFormValue("find") != "" || who != "" && who != strings.TrimSpace(r.PostFormValue("looked-contact")) {
		return s.renderOther(w, r, http.StatusOK, chosen, nil)
	}
	if chosen == "" {
		return s.renderOther(w, r, http.StatusUnprocessableEntity, chosen, map[string]string{"who": "Look for somebody and choose them."})
	}
	saved, err := s.SetOther(r.Context(), web.Actor(r), r.PathValue("id"), Other{ContactID: chosen, Role: r.PostFormValue("role")})
	if errs.KindOf(err) == errs.Invalid {
		return s.renderOther(w, r, http.StatusUnprocessableEntity, chosen, inputs(err))
	}
	return s.afterOther(w, r, saved, err, "Added to the deal.")
}

func (s *Service) saveOther(w http.ResponseWriter, r *http.Request) error {
	saved, err := s.SetOther(r.Context(), web.Actor(r), r.PathValue("id"), Other{ContactID: r.PathValue("contact"), Role: r.PostFormValue("role")})
	return s.afterOther(w, r, saved, err, "Saved.")
}

func (s *Service) dropOther(w http.ResponseWriter, r *http.Request) error {
	saved, err := s.DropOther(r.Context(), web.Actor(r), r.PathValue("id"), r.PathValue("contact"))
	return s.afterOther(w, r, saved, err, "Removed from the deal.")
}

func (s *Service) afterOther(w http.ResponseWriter, r *http.Request, saved Saved, err error, sentence string) error {
	if err != nil {
		return s.refused(w, r, err)
	}
	return s.Say.Done(w, r, dealPath(saved.ID)+"#people", sentence, saved.Undo)
}
