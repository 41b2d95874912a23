package today

import (
	"net/http"

	"stead/app/access"
	"stead/app/web"
	view "stead/views/today"
)

// Routes registers the pages of the capability. The first page of the product
// is Today.
func (s *Service) Routes(rt *web.Router) {
	read := web.Policy{Needs: access.InboxRead}
	rt.Handle("GET /{$}", read, s.showDay)
	rt.Handle("GET /today", read, s.showDay)
	rt.Handle("POST /today/tasks/{task}/done", web.Policy{Needs: access.TasksWrite}, s.finishTask)
}

func (s *Service) showDay(w http.ResponseWriter, r *http.Request) error {
	day, err := s.Day(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Today", Nav: "today", Body: view.Page(page(r.Context(), day))})
}

func (s *Service) finishTask(w http.ResponseWriter, r *http.Request) error {
	if err := s.Tasks.FinishTask(r.Context(), web.Actor(r), r.PathValue("task")); err != nil {
		return err
	}
	if !web.Partial(r) {
		web.SeeOther(w, r, "/today")
		return nil
	}
	return s.showDay(w, r)
}
