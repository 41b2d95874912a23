package calendar

import (
	"net/http"
	"strings"

	"stead/app/access"
	"stead/app/web"
	view "stead/views/calendar"
	"stead/views/ui"
)

// ending is how the address of a calendar ends.
const ending = ".ics"

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	own := web.Policy{Needs: access.TasksWrite}
	rt.Handle("GET /calendar/{token}", web.Policy{Public: "the secret token in the address says whose tasks they are, and opens nothing else"}, s.serve)
	rt.Handle("GET /account/calendar", own, s.show)
	rt.Handle("POST /account/calendar", own, s.make)
	rt.Handle("POST /account/calendar/names", own, s.name)
	rt.Handle("POST /account/calendar/end", own, s.end)
}

func (s *Service) serve(w http.ResponseWriter, r *http.Request) error {
	token, ok := strings.CutSuffix(r.PathValue("token"), ending)
	if !ok || len(token) > 100 {
		return errNoFeed
	}
	body, err := s.Read(r.Context(), token)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="tasks.ics"`)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write(body) // the calendar may have gone
	return nil
}

func (s *Service) show(w http.ResponseWriter, r *http.Request) error { return s.render(w, r, "") }

// render shows the page; address is a new one, shown this once.
func (s *Service) render(w http.ResponseWriter, r *http.Request, address string) error {
	f, err := s.Feed(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	p := view.Page{On: f.UserID != "", Named: f.Named, Address: address}
	if p.On {
		b, err := s.Store.Business(r.Context())
		if err != nil {
			return err
		}
		p.Since = ui.NewClock(s.Now(), b.Location()).When(r.Context(), f.CreatedAt)
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Calendar", Nav: "account", Body: view.Account(p)})
}

func (s *Service) make(w http.ResponseWriter, r *http.Request) error {
	f, err := s.Feed(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	path, err := s.Make(r.Context(), web.Actor(r), f.Named)
	if err != nil {
		return err
	}
	return s.render(w, r, s.URL+path) // in this answer alone, and in no address
}

func (s *Service) name(w http.ResponseWriter, r *http.Request) error {
	if err := s.Name(r.Context(), web.Actor(r), r.PostFormValue("named") == "on"); err != nil {
		return err
	}
	s.Say.Once(r.Context(), "Saved.", "")
	web.SeeOther(w, r, "/account/calendar")
	return nil
}

func (s *Service) end(w http.ResponseWriter, r *http.Request) error {
	if err := s.End(r.Context(), web.Actor(r)); err != nil {
		return err
	}
	s.Say.Once(r.Context(), "The address opens nothing any more.", "")
	web.SeeOther(w, r, "/account/calendar")
	return nil
}
