package roles

import (
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/naming"
	"stead/store"
)

// Draft is a role as somebody typed it: Grants holds the names of reaches by
// permission, "" for none.
type Draft struct {
	Name   string
	Grants map[access.Permission]string
}

// draftOf is what a role holds, as a form shows it.
func draftOf(role access.Role) Draft {
	d := Draft{Name: role.Name, Grants: map[access.Permission]string{}}
	for p, reach := range role.May {
		d.Grants[p] = reach.Name()
	}
	return d
}

// grantable are the rights that a role of the business may hold.
func grantable() []access.Right {
	var out []access.Right
	for _, right := range access.Rights() {
		if !access.OwnersOnly(right.Permission) {
			out = append(out, right)
		}
	}
	return out
}

// needsToSee are rights that act on what another right shows: they reach no
// farther than it does, or somebody would change what they may not look at.
var needsToSee = map[access.Permission]access.Permission{
	access.ContactsWrite: access.ContactsRead, access.ContactsAssign: access.ContactsRead,
	access.InboxWrite: access.InboxRead, access.InboxAssign: access.InboxRead, access.SendSMS: access.InboxRead,
	access.AuditExport: access.AuditRead, access.TeamWrite: access.TeamRead, access.RolesWrite: access.TeamRead,
	access.SettingsWrite: access.SettingsRead, access.ChannelsWrite: access.SettingsRead,
	access.PrivacyErase: access.PrivacyRead,
}

// read returns the role that was typed, if the actor may hand it out.
func (d Draft) read(actor access.Actor) (store.Role, error) {
	fields := map[string]string{}
	name, problem := naming.Read(d.Name)
	if problem == "" && isOwn(name) {
		problem = "Stead has a role of this name already."
	}
	if problem != "" {
		fields["name"] = problem
	}
	may := d.may(actor, fields)
	if len(may) == 0 && len(fields) == 0 {
		fields[field(grantable()[0].Permission)] = "Choose at least one right."
	}
	return store.Role{Name: name, NameKey: store.Fold(name), Grants: access.FormatGrants(may)}, errs.Form(fields)
}

func (d Draft) may(actor access.Actor, fields map[string]string) map[access.Permission]access.Reach {
	may := map[access.Permission]access.Reach{}
	for _, right := range grantable() {
		typed := d.Grants[right.Permission]
		reach := access.ReachNamed(typed)
		switch {
		case typed == "":
			continue
		case reach == 0, !right.Scoped && reach != access.All:
			fields[field(right.Permission)] = "Choose one of the list."
		case reach > actor.May[right.Permission]:
			fields[field(right.Permission)] = "You cannot give more than you have yourself."
		}
		may[right.Permission] = reach
	}
	for p, seen := range needsToSee {
		if reach := may[p]; fields[field(p)] == "" && reach != 0 && may[seen] != access.All && may[seen] < reach {
			fields[field(p)] = "This reaches farther than what the role may see: see “" + label(seen) + "”."
		}
	}
	return may
}

func isOwn(name string) bool {
	for _, role := range access.OwnRoles() {
		if store.Fold(role.Name) == store.Fold(name) {
			return true
		}
	}
	return false
}

// field is the name of the form field of a right.
func field(p access.Permission) string { return "may-" + strings.ReplaceAll(string(p), ".", "-") }

// label is a right in words.
func label(p access.Permission) string {
	for _, right := range access.Rights() {
		if right.Permission == p {
			return right.Label
		}
	}
	if p == access.DemoRun {
		return "Play customers in a demonstration"
	}
	return string(p)
}
