package team

import (
	"errors"
	"net/http"

	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/team"
)

// secondRoutes registers the pages of the second factor. They are open, too, to
// whoever must set one up before anything else.
func (s *Service) secondRoutes(rt *web.Router) {
	own := web.Policy{Self: ownAccount, Enrol: true}
	fresh := web.Policy{Self: ownAccount, Enrol: true, Fresh: true}
	rt.Handle("GET /login/code", web.Policy{Public: beforeSignIn}, s.showCode)
	rt.Handle("POST /login/code", web.Policy{Public: beforeSignIn}, s.enterCode)
	rt.Handle("GET /account/second-factor", own, s.showSecond)
	rt.Handle("POST /account/second-factor/start", fresh, s.startSecond)
	rt.Handle("GET /account/second-factor/start", own, s.backToSecond)
	rt.Handle("POST /account/second-factor", fresh, s.confirmSecond)
	rt.Handle("POST /account/second-factor/recovery", fresh, s.renewSpares)
	rt.Handle("GET /account/second-factor/recovery", own, s.backToSecond)
	rt.Handle("POST /account/second-factor/off", fresh, s.endSecond)
	rt.Handle("GET /confirm", own, s.showConfirm)
	rt.Handle("POST /confirm", own, s.doConfirm)
}

func (s *Service) showSecond(w http.ResponseWriter, r *http.Request) error {
	return s.renderSecond(w, r, http.StatusOK, view.Second{})
}

// backToSecond serves whoever reloads a page that a form made.
func (s *Service) backToSecond(w http.ResponseWriter, r *http.Request) error {
	web.SeeOther(w, r, "/account/second-factor")
	return nil
}

func (s *Service) startSecond(w http.ResponseWriter, r *http.Request) error {
	u, err := s.Store.User(r.Context(), web.Actor(r).ID)
	if err != nil {
		return err
	}
	seed, ticket, err := s.BeginFactor(r.Context(), u, r.PostFormValue("move"))
	if err != nil {
		return s.secondRefused(w, r, "move", err)
	}
	return s.renderEnrol(w, r, http.StatusOK, u, seed, view.Enrol{Ticket: ticket})
}

func (s *Service) renderEnrol(w http.ResponseWriter, r *http.Request, status int, u store.User, seed string, page view.Enrol) error {
	b, err := s.Store.Business(r.Context())
	if err != nil {
		return err
	}
	if page.QR, err = qrOf(keyURI(b.Name, u.Email, seed)); err != nil {
		return err
	}
	page.Seed = inGroups(seed)
	return web.Render(w, r, status, web.View{Title: "Set up your second factor", Nav: "account", Body: view.EnrolPage(page)})
}

func (s *Service) confirmSecond(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	u, err := s.Store.User(ctx, web.Actor(r).ID)
	if err != nil {
		return err
	}
	ticket := r.PostFormValue("ticket")
	codes, err := s.ConfirmFactor(ctx, u, ticket, r.PostFormValue("code"))
	var refused *web.StatusError
	page, status := view.Enrol{Ticket: ticket}, http.StatusUnprocessableEntity
	switch {
	case err == nil:
		if err := s.goOn(r, u.ID); err != nil {
			return err
		}
		return s.renderSpares(w, r, view.Spares{Codes: codes, Change: "The second factor is on. Every other device is signed out."})
	case errors.As(err, &refused):
		page.Wait, status = refused.Message, refused.Status
		web.RetryAfter(w, refused.RetryAfter)
	case errors.Is(err, errNoCode):
		page.Problem = errs.Message(err)
	default:
		return s.secondRefused(w, r, "", err)
	}
	e, err := s.enrolment(u.ID, ticket)
	if err != nil {
		return s.secondRefused(w, r, "", err)
	}
	return s.renderEnrol(w, r, status, u, e.Seed, page)
}

// goOn keeps the browser of a request signed in when all sessions of its person
// have just ended.
func (s *Service) goOn(r *http.Request, userID string) error {
	u, err := s.Store.User(r.Context(), userID)
	if err != nil {
		return err
	}
	return s.Sessions.Adopt(r.Context(), u)
}

func (s *Service) renewSpares(w http.ResponseWriter, r *http.Request) error {
	u, err := s.Store.User(r.Context(), web.Actor(r).ID)
	if err != nil {
		return err
	}
	codes, err := s.RenewRecovery(r.Context(), u, r.PostFormValue("renew"))
	if err != nil {
		return s.secondRefused(w, r, "renew", err)
	}
	return s.renderSpares(w, r, view.Spares{Codes: codes, Change: "The old recovery codes do not work any more."})
}

func (s *Service) renderSpares(w http.ResponseWriter, r *http.Request, page view.Spares) error {
	return web.Render(w, r, http.StatusOK, web.View{Title: "Your recovery codes", Nav: "account", Body: view.SparesPage(page)})
}

func (s *Service) endSecond(w http.ResponseWriter, r *http.Request) error {
	u, err := s.Store.User(r.Context(), web.Actor(r).ID)
	if err != nil {
		return err
	}
	if err := s.EndFactor(r.Context(), u, r.PostFormValue("off")); err != nil {
		return s.secondRefused(w, r, "off", err)
	}
	if err := s.goOn(r, u.ID); err != nil {
		return err
	}
	s.Sessions.Flash(r.Context(), "The second factor is off. Every other device is signed out.")
	web.SeeOther(w, r, "/account/second-factor")
	return nil
}

// secondRefused says on the page why nothing was done.
func (s *Service) secondRefused(w http.ResponseWriter, r *http.Request, field string, err error) error {
	var refused *web.StatusError
	switch {
	case errors.As(err, &refused):
		web.RetryAfter(w, refused.RetryAfter)
		return s.renderSecond(w, r, refused.Status, view.Second{Wait: refused.Message})
	case errs.KindOf(err) == errs.Invalid:
		return s.renderSecond(w, r, http.StatusUnprocessableEntity, view.Second{Field: field, Problem: errs.Message(err)})
	case errs.KindOf(err) == errs.Conflict:
		return s.renderSecond(w, r, http.StatusConflict, view.Second{Wait: errs.Message(err)})
	case errs.KindOf(err) == errs.Unavailable:
		return s.renderSecond(w, r, http.StatusServiceUnavailable, view.Second{Wait: errs.Message(err)})
	}
	return err
}

func (s *Service) renderSecond(w http.ResponseWriter, r *http.Request, status int, page view.Second) error {
	ctx := r.Context()
	u, err := s.Store.User(ctx, web.Actor(r).ID)
	if err != nil {
		return err
	}
	if page.Needed, err = s.needsFactor(ctx, u); err != nil {
		return err
	}
	f, err := s.Store.SecondFactor(ctx, u.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	page.On, page.Locked = err == nil, s.Vault.Locked()
	if page.On {
		left, err := s.Store.RecoveryCodesLeft(ctx, u.ID)
		if err != nil {
			return err
		}
		page.Left, page.Since = int(left), whenMs(f.CreatedAt, s.location(ctx))
	}
	return web.Render(w, r, status, web.View{Title: "Second factor", Nav: "account", Body: view.SecondPage(page)})
}
