package oidc_test

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"stead/app/errs"
	"stead/app/ids"
	"stead/app/outbound"
	"stead/app/port"
	"stead/app/provider/oidc"
	"stead/app/provider/oidc/oidctest"
	"stead/store"
	"stead/store/storetest"
)

// secret is a vault with one secret in it.
type secret struct {
	mu    sync.Mutex
	asked []string
}

func (s *secret) Use(_ context.Context, provider, name, purpose string, use func([]byte) error) error {
	s.mu.Lock()
	s.asked = append(s.asked, provider+" "+name+" "+purpose)
	s.mu.Unlock()
	return use([]byte(oidctest.Secret))
}

type kit struct {
	*oidc.Provider
	t      *testing.T
	server *oidctest.Server
	store  *store.Store
	secret *secret
	issuer port.Issuer

	mu  sync.Mutex
	now time.Time
}

var ana = oidctest.Person{Subject: "subject-1", Email: "ana@elsewhere.example", Name: "Ana C.", Verified: true}

func newKit(t *testing.T) *kit {
	t.Helper()
	k := &kit{t: t, now: time.Date(2026, 11, 18, 10, 0, 0, 0, time.UTC), store: storetest.New(t), secret: &secret{}}
	k.server = oidctest.Start(t, k.clock)
	k.server.Be(ana)
	k.issuer = port.Issuer{Key: "k1", URL: k.server.URL, ClientID: oidctest.ClientID}
	k.Provider = oidc.New(oidc.Config{Secrets: k.secret, Now: k.clock, HTTP: outbound.New(outbound.Config{
		Store: k.store, Now: k.clock, NewID: ids.New, Allow: []string{k.server.URL}, Timeout: 2 * time.Second, MaxBody: 1 << 20,
	})})
	return k
}

func (k *kit) clock() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now
}

func (k *kit) advance(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.now = k.now.Add(d)
}

func journey() port.Journey {
	return port.Journey{
		Redirect: "https://crm.example.com/login/oidc/callback", State: "state-0123456789", Nonce: "nonce-0123456789", Verifier: strings.Repeat("v", 43),
	}
}

// visit begins a journey and comes back with what the provider said.
func (k *kit) visit(j port.Journey) (port.Landing, url.Values) {
	k.t.Helper()
	address, err := k.Begin(k.t.Context(), k.issuer, j)
	if err != nil {
		k.t.Fatal(err)
	}
	back := k.server.Visit(k.t, address).Query()
	return port.Landing{Code: back.Get("code"), Issuer: back.Get("iss")}, back
}

func (k *kit) wantCode(err error, kind errs.Kind, code string) {
	k.t.Helper()
	if err == nil || errs.KindOf(err) != kind || errs.CodeOf(err) != code {
		k.t.Errorf("error %v (%v, %s), want %v, %s", err, errs.KindOf(err), errs.CodeOf(err), kind, code)
		return
	}
	for _, leak := range []string{k.server.URL, ana.Email, ana.Subject, "jane@", oidctest.Secret, "code-", "nonce-0", "quotes", "nobody shows"} {
		if strings.Contains(err.Error(), leak) {
			k.t.Errorf("the error says %q: %v", leak, err)
		}
	}
}
