package money

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		text, currency string
		want           int64
		ok             bool
	}{
		{"12", "EUR", 1200, true},
		{" 12.5 ", "EUR", 1250, true},
		{"1,234.50", "USD", 123450, true},
		{"1,00,000", "INR", 10000000, true},
		{"0", "EUR", 0, true},
		{"500", "JPY", 500, true},
		{"1.250", "KWD", 1250, true},
		{"92233720368547758.07", "EUR", math.MaxInt64, true},
		{"500.5", "JPY", 0, false},
		{"12.505", "EUR", 0, false},
		{"1,50", "EUR", 0, false},
		{"1.234,50", "EUR", 0, false},
		{"-3", "EUR", 0, false},
		{"", "EUR", 0, false},
		{"€12", "EUR", 0, false},
		{"1e3", "EUR", 0, false},
		{"92233720368547758.08", "EUR", 0, false},
		{strings.Repeat("9", 400), "EUR", 0, false},
	} {
		got, err := Parse(tt.text, tt.currency)
		if got != tt.want || (err == nil) != tt.ok || err != nil && !errors.Is(err, ErrAmount) {
			t.Errorf("%q %s: got %d, %v; want %d", tt.text, tt.currency, got, err, tt.want)
		}
	}
}

func TestFormat(t *testing.T) {
	for _, tt := range []struct {
		minor    int64
		currency string
		want     string
	}{
		{123450, "EUR", "EUR 1234.50"},
		{5, "EUR", "EUR 0.05"},
		{-5, "EUR", "-EUR 0.05"},
		{0, "USD", "USD 0.00"},
		{500, "JPY", "JPY 500"},
		{1250, "KWD", "KWD 1.250"},
		{math.MinInt64, "EUR", "-EUR 92233720368547758.08"},
	} {
		if got := Format(tt.minor, tt.currency); got != tt.want {
			t.Errorf("%d %s: got %q, want %q", tt.minor, tt.currency, got, tt.want)
		}
		if got, want := Figure(tt.minor, tt.currency), strings.Replace(tt.want, tt.currency+" ", "", 1); got != want {
			t.Errorf("%d %s for machines: got %q, want %q", tt.minor, tt.currency, got, want)
		}
	}
}

func TestWhatIsPrintedIsReadAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minor := rapid.Int64Range(0, math.MaxInt64).Draw(t, "minor")
		currency := rapid.SampledFrom([]string{"EUR", "JPY", "KWD", "XXX"}).Draw(t, "currency")
		got, err := Parse(strings.TrimPrefix(Format(minor, currency), currency+" "), currency)
		if err != nil || got != minor {
			t.Fatalf("%d %s came back as %d, %v", minor, currency, got, err)
		}
	})
}
