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

// saysNoTime is an issuer that never says when somebody proved who they are, so
// that its word cannot be taken for a new proof.
const saysNoTime = "https://accounts.google.com"

// confirmsElsewhere are the accounts by which somebody with neither a password
// nor a second factor can prove once more who they are.
func (s *Service) confirmsElsewhere(ctx context.Context, u store.User) ([]ui.Option, error) {
	if u.PasswordHash != "" || s.Identity == nil {
		return nil, nil
	}
	if factor, err := s.Store.HasSecondFactor(ctx, u.ID); err != nil || factor {
		return nil, err
	}
	mine, err := s.Store.IdentitiesOf(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	offered, err := s.Store.SignInProviders(ctx)
	var out []ui.Option
	for _, p := range offered {
		if p.Issuer != saysNoTime && slices.ContainsFunc(mine, func(x store.Identity) bool { return x.Issuer == p.Issuer }) {
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

// orCode says that a code is asked for, where nothing else went wrong.
func orCode(err error) error {
	if err != nil {
		return err
	}
	return &errs.Error{Kind: errs.Denied, Code: "second_factor", Message: "Your account has a second factor: confirm with a code from it."}
}

// confirmWith takes an account's word that somebody who has no password is
// still who they are. Whoever has a second factor shows that instead.
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
	if factor, err := s.Store.HasSecondFactor(ctx, u.ID); err != nil || factor {
		return orCode(err)
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
