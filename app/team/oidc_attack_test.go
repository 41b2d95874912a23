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
	"stead/app/settings"
	"stead/store"
)

// standing is what an attack must leave as it is.
type standing struct{ people, accounts, sessions int }

func (a *abroad) standing() standing {
	a.t.Helper()
	users, err := a.Store().Users(a.t.Context())
	if err != nil {
		a.t.Fatal(err)
	}
	var s standing
	for _, u := range users {
		s.people++
		s.accounts += len(a.identities(u.ID))
		s.sessions += a.sessions(u.ID)
	}
	return s
}

// refused fails unless an attack got nothing: not in, and nothing changed.
func (a *abroad) refused(before standing, c *apptest.Client, p apptest.Page) {
	a.t.Helper()
	if p.Status < 400 {
		a.t.Errorf("it answers %d to %q", p.Status, p.Location)
	}
	if signedIn(c) {
		a.t.Error("the browser is signed in")
	}
	if after := a.standing(); after != before {
		a.t.Errorf("there were %+v, and are %+v", before, after)
	}
	if p.Header.Get("Cache-Control") != "no-store" {
		a.t.Errorf("the answer may be kept: %q", p.Header.Get("Cache-Control"))
	}
}

func TestForgedTokensSignNobodyIn(t *testing.T) {
	claim := func(name string, value any) oidctest.Behaviour {
		return oidctest.Behaviour{Claims: map[string]any{name: value}}
	}
	for name, odd := range map[string]oidctest.Behaviour{
		"changed subject":          claim("sub", "subject-of-mallory"),
		"wrong nonce":              claim("nonce", "of another journey"),
		"no nonce":                 claim("nonce", nil),
		"alg none":                 {Algorithm: "none"},
		"alg HS256":                {Algorithm: "HS256"},
		"wrong key":                {StrangeKey: true},
		"expired":                  claim("exp", 1),
		"token of another issuer":  claim("iss", "https://accounts.google.com"),
		"token for another client": claim("aud", "another-client"),
		"token for a third party":  claim("azp", "another-client"),
		"mixed-up issuer":          {Issuer: "https://evil.example"},
		"no token":                 {NoToken: true},
		"a fault":                  {Status: http.StatusInternalServerError},
		"an answer without end":    {Huge: true},
	} {
		t.Run(name, func(t *testing.T) {
			a := startAbroad(t)
			a.connect()
			c := a.Visitor()
			address := a.setOut(c, "/login/oidc/"+a.key, url.Values{})
			a.server.Behave(odd)
			before := a.standing()
			a.refused(before, c, c.Get(a.back(address).RequestURI()))
		})
	}
}

func TestReusedCodeAndReplayedCallback(t *testing.T) {
	a := startAbroad(t)
	a.connect()
	c := a.Visitor()
	address := a.setOut(c, "/login/oidc/"+a.key, url.Values{})
	cookie := c.Jar()["away"]
	landing := a.back(address)
	if p := c.Get(landing.RequestURI()); p.Status != http.StatusSeeOther {
		t.Fatalf("the first time answers %d", p.Status)
	}
	if c.Jar()["away"] != "" {
		t.Error("the journey's cookie is still there")
	}
	a.server.Behave(oidctest.Behaviour{Reuse: true}) // a server that takes codes twice

	before := a.standing()
	again := a.Visitor()
	a.refused(before, again, again.Get(landing.RequestURI())) // the address alone
	again.Plant("away", cookie)
	a.refused(before, again, again.Get(landing.RequestURI())) // with the cookie that somebody stole

	// A code that was used once, put into a journey of one's own.
	thief := a.Visitor()
	own, err := url.Parse(a.setOut(thief, "/login/oidc/"+a.key, url.Values{}))
	if err != nil {
		t.Fatal(err)
	}
	q := url.Values{"state": {own.Query().Get("state")}, "code": {landing.Query().Get("code")}, "iss": {a.server.URL}}
	before = a.standing()
	a.refused(before, thief, thief.Get("/login/oidc/callback?"+q.Encode()))
}

func TestStolenCodeInAnotherJourney(t *testing.T) {
	a := startAbroad(t)
	a.connect()
	victim, thief := a.Visitor(), a.Visitor()
	code := a.back(a.setOut(victim, "/login/oidc/"+a.key, url.Values{})).Query().Get("code") // never used
	own, err := url.Parse(a.setOut(thief, "/login/oidc/"+a.key, url.Values{}))
	if err != nil {
		t.Fatal(err)
	}
	for name, odd := range map[string]oidctest.Behaviour{"PKCE stops it": {}, "so does the nonce": {Lax: true}} {
		a.server.Behave(odd)
		q := url.Values{"state": {own.Query().Get("state")}, "code": {code}, "iss": {a.server.URL}}
		before := a.standing()
		p := thief.Get("/login/oidc/callback?" + q.Encode())
		t.Log(name)
		a.refused(before, thief, p)
		own, err = url.Parse(a.setOut(thief, "/login/oidc/"+a.key, url.Values{}))
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestMissingAndForeignState(t *testing.T) {
	a := startAbroad(t)
	a.connect()
	c := a.Visitor()
	landing := a.back(a.setOut(c, "/login/oidc/"+a.key, url.Values{}))
	foreign := a.back(a.setOut(a.Visitor(), "/login/oidc/"+a.key, url.Values{})).Query().Get("state")
	before := a.standing()
	for name, change := range map[string]func(q url.Values){
		"missing": func(q url.Values) { q.Del("state") },
		"empty":   func(q url.Values) { q.Set("state", "") },
		"foreign": func(q url.Values) { q.Set("state", foreign) },
		"twice":   func(q url.Values) { q.Add("state", q.Get("state")) },
		"cut":     func(q url.Values) { q.Set("state", q.Get("state")[:20]) },
	} {
		q := landing.Query()
		change(q)
		t.Log(name)
		a.refused(before, c, c.Get("/login/oidc/callback?"+q.Encode()))
	}
	if p := c.Get(landing.RequestURI()); p.Status != http.StatusSeeOther || !signedIn(c) {
		t.Errorf("a stranger's attempts ended the journey: %d", p.Status)
	}
}

func TestCodeTwiceAndNoCode(t *testing.T) {
	for name, change := range map[string]func(q url.Values){
		"no code":    func(q url.Values) { q.Del("code") },
		"code twice": func(q url.Values) { q.Add("code", "another") },
	} {
		t.Run(name, func(t *testing.T) {
			a := startAbroad(t)
			a.connect()
			c := a.Visitor()
			q := a.back(a.setOut(c, "/login/oidc/"+a.key, url.Values{})).Query()
			change(q)
			before := a.standing()
			a.refused(before, c, c.Get("/login/oidc/callback?"+q.Encode()))
		})
	}
}

func TestErrorsOfTheProvider(t *testing.T) {
	for code, words := range map[string]string{"access_denied": "You did not agree there", "server_error": "could not sign you in", "<script>": "could not sign you in"} {
		t.Run(code, func(t *testing.T) {
			a := startAbroad(t)
			a.connect()
			c := a.Visitor()
			address := a.setOut(c, "/login/oidc/"+a.key, url.Values{})
			a.server.Behave(oidctest.Behaviour{Error: code})
			before := a.standing()
			p := c.Get(a.back(address).RequestURI())
			a.refused(before, c, p)
			if !strings.Contains(p.Body, words) || strings.Contains(p.Body, "nobody shows") || strings.Contains(p.Body, "<script>") {
				t.Errorf("the page says:\n%s", p.Body)
			}
		})
	}
}

func TestTwoBrowsers(t *testing.T) {
	a := startAbroad(t)
	a.connect()
	first, second := a.Visitor(), a.Visitor()
	one := a.back(a.setOut(first, "/login/oidc/"+a.key, url.Values{"next": {"/contacts"}}))
	two := a.back(a.setOut(second, "/login/oidc/"+a.key, url.Values{"next": {"/today"}}))
	before := a.standing()
	a.refused(before, first, first.Get(two.RequestURI()))
	a.refused(before, second, second.Get(one.RequestURI()))
	if p := first.Get(one.RequestURI()); p.Location != "/contacts" {
		t.Errorf("the first ends at %q", p.Location)
	}
	if p := second.Get(two.RequestURI()); p.Location != "/today" {
		t.Errorf("the second ends at %q", p.Location)
	}
}

func TestTwoWindowsOfOneBrowser(t *testing.T) {
	a := startAbroad(t)
	a.connect()
	c := a.Visitor()
	older := a.back(a.setOut(c, "/login/oidc/"+a.key, url.Values{}))
	newer := a.back(a.setOut(c, "/login/oidc/"+a.key, url.Values{}))
	before := a.standing()
	a.refused(before, c, c.Get(older.RequestURI()))
	if p := c.Get(newer.RequestURI()); p.Status != http.StatusSeeOther {
		t.Errorf("the newer answers %d", p.Status)
	}
}

func TestAJourneyTakesTenMinutesAtMost(t *testing.T) {
	a := startAbroad(t)
	a.connect()
	c := a.Visitor()
	landing := a.back(a.setOut(c, "/login/oidc/"+a.key, url.Values{}))
	a.Clock.Advance(10 * time.Minute)
	before := a.standing()
	a.refused(before, c, c.Get(landing.RequestURI()))
}

func TestOpenRedirectByNext(t *testing.T) {
	a := startAbroad(t)
	a.connect()
	for _, next := range []string{
		"https://evil.example", "//evil.example", "/\\evil.example", "/%2f%2fevil.example/..", "\\/evil.example", "/\t/evil.example", "javascript:alert(1)", " //evil.example", "/login/oidc//evil",
	} {
		p := a.travel(a.Visitor(), url.Values{"next": {next}})
		to, err := url.Parse(p.Location)
		if err != nil || p.Status != http.StatusSeeOther || to.Host != "" || to.Scheme != "" || strings.HasPrefix(p.Location, "//") || strings.Contains(p.Location, "\\") {
			t.Errorf("%q leads to %q (%d)", next, p.Location, p.Status)
		}
	}
}

func TestDisabledAndRemovedPeopleStayOut(t *testing.T) {
	for name, event := range map[string]string{"disabled": "user.disabled", "removed": "user.removed"} {
		t.Run(name, func(t *testing.T) {
			a := startAbroad(t)
			ben := a.Hire(apptest.Colleague{Role: access.RoleAgent})
			a.Change(event, ben.ID, func(tx *store.Tx) error {
				x := store.Identity{Issuer: a.server.URL, Subject: ana.Subject, UserID: ben.ID, CreatedAt: 1}
				if err := tx.InsertIdentity(t.Context(), x); err != nil {
					return err
				}
				return tx.DisableUser(t.Context(), ben.ID, 5)
			})
			c := a.Visitor()
			before := a.standing()
			p := a.travel(c, url.Values{})
			a.refused(before, c, p)
			if !strings.Contains(p.Body, "cannot be used to sign in") {
				t.Errorf("the page says:\n%s", p.Body)
			}
			if u, err := a.Store().User(t.Context(), ben.ID); err != nil || u.DisabledAt != 5 {
				t.Errorf("a sign-in changed %+v, %v", u, err)
			}
		})
	}
}

func TestAProviderThatWasRemovedSignsNobodyIn(t *testing.T) {
	a := startAbroad(t)
	a.connect()
	c := a.Visitor()
	landing := a.back(a.setOut(c, "/login/oidc/"+a.key, url.Values{}))
	if err := a.App.Settings.RemoveSignIn(t.Context(), access.Operator(), a.key); err != nil {
		t.Fatal(err)
	}
	before := a.standing()
	a.refused(before, c, c.Get(landing.RequestURI()))
	a.refused(before, c, c.PostForm("/login/oidc/"+a.key, url.Values{}))
	if strings.Contains(c.Get("/login").Body, "Office") {
		t.Error("the sign-in page still offers it")
	}
}

func TestAProviderThatWasSetUpAnewEndsJourneys(t *testing.T) {
	a := startAbroad(t)
	a.connect()
	c := a.Visitor()
	landing := a.back(a.setOut(c, "/login/oidc/"+a.key, url.Values{}))
	err := a.App.Settings.ConnectSignIn(t.Context(), access.Operator(), settings.SignIn{Key: a.key, Name: "Office", Issuer: a.server.URL, ClientID: "another-client"})
	if err != nil {
		t.Fatal(err)
	}
	before := a.standing()
	a.refused(before, c, c.Get(landing.RequestURI()))
}

func TestManyJourneysAreSlowedDown(t *testing.T) {
	a := startAbroad(t)
	a.connect()
	c := a.Visitor()
	last := apptest.Page{}
	for range 45 {
		last = c.PostForm("/login/oidc/"+a.key, url.Values{})
	}
	if last.Status != http.StatusTooManyRequests || last.Header.Get("Retry-After") == "" {
		t.Errorf("the last of 45 answers %d", last.Status)
	}
	a.Clock.Advance(time.Minute)
	if p := a.travel(c, url.Values{}); p.Status != http.StatusSeeOther {
		t.Errorf("a minute later it answers %d", p.Status)
	}
	for range 30 { // whoever got in has cleared the count
		a.setOut(a.Visitor(), "/login/oidc/"+a.key, url.Values{})
	}
}
