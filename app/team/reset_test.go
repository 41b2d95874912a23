package team_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/errs"
	"stead/app/team"
	"stead/store"
)

func resetForm(password string) url.Values {
	return url.Values{"password": {password}, "password_again": {password}}
}

func mails(h *apptest.House) { h.App.Team.MailReady = func(context.Context) bool { return true } }

func TestAResetIsAskedForAndUsed(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	mails(h)
	owner := ownerOf(t, h)
	signedIn := h.SignedIn()
	v := h.Visitor()
	if p := v.Get("/reset"); p.Status != http.StatusOK || !strings.Contains(p.Body, `name="email"`) {
		t.Fatalf("the page answers %d", p.Status)
	}
	p := v.PostForm("/reset", url.Values{"email": {" ANA@Brightwater.example "}})
	if p.Status != http.StatusSeeOther || p.Location != "/reset?asked" {
		t.Fatalf("asking answers %d to %q", p.Status, p.Location)
	}
	asked := func() int {
		events, err := h.Store().EventsOf(t.Context(), owner.ID)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, e := range events {
			if e.Kind == team.EventResetAsked {
				n++
			}
		}
		return n
	}
	h.Eventually("the link is offered", func() bool { return asked() == 1 })
	link, err := h.App.Team.ResetLink(t.Context(), owner.ID) // as the mail does when it leaves
	if err != nil {
		t.Fatal(err)
	}
	if p := v.Get(link); p.Status != http.StatusOK || p.Header.Get("Referrer-Policy") != "same-origin" {
		t.Errorf("the link answers %d", p.Status)
	}
	if p := v.PostForm(link, url.Values{"password": {newPassword}, "password_again": {"another one"}}); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, "not the same password") {
		t.Errorf("two passwords answer %d", p.Status)
	}
	if p := v.PostForm(link, resetForm("short")); p.Status != http.StatusUnprocessableEntity || strings.Contains(p.Body, `value="short"`) {
		t.Errorf("a short one answers %d", p.Status)
	}
	if p := v.PostForm(link, resetForm(newPassword)); p.Status != http.StatusSeeOther || v.Cookie() == nil {
		t.Fatalf("a new password answers %d:\n%s", p.Status, p.Body)
	}
	if p := v.Get("/inbox"); p.Status != http.StatusOK {
		t.Errorf("whoever reset is not signed in: %d", p.Status)
	}
	if p := signedIn.Get("/inbox"); p.Status != http.StatusSeeOther {
		t.Errorf("an older sign-in still holds: %d", p.Status)
	}
	if p := h.Visitor().PostForm(link, resetForm("eleven red foxes again")); p.Status != http.StatusNotFound {
		t.Errorf("a second use answers %d", p.Status)
	}
	if p := h.Visitor().PostForm("/login", login(apptest.Email, apptest.Password)); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("the old password answers %d", p.Status)
	}
}

func TestResetLinksThatOpenNothing(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	owner, agent := ownerOf(t, h), h.Hire(apptest.Colleague{Role: access.RoleAgent})
	link := func(id string) string {
		t.Helper()
		path, err := h.App.Team.ResetLink(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	older := link(owner.ID)
	newest := link(owner.ID)
	disabled := link(agent.ID)
	if err := h.App.Team.SetDisabled(t.Context(), access.Operator(), agent.ID, true); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"older": older, "of somebody disabled": disabled, "cut short": newest[:len(newest)-2], "made up": "/reset/" + strings.Repeat("B", 43)} {
		for method, p := range map[string]apptest.Page{"GET": h.Visitor().Get(path), "POST": h.Visitor().PostForm(path, resetForm(newPassword))} {
			if p.Status != http.StatusNotFound || strings.Contains(p.Body, "brightwater") {
				t.Errorf("%s, %s: %d", name, method, p.Status)
			}
		}
	}
	if _, err := h.App.Team.ResetLink(t.Context(), agent.ID); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a link for somebody disabled: %v", err)
	}
	h.Clock.Advance(30*time.Minute + time.Second)
	if p := h.Visitor().Get(newest); p.Status != http.StatusGone {
		t.Errorf("after half an hour: %d", p.Status)
	}
	h.Clock.Advance(-2 * time.Hour) // a clock that went back opens nothing either
	if p := h.Visitor().Get(newest); p.Status != http.StatusGone {
		t.Errorf("before it was made: %d", p.Status)
	}
}

func TestOneResetIsUsedByOne(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	link, err := h.App.Team.ResetLink(t.Context(), ownerOf(t, h).ID)
	if err != nil {
		t.Fatal(err)
	}
	statuses := make([]int, 30)
	visitors := make([]*apptest.Client, len(statuses))
	for i := range visitors {
		visitors[i] = h.Visitor()
	}
	var wait sync.WaitGroup
	for i := range statuses {
		wait.Go(func() { statuses[i] = visitors[i].PostForm(link, resetForm(newPassword)).Status })
	}
	wait.Wait()
	won := 0
	for _, status := range statuses {
		if status == http.StatusSeeOther {
			won++
		} else if status != http.StatusNotFound && status != http.StatusTooManyRequests {
			t.Errorf("one answer is %d", status)
		}
	}
	if won != 1 {
		t.Errorf("%d chose a password", won)
	}
}

// Nobody learns from the page whether somebody has an address, and nobody's
// mailbox is filled.
func TestAskingTellsNothing(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	mails(h)
	known, unknown := h.Visitor(), h.Visitor()
	for i := range 12 {
		a := known.PostForm("/reset", url.Values{"email": {apptest.Email}})
		b := unknown.PostForm("/reset", url.Values{"email": {"nobody@brightwater.example"}})
		if a.Status != b.Status || a.Location != b.Location || strings.ReplaceAll(a.Body, apptest.Email, "") != strings.ReplaceAll(b.Body, "nobody@brightwater.example", "") {
			t.Fatalf("try %d: %d to %q, and %d to %q", i, a.Status, a.Location, b.Status, b.Location)
		}
	}
	if p := h.Visitor().PostForm("/reset", url.Values{"email": {"no address"}}); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, `value="no address"`) {
		t.Errorf("what is no address answers %d", p.Status)
	}
	if p := h.Visitor().PostForm("/login", login(apptest.Email, apptest.Password)); p.Status != http.StatusSeeOther {
		t.Errorf("asking for links keeps the owner out: %d", p.Status)
	}
}

func TestWithoutMailTheLinkIsHandedOver(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	agent := h.Hire(apptest.Colleague{Name: "Bo Larsen", Role: access.RoleAgent})
	if p := h.Visitor().Get("/reset"); p.Status != http.StatusOK || strings.Contains(p.Body, "<form") || !strings.Contains(p.Body, "stead user password") {
		t.Errorf("the page answers %d, or promises a mail", p.Status)
	}
	theirs := h.SignIn(agent)
	c := h.SignedIn()
	p := c.PostForm("/settings/team/"+agent.ID+"/reset", url.Values{})
	if p.Status != http.StatusSeeOther {
		t.Fatalf("%d:\n%s", p.Status, p.Body)
	}
	link := linkOf(t, h, c.Get(p.Location))
	if again := c.Get(p.Location); linkIn.MatchString(again.Body) {
		t.Error("the link is shown twice")
	}
	if p := h.Visitor().PostForm(link, resetForm(newPassword)); p.Status != http.StatusSeeOther {
		t.Errorf("the link answers %d", p.Status)
	}
	if p := theirs.Get("/inbox"); p.Status != http.StatusSeeOther {
		t.Errorf("their older sign-in holds: %d", p.Status)
	}
	mails(h)
	if p := c.PostForm("/settings/team/"+agent.ID+"/reset", url.Values{}); p.Status != http.StatusSeeOther || linkIn.MatchString(c.Get(p.Location).Body) {
		t.Errorf("where mail goes out the link is shown: %d", p.Status)
	}
}

// A stranger who asks again and again neither replaces the link of a moment ago
// nor shows in the answer, and is not taken for the person.
func TestAskingAgainKeepsTheLink(t *testing.T) {
	h := behindProxy(t)
	mails(h)
	id := ownerOf(t, h).ID
	link, err := h.App.Team.ResetLink(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		c := h.Visitor()
		c.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i))
		if p := c.PostForm("/reset", url.Values{"email": {apptest.Email}}); p.Status != http.StatusSeeOther {
			t.Fatalf("try %d answers %d", i, p.Status)
		}
	}
	if err := h.App.Team.OfferReset(t.Context(), team.OfferReset{UserID: id}); err != nil {
		t.Fatal(err)
	}
	if n := events(t, h, id, team.EventResetAsked); n != 0 {
		t.Errorf("%d mails are offered beside the link of a moment ago", n)
	}
	if p := h.Visitor().Get(link); p.Status != http.StatusOK {
		t.Errorf("the link answers %d", p.Status)
	}
	h.Clock.Advance(11 * time.Minute)
	if err := h.App.Team.OfferReset(t.Context(), team.OfferReset{UserID: id}); err != nil || events(t, h, id, team.EventResetAsked) != 1 {
		t.Errorf("later none is offered: %v", err)
	}
}

// Whoever proved who they are in the very request that makes the link sees it.
func TestTheLinkOfAConfirmedRequestIsShown(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	agent := h.Hire(apptest.Colleague{Role: access.RoleAgent})
	c := stale(t, h)
	p := c.PostForm("/settings/team/"+agent.ID+"/reset", url.Values{"confirm_password": {apptest.Password}})
	linkOf(t, h, c.Get(p.Location))
}

// The link never begins with what a request says of the host.
func TestTheHostHeaderMakesNoLink(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	agent := h.Hire(apptest.Colleague{Role: access.RoleAgent})
	c := h.SignedIn()
	c.Header.Set("X-Forwarded-Host", "evil.example")
	c.Header.Set("Forwarded", "host=evil.example")
	p := c.PostForm("/settings/team/"+agent.ID+"/reset", url.Values{})
	page := c.Get(p.Location)
	if strings.Contains(page.Body, "evil.example") {
		t.Error("the page names a host that a header did")
	}
	linkOf(t, h, page)
}

// A reset proves who holds the mailbox, not who holds the phone.
func TestAResetNeverSkipsTheSecondFactor(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	owner := ownerOf(t, h)
	h.Change("user.second_factor_on", owner.ID, func(tx *store.Tx) error {
		return tx.PutSecondFactor(t.Context(), store.SecondFactor{UserID: owner.ID, Sealed: []byte("x"), CreatedAt: 1})
	})
	link, err := h.App.Team.ResetLink(t.Context(), owner.ID)
	if err != nil {
		t.Fatal(err)
	}
	v := h.Visitor()
	p := v.PostForm(link, resetForm(newPassword))
	if p.Status != http.StatusSeeOther || p.Location != "/login/code" || v.Cookie() != nil {
		t.Errorf("the answer is %d to %q, want the code to be asked for", p.Status, p.Location)
	}
	if p := v.Get("/inbox"); p.Status != http.StatusSeeOther {
		t.Errorf("the inbox answers %d before the code", p.Status)
	}
}
