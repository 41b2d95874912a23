package phone

import (
	"errors"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

func typeOf(p *phonenumbers.PhoneNumber) Type {
	if dear(phonenumbers.Format(p, phonenumbers.E164)) {
		return Premium // the plan calls satellite telephones mobile
	}
	switch phonenumbers.GetNumberType(p) {
	case phonenumbers.MOBILE:
		return Mobile
	case phonenumbers.FIXED_LINE:
		return FixedLine
	case phonenumbers.FIXED_LINE_OR_MOBILE:
		return FixedOrMobile
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.PAGER:
		return Premium
	default:
		return Other
	}
}

// dear tells whether a number belongs to a network of no country that costs many
// times the usual: satellites, international networks and premium rates.
func dear(e164 string) bool {
	for _, code := range []string{"+870", "+878", "+881", "+882", "+883", "+979"} {
		if strings.HasPrefix(e164, code) {
			return true
		}
	}
	return false
}

func refusal(err error) string {
	switch {
	case errors.Is(err, phonenumbers.ErrTooShortNSN), errors.Is(err, phonenumbers.ErrTooShortAfterIDD):
		return CodeShort
	case errors.Is(err, phonenumbers.ErrNumTooLong):
		return CodeLong
	}
	return CodeUnknown
}

// strange tells whether a character has no place in a telephone number. An
// extension ("#5", "*5") is one: a text cannot reach it.
func strange(r rune) bool {
	return !unicode.IsDigit(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Pd, r) && !strings.ContainsRune("+＋()（）./−", r)
}

// dropMarks removes the invisible marks that come along when a number is copied
// from a page.
func dropMarks(r rune) rune {
	if unicode.Is(unicode.Cf, r) {
		return -1
	}
	return r
}

func onlyDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// What networks put in the place of a number that they do not tell: a word, or
// a word spelled on the keys of a telephone.
var hiddenWords = func() map[string]bool {
	words := []string{"anonymous", "restricted", "unavailable", "unknown", "private", "blocked", "withheld", "no caller id"}
	hidden := map[string]bool{"": true}
	for _, word := range words {
		hidden[word] = true
		if !strings.Contains(word, " ") {
			hidden[keys(word)] = true
		}
	}
	return hidden
}()

// keys spells a word on the keys of a telephone.
func keys(word string) string {
	const letters, digits = "abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999"
	return strings.Map(func(r rune) rune { return rune(digits[strings.IndexRune(letters, r)]) }, word)
}

// Hidden tells whether the other side of a call has no number that could be
// called or texted back: it was withheld, or it is no telephone at all.
func Hidden(from string) bool {
	from = strings.ToLower(strings.TrimSpace(from))
	if strings.HasPrefix(from, "sip:") || strings.HasPrefix(from, "sips:") || strings.HasPrefix(from, "client:") {
		return true
	}
	return hiddenWords[strings.TrimPrefix(from, "+")]
}
