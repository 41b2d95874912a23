package duplicates

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/picked"
	"stead/app/web"
	view "stead/views/duplicates"
)

const listAt = "/contacts/duplicates"

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	read, write := web.Policy{Needs: access.ContactsRead}, web.Policy{Needs: access.ContactsWrite}
	gone := web.Policy{Needs: access.ContactsDelete}
	rt.Handle("GET /contacts/duplicates", read, s.showList)
	rt.Handle("POST /contacts/duplicates/search", write, s.seek)
	rt.Handle("POST /contacts/duplicates/merge", gone, s.mergeTicked)
	rt.Handle("POST /contacts/{id}/separate/{other}", write, s.separate)
	rt.Handle("GET /contacts/merge", gone, s.showMerge)
	rt.Handle("POST /contacts/merge", gone, s.doMerge)
	rt.Handle("POST /contacts/merge/picked", gone, s.mergePicked)
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) error {
	return s.renderList(w, r, http.StatusOK, "")
}

func (s *Service) renderList(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	page, err := s.List(r.Context(), web.Actor(r), r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	shown := showList(r.Context(), page)
	shown.Problem = problem
	return web.Render(w, r, status, web.View{Title: "Duplicates", Nav: "contacts", Body: view.Page(shown)})
}

func (s *Service) seek(w http.ResponseWriter, r *http.Request) error {
	id, err := s.Seek(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	web.SeeOther(w, r, "/work/"+id)
	return nil
}

func (s *Service) mergeTicked(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return &errs.Error{Kind: errs.Invalid, Message: "This form cannot be read.", Err: err}
	}
	id, err := s.MergeAll(r.Context(), web.Actor(r), r.PostForm["pair"])
	if errs.KindOf(err) == errs.Invalid {
		return s.renderList(w, r, http.StatusUnprocessableEntity, "Choose at least one pair first.")
	}
	if err != nil {
		return err
	}
	web.SeeOther(w, r, "/work/"+id)
	return nil
}

func (s *Service) separate(w http.ResponseWriter, r *http.Request) error {
	undo, err := s.KeepSeparate(r.Context(), web.Actor(r), r.PathValue("id"), r.PathValue("other"))
	if err != nil {
		return err
	}
	s.Say.Once(r.Context(), "They are kept separate.", undo)
	web.SeeOther(w, r, listAt)
	return nil
}

// showMerge shows two contacts side by side: a is kept, b goes into it; then
// names those that go in after it.
func (s *Service) showMerge(w http.ResponseWriter, r *http.Request) error {
	at := r.URL.Query()
	return s.renderMerge(w, r, http.StatusOK, at.Get("a"), at.Get("b"), at.Get("then"), nil)
}

func (s *Service) renderMerge(w http.ResponseWriter, r *http.Request, status int, kept, gone, then string, taken []string) error {
	sides, err := s.Compare(r.Context(), web.Actor(r), kept, gone)
	if err != nil {
		return err
	}
	page := showMerge(r.Context(), sides, taken)
	page.Then, page.Changed = then, status == http.StatusConflict
	page.Swap, page.Back = mergePath(gone, kept, then), listAt
	return web.Render(w, r, status, web.View{Title: "Merge contacts", Nav: "contacts", Body: view.MergePage(page)})
}

func mergePath(a, b, then string) string {
	q := url.Values{"a": {a}, "b": {b}}
	if then != "" {
		q.Set("then", then)
	}
	return "/contacts/merge?" + q.Encode()
}

// doMerge merges, or shows both anew when somebody changed one: 409.
func (s *Service) doMerge(w http.ResponseWriter, r *http.Request) error {
	kept, gone, then := r.PostFormValue("kept"), r.PostFormValue("gone"), r.PostFormValue("then")
	choice := Choice{KeptVersion: number(r, "kept-version"), GoneVersion: number(r, "gone-version"), TakeGone: takenFrom(r)}
	undo, err := s.Merge(r.Context(), web.Actor(r), kept, gone, choice)
	switch {
	case errs.CodeOf(err) == CodeChanged:
		return s.renderMerge(w, r, http.StatusConflict, kept, gone, then, choice.TakeGone)
	case err != nil:
		return err
	}
	s.Say.Once(r.Context(), "The contacts were merged.", undo)
	if next, rest, _ := strings.Cut(then, ","); next != "" {
		web.SeeOther(w, r, mergePath(kept, next, rest))
		return nil
	}
	web.SeeOther(w, r, "/contacts/"+url.PathEscape(kept))
	return nil
}

func takenFrom(r *http.Request) []string {
	var out []string
	for name, values := range r.PostForm {
		if what, ok := strings.CutPrefix(name, "pick-"); ok && len(values) == 1 && values[0] == "gone" {
			out = append(out, what)
		}
	}
	return out
}

func number(r *http.Request, name string) int64 {
	n, err := strconv.ParseInt(r.PostFormValue(name), 10, 64)
	if err != nil {
		return -1 // no version of anything
	}
	return n
}

// mergePicked begins to merge the contacts that were ticked in a list, two at a
// time.
func (s *Service) mergePicked(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return &errs.Error{Kind: errs.Invalid, Message: "This form cannot be read.", Err: err}
	}
	p, err := picked.Read(r.PostForm)
	switch {
	case errs.KindOf(err) == errs.Invalid, err == nil && (p.All || len(p.IDs) < 2 || len(p.IDs) > mostPicked):
		s.Say.Once(r.Context(), "Choose two to ten contacts to merge.", "")
		web.SeeOther(w, r, "/contacts")
		return nil
	case err != nil:
		return err
	}
	web.SeeOther(w, r, mergePath(p.IDs[0], p.IDs[1], strings.Join(p.IDs[2:], ",")))
	return nil
}

const mostPicked = 10

// Led answers a request for a contact that has gone into another with the way to
// that one, and tells whether it did. Whoever may not see it is told nothing.
func (s *Service) Led(w http.ResponseWriter, r *http.Request, goneID string) bool {
	to, err := s.Store.MergedInto(r.Context(), goneID)
	if err != nil {
		return false
	}
	if _, err := may(r.Context(), &s.Store.Reader, web.Actor(r), access.ContactsRead, to); err != nil {
		return false
	}
	http.Redirect(w, r, "/contacts/"+url.PathEscape(to), http.StatusMovedPermanently)
	return true
}
