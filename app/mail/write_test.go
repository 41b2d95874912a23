package mail_test

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"stead/app/mail"
	"stead/app/port"
	"stead/store"
)

// letterOf has an event told and returns the mail.
func (k *kit) letterOf(e store.Event) port.Mail {
	k.t.Helper()
	before := len(k.server.mails)
	k.happens(e)
	k.sendAll()
	if len(k.server.mails) == before {
		k.t.Fatalf("no mail about %s", e.Kind)
	}
	return k.server.mails[before]
}

func contains(t *testing.T, m port.Mail, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(m.Text, text) {
			t.Errorf("%q is not in\n%s", text, m.Text)
		}
	}
}

func TestAnInvitation(t *testing.T) {
	k := bySMTP(t)
	m := k.letterOf(store.Event{Kind: "user.invited", Subject: "inv", Actor: "ana"})
	if m.To != "eve@example.org" || m.Subject != "Your invitation to Brightwater" || len(k.links.made) != 1 {
		t.Errorf("%+v, links %v", m, k.links.made)
	}
	contains(t, m, "Ana Costa invites you to work with Brightwater", public+"/join/"+k.links.made[0], "If you do not know them, do nothing")
	if strings.Contains(m.Text, "Eve") {
		t.Error("a stranger's name, as somebody typed it, is in a mail to who may be another")
	}
}

func TestALinkForANewPassword(t *testing.T) {
	k := bySMTP(t)
	m := k.letterOf(store.Event{Kind: "user.reset_asked", Subject: "cy", Actor: "cy"})
	contains(t, m, "Hello Cy Young,", "most likely you", public+"/reset/"+k.links.made[0], "30 minutes")
	m = k.letterOf(store.Event{Kind: "user.reset_asked", Subject: "cy", Actor: "ana"})
	contains(t, m, "Ana Costa had this link sent to you", public+"/reset/"+k.links.made[1])
}

func TestAlertsSayWhatWhenAndBywhom(t *testing.T) {
	k := bySMTP(t)
	k.in(func(tx *store.Tx) error {
		return tx.InsertSignIn(t.Context(), store.SignIn{ID: "s1", UserID: "cy", Method: "password", Outcome: "ok", Address: "203.0.113.9", System: "Windows", Browser: "Firefox", At: noon.UnixMilli()})
	})
	m := k.letterOf(store.Event{Kind: "user.new_device", Subject: "cy", Actor: "cy"})
	contains(t, m, "With: Firefox on Windows", "When: Saturday 21 November 2026, 04:00 (America/Los_Angeles)", public+"/account/sessions", "cannot be switched off")
	if strings.Contains(m.Text, "203.0.113.9") {
		t.Error("the address is told to the mail provider")
	}
	m = k.letterOf(store.Event{Kind: "user.second_factor_off", Subject: "cy", Actor: "ana"})
	contains(t, m, "By: Ana Costa")
	m = k.letterOf(store.Event{Kind: "user.password_changed", Subject: "cy", Actor: "operator"})
	contains(t, m, "By: whoever runs the server")
	m = k.letterOf(store.Event{Kind: "channel.connected", Subject: "twilio", Actor: "cy"})
	contains(t, m, "Provider: Twilio", "By: Cy Young")
	m = k.letterOf(store.Event{Kind: "user.role_changed", Subject: "cy", Actor: "zoe"})
	contains(t, m, "Your role now: Agent", "By: a former colleague")
}

func TestMailAboutPeopleHoldsALinkAndNothingOfThem(t *testing.T) {
	k := bySMTP(t)
	m := k.letterOf(store.Event{Kind: "person.erased", Subject: "e1", Actor: "ana"})
	contains(t, m, public+"/privacy/erasures/e1", "receipt")
	m = k.letterOf(store.Event{Kind: "person.exported", Subject: "n1", ContactID: "c1", Actor: "cy"})
	contains(t, m, public+"/privacy/people/c1")
	m = k.letterOf(store.Event{Kind: "conversation.assigned", Subject: "v1", ContactID: "c1", Actor: "ana", Data: `{"to":"cy"}`})
	contains(t, m, public+"/inbox/v1", "By: Ana Costa")

	m = k.letterOf(store.Event{Kind: "deal.assigned", Subject: "d1", ContactID: "c1", Actor: "ana", Data: `{"to":"cy"}`})
	contains(t, m, public+"/deals/d1", "By: Ana Costa")
	m = k.letterOf(store.Event{Kind: "deal.created", Subject: "d2", Actor: "ana", Data: `{"to":"cy"}`})
	contains(t, m, public+"/deals/d2")
	m = k.letterOf(store.Event{Kind: "lead.done", Subject: "l1", ContactID: "c1", Actor: "leads", Data: `{"deal":"d3","to":"cy"}`})
	contains(t, m, public+"/deals/d3", "Somebody asked for something")

	k.happens(store.Event{Kind: "lead.done", Subject: "l4", ContactID: "c1", Actor: "leads", Data: `{"deal":"d4","to":"cy"}`})
	k.happens(store.Event{Kind: "contact.assigned", Subject: "c1", ContactID: "c1", Actor: "ana", Data: `{"to":"cy"}`})
	k.happens(store.Event{Kind: "conversation.assigned", Subject: "v1", ContactID: "c1", Actor: "ana", Data: `{"to":"ben"}`})
	k.in(func(tx *store.Tx) error { _, err := tx.EraseSubject(t.Context(), "c1"); return err })
	for _, m := range k.mails() {
		if _, err := k.store.MailLeadsTo(t.Context(), m.ID); !errors.Is(err, store.ErrNotFound) || m.SubjectID == "c1" || m.SubjectID == "v1" || m.SubjectID == "n1" {
			t.Errorf("after the erasure: %+v, %v", m, err)
		}
	}
	k.sendAll()
	text := ""
	for _, m := range k.server.mails[len(k.server.mails)-3:] {
		text += m.Text
	}
	contains(t, port.Mail{Text: text}, public+"/contacts\n", public+"/inbox\n", public+"/deals\n")
	text = regexp.MustCompile(`/mail/u/\S+`).ReplaceAllString(text, "") // a random mark may hold any two letters
	if strings.Contains(text, "c1") || strings.Contains(text, "v1") || strings.Contains(text, "d4") {
		t.Error("a mail leads to somebody who was erased")
	}
}

var (
	addresses = regexp.MustCompile(`https?://[^\s"<>]+`)
	unwanted  = regexp.MustCompile(`(?i)<(img|script|link|iframe|object|form|input|video|svg)\b|url\(|@import|\son\w+=|1x1|pixel|utm_`)
	promotion = regexp.MustCompile(`(?i)\b(offer|discount|upgrade|sale|free trial|pricing|newsletter|feature you|try our|follow us|(?:best|great|special) deals?)\b`)
)

// TestEveryTemplate writes each of them as it would leave.
func TestEveryTemplate(t *testing.T) {
	k := bySMTP(t)
	k.in(func(tx *store.Tx) error { // what somebody typed to break out of a mail
		return tx.InsertUser(t.Context(), store.User{ID: "mal", Name: "<img src=https://evil.example/x.png>\r\nBcc: eve@example.org", Email: "mal@example.org", EmailKey: "mal@example.org", Role: "owner", CreatedAt: 99})
	})
	seen := map[string]bool{}
	for _, key := range mail.Keys() {
		k.in(func(tx *store.Tx) error {
			row := store.Mail{ID: "t-" + key, Template: key, Class: mail.ClassOf(key), UserID: "mal", SubjectID: "s1", Actor: "mal", State: store.MailQueued, CreatedAt: noon.UnixMilli()}
			if key == "invitation" {
				row.UserID, row.InvitationID = "", "inv"
			}
			return tx.InsertMail(t.Context(), row)
		})
		k.sendAll()
		if len(k.server.mails) == 0 || k.server.mails[len(k.server.mails)-1].Text == "" {
			t.Fatalf("%s was not sent", key)
		}
		m := k.server.mails[len(k.server.mails)-1]
		checkLetter(t, key, m)
		if seen[m.Subject] {
			t.Errorf("%s: another mail has the subject %q", key, m.Subject)
		}
		seen[m.Subject] = true
	}
	if len(seen) < 25 {
		t.Errorf("looked at %d templates only", len(seen))
	}
}

func checkLetter(t *testing.T, key string, m port.Mail) {
	t.Helper()
	if !m.Sound() || m.Subject == "" || strings.Contains(m.Subject, "%!") || strings.Contains(m.Text+m.HTML, "%!") || strings.Contains(m.Text, "%s") {
		t.Errorf("%s: subject %q, or a place that nothing was put into", key, m.Subject)
	}
	if x := unwanted.FindString(m.HTML); x != "" {
		t.Errorf("%s holds %q", key, x)
	}
	if x := promotion.FindString(m.Text); x != "" {
		t.Errorf("%s: %q reads like advertising", key, x)
	}
	for _, a := range append(addresses.FindAllString(m.HTML, -1), addresses.FindAllString(m.Text, -1)...) {
		if !strings.HasPrefix(a, public) && !strings.HasPrefix(a, "https://evil.example/x.png") { // the second: a name, as text
			t.Errorf("%s leads to %s", key, a)
		}
	}
	notice := mail.ClassOf(key) == "notice"
	if notice != (m.Unsubscribe != "") || notice != strings.Contains(m.Text, "/account/mail") || m.Class != mail.ClassOf(key) {
		t.Errorf("%s, %s: %q, footer\n%s", key, m.Class, m.Unsubscribe, m.Text)
	}
	if _, err := url.Parse(m.Unsubscribe); err != nil {
		t.Error(err)
	}
	if !slices.Contains([]string{"security", "account", "notice"}, m.Class) {
		t.Errorf("%s has the class %q", key, m.Class)
	}
}

func TestAddressesInAnyScript(t *testing.T) {
	k := bySMTP(t)
	k.in(func(tx *store.Tx) error {
		return tx.InsertUser(t.Context(), store.User{ID: "zo", Name: "Zoë", Email: "Zoe+Work@bücher.example", EmailKey: "zo", Role: "agent", CreatedAt: 99})
	})
	m := k.letterOf(store.Event{Kind: "user.joined", Subject: "zo"})
	if m.To != "Zoe+Work@xn--bcher-kva.example" {
		t.Errorf("to %q", m.To)
	}
}
