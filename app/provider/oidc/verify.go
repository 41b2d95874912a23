package oidc

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"stead/app/errs"
	"stead/app/port"
)

const (
	skew       = 5 * time.Minute // that an issuer's clock may be ahead
	maxSubject = 255
	maxText    = 254
)

// said are the claims of a token that we read; the rest is dropped.
type said struct {
	Party    string `json:"azp"`
	Email    string `json:"email"`
	Verified truth  `json:"email_verified"`
	Name     string `json:"name"`
	ProvedAt int64  `json:"auth_time"`
}

// truth is true, or "true" as some issuers write it; everything else is not.
type truth bool

// UnmarshalJSON never fails: what cannot be read is not true.
func (t *truth) UnmarshalJSON(b []byte) error {
	*t = string(b) == "true" || string(b) == `"true"`
	return nil
}

// verify checks a token to the last claim that we rely on.
func (p *Provider) verify(ctx context.Context, is *issuer, i port.Issuer, j port.Journey, token *oauth2.Token) (port.Claims, error) {
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return port.Claims{}, refused("no_token")
	}
	keys := &keySet{RemoteKeySet: is.keys}
	verifier := goidc.NewVerifier(i.URL, keys, &goidc.Config{ClientID: i.ClientID, SupportedSigningAlgs: is.Algorithms, Now: p.cfg.Now})
	id, err := verifier.Verify(ctx, raw)
	switch {
	case keys.err != nil:
		return port.Claims{}, keys.err
	case errors.As(err, new(*goidc.TokenExpiredError)):
		return port.Claims{}, refused("expired")
	case err != nil:
		return port.Claims{}, refused("token")
	}
	var c said
	if err := id.Claims(&c); err != nil {
		return port.Claims{}, refused("token")
	}
	if code := p.problem(id, c, i, j, token.AccessToken); code != "" {
		return port.Claims{}, refused(code)
	}
	return port.Claims{
		Issuer: i.URL, Subject: id.Subject, Email: tidy(c.Email), Verified: bool(c.Verified), Name: tidy(c.Name), ProvedAt: c.ProvedAt * 1000,
	}, nil
}

// problem is what the library leaves to its caller: the nonce above all.
func (p *Provider) problem(id *goidc.IDToken, c said, i port.Issuer, j port.Journey, access string) string {
	now := p.cfg.Now()
	switch {
	case !same(j.Nonce, id.Nonce):
		return "nonce"
	case c.Party != "" && c.Party != i.ClientID, c.Party == "" && len(id.Audience) != 1:
		return "audience"
	case id.Subject == "" || len(id.Subject) > maxSubject:
		return "subject"
	case id.IssuedAt.After(now.Add(skew)):
		return "time"
	case id.AccessTokenHash != "" && id.VerifyAccessToken(access) != nil:
		return "access_token"
	case j.Again && c.ProvedAt <= 0: // we asked for it: who does not say when has shown no proof
		return "no_time"
	case j.Again && now.Sub(time.Unix(c.ProvedAt, 0)).Abs() > skew:
		return "not_again"
	}
	return ""
}

// tidy cuts a text that a stranger wrote.
func tidy(text string) string {
	text = strings.TrimSpace(text)
	if !utf8.ValidString(text) || len(text) > maxText || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return ""
	}
	return text
}

// keySet tells an issuer whose keys cannot be had from one whose signature is
// wrong.
type keySet struct {
	*goidc.RemoteKeySet
	err error
}

// VerifySignature implements goidc.KeySet.
func (k *keySet) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := k.RemoteKeySet.VerifySignature(ctx, jwt)
	if err != nil && strings.HasPrefix(err.Error(), "fetching keys") {
		k.err = &errs.Error{Kind: errs.Unavailable, Code: "keys", Message: "The other account's provider does not show its keys. Try again later."}
	}
	return payload, err
}
