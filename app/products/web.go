package products

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/products"
	"stead/views/ui"
)

const at = "/products"

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	read, write := web.Policy{Needs: access.DealsRead}, web.Policy{Needs: access.ProductsWrite}
	rt.Handle("GET /products", read, s.list)
	rt.Handle("POST /products/search", read, s.search) // what is typed stays out of addresses
	rt.Handle("POST /products/find", read, s.find)
	rt.Handle("GET /products/new", write, s.showNew)
	rt.Handle("POST /products", write, s.create)
	rt.Handle("GET /products/{id}", write, s.showOne)
	rt.Handle("POST /products/{id}", write, s.save)
	rt.Handle("POST /products/{id}/disabling", write, s.disable)
	rt.Handle("POST /products/{id}/enabling", write, s.enable)
}

// spot is which part of the list is shown.
type spot struct {
	typed    string
	disabled bool
	after    string
}

func (w spot) path() string {
	q := url.Values{}
	if w.disabled {
		q.Set("show", "disabled")
	}
	if w.after != "" {
		q.Set("after", w.after)
	}
	if len(q) == 0 {
		return at
	}
	return at + "?" + q.Encode()
}

// page is the address behind this one. A search has one page.
func (w spot) page(next string) string {
	if next == "" || w.typed != "" {
		return ""
	}
	w.after = next
	return w.path()
}

func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	return s.renderList(w, r, spot{disabled: q.Get("show") == "disabled", after: q.Get("after")})
}

func (s *Service) search(w http.ResponseWriter, r *http.Request) error {
	where := spot{typed: strings.TrimSpace(r.PostFormValue("q")), disabled: r.PostFormValue("show") == "disabled"}
	if where.typed == "" && !web.Partial(r) {
		web.SeeOther(w, r, where.path())
		return nil
	}
	return s.renderList(w, r, where)
}

func (s *Service) renderList(w http.ResponseWriter, r *http.Request, where spot) error {
	how, _, err := s.how(r.Context())
	if err != nil {
		return err
	}
	roll, err := s.List(r.Context(), web.Actor(r), where.typed, where.disabled, where.after)
	if err != nil {
		return err
	}
	list := listOf(web.Actor(r), roll, where, how)
	if list.Cut = roll.Next != "" && where.typed != ""; web.Partial(r) {
		return web.Render(w, r, http.StatusOK, pageOf("Products", view.Results(list)))
	}
	return web.Render(w, r, http.StatusOK, pageOf("Products", view.Page(list)))
}

func pageOf(title string, body ui.Component) web.View {
	return web.View{Title: title, Nav: "deals", Body: body}
}

// find answers who types in a line of a deal.
func (s *Service) find(w http.ResponseWriter, r *http.Request) error {
	how, _, err := s.how(r.Context())
	if err != nil {
		return err
	}
	typed := strings.TrimSpace(r.PostFormValue("q"))
	found, err := s.Find(r.Context(), web.Actor(r), typed)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, pageOf("Products", view.Offers(offers(web.Actor(r), found, r.PostFormValue("currency"), how))))
}

func (s *Service) showNew(w http.ResponseWriter, r *http.Request) error {
	_, b, err := s.how(r.Context())
	if err != nil {
		return err
	}
	return s.renderNew(w, r, http.StatusOK, Draft{Currency: b.Currency}, nil)
}

func (s *Service) renderNew(w http.ResponseWriter, r *http.Request, status int, in Draft, problems map[string]string) error {
	form := s.formOf(in, problems)
	form.New, form.Action = true, at
	return web.Render(w, r, status, pageOf("New product", view.FormPage(form)))
}

func draftFrom(r *http.Request) Draft {
	return Draft{
		Name: r.PostFormValue("name"), Code: r.PostFormValue("code"), Unit: r.PostFormValue("unit"), Price: r.PostFormValue("price"),
		Currency: r.PostFormValue("currency"), Tax: r.PostFormValue("tax"), Description: r.PostFormValue("description"),
	}
}

func (s *Service) create(w http.ResponseWriter, r *http.Request) error {
	in := draftFrom(r)
	_, undoID, err := s.Create(r.Context(), web.Actor(r), in, web.FormKey(r))
	switch {
	case errs.KindOf(err) == errs.Invalid:
		return s.renderNew(w, r, http.StatusUnprocessableEntity, in, errs.Fields(err))
	case err != nil:
		return err
	}
	return s.Say.Done(w, r, at, "The product was created.", undoID)
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	p, err := s.One(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	how, _, err := s.how(r.Context())
	if err != nil {
		return err
	}
	return s.renderOne(w, r, http.StatusOK, p, draftOf(p, how), nil, nil)
}

func (s *Service) renderOne(w http.ResponseWriter, r *http.Request, status int, p store.Product, in Draft, problems map[string]string, saved []ui.Change) error {
	form := s.formOf(in, problems)
	form.Action, form.Version, form.Title = at+"/"+p.ID, strconv.FormatInt(p.Version, 10), p.Name
	form.Off, form.Saved = p.DisabledAt != 0, saved
	return web.Render(w, r, status, pageOf(p.Name, view.FormPage(form)))
}

// save saves, or shows what somebody else saved meanwhile: 409 with both.
func (s *Service) save(w http.ResponseWriter, r *http.Request) error {
	id, in, actor := r.PathValue("id"), draftFrom(r), web.Actor(r)
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // none is never the current one
	undoID, err := s.Change(r.Context(), actor, id, version, in)
	if err == nil {
		return s.Say.Done(w, r, at, "The product was saved.", undoID)
	}
	invalid := errs.KindOf(err) == errs.Invalid
	if !invalid && errs.CodeOf(err) != CodeChanged {
		return err
	}
	p, findErr := s.One(r.Context(), actor, id)
	if findErr != nil {
		return findErr
	}
	if invalid {
		p.Version = version
		return s.renderOne(w, r, http.StatusUnprocessableEntity, p, in, errs.Fields(err), nil)
	}
	how, _, err := s.how(r.Context())
	if err != nil {
		return err
	}
	return s.renderOne(w, r, http.StatusConflict, p, in, nil, changes(draftOf(p, how), in))
}

func (s *Service) disable(w http.ResponseWriter, r *http.Request) error {
	undoID, err := s.Disable(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.Say.Done(w, r, at, "The product is no longer offered. Lines keep it.", undoID)
}

func (s *Service) enable(w http.ResponseWriter, r *http.Request) error {
	undoID, err := s.Enable(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.Say.Done(w, r, at, "The product is offered again.", undoID)
}
