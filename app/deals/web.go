package deals

import (
	"context"
	"net/http"
	"net/url"

	"stead/app/access"
	"stead/app/assign"
	"stead/app/errs"
	"stead/app/web"
	view "stead/views/deals"
	"stead/views/ui"
)

const dealsAt = "/deals"

func dealPath(id string) string { return dealsAt + "/" + url.PathEscape(id) }

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	read, write, drop := web.Policy{Needs: access.DealsRead}, web.Policy{Needs: access.DealsWrite}, web.Policy{Needs: access.DealsDelete}
	rt.Handle("GET /deals/new", write, s.showNew)
	rt.Handle("POST /deals", write, s.create)
	rt.Handle("POST /deals/people", write, s.findPeople) // what is typed stays out of addresses
	rt.Handle("POST /deals/companies", write, s.findFirms)
	rt.Handle("POST /deals/bulk", write, s.many)
	rt.Handle("GET /deals/{id}", read, s.show)
	rt.Handle("GET /deals/{id}/edit", write, s.showEdit)
	rt.Handle("POST /deals/{id}", write, s.save)
	rt.Handle("GET /deals/{id}/move", write, s.showMove)
	rt.Handle("POST /deals/{id}/move", write, s.move)
	rt.Handle("POST /deals/{id}/reopening", write, s.reopen)
	s.ownerPages().Routes(rt, "/deals/{id}", access.DealsAssign)
	rt.Handle("GET /deals/{id}/people", write, s.showOther)
	rt.Handle("POST /deals/{id}/people", write, s.addOther)
	rt.Handle("POST /deals/{id}/people/{contact}", write, s.saveOther)
	rt.Handle("POST /deals/{id}/people/{contact}/removal", write, s.dropOther)
	s.notePages().Routes(rt, "/deals/{id}", write)
	rt.Handle("POST /deals/{id}/deletion", drop, s.remove)
	rt.Handle("POST /deals/{id}/restoration", drop, s.restore)
}

func page(title string, body ui.Component) web.View {
	return web.View{Title: title, Nav: "deals", Body: body}
}

func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	return s.render(w, r, http.StatusOK, "", ui.NoteTyped{})
}

// render shows the page of a deal, with why something was refused; to a page that
// heard of news only where the deal is.
func (s *Service) render(w http.ResponseWriter, r *http.Request, status int, problem string, note ui.NoteTyped) error {
	ctx, actor := r.Context(), web.Actor(r)
	d, err := s.See(ctx, actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	show, err := s.shower(ctx)
	if err != nil {
		return err
	}
	p := show.page(actor, d)
	p.Problem = problem
	if web.Partial(r) {
		return web.Render(w, r, status, page(p.Title, view.Now(p)))
	}
	if p.Notes, err = s.notesOf(r, show, d, note); err != nil {
		return err
	}
	for _, panel := range s.Panels {
		part, err := panel(short(ctx), actor, d)
		if err != nil {
			return err
		}
		if part != nil && d.DeletedAt == 0 {
			p.Panels = append(p.Panels, part)
		}
	}
	return web.Render(w, r, status, page(p.Title, view.Page(p)))
}

// refused shows what was refused on the page of the deal; anything else goes on.
func (s *Service) refused(w http.ResponseWriter, r *http.Request, err error) error {
	switch errs.KindOf(err) {
	case errs.Invalid:
		return s.render(w, r, http.StatusUnprocessableEntity, errs.Message(err), ui.NoteTyped{})
	case errs.Conflict:
		return s.render(w, r, http.StatusConflict, errs.Message(err), ui.NoteTyped{})
	default:
		return err
	}
}

// ownerPages say who looks after a deal, and give it to somebody else.
func (s *Service) ownerPages() assign.Pages {
	return assign.Pages{
		Nav: "deals", Path: dealPath, List: dealsAt, Gone: "Assigned. You do not see this deal any more.", Read: access.DealsRead,
		Owner: func(ctx context.Context, actor access.Actor, id string) (*ui.Owner, error) {
			d, err := s.See(ctx, actor, id)
			return ownerOf(actor, d), err
		},
		Assign: func(ctx context.Context, actor access.Actor, id, to string) (string, error) {
			saved, err := s.Assign(ctx, actor, id, to)
			return saved.Undo, err
		},
		Refused: s.refused, Say: s.Say,
	}
}

func (s *Service) remove(w http.ResponseWriter, r *http.Request) error {
	saved, err := s.Delete(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return s.refused(w, r, err)
	}
	return s.Say.Done(w, r, dealsAt, "The deal is in the bin.", saved.Undo)
}

func (s *Service) restore(w http.ResponseWriter, r *http.Request) error {
	saved, err := s.Restore(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return s.refused(w, r, err)
	}
	return s.Say.Done(w, r, dealPath(saved.ID), "The deal is back.", saved.Undo)
}
