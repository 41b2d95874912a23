package browsertest

import (
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

// looksRight checks what every page owes to everybody.
func (p *page) looksRight(name string) {
	p.t.Helper()
	p.waitFor("load the font", `document.fonts.ready.then(() => true)`)
	p.shot(name)
	p.checkFits(name)
	p.checkIcons(name)
	p.checkAxe(name)
	if n := ask[int](p, `document.querySelectorAll('h1').length`); n != 1 {
		p.t.Errorf("%s has %d main headings", name, n)
	}
}

// looksRightInTheDark checks what the dark changes of a page that looks right in
// the light: its colours alone (assets/css/tokens.css has both themes of each).
func (p *page) looksRightInTheDark(name string) {
	p.t.Helper()
	p.theme("dark")
	p.shot(name + "-dark")
	p.checkFits(name + "-dark")
	p.axe(name+"-dark", colourRules)
	p.theme("light")
}
