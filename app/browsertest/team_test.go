package browsertest

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"stead/app/access"
	"stead/app/apptest"
	"stead/store"
)

// asksForASecondFactor has a role's people sign in with two factors.
func asksForASecondFactor(t *testing.T, h *apptest.House, role string) {
	t.Helper()
	h.Change("role.changed", role, func(tx *store.Tx) error {
		return tx.SetSecondFactorRoles(t.Context(), []string{role}, h.Clock.Now().UnixMilli())
	})
}

// pathOf is an address without the server, which a house on another port does not have.
func pathOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Path == "" {
		t.Fatalf("%q is no address: %v", address, err)
	}
	return u.Path
}

// app is the app for one-time codes on somebody's phone.
type app struct {
	t    *testing.T
	h    *apptest.House
	seed string
}

// code is what the app shows in the next half minute: each counts once.
func (a app) code() string {
	a.t.Helper()
	a.h.Clock.Advance(30 * time.Second)
	code, err := totp.GenerateCode(a.seed, a.h.Clock.Now())
	if err != nil {
		a.t.Fatal(err)
	}
	return code
}

// enrol sets up a second factor on the page that shows the key, and returns the
// app and the recovery codes.
func enrol(p *page, h *apptest.House) (app, []string) {
	p.t.Helper()
	p.see(".seed")
	p.shot("second-factor")
	phone := app{p.t, h, strings.ReplaceAll(ask[string](p, `document.querySelector('.seed').textContent`), " ", "")}
	p.fill("#code", phone.code())
	p.press(enter)
	p.see(".spares")
	p.shot("recovery-codes")
	codes := strings.Fields(ask[string](p, `[...document.querySelectorAll('.spares code')].map((e) => e.textContent.trim()).join(' ')`))
	if len(codes) != 10 {
		p.t.Fatalf("%d recovery codes, want 10", len(codes))
	}
	return phone, codes
}

// TestInvitedColleagueSignsInWithASecondFactor walks from the owner's click to a
// colleague who lost their phone and got in all the same.
func TestInvitedColleagueSignsInWithASecondFactor(t *testing.T) {
	for _, s := range []screen{desktop, phone.withoutScripts()} {
		t.Run(s.Name, func(t *testing.T) {
			h, p := connected(t, s)
			asksForASecondFactor(t, h, access.RoleAgent)
			p.visit("/settings/team")
			p.click("[href='/settings/invitations/new']")
			p.fill("#name", "Ben <b>Costa</b>")
			p.fill("#email", "ben at work")
			p.choose("#role", access.RoleAgent)
			p.click("main form .primary")
			p.see(".error-summary")
			p.fill("#email", "Ben+Work@Brightwater.example")
			p.click("main form .primary")
			p.see("#link")
			p.shot("invitation")
			link := pathOf(t, ask[string](p, `document.querySelector('#link').value`))

			c := open(t, h.URL, s)
			c.visit(link)
			c.says(".auth h1", "Join")
			c.fill("#password", "harbour lantern forty")
			c.fill("#password_again", "something else entirely")
			c.press(enter)
			c.see(".error-summary")
			c.fill("#password", "harbour lantern forty")
			c.fill("#password_again", "harbour lantern forty")
			c.press(enter)
			c.says("main", "Your role asks for a second factor")
			c.visit("/inbox") // nothing else opens before
			c.says("main", "Your role asks for a second factor")
			c.click("form[action$='/start'] .primary")
			phone, spares := enrol(c, h)
			c.visit("/contacts")
			c.says("main h1", "Contacts")

			again := open(t, h.URL, s)
			again.visit(link)
			again.says(".auth", "sign-in")
			again.visit("/login")
			withPassword(again)
			again.fill("#code", "000000")
			again.press(enter)
			again.see(".error-summary")
			again.fill("#code", phone.code())
			again.press(enter)
			again.see(".app h1")

			lost := open(t, h.URL, s)
			lost.visit("/login")
			withPassword(lost)
			lost.click("summary")
			lost.fill("#recovery", spares[3])
			lost.shot("lost-phone")
			lost.press(enter)
			lost.see(".app h1")
			lost.visit("/account/second-factor")
			lost.says("main", "9 recovery codes")
			lost.fill("#move", spares[4])
			lost.press(enter)
			enrol(lost, h)
		})
	}
}

func withPassword(p *page) {
	p.t.Helper()
	p.fill("#email", "ben+work@BRIGHTWATER.example")
	p.fill("#password", "harbour lantern forty")
	p.press(enter)
	p.see("#code")
}

// TestColleagueIsRemovedWithWorkHandedOver ends with the colleague's own page.
func TestColleagueIsRemovedWithWorkHandedOver(t *testing.T) {
	for _, s := range []screen{desktop, phone.withoutScripts()} {
		t.Run(s.Name, func(t *testing.T) {
			h, p := connected(t, s)
			ben := h.Hire(apptest.Colleague{Name: "Ben Costa", Role: access.RoleAgent})
			h.Miss(caller)
			thread, card := threadOf(t, h, caller)
			p.visit(card)
			give(p, ben.ID)
			p.says("main", "Ben Costa")

			b := open(t, h.URL, s)
			b.visit("/login")
			b.fill("#email", ben.Email)
			b.fill("#password", apptest.Password)
			b.press(enter)
			b.see(".app h1")
			b.visit(thread)
			b.fill("#reply", "Half a sentence")

			p.visit("/settings/team")
			p.click("a[href='/settings/team/" + ben.ID + "']")
			p.click("a[href$='/removal']")
			p.says("main h1", "Remove Ben Costa")
			if !s.NoScripts { // the checker is a script
				p.looksRight("removal")
			}
			p.click("main form .danger")
			p.says("main h1", "Team")
			p.waitFor("be gone from the list", `!document.querySelector('main table').textContent.includes('Ben Costa')`)

			b.click("#composer [type=submit]")
			b.see("#password")
		})
	}
}

// give hands the record of the page over to a colleague.
func give(p *page, id string) {
	p.t.Helper()
	p.click("[popovertarget=assign]")
	p.click("#assign button[value='" + id + "']")
}

// TestOwnerReadsWhoOpenedACard finds in the log what a colleague looked at.
func TestOwnerReadsWhoOpenedACard(t *testing.T) {
	h, p := connected(t, desktop)
	h.Miss(caller)
	_, card := threadOf(t, h, caller)
	ben, user := h.SignedInAs(access.RoleManager, apptest.Colleague{Name: "Ben Costa"})
	if a := ben.Get(card); a.Status != 200 {
		t.Fatalf("the card answers %d", a.Status)
	}
	h.Eventually("the read is written", func() bool {
		p.visit("/privacy/audit?who=" + user.ID)
		return ask[bool](p, `document.querySelector('main').textContent.includes('card')`)
	})
	p.says("main", "Ben Costa")
	p.looksRight("audit-of-a-colleague")
	p.visit("/settings/team/" + user.ID + "/activity")
	p.says("main", "card")
	p.looksRight("activity")
}

// TestSecondFactorByKeyboardAlone signs in without ever touching the mouse.
func TestSecondFactorByKeyboardAlone(t *testing.T) {
	h, p := connected(t, desktop)
	p.visit("/account/second-factor")
	until(p, "form[action$='/start'] .primary")
	p.press(enter)
	phone, _ := enrol(p, h)
	until(p, "button.who")
	p.press(enter)
	p.see("#usermenu:popover-open")
	until(p, "#usermenu form [type=submit]")
	p.press(enter)
	p.see("#email")
	until(p, "#email")
	p.press(apptest.Email)
	until(p, "#password")
	p.press(apptest.Password)
	p.press(enter)
	p.see("#code")
	until(p, "#code")
	p.press(phone.code())
	p.press(enter)
	p.see(".app h1")
}

// until presses Tab until an element has the focus.
func until(p *page, css string) {
	p.t.Helper()
	for range 160 {
		if ask[bool](p, `document.activeElement?.matches(`+quote(css)+`) ?? false`) {
			return
		}
		p.press(tab)
	}
	p.t.Fatalf("Tab never comes to %s", css)
}
