package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"stead/store"
)

// The product's own roles. A role of the business has the id of its row.
const (
	RoleOwner   = "owner"
	RoleAdmin   = "admin"
	RoleManager = "manager"
	RoleAgent   = "agent"
	RoleViewer  = "viewer"
	RolePrivacy = "privacy"
)

// Role is a named set of permissions.
type Role struct {
	ID, Name, About string
	Own             bool // the product's own: it does not change
	May             map[Permission]Reach
}

// OwnRoles lists the product's own roles, the mightiest first.
func OwnRoles() []Role {
	return []Role{
		{RoleOwner, "Owner", "Everything, and the only one who can close the business.", true, everything()},
		{RoleAdmin, "Admin", "Everything but closing the business and changing owners.", true, admin()},
		{RoleManager, "Manager", "Sees and assigns all work; exports the team's.", true, manager()},
		{RoleAgent, "Agent", "Works on the team's contacts and conversations, and on what nobody has taken.", true, agent()},
		{RoleViewer, "Viewer", "Looks on: an outside bookkeeper, say. Sees no personal data.", true, viewer()},
		{RolePrivacy, "Privacy officer", "Answers people about their data: sees everything, exports, erases, audits. Sends nothing.", true, officer()},
	}
}

func admin() map[Permission]Reach {
	may := everything()
	delete(may, BusinessClose)
	delete(may, MailRoute)
	return may
}

func manager() map[Permission]Reach {
	return map[Permission]Reach{
		ContactsRead: All, ContactsWrite: All, ContactsAssign: All, ContactsDelete: All, ContactsExport: Team, ContactsImport: All,
		DealsRead: All, DealsWrite: All, DealsAssign: All, DealsDelete: All, DealsExport: Team, ReportsRead: All, ProductsWrite: All, LeadsRead: All, LeadsWrite: All,
		InboxRead: All, InboxWrite: All, InboxAssign: All,
		SendSMS: All, TasksWrite: All, PersonalSee: All, MoneySee: All, PrivacyExport: Team, ActivityRead: Team,
		TeamRead: All, SettingsRead: All, DemoRun: All,
	}
}

func agent() map[Permission]Reach {
	return map[Permission]Reach{
		ContactsRead: Team, ContactsWrite: Team, ContactsAssign: Team, ContactsDelete: Team, DealsRead: Team, DealsWrite: Team, DealsAssign: Team, DealsDelete: Team, ReportsRead: Team, InboxRead: Team, InboxWrite: Team, InboxAssign: Team,
		SendSMS: Team, TasksWrite: Team, PersonalSee: Team, MoneySee: Own, ActivityRead: Own, TeamRead: All, DemoRun: All,
	}
}

func viewer() map[Permission]Reach {
	return map[Permission]Reach{ContactsRead: All, DealsRead: All, ReportsRead: All, MoneySee: All, ActivityRead: Own}
}

func officer() map[Permission]Reach {
	return map[Permission]Reach{
		ContactsRead: All, DealsRead: All, LeadsRead: All, InboxRead: All, PersonalSee: All, MoneySee: All, PrivacyRead: All, PrivacyExport: All, PrivacyErase: All,
		AuditRead: All, AuditExport: All, ActivityRead: All, TeamRead: All, SettingsRead: All,
	}
}

// RoleOf returns a role by its id: one of the product's own, or one of the
// business. It is store.ErrNotFound when there is none.
func RoleOf(ctx context.Context, r *store.Reader, id string) (Role, error) {
	for _, role := range OwnRoles() {
		if role.ID == id {
			return role, nil
		}
	}
	row, err := r.Role(ctx, id)
	if err != nil {
		return Role{}, err
	}
	may, err := ParseGrants(row.Grants)
	return Role{ID: row.ID, Name: row.Name, May: may}, err
}

// Roles lists every role there is: the product's own, then those of the business.
func Roles(ctx context.Context, r *store.Reader) ([]Role, error) {
	rows, err := r.Roles(ctx)
	if err != nil {
		return nil, err
	}
	out := OwnRoles()
	for _, row := range rows {
		may, err := ParseGrants(row.Grants)
		if err != nil {
			return nil, err
		}
		out = append(out, Role{ID: row.ID, Name: row.Name, May: may})
	}
	return out, nil
}

// For returns the actor that a user is. A role that is gone allows nothing.
func For(ctx context.Context, r *store.Reader, u store.User) (Actor, error) {
	role, err := RoleOf(ctx, r, u.Role)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Actor{}, err
	}
	mates, err := r.Mates(ctx, u.TeamID)
	return Actor{ID: u.ID, Kind: User, Role: u.Role, May: role.May, Mates: mates}, err
}

var reachNames = map[Reach]string{Own: "own", Team: "team", All: "all"}

// Name is how a reach is written down: own, team, all, or "" for none.
func (r Reach) Name() string { return reachNames[r] }

// ReachNamed is the reverse of Name; 0 for any other text.
func ReachNamed(name string) Reach {
	for r, n := range reachNames {
		if n == name {
			return r
		}
	}
	return 0
}

// FormatGrants writes permissions down as a row of roles holds them.
func FormatGrants(may map[Permission]Reach) string {
	out := map[Permission]string{}
	for p, r := range may {
		if r != 0 {
			out[p] = r.Name()
		}
	}
	text, err := json.Marshal(out)
	if err != nil {
		panic("access: texts cannot be written down") // they always can
	}
	return string(text)
}

// ParseGrants reads what FormatGrants wrote. A permission that this version
// does not know, or that is not given away by roles, grants nothing.
func ParseGrants(text string) (map[Permission]Reach, error) {
	var in map[Permission]string
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		return nil, fmt.Errorf("access: grants: %w", err)
	}
	may := map[Permission]Reach{}
	for _, right := range rights {
		reach := ReachNamed(in[right.Permission])
		if reach != 0 && !right.Scoped {
			reach = All
		}
		if reach != 0 && !OwnersOnly(right.Permission) {
			may[right.Permission] = reach
		}
	}
	return may, nil
}
