package team_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"stead/app/apptest"
	"stead/store"
)

func remembering() url.Values {
	form := login(apptest.Email, apptest.Password)
	form.Set("remember", "on")
	return form
}

// remembered is a browser that asked to stay signed in, and whose session ended
// over night.
func remembered(t *testing.T, h *apptest.House) *apptest.Client {
	t.Helper()
	c := h.Visitor()
	if p := c.PostForm("/login", remembering()); p.Status != http.StatusSeeOther || c.Jar()["remember"] == "" {
		t.Fatalf("sign-in answers %d and leaves %v", p.Status, c.Jar())
	}
	h.Clock.Advance(13 * time.Hour)
	if isIn(c) {
		t.Fatal("the session outlived the night")
	}
	return c
}

func TestBrowserStaysSignedIn(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := remembered(t, h)
	first := c.Jar()["remember"]
	p := c.Get("/contacts")
	if p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location, "/login?next=%2Fcontacts") {
		t.Fatalf("a page answers %d to %q", p.Status, p.Location)
	}
	if p = c.Get(p.Location); p.Status != http.StatusSeeOther || p.Location != "/contacts" || !isIn(c) {
		t.Fatalf("the sign-in page answers %d to %q", p.Status, p.Location)
	}
	if second := c.Jar()["remember"]; second == first || second == "" {
		t.Error("the cookie was not replaced by its use")
	}
	if p := c.PostForm("/settings/channels/twilio", url.Values{}); p.Status != http.StatusUnauthorized {
		t.Errorf("credentials answer %d: a cookie proves nobody", p.Status)
	}
	h.Clock.Advance(31 * 24 * time.Hour)
	if p := c.Get("/login"); p.Status != http.StatusOK || c.Jar()["remember"] != "" {
		t.Errorf("after a month: %d, %v", p.Status, c.Jar())
	}
}

func TestBrowserIsNotRememberedUnasked(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	if c := h.SignedIn(); c.Jar()["remember"] != "" {
		t.Error("a cookie nobody asked for")
	}
}

// twoTabs are two tabs of one browser, the first of which has just used up the
// cookie that both have.
func twoTabs(t *testing.T, h *apptest.House) (first, second *apptest.Client) {
	t.Helper()
	first, second = remembered(t, h), h.Visitor()
	second.Plant("remember", first.Jar()["remember"])
	first.Get("/login")
	return first, second
}

func TestTwoTabsOpenedAtOnce(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c, tab := twoTabs(t, h)
	h.Clock.Advance(20 * time.Second)
	if p := tab.Get("/login"); p.Status != http.StatusSeeOther || !isIn(tab) {
		t.Errorf("the other tab, a moment later, gets %d", p.Status)
	}
	if !isIn(c) {
		t.Error("the first tab is out")
	}
}

// A clock that goes back tells nothing of who had the cookie first.
func TestAClockSetBackMakesNoThief(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c, tab := twoTabs(t, h)
	h.Clock.Advance(-time.Hour)
	if p := tab.Get("/login"); p.Status != http.StatusSeeOther || !isIn(tab) {
		t.Errorf("the other tab gets %d", p.Status)
	}
	if n := events(t, h, owner(t, h).ID, "user.remember_stolen"); n != 0 || !isIn(c) {
		t.Errorf("%d thefts were told", n)
	}
}

func TestStolenCookieEndsEverything(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	elsewhere := h.Visitor()
	elsewhere.PostForm("/login", remembering())
	c := remembered(t, h)
	thief := h.Visitor()
	thief.Plant("remember", c.Jar()["remember"])
	if p := thief.Get("/login"); p.Status != http.StatusSeeOther || !isIn(thief) {
		t.Fatalf("the thief gets %d", p.Status)
	}
	h.Clock.Advance(time.Minute)
	if p := c.Get("/login"); p.Status != http.StatusOK || isIn(c) {
		t.Errorf("the owner, with the cookie that was used, gets %d", p.Status)
	}
	for name, v := range map[string]*apptest.Client{"the thief": thief, "another browser": elsewhere} {
		if v.Get("/login"); isIn(v) {
			t.Errorf("%s is still in", name)
		}
	}
	if n := events(t, h, owner(t, h).ID, "user.remember_stolen"); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
	if got := outcomes(t, h, owner(t, h).ID)[0]; got != "remembered stolen" {
		t.Errorf("history says %q", got)
	}
}

func TestRememberedBrowserEnds(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, h *apptest.House, c *apptest.Client){
		"sign-out": func(_ *testing.T, _ *apptest.House, c *apptest.Client) {
			c.Get("/login")
			c.PostForm("/logout", url.Values{})
		},
		"password changed": func(t *testing.T, h *apptest.House, _ *apptest.Client) {
			p := h.SignedIn().PostForm("/account/password", url.Values{"current": {apptest.Password}, "password": {secondPassword}, "password_again": {secondPassword}})
			if p.Status != http.StatusSeeOther {
				t.Fatalf("the change answers %d", p.Status)
			}
		},
		"disabled": func(t *testing.T, h *apptest.House, _ *apptest.Client) {
			write(t, h, func(tx *store.Tx) error { return tx.DisableUser(t.Context(), owner(t, h).ID, 1) })
		},
		"all ended": func(t *testing.T, h *apptest.House, _ *apptest.Client) {
			write(t, h, func(tx *store.Tx) error { return tx.RaiseEpoch(t.Context(), owner(t, h).ID, 1) })
		},
		"signed out from elsewhere": func(t *testing.T, h *apptest.House, _ *apptest.Client) {
			here := h.SignedIn()
			page := here.Get("/account/sessions").Body
			_, rest, _ := strings.Cut(page, `name="browser" value="`)
			key, _, _ := strings.Cut(rest, `"`)
			if p := here.PostForm("/account/sessions/forget", url.Values{"browser": {key}}); p.Status != http.StatusSeeOther {
				t.Fatalf("forgetting it answers %d", p.Status)
			}
		},
		"everywhere else": func(_ *testing.T, h *apptest.House, _ *apptest.Client) {
			h.SignedIn().PostForm("/account/sessions/others", url.Values{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := apptest.Start(t, apptest.Options{})
			c := remembered(t, h)
			cookie := c.Jar()["remember"]
			end(t, h, c)
			back := h.Visitor()
			back.Plant("remember", cookie)
			if p := back.Get("/login"); p.Status != http.StatusOK || isIn(back) {
				t.Errorf("the cookie still answers %d to %q", p.Status, p.Location)
			}
		})
	}
}

// A session that was signed out from elsewhere does not come back by the cookie
// that it began with.
func TestRevokedSessionTakesItsCookieAlong(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.Visitor()
	c.PostForm("/login", remembering())
	here := h.SignedIn()
	_, rest, _ := strings.Cut(here.Get("/account/sessions").Body, `name="session" value="`)
	key, _, _ := strings.Cut(rest, `"`)
	here.PostForm("/account/sessions/end", url.Values{"session": {key}})
	if c.Get("/login"); isIn(c) {
		t.Error("it is back")
	}
}

func TestRememberedBrowserAndTheSecondFactor(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	p, _ := setUpPhone(t, h, c)
	with := halfIn(t, h, remembering())
	with.PostForm("/login/code", typed(p.code(h.Clock.Now())))
	h.Clock.Advance(13 * time.Hour)
	if with.Get("/login"); !isIn(with) {
		t.Error("a browser in which the code was given is asked for it again")
	}
}

func TestRememberedWithoutACodeIsAskedForOne(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := remembered(t, h)
	u := owner(t, h)
	write(t, h, func(tx *store.Tx) error { // as if it had been set up without ending anything
		return tx.PutSecondFactor(t.Context(), store.SecondFactor{UserID: u.ID, Sealed: []byte{1}, CreatedAt: 1})
	})
	if page := c.Get("/login"); page.Location != "/login/code" || isIn(c) {
		t.Errorf("it answers %d to %q", page.Status, page.Location)
	}
}

func TestMadeUpCookies(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := remembered(t, h)
	selector, _, _ := strings.Cut(c.Jar()["remember"], ".")
	for name, value := range map[string]string{"nonsense": "x", "only a dot": ".", "too long": strings.Repeat("a", 300), "unknown": strings.Repeat("A", 43) + "." + strings.Repeat("B", 43)} {
		v := h.Visitor()
		v.Plant("remember", value)
		if p := v.Get("/login"); p.Status != http.StatusOK {
			t.Errorf("%s answers %d", name, p.Status)
		}
	}
	v := h.Visitor()
	v.Plant("remember", selector+".")
	if p := v.Get("/login"); p.Status != http.StatusOK || isIn(v) {
		t.Errorf("a selector without its validator answers %d", p.Status)
	}
}
