package team_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/errs"
	"stead/app/team"
	"stead/store"
)

// twoTeams has a leader of the north whose rights end there, and a colleague in
// the north, in the south and in no team, each with a contact.
func twoTeams(t *testing.T, more map[access.Permission]access.Reach) (h *apptest.House, leader access.Actor, people map[string]store.User) {
	t.Helper()
	h = apptest.Start(t, apptest.Options{})
	may := map[access.Permission]access.Reach{
		access.TeamRead: access.All, access.TeamWrite: access.All, access.ContactsRead: access.Team, access.ContactsAssign: access.Team,
		access.InboxRead: access.Team, access.InboxAssign: access.Team, access.TasksWrite: access.Team, access.PersonalSee: access.Team,
	}
	maps.Copy(may, more)
	write(t, h, func(tx *store.Tx) error {
		for _, name := range []string{"north", "south"} {
			if err := tx.InsertTeam(t.Context(), store.TeamGroup{ID: name, Name: name, NameKey: name, CreatedAt: 1}); err != nil {
				return err
			}
		}
		for id, grants := range map[string]map[access.Permission]access.Reach{"lead": may, "desk": {
			access.ContactsRead: access.Own, access.InboxRead: access.Own, access.TasksWrite: access.Own,
		}} {
			if err := tx.InsertRole(t.Context(), store.Role{ID: id, Name: id, NameKey: id, Grants: access.FormatGrants(grants), CreatedAt: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	people = map[string]store.User{"leader": h.Hire(apptest.Colleague{Name: "Leader", Role: "lead", Team: "north"})}
	for _, at := range []string{"north", "south", ""} {
		u := h.Hire(apptest.Colleague{Name: "Of " + at, Role: "desk", Team: at})
		people[at] = u
		work(t, h, u.ID, "c-"+at)
	}
	return h, actorOf(t, h, people["leader"].ID), people
}

func TestWhoseRightsEndAtTheirTeamManagesThatTeamAlone(t *testing.T) {
	h, leader, people := twoTeams(t, nil)
	svc, ctx := h.App.Team, t.Context()
	abroad, err := svc.Invite(ctx, access.Operator(), team.Invite{Name: "Di", Email: "di@elsewhere.example", Role: "desk", TeamID: "south"})
	if err != nil {
		t.Fatal(err)
	}
	invite := func(email, at string) error {
		_, err := svc.Invite(ctx, leader, team.Invite{Name: "Ed", Email: email, Role: "desk", TeamID: at})
		return err
	}
	help := func(id string) error { _, err := svc.HelpIn(ctx, leader, id); return err }
	link := func(id string) error { _, err := svc.ShowInviteLink(ctx, leader, id); return err }
	for name, act := range map[string]func() error{
		"takes somebody into the team": func() error {
			return svc.SetPlace(ctx, leader, people["south"].ID, team.Place{Role: "desk", TeamID: "north"})
		},
		"takes the free into the team": func() error {
			return svc.SetPlace(ctx, leader, people[""].ID, team.Place{Role: "desk", TeamID: "north"})
		},
		"gives another team a role": func() error {
			return svc.SetPlace(ctx, leader, people["south"].ID, team.Place{Role: "lead", TeamID: "south"})
		},
		"sends somebody to another one": func() error {
			return svc.SetPlace(ctx, leader, people["north"].ID, team.Place{Role: "desk", TeamID: "south"})
		},
		"sends somebody out":           func() error { return svc.SetPlace(ctx, leader, people["north"].ID, team.Place{Role: "desk"}) },
		"removes":                      func() error { return svc.Remove(ctx, leader, people["south"].ID, team.Heirs{Contacts: leader.ID}) },
		"removes who is in none":       func() error { return svc.Remove(ctx, leader, people[""].ID, team.Heirs{}) },
		"disables":                     func() error { return svc.SetDisabled(ctx, leader, people["south"].ID, true) },
		"lets in by a reset":           func() error { return help(people["south"].ID) },
		"invites to another team":      func() error { return invite("ed@one.example", "south") },
		"invites to none":              func() error { return invite("ed@two.example", "") },
		"takes another's invitation":   func() error { return link(abroad) },
		"sends another's invitation":   func() error { return svc.Resend(ctx, leader, abroad) },
		"revokes another's invitation": func() error { return svc.Revoke(ctx, leader, abroad) },
	} {
		if err := act(); errs.CodeOf(err) != "other_team" || errs.KindOf(err) != errs.Denied {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, act := range map[string]func() error{
		"gives a role": func() error {
			return svc.SetPlace(ctx, leader, people["north"].ID, team.Place{Role: "lead", TeamID: "north"})
		},
		"invites":       func() error { return invite("ed@three.example", "north") },
		"helps in":      func() error { return help(people["north"].ID) },
		"disables":      func() error { return svc.SetDisabled(ctx, leader, people["north"].ID, true) },
		"enables again": func() error { return svc.SetDisabled(ctx, leader, people["north"].ID, false) },
	} {
		if err := act(); err != nil {
			t.Errorf("of their own team, %s: %v", name, err)
		}
	}
}

func TestAnHeirIsSomebodyToWhomTheRemoverCouldAssign(t *testing.T) {
	for name, tc := range map[string]struct {
		more map[access.Permission]access.Reach
		ok   bool
	}{
		"as far as the team":                  {nil, true},
		"assigns their own alone":             {map[access.Permission]access.Reach{access.ContactsAssign: access.Own}, false},
		"reads their own alone":               {map[access.Permission]access.Reach{access.ContactsRead: access.Own}, false},
		"sees personal data of their own":     {map[access.Permission]access.Reach{access.PersonalSee: access.Own}, false},
		"sees none, and will not as the heir": {map[access.Permission]access.Reach{access.PersonalSee: 0}, true},
	} {
		t.Run(name, func(t *testing.T) {
			h, leader, people := twoTeams(t, tc.more)
			err := h.App.Team.Remove(t.Context(), leader, people["north"].ID, team.Heirs{Contacts: leader.ID})
			if tc.ok != (err == nil) || err != nil && errs.Fields(err)["contacts_to"] == "" {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestPagesOfferWhatOneTeamMay(t *testing.T) {
	h, _, people := twoTeams(t, nil)
	c := h.SignIn(people["leader"])
	own := c.Get("/settings/team/" + people["north"].ID)
	if own.Status != http.StatusOK || !strings.Contains(own.Body, `value="north"`) || strings.Contains(own.Body, `value="south"`) {
		t.Errorf("a colleague of the team answers %d", own.Status)
	}
	if other := c.Get("/settings/team/" + people["south"].ID); other.Status != http.StatusOK || strings.Contains(other.Body, "/removal") {
		t.Errorf("a colleague of another team answers %d", other.Status)
	}
	if p := c.Get("/settings/team/" + people["south"].ID + "/removal"); p.Status != http.StatusForbidden {
		t.Errorf("their removal answers %d", p.Status)
	}
}

// An invitation is of whoever renewed it last: it ends when their account does.
func TestAnInvitationIsOfWhoeverRenewedIt(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	svc, ctx := h.App.Team, t.Context()
	for name, renew := range map[string]func(by access.Actor, id string) error{
		"sent again": func(by access.Actor, id string) error { return svc.Resend(ctx, by, id) },
		"link shown": func(by access.Actor, id string) error { _, err := svc.ShowInviteLink(ctx, by, id); return err },
	} {
		t.Run(name, func(t *testing.T) {
			admin := h.Hire(apptest.Colleague{Role: access.RoleAdmin})
			id, err := svc.Invite(ctx, actorOf(t, h, ownerOf(t, h).ID), team.Invite{Name: "Di", Email: "di@elsewhere.example", Role: access.RoleAgent})
			if err != nil {
				t.Fatal(err)
			}
			if err := renew(actorOf(t, h, admin.ID), id); err != nil {
				t.Fatal(err)
			}
			if i, err := h.Store().Invitation(ctx, id); err != nil || i.InvitedBy != admin.ID {
				t.Errorf("invited by %q, want the admin (%v)", i.InvitedBy, err)
			}
			if err := svc.SetDisabled(ctx, access.Operator(), admin.ID, true); err != nil {
				t.Fatal(err)
			}
			if i, err := h.Store().Invitation(ctx, id); err != nil || i.RevokedAt == 0 {
				t.Errorf("it works though who renewed it is disabled (%v)", err)
			}
		})
	}
}

func TestWhoSeesHowOthersSignIn(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	agent, _ := h.SignedInAs(access.RoleAgent, apptest.Colleague{Name: "Bo Larsen"})
	owner := h.SignedIn()
	for _, path := range []string{"/settings/team", "/settings/team/" + ownerOf(t, h).ID} {
		if p := agent.Get(path); strings.Count(p.Body, "Not shown") != 2 { // of the owner, not of themselves
			t.Errorf("%s shows an agent how others sign in", path)
		}
		if p := owner.Get(path); strings.Contains(p.Body, "Not shown") {
			t.Errorf("%s hides it from an owner", path)
		}
	}
}
