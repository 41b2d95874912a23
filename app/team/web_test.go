package team_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"stead/app"
	"stead/app/apptest"
)

func business() url.Values {
	return url.Values{
		"business": {"Tom & Söhne"}, "country": {"DE"}, "currency": {"EUR"}, "timezone": {"Europe/Berlin"},
		"mon_from": {"08:00"}, "mon_to": {"16:30"},
		"owner_name": {"Tom Baker"}, "owner_email": {"tom@example.com"}, "password": {"seven green apples fell"}, "password_again": {"seven green apples fell"},
	}
}

func TestFirstRun(t *testing.T) {
	h := apptest.Start(t, apptest.Options{NotSetUp: true})
	link, err := h.App.Team.NewLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimPrefix(link, "/setup/")
	c := h.Visitor()

	if p := c.Get("/"); p.Status != http.StatusSeeOther || p.Location != "/login" {
		t.Errorf("/ answers %d to %q, want the sign-in page", p.Status, p.Location)
	}
	if p := c.Get("/login"); p.Location != "/setup" {
		t.Errorf("sign-in before set-up leads to %q, want /setup", p.Location)
	}
	if p := c.Get("/setup"); !strings.Contains(p.Body, "in the terminal") || strings.Contains(p.Body, "business") && strings.Contains(p.Body, "<form") {
		t.Errorf("a stranger sees:\n%s", p.Body)
	}
	if p := c.Get("/setup/AAAA"); p.Status != http.StatusForbidden {
		t.Errorf("a made-up link answers %d, want 403", p.Status)
	}
	if p := c.Get(link); p.Status != http.StatusOK || !strings.Contains(p.Body, `value="DE"`) {
		t.Errorf("the link answers %d, want the first step", p.Status)
	}

	form := business()
	form.Set("token", token)
	form.Set("step", "1")
	form.Set("timezone", "Mars/Base")
	p := c.PostForm("/setup", form)
	if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, "error-summary") || !strings.Contains(p.Body, "Tom &amp; Söhne") || !strings.Contains(p.Body, `href="#timezone"`) {
		t.Errorf("a wrong time zone answers %d; want 422, a summary and what was typed", p.Status)
	}
	form.Set("timezone", "Europe/Berlin")
	if p := c.PostForm("/setup", form); p.Status != http.StatusOK || !strings.Contains(p.Body, `name="password"`) || !strings.Contains(p.Body, `name="mon_to" value="16:30"`) {
		t.Errorf("step 1 answers %d, want step 2 that keeps the answers", p.Status)
	}
	form.Set("step", "2")
	form.Set("password", "short")
	if p := c.PostForm("/setup", form); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, "at least 12 characters") || strings.Contains(p.Body, `value="short"`) {
		t.Errorf("a short password answers %d, want 422 and not the password", p.Status)
	}
	form.Set("password", "seven green apples fell")
	form.Set("password_again", "seven green apples fall")
	if p := c.PostForm("/setup", form); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, `href="#password_again"`) {
		t.Errorf("a mistyped password answers %d, want 422 at the second one", p.Status)
	}
	form.Set("password_again", "seven green apples fell")
	if p := c.PostForm("/setup", form); p.Status != http.StatusSeeOther || p.Location != "/" {
		t.Fatalf("the last step answers %d to %q:\n%s", p.Status, p.Location, p.Body)
	}
	if p := c.Get("/"); p.Status != http.StatusOK || !strings.Contains(p.Body, "Keep a copy of ") || !strings.Contains(p.Body, ".key") {
		t.Errorf("the first page answers %d, want it to say where the key file is", p.Status)
	}
	if p := c.Get("/account/sessions"); p.Status != http.StatusOK {
		t.Errorf("after set-up the browser is not signed in: %d", p.Status)
	}
	if p := h.Visitor().Get(link); p.Location != "/login" {
		t.Errorf("the link still works: %d to %q", p.Status, p.Location)
	}
	if p := h.Visitor().PostForm("/setup", form); p.Location != "/login" {
		t.Errorf("a second set-up answers %d to %q", p.Status, p.Location)
	}
	b, err := h.Store().Business(t.Context())
	if err != nil || b.Name != "Tom & Söhne" || b.Hours[0][0] != [2]string{"08:00", "16:30"} || len(b.Hours[1]) != 0 {
		t.Errorf("business = %+v, %v", b, err)
	}
}

func TestSetUpWithoutTheTokenIsRefused(t *testing.T) {
	h := apptest.Start(t, apptest.Options{NotSetUp: true})
	form := business()
	form.Set("step", "2")
	for name, token := range map[string]string{"no token": "", "a made-up one": "AAAA"} {
		form.Set("token", token)
		if p := h.Visitor().PostForm("/setup", form); p.Status != http.StatusForbidden {
			t.Errorf("%s: %d, want 403", name, p.Status)
		}
	}
	if _, err := h.Store().Business(t.Context()); err == nil {
		t.Error("a business was made")
	}
}

func TestNewestLinkReplacesTheEarlier(t *testing.T) {
	h := apptest.Start(t, apptest.Options{NotSetUp: true})
	first, _ := h.App.Team.NewLink(t.Context())
	second, _ := h.App.Team.NewLink(t.Context())
	if p := h.Visitor().Get(first); p.Status != http.StatusForbidden {
		t.Errorf("the earlier link answers %d, want 403", p.Status)
	}
	if p := h.Visitor().Get(second); p.Status != http.StatusOK {
		t.Errorf("the newest link answers %d, want 200", p.Status)
	}
}

func login(email, password string) url.Values {
	return url.Values{"email": {email}, "password": {password}}
}

func TestSignIn(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.Visitor()
	form := login(" ANA@Brightwater.example ", apptest.Password)
	form.Set("next", "/account/sessions")
	p := c.PostForm("/login", form)
	if p.Status != http.StatusSeeOther || p.Location != "/account/sessions" {
		t.Fatalf("%d to %q", p.Status, p.Location)
	}
	set := p.Header.Get("Set-Cookie")
	for _, part := range []string{"session=", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(set, part) {
			t.Errorf("cookie %q lacks %s", set, part)
		}
	}
	if strings.Contains(set, "Secure") {
		t.Error("the cookie is Secure on plain http: browsers would drop it")
	}
	token := c.Cookie().Value
	if _, err := h.Store().Session(t.Context(), token); err == nil {
		t.Error("the token itself is in the store")
	}
	out := c.PostForm("/logout", url.Values{})
	if out.Status != http.StatusSeeOther || !strings.Contains(out.Header.Get("Clear-Site-Data"), "cache") {
		t.Errorf("sign-out answers %d, %v", out.Status, out.Header)
	}
	old := h.Visitor()
	old.Header.Set("Cookie", "session="+token)
	if p := old.Get("/account/sessions"); p.Status != http.StatusSeeOther {
		t.Errorf("the signed-out token still opens pages: %d", p.Status)
	}
}

func TestSecureCookieOnHTTPS(t *testing.T) {
	h := apptest.Start(t, apptest.Options{Config: func(c *app.Config) { c.URL = "https://crm.example.com" }})
	p := h.Visitor().PostForm("/login", login(apptest.Email, apptest.Password))
	set := p.Header.Get("Set-Cookie")
	if !strings.HasPrefix(set, "__Host-session=") || !strings.Contains(set, "Secure") || strings.Contains(set, "Domain") {
		t.Errorf("cookie is %q", set)
	}
	if p.Header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS")
	}
}

func TestSignInRefusesAlike(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	wrong := h.Visitor().PostForm("/login", login(apptest.Email, "not the password at all"))
	nobody := h.Visitor().PostForm("/login", login("ana@brightwater.example.org", "not the password at all"))
	if wrong.Status != http.StatusUnprocessableEntity || nobody.Status != wrong.Status {
		t.Fatalf("wrong password %d, unknown user %d; want 422 twice", wrong.Status, nobody.Status)
	}
	if strings.ReplaceAll(nobody.Body, "brightwater.example.org", "brightwater.example") != wrong.Body {
		t.Error("the pages differ: they tell who has an account")
	}
	if wrong.Header.Get("Set-Cookie") != "" {
		t.Error("a refused sign-in sets a cookie")
	}
}

func TestTriesAreThrottled(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	var last apptest.Page
	for range 6 {
		last = h.Visitor().PostForm("/login", login(apptest.Email, "not the password at all"))
	}
	if last.Status != http.StatusTooManyRequests || last.Header.Get("Retry-After") == "" {
		t.Fatalf("the sixth try answers %d, want 429 with Retry-After", last.Status)
	}
	if p := h.Visitor().PostForm("/login", login(apptest.Email, apptest.Password)); p.Status != http.StatusTooManyRequests {
		t.Errorf("even the right password answers %d while others must wait", p.Status)
	}
	h.Clock.Advance(time.Minute)
	if p := h.Visitor().PostForm("/login", login(apptest.Email, apptest.Password)); p.Status != http.StatusSeeOther {
		t.Errorf("after the pause the right password answers %d", p.Status)
	}
	if p := h.Visitor().PostForm("/login", login(apptest.Email, "not the password at all")); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a sign-in did not clear the failures: %d", p.Status)
	}
}

func TestNextStaysOnThisSite(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	for next, want := range map[string]string{
		"//evil.example": "/", `/\evil.example`: "/", "https://evil.example": "/", "/a\nb": "/", "/%5Cevil.example": "/",
		"/contacts/7?tab=calls": "/contacts/7?tab=calls", "": "/", "contacts": "/",
	} {
		form := login(apptest.Email, apptest.Password)
		form.Set("next", next)
		if p := h.Visitor().PostForm("/login", form); p.Location != want {
			t.Errorf("next %q leads to %q, want %q", next, p.Location, want)
		}
	}
}

func TestSessionsEnd(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	open := func(c *apptest.Client) bool { return c.Get("/account/sessions").Status == http.StatusOK }

	idle := h.SignedIn()
	h.Clock.Advance(11 * time.Hour)
	if !open(idle) {
		t.Fatal("ended before 12 hours without use")
	}
	h.Clock.Advance(11 * time.Hour)
	if !open(idle) {
		t.Fatal("use did not prolong it")
	}
	h.Clock.Advance(13 * time.Hour)
	if open(idle) {
		t.Error("outlived 13 hours without use")
	}

	busy := h.SignedIn()
	for range 16 {
		h.Clock.Advance(10 * time.Hour)
		open(busy)
	}
	if !open(busy) {
		t.Fatal("a session in use ended before 7 days")
	}
	h.Clock.Advance(9 * time.Hour)
	if open(busy) {
		t.Error("outlived 7 days")
	}
}

func TestRevokedElsewhere(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	mine, other := h.SignedIn(), h.SignedIn()
	page := mine.Get("/account/sessions").Body
	_, rest, ok := strings.Cut(page, `name="session" value="`)
	if !ok {
		t.Fatalf("no other session on the page:\n%s", page)
	}
	key, _, _ := strings.Cut(rest, `"`)
	if p := mine.PostForm("/account/sessions/end", url.Values{"session": {key}}); p.Status != http.StatusSeeOther {
		t.Fatalf("ending it answers %d", p.Status)
	}
	if p := other.Get("/account/sessions"); p.Status != http.StatusSeeOther {
		t.Errorf("the other browser is still signed in: %d", p.Status)
	}
	if p := mine.Get("/account/sessions"); p.Status != http.StatusOK || !strings.Contains(p.Body, "Signed out there.") {
		t.Errorf("this browser: %d; want 200 and a word about it", p.Status)
	}
	if p := mine.PostForm("/account/sessions/end", url.Values{"session": {"made up"}}); p.Status != http.StatusNotFound {
		t.Errorf("ending what is not there answers %d", p.Status)
	}
}
