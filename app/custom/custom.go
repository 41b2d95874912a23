// Package custom reads and prints the values of the fields that a business adds
// to its contacts and companies: what was typed becomes a store.Value and back.
// It knows no page, no permission and no transaction.
package custom

import (
	"strings"

	"stead/app/errs"
	"stead/store"
)

// Kinds lists the kinds of field in the order in which they are offered.
func Kinds() []string { return []string{"text", "number", "money", "date", "choice", "yesno", "link"} }

// How says what somebody means who types "1,250" or "03/04/26".
type How struct {
	DateOrder string // dmy, mdy or ymd; empty: dmy
	Decimal   byte   // what stands before the decimals when it could be either, ',' or '.'; 0: '.'
}

// For is how people of a country (ISO 3166) write.
func For(country string) How {
	how := How{DateOrder: "dmy", Decimal: ','}
	if strings.Contains(monthFirst, country) && country != "" {
		how.DateOrder = "mdy"
	}
	if strings.Contains(yearFirst, country) && country != "" {
		how.DateOrder = "ymd"
	}
	if strings.Contains(pointed, country) || country == "" {
		how.Decimal = '.'
	}
	return how
}

// Where people write otherwise than most (CLDR).
const (
	monthFirst = "US PH FM MH PW AS GU PR VI MP UM"
	yearFirst  = "CN JP KR KP TW HK HU LT MN SE BT"
	pointed    = "US GB IE AU NZ CA IN PK BD LK NP MM MY SG TH PH CN JP KR KP TW HK MO IL MX NG KE GH UG TZ ZW BW EG JO SA AE QA KW BH OM YE LB SY IQ" +
		" JM TT BB BS BZ GT HN SV NI PA DO PR CH LI MT ET MW ZM NA RW AS GU VI MP FM MH PW UM FJ PG SB TO WS GM LR SL"
)

// Parse reads what was typed for a field: nil for nothing. What cannot be
// understood is an *errs.Error of kind Invalid whose message says what to type
// and whose code names the kind; it repeats nothing of what was typed.
func Parse(f store.Field, typed string, how How) (*store.Value, error) {
	if strings.TrimSpace(typed) == "" {
		return nil, nil //nolint:nilnil // nothing was said, which is no mistake
	}
	switch f.Kind {
	case "number":
		return parseNumber(typed, how)
	case "money":
		return parseMoney(typed, f.Currency, how)
	case "date":
		return parseDate(typed, how)
	case "choice":
		return parseChoice(f, typed)
	case "yesno":
		return parseYesNo(typed)
	case "link":
		return parseLink(typed)
	}
	return parseText(typed)
}

func invalid(code, message string) error {
	return &errs.Error{Kind: errs.Invalid, Code: "field_" + code, Message: message}
}

func num(n int64) *store.Value { return &store.Value{Num: n, IsNum: true} }

func words(s string) *store.Value { return &store.Value{Words: s, WordsKey: store.WordsKey(s)} }
