package team_test

import (
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

// actorOf is a user as the product sees them.
func actorOf(t *testing.T, h *apptest.House, id string) access.Actor {
	t.Helper()
	u, err := h.Store().User(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	a, err := access.For(t.Context(), &h.Store().Reader, u)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func ownerOf(t *testing.T, h *apptest.House) store.User {
	t.Helper()
	u, err := h.Store().UserByEmail(t.Context(), apptest.Email)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestOfTwoOwnersWhoDemoteEachOtherOneStays(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	first := ownerOf(t, h)
	for range 10 {
		second := h.Hire(apptest.Colleague{Role: access.RoleOwner})
		one, two := actorOf(t, h, first.ID), actorOf(t, h, second.ID)
		var wait sync.WaitGroup
		results := make([]error, 2)
		wait.Go(func() {
			results[0] = h.App.Team.SetPlace(t.Context(), one, second.ID, team.Place{Role: access.RoleAgent})
		})
		wait.Go(func() {
			results[1] = h.App.Team.SetPlace(t.Context(), two, first.ID, team.Place{Role: access.RoleAgent})
		})
		wait.Wait()
		won := 0
		for i, err := range results {
			if err == nil {
				won++
				continue
			}
			if k := errs.KindOf(err); k != errs.Denied && k != errs.Conflict || errs.Message(err) == "" {
				t.Errorf("the loser %d is told %v", i, err)
			}
		}
		if n, err := h.Store().OtherOwners(t.Context(), ""); won != 1 || n != 1 || err != nil {
			t.Fatalf("%d succeeded and %d owners are left (%v)", won, n, err)
		}
		if results[0] != nil { // the second won
			first = second
		}
	}
}

func TestTheLastOwnerStaysOnEveryRoad(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	owner := ownerOf(t, h)
	other := h.Hire(apptest.Colleague{Role: access.RoleAdmin})
	gone := h.Hire(apptest.Colleague{Role: access.RoleOwner}) // a disabled owner counts for nothing
	if err := h.App.Team.SetDisabled(t.Context(), access.Operator(), gone.ID, true); err != nil {
		t.Fatal(err)
	}
	svc, operator := h.App.Team, access.Operator()
	for name, act := range map[string]func() error{
		"demoted":  func() error { return svc.SetPlace(t.Context(), operator, owner.ID, team.Place{Role: access.RoleAdmin}) },
		"disabled": func() error { return svc.SetDisabled(t.Context(), operator, owner.ID, true) },
		"removed":  func() error { return svc.Remove(t.Context(), operator, owner.ID, team.Heirs{Contacts: other.ID}) },
		"leaving":  func() error { return svc.Leave(t.Context(), actorOf(t, h, owner.ID), owner.Email, team.Heirs{}) },
	} {
		if err := act(); errs.CodeOf(err) != "last_owner" || errs.KindOf(err) != errs.Conflict {
			t.Errorf("%s: %v", name, err)
		}
	}
	if u := ownerOf(t, h); !u.Active() || u.Role != access.RoleOwner {
		t.Errorf("the owner is %+v", u)
	}
	c := h.SignedIn()
	if p := c.Get("/account/leave"); p.Status != http.StatusOK || !strings.Contains(p.Body, "last owner") {
		t.Errorf("the page of leaving answers %d", p.Status)
	}
	if p := c.PostForm("/account/leave", url.Values{"email": {apptest.Email}}); p.Status != http.StatusConflict || !strings.Contains(p.Body, "last owner") {
		t.Errorf("leaving answers %d", p.Status)
	}
}

// Whoever may manage the team still gives nobody more than they have, and takes
// nothing from who has more: on no road.
func TestNobodyReachesBeyondTheirOwnRole(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	owner, svc, ctx := ownerOf(t, h), h.App.Team, t.Context()
	second := h.Hire(apptest.Colleague{Role: access.RoleOwner})
	admin := h.Hire(apptest.Colleague{Role: access.RoleAdmin})
	agent := h.Hire(apptest.Colleague{Role: access.RoleAgent})
	h.Change("role.created", "clerk", func(tx *store.Tx) error {
		return tx.InsertRole(ctx, store.Role{ID: "clerk", Name: "Clerk", NameKey: "clerk", Grants: `{"team.read":"all","team.write":"all"}`, CreatedAt: 1})
	})
	clerk := h.Hire(apptest.Colleague{Role: "clerk"})
	invitation, err := svc.Invite(ctx, actorOf(t, h, owner.ID), team.Invite{Name: "New", Email: "new@example.com", Role: access.RoleOwner})
	if err != nil {
		t.Fatal(err)
	}
	by := func(u store.User) access.Actor { return actorOf(t, h, u.ID) }
	for name, tt := range map[string]struct {
		code string
		act  func() error
	}{
		"an admin demotes an owner":           {"owners_only", func() error { return svc.SetPlace(ctx, by(admin), second.ID, team.Place{Role: access.RoleAgent}) }},
		"an admin disables an owner":          {"owners_only", func() error { return svc.SetDisabled(ctx, by(admin), second.ID, true) }},
		"an admin removes an owner":           {"owners_only", func() error { return svc.Remove(ctx, by(admin), second.ID, team.Heirs{}) }},
		"an admin gets an owner's reset link": {"owners_only", func() error { _, err := svc.HelpIn(ctx, by(admin), second.ID); return err }},
		"an admin makes an owner":             {"owners_only", func() error { return svc.SetPlace(ctx, by(admin), agent.ID, team.Place{Role: access.RoleOwner}) }},
		"an admin invites an owner": {"owners_only", func() error {
			_, err := svc.Invite(ctx, by(admin), team.Invite{Name: "X", Email: "x@example.com", Role: access.RoleOwner})
			return err
		}},
		"an admin gets at an owner's link": {"owners_only", func() error { _, err := svc.ShowInviteLink(ctx, by(admin), invitation); return err }},
		"an admin sends it again":          {"owners_only", func() error { return svc.Resend(ctx, by(admin), invitation) }},
		"an admin takes it back":           {"owners_only", func() error { return svc.Revoke(ctx, by(admin), invitation) }},
		"a clerk makes an agent an admin":  {"beyond", func() error { return svc.SetPlace(ctx, by(clerk), agent.ID, team.Place{Role: access.RoleAdmin}) }},
		"a clerk disables an admin":        {"beyond", func() error { return svc.SetDisabled(ctx, by(clerk), admin.ID, true) }},
		"a clerk removes an agent":         {"beyond", func() error { return svc.Remove(ctx, by(clerk), agent.ID, team.Heirs{}) }},
		"an owner changes their own role":  {"yourself", func() error { return svc.SetPlace(ctx, by(owner), owner.ID, team.Place{Role: access.RoleAgent}) }},
		"an owner disables themselves":     {"yourself", func() error { return svc.SetDisabled(ctx, by(owner), owner.ID, true) }},
		"an agent changes anybody":         {"denied", func() error { return svc.SetPlace(ctx, by(agent), clerk.ID, team.Place{Role: access.RoleAgent}) }},
		"a role that is not there":         {"invalid", func() error { return svc.SetPlace(ctx, by(owner), agent.ID, team.Place{Role: "boss"}) }},
		"a team that is not there": {"invalid", func() error {
			return svc.SetPlace(ctx, by(owner), agent.ID, team.Place{Role: access.RoleAgent, TeamID: "t9"})
		}},
		"somebody who is not there":             {"not_found", func() error { return svc.SetDisabled(ctx, by(owner), "nobody", true) }},
		"an heir who could not see the work":    {"invalid", func() error { return svc.Remove(ctx, by(owner), agent.ID, team.Heirs{Conversations: clerk.ID}) }},
		"an heir who is the one who is leaving": {"invalid", func() error { return svc.Remove(ctx, by(owner), agent.ID, team.Heirs{Contacts: agent.ID}) }},
	} {
		if err := tt.act(); errs.CodeOf(err) != tt.code {
			t.Errorf("%s: %v, want %s", name, err, tt.code)
		}
	}
	// What has changed since a page was opened is seen: the actor is read anew.
	stale := by(admin)
	if err := svc.SetPlace(ctx, by(owner), admin.ID, team.Place{Role: access.RoleViewer}); err != nil {
		t.Fatal(err)
	}
	if err := svc.SetDisabled(ctx, stale, agent.ID, true); errs.KindOf(err) != errs.Denied {
		t.Errorf("an admin of a moment ago: %v", err)
	}
}

func TestMembersPages(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	h.Change("team.created", "t1", func(tx *store.Tx) error {
		return tx.InsertTeam(t.Context(), store.TeamGroup{ID: "t1", Name: "Field", NameKey: "field", CreatedAt: 1})
	})
	agent := h.Hire(apptest.Colleague{Name: `<b onclick="x()">Bo</b>`, Role: access.RoleAgent})
	c := h.SignedIn()
	list := c.Get("/settings/team")
	if list.Status != http.StatusOK || strings.Contains(list.Body, "<b onclick") || !strings.Contains(list.Body, "&lt;b onclick") || !strings.Contains(list.Body, agent.Email) {
		t.Errorf("the list answers %d", list.Status)
	}
	at := "/settings/team/" + agent.ID
	if p := c.PostForm(at, url.Values{"role": {access.RoleManager}, "team": {"t1"}}); p.Status != http.StatusSeeOther {
		t.Fatalf("a new role answers %d:\n%s", p.Status, p.Body)
	}
	if u, err := h.Store().User(t.Context(), agent.ID); err != nil || u.Role != access.RoleManager || u.TeamID != "t1" {
		t.Errorf("%+v, %v", u, err)
	}
	if p := c.PostForm(at, url.Values{"role": {"boss"}}); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, "Choose a role.") {
		t.Errorf("a made-up role answers %d", p.Status)
	}
	if p := c.Get("/settings/team/nobody"); p.Status != http.StatusNotFound {
		t.Errorf("nobody answers %d", p.Status)
	}
	own := c.Get("/settings/team/" + ownerOf(t, h).ID)
	if !strings.Contains(own.Body, "This is you.") || strings.Contains(own.Body, "Remove from the team") {
		t.Error("one's own page offers what nobody may do to themselves")
	}

	theirs := h.SignIn(agent)
	if p := theirs.Get("/settings/team"); p.Status != http.StatusOK || strings.Contains(p.Body, "Invite a colleague") {
		t.Errorf("a manager's list answers %d, or offers to invite", p.Status)
	}
	for _, path := range []string{at, at + "/disable", at + "/removal", at + "/reset", "/settings/invitations"} {
		if p := theirs.PostForm(path, url.Values{"role": {access.RoleOwner}}); p.Status != http.StatusForbidden {
			t.Errorf("%s answers a manager %d", path, p.Status)
		}
	}
	if p := c.PostForm(at+"/disable", url.Values{}); p.Status != http.StatusSeeOther {
		t.Fatalf("disabling answers %d", p.Status)
	}
	if p := theirs.Get("/settings/team"); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location, "/login") {
		t.Errorf("somebody who was disabled gets %d", p.Status)
	}
	if p := h.Visitor().PostForm("/login", login(agent.Email, apptest.Password)); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("and signs in: %d", p.Status)
	}
	if p := c.PostForm(at+"/enable", url.Values{}); p.Status != http.StatusSeeOther {
		t.Fatalf("enabling answers %d", p.Status)
	}
	h.Clock.Advance(time.Minute)
	if p := h.Visitor().PostForm("/login", login(agent.Email, apptest.Password)); p.Status != http.StatusSeeOther {
		t.Errorf("after enabling, sign-in answers %d", p.Status)
	}
}

// Changes to accounts ask who is there once more when the last proof is old.
func TestChangesToAccountsNeedAFreshProof(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	agent := h.Hire(apptest.Colleague{Role: access.RoleAgent})
	c := h.SignedIn()
	h.Clock.Advance(6 * time.Minute)
	form := url.Values{"role": {access.RoleManager}}
	if p := c.PostForm("/settings/team/"+agent.ID, form); p.Status == http.StatusSeeOther {
		t.Fatal("changed without a fresh proof")
	}
	if u, _ := h.Store().User(t.Context(), agent.ID); u.Role != access.RoleAgent {
		t.Errorf("the role is %s", u.Role)
	}
	form.Set("confirm_password", apptest.Password)
	if p := c.PostForm("/settings/team/"+agent.ID, form); p.Status != http.StatusSeeOther {
		t.Errorf("with the password it answers %d", p.Status)
	}
	if u, err := h.Store().User(t.Context(), agent.ID); err != nil || u.Role != access.RoleManager {
		t.Errorf("the role is %s (%v)", u.Role, err)
	}
}
