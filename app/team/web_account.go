package team

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/team"
	"stead/views/ui"
)

// accountRoutes registers what concerns the person who asks alone.
func (s *Service) accountRoutes(rt *web.Router) {
	own := web.Policy{Self: ownAccount}
	rt.Handle("GET /account", own, s.showProfile)
	rt.Handle("POST /account", own, s.saveProfile)
	rt.Handle("GET /account/password", own, s.showPassword)
	rt.Handle("POST /account/password", own, s.changePassword)
	rt.Handle("GET /account/sessions", own, s.showSessions)
	rt.Handle("POST /account/sessions/end", own, s.endSession)
	rt.Handle("POST /account/sessions/forget", own, s.forgetBrowser)
	rt.Handle("POST /account/sessions/others", own, s.endOthers)
}

func (s *Service) showProfile(w http.ResponseWriter, r *http.Request) error {
	return s.renderProfile(w, r, http.StatusOK, view.Profile{})
}

func (s *Service) saveProfile(w http.ResponseWriter, r *http.Request) error {
	name := strings.TrimSpace(r.PostFormValue("name"))
	err := s.Rename(r.Context(), web.Actor(r).ID, name)
	if errs.KindOf(err) == errs.Invalid {
		return s.renderProfile(w, r, http.StatusUnprocessableEntity, view.Profile{Name: name, Errors: errs.Fields(err), Problems: problemsOf(errs.Fields(err), "name")})
	}
	if err != nil {
		return err
	}
	s.Sessions.Flash(r.Context(), "Saved.")
	web.SeeOther(w, r, "/account")
	return nil
}

// Rename changes how a person is called. What is wrong is errs.Invalid with the
// field name.
func (s *Service) Rename(ctx context.Context, userID, name string) error {
	if problem := nameProblem(name, "Enter your name."); problem != "" {
		return invalid(map[string]string{"name": problem})
	}
	at, id := s.Now().UnixMilli(), s.NewID()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.RenameUser(ctx, userID, name, at); err != nil {
			return err
		}
		return tell(ctx, tx, id, EventRenamed, userID, at)
	})
}

func (s *Service) renderProfile(w http.ResponseWriter, r *http.Request, status int, page view.Profile) error {
	ctx := r.Context()
	u, err := s.Store.User(ctx, web.Actor(r).ID)
	if err != nil {
		return err
	}
	page.Email = u.Email
	if len(page.Problems) == 0 {
		page.Name = u.Name
	}
	role, err := access.RoleOf(ctx, &s.Store.Reader, u.Role)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	page.Role = role.Name
	teams, err := s.Store.Teams(ctx)
	if err != nil {
		return err
	}
	for _, one := range teams {
		if one.ID == u.TeamID {
			page.Team = one.Name
		}
	}
	return web.Render(w, r, status, web.View{Title: "Your account", Nav: "account", Body: view.ProfilePage(page)})
}

func (s *Service) showPassword(w http.ResponseWriter, r *http.Request) error {
	return s.renderPassword(w, r, http.StatusOK, view.Password{})
}

func (s *Service) changePassword(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	before, err := s.Store.User(ctx, web.Actor(r).ID)
	if err != nil {
		return err
	}
	if before.PasswordHash == "" && (!web.IsFresh(ctx, s.Sessions) || r.PostForm.Has(web.SealedForm)) { // there is no old password to ask for
		if ok, err := s.confirm(w, r); err != nil || !ok {
			return err
		}
	}
	u, err := s.ChangePassword(ctx, before.ID, r.PostFormValue("current"), r.PostFormValue("password"), r.PostFormValue("password_again"))
	var refused *web.StatusError
	switch {
	case errors.As(err, &refused):
		web.RetryAfter(w, refused.RetryAfter)
		return s.renderPassword(w, r, refused.Status, view.Password{Wait: refused.Message})
	case errs.KindOf(err) == errs.Invalid:
		fields := errs.Fields(err)
		return s.renderPassword(w, r, http.StatusUnprocessableEntity, view.Password{Errors: fields, Problems: problemsOf(fields, "current", "password", "password_again")})
	case err != nil:
		return err
	}
	if err := s.Sessions.Adopt(ctx, u); err != nil {
		return err
	}
	s.jar().Clear(w, web.RememberCookie)
	s.Sessions.Flash(ctx, "Your password was changed. Every other device is signed out.")
	web.SeeOther(w, r, "/account/password")
	return nil
}

// problemsOf lists what is wrong in the order in which it stands on the page.
func problemsOf(fields map[string]string, order ...string) []ui.Problem {
	var out []ui.Problem
	for _, field := range order {
		if text := fields[field]; text != "" {
			out = append(out, ui.Problem{Field: field, Text: text})
		}
	}
	return out
}

func (s *Service) renderPassword(w http.ResponseWriter, r *http.Request, status int, page view.Password) error {
	u, err := s.Store.User(r.Context(), web.Actor(r).ID)
	if err != nil {
		return err
	}
	page.None = u.PasswordHash == ""
	return web.Render(w, r, status, web.View{Title: "Password", Nav: "account", Body: view.PasswordPage(page)})
}
