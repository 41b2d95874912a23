package oidc

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"stead/app/errs"
	"stead/app/port"
)

const (
	keepKnown  = time.Hour        // then an issuer is asked again, and keys that it withdrew are forgotten
	keepFailed = 10 * time.Second // nobody makes us knock at a closed door all the time
	maxKnown   = 16
)

// issuer is what one says of itself.
type issuer struct {
	metadata
	endpoint oauth2.Endpoint
	http     *http.Client
	keys     *goidc.RemoteKeySet
}

// metadata is what we read of a discovery document beside the library.
type metadata struct {
	Keys        string   `json:"jwks_uri"`
	Algorithms  []string `json:"id_token_signing_alg_values_supported"`
	Styles      []string `json:"token_endpoint_auth_methods_supported"`
	NamesItself bool     `json:"authorization_response_iss_parameter_supported"`
}

// entry is an issuer that was asked, or is being asked until done is closed.
type entry struct {
	done   chan struct{}
	issuer *issuer
	err    error
	until  time.Time
}

func (e *entry) over(now time.Time) bool {
	select {
	case <-e.done:
		return !now.Before(e.until)
	default:
		return false
	}
}

// discover returns an issuer from memory, or asks it. Many who come at once
// make one question.
func (p *Provider) discover(ctx context.Context, address string) (*issuer, error) {
	now := p.cfg.Now()
	p.mu.Lock()
	e := p.known[address]
	if e == nil || e.over(now) {
		e = &entry{done: make(chan struct{})}
		p.forget(now)
		p.known[address] = e
		p.mu.Unlock()
		p.fill(context.WithoutCancel(ctx), e, address, now) // others wait for it, though this one may go
		return e.issuer, e.err
	}
	p.mu.Unlock()
	select {
	case <-e.done:
		return e.issuer, e.err
	case <-ctx.Done():
		return nil, &errs.Error{Kind: errs.Unavailable, Code: "timeout", Message: "The other account's provider did not answer in time."}
	}
}

// forget makes room. The caller holds the lock.
func (p *Provider) forget(now time.Time) {
	if len(p.known) < maxKnown {
		return
	}
	for address, e := range p.known {
		if e.over(now.Add(keepKnown)) { // all that are not being asked
			delete(p.known, address)
		}
	}
}

func (p *Provider) fill(ctx context.Context, e *entry, address string, now time.Time) {
	defer close(e.done)
	e.until = now.Add(keepFailed)
	e.err = &errs.Error{Kind: errs.Unavailable, Code: "answer"} // if ask panics
	if e.issuer, e.err = p.ask(ctx, address); e.err == nil {
		e.until = now.Add(keepKnown)
	}
}

// Check asks an issuer anew. What is wrong is in the error's code; when nothing
// is, the answer is used from now on.
func (p *Provider) Check(ctx context.Context, i port.Issuer) error {
	p.mu.Lock()
	delete(p.known, i.URL)
	p.mu.Unlock()
	_, err := p.discover(ctx, i.URL)
	return err
}

// ask reads an issuer's discovery document. It must name itself exactly as we do.
func (p *Provider) ask(ctx context.Context, address string) (*issuer, error) {
	base, err := url.Parse(address)
	if err != nil || base.Host == "" {
		return nil, &errs.Error{Kind: errs.Invalid, Code: "address", Message: "This is not an address."}
	}
	client := &http.Client{Transport: wire{http: p.cfg.HTTP, processor: base.Hostname()}}
	ctx, seen := watching(goidc.ClientContext(ctx, client))
	found, err := goidc.NewProvider(ctx, address)
	if err != nil {
		return nil, seen.public(err)
	}
	is := &issuer{http: client, endpoint: found.Endpoint()}
	if err := found.Claims(&is.metadata); err != nil {
		return nil, seen.public(err)
	}
	for _, needed := range []string{is.endpoint.AuthURL, is.endpoint.TokenURL, is.Keys} {
		if !usable(needed, base) {
			return nil, &errs.Error{Kind: errs.Unavailable, Code: "endpoints", Message: "The provider names an address that cannot be used."}
		}
	}
	is.endpoint.AuthStyle = is.style()
	is.Algorithms = slices.DeleteFunc(is.Algorithms, func(a string) bool { return !slices.Contains(signatures, a) })
	is.keys = goidc.NewRemoteKeySet(goidc.ClientContext(context.Background(), client), is.Keys) //nolint:contextcheck // it outlives the request
	return is, nil
}

// signatures are the ways to sign that count: by a key pair, never by a shared
// secret and never not at all.
var signatures = []string{
	goidc.RS256, goidc.RS384, goidc.RS512, goidc.PS256, goidc.PS384, goidc.PS512, goidc.ES256, goidc.ES384, goidc.ES512, goidc.EdDSA,
}

// style is how the secret is handed over: known beforehand, since a code that
// is tried in two ways would be spent by the first.
func (m metadata) style() oauth2.AuthStyle {
	if slices.Contains(m.Styles, "client_secret_post") {
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleInHeader
}

// usable tells whether an address of an issuer may be used: with TLS, unless
// the issuer itself has none because the operator allowed that.
func usable(address string, base *url.URL) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && u.User == nil && u.Fragment == "" && (u.Scheme == "https" || u.Scheme == base.Scheme && u.Scheme == "http")
}
