package team

import (
	"errors"
	"net/http"

	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/team"
)

// quiet keeps a page whose address holds a token out of what is searched. No
// other site is told the address, as of every page (Referrer-Policy:
// same-origin); with no-referrer a browser would send the form on it without an
// origin, and on plain http that is refused.
func quiet(w http.ResponseWriter) {
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
}

func (s *Service) showJoin(w http.ResponseWriter, r *http.Request) error {
	quiet(w)
	i, err := s.openInvitation(r.Context(), &s.Store.Reader, r.PathValue("token"), s.Now().UnixMilli())
	if err != nil {
		return s.deadInvitation(w, r, err)
	}
	return s.renderJoin(w, r, http.StatusOK, i, view.Join{Name: i.Name})
}

func (s *Service) join(w http.ResponseWriter, r *http.Request) error {
	quiet(w)
	ctx, token := r.Context(), r.PathValue("token")
	in := Join{Name: r.PostFormValue("name"), Password: r.PostFormValue("password"), Again: r.PostFormValue("password_again")}
	i, err := s.openInvitation(ctx, &s.Store.Reader, token, s.Now().UnixMilli())
	if err != nil {
		return s.deadInvitation(w, r, err)
	}
	if web.Actor(r).ID != "" {
		return s.renderJoin(w, r, http.StatusConflict, i, view.Join{})
	}
	u, err := s.Join(ctx, token, in)
	var refused *web.StatusError
	page := view.Join{Name: in.Name}
	switch {
	case errors.As(err, &refused):
		page.Wait = refused.Message
		web.RetryAfter(w, refused.RetryAfter)
		return s.renderJoin(w, r, refused.Status, i, page)
	case errs.KindOf(err) == errs.Invalid:
		page.Errors = errs.Fields(err)
		page.Problems = problemsOf(page.Errors, "name", "password", "password_again")
		return s.renderJoin(w, r, http.StatusUnprocessableEntity, i, page)
	case err != nil:
		return s.deadInvitation(w, r, err)
	}
	return s.complete(w, r, u, road{Method: "invitation", TimeZone: zoneOf(r.PostFormValue("time_zone"))})
}

// renderJoin fills in what the invitation says. Whoever is signed in here as
// somebody else is told so, and keeps being that.
func (s *Service) renderJoin(w http.ResponseWriter, r *http.Request, status int, i store.Invitation, page view.Join) error {
	ctx := r.Context()
	n, err := s.names(ctx)
	if err != nil {
		return err
	}
	page.Host, page.Token, page.Email, page.By = s.host(), r.PathValue("token"), i.Email, n.by(i.InvitedBy)
	if b, err := s.Store.Business(ctx); err == nil {
		page.Business = b.Name
	}
	if id := web.Actor(r).ID; id != "" {
		page.SignedInAs = n.users.Name(id)
	}
	if page.Others, err = s.accountsOffered(ctx); err != nil {
		return err
	}
	return web.Render(w, r, status, web.View{Title: "Join", Body: view.JoinPage(page), Bare: true})
}

func (s *Service) deadInvitation(w http.ResponseWriter, r *http.Request, err error) error {
	return s.deadLink(w, r, err, "This invitation does not work", "Ask whoever invited you for a new one.")
}

// deadLink says why a link opens nothing: 410 when its time is over, 404 for
// every other reason, so that nobody learns which links there are.
func (s *Service) deadLink(w http.ResponseWriter, r *http.Request, err error, title, advice string) error {
	status := http.StatusNotFound
	switch errs.CodeOf(err) {
	case errJoinExpired.Code, errResetExpired.Code:
		status = http.StatusGone
	case errJoinUnknown.Code, errResetUnknown.Code:
	default:
		return err
	}
	return web.Render(w, r, status, web.View{Title: title, Body: view.DeadLink(s.host(), title, errs.Message(err), advice), Bare: true})
}
