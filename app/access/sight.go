package access

import "stead/app/errs"

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
