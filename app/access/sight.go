package access

// Sees tells whether a may see the personal data of a record: numbers and
// addresses in full, and what was written. Names are shown to everybody who may
// see the record at all.
func Sees(a Actor, owner string) bool { return May(a, PersonalSee, Object{Owner: owner}) }
