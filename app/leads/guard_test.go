package leads_test

import (
	"bufio"
	"fmt"
	"html"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/leads"
	"stead/store"
)

// The number of a payment card is not kept, wherever a stranger writes it.
func TestCardNumbersAreNotKept(t *testing.T) {
	h := start(t)
	s := h.source(store.LeadForm, func(d *leads.Draft) { d.Posts = true })
	typed := ann(s)
	typed.Set(name(s, "message"), "Take it from 4111 1111 1111 1111")
	typed.Set("card", "4111111111111111")
	typed.Set("x4111111111111111", "y")
	if p := h.fill(h.Visitor(), s, typed); p.Status != http.StatusSeeOther {
		t.Fatal(p.Status, p.Body)
	}
	typed.Set("website", "spam")
	h.fill(h.Visitor(), s, typed)
	hook, secret := h.hook(nil)
	h.send(hook, secret, `{"name":"Zq","4111111111111111":"4111 1111 1111 1111"}`)
	rows := h.leads()
	for _, l := range rows {
		if flat := strings.ReplaceAll(l.Answers, " ", ""); strings.Contains(flat, "411111111111") || !strings.Contains(l.Answers, "•••• 1111") {
			t.Errorf("%s keeps %s", l.Kind, l.Answers)
		}
	}
	if len(rows) != 3 {
		t.Errorf("%d leads", len(rows))
	}
}

// Nobody signs the header with the sender's id: a message that somebody caught and
// sends once more under another id, or under none, makes nothing.
func TestWhatWasCaughtMakesNothing(t *testing.T) {
	h := start(t)
	s, secret := h.hook(nil)
	send := func(more ...string) answer {
		t.Helper()
		status, a := h.send(s, secret, message, more...)
		if status != http.StatusOK {
			t.Fatal(status, a)
		}
		return a
	}
	now, later := unix(h.Clock.Now()), unix(h.Clock.Now().Add(time.Minute))
	first := send(leads.TimestampHeader, now, leads.OnceHeader, "a")
	for _, more := range [][]string{{leads.OnceHeader, "b"}, {leads.OnceHeader, "a"}, nil} {
		if a := send(append([]string{leads.TimestampHeader, now}, more...)...); !a.Again || a.Lead != first.Lead {
			t.Errorf("%v: %+v", more, a)
		}
	}
	if a := send(leads.TimestampHeader, later, leads.OnceHeader, "c"); a.Again {
		t.Error("whoever says the same at another time under another id is told to have come before", a)
	}
	if a := send(leads.TimestampHeader, later, leads.OnceHeader, "a"); !a.Again || a.Lead != first.Lead {
		t.Error("what is sent again is another one", a)
	}
	bare, secret2 := h.hook(nil)
	s, secret = bare, secret2
	first = send(leads.OnceHeader, "a")
	for _, more := range [][]string{{leads.OnceHeader, "b"}, nil} {
		if a := send(more...); !a.Again || a.Lead != first.Lead {
			t.Errorf("without a timestamp, %v: %+v", more, a)
		}
	}
}

// Whoever presses the button often is asked once, and may still write something
// else that day; what stands behind a plus is no other box.
func TestTheSameFormAsksOnce(t *testing.T) {
	h, fake, s := asking(t)
	typed := ann(s)
	typed.Set("key", "0193b000-0000-7000-8000-00000000000f")
	for range 6 {
		h.fill(h.Visitor(), s, typed)
	}
	if l := h.only(); l.State != store.LeadWaiting {
		t.Fatalf("%+v", l)
	}
	for i := range 4 {
		other := ann(s)
		other.Set(name(s, "email"), fmt.Sprintf("ann+%d@example.com", i))
		h.fill(h.Visitor(), s, other)
	}
	h.Eventually("three mails", func() bool { return confirmations(fake) == 3 })
	states := map[string]int{}
	for _, l := range h.leads() {
		states[l.State+l.Reason]++
	}
	if states["waiting"] != 3 || states["discardedoften"] != 2 {
		t.Error(states)
	}
}

// A test of the last message shows what came in to those alone who may see leads.
func TestATestShowsNoLeadToWhoSeesNone(t *testing.T) {
	h := start(t)
	s, secret := h.hook(nil)
	h.send(s, secret, message)
	actor := access.Owner(h.boss.ID)
	if trial, err := h.service().Try(t.Context(), actor, s.ID, ""); err != nil || len(trial.Answers) == 0 {
		t.Fatal(trial, err)
	}
	delete(actor.May, access.LeadsRead)
	if trial, err := h.service().Try(t.Context(), actor, s.ID, ""); err == nil || len(trial.Answers) != 0 {
		t.Errorf("%+v", trial)
	}
	if _, err := h.service().Try(t.Context(), actor, s.ID, message); err != nil {
		t.Error(err)
	}
}

// Whoever begins to send and never goes on keeps nobody else waiting, and an
// address that is none is answered before anything is sent to it.
func TestSlowSendersKeepNobodyWaiting(t *testing.T) {
	h := start(t)
	s, secret := h.hook(nil)
	for i := range 40 {
		token := s.Token
		if i%2 == 0 {
			token = "none"
		}
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(h.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := fmt.Fprintf(c, "POST /in/%s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{", token); err != nil {
			t.Fatal(err)
		}
		if token == "none" {
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil || resp.StatusCode != http.StatusUnauthorized {
				t.Fatal(resp, err)
			}
			resp.Body.Close()
		}
	}
	if status, a := h.send(s, secret, message); status != http.StatusOK {
		t.Error(status, a)
	}
}

// Programs that fill in what nobody sees do not fill the disk.
func TestBotsAreNotAllKept(t *testing.T) {
	h := start(t)
	s := h.source(store.LeadForm, nil)
	for i := range 400 {
		_, err := h.service().TakeForm(t.Context(), s, leads.Sent{Bot: true, Answers: []leads.Answer{{Key: "x", Value: fmt.Sprint(i)}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n, err := h.Store().LeadCounts(t.Context()); err != nil || len(n) != 1 || n[0].N != 200 {
		t.Errorf("%+v (%v)", n, err)
	}
}

// What stands in a header is of the letters that it may have.
func TestOriginsAreNamesThatBrowsersCompare(t *testing.T) {
	h := start(t)
	s := h.source(store.LeadForm, func(d *leads.Draft) { d.Origins = "https://Bücher.example:8443 http://[::1]:8080" })
	csp := h.Visitor().Get("/f/" + s.Token).Header.Get("Content-Security-Policy")
	if !strings.HasSuffix(csp, "frame-ancestors https://xn--bcher-kva.example:8443 http://[::1]:8080") {
		t.Error(csp)
	}
	actor := access.Owner(h.boss.ID)
	for _, typed := range []string{"https://a.example:99999", "https://*.example", "https://a.example;script-src", "https://:80", "'self'", "https://u@a.example"} {
		d := leads.DraftOf(s)
		d.Origins = typed
		if _, err := h.service().Change(t.Context(), actor, s.ID, s.Version, d); err == nil {
			t.Errorf("%s is taken", typed)
		}
	}
}

// A form on a foreign page has what only programs fill in, too.
func TestAForeignFormHasItsTrap(t *testing.T) {
	h := start(t)
	s := h.source(store.LeadForm, func(d *leads.Draft) { d.Posts = true })
	page := h.SignIn(h.boss).Get("/settings/leads/" + s.ID)
	if !said(page, html.EscapeString(`<p hidden><label>Leave this empty <input name="website"`)) {
		t.Error(page.Status, page.Body)
	}
}

// What came in is kept in the letters in which it came, so that whoever looks for
// a name in it finds it.
func TestAnswersAreKeptInTheirLetters(t *testing.T) {
	h := start(t)
	s, secret := h.hook(nil)
	h.send(s, secret, `{"name":"Zq & Sons <Ltd>","email":"none"}`)
	if l := h.only(); l.State != store.LeadFailed || !strings.Contains(l.Answers, "Zq & Sons <Ltd>") {
		t.Errorf("%+v", l)
	}
}
