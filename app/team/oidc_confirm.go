package team

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"stead/app/errs"
	"stead/app/port"
	"stead/app/web"
	"stead/store"
	"stead/views/ui"
)

// confirmsElsewhere are the accounts by which somebody without a password can
// prove once more who they are.
func (s *Service) confirmsElsewhere(ctx context.Context, u store.User) ([]ui.Option, error) {
	if u.PasswordHash != "" || s.Identity == nil {
		return nil, nil
	}
	mine, err := s.Store.IdentitiesOf(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	offered, err := s.Store.SignInProviders(ctx)
	var out []ui.Option
	for _, p := range offered {
		if slices.ContainsFunc(mine, func(x store.Identity) bool { return x.Issuer == p.Issuer }) {
			out = append(out, ui.Option{Value: p.Key, Label: p.Name})
		}
	}
	return out, err
}

// cameFrom is the page that a form stood on, to go on there after the way to a
// provider and back, which no form survives.
func cameFrom(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host {
		return "/"
	}
	return web.SafeNext(u.EscapedPath(), "/")
}

// confirmWith takes an account's word that somebody who has no password is
// still who they are.
func (s *Service) confirmWith(w http.ResponseWriter, r *http.Request, j journey, claims port.Claims) error {
	ctx := r.Context()
	u, err := s.Store.User(ctx, web.Actor(r).ID)
	if err != nil {
		return err
	}
	known, err := s.Store.Identity(ctx, claims.Issuer, claims.Subject)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if known.UserID != u.ID || u.PasswordHash != "" {
		return &errs.Error{Kind: errs.Denied, Code: "not_yours", Message: "This is not an account that you sign in with here."}
	}
	if err := s.used(ctx, claims); err != nil {
		return err
	}
	if err := s.Sessions.Prove(ctx); err != nil {
		return err
	}
	web.SeeOther(w, r, web.SafeNext(j.Next, "/"))
	return nil
}
