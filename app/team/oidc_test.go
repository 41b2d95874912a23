package team_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"stead/app"
	"stead/app/access"
	"stead/app/apptest"
	"stead/app/provider/oidc/oidctest"
	"stead/app/settings"
	"stead/app/team"
	"stead/app/vault"
	"stead/store"
)

// abroad is a house whose people may sign in with one provider.
type abroad struct {
	*apptest.House
	t      *testing.T
	server *oidctest.Server
	key    string
	owner  store.User
}

var ana = oidctest.Person{Subject: "subject-of-ana", Email: "ana.private@elsewhere.example", Name: "Ana C.", Verified: true}

func startAbroad(t *testing.T) *abroad {
	t.Helper()
	a := &abroad{t: t}
	a.server = oidctest.Start(t, func() time.Time { return a.Clock.Now() })
	a.server.Be(ana)
	a.House = apptest.Start(t, apptest.Options{Config: func(c *app.Config) { c.Private = []string{a.server.URL} }})
	a.offer(a.server.URL)
	users, err := a.Store().Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a.owner = users[0]
	return a
}

func (a *abroad) offer(issuer string) {
	a.t.Helper()
	err := a.App.Settings.ConnectSignIn(a.t.Context(), access.Operator(), settings.SignIn{
		Name: "Office", Issuer: issuer, ClientID: oidctest.ClientID, Secret: vault.Secret(oidctest.Secret),
	})
	if err != nil {
		a.t.Fatal(err)
	}
	list, err := a.Store().SignInProviders(a.t.Context())
	if err != nil {
		a.t.Fatal(err)
	}
	a.key = list[0].Key
}

// setOut presses a button that leads to the provider and returns its address.
func (a *abroad) setOut(c *apptest.Client, path string, form url.Values) string {
	a.t.Helper()
	p := c.PostForm(path, form)
	_, address, ok := strings.Cut(p.Header.Get("Refresh"), "url=")
	if p.Status != http.StatusOK || !ok || !strings.HasPrefix(address, a.server.URL+"/authorize?") {
		a.t.Fatalf("%s answers %d and leads to %q:\n%s", path, p.Status, p.Header.Get("Refresh"), p.Body)
	}
	return address
}

// back goes to the provider and returns the address at which the browser lands.
func (a *abroad) back(address string) *url.URL {
	a.t.Helper()
	to := a.server.Visit(a.t, address)
	if !strings.HasPrefix(to.String(), a.URL+"/login/oidc/callback?") {
		a.t.Fatalf("the provider sent the browser to %s", to)
	}
	return to
}

// travel is the whole way of a browser that wants to sign in.
func (a *abroad) travel(c *apptest.Client, form url.Values) apptest.Page {
	a.t.Helper()
	return c.Get(a.back(a.setOut(c, "/login/oidc/"+a.key, form)).RequestURI())
}

// connect lets the owner's account elsewhere sign them in.
func (a *abroad) connect() *apptest.Client {
	a.t.Helper()
	c := a.SignedIn()
	p := c.Get(a.back(a.setOut(c, "/account/accounts/"+a.key, url.Values{})).RequestURI())
	if p.Status != http.StatusSeeOther || p.Location != "/account/accounts" {
		a.t.Fatalf("connecting answers %d to %q:\n%s", p.Status, p.Location, p.Body)
	}
	return c
}

func signedIn(c *apptest.Client) bool { return c.Get("/account/accounts").Status == http.StatusOK }

func (a *abroad) identities(userID string) []store.Identity {
	a.t.Helper()
	list, err := a.Store().IdentitiesOf(a.t.Context(), userID)
	if err != nil {
		a.t.Fatal(err)
	}
	return list
}

func (a *abroad) sessions(userID string) int {
	a.t.Helper()
	list, err := a.Store().SessionsOf(a.t.Context(), userID)
	if err != nil {
		a.t.Fatal(err)
	}
	return len(list)
}

// colleague adds somebody by the store, as the journey of an invitation would.
func (a *abroad) colleague(id, email, hash string) store.User {
	a.t.Helper()
	u := store.User{ID: id, Name: "Ben Ito", Email: email, EmailKey: email, PasswordHash: hash, Role: access.RoleAgent, CreatedAt: 1, UpdatedAt: 1}
	if err := a.Store().InTx(a.t.Context(), func(tx *store.Tx) error { return tx.InsertUser(a.t.Context(), u) }); err != nil {
		a.t.Fatal(err)
	}
	return u
}

func TestConnectThenSignIn(t *testing.T) {
	a := startAbroad(t)
	owner := a.connect()
	list := a.identities(a.owner.ID)
	if len(list) != 1 || list[0].Subject != ana.Subject || list[0].Issuer != a.server.URL || list[0].Email != ana.Email || list[0].LastUsedAt != 0 {
		t.Fatalf("connected %+v", list)
	}
	if p := owner.Get("/account/accounts"); !strings.Contains(p.Body, ana.Email) || strings.Contains(p.Body, "picture.png") || strings.Contains(p.Body, ana.Subject) {
		t.Errorf("the page shows:\n%s", p.Body)
	}

	c := a.Visitor()
	if p := c.Get("/login"); !strings.Contains(p.Body, "Sign in with Office") {
		t.Errorf("the sign-in page offers nothing:\n%s", p.Body)
	}
	p := a.travel(c, url.Values{"next": {"/contacts"}, "time_zone": {"Europe/Lisbon"}})
	if p.Status != http.StatusSeeOther || p.Location != "/contacts" || !signedIn(c) {
		t.Fatalf("coming back answers %d to %q:\n%s", p.Status, p.Location, p.Body)
	}
	sessions, err := a.Store().SessionsOf(t.Context(), a.owner.ID)
	if err != nil || !slices.ContainsFunc(sessions, func(v store.Session) bool { return v.Method == "oidc" && v.TimeZone == "Europe/Lisbon" }) {
		t.Errorf("sessions %+v, %v", sessions, err)
	}
	if list := a.identities(a.owner.ID); list[0].LastUsedAt == 0 {
		t.Error("nothing says that the account was used")
	}
	events, err := a.Store().EventsOf(t.Context(), a.owner.ID)
	kinds := ""
	for _, e := range events {
		kinds += e.Kind + " "
	}
	if err != nil || !strings.Contains(kinds, team.EventLinked) || !strings.HasSuffix(strings.TrimSpace(kinds), team.EventSignedIn) {
		t.Errorf("events %s, %v", kinds, err)
	}
}

func TestTheCallbackGoesByTheConfiguredAddress(t *testing.T) {
	a := startAbroad(t)
	c := a.Visitor()
	c.Header.Set("X-Forwarded-Host", "evil.example")
	address, err := url.Parse(a.setOut(c, "/login/oidc/"+a.key, url.Values{}))
	if err != nil || address.Query().Get("redirect_uri") != a.URL+"/login/oidc/callback" {
		t.Errorf("redirect address %q, %v", address.Query().Get("redirect_uri"), err)
	}
}

func TestNobodyIsConnectedByThemselves(t *testing.T) {
	a := startAbroad(t)
	c := a.Visitor()
	p := a.travel(c, url.Values{})
	if p.Status != http.StatusForbidden || !strings.Contains(p.Body, "Nobody here uses this account yet. Sign in with your password, then connect it under Your account.") || signedIn(c) {
		t.Errorf("an unknown account answers %d:\n%s", p.Status, p.Body)
	}
	if users, err := a.Store().Users(t.Context()); err != nil || len(users) != 1 || len(a.identities(a.owner.ID)) != 0 {
		t.Errorf("people %v, %v", users, err)
	}
}

func TestAnAccountSignsInOnePerson(t *testing.T) {
	a := startAbroad(t)
	a.connect()
	ben := a.colleague("u-ben", "ben@brightwater.example", a.owner.PasswordHash)
	c := a.Visitor()
	if p := c.PostForm("/login", url.Values{"email": {ben.Email}, "password": {apptest.Password}}); p.Status != http.StatusSeeOther {
		t.Fatalf("sign-in answers %d", p.Status)
	}
	p := c.Get(a.back(a.setOut(c, "/account/accounts/"+a.key, url.Values{})).RequestURI())
	if p.Status != http.StatusConflict || !strings.Contains(p.Body, "signs in somebody here already") || len(a.identities(ben.ID)) != 0 {
		t.Errorf("another's account answers %d:\n%s", p.Status, p.Body)
	}
}

func TestConnectingAsksWhoIsThere(t *testing.T) {
	a := startAbroad(t)
	c := a.SignedIn()
	a.Clock.Advance(6 * time.Minute)
	p := c.PostForm("/account/accounts/"+a.key, url.Values{})
	if p.Status != http.StatusUnauthorized || p.Header.Get("Refresh") != "" {
		t.Errorf("after six minutes it answers %d, %q", p.Status, p.Header.Get("Refresh"))
	}
	a.setOut(c, "/account/accounts/"+a.key, url.Values{"confirm_password": {apptest.Password}})
}

func TestDisconnecting(t *testing.T) {
	a := startAbroad(t)
	owner := a.connect()
	away := a.Visitor()
	a.travel(away, url.Values{})
	other := a.SignedIn()
	page := owner.Get("/account/accounts").Body
	_, rest, _ := strings.Cut(page, `name="account" value="`)
	key, _, _ := strings.Cut(rest, `"`)

	ben := a.colleague("u-ben", "ben@brightwater.example", a.owner.PasswordHash)
	stranger := a.Visitor()
	stranger.PostForm("/login", url.Values{"email": {ben.Email}, "password": {apptest.Password}})
	if p := stranger.PostForm("/account/accounts/disconnection", url.Values{"account": {key}}); p.Status != http.StatusNotFound || len(a.identities(a.owner.ID)) != 1 {
		t.Errorf("a stranger's attempt answers %d", p.Status)
	}

	p := owner.PostForm("/account/accounts/disconnection", url.Values{"account": {key}})
	if p.Status != http.StatusSeeOther || len(a.identities(a.owner.ID)) != 0 {
		t.Fatalf("it answers %d", p.Status)
	}
	if signedIn(away) || !signedIn(owner) || !signedIn(other) {
		t.Error("the browser that came in with the account must be out, and no other")
	}
	if p := a.travel(a.Visitor(), url.Values{}); p.Status != http.StatusForbidden {
		t.Errorf("the account still signs in: %d", p.Status)
	}
}

func TestTheLastWayInStays(t *testing.T) {
	a := startAbroad(t)
	ben := a.colleague("u-ben", "ben@brightwater.example", "")
	err := a.Store().InTx(t.Context(), func(tx *store.Tx) error {
		for _, x := range []store.Identity{{Issuer: a.server.URL, Subject: "ben"}, {Issuer: "https://gone.example", Subject: "ben"}} {
			x.UserID, x.CreatedAt = ben.ID, 1
			if err := tx.InsertIdentity(t.Context(), x); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	a.server.Be(oidctest.Person{Subject: "ben", Email: "ben@elsewhere.example", Verified: true})
	c := a.Visitor()
	if p := a.travel(c, url.Values{}); p.Status != http.StatusSeeOther {
		t.Fatalf("sign-in answers %d", p.Status)
	}
	press := func(issuer string) apptest.Page {
		return c.PostForm("/account/accounts/disconnection", url.Values{"account": {team.AccountKey(store.Identity{Issuer: issuer, Subject: "ben"})}})
	}
	if p := press(a.server.URL); p.Status != http.StatusConflict || !strings.Contains(p.Body, "your only way in") || len(a.identities(ben.ID)) != 2 {
		t.Errorf("the only one that works answers %d", p.Status)
	}
	if p := press("https://gone.example"); p.Status != http.StatusSeeOther || len(a.identities(ben.ID)) != 1 {
		t.Errorf("one that signs nobody in answers %d", p.Status)
	}
}

func TestWhoHasNoPasswordConfirmsElsewhere(t *testing.T) {
	a := startAbroad(t)
	ben := a.colleague("u-ben", "ben@brightwater.example", "")
	err := a.Store().InTx(t.Context(), func(tx *store.Tx) error {
		return tx.InsertIdentity(t.Context(), store.Identity{Issuer: a.server.URL, Subject: "ben", UserID: ben.ID, CreatedAt: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	who := oidctest.Person{Subject: "ben", Email: "ben@elsewhere.example", Verified: true}
	a.server.Be(who)
	c := a.Visitor()
	a.travel(c, url.Values{})
	a.Clock.Advance(6 * time.Minute)
	ask := func() apptest.Page { return c.PostForm("/account/accounts/"+a.key, url.Values{}) }
	if p := ask(); p.Status != http.StatusUnauthorized || !strings.Contains(p.Body, "/confirm/oidc/"+a.key) {
		t.Fatalf("it answers %d:\n%s", p.Status, p.Body)
	}
	confirm := func() apptest.Page {
		address := a.setOut(c, "/confirm/oidc/"+a.key, url.Values{"next": {"/account/accounts"}})
		if !strings.Contains(address, "max_age=0") || !strings.Contains(address, "prompt=login") {
			t.Errorf("the provider is not told to ask again: %s", address)
		}
		return c.Get(a.back(address).RequestURI())
	}

	a.server.Be(oidctest.Person{Subject: "somebody", Email: who.Email, Verified: true})
	if p := confirm(); p.Status != http.StatusForbidden || ask().Status != http.StatusUnauthorized {
		t.Errorf("another account confirms: %d", p.Status)
	}
	a.server.Be(who)
	a.server.Behave(oidctest.Behaviour{Claims: map[string]any{"auth_time": a.Clock.Now().Add(-time.Hour).Unix()}})
	if p := confirm(); p.Status != http.StatusForbidden || ask().Status != http.StatusUnauthorized {
		t.Errorf("a proof of an hour ago confirms: %d", p.Status)
	}
	a.server.Behave(oidctest.Behaviour{Claims: map[string]any{"auth_time": nil}})
	if p := confirm(); p.Status != http.StatusForbidden || !strings.Contains(p.Body, "set a password") || ask().Status != http.StatusUnauthorized {
		t.Errorf("a proof of nobody knows when confirms: %d", p.Status)
	}
	a.server.Behave(oidctest.Behaviour{})
	if p := confirm(); p.Status != http.StatusSeeOther || p.Location != "/account/accounts" || ask().Header.Get("Refresh") == "" {
		t.Errorf("it answers %d to %q", p.Status, p.Location)
	}
}

// A second factor is asked for here: a provider's word does not replace it.
func TestWhoHasASecondFactorConfirmsByCode(t *testing.T) {
	a := startAbroad(t)
	c := a.connect()
	p, _ := setUpPhone(t, a.House, c)
	setHash(t, a.House, a.owner.ID, "")
	a.Clock.Advance(6 * time.Minute)
	page := c.PostForm("/account/accounts/"+a.key, url.Values{})
	if page.Status != http.StatusUnauthorized || strings.Contains(page.Body, "/confirm/oidc/") || !strings.Contains(page.Body, `name="confirm_code"`) {
		t.Errorf("an account elsewhere is offered in place of the code: %d", page.Status)
	}
	landed := c.Get(a.back(a.setOut(c, "/confirm/oidc/"+a.key, url.Values{})).RequestURI())
	if landed.Status != http.StatusForbidden || c.PostForm("/account/accounts/"+a.key, url.Values{}).Status != http.StatusUnauthorized {
		t.Errorf("it is taken in place of the code: %d", landed.Status)
	}
	if got := c.PostForm("/account/accounts/"+a.key, url.Values{"confirm_code": {p.code(a.Clock.Now())}}); got.Header.Get("Refresh") == "" {
		t.Errorf("a code answers %d", got.Status)
	}
}

func TestWhoHasAPasswordConfirmsWithIt(t *testing.T) {
	a := startAbroad(t)
	c := a.connect()
	a.Clock.Advance(6 * time.Minute)
	if p := c.PostForm("/account/accounts/"+a.key, url.Values{}); p.Status != http.StatusUnauthorized || strings.Contains(p.Body, "/confirm/oidc/") {
		t.Errorf("an account elsewhere is offered in place of the password: %d", p.Status)
	}
	p := c.Get(a.back(a.setOut(c, "/confirm/oidc/"+a.key, url.Values{})).RequestURI())
	if p.Status != http.StatusForbidden {
		t.Errorf("it is taken in place of the password: %d", p.Status)
	}
}

func TestAServerThatIsAwayStopsNothing(t *testing.T) {
	a := startAbroad(t)
	a.connect()
	a.server.Behave(oidctest.Behaviour{Status: http.StatusServiceUnavailable})
	a.Clock.Advance(2 * time.Hour)
	c := a.Visitor()
	p := c.PostForm("/login/oidc/"+a.key, url.Values{})
	if p.Status != http.StatusBadGateway || !strings.Contains(p.Body, "Sign in another way") || strings.Contains(p.Body, "jane@") {
		t.Errorf("it answers %d:\n%s", p.Status, p.Body)
	}
	if p := c.PostForm("/login", url.Values{"email": {apptest.Email}, "password": {apptest.Password}}); p.Status != http.StatusSeeOther {
		t.Errorf("the password answers %d", p.Status)
	}
}

func TestALockedVaultIsSaidToBeOne(t *testing.T) {
	a := startAbroad(t)
	a.connect()
	a.Lock()
	c := a.Visitor()
	if p := a.travel(c, url.Values{}); p.Status != http.StatusServiceUnavailable || !strings.Contains(p.Body, "Sign in with your password") || signedIn(c) {
		t.Errorf("it answers %d:\n%s", p.Status, p.Body)
	}
}
