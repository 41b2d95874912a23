// Package oidc speaks to identity providers: it finds out where one is reached,
// sends a browser there, and turns what the browser brings back into claims
// whose signature, issuer, audience, time and nonce were checked here. It keeps
// no person, decides nothing about who may come in, and never logs or returns a
// code, a token, an address or a provider's own words.
package oidc

import (
	"context"
	"crypto/subtle"
	"net/http"
	"sync"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"stead/app/errs"
	"stead/app/port"
)

// Doer sends a request: the client of package outbound, which bounds time and
// size of an answer.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Config is what the provider is given.
type Config struct {
	HTTP    Doer
	Secrets port.Secrets
	Now     func() time.Time
}

// Provider is every issuer that the business is registered at. It implements
// port.Identity.
type Provider struct {
	cfg   Config
	mu    sync.Mutex
	known map[string]*entry // by address
}

var _ port.Identity = (*Provider)(nil)

// New returns the provider. Nothing is asked of any issuer before somebody
// wants to sign in.
func New(cfg Config) *Provider { return &Provider{cfg: cfg, known: map[string]*entry{}} }

// Begin returns where the browser goes. Scopes are openid, email and profile,
// never more.
func (p *Provider) Begin(ctx context.Context, i port.Issuer, j port.Journey) (string, error) {
	is, err := p.discover(ctx, i.URL)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(j.Verifier), goidc.Nonce(j.Nonce)}
	if j.Again {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	} else {
		options = append(options, oauth2.SetAuthURLParam("prompt", "select_account"))
	}
	return is.client(i, j, nil).AuthCodeURL(j.State, options...), nil
}

// Finish exchanges the code and checks the token that comes for it. A journey
// that an issuer other than the one that it began with has ended is refused
// before anything is sent anywhere.
func (p *Provider) Finish(ctx context.Context, i port.Issuer, j port.Journey, l port.Landing) (port.Claims, error) {
	is, err := p.discover(ctx, i.URL)
	if err != nil {
		return port.Claims{}, err
	}
	if l.Issuer != i.URL && (l.Issuer != "" || is.NamesItself) {
		return port.Claims{}, refused("mixed_up")
	}
	if l.Code == "" || j.Nonce == "" || j.Verifier == "" {
		return port.Claims{}, refused("code")
	}
	token, err := p.exchange(ctx, is, i, j, l.Code)
	if err != nil {
		return port.Claims{}, err
	}
	return p.verify(ctx, is, i, j, token)
}

// exchange spends the code. It is sent once, whatever becomes of it.
func (p *Provider) exchange(ctx context.Context, is *issuer, i port.Issuer, j port.Journey, code string) (*oauth2.Token, error) {
	var token *oauth2.Token
	err := p.cfg.Secrets.Use(ctx, i.VaultName(), port.ClientSecret, "sign_in", func(secret []byte) error {
		ctx, seen := watching(goidc.ClientContext(ctx, is.http))
		var err error
		token, err = is.client(i, j, secret).Exchange(ctx, code, oauth2.VerifierOption(j.Verifier))
		return seen.public(err)
	})
	return token, err
}

// client is the library's configuration for one journey.
func (is *issuer) client(i port.Issuer, j port.Journey, secret []byte) *oauth2.Config {
	return &oauth2.Config{
		ClientID: i.ClientID, ClientSecret: string(secret), Endpoint: is.endpoint, RedirectURL: j.Redirect,
		Scopes: []string{goidc.ScopeOpenID, goidc.ScopeEmail, goidc.ScopeProfile},
	}
}

// same compares what must not be guessed; nothing is like nothing.
func same(a, b string) bool {
	return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// refused is what came back and does not hold. The code says why.
func refused(code string) error {
	if code == "no_time" {
		return &errs.Error{Kind: errs.Denied, Code: code, Message: "This provider does not say when you last proved who you are, so it cannot confirm that it is you. Sign out and in again, then set a password under Your account."}
	}
	return &errs.Error{Kind: errs.Denied, Code: code, Message: "What came back from the other account cannot be relied on, so nothing was done. Begin again."}
}
