package contacts

import (
	"context"
	"net/http"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	view "stead/views/contacts"
)

// showContact shows the card, a page of its older activity, or its activity of
// one kind.
func (s *Service) showContact(w http.ResponseWriter, r *http.Request) error {
	at := Place{After: r.URL.Query().Get("after"), Kind: r.URL.Query().Get("kind")}
	if !web.Partial(r) || at == (Place{}) && !r.URL.Query().Has("activity") {
		return s.renderCard(w, r, http.StatusOK, at, typed{})
	}
	if at.After == "" {
		return s.renderActivity(w, r, http.StatusOK, at, typed{}, nil)
	}
	id := r.PathValue("id")
	line, err := s.Timeline(r.Context(), web.Actor(r), id, at)
	if err != nil {
		return err
	}
	show, err := s.shower(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, web.View{Body: view.Items(show.activity(id, line, web.Actor(r).Has(access.ContactsWrite)))})
}

func (s *Service) renderCard(w http.ResponseWriter, r *http.Request, status int, at Place, in typed) error {
	page, err := s.cardPage(r.Context(), web.Actor(r), r.PathValue("id"), at, in)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, web.View{Title: page.Name, Nav: "contacts", Body: view.Contact(page)})
}

// renderActivity draws what happened, and says what was just done.
func (s *Service) renderActivity(w http.ResponseWriter, r *http.Request, status int, at Place, in typed, toast *Saved) error {
	page, err := s.cardPage(r.Context(), web.Actor(r), r.PathValue("id"), at, in)
	if err != nil {
		return err
	}
	body := view.Timeline(page.Activity)
	if toast != nil && toast.Undo != "" {
		body = view.TimelineNews(page.Activity, "Saved.", toast.Undo)
	}
	return web.Render(w, r, status, web.View{Body: body})
}

func (s *Service) cardPage(ctx context.Context, actor access.Actor, id string, at Place, in typed) (view.Card, error) {
	card, err := s.Card(ctx, actor, id, at)
	if err != nil {
		return view.Card{}, err
	}
	show, err := s.shower(ctx)
	if err != nil {
		return view.Card{}, err
	}
	page := show.card(actor, card, in)
	if s.Files != nil {
		if page.Files, err = s.Files(ctx, actor, card.Contact); err != nil {
			return view.Card{}, err
		}
	}
	if s.Deals != nil && card.DeletedAt == 0 {
		if page.Deals, err = s.Deals(ctx, actor, card.Contact); err != nil {
			return view.Card{}, err
		}
	}
	if s.ToDo != nil {
		page.ToDo, err = s.ToDo(ctx, actor, card.Contact)
	}
	return page, err
}

func (s *Service) finishTask(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := s.FinishTaskOf(r.Context(), web.Actor(r), id, r.PathValue("task")); err != nil {
		return err
	}
	page, err := s.cardPage(r.Context(), web.Actor(r), id, Place{}, typed{})
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
	saved, err := do(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	s.Say.Change(r, "Saved.", saved.Undo)
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
		return s.renderCard(w, r, http.StatusUnprocessableEntity, Place{}, typed{reason: reason, reasonProblem: errs.Fields(err)["reason"]})
	}
	if err != nil {
		return err
	}
	web.SeeOther(w, r, contactPath(id))
	return nil
}
