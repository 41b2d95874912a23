package roles_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/roles"
	"stead/store"
)

type may = map[access.Permission]string

func TestWhoMayMakeWhichRole(t *testing.T) {
	closed := access.Actor{ID: "c", Kind: access.User, Role: "r", May: map[access.Permission]access.Reach{
		access.TeamRead: access.All, access.RolesWrite: access.All, access.ContactsRead: access.Team,
	}}
	for name, tt := range map[string]struct {
		actor access.Actor
		in    roles.Draft
		want  errs.Kind
		field string // "-": made
	}{
		"an owner makes a role":                  {access.Owner("u1"), roles.Draft{Name: "Front desk", Grants: may{access.ContactsRead: "team"}}, 0, "-"},
		"a name that looks like HTML is fine":    {access.Owner("u1"), roles.Draft{Name: `<b>"Desk" & Co</b>`, Grants: may{access.ContactsRead: "own"}}, 0, "-"},
		"sixty characters are fine":              {access.Owner("u1"), roles.Draft{Name: strings.Repeat("é", 60), Grants: may{access.ContactsRead: "all"}}, 0, "-"},
		"an admin makes a role":                  {as(access.RoleAdmin), roles.Draft{Name: "Desk", Grants: may{access.ContactsRead: "all"}}, 0, "-"},
		"a manager makes none":                   {as(access.RoleManager), roles.Draft{Name: "Desk", Grants: may{access.ContactsRead: "own"}}, errs.Denied, ""},
		"nobody makes none":                      {access.Actor{}, roles.Draft{Name: "Desk", Grants: may{access.ContactsRead: "own"}}, errs.Denied, ""},
		"no name":                                {access.Owner("u1"), roles.Draft{Name: " \t ", Grants: may{access.ContactsRead: "own"}}, errs.Invalid, "name"},
		"a name too long":                        {access.Owner("u1"), roles.Draft{Name: strings.Repeat("x", 61), Grants: may{access.ContactsRead: "own"}}, errs.Invalid, "name"},
		"a name that turns what follows":         {access.Owner("u1"), roles.Draft{Name: "Desk\u202exyz", Grants: may{access.ContactsRead: "own"}}, errs.Invalid, "name"},
		"a name that is no text":                 {access.Owner("u1"), roles.Draft{Name: "Desk\xff", Grants: may{access.ContactsRead: "own"}}, errs.Invalid, "name"},
		"a name of the product's own":            {access.Owner("u1"), roles.Draft{Name: "OWNER", Grants: may{access.ContactsRead: "own"}}, errs.Invalid, "name"},
		"a name that is taken":                   {access.Owner("u1"), roles.Draft{Name: "caché", Grants: may{access.ContactsRead: "own"}}, errs.Invalid, "name"},
		"no right at all":                        {access.Owner("u1"), roles.Draft{Name: "Idle"}, errs.Invalid, "may-contacts-read"},
		"a reach that does not exist":            {access.Owner("u1"), roles.Draft{Name: "Desk", Grants: may{access.ContactsRead: "everything"}}, errs.Invalid, "may-contacts-read"},
		"half of what is had or not":             {access.Owner("u1"), roles.Draft{Name: "Desk", Grants: may{access.TeamRead: "own"}}, errs.Invalid, "may-team-read"},
		"more reach than one has":                {closed, roles.Draft{Name: "Desk", Grants: may{access.ContactsRead: "all"}}, errs.Invalid, "may-contacts-read"},
		"a right that one has not":               {closed, roles.Draft{Name: "Desk", Grants: may{access.AuditRead: "all"}}, errs.Invalid, "may-audit-read"},
		"as much as one has":                     {closed, roles.Draft{Name: "Desk", Grants: may{access.ContactsRead: "team"}}, 0, "-"},
		"changing what may not be looked at":     {access.Owner("u1"), roles.Draft{Name: "Desk", Grants: may{access.InboxRead: "own", access.SendSMS: "team"}}, errs.Invalid, "may-send-sms"},
		"changing roles without seeing the team": {access.Owner("u1"), roles.Draft{Name: "Desk", Grants: may{access.RolesWrite: "all"}}, errs.Invalid, "may-roles-write"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			k.role("Caché", may{access.ContactsRead: "own"})
			before := k.audited()
			id, err := k.Create(t.Context(), k.hired(tt.actor), tt.in, "")
			if tt.field == "-" {
				if err != nil || k.acts(id) != roles.EventCreated || k.audited() != before+1 {
					t.Fatalf("%v; events %q, %d entries", err, k.acts(id), k.audited()-before)
				}
				return
			}
			if errs.KindOf(err) != tt.want || err == nil || tt.field != "" && errs.Fields(err)[tt.field] == "" {
				t.Errorf("got %v with %v, want %v at %q", err, errs.Fields(err), tt.want, tt.field)
			}
			if k.audited() != before {
				t.Error("something was done")
			}
		})
	}
}

// A role of the business never closes the business, nor chooses how mail leaves,
// whatever is sent.
func TestNoRoleOfTheBusinessHoldsWhatOwnersAloneMay(t *testing.T) {
	k := newKit(t)
	id := k.role("Closer", may{access.ContactsRead: "all", access.BusinessClose: "all", access.MailRoute: "all", access.DemoRun: "all", "planets.read": "all"})
	role, err := access.RoleOf(t.Context(), &k.store.Reader, id)
	if want := map[access.Permission]access.Reach{access.ContactsRead: access.All}; err != nil || !maps.Equal(role.May, want) {
		t.Errorf("it may %v, %v", role.May, err)
	}
}

func TestTheSameFormMakesOneRole(t *testing.T) {
	k := newKit(t)
	in := roles.Draft{Name: "Desk", Grants: may{access.ContactsRead: "own"}}
	one, err := k.Create(t.Context(), k.actor, in, "0193b000-0000-7000-8000-0000000000aa")
	two, again := k.Create(t.Context(), k.actor, in, "0193b000-0000-7000-8000-0000000000aa")
	if err != nil || again != nil || one != two {
		t.Errorf("%s %v, %s %v", one, err, two, again)
	}
}

func TestWhoMayChangeWhichRole(t *testing.T) {
	small := access.Actor{ID: "s", Kind: access.User, Role: "other", May: map[access.Permission]access.Reach{
		access.TeamRead: access.All, access.RolesWrite: access.All, access.ContactsRead: access.Own,
	}}
	for name, tt := range map[string]struct {
		actor access.Actor
		id    string // "": the role of the business
		want  errs.Kind
		ok    bool
	}{
		"an owner changes a role":                 {access.Owner("u1"), "", 0, true},
		"an admin changes a role":                 {as(access.RoleAdmin), "", 0, true},
		"a manager does not":                      {as(access.RoleManager), "", errs.Denied, false},
		"whoever may less does not":               {small, "", errs.Denied, false},
		"the product's own do not change":         {access.Owner("u1"), access.RoleViewer, errs.Denied, false},
		"a role that is not there is not changed": {access.Owner("u1"), "0193b000-0000-7000-8000-000000000000", errs.NotFound, false},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			id := k.role("Desk", may{access.ContactsRead: "team"})
			if tt.id != "" {
				id = tt.id
			}
			err := k.Change(t.Context(), k.hired(tt.actor), id, 1, roles.Draft{Name: "Desk 2", Grants: may{access.ContactsRead: "own"}})
			gone := k.Delete(t.Context(), tt.actor, id)
			if (err == nil) != tt.ok || (gone == nil) != tt.ok {
				t.Fatalf("change %v, delete %v", err, gone)
			}
			if err != nil && (errs.KindOf(err) != tt.want || errs.KindOf(gone) != tt.want) {
				t.Errorf("change %v, delete %v, want %v", err, gone, tt.want)
			}
			if tt.ok && k.acts(id) != "role.created role.changed role.deleted" {
				t.Errorf("events %q", k.acts(id))
			}
		})
	}
}

func TestNobodyChangesTheirOwnRole(t *testing.T) {
	k := newKit(t)
	id := k.role("Deputy", may{access.TeamRead: "all", access.RolesWrite: "all"})
	role, err := access.RoleOf(t.Context(), &k.store.Reader, id)
	if err != nil {
		t.Fatal(err)
	}
	deputy := access.Actor{ID: "d", Kind: access.User, Role: id, May: role.May}
	err = k.Change(t.Context(), k.hired(deputy), id, 1, roles.Draft{Name: "Deputy", Grants: may{access.TeamRead: "all"}})
	if errs.KindOf(err) != errs.Denied {
		t.Errorf("got %v", err)
	}
}

func TestOfTwoEditorsTheSecondIsTold(t *testing.T) {
	k := newKit(t)
	id := k.role("Desk", may{access.ContactsRead: "team"})
	first := k.Change(t.Context(), k.actor, id, 1, roles.Draft{Name: "Desk", Grants: may{access.ContactsRead: "own"}})
	second := k.Change(t.Context(), k.actor, id, 1, roles.Draft{Name: "Desk", Grants: may{access.ContactsRead: "all"}})
	if first != nil || errs.KindOf(second) != errs.Conflict || errs.CodeOf(second) != roles.CodeChanged {
		t.Errorf("first %v, second %v", first, second)
	}
	if role, err := access.RoleOf(t.Context(), &k.store.Reader, id); err != nil || role.May[access.ContactsRead] != access.Own {
		t.Errorf("it may %v, %v", role.May, err)
	}
}

func TestARoleThatSomebodyHasStays(t *testing.T) {
	for name, hold := range map[string]func(k *kit, role string) error{
		"a colleague": func(k *kit, role string) error { k.user("u2", "Ben", role, ""); return nil },
		"an invitation": func(k *kit, role string) error {
			return k.store.InTx(k.t.Context(), func(tx *store.Tx) error {
				return tx.InsertInvitation(k.t.Context(), store.Invitation{ID: "i", Name: "Ben", Email: "b@x", EmailKey: "b@x", Role: role, InvitedBy: "u1", CreatedAt: 1, ExpiresAt: 2})
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			id := k.role("Desk", may{access.ContactsRead: "team"})
			if err := hold(k, id); err != nil {
				t.Fatal(err)
			}
			if err := k.Delete(t.Context(), k.actor, id); errs.CodeOf(err) != roles.CodeHeld || errs.KindOf(err) != errs.Conflict {
				t.Fatalf("got %v", err)
			}
			if _, err := k.store.Role(t.Context(), id); err != nil {
				t.Error(err)
			}
			status, body := k.send("POST", "/settings/roles/"+id+"/deletion", map[string][]string{})
			if status != 409 || !strings.Contains(body, "Ben") {
				t.Errorf("the page answers %d and does not name Ben", status)
			}
		})
	}
}

func TestSecondFactorPerRole(t *testing.T) {
	k := newKit(t)
	id := k.role("Desk", may{access.ContactsRead: "team"})
	require := func(actor access.Actor, offered, required string) error {
		return k.RequireSecondFactor(t.Context(), actor, strings.Fields(offered), strings.Fields(required))
	}
	check := func(want string) {
		t.Helper()
		got, err := k.store.SecondFactorRoles(t.Context())
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("needed by %v, want %q (%v)", got, want, err)
		}
	}
	if err := require(access.Owner("u1"), "owner admin "+id, "owner "+id); err != nil {
		t.Fatal(err)
	}
	check("owner " + id)
	if got := k.acts("owner") + k.acts("admin"); got != roles.EventSecondFactor {
		t.Errorf("events %q; want one, for the role that changed", got)
	}
	if err := require(k.hired(as(access.RoleAdmin)), "owner", ""); errs.KindOf(err) != errs.Denied {
		t.Errorf("an admin frees owners: %v", err)
	}
	if err := require(as(access.RoleManager), "viewer", "viewer"); errs.KindOf(err) != errs.Denied {
		t.Errorf("a manager changes it: %v", err)
	}
	if err := require(as(access.RoleAdmin), "admin", "admin owner"); err != nil { // what was not offered stays
		t.Error(err)
	}
	check("owner " + id + " admin")
	for _, of := range []string{"admin", id} { // their own role, and a lesser one
		if err := require(as(access.RoleAdmin), of, ""); errs.KindOf(err) != errs.Denied {
			t.Errorf("an admin frees %s: %v", of, err)
		}
	}
	check("owner " + id + " admin")
	if err := errors.Join(require(access.Owner("u1"), "admin", ""), require(access.Owner("u1"), "admin", "admin")); err != nil {
		t.Error(err)
	}
	if got, want := k.acts("admin"), "role.second_factor role.second_factor_off role.second_factor"; got != want {
		t.Errorf("of admins happened %q, want %q", got, want)
	}
	if err := require(access.Owner("u1"), "ghost", "ghost"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a role that is not there: %v", err)
	}
	if err := k.Delete(t.Context(), k.actor, id); err != nil {
		t.Fatal(err)
	}
	check("owner admin")
}

func TestTeams(t *testing.T) {
	k := newKit(t)
	ctx, owner := t.Context(), access.Owner("u1")
	north, err := k.CreateTeam(ctx, owner, "  North   shop ", "")
	if err != nil {
		t.Fatal(err)
	}
	k.user("u2", "Ben", access.RoleAgent, north)
	for name, tt := range map[string]struct {
		err  error
		want errs.Kind
	}{
		"a name that is taken":      {second(k.CreateTeam(ctx, owner, "NORTH shop", "")), errs.Invalid},
		"a name too long":           {second(k.CreateTeam(ctx, owner, strings.Repeat("x", 61), "")), errs.Invalid},
		"without the right":         {second(k.CreateTeam(ctx, as(access.RoleManager), "South", "")), errs.Denied},
		"renaming without it":       {k.RenameTeam(ctx, as(access.RoleAgent), north, "North shop", "South"), errs.Denied},
		"deleting without it":       {k.DeleteTeam(ctx, as(access.RolePrivacy), north), errs.Denied},
		"a team that is not there":  {k.RenameTeam(ctx, owner, "ghost", "", "South"), errs.NotFound},
		"deleting none":             {k.DeleteTeam(ctx, owner, "ghost"), errs.NotFound},
		"renaming what was renamed": {k.RenameTeam(ctx, owner, north, "Norte", "South"), errs.Conflict},
	} {
		if tt.err == nil || errs.KindOf(tt.err) != tt.want {
			t.Errorf("%s: %v, want %v", name, tt.err, tt.want)
		}
	}
	if err := k.RenameTeam(ctx, owner, north, "North shop", "<i>North</i>"); err != nil {
		t.Fatal(err)
	}
	teams, err := k.Teams(ctx, as(access.RoleAgent))
	if err != nil || len(teams) != 1 || teams[0].Name != "<i>North</i>" || strings.Join(teams[0].People, " ") != "Ben" {
		t.Errorf("teams %+v, %v", teams, err)
	}
	if err := k.DeleteTeam(ctx, owner, north); err != nil {
		t.Fatal(err)
	}
	if u, err := k.store.User(ctx, "u2"); err != nil || u.TeamID != "" {
		t.Errorf("Ben is in %q, %v", u.TeamID, err)
	}
	if got := k.acts(north); got != "team.created team.renamed team.deleted" {
		t.Errorf("events %q", got)
	}
}

func second[T any](_ T, err error) error { return err }

func TestATeamIsDeletedByWhomNoTeamLimits(t *testing.T) {
	k := newKit(t)
	id, err := k.CreateTeam(t.Context(), k.actor, "North", "")
	if err != nil {
		t.Fatal(err)
	}
	narrow := as(access.RoleAdmin)
	narrow.May = maps.Clone(narrow.May)
	narrow.May[access.ContactsRead] = access.Team
	if err := k.DeleteTeam(t.Context(), narrow, id); errs.KindOf(err) != errs.Denied {
		t.Errorf("somebody of one team: %v", err)
	}
	if err := k.DeleteTeam(t.Context(), k.hired(as(access.RoleAdmin)), id); err != nil {
		t.Errorf("an admin: %v", err)
	}
}

// Who was made an agent, or removed, while their request was on its way changes
// nothing by the rights of before.
func TestRightsAreThoseOfNow(t *testing.T) {
	k := newKit(t)
	desk := k.role("Desk", may{access.ContactsRead: "own"})
	north, err := k.CreateTeam(t.Context(), k.actor, "North", "")
	if err != nil {
		t.Fatal(err)
	}
	was := access.Owner("u2")
	k.user("u2", "Ben", access.RoleAgent, "")
	gone := access.Owner("u3")
	k.user("u3", "Cy", access.RoleOwner, "")
	err = k.store.InTx(t.Context(), func(tx *store.Tx) error { return tx.RemoveUser(t.Context(), "u3", false, 2) })
	if err != nil {
		t.Fatal(err)
	}
	ctx, in, before := t.Context(), roles.Draft{Name: "Mine", Grants: may{access.ContactsRead: "own"}}, k.audited()
	for actor, want := range map[*access.Actor]errs.Kind{&was: errs.Denied, &gone: errs.Conflict} {
		for name, err := range map[string]error{
			"making a role":      second(k.Create(ctx, *actor, in, "")),
			"changing one":       k.Change(ctx, *actor, desk, 1, in),
			"deleting one":       k.Delete(ctx, *actor, desk),
			"a second factor":    k.RequireSecondFactor(ctx, *actor, []string{desk}, []string{desk}),
			"making a team":      second(k.CreateTeam(ctx, *actor, "South", "")),
			"renaming a team":    k.RenameTeam(ctx, *actor, north, "North", "South"),
			"deleting the teams": k.DeleteTeam(ctx, *actor, north),
		} {
			if errs.KindOf(err) != want {
				t.Errorf("%s, %s: %v", actor.ID, name, err)
			}
		}
	}
	if k.audited() != before {
		t.Error("something was done")
	}
}
