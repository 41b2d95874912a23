package team_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"stead/app"
	"stead/app/apptest"
	"stead/app/web"
	"stead/store"
)

// TestSessionFixation: whoever knew the token before a step knows nothing after it.
func TestSessionFixation(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.Visitor()
	token := func() string { return c.Jar()["session"] }
	step := func(name string, do func() apptest.Page, want int) {
		t.Helper()
		before := token()
		if p := do(); p.Status != want {
			t.Fatalf("%s answers %d, want %d:\n%s", name, p.Status, want, p.Body)
		}
		if token() == before {
			t.Errorf("%s keeps the token", name)
		}
		old := h.Visitor()
		old.Plant("session", before)
		if before != "" && isIn(old) {
			t.Errorf("%s: the token from before still opens pages", name)
		}
	}
	c.Plant("session", "planted-by-somebody-else")
	step("sign-in", func() apptest.Page { return c.PostForm("/login", asOwner) }, http.StatusSeeOther)
	step("signing in again", func() apptest.Page { return c.PostForm("/login", asOwner) }, http.StatusSeeOther)
	h.Clock.Advance(6 * time.Minute)
	step("a confirmation", func() apptest.Page {
		return c.PostForm("/confirm", url.Values{"confirm_password": {apptest.Password}})
	}, http.StatusSeeOther)
	h.Clock.Advance(6 * time.Minute)
	step("a confirmation on the way", func() apptest.Page {
		return c.PostForm("/settings/channels/twilio", with(matters, "confirm_password", apptest.Password))
	}, http.StatusUnprocessableEntity)
	var p phone
	step("a second factor", func() apptest.Page {
		p, _ = setUpPhone(t, h, c)
		return apptest.Page{Status: http.StatusOK}
	}, http.StatusOK)
	step("a new password", func() apptest.Page {
		return c.PostForm("/account/password", url.Values{"current": {apptest.Password}, "password": {secondPassword}, "password_again": {secondPassword}})
	}, http.StatusSeeOther)
	step("sign-out", func() apptest.Page { return c.PostForm("/logout", url.Values{}) }, http.StatusSeeOther)

	c = halfIn(t, h, login(apptest.Email, secondPassword))
	c.Plant("session", "planted-by-somebody-else")
	step("the code", func() apptest.Page { return c.PostForm("/login/code", typed(p.code(h.Clock.Now()))) }, http.StatusSeeOther)
}

// leads are spellings with which a browser might be led away: each with hosts
// and decorations.
func leads() []string {
	var out []string
	starts := []string{
		"//%s", "///%s", "////%s", `/\%s`, `\/%s`, `\\%s`, `/\/%s`, `//\%s`, "https://%s", "http://%s", "HtTpS://%s", "https:%s", "https:/%s", "https:///%s", "ftp://%s",
		"javascript:alert(1)//%s", "data:text/html,%s", "/\t/%s", "\t//%s", "/\n/%s", "/\r/%s", "\r\n//%s", " //%s", "/%%5C%s", "/%%5c%%5c%s", "/%%2f%s", "/%%2F%%2F%s", "%%2f%%2f%s",
		"/%%09/%s", "/%%0a/%s", "/%%0d/%s", "//localhost@%s", "https://crm@%s", "https://127.0.0.1:80@%s", "/.//%s", "/..//%s", "/./\\%s", "//%s%%2f..", "/\x00/%s", "/\x7f/%s", "//%s?x=/", "//%s#/", "?next=//%s", "@%s", ".%s", "/;//%s",
	}
	for _, host := range []string{"evil.example", "evil.example:443/a", "[2001:db8::1]"} {
		for _, start := range starts {
			out = append(out, fmt.Sprintf(start, host))
		}
	}
	return out
}

// staysHere tells whether a browser that is at base and gets location stays
// there. It reads it as browsers do: a backslash is a slash, and blanks and
// control characters within vanish.
func staysHere(base, location string) bool {
	clean := strings.Map(func(c rune) rune {
		switch {
		case c == '\\':
			return '/'
		case c <= ' ':
			return -1
		}
		return c
	}, location)
	b, err := url.Parse(base)
	if err != nil {
		return false
	}
	to, err := b.Parse(clean)
	return err == nil && to.Host == b.Host && to.Scheme == b.Scheme && !strings.HasPrefix(to.Path, "//")
}

// TestNobodyIsLedAway: whatever takes a way back keeps to this server.
func TestNobodyIsLedAway(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	list := leads()
	if len(list) < 120 {
		t.Fatalf("%d spellings, want 120", len(list))
	}
	in := h.SignedIn()
	takers := map[string]func(next string) apptest.Page{
		"the way to the sign-in page": func(next string) apptest.Page { return in.Get("/login?next=" + url.QueryEscape(next)) },
		"the confirmation's page":     func(next string) apptest.Page { return in.Get("/confirm?next=" + url.QueryEscape(next)) },
		"the confirmation": func(next string) apptest.Page {
			return in.PostForm("/confirm", url.Values{"next": {next}, "confirm_password": {apptest.Password}})
		},
	}
	for name, take := range takers {
		for i, next := range list {
			if name == "the confirmation" && i%4 != 0 {
				continue // each hashes a password
			}
			p := take(next)
			if p.Status != http.StatusSeeOther || !staysHere(h.URL, p.Location) {
				t.Errorf("%s with %q answers %d to %q", name, next, p.Status, p.Location)
			}
		}
	}
	for _, next := range list { // the page itself must hand on nothing of it
		p := h.Visitor().Get("/login?next=" + url.QueryEscape(next))
		if p.Status != http.StatusOK || !strings.Contains(p.Body, `name="next" value=""`) && !staysHere(h.URL, value(p.Body, "next")) {
			t.Errorf("the sign-in form with %q holds %q", next, value(p.Body, "next"))
		}
	}
	for i, next := range list { // a sign-in costs a second of work each twenty
		if i%9 != 0 {
			continue
		}
		form := login(apptest.Email, apptest.Password)
		form.Set("next", next)
		if p := h.Visitor().PostForm("/login", form); p.Status != http.StatusSeeOther || !staysHere(h.URL, p.Location) {
			t.Errorf("the sign-in with %q answers %d to %q", next, p.Status, p.Location)
		}
	}
}

// TestCodeLeadsNobodyAway: what the challenge keeps of the way back is as safe.
func TestCodeLeadsNobodyAway(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	p, _ := setUpPhone(t, h, h.SignedIn())
	for i, next := range leads() {
		if i%17 != 0 {
			continue
		}
		h.Clock.Advance(time.Minute)
		form := login(apptest.Email, apptest.Password)
		form.Set("next", next)
		if page := halfIn(t, h, form).PostForm("/login/code", typed(p.code(h.Clock.Now()))); page.Status != http.StatusSeeOther || !staysHere(h.URL, page.Location) {
			t.Errorf("%q leads to %q", next, page.Location)
		}
	}
}

func value(page, name string) string {
	_, rest, _ := strings.Cut(page, `name="`+name+`" value="`)
	v, _, _ := strings.Cut(rest, `"`)
	return v
}

// TestHostHeaderPoisonsNothing: addresses come from the configuration, whatever
// a request calls this server.
func TestHostHeaderPoisonsNothing(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	for _, header := range []string{"Host", "X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-URL", "X-Rewrite-URL"} {
		c := h.Visitor()
		value := "evil.example"
		if header == "Forwarded" {
			value = "host=evil.example"
		}
		c.Header.Set(header, value)
		for _, p := range []apptest.Page{c.Get("/"), c.Get("/login"), c.PostForm("/login", asOwner), c.Get("/account"), c.Get("/account/second-factor")} {
			if strings.Contains(p.Body, "evil.example") || strings.Contains(p.Location, "evil") || strings.HasPrefix(p.Location, "http") {
				t.Errorf("%s: %d to %q", header, p.Status, p.Location)
			}
			for _, set := range p.Header.Values("Set-Cookie") {
				if strings.Contains(strings.ToLower(set), "domain") {
					t.Errorf("%s: cookie %q", header, set)
				}
			}
		}
	}
}

// TestCookiesAreInTheRegister: every cookie of every answer on the way through
// sign-in is one that web names, with the attributes that all have.
func TestCookiesAreInTheRegister(t *testing.T) {
	for name, tt := range map[string]struct {
		base, prefix string
		secure       bool
	}{"http": {"", "", false}, "https": {"https://crm.example.com", "__Host-", true}} {
		t.Run(name, func(t *testing.T) {
			h := apptest.Start(t, apptest.Options{Config: func(c *app.Config) {
				if tt.base != "" {
					c.URL = tt.base
				}
			}})
			known := map[string]bool{}
			for _, c := range web.Cookies() {
				known[tt.prefix+c.Name] = true
			}
			seen := map[string]bool{}
			for _, set := range cookiesOnTheWay(t, h) {
				k, err := http.ParseSetCookie(set)
				if err != nil {
					t.Fatal(err)
				}
				seen[k.Name] = true
				if !known[k.Name] || !k.HttpOnly || k.Secure != tt.secure || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || k.Domain != "" {
					t.Errorf("cookie %q", set)
				}
			}
			for _, want := range []string{"session", "challenge", "remember"} {
				if !seen[tt.prefix+want] {
					t.Errorf("no %s was set: the walk is too short", want)
				}
			}
		})
	}
}

// cookiesOnTheWay signs in and out in every way, carrying cookies by hand: the
// browser of a test does not keep those for https.
func cookiesOnTheWay(t *testing.T, h *apptest.House) []string {
	t.Helper()
	var all []string
	jar := map[string]string{}
	send := func(method, path string, form url.Values) apptest.Page {
		c := h.Visitor()
		var parts []string
		for k, v := range jar {
			parts = append(parts, k+"="+v)
		}
		c.Header.Set("Cookie", strings.Join(parts, "; "))
		p := c.Do(method, path, form)
		for _, set := range p.Header.Values("Set-Cookie") {
			all = append(all, set)
			if k, err := http.ParseSetCookie(set); err == nil {
				jar[k.Name] = k.Value
			}
		}
		return p
	}
	send("POST", "/login", remembering())
	page := send("POST", "/account/second-factor/start", url.Values{})
	p := phone{t, strings.ReplaceAll(found(t, seedOnPage, page.Body), " ", "")}
	send("POST", "/account/second-factor", url.Values{"ticket": {found(t, ticketOnPage, page.Body)}, "code": {p.code(h.Clock.Now())}})
	send("POST", "/logout", url.Values{})
	h.Clock.Advance(time.Minute)
	send("POST", "/login", remembering())
	if p := send("POST", "/login/code", typed(p.code(h.Clock.Now()))); p.Status != http.StatusSeeOther || p.Location != "/" {
		t.Fatalf("the code answers %d to %q", p.Status, p.Location)
	}
	h.Clock.Advance(13 * time.Hour)
	send("GET", "/login", nil)
	send("POST", "/logout", url.Values{})
	send("GET", "/login/code", nil)
	return all
}

// TestDisabledUserGetsInByNoRoad: password, code, remembered browser, and a
// session that is open.
func TestDisabledUserGetsInByNoRoad(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	u := hire(t, h, "ben@brightwater.example", "agent")
	form := login(u.Email, secondPassword)
	form.Set("remember", "on")
	open := h.Visitor()
	open.PostForm("/login", form)
	if !isIn(open) {
		t.Fatal("not signed in")
	}
	p, spares := setUpPhone(t, h, open)
	form2 := login(u.Email, secondPassword)
	form2.Set("remember", "on")
	kept := halfIn(t, h, form2)
	kept.PostForm("/login/code", typed(p.code(h.Clock.Now())))
	h.Clock.Advance(time.Minute)
	half := halfIn(t, h, form)
	cookie := kept.Jar()["remember"]
	if cookie == "" || !isIn(kept) {
		t.Fatal("not remembered")
	}
	write(t, h, func(tx *store.Tx) error {
		if err := tx.DisableUser(t.Context(), u.ID, 1); err != nil {
			return err
		}
		return tx.Emit(t.Context(), store.Event{ID: "disabled-ben", Kind: "user.disabled", Subject: u.ID, At: 1})
	})
	for name, try := range map[string]func() *apptest.Client{
		"an open session": func() *apptest.Client { return open },
		"the password":    func() *apptest.Client { c := h.Visitor(); c.PostForm("/login", form); return c },
		"a code":          func() *apptest.Client { half.PostForm("/login/code", typed(p.code(h.Clock.Now()))); return half },
		"a recovery code": func() *apptest.Client { half.PostForm("/login/code", spare(spares[0])); return half },
		"a remembered browser": func() *apptest.Client {
			c := h.Visitor()
			c.Plant("remember", cookie)
			c.Get("/login")
			return c
		},
	} {
		if c := try(); isIn(c) {
			t.Errorf("%s lets a disabled colleague in", name)
		}
	}
	wrong := h.Visitor().PostForm("/login", login(u.Email, "not the password at all"))
	right := h.Visitor().PostForm("/login", form)
	if wrong.Status != right.Status {
		t.Errorf("a disabled colleague's right password answers %d, a wrong one %d", right.Status, wrong.Status)
	}
}

// TestEpochEndsSessionsAndStreams: what ends a person's sessions ends them at
// the next request, and their streams within seconds.
func TestEpochEndsSessionsAndStreams(t *testing.T) {
	for name, end := range map[string]func(tx *store.Tx, t *testing.T, id string) error{
		"disabled":  func(tx *store.Tx, t *testing.T, id string) error { return tx.DisableUser(t.Context(), id, 1) },
		"all ended": func(tx *store.Tx, t *testing.T, id string) error { return tx.RaiseEpoch(t.Context(), id, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			h := apptest.Start(t, apptest.Options{})
			u := hire(t, h, "ben@brightwater.example", "agent")
			c := h.Visitor()
			c.PostForm("/login", login(u.Email, secondPassword))
			live := c.Stream("/live")
			if live.StatusCode != http.StatusOK {
				t.Fatalf("the stream answers %d", live.StatusCode)
			}
			lines := apptest.Lines(live.Body)
			write(t, h, func(tx *store.Tx) error {
				if err := end(tx, t, u.ID); err != nil {
					return err
				}
				return tx.Emit(t.Context(), store.Event{ID: "end-" + name, Kind: "user.disabled", Subject: u.ID, At: 1})
			})
			if isIn(c) {
				t.Error("the session goes on")
			}
			if !lines.Ended(5 * time.Second) {
				t.Error("the stream goes on for five seconds")
			}
		})
	}
}

// TestAnotherSiteSignsNobodyIn: login CSRF.
func TestAnotherSiteSignsNobodyIn(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	for _, path := range []string{"/login", "/login/code", "/logout", "/confirm", "/account/password", "/account/second-factor/off", "/account/sessions/others"} {
		for _, site := range []string{"cross-site", "same-site"} {
			c.Header.Set("Sec-Fetch-Site", site)
			p := c.Raw("POST", path)
			if p.Status != http.StatusForbidden || len(p.Header.Values("Set-Cookie")) != 0 {
				t.Errorf("%s from %s answers %d", path, site, p.Status)
			}
		}
	}
}

// TestHugePasswords are refused before anything is computed.
func TestHugePasswords(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	huge := strings.Repeat("a", 1<<20)
	if p := h.Visitor().PostForm("/login", login(apptest.Email, huge)); p.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("1 MB answers %d", p.Status)
	}
	if p := h.Visitor().PostForm("/login", login(apptest.Email, huge[:4096])); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("4 KB answers %d", p.Status)
	}
	c := h.SignedIn()
	if p := c.PostForm("/account/password", url.Values{"current": {huge}, "password": {huge}, "password_again": {huge}}); p.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("as a new one it answers %d", p.Status)
	}
}
