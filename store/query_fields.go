package store

import (
	"slices"
	"strings"
)

// The kinds of what can be asked of a field: they tell which operators it has.
const (
	AskText   = "text"
	AskNumber = "number" // also of a phone: its digits
	AskPick   = "pick"   // one of several
	AskFlag   = "flag"
	AskMoment = "moment"
	AskAnswer = "answer" // yes, no, or not said
	AskDay    = "day"
	AskPhone  = "phone"
)

// Asked is a field that can be asked about: of the product's, or of the
// business's own, which is then in Own.
type Asked struct {
	Key, Kind string
	Personal  bool // tells about the person: who does not see that neither filters nor sorts by it
	Sorts     bool // a list can be sorted by it
	Own       Field
}

// ownPrefix stands before the id of a field of the business's own.
const ownPrefix = "f."

// OwnKey is the key of a field of the business's own.
func OwnKey(id string) string { return ownPrefix + id }

var askedFields = []Asked{
	{Key: "name", Kind: AskText, Sorts: true},
	{Key: "phone", Kind: AskPhone, Personal: true},
	{Key: "email", Kind: AskText, Personal: true},
	{Key: "company", Kind: AskText, Sorts: true},
	{Key: "city", Kind: AskText, Personal: true},
	{Key: "country", Kind: AskPick, Personal: true},
	{Key: "tag", Kind: AskPick},
	{Key: "owner", Kind: AskPick},
	{Key: "source", Kind: AskPick},
	{Key: "language", Kind: AskPick},
	{Key: "basis", Kind: AskPick},
	{Key: "consent", Kind: AskPick},
	{Key: "do_not_call", Kind: AskFlag},
	{Key: "blocked", Kind: AskFlag},
	{Key: "restricted", Kind: AskFlag},
	{Key: "minor", Kind: AskFlag},
	{Key: "created", Kind: AskMoment, Sorts: true},
	{Key: "activity", Kind: AskMoment, Sorts: true},
	{Key: "task", Kind: AskFlag},
}

// The states of a consent that can be asked for.
const (
	ConsentGiven     = "given"
	ConsentWithdrawn = "withdrawn"
	ConsentNone      = "none"
)

// AskedFields lists what can be asked of a contact: what the product knows of
// everybody, and the fields of the business's own.
func AskedFields(own []Field) []Asked {
	out := slices.Clone(askedFields)
	for _, f := range own {
		out = append(out, ofOwn(f))
	}
	return out
}

func ofOwn(f Field) Asked {
	a := Asked{Key: ownPrefix + f.ID, Kind: AskText, Personal: f.Personal, Own: f}
	switch f.Kind {
	case "number", "money":
		a.Kind, a.Sorts = AskNumber, true
	case "date":
		a.Kind, a.Sorts = AskDay, true
	case "choice":
		a.Kind = AskPick
	case "yesno":
		a.Kind = AskAnswer
	}
	return a
}

// AskedBy finds the field of a key among those of the product and the given
// ones of the business.
func AskedBy(key string, own []Field) (Asked, bool) {
	if id, ok := strings.CutPrefix(key, ownPrefix); ok {
		at := slices.IndexFunc(own, func(f Field) bool { return f.ID == id })
		if at < 0 {
			return Asked{}, false
		}
		return ofOwn(own[at]), true
	}
	at := slices.IndexFunc(askedFields, func(a Asked) bool { return a.Key == key })
	if at < 0 {
		return Asked{}, false
	}
	return askedFields[at], true
}

var opsOf = map[string][]string{
	AskText:   {OpHas, OpBegins, OpIs, OpNot, OpEmpty, OpFilled},
	AskPhone:  {OpHas, OpIs, OpNot, OpEmpty, OpFilled},
	AskNumber: {OpIs, OpLeast, OpMost, OpEmpty, OpFilled},
	AskPick:   {OpAny, OpNone, OpEmpty, OpFilled},
	AskFlag:   {OpYes, OpNo},
	AskAnswer: {OpYes, OpNo, OpEmpty, OpFilled},
	AskMoment: {OpWithin, OpBefore, OpAfter, OpIs},
	AskDay:    {OpWithin, OpBefore, OpAfter, OpIs, OpEmpty, OpFilled},
}

// Ops lists the operators that a field has, the usual one first.
func (a Asked) Ops() []string {
	ops := opsOf[a.Kind]
	switch a.Key {
	case "source", "consent": // everybody has one
		return ops[:2]
	}
	return ops
}

// Takes tells whether an operator compares with a value.
func Takes(op string) bool {
	switch op {
	case OpEmpty, OpFilled, OpYes, OpNo:
		return false
	}
	return true
}

// asksOwn tells whether any part of a question is about a field of the
// business's own.
func (q Question) asksOwn() bool {
	return strings.HasPrefix(strings.TrimPrefix(q.Sort, "-"), ownPrefix) ||
		slices.ContainsFunc(q.Conditions, func(c Condition) bool { return strings.HasPrefix(c.Field, ownPrefix) })
}
