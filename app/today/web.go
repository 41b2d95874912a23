package today

import (
	"net/http"

	"stead/app/access"
	"stead/app/web"
	view "stead/views/today"
	"stead/views/ui"
)

// Routes registers the pages of the capability. ShowDay is the front page, too.
func (s *Service) Routes(rt *web.Router) {
	read := web.Policy{Needs: access.InboxRead}
	rt.Handle("GET /today", read, s.ShowDay)
	rt.Handle("POST /today/tasks/{task}/done", web.Policy{Needs: access.TasksWrite}, s.finishTask)
}

// ShowDay is the page of this day.
func (s *Service) ShowDay(w http.ResponseWriter, r *http.Request) error {
	day, err := s.Day(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	p := page(r.Context(), day)
	if s.News != nil {
		news, n, err := s.News(r.Context(), web.Actor(r), ui.NewClock(day.Now, day.Now.Location()), maxNews)
		if err != nil {
			return err
		}
		if n > 0 {
			p.News = news
		}
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Today", Nav: "today", Body: view.Page(p)})
}

func (s *Service) finishTask(w http.ResponseWriter, r *http.Request) error {
	if err := s.Tasks.FinishTask(r.Context(), web.Actor(r), r.PathValue("task")); err != nil {
		return err
	}
	if !web.Partial(r) {
		web.SeeOther(w, r, "/today")
		return nil
	}
	return s.ShowDay(w, r)
}
