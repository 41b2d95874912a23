package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"stead/app/apptest"
	"stead/app/web"
)

// address puts something into every place of a pattern.
func address(pattern string) (method, where string) {
	method, where, _ = strings.Cut(pattern, " ")
	parts := strings.Split(strings.TrimSuffix(where, "{$}"), "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") {
			parts[i] = "0193b000-0000-7000-8000-000000000000"
		}
	}
	return method, strings.Join(parts, "/")
}

func isStream(r web.Route) bool { return r.Pattern == "GET /live" }

// TestNobodyGetsNowhere walks every route that is not public: without a session
// it leads to the sign-in page and does nothing.
func TestNobodyGetsNowhere(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	before := fingerprint(t, h)
	walked := 0
	for _, route := range h.App.Routes() {
		if route.Policy.Public != "" {
			continue
		}
		walked++
		method, where := address(route.Pattern)
		var form url.Values
		if method != http.MethodGet {
			form = url.Values{}
		}
		if p := h.Visitor().Do(method, where, form); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location, "/login") {
			t.Errorf("%s answers %d to %q, want the sign-in page", route.Pattern, p.Status, p.Location)
		}
	}
	if walked < 20 {
		t.Errorf("walked %d routes only", walked)
	}
	if after := fingerprint(t, h); after != before {
		t.Errorf("audit went from %d to %d entries", before, after)
	}
}

// TestPublicRoutesAreKnown keeps a new route from being public by accident.
func TestPublicRoutesAreKnown(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	known := map[string]bool{
		"GET /healthz": true, "GET /readyz": true, "GET /robots.txt": true, "GET /about/licences": true, "GET /.well-known/security.txt": true,
		"GET /login": true, "POST /login": true, "POST /logout": true, "GET /login/code": true, "POST /login/code": true,
		"POST /login/oidc/{provider}": true, "GET /login/oidc/callback": true,
		"GET /setup": true, "GET /setup/{token}": true, "POST /setup": true,
		"GET /join/{token}": true, "POST /join/{token}": true,
		"GET /reset": true, "POST /reset": true, "GET /reset/{token}": true, "POST /reset/{token}": true,
		"POST /hooks/twilio/{rest...}": true,
		"GET /calendar/{token}":        true,
		"GET /f/{token}":               true, "POST /f/{token}": true, "GET /f/thanks/{token}": true,
		"GET /f/confirm/{token}": true, "POST /f/confirm/{token}": true, "POST /in/{token}": true,
		"GET /mail/u/{token}": true, "POST /mail/u/{token}": true,
	}
	for _, route := range h.App.Routes() {
		if route.Policy.Public != "" && !known[route.Pattern] {
			t.Errorf("%s is public (%q): list it here if that is meant", route.Pattern, route.Policy.Public)
		}
		delete(known, route.Pattern)
	}
	for pattern := range known {
		t.Errorf("%s is gone", pattern)
	}
}

// TestEveryAnswerIsDressed looks at the headers of every route, errors and
// assets included.
func TestEveryAnswerIsDressed(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	owner, nobody := h.SignedIn(), h.Visitor()
	want := map[string]string{
		"X-Content-Type-Options":     "nosniff",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	}
	check := func(what string, p apptest.Page) {
		t.Helper()
		for name, value := range want {
			if got := p.Header.Get(name); got != value {
				t.Errorf("%s: %s is %q", what, name, got)
			}
		}
		if got := p.Header.Get("Referrer-Policy"); got != "same-origin" {
			t.Errorf("%s: Referrer-Policy is %q", what, got)
		}
		csp := p.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'; script-src 'self'; style-src 'self'") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: policy is %q", what, csp)
		}
		if p.Header.Get("Permissions-Policy") == "" {
			t.Errorf("%s: no Permissions-Policy", what)
		}
		if p.Header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: HSTS on plain http", what)
		}
		if p.Header.Get("Server") != "" || p.Header.Get("X-Powered-By") != "" {
			t.Errorf("%s: says what it runs on", what)
		}
	}
	for _, route := range h.App.Routes() {
		method, where := address(route.Pattern)
		if isStream(route) || route.Pattern == "POST /logout" {
			continue
		}
		for who, c := range map[string]*apptest.Client{"owner": owner, "nobody": nobody} {
			var form url.Values
			if method != http.MethodGet {
				form = url.Values{}
			}
			p := c.Do(method, where, form)
			check(route.Pattern+" as "+who, p)
			if !strings.Contains(p.Header.Get("Cache-Control"), "no-store") {
				t.Errorf("%s as %s may be kept: %q", route.Pattern, who, p.Header.Get("Cache-Control"))
			}
			if p.Status >= 500 && p.Status != http.StatusServiceUnavailable {
				t.Errorf("%s as %s: %d", route.Pattern, who, p.Status)
			}
		}
	}
	for _, address := range []string{"/nothing", "/static/nothing.css", "/hooks/nothing", "/../etc/passwd"} {
		check(address, nobody.Get(address))
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	owner := h.SignedIn()
	for name, header := range map[string][2]string{
		"another site":          {"Sec-Fetch-Site", "cross-site"},
		"another subdomain":     {"Sec-Fetch-Site", "same-site"},
		"another origin":        {"Origin", "https://evil.example"},
		"a page without origin": {"Origin", "null"},
	} {
		c := h.Visitor()
		c.Header.Set("Cookie", owner.Cookie().String())
		c.Header.Set(header[0], header[1])
		p := c.Raw(http.MethodPost, "/logout")
		if p.Status != http.StatusForbidden {
			t.Errorf("%s: %d, want 403", name, p.Status)
		}
	}
	if p := owner.Get("/settings"); p.Status != http.StatusOK {
		t.Errorf("the session did not survive: %d", p.Status)
	}
}

func TestHealthAndReadiness(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.Visitor()
	if p := c.Get("/healthz"); p.Status != http.StatusOK || strings.TrimSpace(p.Body) != `{"status":"ok"}` {
		t.Errorf("healthz: %d %s", p.Status, p.Body)
	}
	if p := c.Get("/readyz"); p.Status != http.StatusOK {
		t.Errorf("readyz: %d %s", p.Status, p.Body)
	}
	h.Lock()
	if p := c.Get("/readyz"); p.Status != http.StatusServiceUnavailable || !strings.Contains(p.Body, "locked") {
		t.Errorf("readyz with a locked vault: %d %s", p.Status, p.Body)
	}
	if p := c.Get("/healthz"); p.Status != http.StatusOK {
		t.Errorf("healthz with a locked vault: %d", p.Status)
	}
	owner := h.SignedIn()
	if p := owner.Get("/settings"); p.Status != http.StatusOK || !strings.Contains(p.Body, "The vault was locked") {
		t.Errorf("sign-in with a locked vault: %d; want the page and its banner", p.Status)
	}
	if p := owner.PostForm("/unlock", url.Values{}); p.Status != http.StatusSeeOther {
		t.Errorf("unlock: %d", p.Status)
	}
	if p := c.Get("/readyz"); p.Status != http.StatusOK {
		t.Errorf("readyz after unlocking: %d %s", p.Status, p.Body)
	}
}

func TestStreamEndsWithTheSession(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	resp := c.Stream("/live")
	if resp.Header.Get("Content-Type") != "text/event-stream" || resp.Header.Get("X-Accel-Buffering") != "no" {
		t.Errorf("headers %v", resp.Header)
	}
	lines := apptest.Lines(resp.Body)
	lines.Until(t, ": open")
	h.App.Publish("inbox")
	lines.Until(t, "event: inbox")
	c.PostForm("/logout", url.Values{})
	start := time.Now()
	if !lines.Ended(5 * time.Second) {
		t.Errorf("the stream is open %v after sign-out", time.Since(start))
	}
}

func fingerprint(t *testing.T, h *apptest.House) int64 {
	t.Helper()
	n, _, err := h.Store().AuditHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Whatever strangers may open with a token or a code in hand is tried slowly. The
// address of a form is on a page for all to read, and that of a webhook opens
// nothing without a signature: both take what foreign pages send.
func TestTokensOfStrangersAreTriedSlowly(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	seen := 0
	for _, route := range h.App.Routes() {
		_, path, _ := strings.Cut(route.Pattern, " ")
		if route.Policy.Public == "" || route.Policy.Raw || strings.HasPrefix(path, "/hooks/") || !strings.Contains(path, "{token}") && !strings.HasPrefix(path, "/login/") && !strings.HasPrefix(path, "/reset") {
			continue
		}
		seen++
		if !web.Guessable(strings.NewReplacer("{token}", "x", "{provider}", "x").Replace(path)) {
			t.Errorf("%s can be tried as fast as any page", route.Pattern)
		}
	}
	if seen < 8 || web.Guessable("/login") || web.Guessable("/inbox") {
		t.Errorf("%d routes were looked at", seen)
	}
}
