package activity

import (
	"net/http"
	"net/url"

	"stead/app/access"
	"stead/app/web"
	view "stead/views/activity"
	"stead/views/ui"
)

// Routes registers the pages.
func (s *Service) Routes(rt *web.Router) {
	rt.Handle("GET /settings/team/{id}/activity", web.Policy{Needs: access.ActivityRead}, s.showColleague)
	rt.Handle("GET /account/activity", web.Policy{Self: "everybody may read what the log says of themselves"}, s.showOwn)
}

const onPage = 100

func (s *Service) showColleague(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	back := "/settings/team/" + url.PathEscape(id)
	return s.show(w, r, id, back+"/activity", back)
}

func (s *Service) showOwn(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, web.Actor(r).ID, "/account/activity", "")
}

func (s *Service) show(w http.ResponseWriter, r *http.Request, userID, path, back string) error {
	ctx := r.Context()
	name, list, next, err := s.Of(ctx, web.Actor(r), userID, r.URL.Query().Get("after"), onPage)
	if err != nil {
		return err
	}
	nav := "settings"
	if back == "" {
		nav = "account"
	}
	p := view.Activity{Name: name, Own: userID == web.Actor(r).ID, Back: back}
	if next != "" {
		p.Next = path + "?after=" + next
	}
	clock := ui.NewClock(s.Now(), s.zone(ctx))
	for _, a := range list {
		day := clock.Day(ctx, a.At)
		if n := len(p.Days); n == 0 || p.Days[n-1].Title != day {
			p.Days = append(p.Days, view.Day{Title: day})
		}
		d := &p.Days[len(p.Days)-1]
		d.Rows = append(d.Rows, view.Row{At: clock.Time(a.At), What: a.Words, Whose: a.Whose, Href: a.Href, Hidden: a.Hidden})
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Activity", Nav: nav, Body: view.Page(p)})
}
