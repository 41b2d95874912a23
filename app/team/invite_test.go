package team_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
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

const newPassword = "nine grey herons waiting"

var linkIn = regexp.MustCompile(`value="(https?://[^"]+/(?:join|reset)/[A-Za-z0-9_-]{43})"`)

// linkOf is the link that a page shows, as a path.
func linkOf(t *testing.T, h *apptest.House, p apptest.Page) string {
	t.Helper()
	m := linkIn.FindStringSubmatch(p.Body)
	if m == nil {
		t.Fatalf("no link on the page:\n%s", p.Body)
	}
	if !strings.HasPrefix(m[1], h.URL+"/") {
		t.Fatalf("the link %s does not begin with the configured address", m[1])
	}
	return strings.TrimPrefix(m[1], h.URL)
}

func invitation(name, email, role string) url.Values {
	return url.Values{"name": {name}, "email": {email}, "role": {role}}
}

func joining(name, password string) url.Values {
	return url.Values{"name": {name}, "password": {password}, "password_again": {password}}
}

// invited has the owner invite somebody and returns the link.
func invited(t *testing.T, h *apptest.House, c *apptest.Client, email string) string {
	t.Helper()
	p := c.PostForm("/settings/invitations", invitation("Bo Larsen", email, access.RoleAgent))
	if p.Status != http.StatusSeeOther {
		t.Fatalf("inviting answers %d:\n%s", p.Status, p.Body)
	}
	return linkOf(t, h, c.Get(p.Location))
}

func TestInviteToFirstSignIn(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	bad := c.PostForm("/settings/invitations", invitation("", "no address", "boss"))
	for _, text := range []string{"Enter the name", "Enter an email address", `value="no address"`} {
		if bad.Status != http.StatusUnprocessableEntity || !strings.Contains(bad.Body, text) {
			t.Errorf("a wrong form answers %d without %q", bad.Status, text)
		}
	}
	form := invitation(`<script>alert(1)</script>`, " Bo.Larsen+crm@Example.COM ", access.RoleAgent)
	form.Set("key", "0123456789abcdef0123")
	p := c.PostForm("/settings/invitations", form)
	if p.Status != http.StatusSeeOther {
		t.Fatalf("inviting answers %d:\n%s", p.Status, p.Body)
	}
	page := c.Get(p.Location)
	linkOf(t, h, page)
	if strings.Contains(page.Body, "<script>alert") {
		t.Error("a name became markup")
	}
	if again := c.Get(p.Location); linkIn.MatchString(again.Body) {
		t.Error("the link is shown a second time")
	}
	if second := c.PostForm("/settings/invitations", form); second.Location != p.Location {
		t.Errorf("the form sent twice leads to %q and %q", p.Location, second.Location)
	}
	link := linkOf(t, h, c.Get(p.Location)) // the second form made a link as well: newest wins

	v := h.Visitor()
	join := v.Get(link)
	if join.Status != http.StatusOK || !strings.Contains(join.Body, apptest.Owner) || !strings.Contains(join.Body, apptest.Business) || strings.Contains(join.Body, "<script>alert") {
		t.Fatalf("the link answers %d:\n%s", join.Status, join.Body)
	}
	if got := join.Header.Get("Referrer-Policy"); got != "same-origin" {
		t.Errorf("Referrer-Policy is %q", got)
	}
	short := joining("Bo", "short")
	if p := v.PostForm(link, short); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, `value="Bo"`) || strings.Contains(p.Body, `value="short"`) {
		t.Errorf("a short password answers %d, keeps no name or shows the password", p.Status)
	}
	if p := v.PostForm(link, joining("Bo Larsen", newPassword)); p.Status != http.StatusSeeOther || v.Cookie() == nil {
		t.Fatalf("joining answers %d:\n%s", p.Status, p.Body)
	}
	if p := v.Get("/inbox"); p.Status != http.StatusOK {
		t.Errorf("the new colleague's inbox answers %d", p.Status)
	}
	u, err := h.Store().UserByEmail(t.Context(), "bo.larsen+crm@example.com")
	if err != nil || u.Role != access.RoleAgent || u.Email != "Bo.Larsen+crm@Example.COM" || u.Name != "Bo Larsen" {
		t.Errorf("%+v, %v", u, err)
	}
	if p := h.Visitor().Get(link); p.Status != http.StatusNotFound || !strings.Contains(p.Body, "does not work") {
		t.Errorf("the used link answers %d", p.Status)
	}
	if p := h.Visitor().PostForm(link, joining("Eve", newPassword)); p.Status != http.StatusNotFound {
		t.Errorf("accepting twice answers %d", p.Status)
	}
	if p := h.Visitor().PostForm("/login", login("BO.larsen+CRM@example.com", newPassword)); p.Status != http.StatusSeeOther {
		t.Errorf("signing in later answers %d", p.Status)
	}
}

func TestLinksThatOpenNothing(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	first := invited(t, h, c, "a@example.com")
	replaced := invited(t, h, c, "A@EXAMPLE.com") // the same address: the first one goes
	renewed := linkOf(t, h, func() apptest.Page {
		i, err := h.Store().WaitingInvitations(t.Context())
		if err != nil || len(i) != 1 {
			t.Fatal(i, err)
		}
		p := c.PostForm("/settings/invitations/"+i[0].ID+"/link", url.Values{})
		return c.Get(p.Location)
	}())
	revoked := invited(t, h, c, "b@example.com")
	all, err := h.Store().WaitingInvitations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if i.EmailKey == "b@example.com" {
			if p := c.PostForm("/settings/invitations/"+i.ID+"/revocation", url.Values{}); p.Status != http.StatusSeeOther {
				t.Fatalf("taking back answers %d", p.Status)
			}
		}
	}
	reset, err := h.App.Team.ResetLink(t.Context(), ownerOf(t, h).ID)
	if err != nil {
		t.Fatal(err)
	}
	expired := invited(t, h, c, "c@example.com")
	dead := map[string]string{
		"replaced by a newer invitation": first, "replaced by a newer link": replaced, "taken back": revoked,
		"cut short": renewed[:len(renewed)-1], "with more behind it": renewed + "A", "a made-up one": "/join/" + strings.Repeat("A", 43),
		"a link of another kind": strings.Replace(reset, "/reset/", "/join/", 1), "no token at all": "/join/%20",
		"an invitation taken for a reset": strings.Replace(renewed, "/join/", "/reset/", 1),
	}
	for name, link := range dead {
		for method, p := range map[string]apptest.Page{"GET": h.Visitor().Get(link), "POST": h.Visitor().PostForm(link, joining("Eve", newPassword))} {
			if p.Status != http.StatusNotFound || !strings.Contains(p.Body, "does not work") || strings.Contains(p.Body, "example.com") {
				t.Errorf("%s, %s: %d, or it tells something", name, method, p.Status)
			}
		}
	}
	if p := h.Visitor().Get(renewed); p.Status != http.StatusOK {
		t.Errorf("the newest link answers %d", p.Status)
	}
	h.Clock.Advance(7*24*time.Hour + time.Second)
	if p := h.Visitor().Get(expired); p.Status != http.StatusGone || strings.Contains(p.Body, "c@example.com") {
		t.Errorf("an expired link answers %d", p.Status)
	}
	if p := h.Visitor().PostForm(expired, joining("Eve", newPassword)); p.Status != http.StatusGone {
		t.Errorf("accepting an expired one answers %d", p.Status)
	}
	if users, err := h.Store().Users(t.Context()); err != nil || len(users) != 1 {
		t.Errorf("%d users, %v", len(users), err)
	}
}

func TestAHundredAcceptAtOnceAndOneJoins(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	link := invited(t, h, h.SignedIn(), "bo@example.com")
	statuses := make([]int, 100)
	visitors := make([]*apptest.Client, len(statuses))
	for i := range visitors {
		visitors[i] = h.Visitor()
	}
	var wait sync.WaitGroup
	for i := range statuses {
		wait.Go(func() { statuses[i] = visitors[i].PostForm(link, joining(fmt.Sprint("Bo ", i), newPassword)).Status })
	}
	wait.Wait()
	joined := 0
	for _, status := range statuses {
		switch status {
		case http.StatusSeeOther:
			joined++
		case http.StatusNotFound, http.StatusTooManyRequests: // used, or too many passwords at once
		default:
			t.Errorf("one answer is %d", status)
		}
	}
	if users, err := h.Store().Users(t.Context()); err != nil || joined != 1 || len(users) != 2 {
		t.Errorf("%d joined, %d users, %v", joined, len(users), err)
	}
}

// One address is one person, however it is written; any that mail can be sent
// to will do.
func TestAddresses(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	owner := actorOf(t, h, ownerOf(t, h).ID)
	invite := func(email string) error {
		_, err := h.App.Team.Invite(t.Context(), owner, team.Invite{Name: "Bo", Email: email, Role: access.RoleAgent})
		return err
	}
	for name, email := range map[string]string{
		"odd case": "Bo@ExAmPle.COM", "plus sign": "bo+crm@example.com", "international domain": "bo@bücher.example", "its ASCII form": "bo@xn--bcher-kva.example",
		"other scripts": "用户@例子.example", "apostrophe": "o'neil@example.com",
	} {
		if err := invite(email); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	waiting, err := h.Store().WaitingInvitations(t.Context())
	if err != nil || len(waiting) != 5 { // the two spellings of one domain are one address
		t.Errorf("%d wait, %v", len(waiting), err)
	}
	for name, email := range map[string]string{
		"nothing": "", "no domain": "bo@", "no at": "bo", "a name around it": "Bo <bo@example.com>", "two of them": "a@x.example, b@x.example",
		"a line break": "bo@example.com\r\nBcc: eve@example.com", "too long": strings.Repeat("a", 250) + "@x.example", "spaces": "bo @example.com",
		"a domain that cannot be": "bo@exa_mple..com", "megabytes": strings.Repeat("a", 1<<20) + "@x.example",
	} {
		if err := invite(email); errs.KindOf(err) != errs.Invalid || errs.Fields(err)["email"] == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := invite("ANA@brightwater.EXAMPLE"); !strings.Contains(errs.Fields(err)["email"], "in the team already") {
		t.Errorf("a colleague's address: %v", err)
	}
	gone := h.Hire(apptest.Colleague{Role: access.RoleAgent})
	if err := h.App.Team.SetDisabled(t.Context(), owner, gone.ID, true); err != nil {
		t.Fatal(err)
	}
	if err := invite(gone.Email); !strings.Contains(errs.Fields(err)["email"], "Enable the account") {
		t.Errorf("a disabled colleague's address: %v", err)
	}
	for name, bad := range map[string]string{"empty": " ", "long": strings.Repeat("ä", 121), "control letters": "Bo\x00Larsen", "no letters at all": "\xff\xfe"} {
		_, err := h.App.Team.Invite(t.Context(), owner, team.Invite{Name: bad, Email: "n@example.com", Role: access.RoleAgent})
		if errs.Fields(err)["name"] == "" {
			t.Errorf("a name that is %s: %v", name, err)
		}
	}
}

func TestJoiningWhileSomebodyElseIsSignedIn(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	link := invited(t, h, c, "bo@example.com")
	for name, p := range map[string]apptest.Page{"GET": c.Get(link), "POST": c.PostForm(link, joining("Bo", newPassword))} {
		if !strings.Contains(p.Body, "signed in here as "+apptest.Owner) || !strings.Contains(p.Body, `action="/logout"`) || strings.Contains(p.Body, `name="password"`) {
			t.Errorf("%s answers %d:\n%s", name, p.Status, p.Body)
		}
	}
	if users, err := h.Store().Users(t.Context()); err != nil || len(users) != 1 {
		t.Errorf("%d users, %v", len(users), err)
	}
}

// Who sent an invitation and was removed or disabled since has let nobody in.
func TestInvitationsGoWithWhoSentThem(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	owner := actorOf(t, h, ownerOf(t, h).ID)
	for name, end := range map[string]func(id string) error{
		"removed":  func(id string) error { return h.App.Team.Remove(t.Context(), owner, id, team.Heirs{}) },
		"disabled": func(id string) error { return h.App.Team.SetDisabled(t.Context(), owner, id, true) },
		"demoted": func(id string) error {
			return h.App.Team.SetPlace(t.Context(), owner, id, team.Place{Role: access.RoleAgent})
		},
	} {
		admin := h.Hire(apptest.Colleague{Role: access.RoleAdmin})
		id, err := h.App.Team.Invite(t.Context(), actorOf(t, h, admin.ID), team.Invite{Name: "Back Door", Email: name + "@example.com", Role: access.RoleAdmin})
		if err != nil {
			t.Fatal(err)
		}
		link, err := h.App.Team.InviteLink(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if err := end(admin.ID); err != nil {
			t.Fatal(err)
		}
		if p := h.Visitor().PostForm(link, joining("Back Door", newPassword)); p.Status != http.StatusNotFound {
			t.Errorf("%s: the link answers %d", name, p.Status)
		}
		if _, err := h.App.Team.InviteLink(t.Context(), id); name != "demoted" && errs.KindOf(err) != errs.Conflict {
			t.Errorf("%s: a mail that leaves late has a link: %v", name, err)
		}
	}
}

// No token of a link stands anywhere but with whoever got it.
func TestTokensStandNowhere(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	tokens := []string{strings.TrimPrefix(invited(t, h, c, "bo@example.com"), "/join/")}
	path, err := h.App.Team.ResetLink(t.Context(), ownerOf(t, h).ID)
	if err != nil {
		t.Fatal(err)
	}
	tokens = append(tokens, strings.TrimPrefix(path, "/reset/"))
	for _, token := range tokens {
		h.Visitor().Get("/join/" + token)
		h.Visitor().PostForm("/reset/"+token, url.Values{"password": {"short"}})
	}
	for _, token := range tokens {
		if strings.Contains(h.Logs.String(), token[:20]) {
			t.Error("a token is in the log")
		}
		if at := folderHolds(t, h.Config.Data, token[:20]); at != "" {
			t.Errorf("a token is in %s", at)
		}
	}
}

// folderHolds names a file of the data folder in which text stands, or "".
func folderHolds(t *testing.T, dir, text string) (at string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.Contains(strings.ToLower(string(data)), strings.ToLower(text)) {
			at = filepath.Base(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// A mail that leaves makes its link then: each makes the one before worthless.
func TestMailedLinksAreMadeWhenTheyLeave(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	owner := actorOf(t, h, ownerOf(t, h).ID)
	h.App.Team.MailReady = func(context.Context) bool { return true }
	id, err := h.App.Team.Invite(t.Context(), owner, team.Invite{Name: "Bo", Email: "bo@example.com", Role: access.RoleAgent})
	if err != nil {
		t.Fatal(err)
	}
	events, err := h.Store().EventsOf(t.Context(), id)
	if err != nil || len(events) != 1 || events[0].Kind != team.EventInvited || strings.Contains(events[0].Data, "bo@") {
		t.Errorf("%+v, %v", events, err)
	}
	first, _ := h.App.Team.InviteLink(t.Context(), id)
	second, err := h.App.Team.InviteLink(t.Context(), id)
	if err != nil || first == second {
		t.Fatal(first, second, err)
	}
	if p := h.Visitor().Get(first); p.Status != http.StatusNotFound {
		t.Errorf("the first link answers %d", p.Status)
	}
	if p := h.Visitor().Get(second); p.Status != http.StatusOK {
		t.Errorf("the second answers %d", p.Status)
	}
	h.Clock.Advance(6 * 24 * time.Hour)
	if err := h.App.Team.Resend(t.Context(), owner, id); err != nil {
		t.Fatal(err)
	}
	if p := h.Visitor().Get(second); p.Status != http.StatusNotFound {
		t.Errorf("after it was sent again the older link answers %d", p.Status)
	}
	h.Clock.Advance(6 * 24 * time.Hour)
	third, err := h.App.Team.InviteLink(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if p := h.Visitor().Get(third); p.Status != http.StatusOK {
		t.Errorf("on the twelfth day the newest link answers %d", p.Status)
	}
	i, err := h.Store().Invitation(t.Context(), id)
	if err != nil || i.ExpiresAt <= i.CreatedAt || i == (store.Invitation{}) {
		t.Errorf("%+v, %v", i, err)
	}
}

// A mail that still waits would, once it leaves, end the link that was handed over.
func TestALinkHandedOverOutlivesAMailThatWaits(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	ctx, owner, svc := t.Context(), ownerOf(t, h), h.App.Team
	by := actorOf(t, h, owner.ID)
	id, err := svc.Invite(ctx, by, team.Invite{Name: "Bo", Email: "bo@example.com", Role: access.RoleAgent})
	if err != nil {
		t.Fatal(err)
	}
	err = h.Store().InTx(ctx, func(tx *store.Tx) error {
		for _, m := range []store.Mail{{ID: "i1", Template: "invitation", InvitationID: id}, {ID: "r1", Template: "reset", UserID: owner.ID}} {
			m.Class, m.State, m.CreatedAt = "account", store.MailQueued, 1
			if err := tx.InsertMail(ctx, m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	svc.MailReady = func(context.Context) bool { return false }
	_, err1 := svc.ShowInviteLink(ctx, by, id)
	if _, err2 := svc.HelpIn(ctx, access.Operator(), owner.ID); err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	for _, mailID := range []string{"i1", "r1"} {
		if m, err := h.Store().Mail(ctx, mailID); err != nil || m.State != store.MailRefused || m.ErrorCode != "superseded" {
			t.Errorf("%+v, %v", m, err)
		}
	}
}
