package companies

import (
	"net/http"
	"net/url"
	"strings"

	"stead/app/errs"
	"stead/app/web"
	view "stead/views/companies"
	"stead/views/ui"
)

// showCandidates is who could be added: beside the form, or on a page of its own.
func (s *Service) showCandidates(w http.ResponseWriter, r *http.Request) error {
	id, query := r.PathValue("id"), strings.TrimSpace(r.PostFormValue("q"))
	rows, err := s.Candidates(r.Context(), web.Actor(r), id, query)
	if err != nil {
		return err
	}
	show, err := s.shower(r.Context())
	if err != nil {
		return err
	}
	var out []view.Candidate
	for _, c := range rows {
		x := view.Candidate{ID: c.ID, Name: c.Name, Company: c.Company, Number: show.number(c.Phone)}
		if x.Name == "" {
			x.Name, x.Number = x.Number, ""
		}
		out = append(out, x)
	}
	if web.Partial(r) {
		return web.Render(w, r, http.StatusOK, page("Company", view.Candidates(companyPath(id), out)))
	}
	in := ui.Input{Name: "q", Label: "Add a person", Hint: "Type the beginning of their name.", Value: query, Autocomplete: "off", Max: 200}
	return web.Render(w, r, http.StatusOK, page("Add a person", view.CandidatesPage(view.Card{Path: companyPath(id)}, in, out)))
}

func (s *Service) addPerson(w http.ResponseWriter, r *http.Request) error {
	saved, err := s.Add(r.Context(), web.Actor(r), r.PathValue("id"), r.PostFormValue("contact"), r.PostFormValue("role"))
	if err != nil {
		return s.refused(w, r, err)
	}
	return s.Say.Done(w, r, companyPath(saved.ID), "Added to the company.", saved.Undo)
}

func (s *Service) savePerson(w http.ResponseWriter, r *http.Request) error {
	saved, err := s.SetJob(r.Context(), web.Actor(r), r.PathValue("id"), r.PathValue("contact"), r.PostFormValue("role"), r.PostFormValue("former") == "on")
	if err != nil {
		return s.refused(w, r, err)
	}
	return s.Say.Done(w, r, companyPath(saved.ID), "Saved.", saved.Undo)
}

func (s *Service) removePerson(w http.ResponseWriter, r *http.Request) error {
	saved, err := s.Remove(r.Context(), web.Actor(r), r.PathValue("id"), r.PathValue("contact"))
	if err != nil {
		return s.refused(w, r, err)
	}
	return s.Say.Done(w, r, companyPath(saved.ID), "Removed from the company.", saved.Undo)
}

func (s *Service) showChoose(w http.ResponseWriter, r *http.Request) error {
	return s.renderChoose(w, r, "", false)
}

// choose finds the other company of a merge.
func (s *Service) choose(w http.ResponseWriter, r *http.Request) error {
	return s.renderChoose(w, r, strings.TrimSpace(r.PostFormValue("q")), true)
}

func (s *Service) renderChoose(w http.ResponseWriter, r *http.Request, query string, searched bool) error {
	id, actor := r.PathValue("id"), web.Actor(r)
	c, err := mayMerge(r.Context(), &s.Store.Reader, actor, id)
	if err != nil {
		return err
	}
	show, err := s.shower(r.Context())
	if err != nil {
		return err
	}
	p := view.Choose{Path: companyPath(id), Name: c.Name, Searched: searched}
	p.Query = ui.Input{Name: "q", Label: "The other company", Hint: "Type the beginning of its name or website.", Value: query, Autocomplete: "off", Max: 200}
	if searched {
		roll, err := s.Find(r.Context(), actor, query, "")
		if err != nil {
			return err
		}
		for _, row := range roll.Rows {
			if row.ID != id {
				out := show.row(row)
				out.Href = companyPath(id) + "/merge/" + url.PathEscape(row.ID)
				p.Rows = append(p.Rows, out)
			}
		}
	}
	return web.Render(w, r, http.StatusOK, page("Merge companies", view.ChoosePage(p)))
}

func (s *Service) showMerge(w http.ResponseWriter, r *http.Request) error {
	id, other := r.PathValue("id"), r.PathValue("other")
	kept, goes, err := s.Pair(r.Context(), web.Actor(r), id, other)
	if err != nil {
		return err
	}
	p := view.Merge{
		Path: companyPath(id) + "/merge/" + url.PathEscape(other), Back: companyPath(id), Kept: kept.Name, Goes: goes.Name,
		Swap: companyPath(other) + "/merge/" + url.PathEscape(id),
	}
	for _, row := range []view.Pair{
		{Name: "name", Label: "Name", Kept: kept.Name, Goes: goes.Name},
		{Name: "website", Label: "Website", Kept: kept.Website, Goes: goes.Website},
		{Name: "industry", Label: "Industry", Kept: kept.Industry, Goes: goes.Industry},
		{Name: "about", Label: "About", Kept: kept.About, Goes: goes.About},
	} {
		if row.Kept != row.Goes && row.Kept != "" && row.Goes != "" {
			p.Rows = append(p.Rows, row)
		}
	}
	return web.Render(w, r, http.StatusOK, page("Merge companies", view.MergePage(p)))
}

func (s *Service) merge(w http.ResponseWriter, r *http.Request) error {
	id, pick := r.PathValue("id"), Pick{}
	for _, name := range []string{"name", "website", "industry", "about"} {
		pick[name] = r.PostFormValue("pick-"+name) == "other"
	}
	merged, err := s.Merge(r.Context(), web.Actor(r), id, r.PathValue("other"), pick)
	switch {
	case errs.KindOf(err) == errs.Conflict:
		return s.refused(w, r, err)
	case err != nil:
		return err
	case merged.Operation != "":
		return s.Say.Done(w, r, "/work/"+merged.Operation, "The companies are being merged.", merged.Undo)
	}
	return s.Say.Done(w, r, companyPath(id), "The companies were merged.", merged.Undo)
}
