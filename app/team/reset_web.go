package team

import (
	"errors"
	"net/http"
	"strings"

	"stead/app/email"
	"stead/app/errs"
	"stead/app/web"
	view "stead/views/team"
	"stead/views/ui"
)

func (s *Service) showAskReset(w http.ResponseWriter, r *http.Request) error {
	if web.Actor(r).ID != "" {
		web.SeeOther(w, r, "/account/password")
		return nil
	}
	return s.renderAskReset(w, r, http.StatusOK, view.AskReset{Asked: r.URL.Query().Has("asked")})
}

func (s *Service) askReset(w http.ResponseWriter, r *http.Request) error {
	page := view.AskReset{Email: strings.TrimSpace(r.PostFormValue("email"))}
	if !s.mailReady(r.Context()) {
		return s.renderAskReset(w, r, http.StatusOK, page)
	}
	if !email.Valid(page.Email) {
		page.Problem = "Enter an email address, like ana@example.com."
		return s.renderAskReset(w, r, http.StatusUnprocessableEntity, page)
	}
	err := s.AskReset(r.Context(), page.Email)
	var refused *web.StatusError
	if errors.As(err, &refused) {
		page.Wait = refused.Message
		web.RetryAfter(w, refused.RetryAfter)
		return s.renderAskReset(w, r, refused.Status, page)
	}
	if err != nil {
		return err
	}
	web.SeeOther(w, r, "/reset?asked")
	return nil
}

func (s *Service) renderAskReset(w http.ResponseWriter, r *http.Request, status int, page view.AskReset) error {
	page.Host, page.Mails = s.host(), s.mailReady(r.Context())
	return web.Render(w, r, status, web.View{Title: "New password", Body: view.AskResetPage(page), Bare: true})
}

func (s *Service) showReset(w http.ResponseWriter, r *http.Request) error {
	quiet(w)
	u, err := s.openReset(r.Context(), &s.Store.Reader, r.PathValue("token"), s.Now().UnixMilli())
	if err != nil {
		return s.deadReset(w, r, err)
	}
	return s.renderReset(w, r, http.StatusOK, view.Reset{Email: u.Email})
}

func (s *Service) reset(w http.ResponseWriter, r *http.Request) error {
	quiet(w)
	u, err := s.ResetPassword(r.Context(), r.PathValue("token"), r.PostFormValue("password"), r.PostFormValue("password_again"))
	page := view.Reset{Email: u.Email}
	var refused *web.StatusError
	switch {
	case errors.As(err, &refused):
		page.Wait = refused.Message
		web.RetryAfter(w, refused.RetryAfter)
		return s.renderReset(w, r, refused.Status, page)
	case errs.KindOf(err) == errs.Invalid:
		page.Errors = errs.Fields(err)
		page.Problems = problemsOf(page.Errors, "password", "password_again")
		return s.renderReset(w, r, http.StatusUnprocessableEntity, page)
	case err != nil:
		return s.deadReset(w, r, err)
	}
	s.Sessions.Flash(r.Context(), "Your password was changed. Every other browser is signed out.")
	return s.complete(w, r, u, road{Method: "reset", TimeZone: zoneOf(r.PostFormValue("time_zone"))})
}

func (s *Service) renderReset(w http.ResponseWriter, r *http.Request, status int, page view.Reset) error {
	page.Host, page.Token = s.host(), r.PathValue("token")
	return web.Render(w, r, status, web.View{Title: "Choose a new password", Body: view.ResetPage(page), Bare: true})
}

func (s *Service) deadReset(w http.ResponseWriter, r *http.Request, err error) error {
	return s.deadLink(w, r, err, "This link does not work", "Ask for a new one from the sign-in page.")
}

// helpMember has a colleague get a link, by mail or by hand.
func (s *Service) helpMember(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	path, err := s.HelpIn(r.Context(), web.Actor(r), id)
	if fields := refusal(err, "role"); fields != nil {
		return s.renderMember(w, r, http.StatusUnprocessableEntity, nil, fields)
	}
	if err != nil {
		return err
	}
	if path == "" {
		return s.said(w, r, teamAt+"/"+id, "A link is on its way to them.")
	}
	s.shown.put(r.Context(), id, s.URL+path)
	web.SeeOther(w, r, teamAt+"/"+id+"/reset")
	return nil
}

func (s *Service) showHandOver(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	m, err := s.Colleague(ctx, web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	link := view.Link{URL: s.shown.take(ctx, m.ID), Label: "The link for a new password", Hint: "Hand it to your colleague yourself. It works once and for 30 minutes; whoever has it can choose the password."}
	body := view.HandOver(nameOf(m.User), teamAt+"/"+m.ID, link)
	return web.Render(w, r, http.StatusOK, web.View{Title: ui.Words(ctx)("New password"), Nav: "settings", Body: body})
}
