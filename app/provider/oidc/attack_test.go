package oidc_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"stead/app/errs"
	"stead/app/ids"
	"stead/app/outbound"
	"stead/app/port"
	"stead/app/provider/oidc"
	"stead/app/provider/oidc/oidctest"
)

func TestTokensThatDoNotHold(t *testing.T) {
	claim := func(name string, value any) oidctest.Behaviour {
		return oidctest.Behaviour{Claims: map[string]any{name: value}}
	}
	at := func(d time.Duration) int64 { return time.Date(2026, 11, 18, 10, 0, 0, 0, time.UTC).Add(d).Unix() }
	for name, tt := range map[string]struct {
		odd  oidctest.Behaviour
		code string
	}{
		"alg none":                          {oidctest.Behaviour{Algorithm: "none"}, "token"},
		"alg HS256 with the public key":     {oidctest.Behaviour{Algorithm: "HS256"}, "token"},
		"wrong key":                         {oidctest.Behaviour{StrangeKey: true}, "token"},
		"wrong key under another name":      {oidctest.Behaviour{StrangeKey: true, KeyID: "new"}, "token"},
		"expired":                           {claim("exp", at(-time.Second)), "expired"},
		"no end":                            {claim("exp", nil), "expired"},
		"of tomorrow":                       {claim("iat", at(24*time.Hour)), "time"},
		"not before tomorrow":               {claim("nbf", at(24*time.Hour)), "token"},
		"wrong nonce":                       {claim("nonce", "another"), "nonce"},
		"no nonce":                          {claim("nonce", nil), "nonce"},
		"empty nonce":                       {claim("nonce", ""), "nonce"},
		"another issuer":                    {claim("iss", "https://accounts.google.com"), "token"},
		"an issuer with a slash more":       {claim("iss", "http://127.0.0.1/"), "token"},
		"for another client":                {claim("aud", "another-client"), "token"},
		"for two clients":                   {claim("aud", []string{oidctest.ClientID, "another-client"}), "audience"},
		"for nobody":                        {claim("aud", nil), "token"},
		"asked by another party":            {claim("azp", "another-client"), "audience"},
		"nobody's":                          {claim("sub", ""), "subject"},
		"of somebody with a very long name": {claim("sub", string(make([]byte, 300))), "subject"},
		"with the hash of another access":   {claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), "access_token"},
		"with claims of another shape":      {claim("email", map[string]any{"a": 1}), "token"},
		"no token":                          {oidctest.Behaviour{NoToken: true}, "no_token"},
		"a subject that is not a text":      {claim("sub", 7), "token"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			k.server.Behave(tt.odd)
			landing, _ := k.visit(journey())
			got, err := k.Finish(t.Context(), k.issuer, journey(), landing)
			k.wantCode(err, errs.Denied, tt.code)
			if got != (port.Claims{}) {
				t.Errorf("claims %+v", got)
			}
		})
	}
}

func TestACodeServesOnceAndItsJourneyAlone(t *testing.T) {
	k := newKit(t)
	landing, _ := k.visit(journey())
	if _, err := k.Finish(t.Context(), k.issuer, journey(), landing); err != nil {
		t.Fatal(err)
	}
	_, err := k.Finish(t.Context(), k.issuer, journey(), landing)
	k.wantCode(err, errs.Denied, "invalid_grant")

	for name, change := range map[string]func(*port.Journey){
		"another verifier":         func(j *port.Journey) { j.Verifier = "w" + j.Verifier[1:] },
		"another redirect address": func(j *port.Journey) { j.Redirect += "/" },
	} {
		landing, _ := k.visit(journey())
		other := journey()
		change(&other)
		_, err := k.Finish(t.Context(), k.issuer, other, landing)
		if errs.CodeOf(err) != "invalid_grant" {
			t.Errorf("%s: %v", name, err)
		}
	}
	landing, _ = k.visit(journey())
	k.server.Behave(oidctest.Behaviour{Reuse: true, Lax: true}) // a server that checks nothing
	other := journey()
	other.Nonce = "nonce of another browser"
	_, err = k.Finish(t.Context(), k.issuer, other, landing)
	k.wantCode(err, errs.Denied, "nonce")
	for name, nothing := range map[string]port.Journey{"no nonce": {Verifier: "v"}, "no verifier": {Nonce: "n"}} {
		if _, err := k.Finish(t.Context(), k.issuer, nothing, landing); errs.CodeOf(err) != "code" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMixedUpIssuersGetNoCode(t *testing.T) {
	for name, odd := range map[string]oidctest.Behaviour{
		"another names itself":                 {Issuer: "https://evil.example"},
		"a promise to name itself is not kept": {NamesItself: true, Issuer: "-"},
		"the same host with another scheme":    {Issuer: "https://127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			k.server.Behave(odd)
			landing, _ := k.visit(journey())
			before := len(k.server.Seen())
			_, err := k.Finish(t.Context(), k.issuer, journey(), landing)
			k.wantCode(err, errs.Denied, "mixed_up")
			if len(k.server.Seen()) != before || len(k.secret.asked) != 0 {
				t.Error("the code was sent somewhere")
			}
		})
	}
	t.Run("tokens of another server are no good here", func(t *testing.T) {
		k := newKit(t)
		evil := oidctest.Start(t, k.clock)
		evil.Be(ana)
		k.server.Behave(oidctest.Behaviour{Claims: map[string]any{"iss": evil.URL}})
		landing, _ := k.visit(journey())
		_, err := k.Finish(t.Context(), k.issuer, journey(), landing)
		k.wantCode(err, errs.Denied, "token")
	})
}

func TestServersThatCannotBeUsed(t *testing.T) {
	for name, tt := range map[string]struct {
		odd  oidctest.Behaviour
		code string
	}{
		"names itself otherwise":       {oidctest.Behaviour{Name: "https://accounts.google.com"}, "issuer"},
		"nothing there":                {oidctest.Behaviour{Status: 404}, "http_404"},
		"a fault":                      {oidctest.Behaviour{Status: 500}, "http_500"},
		"an answer without end":        {oidctest.Behaviour{Huge: true}, "answer"},
		"slow":                         {oidctest.Behaviour{Hang: true}, "timeout"},
		"sends us elsewhere":           {oidctest.Behaviour{Redirect: "/keys"}, "redirect"},
		"sends us to another host":     {oidctest.Behaviour{Redirect: "http://169.254.169.254/"}, "redirect"},
		"names a file as its keys":     {oidctest.Behaviour{Keys: "file:///etc/passwd"}, "endpoints"},
		"names a token address nobody": {oidctest.Behaviour{Token: "/token"}, "endpoints"},
		"puts a password into one":     {oidctest.Behaviour{Token: "https://user:pass@example.com/token"}, "endpoints"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			k.server.Behave(tt.odd)
			k.wantCode(k.Check(t.Context(), k.issuer), errs.Unavailable, tt.code)
			_, err := k.Begin(t.Context(), k.issuer, journey())
			k.wantCode(err, errs.Unavailable, tt.code)
		})
	}
}

func TestServersThatFailOnTheWayBack(t *testing.T) {
	for name, tt := range map[string]struct {
		odd  oidctest.Behaviour
		code string
	}{
		"slow":                  {oidctest.Behaviour{Hang: true}, "timeout"},
		"a fault":               {oidctest.Behaviour{Status: 502}, "http_502"},
		"an answer without end": {oidctest.Behaviour{Huge: true}, "answer"},
		"sends us elsewhere":    {oidctest.Behaviour{Redirect: "/keys"}, "redirect"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			landing, _ := k.visit(journey())
			k.server.Behave(tt.odd)
			_, err := k.Finish(t.Context(), k.issuer, journey(), landing)
			k.wantCode(err, errs.Unavailable, tt.code)
		})
	}
	t.Run("keys that cannot be had", func(t *testing.T) {
		k := newKit(t)
		k.server.Behave(oidctest.Behaviour{Keys: k.server.URL + "/nothing"})
		landing, _ := k.visit(journey())
		_, err := k.Finish(t.Context(), k.issuer, journey(), landing)
		k.wantCode(err, errs.Unavailable, "keys")
	})
	t.Run("a client that it does not know", func(t *testing.T) {
		k := newKit(t)
		landing, _ := k.visit(journey())
		other := k.issuer
		other.ClientID = "another"
		_, err := k.Finish(t.Context(), other, journey(), landing)
		k.wantCode(err, errs.Unavailable, "invalid_client")
	})
}

func TestPrivateAddressesAreNotAsked(t *testing.T) {
	k := newKit(t)
	closed := oidc.New(oidc.Config{Secrets: k.secret, Now: k.clock, HTTP: outbound.New(outbound.Config{Store: k.store, Now: k.clock, NewID: ids.New})})
	for address, code := range map[string]string{
		k.server.URL: "address", "https://127.0.0.1": "address_refused", "https://[::1]": "address_refused", "https://169.254.169.254": "address_refused", "ftp://x.example": "address",
	} {
		k.wantCode(closed.Check(t.Context(), port.Issuer{URL: address}), errs.Unavailable, code)
	}
	if n := len(k.server.Seen()); n != 0 {
		t.Errorf("%d questions went out", n)
	}
}

// google answers for Google's address, as the test's own server.
type google struct{ to *url.URL }

func (g google) Do(req *http.Request) (*http.Response, error) {
	asked := *req.URL
	req = req.Clone(req.Context())
	req.URL.Scheme, req.URL.Host = g.to.Scheme, g.to.Host
	res, err := http.DefaultTransport.RoundTrip(req)
	if err == nil {
		res.Request.URL = &asked
	}
	return res, err
}

func TestGoogleAloneMayLeaveItsSchemeOut(t *testing.T) {
	const name = "https://accounts.google.com"
	k := newKit(t)
	k.server.Behave(oidctest.Behaviour{Claims: map[string]any{"iss": "accounts.google.com"}})
	landing, _ := k.visit(journey())
	_, err := k.Finish(t.Context(), k.issuer, journey(), landing)
	k.wantCode(err, errs.Denied, "token")

	to, err := url.Parse(k.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	k.server.Behave(oidctest.Behaviour{At: name, Claims: map[string]any{"iss": "accounts.google.com"}})
	p := oidc.New(oidc.Config{Secrets: k.secret, Now: k.clock, HTTP: google{to}})
	issuer := port.Issuer{Key: "k1", URL: name, ClientID: oidctest.ClientID}
	address, err := p.Begin(t.Context(), issuer, journey())
	if err != nil || !strings.HasPrefix(address, name+"/authorize?") {
		t.Fatalf("%q, %v", address, err)
	}
	back := k.server.Visit(t, k.server.URL+strings.TrimPrefix(address, name)).Query()
	got, err := p.Finish(t.Context(), issuer, journey(), port.Landing{Code: back.Get("code"), Issuer: back.Get("iss")})
	if err != nil || got.Issuer != name || got.Subject != ana.Subject {
		t.Errorf("%+v, %v; want the whole address of the issuer", got, err)
	}
}

func TestToProveAnewIsToProveNow(t *testing.T) {
	for name, tt := range map[string]struct {
		said func(now time.Time) any
		code string
	}{
		"just now":          {func(now time.Time) any { return now.Unix() }, ""},
		"an hour ago":       {func(now time.Time) any { return now.Add(-time.Hour).Unix() }, "not_again"},
		"in an hour":        {func(now time.Time) any { return now.Add(time.Hour).Unix() }, "not_again"},
		"nothing is said":   {func(time.Time) any { return nil }, "no_time"},
		"nothing that is 0": {func(time.Time) any { return 0 }, "no_time"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			k.server.Behave(oidctest.Behaviour{Claims: map[string]any{"auth_time": tt.said(k.clock())}})
			j := journey()
			j.Again = true
			landing, _ := k.visit(j)
			_, err := k.Finish(t.Context(), k.issuer, j, landing)
			if errs.CodeOf(err) != tt.code {
				t.Errorf("error %v, want %q", err, tt.code)
			}
		})
	}
}
