package oidc_test

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"stead/app/errs"
	"stead/app/port"
	"stead/app/provider/oidc/oidctest"
)

func TestAJourneyThereAndBack(t *testing.T) {
	for name, odd := range map[string]oidctest.Behaviour{
		"an honest server":                {},
		"one that names itself":           {NamesItself: true},
		"one that keeps silent":           {Issuer: "-"},
		"one with the secret in a header": {Basic: true},
		"two audiences and a party":       {Claims: map[string]any{"aud": []string{"other", oidctest.ClientID}, "azp": oidctest.ClientID}},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			k.server.Behave(odd)
			landing, back := k.visit(journey())
			if back.Get("state") != journey().State {
				t.Errorf("state %q came back", back.Get("state"))
			}
			got, err := k.Finish(t.Context(), k.issuer, journey(), landing)
			want := port.Claims{Issuer: k.server.URL, Subject: "subject-1", Email: "ana@elsewhere.example", Verified: true, Name: "Ana C.", ProvedAt: k.clock().Unix() * 1000}
			if err != nil || got != want {
				t.Errorf("%+v, %v", got, err)
			}
			if !slices.Equal(k.secret.asked, []string{"oidc:k1 client_secret sign_in"}) {
				t.Errorf("the secret was used for %v", k.secret.asked)
			}
		})
	}
}

func TestWhatIsAskedFor(t *testing.T) {
	k := newKit(t)
	ask := func(j port.Journey) url.Values {
		t.Helper()
		address, err := k.Begin(t.Context(), k.issuer, j)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(address)
		if err != nil || u.Host != strings.TrimPrefix(k.server.URL, "http://") {
			t.Fatalf("address %q, %v", address, err)
		}
		return u.Query()
	}
	q := ask(journey())
	for name, want := range map[string]string{
		"scope": "openid email profile", "response_type": "code", "code_challenge_method": "S256", "redirect_uri": journey().Redirect,
		"state": journey().State, "nonce": journey().Nonce, "prompt": "select_account", "client_id": oidctest.ClientID, "max_age": "", "access_type": "",
	} {
		if q.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, q.Get(name), want)
		}
	}
	if strings.Contains(q.Encode(), journey().Verifier) || q.Get("code_challenge") == "" {
		t.Errorf("the verifier went with the browser: %v", q)
	}
	again := journey()
	again.Again = true
	if q := ask(again); q.Get("prompt") != "login" || q.Get("max_age") != "0" {
		t.Errorf("to prove anew: %v", q)
	}
}

func TestEachRequestSaysWhatItDiscloses(t *testing.T) {
	k := newKit(t)
	landing, _ := k.visit(journey())
	if _, err := k.Finish(t.Context(), k.issuer, journey(), landing); err != nil {
		t.Fatal(err)
	}
	told, err := k.store.Processors(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, p := range told {
		if p.Name != "127.0.0.1" || p.Purpose != "sign_in" {
			t.Errorf("told %+v", p)
		}
		fields = append(fields, p.Fields)
	}
	if !slices.Equal(fields, []string{"", "sign_in_code"}) {
		t.Errorf("fields %q", fields)
	}
}

func TestAnIssuerIsAskedOnceAnHour(t *testing.T) {
	k := newKit(t)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := k.Begin(t.Context(), k.issuer, journey()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(k.server.Seen()); n != 1 {
		t.Errorf("%d questions of twenty who came at once", n)
	}
	k.advance(time.Hour)
	k.visit(journey())
	if n := len(k.server.Seen()); n != 2 {
		t.Errorf("%d questions after an hour", n)
	}
	k.server.Behave(oidctest.Behaviour{Status: 500})
	k.wantCode(k.Check(t.Context(), k.issuer), errs.Unavailable, "http_500")
	k.server.Behave(oidctest.Behaviour{})
	_, err := k.Begin(t.Context(), k.issuer, journey())
	k.wantCode(err, errs.Unavailable, "http_500") // a closed door is not knocked at all the time
	k.advance(10 * time.Second)
	if _, err := k.Begin(t.Context(), k.issuer, journey()); err != nil {
		t.Errorf("after a moment: %v", err)
	}
	if err := k.Check(t.Context(), k.issuer); err != nil {
		t.Errorf("checked: %v", err)
	}
}

func TestManyIssuersAreNotAllRemembered(t *testing.T) {
	k := newKit(t)
	k.visit(journey())
	for i := range 40 {
		other := k.issuer
		other.URL += "/" + strconv.Itoa(i)
		k.wantCode(k.Check(t.Context(), other), errs.Unavailable, "http_404")
	}
	before := len(k.server.Seen())
	k.visit(journey())
	if after := len(k.server.Seen()); after != before+1 {
		t.Errorf("%d questions, want that the first was forgotten", after-before)
	}
}

func TestEmailVerifiedIsTrueOrItsWord(t *testing.T) {
	for written, want := range map[any]bool{true: true, "true": true, false: false, "false": false, nil: false, 1: false, "yes": false, "TRUE": false} {
		k := newKit(t)
		who := ana
		who.Verified = written
		k.server.Be(who)
		landing, _ := k.visit(journey())
		if got, err := k.Finish(t.Context(), k.issuer, journey(), landing); err != nil || got.Verified != want {
			t.Errorf("%v: verified %v, %v", written, got.Verified, err)
		}
	}
}

func TestWordsOfAStrangerAreCut(t *testing.T) {
	k := newKit(t)
	k.server.Be(oidctest.Person{Subject: "s", Name: strings.Repeat("n", 300), Email: "a\r\nb@example.com", Verified: true})
	landing, _ := k.visit(journey())
	if got, err := k.Finish(t.Context(), k.issuer, journey(), landing); err != nil || got.Name != "" || got.Email != "" {
		t.Errorf("%+v, %v", got, err)
	}
}
