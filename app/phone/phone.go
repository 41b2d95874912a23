// Package phone reads and prints telephone numbers by the world's numbering
// plans. It never stores one, and its errors never repeat one.
package phone

import (
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"stead/app/errs"
)

// Type is what the numbering plan says of a number.
type Type string

// The types. Only FixedLine is sure not to get texts.
const (
	Mobile        Type = "mobile"
	FixedLine     Type = "fixed_line"
	FixedOrMobile Type = "fixed_or_mobile" // the plan does not tell, as in North America
	Premium       Type = "premium"         // costs its caller extra: premium, shared cost, pagers, satellite networks
	Other         Type = "other"           // toll-free, internet telephony, a range newer than the plan
)

// Number is a telephone number that was understood. The zero Number is none.
type Number struct {
	E164    string // "+351211234567"
	Country string // "PT"; empty for numbers of no country
	Type    Type
}

const advice = "Enter a phone number with its country code, like +351 21 123 4567."

// Codes of what Parse refuses.
const (
	CodeEmpty   = "phone_empty"
	CodeLetters = "phone_letters"
	CodeShort   = "phone_short"
	CodeLong    = "phone_long"
	CodeUnknown = "phone_unknown"
)

// Parse understands what a person typed; country is where a number without a
// country code belongs. It refuses with errs.Invalid and a sentence that says
// what to do: nothing typed, letters, and what no numbering plan has room for.
// A number that may exist but is in no plan yet is accepted as Other.
func Parse(typed, country string) (Number, error) {
	got := parsed.get(typed, country, parse)
	if got.code == "" {
		return got.number, nil
	}
	return Number{}, &errs.Error{Kind: errs.Invalid, Code: got.code, Message: sentences[got.code]}
}

var sentences = map[string]string{
	CodeEmpty:   advice,
	CodeLetters: "A phone number has no letters. " + advice,
	CodeShort:   "This phone number is too short. " + advice,
	CodeLong:    "This phone number is too long. " + advice,
	CodeUnknown: advice,
}

// Sender understands whom a provider names as the other side of a text or a
// call. Short codes, alphanumeric senders and withheld numbers are no telephone
// numbers and give the zero Number; there is no error.
func Sender(from, country string) Number {
	from = strings.TrimSpace(from)
	if Hidden(from) {
		return Number{}
	}
	if digits, ok := strings.CutPrefix(from, "+"); ok && onlyDigits(digits) && len(digits) >= 7 && len(digits) <= 15 && digits[0] != '0' {
		n := parsed.get(from, "", parse).number
		if n.E164 != from { // the network's word outweighs the plan's
			n = Number{E164: from, Type: Other}
			if dear(from) {
				n.Type = Premium
			}
		}
		return n
	}
	if len(from) < 7 { // a short code means something on its own network only
		return Number{}
	}
	return parsed.get(from, country, parse).number
}

// Display prints a number for people in the given country: in their national
// form when it is one of theirs, else with its country code. What is not E.164
// is printed as it is.
func Display(e164, country string) string {
	return shown.get(e164, country, func(e164, country string) string {
		if !strings.HasPrefix(e164, "+") {
			return e164
		}
		p, err := phonenumbers.Parse(e164, "")
		if err != nil {
			return e164
		}
		if phonenumbers.GetRegionCodeForNumber(p) == strings.ToUpper(country) {
			return phonenumbers.Format(p, phonenumbers.NATIONAL)
		}
		return phonenumbers.Format(p, phonenumbers.INTERNATIONAL)
	})
}

var (
	parsed = newCache[outcome](2048)
	shown  = newCache[string](2048)
)

type outcome struct {
	number Number
	code   string
}

func parse(typed, country string) outcome {
	typed = strings.TrimSpace(strings.Map(dropMarks, typed))
	switch {
	case typed == "":
		return outcome{code: CodeEmpty}
	case len(typed) > 64:
		return outcome{code: CodeLong}
	case strings.ContainsFunc(typed, unicode.IsLetter):
		return outcome{code: CodeLetters}
	case strings.ContainsFunc(typed, strange):
		return outcome{code: CodeUnknown}
	}
	p, err := phonenumbers.Parse(typed, strings.ToUpper(country))
	if err != nil {
		return outcome{code: refusal(err)}
	}
	switch phonenumbers.IsPossibleNumberWithReason(p) {
	case phonenumbers.IS_POSSIBLE:
	case phonenumbers.TOO_SHORT, phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		return outcome{code: CodeShort}
	case phonenumbers.TOO_LONG:
		return outcome{code: CodeLong}
	default:
		return outcome{code: CodeUnknown}
	}
	e164 := phonenumbers.Format(p, phonenumbers.E164)
	if again, err := phonenumbers.Parse(e164, ""); err != nil || phonenumbers.Format(again, phonenumbers.E164) != e164 {
		return outcome{code: CodeUnknown} // it reads as another number than it was written for
	}
	region := phonenumbers.GetRegionCodeForNumber(p)
	if len(region) != 2 || region == "ZZ" {
		region = ""
	}
	return outcome{number: Number{E164: e164, Country: region, Type: typeOf(p)}}
}
