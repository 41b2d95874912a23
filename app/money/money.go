// Package money parses and prints amounts held in minor units. No floats, and
// no exchange rates.
package money

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// ErrAmount says that a text is no amount of the currency, or too large a one.
var ErrAmount = errors.New("money: not an amount")

// The last group has three digits in London and in Mumbai; "1,50" is refused,
// since it may mean one and a half.
var amount = regexp.MustCompile(`^(\d+|\d{1,3}(?:,\d{2,3})*,\d{3})(?:\.(\d{1,3}))?$`)

// Currencies whose minor unit is not a hundredth (ISO 4217).
var digits = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
	"UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}

// Digits returns how many decimals the currency has.
func Digits(currency string) int {
	if n, ok := digits[currency]; ok {
		return n
	}
	return 2
}

// Parse reads "12", "12.5", "1,234.50" or "1,00,000" as minor units of the
// currency, or returns ErrAmount. More decimals than the currency has are
// refused, not rounded.
func Parse(text, currency string) (int64, error) {
	m := amount.FindStringSubmatch(strings.TrimSpace(text))
	n := Digits(currency)
	if m == nil || len(m[2]) > n {
		return 0, ErrAmount
	}
	fraction := (m[2] + "000")[:n]
	minor, err := strconv.ParseInt(strings.ReplaceAll(m[1], ",", "")+fraction, 10, 64)
	if err != nil {
		return 0, ErrAmount
	}
	return minor, nil
}

// Format prints minor units, the currency first: "EUR 12.50".
func Format(minor int64, currency string) string {
	figure, negative := strings.CutPrefix(Figure(minor, currency), "-")
	if negative {
		return "-" + currency + " " + figure
	}
	return currency + " " + figure
}

// Figure prints minor units for machines, without their currency: "-12.50".
func Figure(minor int64, currency string) string {
	sign, size := "", uint64(minor)
	if minor < 0 {
		sign, size = "-", -size
	}
	n := Digits(currency)
	if n == 0 {
		return sign + strconv.FormatUint(size, 10)
	}
	unit := uint64(100)
	if n == 3 {
		unit = 1000
	}
	return fmt.Sprintf("%s%d.%0*d", sign, size/unit, n, size%unit)
}
