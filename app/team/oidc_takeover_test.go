package team_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/provider/oidc/oidctest"
	"stead/store"
)

// TestLoginCSRF: somebody has another's browser open the end of their own
// journey, to have them work in an account that is not theirs.
func TestLoginCSRFByTheCallback(t *testing.T) {
	a := startAbroad(t)
	a.connect()
	attacker := a.Visitor()
	landing := a.back(a.setOut(attacker, "/login/oidc/"+a.key, url.Values{}))

	victim := a.Visitor() // without a cookie
	before := a.standing()
	a.refused(before, victim, victim.Get(landing.RequestURI()))

	busy := a.Visitor() // with a journey of their own
	own := a.back(a.setOut(busy, "/login/oidc/"+a.key, url.Values{}))
	before = a.standing()
	a.refused(before, busy, busy.Get(landing.RequestURI()))
	if p := busy.Get(own.RequestURI()); p.Status != http.StatusSeeOther {
		t.Errorf("their own journey ends with %d", p.Status)
	}
}

func TestJourneysAreBegunByOurOwnPagesAlone(t *testing.T) {
	a := startAbroad(t)
	c := a.Visitor()
	if p := c.Get("/login/oidc/" + a.key); p.Status != http.StatusMethodNotAllowed && p.Status != http.StatusNotFound {
		t.Errorf("a link begins one: %d", p.Status)
	}
	c.Header.Set("Origin", "https://evil.example")
	c.Header.Set("Sec-Fetch-Site", "cross-site")
	if p := c.Raw(http.MethodPost, "/login/oidc/"+a.key); p.Status != http.StatusForbidden || c.Jar()["away"] != "" {
		t.Errorf("another site begins one: %d", p.Status)
	}
}

// TestLinkCSRF: somebody has the owner's browser end a journey that connects
// the attacker's account.
func TestNobodyConnectsTheirAccountToAnother(t *testing.T) {
	a := startAbroad(t)
	attacker, _ := a.SignedInAs(access.RoleAgent, apptest.Colleague{})
	a.server.Be(oidctest.Person{Subject: "mallory", Email: "mallory@elsewhere.example", Verified: true})
	landing := a.back(a.setOut(attacker, "/account/accounts/"+a.key, url.Values{}))
	cookie := attacker.Jar()["away"]

	owner := a.SignedIn()
	before := a.standing()
	if p := owner.Get(landing.RequestURI()); p.Status != http.StatusForbidden || a.standing() != before {
		t.Errorf("without the cookie it answers %d", p.Status)
	}
	owner.Plant("away", cookie) // by a sister site, say
	if p := owner.Get(landing.RequestURI()); p.Status != http.StatusForbidden || a.standing() != before {
		t.Errorf("with it it answers %d", p.Status)
	}
}

func TestUnverifiedMailIsNeverConnected(t *testing.T) {
	for _, verified := range []any{false, "false", nil, "yes", 1} {
		a := startAbroad(t)
		who := ana
		who.Verified = verified
		a.server.Be(who)
		c := a.SignedIn()
		p := c.Get(a.back(a.setOut(c, "/account/accounts/"+a.key, url.Values{})).RequestURI())
		if p.Status != http.StatusForbidden || !strings.Contains(p.Body, "not confirmed there") || len(a.identities(a.owner.ID)) != 0 {
			t.Errorf("verified %v: it answers %d", verified, p.Status)
		}
	}
}

// TestPreHijack: the address that the provider tells is that of somebody here.
func TestPreHijackByTheSameAddress(t *testing.T) {
	for name, verified := range map[string]bool{"confirmed there": true, "not confirmed there": false} {
		t.Run(name, func(t *testing.T) {
			a := startAbroad(t)
			a.server.Be(oidctest.Person{Subject: "mallory", Email: apptest.Email, Name: apptest.Owner, Verified: verified})
			c := a.Visitor()
			before := a.standing()
			a.refused(before, c, a.travel(c, url.Values{}))
		})
	}
}

func TestChangedSubjectWithTheSameAddress(t *testing.T) {
	a := startAbroad(t)
	a.connect()
	who := ana
	who.Subject = "another"
	a.server.Be(who)
	c := a.Visitor()
	before := a.standing()
	a.refused(before, c, a.travel(c, url.Values{}))
}

func TestTheSameSubjectAtAnotherIssuer(t *testing.T) {
	a := startAbroad(t)
	a.connect()
	evil := oidctest.Start(t, func() time.Time { return a.Clock.Now() })
	evil.Be(ana)
	row := store.SignInProvider{Key: "evil", Name: "Evil", Issuer: evil.URL, ClientID: oidctest.ClientID}
	err := a.Store().InTx(t.Context(), func(tx *store.Tx) error {
		list, err := tx.SignInProviders(t.Context())
		if err != nil {
			return err
		}
		return tx.SetSignInProviders(t.Context(), append(list, row), 1)
	})
	if err != nil {
		t.Fatal(err)
	}
	before := a.standing()
	c := a.Visitor()
	if p := c.PostForm("/login/oidc/evil", url.Values{}); p.Header.Get("Refresh") != "" {
		t.Errorf("a host that nobody allowed was asked: %d", p.Status)
	}
	if after := a.standing(); after != before || len(evil.Seen()) != 0 {
		t.Errorf("%+v, %+v, %d questions", before, after, len(evil.Seen()))
	}
}
