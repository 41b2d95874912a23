package custom

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"stead/app/money"
	"stead/store"
)

const (
	badNumber = "Enter a number, like 1250 or 3.5."
	bigNumber = "This number is too large."
	fine      = "Use at most 6 decimals."

	millionths = 6 // decimals that are kept of a number
)

func parseNumber(typed string, how How) (*store.Value, error) {
	d, ok := readDecimal(typed, how.Decimal)
	if !ok {
		return nil, invalid("number", badNumber)
	}
	if len(d.fraction) > millionths {
		return nil, invalid("number", fine)
	}
	n, ok := d.scaled(millionths)
	if !ok {
		return nil, invalid("number", bigNumber)
	}
	return num(n), nil
}

// Signs that stand for a currency beside its code.
var signs = map[string]string{
	"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CNY": "¥", "INR": "₹", "BRL": "R$", "CHF": "Fr.", "SEK": "kr", "NOK": "kr", "DKK": "kr",
	"PLN": "zł", "CZK": "Kč", "TRY": "₺", "UAH": "₴", "ILS": "₪", "KRW": "₩", "VND": "₫", "NGN": "₦", "ZAR": "R", "AUD": "$", "CAD": "$",
	"NZD": "$", "MXN": "$", "SGD": "$", "HKD": "$", "PHP": "₱", "THB": "฿",
}

func parseMoney(typed, currency string, how How) (*store.Value, error) {
	typed = strings.TrimSpace(typed)
	sign, typed := cutMinus(typed)
	for _, mark := range []string{currency, signs[currency]} {
		if mark == "" {
			continue
		}
		if rest, ok := cutMark(typed, mark); ok {
			typed = rest
			break
		}
	}
	inner, typed := cutMinus(typed)
	d, ok := readDecimal(typed, how.Decimal)
	if !ok || sign && inner || (sign || inner) && d.minus {
		return nil, invalid("money", unread(typed, currency, how))
	}
	d.minus = d.minus || sign || inner
	digits := money.Digits(currency)
	if len(d.fraction) > digits {
		return nil, invalid("money", "Use at most "+strconv.Itoa(digits)+" decimals.")
	}
	n, ok := d.scaled(digits)
	if !ok {
		return nil, invalid("money", "This amount is too large.")
	}
	return num(n), nil
}

// unread says why something is no amount of a currency, as far as one can tell.
func unread(typed, currency string, how How) string {
	if other := Foreign(typed, currency, how); other != "" {
		return "This is in " + other + ". Write the amount in " + currency + "."
	}
	if powers.MatchString(typed) {
		return "Write the amount with all its digits, like 1250 or 99.50."
	}
	return "Enter an amount in " + currency + ", like 1250 or 99.50."
}

var powers = regexp.MustCompile(`^[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+$`)

// Foreign is the other currency that an amount was typed in, by its code or by its
// sign; empty: none that is known. Of those that share a sign it is the first.
func Foreign(typed, currency string, how How) string {
	_, typed = cutMinus(strings.TrimSpace(typed))
	for _, mark := range marks {
		if mark.code == currency || mark.text == signs[currency] {
			continue
		}
		if rest, cut := cutMark(typed, mark.text); cut {
			if _, ok := readDecimal(rest, how.Decimal); ok {
				return mark.code
			}
		}
	}
	return ""
}

type mark struct{ text, code string }

// marks are the codes and signs of currencies: the longest first, as R$ ends like $,
// and of equal ones the currency that most mean by it.
var marks = func() []mark {
	var out []mark
	for code, sign := range signs {
		out = append(out, mark{code, code}, mark{sign, code})
	}
	first := []string{"USD", "JPY", "SEK"}
	slices.SortFunc(out, func(a, b mark) int {
		return cmp.Or(cmp.Compare(len(b.text), len(a.text)), cmp.Compare(slices.Index(first, b.code), slices.Index(first, a.code)), strings.Compare(a.code, b.code))
	})
	return out
}()

// cutMark takes a currency off the beginning or the end.
func cutMark(s, mark string) (string, bool) {
	if len(s) >= len(mark) && strings.EqualFold(s[:len(mark)], mark) {
		return strings.TrimSpace(s[len(mark):]), true
	}
	if len(s) >= len(mark) && strings.EqualFold(s[len(s)-len(mark):], mark) {
		return strings.TrimSpace(s[:len(s)-len(mark)]), true
	}
	return s, false
}

func cutMinus(s string) (bool, string) {
	for _, minus := range []string{"-", "−"} {
		if rest, ok := strings.CutPrefix(s, minus); ok {
			return true, strings.TrimSpace(rest)
		}
	}
	return false, s
}

// decimal is a number as it was written, without what groups its digits and
// without noughts at the end of the fraction.
type decimal struct {
	minus           bool
	whole, fraction string
}

// scaled is the number in units of ten to the power of -places.
func (d decimal) scaled(places int) (int64, bool) {
	text := d.whole + d.fraction + strings.Repeat("0", places-len(d.fraction))
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n == math.MaxInt64 {
		return 0, false
	}
	if d.minus {
		n = -n
	}
	return n, true
}

// readDecimal reads a number with a decimal comma or point and with digits in
// groups. Where a separator could be either, decimal decides.
func readDecimal(typed string, point byte) (decimal, bool) {
	minus, typed := cutMinus(strings.TrimSpace(typed))
	typed = plainDigits(typed)
	if point == 0 {
		point = '.'
	}
	whole, fraction := typed, ""
	if at := decimalAt(typed, point); at >= 0 {
		whole, fraction = typed[:at], typed[at+1:]
		if fraction == "" || !allDigits(fraction) {
			return decimal{}, false
		}
	}
	whole, ok := ungrouped(whole)
	if !ok || whole == "" && fraction == "" {
		return decimal{}, false
	}
	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	if whole == "" {
		whole = "0"
	}
	return decimal{minus, whole, fraction}, true
}

// decimalAt is where the decimal separator stands; -1: there is none.
func decimalAt(s string, point byte) int {
	last := strings.LastIndexAny(s, ".,")
	if last < 0 {
		return -1
	}
	mark := s[last]
	if strings.Count(s, string(mark)) > 1 {
		return -1 // it groups
	}
	if strings.ContainsAny(s[:last], ".,") || mark == point {
		return last
	}
	// The other separator, once: three digits behind one to three are a group.
	if before := s[:last]; len(s)-last-1 == 3 && before != "" && before[0] != '0' && (len(before) <= 3 || strings.Contains(before, " ")) {
		return -1
	}
	return last
}

// ungrouped takes what groups the digits out: one kind of separator, and groups
// of three, or of two as in Mumbai, the last of three.
func ungrouped(s string) (string, bool) {
	if allDigits(s) {
		return s, true
	}
	at := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	mark := s[at : at+1]
	groups := strings.Split(s, mark)
	for i, g := range groups {
		switch {
		case !allDigits(g), g == "":
			return "", false
		case i == 0 && len(g) > 3, i > 0 && i < len(groups)-1 && len(g) != 3 && len(g) != 2, i == len(groups)-1 && len(g) != 3:
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

func allDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// plainDigits brings the digits of any script, and what stands between them,
// to one alphabet. Anything else becomes '?', which no number has.
func plainDigits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r == '.', r == ',':
			return r
		case r == '٫':
			return '.'
		case r == '٬', r == '\'', r == '’', r == '_', unicode.IsSpace(r), r == '\u202f', r == '\u2009':
			return ' '
		}
		for _, digits := range unicode.Nd.R16 {
			if rune(digits.Lo) <= r && r <= rune(digits.Hi) {
				return '0' + (r-rune(digits.Lo))%10
			}
		}
		return '?'
	}, s)
}
