package team_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/provider/oidc/oidctest"
	"stead/app/team"
	"stead/store"
)

// invited is the token of a link that somebody was sent.
func (a *abroad) invited(role string) string {
	a.t.Helper()
	id, err := a.App.Team.Invite(a.t.Context(), access.Owner(a.owner.ID), team.Invite{Name: "Ben Ito", Email: "Ben@brightwater.example", Role: role})
	if err != nil {
		a.t.Fatal(err)
	}
	path, err := a.App.Team.InviteLink(a.t.Context(), id)
	if err != nil {
		a.t.Fatal(err)
	}
	return strings.TrimPrefix(path, "/join/")
}

var ben = oidctest.Person{Subject: "subject-of-ben", Email: "ben@elsewhere.example", Name: "Benny", Verified: true}

func TestJoinWithAnAccountElsewhere(t *testing.T) {
	a := startAbroad(t)
	a.server.Be(ben)
	token := a.invited(access.RoleAgent)
	c := a.Visitor()
	if p := c.Get("/join/" + token); !strings.Contains(p.Body, "Join with Office") {
		t.Fatalf("the page of the invitation offers nothing (%d):\n%s", p.Status, p.Body)
	}
	p := a.travel(c, url.Values{"join": {token}})
	if p.Status != http.StatusSeeOther || !signedIn(c) {
		t.Fatalf("it answers %d:\n%s", p.Status, p.Body)
	}
	u, err := a.Store().UserByEmail(t.Context(), "ben@brightwater.example")
	if err != nil || u.Role != access.RoleAgent || u.Name != "Ben Ito" || u.PasswordHash != "" {
		t.Errorf("they are %+v, %v; want whom the invitation names", u, err)
	}
	if list := a.identities(u.ID); len(list) != 1 || list[0].Subject != ben.Subject {
		t.Errorf("accounts %+v", list)
	}
	if p := a.travel(a.Visitor(), url.Values{"join": {token}}); p.Status != http.StatusNotFound {
		t.Errorf("a second time answers %d", p.Status)
	}
	if p := a.travel(a.Visitor(), url.Values{}); p.Status != http.StatusSeeOther {
		t.Errorf("the next sign-in answers %d", p.Status)
	}
	if p := a.Visitor().PostForm("/login", url.Values{"email": {u.Email}, "password": {""}}); p.Status == http.StatusSeeOther {
		t.Error("an empty password signs them in")
	}
}

func TestInvitationsAreNotAcceptedBy(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil  func(a *abroad, token string) string
		status int
	}{
		"an address that is not confirmed": {func(a *abroad, token string) string {
			a.server.Be(oidctest.Person{Subject: "ben", Email: "ben@brightwater.example"})
			return token
		}, http.StatusForbidden},
		"an account of somebody else here": {func(a *abroad, token string) string {
			a.server.Be(ana)
			a.connect()
			return token
		}, http.StatusConflict},
		"a link that was never made": {func(*abroad, string) string { return strings.Repeat("A", 43) }, http.StatusNotFound},
		"a link that is too old": {func(a *abroad, token string) string {
			a.Clock.Advance(30 * 24 * time.Hour)
			return token
		}, http.StatusConflict},
		"a link that a newer one has replaced": {func(a *abroad, token string) string {
			list, err := a.Store().WaitingInvitations(a.t.Context())
			if err != nil {
				a.t.Fatal(err)
			}
			if _, err := a.App.Team.InviteLink(a.t.Context(), list[0].ID); err != nil {
				a.t.Fatal(err)
			}
			return token
		}, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			a := startAbroad(t)
			a.server.Be(ben)
			token := tt.spoil(a, a.invited(access.RoleAgent))
			c := a.Visitor()
			before := a.standing()
			p := a.travel(c, url.Values{"join": {token}})
			a.refused(before, c, p)
			if p.Status != tt.status {
				t.Errorf("it answers %d, want %d:\n%s", p.Status, tt.status, p.Body)
			}
		})
	}
}

func TestWhoIsSignedInJoinsNobody(t *testing.T) {
	a := startAbroad(t)
	token := a.invited(access.RoleAgent)
	owner := a.SignedIn()
	if p := owner.PostForm("/login/oidc/"+a.key, url.Values{"join": {token}}); p.Status != http.StatusConflict || owner.Jar()["away"] != "" {
		t.Errorf("it answers %d", p.Status)
	}
}

func TestOfADozenOneAcceptsAnInvitation(t *testing.T) {
	a := startAbroad(t)
	token := a.invited(access.RoleAgent)
	type trip struct {
		browser *apptest.Client
		landing string
	}
	var trips []trip
	for i := range 12 {
		who := ben
		who.Subject += strconv.Itoa(i)
		a.server.Be(who)
		c := a.Visitor()
		trips = append(trips, trip{c, a.back(a.setOut(c, "/login/oidc/"+a.key, url.Values{"join": {token}})).RequestURI()})
	}
	before := a.standing()
	statuses := make([]int, len(trips))
	var all sync.WaitGroup
	for i, one := range trips {
		all.Go(func() { statuses[i] = one.browser.Get(one.landing).Status })
	}
	all.Wait()
	in := 0
	for _, status := range statuses {
		if status == http.StatusSeeOther {
			in++
		}
	}
	if after := a.standing(); in != 1 || after.people != before.people+1 || after.accounts != before.accounts+1 || after.sessions != before.sessions+1 {
		t.Errorf("%v: %+v became %+v", statuses, before, after)
	}
}

func TestTheSecondFactorIsAskedForAllTheSame(t *testing.T) {
	a := startAbroad(t)
	a.connect()
	a.Change("user.second_factor_on", a.owner.ID, func(tx *store.Tx) error {
		return tx.PutSecondFactor(t.Context(), store.SecondFactor{UserID: a.owner.ID, Sealed: []byte("sealed"), CreatedAt: 1})
	})
	c := a.Visitor()
	before := a.standing()
	p := a.travel(c, url.Values{})
	if p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location, "/login/code") || signedIn(c) || a.standing() != before {
		t.Errorf("it answers %d to %q", p.Status, p.Location)
	}
}

func TestARoleThatNeedsASecondFactorGetsNoFurther(t *testing.T) {
	a := startAbroad(t)
	a.connect()
	a.Change("role.second_factor", access.RoleOwner, func(tx *store.Tx) error {
		return tx.SetSecondFactorRoles(t.Context(), []string{access.RoleOwner}, 1)
	})
	c := a.Visitor()
	if p := a.travel(c, url.Values{}); p.Status != http.StatusSeeOther {
		t.Fatalf("it answers %d", p.Status)
	}
	if p := c.Get("/contacts"); p.Status != http.StatusSeeOther || p.Location != "/account/second-factor" {
		t.Errorf("contacts answer %d to %q", p.Status, p.Location)
	}
	if p := c.PostForm("/account/accounts/"+a.key, url.Values{}); p.Header.Get("Refresh") != "" {
		t.Errorf("they connect an account: %d", p.Status)
	}
}
