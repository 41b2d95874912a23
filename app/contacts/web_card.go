package contacts

import (
	"context"
	"net/http"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	view "stead/views/contacts"
)

// showContact shows the card, or a page of its older activity.
func (s *Service) showContact(w http.ResponseWriter, r *http.Request) error {
	after := r.URL.Query().Get("after")
	if after == "" || !web.Partial(r) {
		return s.renderCard(w, r, http.StatusOK, after, typed{})
	}
	id := r.PathValue("id")
	line, err := s.Timeline(r.Context(), web.Actor(r), id, after)
	if err != nil {
		return err
	}
	show, err := s.shower(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, web.View{Body: view.Items(show.activity(id, line))})
}

func (s *Service) renderCard(w http.ResponseWriter, r *http.Request, status int, after string, in typed) error {
	page, err := s.cardPage(r.Context(), web.Actor(r), r.PathValue("id"), after, in)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, web.View{Title: page.Name, Nav: "contacts", Body: view.Contact(page)})
}

func (s *Service) cardPage(ctx context.Context, actor access.Actor, id, after string, in typed) (view.Card, error) {
	card, err := s.Card(ctx, actor, id, after)
	if err != nil {
		return view.Card{}, err
	}
	show, err := s.shower(ctx)
	if err != nil {
		return view.Card{}, err
	}
	return show.card(actor, card, in), nil
}

func (s *Service) addNote(w http.ResponseWriter, r *http.Request) error {
	id, body := r.PathValue("id"), r.PostFormValue("body")
	err := s.AddNote(r.Context(), web.Actor(r), id, body, web.FormKey(r))
	status, in := http.StatusOK, typed{}
	switch {
	case errs.KindOf(err) == errs.Invalid:
		status, in = http.StatusUnprocessableEntity, typed{note: body, noteProblem: errs.Fields(err)["body"]}
	case err != nil:
		return err
	case !web.Partial(r):
		web.SeeOther(w, r, contactPath(id)+"#activity")
		return nil
	}
	page, err := s.cardPage(r.Context(), web.Actor(r), id, "", in)
	if err != nil {
		return err
	}
	if web.Partial(r) {
		return web.Render(w, r, status, web.View{Body: view.Timeline(page.Activity)})
	}
	return web.Render(w, r, status, web.View{Title: page.Name, Nav: "contacts", Body: view.Contact(page)})
}

func (s *Service) finishTask(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := s.FinishTaskOf(r.Context(), web.Actor(r), id, r.PathValue("task")); err != nil {
		return err
	}
	page, err := s.cardPage(r.Context(), web.Actor(r), id, "", typed{})
	switch {
	case errs.KindOf(err) == errs.NotFound || errs.KindOf(err) == errs.Denied: // the task was theirs, the card is not
		web.SeeOther(w, r, "/")
		return nil
	case err == nil && !web.Partial(r):
		web.SeeOther(w, r, contactPath(id))
		return nil
	case err != nil:
		return err
	}
	return web.Render(w, r, http.StatusOK, web.View{Body: view.TaskList(page.Tasks)})
}

func (s *Service) setBlock(w http.ResponseWriter, r *http.Request) error {
	id, do := r.PathValue("id"), s.Unblock
	if r.PostFormValue("blocked") == "yes" {
		do = s.Block
	}
	if err := do(r.Context(), web.Actor(r), id); err != nil {
		return err
	}
	web.SeeOther(w, r, contactPath(id))
	return nil
}

func (s *Service) setRestriction(w http.ResponseWriter, r *http.Request) error {
	id, reason := r.PathValue("id"), r.PostFormValue("reason")
	var err error
	if r.PostFormValue("restricted") == "yes" {
		err = s.Restrict(r.Context(), web.Actor(r), id, reason)
	} else {
		err = s.Unrestrict(r.Context(), web.Actor(r), id)
	}
	if errs.KindOf(err) == errs.Invalid {
		return s.renderCard(w, r, http.StatusUnprocessableEntity, "", typed{reason: reason, reasonProblem: errs.Fields(err)["reason"]})
	}
	if err != nil {
		return err
	}
	web.SeeOther(w, r, contactPath(id))
	return nil
}
