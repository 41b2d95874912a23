package leads_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"stead/app"
	"stead/app/access"
	"stead/app/apptest"
	"stead/app/leads"
	"stead/app/provider/resend"
	"stead/store"
)

const mailKey = "re_planted_for_leads_0a1b2c3d4e5f"

var linkForm = regexp.MustCompile(`/f/confirm/[A-Za-z0-9_-]{20,}`)

// asking is a house with mail and a form that asks for a confirmation.
func asking(t *testing.T) (house, *resend.Fake, store.LeadSource) {
	t.Helper()
	fake := resend.NewFake(mailKey)
	address, err := fake.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	h := house{House: apptest.Start(t, apptest.Options{Config: func(c *app.Config) { c.ResendURL = address }}), t: t}
	h.prepare()
	p := h.SignedIn().PostForm("/settings/mail", url.Values{"provider": {"resend"}, "secret": {mailKey}, "from_name": {"Brightwater"}, "from": {"mail@brightwater.example"}})
	if p.Status != http.StatusSeeOther {
		t.Fatal(p.Status, p.Body)
	}
	s := h.source(store.LeadForm, func(d *leads.Draft) {
		d.OptIn = true
		d.Fields = append(d.Fields, leads.FieldDraft{Label: "Send me offers.", Kind: "consent", Channel: "email"})
	})
	return h, fake, s
}

// link waits for the mail that asks for a confirmation.
func (h house) link(fake *resend.Fake, to string) (path string) {
	h.t.Helper()
	h.Eventually("a mail to "+to, func() bool {
		for _, m := range fake.Mails() {
			if m.To == to && strings.Contains(m.Subject, "Please confirm") {
				path = linkForm.FindString(m.Text)
			}
		}
		return path != ""
	})
	return path
}

func consenting(s store.LeadSource) url.Values {
	typed := ann(s)
	box := s.Fields[len(s.Fields)-1]
	typed.Set("f-"+box.ID, box.WordingID)
	return typed
}

// Until somebody confirms by pressing a button there is no contact, no deal and no
// consent; looking at the link does nothing.
func TestNothingIsMadeUntilItIsConfirmed(t *testing.T) {
	h, fake, s := asking(t)
	p := h.fill(h.Visitor(), s, consenting(s))
	if p.Status != http.StatusSeeOther || !said(h.Visitor().Get(p.Location), "Look into your mail") {
		t.Fatal(p.Status, p.Body)
	}
	l := h.only()
	if l.State != store.LeadWaiting || l.DealID != "" || l.ContactID != "" {
		t.Fatalf("%+v", l)
	}
	path := h.link(fake, "ann@example.com")
	c := h.Visitor()
	for range 2 {
		if got := c.Get(path); got.Status != http.StatusOK || !said(got, "Was it you?") {
			t.Fatal(got.Status, got.Body)
		}
	}
	if l = h.only(); l.State != store.LeadWaiting {
		t.Fatalf("looking confirmed it: %+v", l)
	}
	if got := c.PostForm(path, url.Values{"answer": {"yes"}}); got.Status != http.StatusOK || !said(got, "It is confirmed") {
		t.Fatal(got.Status, got.Body)
	}
	l = h.only()
	e, err := h.Store().LastConsent(t.Context(), l.ContactID, "email")
	if l.State != store.LeadDone || l.DealID == "" || l.ConfirmedAt == 0 || err != nil || e.Evidence != l.ID {
		t.Errorf("%+v, %+v (%v)", l, e, err)
	}
	if got := c.PostForm(path, url.Values{"answer": {"yes"}}); got.Status != http.StatusNotFound {
		t.Errorf("the link once more: %d", got.Status)
	}
	if c.Cookie() != nil {
		t.Error("a stranger got a cookie")
	}
}

// Whoever has the address may say that it was not them: nothing is kept, and no
// such mail goes there again.
func TestWhoDidNotWriteIsNotAskedAgain(t *testing.T) {
	h, fake, s := asking(t)
	h.fill(h.Visitor(), s, ann(s))
	path := h.link(fake, "ann@example.com")
	if got := h.Visitor().PostForm(path, url.Values{"answer": {"no"}}); got.Status != http.StatusOK || !said(got, "no mail of this kind") {
		t.Fatal(got.Status, got.Body)
	}
	if l := h.only(); l.State != store.LeadDiscarded || l.Reason != "refused" || strings.Contains(l.Answers, "xample") {
		t.Errorf("%+v", l)
	}
	if e, err := h.Store().LedgerHead(t.Context()); err != nil || e.Act != store.LedgerSuppress {
		t.Errorf("a restored backup would ask again: %+v (%v)", e, err)
	}
	sent := len(fake.Mails())
	again := ann(s)
	again.Set(name(s, "message"), "Once more")
	h.fill(h.Visitor(), s, again)
	if l := h.leads()[0]; l.State != store.LeadFailed || l.Reason != "suppressed" || len(fake.Mails()) != sent {
		t.Errorf("%+v, %d mails", l, len(fake.Mails())-sent)
	}
}

// What nobody confirms goes after seven days, and its link opens nothing.
func TestWhatNobodyConfirmsGoes(t *testing.T) {
	h, fake, s := asking(t)
	h.fill(h.Visitor(), s, ann(s))
	path := h.link(fake, "ann@example.com")
	h.Clock.Advance(7*24*time.Hour + time.Minute)
	if got := h.Visitor().Get(path); got.Status != http.StatusNotFound || !said(got, "Fill in the form again") {
		t.Error(got.Status, got.Body)
	}
	if err := h.service().Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rows := h.leads(); len(rows) != 0 {
		t.Errorf("%+v", rows)
	}
}

// One address is not flooded by whoever types it in again and again.
func TestAnAddressIsNotAskedWithoutEnd(t *testing.T) {
	h, fake, s := asking(t)
	for i := range 6 {
		typed := ann(s)
		typed.Set(name(s, "message"), strings.Repeat("m", i+1))
		h.fill(h.Visitor(), s, typed)
	}
	h.Eventually("three mails", func() bool { return confirmations(fake) == 3 })
	often := 0
	for _, l := range h.leads() {
		if l.Reason == "often" {
			often++
		}
	}
	if often != 3 || confirmations(fake) != 3 {
		t.Errorf("%d were held back, %d mails", often, confirmations(fake))
	}
}

func confirmations(fake *resend.Fake) (n int) {
	for _, m := range fake.Mails() {
		if strings.Contains(m.Subject, "Please confirm") {
			n++
		}
	}
	return n
}

// Without mail nobody can be asked: the lead waits for somebody, and what nobody
// confirmed is no consent.
func TestWithoutMailALeadWaitsForSomebody(t *testing.T) {
	h := start(t)
	s := h.source(store.LeadForm, func(d *leads.Draft) {
		d.OptIn = true
		d.Fields = append(d.Fields, leads.FieldDraft{Label: "Send me offers.", Kind: "consent", Channel: "email"})
	})
	h.fill(h.Visitor(), s, consenting(s))
	l := h.only()
	if l.State != store.LeadFailed || l.Reason != "no_mail" {
		t.Fatalf("%+v", l)
	}
	again, err := h.service().Mend(t.Context(), access.Owner(h.boss.ID), l.ID, l.Version, nil)
	if err != nil || again.State != store.LeadFailed {
		t.Errorf("%+v (%v)", again, err)
	}
}
