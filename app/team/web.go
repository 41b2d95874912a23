package team

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/team"
	"stead/views/ui"
)

const (
	beforeSignIn = "nobody is signed in yet"
	ownAccount   = "it concerns the person who asks alone"
	beforeSetUp  = "there is no account yet; the one-time link is asked for"
)

// Routes registers the pages.
func (s *Service) Routes(rt *web.Router) {
	rt.Confirm, rt.EnrolAt = s.confirm, "/account/second-factor"
	rt.Handle("GET /login", web.Policy{Public: beforeSignIn}, s.showLogin)
	rt.Handle("POST /login", web.Policy{Public: beforeSignIn}, s.signIn)
	rt.Handle("POST /logout", web.Policy{Public: "signing out twice is no error"}, s.signOut)
	rt.Handle("GET /setup", web.Policy{Public: beforeSetUp}, s.showSetUp)
	rt.Handle("GET /setup/{token}", web.Policy{Public: beforeSetUp}, s.showSetUp)
	rt.Handle("POST /setup", web.Policy{Public: beforeSetUp}, s.setUp)
	s.secondRoutes(rt)
	s.accountRoutes(rt)
	s.memberRoutes(rt)
	s.oidcRoutes(rt)
	// While the vault is locked nobody can set up a second factor.
	rt.Handle("GET /unlock", web.Policy{Needs: access.SettingsRead, Enrol: true}, s.showLock)
	rt.Handle("POST /unlock", web.Policy{Needs: access.SettingsWrite, Enrol: true}, s.unlock)
}

func (s *Service) showLogin(w http.ResponseWriter, r *http.Request) error {
	done, err := s.IsSetUp(r.Context())
	if err != nil {
		return err
	}
	next := web.SafeNext(r.URL.Query().Get("next"), "")
	switch {
	case !done:
		web.SeeOther(w, r, "/setup")
		return nil
	case web.Actor(r).ID != "":
		web.SeeOther(w, r, orHome(next))
		return nil
	}
	if answered, err := s.recognise(w, r, next); err != nil || answered {
		return err
	}
	page := view.Login{Next: next}
	if s.Demo != nil {
		page.Demo, page.Email, page.Password = true, s.Demo.Email, s.Demo.Password
	}
	if r.URL.Query().Has("out") {
		page.Flash = "You are signed out."
	}
	if r.URL.Query().Has("left") {
		page.Flash = "Your account was deleted."
	}
	if r.URL.Query().Has("ended") {
		page.Wait = endedSentence
	}
	if r.URL.Query().Has("unsaved") {
		page.Wait = endedSentence + " " + unsavedSentence
	}
	if r.URL.Query().Has("again") {
		page.Wait = errs.Message(errOver)
	}
	return s.renderLogin(w, r, http.StatusOK, page)
}

func (s *Service) signIn(w http.ResponseWriter, r *http.Request) error {
	page := view.Login{
		Email: r.PostFormValue("email"), Next: web.SafeNext(r.PostFormValue("next"), ""), Remember: r.PostFormValue("remember") == "on",
	}
	ctx, err := s.brought(r)
	if err != nil {
		return err
	}
	u, err := s.Check(ctx, page.Email, r.PostFormValue("password"))
	var refused *web.StatusError
	switch {
	case errors.As(err, &refused):
		page.Wait = refused.Message
		web.RetryAfter(w, refused.RetryAfter)
		return s.renderLogin(w, r, refused.Status, page)
	case errs.KindOf(err) == errs.Invalid:
		page.Problem = errs.Message(err)
		return s.renderLogin(w, r, http.StatusUnprocessableEntity, page)
	case err != nil:
		return err
	}
	err = s.complete(w, r, u, road{Method: "password", Next: page.Next, Remember: page.Remember, TimeZone: zoneOf(r.PostFormValue("time_zone"))})
	if errors.Is(err, errNoEntry) { // it was disabled a moment ago
		page.Problem = errs.Message(err)
		return s.renderLogin(w, r, http.StatusUnprocessableEntity, page)
	}
	return err
}

func (s *Service) renderLogin(w http.ResponseWriter, r *http.Request, status int, page view.Login) error {
	if closed, err := s.renderClosed(w, r); err != nil || closed {
		return err
	}
	if b, err := s.Store.Business(r.Context()); err == nil {
		page.Business = b.Name
		page.Privacy, _ = web.ContactLink(b.PrivacyContact)
	}
	var err error
	if page.Others, err = s.accountsOffered(r.Context()); err != nil {
		return err
	}
	page.Host, page.Forgot = s.host(), "/reset"
	title := "Sign in"
	if page.Problem != "" {
		title = "Error: Sign in"
	}
	return web.Render(w, r, status, web.View{Title: title, Body: view.SignIn(page), Bare: true})
}

func (s *Service) signOut(w http.ResponseWriter, r *http.Request) error {
	if a := web.Actor(r); a.ID != "" {
		if err := s.note(r.Context(), EventSignedOut, a.ID); err != nil {
			return err
		}
	}
	if err := s.forget(w, r); err != nil {
		return err
	}
	if err := s.Sessions.SignOut(r.Context()); err != nil {
		return err
	}
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`) // the cookie goes with the answer
	web.SeeOther(w, r, "/login?out")
	return nil
}

func (s *Service) showSetUp(w http.ResponseWriter, r *http.Request) error {
	done, err := s.IsSetUp(r.Context())
	if err != nil {
		return err
	}
	if done {
		web.SeeOther(w, r, "/login")
		return nil
	}
	token := r.PathValue("token")
	if token == "" {
		return s.renderNoLink(w, r, http.StatusOK)
	}
	err = s.mayStart(r.Context(), token)
	if errs.KindOf(err) == errs.Denied {
		return s.renderNoLink(w, r, http.StatusForbidden)
	}
	if err != nil {
		return err
	}
	return s.renderSetUp(w, r, http.StatusOK, token, 1, SetUp{Hours: store.DefaultHours()}, nil)
}

func (s *Service) setUp(w http.ResponseWriter, r *http.Request) error {
	token, in := r.PostFormValue("token"), setUpOf(r.PostForm)
	err := s.mayStart(r.Context(), token)
	switch {
	case errors.Is(err, errSetUpDone):
		web.SeeOther(w, r, "/login")
		return nil
	case token == "", errs.KindOf(err) == errs.Denied:
		return s.renderNoLink(w, r, http.StatusForbidden)
	case err != nil:
		return err
	}
	if problems := in.businessProblems(); len(problems) > 0 {
		return s.renderSetUp(w, r, http.StatusUnprocessableEntity, token, 1, in, problems)
	}
	switch r.PostFormValue("step") {
	case "back":
		return s.renderSetUp(w, r, http.StatusOK, token, 1, in, nil)
	case "2":
		return s.finishSetUp(w, r, token, in)
	}
	return s.renderSetUp(w, r, http.StatusOK, token, 2, in, nil)
}

func (s *Service) finishSetUp(w http.ResponseWriter, r *http.Request, token string, in SetUp) error {
	if r.PostFormValue("password_again") != in.Password {
		problems := in.ownerProblems()
		problems["password_again"] = differs
		return s.renderSetUp(w, r, http.StatusUnprocessableEntity, token, 2, in, problems)
	}
	done, err := s.SetUp(r.Context(), token, in)
	switch {
	case errs.KindOf(err) == errs.Invalid && errs.Fields(err) != nil:
		return s.renderSetUp(w, r, http.StatusUnprocessableEntity, token, 2, in, errs.Fields(err))
	case errors.Is(err, errSetUpDone):
		web.SeeOther(w, r, "/login")
		return nil
	case err != nil:
		return err
	}
	s.Sessions.Flash(r.Context(), "You are set up. Keep a copy of "+s.KeyFile+" away from this machine: without it no backup can be opened again.")
	return s.complete(w, r, done.Owner, road{Method: "setup"})
}

func (s *Service) renderNoLink(w http.ResponseWriter, r *http.Request, status int) error {
	return web.Render(w, r, status, web.View{Title: "Set-up", Body: view.LinkInTerminal(s.host()), Bare: true})
}

func (s *Service) renderSetUp(w http.ResponseWriter, r *http.Request, status int, token string, step int, in SetUp, problems map[string]string) error {
	page := wizardView(in, step, problems)
	page.Token, page.Host = token, s.host()
	title := "Set-up"
	if len(problems) > 0 {
		title = "Error: Set-up"
	}
	return web.Render(w, r, status, web.View{Title: title, Body: view.SetUp(page), Bare: true})
}

func (s *Service) showLock(w http.ResponseWriter, r *http.Request) error {
	return s.renderLock(w, r, http.StatusOK, "")
}

func (s *Service) unlock(w http.ResponseWriter, r *http.Request) error {
	err := s.Unlock(r.Context(), web.Actor(r))
	if k := errs.KindOf(err); k == errs.Denied || k == errs.NotFound {
		return err
	}
	if err != nil {
		return s.renderLock(w, r, http.StatusUnprocessableEntity, errs.Message(err))
	}
	s.Sessions.Flash(r.Context(), "The vault is open again.")
	web.SeeOther(w, r, "/unlock")
	return nil
}

func (s *Service) renderLock(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	page := view.Lock{Locked: s.Vault.Locked(), KeyFile: s.KeyFile, Problem: problem}
	return web.Render(w, r, status, web.View{Title: "The vault", Nav: "settings", Body: view.Unlock(page)})
}

func (s *Service) location(ctx context.Context) *time.Location {
	b, err := s.Store.Business(ctx)
	if err != nil {
		return time.UTC
	}
	return b.Location()
}

func when(t time.Time, where *time.Location) ui.When {
	local := t.In(where)
	return ui.When{ISO: t.UTC().Format(time.RFC3339), Text: local.Format("2 Jan 15:04"), Full: local.Format("Monday 2 January 2006, 15:04 MST")}
}

func orHome(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// host is what people see of the server's address.
func (s *Service) host() string {
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" {
		return "this machine"
	}
	return u.Host
}
