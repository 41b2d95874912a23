package access

import (
	"context"

	"stead/app/errs"
	"stead/store"
)

// Sees tells whether a may see the personal data of a record: numbers and
// addresses in full, and what was written. Names are shown to everybody who may
// see the record at all.
func Sees(a Actor, owner string) bool { return May(a, PersonalSee, Object{Owner: owner}) }

// Gains tells whether a would see the personal data of somebody's record once it
// is a's own, and does not now.
func Gains(a Actor, owner string) bool { return !Sees(a, owner) && Sees(a, a.ID) }

// MayTake is nil when a may give somebody's record to a user as far as sight
// goes: nobody lifts the veil from a record by taking it. Else it is errs.Invalid
// with a sentence.
func MayTake(a Actor, owner, to string) error {
	if to != a.ID || !Gains(a, owner) {
		return nil
	}
	problem := "You would see personal data that your role does not show you now. Ask a colleague to assign it to you."
	return &errs.Error{Kind: errs.Invalid, Code: "holder", Message: problem, Fields: map[string]string{"to": problem}}
}

// MayAssign is nil when a may give a record of an owner to a user, who needs what
// shows it, or to nobody: an empty to. Else it is errs.Invalid with a sentence,
// see MayHold and MayTake.
func MayAssign(ctx context.Context, r *store.Reader, a Actor, owner, to string, need Permission) error {
	if to != "" {
		if err := MayHold(ctx, r, to, need); err != nil {
			return err
		}
	}
	return MayTake(a, owner, to)
}

// Along is what goes along of a record that was somebody's: nobody's and theirs,
// as far as p reaches.
func Along(a Actor, p Permission, from string) store.Scope {
	var of store.Scope
	if May(a, p, Object{}) {
		of = of.OrFree()
	}
	if from != "" && May(a, p, Object{Owner: from}) {
		of = of.OrOf(from)
	}
	return of
}
