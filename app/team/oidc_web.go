package team

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"stead/app/errs"
	"stead/app/port"
	"stead/app/web"
	"stead/store"
	view "stead/views/team"
)

// oidcRoutes registers what has to do with accounts elsewhere.
func (s *Service) oidcRoutes(rt *web.Router) {
	own := web.Policy{Self: ownAccount}
	rt.Handle("POST /login/oidc/{provider}", web.Policy{Public: beforeSignIn}, s.signInElsewhere)
	rt.Handle("GET "+callbackPath, web.Policy{Public: "a browser comes back here; the cookie of the journey says whose it is"}, s.landed)
	rt.Handle("POST /confirm/oidc/{provider}", web.Policy{Self: ownAccount, Enrol: true}, s.confirmElsewhere)
	rt.Handle("GET /account/accounts", own, s.showAccounts)
	rt.Handle("POST /account/accounts/{provider}", web.Policy{Self: ownAccount, Fresh: true}, s.linkAccount)
	rt.Handle("POST /account/accounts/disconnection", web.Policy{Self: ownAccount, Fresh: true}, s.unlinkAccount)
}

// signInElsewhere sends a browser away to come back signed in, or as the person
// whom an invitation is for.
func (s *Service) signInElsewhere(w http.ResponseWriter, r *http.Request) error {
	if closed, err := s.renderClosed(w, r); err != nil || closed {
		return err
	}
	j := journey{For: toSignIn, Next: web.SafeNext(r.PostFormValue("next"), ""), TimeZone: zoneOf(r.PostFormValue("time_zone"))}
	if token := r.PostFormValue("join"); token != "" {
		j.For, j.Join = toJoin, tokenHash(token)
		if web.Actor(r).ID != "" {
			return s.lost(w, r, j, errSignedIn)
		}
	}
	return s.lost(w, r, j, s.setOut(w, r, r.PathValue("provider"), "", j))
}

// confirmElsewhere has somebody prove once more who they are.
func (s *Service) confirmElsewhere(w http.ResponseWriter, r *http.Request) error {
	j := journey{For: toConfirm, Next: web.SafeNext(r.PostFormValue("next"), "")}
	return s.lost(w, r, j, s.setOut(w, r, r.PathValue("provider"), web.Actor(r).ID, j))
}

func (s *Service) linkAccount(w http.ResponseWriter, r *http.Request) error {
	j := journey{For: toLink}
	return s.lost(w, r, j, s.setOut(w, r, r.PathValue("provider"), web.Actor(r).ID, j))
}

// landed is where every journey ends.
func (s *Service) landed(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	token := s.jar().Get(r, web.AwayCookie)
	j, c, err := s.comeBack(r.Context(), token, single(q, "state"))
	if err != nil {
		return s.lost(w, r, j, err)
	}
	s.jar().Clear(w, web.AwayCookie)
	if q.Has("error") {
		return s.lost(w, r, j, broughtBack(single(q, "error")))
	}
	claims, err := s.claims(r.Context(), token, j, port.Landing{Code: single(q, "code"), Issuer: single(q, "iss")})
	if err == nil {
		err = s.arrive(w, r, j, c, claims)
	}
	return s.lost(w, r, j, err)
}

// single is a parameter that stands there once; twice is not at all.
func single(q url.Values, name string) string {
	if len(q[name]) != 1 {
		return ""
	}
	return q[name][0]
}

// broughtBack is an error that the provider sent the browser with. Its words
// are a stranger's and are not shown.
func broughtBack(code string) error {
	if code == "access_denied" {
		return &errs.Error{Kind: errs.Denied, Code: code, Message: "You did not agree there, so nothing was done."}
	}
	return &errs.Error{Kind: errs.Denied, Code: "provider_error", Message: "The other account's provider could not sign you in. Try again, or sign in another way."}
}

// arrive does what the journey was for.
func (s *Service) arrive(w http.ResponseWriter, r *http.Request, j journey, c store.Challenge, claims port.Claims) error {
	switch j.For {
	case toSignIn:
		return s.enterWith(w, r, j, claims)
	case toJoin:
		return s.joinWith(w, r, j, claims)
	}
	// The rest concerns whoever is signed in, and is still the same.
	if id := web.Actor(r).ID; id == "" || id != c.UserID {
		return errLostWay
	}
	if j.For == toConfirm {
		return s.confirmWith(w, r, j, claims)
	}
	return s.linkWith(w, r, claims)
}

var errSignedIn = &errs.Error{Kind: errs.Conflict, Code: "signed_in", Message: "Somebody is signed in with this browser. Sign out, then open the link of the invitation again."}

var errUnknown = &errs.Error{Kind: errs.Denied, Code: "unknown_account", Message: "Nobody here uses this account yet. Sign in with your password, then connect it under Your account."}

// enterWith signs in whom issuer and subject name. The address says nothing.
func (s *Service) enterWith(w http.ResponseWriter, r *http.Request, j journey, claims port.Claims) error {
	ctx := r.Context()
	known, err := s.Store.Identity(ctx, claims.Issuer, claims.Subject)
	if errors.Is(err, store.ErrNotFound) {
		return errUnknown
	}
	if err != nil {
		return err
	}
	u, err := s.Store.User(ctx, known.UserID)
	if err != nil {
		return err
	}
	if u.DisabledAt != 0 || u.RemovedAt != 0 {
		return errNoEntry
	}
	if err := s.used(ctx, claims); err != nil {
		return err
	}
	return s.complete(w, r, u, road{Method: byProvider, TimeZone: j.TimeZone, Next: j.Next})
}

// used notes that an account has told who somebody is.
func (s *Service) used(ctx context.Context, claims port.Claims) error {
	count, err := s.journeyKey(ctx)
	if err != nil {
		return err
	}
	now := s.Now().UnixMilli()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := forgetTries(ctx, tx, []throttleKey{count}); err != nil {
			return err
		}
		return tx.TouchIdentity(ctx, claims.Issuer, claims.Subject, now)
	})
}

// lost shows why a journey ended where it should not, and what to do now. Faults
// and nil are handed on.
func (s *Service) lost(w http.ResponseWriter, r *http.Request, j journey, err error) error {
	var wait *web.StatusError
	status := map[errs.Kind]int{
		errs.Denied: http.StatusForbidden, errs.Invalid: http.StatusForbidden, errs.NotFound: http.StatusNotFound, errs.Unavailable: http.StatusBadGateway, errs.Conflict: http.StatusConflict,
	}[errs.KindOf(err)]
	page := view.Lost{Text: errs.Message(err), Back: "/login", Label: "To the sign-in page"}
	switch {
	case errors.As(err, &wait):
		status, page.Text = wait.Status, wait.Message
		web.RetryAfter(w, wait.RetryAfter)
	case err == nil || status == 0:
		return err
	case errs.CodeOf(err) == "locked":
		status, page.Text = http.StatusServiceUnavailable, "The vault of this server is locked, so other accounts cannot be asked. Sign in with your password."
	}
	if web.Actor(r).ID != "" {
		page.Back, page.Label = "/account/accounts", "To your accounts"
	}
	if j.For == toConfirm {
		page.Back, page.Label = orHome(j.Next), "Back"
	}
	page.Host = s.host()
	return web.Render(w, r, status, web.View{Title: "Not signed in", Body: view.LostWay(page), Bare: true})
}
