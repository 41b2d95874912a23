// Package gate decides whether a message may go out. It is pure: facts in,
// reason out; who gathers the facts and what becomes of a refusal is not known
// here, and nothing here reads a clock, a row or a setting.
package gate

import "time"

// Class says why a message is sent.
type Class string

// The classes. Any other value is treated as Marketing.
const (
	Reply     Class = "reply"     // answers what the person just did, text-back included
	Service   Class = "service"   // about something the person has bought or booked
	Marketing Class = "marketing" // everything else, greetings included
)

// Reason is why a message may not go out; empty means that it may.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	Go          Reason = ""
	Paused      Reason = "paused"
	Restricted  Reason = "restricted"
	Suppressed  Reason = "suppressed"
	Blocked     Reason = "blocked"
	OwnNumber   Reason = "own_number"
	Hidden      Reason = "hidden"
	Landline    Reason = "landline"
	Unreachable Reason = "unreachable"
	QuietHours  Reason = "quiet_hours"
	Cooldown    Reason = "cooldown"
	OpenThread  Reason = "open_thread"
	DailyCap    Reason = "daily_cap"
	Late        Reason = "late"
	Premium     Reason = "premium"
	Minor       Reason = "minor"
)

// lateAfter is when an automatic answer, after an outage say, would only puzzle.
const lateAfter = time.Hour

// Facts are what the decision rests on.
type Facts struct {
	Class              Class
	Automatic          bool // no person pressed a button
	Paused             bool // all sending is stopped
	Restricted         bool // the person asked that their data be left alone
	Suppressed         bool // the person said STOP
	Blocked            bool // the business wants nothing to do with the person
	Minor              bool // possibly a child
	OwnNumber          bool // the number is one of ours
	Hidden             bool // the caller's number was withheld
	PhoneState         string
	FixedLine          bool // by the numbering plan
	Premium            bool // texts to it cost many times the usual, by the numbering plan
	QuietNow           bool
	Now                time.Time
	LastAutoText       time.Time // zero: never
	Cooldown           time.Duration
	OpenThreadAnswered bool      // a person of the business is talking with them
	SentToday          int       // automatic texts of the day
	DailyCap           int       // zero: no cap
	About              time.Time // of what is answered; zero: nothing that could be long ago
}

// The states of a number that matter here, as rows hold them.
const (
	stateAble        = "able"
	stateLandline    = "landline"
	stateUnreachable = "unreachable"
	stateInvalid     = "invalid"
)

// Ask returns the first reason why the message may not go out, or Go.
//
// What the person or the law forbids comes before what cannot work, and that
// before what would be a nuisance. A person who presses a button is not held
// by the rules that guard against automatic texts.
func Ask(f Facts) Reason {
	automatic := f.Automatic || f.marketing()
	for _, rule := range []struct {
		refuses bool
		reason  Reason
	}{
		{f.Paused, Paused},
		{f.Restricted, Restricted},
		{f.Suppressed, Suppressed},
		{f.Blocked, Blocked},
		{f.marketing() && f.Minor, Minor}, // nothing is advertised to children
		{f.OwnNumber, OwnNumber},
		{f.Hidden, Hidden},
		{f.landline(), Landline},
		{f.PhoneState == stateUnreachable || f.PhoneState == stateInvalid, Unreachable},
		{automatic && f.Premium, Premium}, // a caller's number can be made up, to be paid for the answer
		{f.marketing() && f.QuietNow, QuietHours},
		{automatic && f.coolingDown(), Cooldown},
		{automatic && f.OpenThreadAnswered, OpenThread},
		{automatic && f.DailyCap > 0 && f.SentToday >= f.DailyCap, DailyCap},
		{f.Automatic && f.longAgo(), Late},
	} {
		if rule.refuses {
			return rule.reason
		}
	}
	return Go
}

func (f Facts) marketing() bool { return f.Class != Reply && f.Class != Service }

// landline: a text that reached the number before outweighs the numbering plan.
func (f Facts) landline() bool {
	return f.PhoneState == stateLandline || f.FixedLine && f.PhoneState != stateAble
}

// coolingDown holds too when the clock went back behind the last text; no cooldown
// is none whatever the clock says.
func (f Facts) coolingDown() bool {
	return f.Cooldown > 0 && !f.LastAutoText.IsZero() && f.Now.Sub(f.LastAutoText) < f.Cooldown
}

func (f Facts) longAgo() bool { return !f.About.IsZero() && f.Now.Sub(f.About) > lateAfter }

var words = map[Reason]string{
	Go:          "It may go out.",
	Paused:      "Sending is paused for the whole business.",
	Restricted:  "This person's data is restricted, so nothing is sent.",
	Suppressed:  "This person asked not to get texts.",
	Blocked:     "This person is blocked.",
	OwnNumber:   "The number belongs to the business itself.",
	Hidden:      "The number was withheld, so no text can reach it.",
	Landline:    "The number is a landline, and landlines do not get texts.",
	Unreachable: "Texts do not reach this number.",
	QuietHours:  "It is quiet hours.",
	Cooldown:    "This person got an automatic text not long ago.",
	OpenThread:  "Someone is already talking with this person.",
	DailyCap:    "The day's limit of automatic texts is reached.",
	Late:        "The call was too long ago.",
	Premium:     "Texts to this number cost extra, so none is sent by itself.",
	Minor:       "This person may be a child, so nothing is advertised to them.",
}

// Words says a reason in an English sentence, ready to be translated.
func Words(r Reason) string {
	if text, ok := words[r]; ok {
		return text
	}
	return "It was not sent."
}
