package access

import (
	"context"
	"errors"
	"slices"

	"stead/app/errs"
	"stead/store"
)

// The parts of a list by whose the records are, as they stand in an address.
// Whole is the list itself.
const (
	Whole = ""
	Mine  = "mine"
	Mates = "team" // of the same team
	Free  = "free" // nobody's
)

// Part is a part of the scope of p: never more than that.
func Part(a Actor, p Permission, whose string) store.Scope {
	reach := a.May[p]
	switch {
	case a.Nobody() || reach == 0:
		return store.Scope{}
	case whose == Mine:
		return store.OwnedBy(a.ID)
	case whose == Mates && reach > Own:
		return store.OwnedBy(append([]string{a.ID}, a.Mates...)...)
	case whose == Free && reach > Own:
		return store.OwnedBy().OrFree()
	case whose == Free:
		return store.Scope{}
	}
	return Scope(a, p)
}

// People are those of the business who may sign in, and those who once could.
type People []store.User

// Active lists those who may sign in.
func (p People) Active() People {
	var out People
	for _, u := range p {
		if u.DisabledAt == 0 && u.RemovedAt == 0 {
			out = append(out, u)
		}
	}
	return out
}

// Former is what somebody is called who is no longer here, and whose name is gone.
const Former = "Former colleague"

// Name is what somebody is called; Former when nobody knows any more, and "" for
// no id.
func (p People) Name(id string) string {
	if id == "" {
		return ""
	}
	for _, u := range p {
		if u.ID == id && u.Name != "" {
			return u.Name
		}
	}
	return Former
}

// Several tells that there is somebody to share work with.
func (p People) Several() bool { return len(p.Active()) > 1 }

// Holders lists those to whom a record can be given: who may sign in and, with
// need, could then see it.
func (p People) Holders(ctx context.Context, r *store.Reader, need Permission) (People, error) {
	known := map[string]bool{}
	var out People
	for _, u := range p.Active() {
		may, ok := known[u.Role]
		if !ok {
			role, err := RoleOf(ctx, r, u.Role)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, err
			}
			may = role.May[need] != 0
			known[u.Role] = may
		}
		if may {
			out = append(out, u)
		}
	}
	return out, nil
}

// PartOf is a part of a list, as it is offered.
type PartOf struct{ Whose, Label string }

// Parts are the parts of a list that an actor can ask for: none when that would
// tell them nothing, because nobody shares the work or they see their own alone.
func (p People) Parts(a Actor, need Permission) []PartOf {
	if !p.Several() || a.May[need] <= Own {
		return nil
	}
	out := []PartOf{{Whole, "All"}, {Mine, "Mine"}, {Free, "Unassigned"}}
	for _, u := range p.Active() { // the team is worth a part of its own when it is not everybody
		if a.May[need] == All && len(a.Mates) > 1 && !slices.Contains(a.Mates, u.ID) {
			return append(out, PartOf{Mates, "Team"})
		}
	}
	return out
}

// MayHold is nil when a record that need shows can be given to a user. Else it
// is errs.Invalid with a sentence: the user has gone, or could not see it.
func MayHold(ctx context.Context, r *store.Reader, userID string, need Permission) error {
	u, err := r.User(ctx, userID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	problem := "This colleague is no longer here. Nothing was changed: choose somebody else."
	if err == nil && u.DisabledAt == 0 && u.RemovedAt == 0 {
		holders, err := People{u}.Holders(ctx, r, need)
		if err != nil || len(holders) == 1 {
			return err
		}
		problem = "This colleague's role does not show this. Nothing was changed: choose somebody else."
	}
	return &errs.Error{Kind: errs.Invalid, Code: "holder", Message: problem, Fields: map[string]string{"to": problem}}
}
