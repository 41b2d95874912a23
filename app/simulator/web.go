package simulator

import (
	"net/http"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/phone"
	"stead/app/web"
	view "stead/views/simulator"
)

// Routes registers the pages.
func (s *Service) Routes(rt *web.Router) {
	run := web.Policy{Needs: access.DemoRun}
	rt.Handle("GET /simulator", run, s.showPage)
	rt.Handle("POST /simulator/calls", run, s.ring)
	rt.Handle("POST /simulator/texts", run, s.text)
}

func (s *Service) showPage(w http.ResponseWriter, r *http.Request) error {
	return s.render(w, r, http.StatusOK, view.Page{Call: view.Form{From: "+15035550177"}, Text: view.Form{From: "+15035550177"}})
}

func (s *Service) ring(w http.ResponseWriter, r *http.Request) error {
	form := view.Form{From: r.FormValue("from")}
	answered := r.FormValue("outcome") == "answered"
	err := s.Ring(r.Context(), web.Actor(r), form.From, answered)
	if errs.KindOf(err) == errs.Invalid {
		form.Problems = errs.Fields(err)
		return s.render(w, r, http.StatusUnprocessableEntity, view.Page{Call: form, Text: view.Form{From: form.From}})
	}
	return s.done(w, r, err)
}

func (s *Service) text(w http.ResponseWriter, r *http.Request) error {
	form := view.Form{From: r.FormValue("from"), Body: r.FormValue("body")}
	err := s.Text(r.Context(), web.Actor(r), form.From, form.Body)
	if errs.KindOf(err) == errs.Invalid {
		form.Problems = errs.Fields(err)
		return s.render(w, r, http.StatusUnprocessableEntity, view.Page{Text: form, Call: view.Form{From: form.From}})
	}
	return s.done(w, r, err)
}

// done leads to the inbox, where what was set off can be seen.
func (s *Service) done(w http.ResponseWriter, r *http.Request, err error) error {
	if err != nil {
		return err
	}
	web.SeeOther(w, r, "/inbox")
	return nil
}

func (s *Service) render(w http.ResponseWriter, r *http.Request, status int, p view.Page) error {
	p.Line = phone.Display(s.Line, s.Country)
	for _, person := range s.People() {
		p.People = append(p.People, view.Person{Name: person.Name, Number: person.Number, Shown: phone.Display(person.Number, s.Country)})
	}
	return web.Render(w, r, status, web.View{Title: "Simulator", Nav: "simulator", Body: view.Simulator(p)})
}
