package companies

import (
	"context"
	"net/http"
	"strings"

	"stead/app/access"
	"stead/app/assign"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/companies"
	"stead/views/ui"
)

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	read, write, drop := web.Policy{Needs: access.ContactsRead}, web.Policy{Needs: access.ContactsWrite}, web.Policy{Needs: access.ContactsDelete}
	rt.Handle("GET /companies", read, s.list)
	rt.Handle("POST /companies/search", read, s.search) // what is typed stays out of addresses
	rt.Handle("GET /companies/new", write, s.showNew)
	rt.Handle("POST /companies", write, s.create)
	rt.Handle("POST /companies/matches", write, s.showMatches)
	rt.Handle("GET /companies/{id}", read, s.show)
	rt.Handle("GET /companies/{id}/edit", write, s.showEdit)
	rt.Handle("POST /companies/{id}", write, s.save)
	rt.Handle("POST /companies/{id}/candidates", write, s.showCandidates)
	rt.Handle("POST /companies/{id}/people", write, s.addPerson)
	rt.Handle("POST /companies/{id}/people/{contact}", write, s.savePerson)
	rt.Handle("POST /companies/{id}/people/{contact}/removal", write, s.removePerson)
	s.ownerPages().Routes(rt, "/companies/{id}", access.ContactsAssign)
	rt.Handle("POST /companies/{id}/deletion", drop, s.remove)
	rt.Handle("POST /companies/{id}/restoration", drop, s.restore)
	rt.Handle("GET /companies/{id}/merge", drop, s.showChoose)
	rt.Handle("POST /companies/{id}/merge", drop, s.choose)
	rt.Handle("GET /companies/{id}/merge/{other}", drop, s.showMerge)
	rt.Handle("POST /companies/{id}/merge/{other}", drop, s.merge)
	s.notePages().Routes(rt, "/companies/{id}", web.Policy{Needs: access.ContactsWrite})
}

func page(title string, body ui.Component) web.View {
	return web.View{Title: title, Nav: "companies", Body: body}
}

// list shows a page of all companies: sort is "-name", "activity", "-activity"
// or, left out, the name; who is "mine", "free", "team" or, left out, all.
func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	at := r.URL.Query()
	where := spot{sort: at.Get("sort"), who: at.Get("who"), tag: at.Get("tag"), after: at.Get("after")}
	order := store.CompanyOrder{ByName: !strings.HasSuffix(where.sort, "activity"), Descending: strings.HasPrefix(where.sort, "-"), Tag: where.tag}
	roll, err := s.List(r.Context(), web.Actor(r), order, where.who, where.after)
	if err != nil {
		return err
	}
	return s.renderList(w, r, roll, where, "")
}

// mostTags is how many tags the list can be narrowed down by.
const mostTags = 200

func (s *Service) offered(ctx context.Context) ([]ui.Option, error) {
	tags, err := s.Store.Tags(ctx)
	var out []ui.Option
	for _, t := range tags[:min(len(tags), mostTags)] {
		out = append(out, ui.Option{Value: t.ID, Label: t.Name})
	}
	return out, err
}

func (s *Service) search(w http.ResponseWriter, r *http.Request) error {
	where, query := spot{who: r.PostFormValue("who")}, strings.TrimSpace(r.PostFormValue("q"))
	if query == "" && !web.Partial(r) {
		web.SeeOther(w, r, where.path())
		return nil
	}
	var roll Roll
	var err error
	if query == "" {
		roll, err = s.List(r.Context(), web.Actor(r), store.CompanyOrder{ByName: true}, where.who, "")
	} else {
		roll, err = s.Find(r.Context(), web.Actor(r), query, where.who)
	}
	if err != nil {
		return err
	}
	return s.renderList(w, r, roll, where, query)
}

func (s *Service) renderList(w http.ResponseWriter, r *http.Request, roll Roll, where spot, query string) error {
	show, err := s.shower(r.Context())
	if err != nil {
		return err
	}
	actor := web.Actor(r)
	list := show.list(roll, where, query)
	list.MayAdd, list.MayExport = actor.Has(access.ContactsWrite), actor.Has(access.ContactsExport)
	if list.Tags, err = s.offered(r.Context()); err != nil {
		return err
	}
	for _, part := range roll.People.Parts(actor, access.ContactsRead) {
		at := spot{sort: where.sort, tag: where.tag, who: part.Whose}
		list.Parts = append(list.Parts, ui.Part{Label: part.Label, Href: at.path(), Current: part.Whose == where.who})
	}
	if web.Partial(r) {
		return web.Render(w, r, http.StatusOK, page("Companies", view.Results(list)))
	}
	return web.Render(w, r, http.StatusOK, page("Companies", view.Page(list)))
}

// show shows a company; the address of one that was merged leads to what it
// became, for who may see that.
func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	into, err := s.Store.CompanyBecame(r.Context(), r.PathValue("id"))
	if err == nil {
		if _, err := mayRead(r.Context(), &s.Store.Reader, web.Actor(r), into); err == nil {
			http.Redirect(w, r, companyPath(into), http.StatusFound) // it may be taken back
			return nil
		}
	}
	return s.render(w, r, http.StatusOK, "")
}

// render shows the card, with why something was refused.
func (s *Service) render(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	return s.renderWith(w, r, status, problem, ui.NoteTyped{})
}

func (s *Service) renderWith(w http.ResponseWriter, r *http.Request, status int, problem string, note ui.NoteTyped) error {
	ctx, actor := r.Context(), web.Actor(r)
	c, err := s.Card(ctx, actor, r.PathValue("id"), r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	show, err := s.shower(ctx)
	if err != nil {
		return err
	}
	card := show.card(actor, c)
	card.Owner, card.Problem = ownerOf(actor, c), problem
	if web.Partial(r) {
		return web.Render(w, r, status, page(c.Name, view.Details(card)))
	}
	if card.Notes, err = s.notesOf(r, show, c.ID, note); err != nil {
		return err
	}
	for _, panel := range s.Panels {
		part, err := panel(ctx, actor, c.ID)
		if err != nil {
			return err
		}
		if part != nil && c.DeletedAt == 0 {
			card.Panels = append(card.Panels, part)
		}
	}
	return web.Render(w, r, status, page("Company", view.Company(card)))
}

// refused shows what was refused on the card; anything else goes on.
func (s *Service) refused(w http.ResponseWriter, r *http.Request, err error) error {
	switch errs.KindOf(err) {
	case errs.Invalid:
		return s.render(w, r, http.StatusUnprocessableEntity, errs.Message(err))
	case errs.Conflict:
		return s.render(w, r, http.StatusConflict, errs.Message(err))
	default:
		return err
	}
}

// ownerPages say who looks after a company, and give it to somebody else.
func (s *Service) ownerPages() assign.Pages {
	return assign.Pages{
		Nav: "companies", Path: companyPath, List: companiesAt, Gone: "Assigned. You do not see this company any more.", Read: access.ContactsRead,
		Owner: func(ctx context.Context, actor access.Actor, id string) (*ui.Owner, error) {
			c, err := s.Card(ctx, actor, id, "")
			return ownerOf(actor, c), err
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
	return s.Say.Done(w, r, companiesAt, "The company is in the bin.", saved.Undo)
}

func (s *Service) restore(w http.ResponseWriter, r *http.Request) error {
	saved, err := s.Restore(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return s.refused(w, r, err)
	}
	return s.Say.Done(w, r, companyPath(saved.ID), "The company is back.", saved.Undo)
}
