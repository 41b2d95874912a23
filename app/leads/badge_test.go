package leads_test

import (
	"net/http"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/apptest"
	"stead/store"
)

// How many leads failed stands beside the deals for whoever may read leads, on
// pages and as news, until they are mended.
func TestFailedLeadsAreCountedBesideTheDeals(t *testing.T) {
	h := start(t)
	s, secret := h.hook(nil)
	bea, agent := h.SignIn(h.boss), h.SignIn(h.Hire(apptest.Colleague{Role: access.RoleAgent}))
	const none, one = `id="count-deals" class="count hot" hidden>0<`, `id="count-deals" class="count hot">1<span class="vh"> to mend<`
	shows := func(c *apptest.Client, want string) {
		t.Helper()
		if page := c.Get("/deals"); !strings.Contains(page.Body, want) {
			t.Errorf("the page has no %q", want)
		}
		c.Partial = true
		defer func() { c.Partial = false }()
		if news := c.Get("/counts"); !strings.Contains(news.Body, want) {
			t.Errorf("the news has no %q: %s", want, news.Body)
		}
	}
	shows(bea, none)
	if status, a := h.send(s, secret, `{"name":{"first":"Zqbob"}}`); status != http.StatusAccepted || a.State != store.LeadFailed {
		t.Fatal(status, a)
	}
	shows(bea, one)
	shows(agent, none)
	l := h.only()
	if l, err := h.service().Mend(t.Context(), access.Owner(h.boss.ID), l.ID, l.Version, map[string]string{"name": "Zqbob", "email": "bob@example.com"}); err != nil || l.State != store.LeadDone {
		t.Fatalf("%+v (%v)", l, err)
	}
	shows(bea, none)
}
