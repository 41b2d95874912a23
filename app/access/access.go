// Package access says who is acting and what they may do: permissions, their
// reach, roles. What a record holds and how anyone signs in is not known here.
package access

import (
	"slices"

	"stead/app/errs"
	"stead/store"
)

// Reach says whose records a permission covers. The zero value covers none; a
// higher one covers all that a lower one does.
type Reach int

// Own covers what the actor owns; Team also what colleagues of the same team
// own, and what nobody does; All everything.
const (
	Own Reach = iota + 1
	Team
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
	ID    string
	Kind  Kind
	Role  string
	May   map[Permission]Reach
	Mates []string // users of the same team, the actor among them
}

// Owner is the person who runs the business: everything is within reach.
func Owner(userID string) Actor {
	return Actor{ID: userID, Kind: User, Role: RoleOwner, May: everything(), Mates: []string{userID}}
}

// System is a part of the product that acts by itself, named for the audit.
func System(name string) Actor {
	return Actor{ID: string(Machine) + ":" + name, Kind: Machine, May: everything()}
}

// Operator is whoever may run commands on the machine.
func Operator() Actor { return Actor{ID: string(Terminal), Kind: Terminal, May: everything()} }

func everything() map[Permission]Reach {
	may := make(map[Permission]Reach, len(rights)+1)
	for _, r := range rights {
		may[r.Permission] = All
	}
	may[DemoRun] = All
	return may
}

// Nobody tells whether a is nobody.
func (a Actor) Nobody() bool { return a.ID == "" }

// Has tells whether a may do p to anything at all: what a page offers.
func (a Actor) Has(p Permission) bool { return !a.Nobody() && a.May[p] != 0 }

// Object is what an action touches. Owner is the user whose record it is;
// empty: nobody's.
type Object struct{ Owner string }

// Allow returns nil if the actor may do p to o, and an *errs.Error otherwise. A
// record out of reach is NotFound, so that nobody learns that it is there.
func Allow(a Actor, p Permission, o Object) error {
	if a.Nobody() {
		return &errs.Error{Kind: errs.Denied, Message: "Sign in first."}
	}
	switch reach := a.May[p]; {
	case reach == 0:
		return &errs.Error{Kind: errs.Denied, Message: "Your role does not allow that."}
	case reach == All, o.Owner == a.ID, reach == Team && (o.Owner == "" || slices.Contains(a.Mates, o.Owner)):
		return nil
	}
	return &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
}

// May tells whether Allow would return nil: for what a page shows or hides.
func May(a Actor, p Permission, o Object) bool { return Allow(a, p, o) == nil }

// Covers tells whether a may hand role out, or take it from somebody: each of
// its permissions is within a's own reach. What runs a demonstration concerns
// nobody's records and is not asked for.
func Covers(a Actor, role Role) bool {
	if a.Nobody() {
		return false
	}
	for p, reach := range role.May {
		if p != DemoRun && reach > a.May[p] {
			return false
		}
	}
	return true
}

// Narrow tells whether a right of a's stops short of somebody's records: whoever
// has such a one would widen it by changing who works in which team.
func Narrow(a Actor) bool {
	for _, r := range rights {
		if reach := a.May[r.Permission]; r.Scoped && reach != 0 && reach != All {
			return true
		}
	}
	return false
}

// Scope is the reach of a permission as a list query takes it: a row is in it
// exactly when Allow would allow p to its owner's record.
func Scope(a Actor, p Permission) store.Scope {
	if a.Nobody() {
		return store.Scope{}
	}
	switch a.May[p] {
	case All:
		return store.Everything
	case Team:
		return store.OwnedBy(append([]string{a.ID}, a.Mates...)...).OrFree()
	case Own:
		return store.OwnedBy(a.ID)
	}
	return store.Scope{}
}
