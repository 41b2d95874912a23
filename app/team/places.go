package team

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"time"
)

// A line a country: code, English name, currency, time zones; in the order of
// the names. From the time zone database and CLDR, checked in November 2026.
//
//go:embed places.txt
var placesText string

type country struct {
	Code, Name, Currency string
	Zones                []string
}

var countries = sync.OnceValue(func() []country {
	var out []country
	for line := range strings.Lines(placesText) {
		f := strings.Split(strings.TrimSpace(line), "|")
		out = append(out, country{f[0], f[1], f[2], strings.Fields(f[3])})
	}
	return out
})

var currencies = sync.OnceValue(func() []string {
	var out []string
	for _, c := range countries() {
		out = append(out, c.Currency)
	}
	slices.Sort(out)
	return slices.Compact(out)
})

var zones = sync.OnceValue(func() []string {
	out := []string{"UTC"}
	for _, c := range countries() {
		out = append(out, c.Zones...)
	}
	slices.Sort(out)
	return slices.Compact(out)
})

func isCountry(code string) bool {
	return slices.ContainsFunc(countries(), func(c country) bool { return c.Code == code })
}

func isCurrency(code string) bool { return slices.Contains(currencies(), code) }

// isZone takes any zone that this build knows, not only those of the list.
func isZone(name string) bool {
	if name == "" || name == "Local" {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// Defaults returns what most businesses of a country use, for set-up without a
// browser; empty when the country is unknown.
func Defaults(code string) (currency, zone string) {
	for _, c := range countries() {
		if c.Code == code && len(c.Zones) > 0 {
			return c.Currency, c.Zones[0]
		}
	}
	return "", ""
}
