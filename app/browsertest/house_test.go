package browsertest

import (
	"net/http"
	"path"
	"regexp"
	"strings"
	"testing"

	"stead/app/apptest"
)

// needChromium leaves a test out before a house is built for nothing.
func needChromium(t *testing.T) { newTab(t) }

// signIn opens a tab and signs the owner in through the form.
func signIn(t *testing.T, h *apptest.House, s screen) *page {
	t.Helper()
	p := open(t, h.URL, s)
	p.visit("/login")
	p.fill("#email", apptest.Email)
	p.fill("#password", apptest.Password)
	p.click(".auth [type=submit]")
	p.see(".app h1")
	return p
}

func TestSetUpAndSignInThroughTheBrowser(t *testing.T) {
	for _, s := range []screen{desktop, phone.withoutScripts()} {
		t.Run(s.Name, func(t *testing.T) {
			needChromium(t)
			h := apptest.Start(t, apptest.Options{NotSetUp: true})
			link, err := h.App.Team.NewLink(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			p := open(t, h.URL, s)
			p.visit(link)
			p.fill("#business", "Brightwater Repairs")
			p.choose("#country", "PT")
			p.choose("#currency", "EUR")
			p.choose("#timezone", "Europe/Lisbon")
			p.click("[name=step][value='1']")
			p.see("#owner_name")
			p.shot("setup-owner")
			p.fill("#owner_name", "Ana Costa")
			p.fill("#owner_email", apptest.Email)
			p.fill("#password", "short")
			p.click("[name=step][value='2']")
			p.see(".error-summary")
			p.fill("#password", apptest.Password)
			p.fill("#password_again", apptest.Password)
			p.click("[name=step][value='2']")
			p.see(".app h1")
			p.shot("first-page")
			signOut(p)
			p.fill("#email", apptest.Email)
			p.fill("#password", "not the password")
			p.click(".auth [type=submit]")
			p.see(".error-summary")
			p.fill("#password", apptest.Password)
			p.click(".auth [type=submit]")
			p.see(".app h1")
		})
	}
}

// signOut goes through the account menu of this screen.
func signOut(p *page) {
	p.t.Helper()
	opener := ".sidebar .who"
	if p.scr.Width < 768 {
		opener = ".topbar [popovertarget]"
	}
	p.click(opener)
	p.click("#usermenu form [type=submit]")
	p.see("#password")
}

// placeholders stand in routes for what a page is about.
var placeholders = regexp.MustCompile(`\{[^}]*\}`)

// addresses are all pages that the signed-in owner can open; of fills in what a
// route is about, and an empty answer leaves the route out.
func addresses(h *apptest.House, of func(pattern string) string) []string {
	c := h.SignedIn()
	var all []string
	for _, r := range h.App.Routes() {
		method, pattern, _ := strings.Cut(r.Pattern, " ")
		if method != http.MethodGet || r.Policy.Public != "" || pattern == "/live" {
			continue
		}
		address := strings.TrimSuffix(pattern, "{$}")
		if placeholders.MatchString(address) {
			id := of(pattern)
			if id == "" {
				continue
			}
			address = placeholders.ReplaceAllString(address, id)
		}
		answer := c.Get(address)
		if answer.Status == http.StatusOK && strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
			all = append(all, address)
		}
	}
	return all
}

// TestEveryPageSuitsEveryScreen opens whatever route there is, in both themes:
// no page escapes the checks by being new.
func TestEveryPageSuitsEveryScreen(t *testing.T) {
	needChromium(t)
	h := apptest.Start(t, apptest.Options{})
	h.Connect()
	h.Miss(caller)
	h.Text(caller, "My boiler is out, can you come?")
	thread, card := threadOf(t, h, caller)
	pages := addresses(h, func(pattern string) string {
		switch {
		case strings.HasPrefix(pattern, "/inbox/"):
			return path.Base(thread)
		case strings.HasPrefix(pattern, "/contacts/"), strings.HasPrefix(pattern, "/privacy/people/"):
			return path.Base(card)
		}
		return ""
	})
	for _, s := range []screen{desktop, phone, narrow} {
		t.Run(s.Name, func(t *testing.T) {
			p := signIn(t, h, s)
			for _, address := range pages {
				p.visit(address)
				name := strings.Trim(strings.NewReplacer("/", "-", path.Base(card), "1", path.Base(thread), "1").Replace(address), "-")
				p.looksRight(name)
				p.theme("dark")
				p.looksRight(name + "-dark")
				p.theme("light")
			}
		})
	}
}

// looksRight checks what every page owes to everybody.
func (p *page) looksRight(name string) {
	p.t.Helper()
	if name == "" {
		name = "today"
	}
	p.waitFor("load the font", `document.fonts.ready.then(() => true)`)
	p.shot(name)
	p.checkFits(name)
	p.checkIcons(name)
	p.checkAxe(name)
	if n := ask[int](p, `document.querySelectorAll('h1').length`); n != 1 {
		p.t.Errorf("%s has %d main headings", name, n)
	}
}
