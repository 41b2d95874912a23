// Package access says who is acting and what they may do. What a record holds
// and how anyone signs in is not known here.
package access

import "stead/app/errs"

// Permission is one thing a role may allow.
type Permission string

// The permissions.
const (
	ContactsRead  Permission = "contacts.read"
	ContactsWrite Permission = "contacts.write"
	InboxRead     Permission = "inbox.read"
	InboxWrite    Permission = "inbox.write"
	TasksWrite    Permission = "tasks.write"
	SettingsRead  Permission = "settings.read"
	SettingsWrite Permission = "settings.write"
	PrivacyRead   Permission = "privacy.read"
	PrivacyErase  Permission = "privacy.erase"
	PrivacyExport Permission = "privacy.export"
	AuditRead     Permission = "audit.read"
	BackupRun     Permission = "backup.run"
	DemoRun       Permission = "demo.run"
)

var all = []Permission{
	ContactsRead, ContactsWrite, InboxRead, InboxWrite, TasksWrite, SettingsRead, SettingsWrite,
	PrivacyRead, PrivacyErase, PrivacyExport, AuditRead, BackupRun, DemoRun,
}

// Reach says whose records a permission covers. The zero value covers none.
type Reach int

// Own covers what the actor owns, All everything.
const (
	Own Reach = iota + 1
	All
)

// Kind says what sort of actor acts.
type Kind string

// The kinds of actor.
const (
	User     Kind = "user"     // a person who signed in
	Machine  Kind = "system"   // the product itself: jobs, webhooks, sweeps
	Terminal Kind = "operator" // a command on the machine that it runs on
)

// Actor is a person, the system itself, or the operator at the terminal. The
// zero Actor is nobody and may nothing.
type Actor struct {
	ID   string
	Kind Kind
	May  map[Permission]Reach
}

// Owner is the person who runs the business: everything is within reach.
func Owner(userID string) Actor { return Actor{ID: userID, Kind: User, May: everything()} }

// System is a part of the product that acts by itself, named for the audit.
func System(name string) Actor {
	return Actor{ID: string(Machine) + ":" + name, Kind: Machine, May: everything()}
}

// Operator is whoever may run commands on the machine.
func Operator() Actor { return Actor{ID: string(Terminal), Kind: Terminal, May: everything()} }

func everything() map[Permission]Reach {
	may := make(map[Permission]Reach, len(all))
	for _, p := range all {
		may[p] = All
	}
	return may
}

// Nobody tells whether a is nobody.
func (a Actor) Nobody() bool { return a.ID == "" }

// Object is what an action touches.
type Object struct{ Owner string }

// Allow returns nil if the actor may do p to o, and an *errs.Error otherwise. A
// record out of reach is NotFound, so that nobody learns that it is there.
func Allow(a Actor, p Permission, o Object) error {
	if a.Nobody() {
		return &errs.Error{Kind: errs.Denied, Message: "Sign in first."}
	}
	switch reach := a.May[p]; {
	case reach == All, reach == Own && o.Owner == a.ID:
		return nil
	case reach == Own:
		return &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
	}
	return &errs.Error{Kind: errs.Denied, Message: "You may not do that."}
}
