package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"stead/app/apptest"
)

// fields of a security.txt, as RFC 9116 writes them.
func securityFields(t *testing.T, body string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSuffix(body, "\r\n"), "\r\n") {
		name, value, ok := strings.Cut(line, ": ")
		if !ok || out[name] != "" {
			t.Errorf("line %q", line)
		}
		out[name] = value
	}
	return out
}

// business is the form of the business's settings as it stands.
func businessForm(contact string) url.Values {
	return url.Values{"name": {apptest.Business}, "country": {"US"}, "currency": {"USD"}, "timezone": {"America/New_York"}, "privacy_contact": {contact}}
}

func TestSecurityTxtSaysWhomToTell(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	stranger, owner := h.Visitor(), h.SignedIn()
	if p := stranger.Get("/.well-known/security.txt"); p.Status != http.StatusNotFound {
		t.Fatalf("nobody was named, and it answers %d: %s", p.Status, p.Body)
	}
	if p := stranger.Get("/login"); strings.Contains(p.Body, "Ask about your data") {
		t.Error("the sign-in page leads nowhere")
	}
	for contact, want := range map[string]string{" privacy@example.com ": "mailto:privacy@example.com", "https://example.com/security": "https://example.com/security"} {
		if p := owner.PostForm("/settings/business", businessForm(contact)); p.Status != http.StatusSeeOther {
			t.Fatalf("%q is answered with %d", contact, p.Status)
		}
		p := stranger.Get("/.well-known/security.txt")
		got := securityFields(t, p.Body)
		expires, err := time.Parse(time.RFC3339, got["Expires"])
		left := expires.Sub(h.Clock.Now())
		if p.Status != http.StatusOK || p.Header.Get("Content-Type") != "text/plain; charset=utf-8" || got["Contact"] != want || err != nil ||
			left < 30*24*time.Hour || left > 365*24*time.Hour || got["Canonical"] != h.URL+"/.well-known/security.txt" || got["Preferred-Languages"] != "en" {
			t.Errorf("%d %v, %v", p.Status, got, err)
		}
		if page := stranger.Get("/login"); !strings.Contains(page.Body, `href="`+want+`"`) {
			t.Errorf("the sign-in page lacks %s", want)
		}
	}
	h.Clock.Advance(200 * 24 * time.Hour)
	if got := securityFields(t, stranger.Get("/.well-known/security.txt").Body); !strings.HasPrefix(got["Expires"], "2027-") {
		t.Errorf("200 days later it ends %s", got["Expires"])
	}
}

func TestAPrivacyContactIsAnAddressOrNothing(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	owner := h.SignedIn()
	for _, bad := range []string{"call us", "http://example.com", "javascript:alert(1)", "a@example.com\r\nContact: b@example.com"} {
		p := owner.PostForm("/settings/business", businessForm(bad))
		if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, "begins with https://.") {
			t.Errorf("%q is answered with %d", bad, p.Status)
		}
	}
	if p := owner.PostForm("/settings/business", businessForm("")); p.Status != http.StatusSeeOther {
		t.Errorf("nothing is answered with %d", p.Status)
	}
}

func TestTheWizardAsksForThePrivacyContact(t *testing.T) {
	h := apptest.Start(t, apptest.Options{NotSetUp: true})
	link, err := h.App.Team.NewLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := h.Visitor()
	if p := c.Get(link); !strings.Contains(p.Body, `name="privacy_contact"`) {
		t.Error("it does not ask")
	}
	form := url.Values{
		"token": {strings.TrimPrefix(link, "/setup/")}, "step": {"1"}, "business": {"Fern Street Repairs"}, "country": {"US"}, "currency": {"USD"},
		"timezone": {"America/New_York"}, "privacy_contact": {"nonsense"},
	}
	if p := c.PostForm("/setup", form); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, `value="nonsense"`) {
		t.Errorf("nonsense is answered with %d", p.Status)
	}
	form.Set("privacy_contact", "ask@example.com")
	if p := c.PostForm("/setup", form); p.Status != http.StatusOK || !strings.Contains(p.Body, `name="privacy_contact" value="ask@example.com"`) {
		t.Errorf("the second page does not carry it on: %d", p.Status)
	}
	for name, value := range map[string]string{"step": "2", "owner_name": "Ines Duarte", "owner_email": "ines@example.com", "password": apptest.Password, "password_again": apptest.Password} {
		form.Set(name, value)
	}
	if p := c.PostForm("/setup", form); p.Status != http.StatusSeeOther {
		t.Fatalf("set-up answered %d", p.Status)
	}
	if b, err := h.Store().Business(t.Context()); err != nil || b.PrivacyContact != "ask@example.com" {
		t.Errorf("it is %q, %v", b.PrivacyContact, err)
	}
}
