package team_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"stead/app/apptest"
	"stead/store"
)

// stale is the owner's browser some minutes after the sign-in.
func stale(t *testing.T, h *apptest.House) *apptest.Client {
	t.Helper()
	c := h.SignedIn()
	h.Clock.Advance(6 * time.Minute)
	return c
}

var matters = url.Values{"account_sid": {"AC<1>"}, "numbers": {"+15550100001\n+15550100003"}, "auth_token": {"s3cret & more"}}

func with(form url.Values, name, value string) url.Values {
	out := url.Values{name: {value}}
	for k, v := range form {
		out[k] = v
	}
	return out
}

func TestWhatMattersAsksWhoIsThere(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := stale(t, h)
	p := c.PostForm("/settings/channels/twilio", matters)
	if p.Status != http.StatusUnauthorized {
		t.Fatalf("it answers %d", p.Status)
	}
	if !strings.Contains(p.Body, `action="/settings/channels/twilio"`) || !strings.Contains(p.Body, `name="confirm_password"`) {
		t.Errorf("the page does not ask:\n%s", p.Body)
	}
	if p.Header.Get("Cache-Control") != "no-store" || strings.Contains(h.Logs.String(), "s3cret") || strings.Contains(p.Body, "s3cret") {
		t.Error("what was typed is kept somewhere")
	}
	wrong := c.PostForm("/settings/channels/twilio", with(matters, "confirm_password", "not the password at all"))
	if wrong.Status != http.StatusUnprocessableEntity || !strings.Contains(wrong.Body, "This is not your password.") || !sealedOnPage.MatchString(wrong.Body) || strings.Contains(wrong.Body, "s3cret") || strings.Contains(wrong.Body, "not the password at all") {
		t.Errorf("a wrong password answers %d; want what was typed, without the password", wrong.Status)
	}
	right := c.PostForm("/settings/channels/twilio", with(matters, "confirm_password", apptest.Password))
	if right.Status != http.StatusUnprocessableEntity || !strings.Contains(right.Body, `href="#account_sid"`) {
		t.Errorf("the right password answers %d, want the form's own answer", right.Status)
	}
	if p := c.PostForm("/settings/channels/twilio", matters); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("right after it the form answers %d", p.Status)
	}
	h.Clock.Advance(6 * time.Minute)
	if p := c.PostForm("/settings/channels/twilio", matters); p.Status != http.StatusUnauthorized {
		t.Errorf("six minutes later it answers %d", p.Status)
	}
}

var sealedOnPage = regexp.MustCompile(`name="confirm_form" value="([^"]+)"`)

// What was typed waits sealed: it reaches the handler, of this person, at this
// address, within ten minutes, and nothing else.
func TestAFormWaitsSealed(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := stale(t, h)
	kept := func(path string, form url.Values) url.Values {
		t.Helper()
		p := c.PostForm(path, form)
		if p.Status != http.StatusUnauthorized || strings.Contains(p.Body, "canary") {
			t.Fatalf("%d:\n%s", p.Status, p.Body)
		}
		return url.Values{"confirm_form": {found(t, sealedOnPage, p.Body)}, "confirm_password": {apptest.Password}}
	}
	form := url.Values{"account_sid": {"canary-sid"}, "auth_token": {"canary-token"}}
	elsewhere := kept("/settings/channels/twilio", form)
	if p := c.PostForm("/settings/team", elsewhere); p.Status != http.StatusConflict && p.Status < 400 {
		t.Errorf("at another address it answers %d", p.Status)
	}
	right := kept("/settings/channels/twilio", form)
	if p := c.PostForm("/settings/channels/twilio", right); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, "canary-sid") || strings.Contains(p.Body, "canary-token") {
		t.Errorf("after the proof it answers %d, want the form's own answer", p.Status)
	}
	right.Del("confirm_password")
	if p := c.PostForm("/settings/channels/twilio", right); !strings.Contains(p.Body, "canary-sid") {
		t.Errorf("proved in another window it answers %d", p.Status)
	}
	h.Clock.Advance(11 * time.Minute)
	right.Set("confirm_password", apptest.Password)
	if p := c.PostForm("/settings/channels/twilio", right); p.Status != http.StatusConflict {
		t.Errorf("after eleven minutes it answers %d", p.Status)
	}
}

// A browser that stays signed in was given no second factor by whoever sits there.
func TestARememberedBrowserGivesBoth(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	p, _ := setUpPhone(t, h, h.SignedIn())
	c := halfIn(t, h, with(asOwner, "remember", "on"))
	if in := c.PostForm("/login/code", typed(p.code(h.Clock.Now()))); in.Status != http.StatusSeeOther {
		t.Fatalf("the code answers %d", in.Status)
	}
	id := owner(t, h).ID
	write(t, h, func(tx *store.Tx) error { return tx.DeleteSessionsOf(t.Context(), id, "") })
	h.Clock.Advance(13 * time.Hour)
	c.Get("/login")
	form := with(matters, "confirm_password", apptest.Password)
	if page := c.PostForm("/settings/channels/twilio", form); page.Status != http.StatusUnprocessableEntity || !strings.Contains(page.Body, `href="#confirm_code"`) {
		t.Errorf("the password alone answers %d", page.Status)
	}
	form.Set("confirm_code", p.code(h.Clock.Now()))
	if page := c.PostForm("/settings/channels/twilio", form); !strings.Contains(page.Body, `href="#account_sid"`) {
		t.Errorf("both answer %d, want the form's own answer", page.Status)
	}
}

// htmx waits for a part of the page; the question goes where a page stands.
func TestConfirmationInPlaceOfAPart(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := stale(t, h)
	c.Partial = true
	p := c.PostForm("/settings/channels/twilio", matters)
	if p.Status != http.StatusUnauthorized || p.Header.Get("HX-Retarget") != "#main" || strings.Contains(p.Body, "<html") || strings.Contains(p.Body, "hx-post") {
		t.Errorf("%d, %v:\n%s", p.Status, p.Header, p.Body)
	}
}

func TestConfirmBeforeAPage(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := stale(t, h)
	if p := c.Get("/confirm?next=/contacts"); p.Status != http.StatusOK || !strings.Contains(p.Body, `value="/contacts"`) {
		t.Errorf("the page answers %d", p.Status)
	}
	if p := c.PostForm("/confirm", url.Values{"next": {"/contacts"}, "confirm_password": {"no"}}); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong password answers %d", p.Status)
	}
	if p := c.PostForm("/confirm", url.Values{"next": {"/contacts"}, "confirm_password": {apptest.Password}}); p.Location != "/contacts" {
		t.Errorf("the right one answers %d to %q", p.Status, p.Location)
	}
	if p := c.Get("/confirm?next=/privacy"); p.Location != "/privacy" {
		t.Errorf("who has just proved it is asked again: %d", p.Status)
	}
}

func TestConfirmationsAreThrottled(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := stale(t, h)
	var p apptest.Page
	for range 6 {
		p = c.PostForm("/settings/channels/twilio", with(matters, "confirm_password", "not the password at all"))
	}
	if p.Status != http.StatusTooManyRequests || p.Header.Get("Retry-After") == "" || !sealedOnPage.MatchString(p.Body) {
		t.Errorf("the sixth try answers %d", p.Status)
	}
	if p := h.Visitor().PostForm("/login", login(apptest.Email, apptest.Password)); p.Status != http.StatusSeeOther {
		t.Errorf("they hold up signing in: %d", p.Status)
	}
}

// Who is signed in confirms, whatever others try at the door next to them.
func TestStrangersHoldUpNoConfirmation(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := stale(t, h)
	for range 8 {
		h.Visitor().PostForm("/login", login(apptest.Email, "not the password at all"))
	}
	if p := c.PostForm("/settings/channels/twilio", with(matters, "confirm_password", apptest.Password)); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, `href="#account_sid"`) {
		t.Errorf("the right password answers %d, want the form's own answer", p.Status)
	}
}

// Who signs in with an account elsewhere has no password: a code does.
func TestConfirmByCodeWithoutAPassword(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	p, _ := setUpPhone(t, h, c)
	setHash(t, h, owner(t, h).ID, "")
	h.Clock.Advance(6 * time.Minute)
	page := c.PostForm("/settings/channels/twilio", matters)
	if page.Status != http.StatusUnauthorized || !strings.Contains(page.Body, `name="confirm_code"`) || strings.Contains(page.Body, `name="confirm_password"`) {
		t.Fatalf("it answers %d", page.Status)
	}
	for name, field := range map[string]string{"an empty password": "confirm_password", "a wrong code": "confirm_code"} {
		if got := c.PostForm("/settings/channels/twilio", with(matters, field, "")).Status; got != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d", name, got)
		}
	}
	page = c.PostForm("/settings/channels/twilio", with(matters, "confirm_code", p.code(h.Clock.Now())))
	if !strings.Contains(page.Body, `href="#account_sid"`) {
		t.Errorf("a code answers %d, want the form's own answer", page.Status)
	}
}

func TestFirstPasswordAsksForAProof(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	p, _ := setUpPhone(t, h, c)
	setHash(t, h, owner(t, h).ID, "")
	h.Clock.Advance(6 * time.Minute)
	form := url.Values{"password": {secondPassword}, "password_again": {secondPassword}}
	if got := c.PostForm("/account/password", form).Status; got != http.StatusUnauthorized {
		t.Errorf("without a proof it answers %d", got)
	}
	if got := c.PostForm("/account/password", with(form, "confirm_code", p.code(h.Clock.Now()))).Status; got != http.StatusSeeOther {
		t.Errorf("with a code it answers %d", got)
	}
	h.Clock.Advance(time.Minute)
	if got := halfIn(t, h, login(apptest.Email, secondPassword)).PostForm("/login/code", typed(p.code(h.Clock.Now()))).Status; got != http.StatusSeeOther {
		t.Errorf("the new password answers %d", got)
	}
}
