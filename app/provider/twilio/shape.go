package twilio

import (
	"net/url"
	"regexp"
	"strings"
)

// Twilio's signature covers names and values run together, so it stays right
// when the borders between them are moved. What could be read in another way
// than it was signed is therefore refused: all that names an event has one
// exact shape and must be there, and no other field may have swallowed it.
var (
	shapeText    = regexp.MustCompile(`^(SM|MM)[0-9a-fA-F]{32}$`)
	shapeCall    = regexp.MustCompile(`^CA[0-9a-fA-F]{32}$`)
	shapeAccount = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)
	shapeWord    = regexp.MustCompile(`^[a-z-]+$`)
	shapeNumber  = regexp.MustCompile(`^[0-9]{0,9}$`)
	shapeName    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,63}$`)

	shapes = map[string]*regexp.Regexp{
		"MessageSid": shapeText, "CallSid": shapeCall, "AccountSid": shapeAccount,
		"MessageStatus": shapeWord, "SmsStatus": shapeWord, "CallStatus": shapeWord, "DialCallStatus": shapeWord, "DialBridged": shapeWord, "Direction": shapeWord,
		"NumMedia": shapeNumber, "NumSegments": shapeNumber, "CallDuration": shapeNumber, "Duration": shapeNumber,
		"DialCallDuration": shapeNumber, "SequenceNumber": shapeNumber, "ErrorCode": shapeNumber,
	}
)

var callFields = []string{"AccountSid", "CallSid", "CallStatus", "From", "To"}

// always are the fields that Twilio sends with every callback of a kind.
var always = map[string][]string{
	kindSMS:        {"AccountSid", "Body", "From", "MessageSid", "NumMedia", "To"},
	kindStatus:     {"AccountSid", "MessageSid", "MessageStatus"},
	kindVoice:      callFields,
	kindDial:       append([]string{"DialCallStatus"}, callFields...),
	kindCallStatus: callFields,
}

// telling are the names that an event is known by. They may end the name of
// another field ("DialCallSid") and stand nowhere else but in a person's words.
var telling = []string{"AccountSid", "MessageSid", "CallSid", "MessageStatus", "CallStatus", "NumMedia"}

// whole tells whether a form is one that Twilio itself made for a kind.
func whole(kind string, form url.Values) bool {
	for _, name := range always[kind] {
		if !form.Has(name) {
			return false
		}
	}
	for name, values := range form {
		if len(values) != 1 || !shapeName.MatchString(name) || swallowed(name, values[0]) {
			return false
		}
		if shape := shapes[name]; shape != nil && !shape.MatchString(values[0]) {
			return false
		}
	}
	return true
}

func swallowed(name, value string) bool {
	for _, other := range telling {
		if i := strings.Index(name, other); i >= 0 && i+len(other) < len(name) {
			return true
		}
		if name != "Body" && strings.Contains(value, other) {
			return true
		}
	}
	return false
}
