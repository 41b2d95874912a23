// Package sms knows how a text travels: how long it may be, and in how many
// parts carriers cut and bill it. It sends nothing and knows no provider.
package sms

import (
	"strings"
	"unicode/utf16"
)

// MaxBody is the longest text that a provider takes, in characters.
const MaxBody = 1600

// The alphabet of text messages (GSM 03.38) and the characters of its second
// page, which take two places.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtra = "^{}\\[~]|€\f"
)

// Segments counts the parts of a text, and tells whether a character outside
// the alphabet makes them short: 70 places instead of 160, and a little less
// where parts must be put together again. No text has no part.
func Segments(text string) (parts int, unicode bool) {
	places := 0
	for _, c := range text {
		switch {
		case strings.ContainsRune(gsmBasic, c):
			places++
		case strings.ContainsRune(gsmExtra, c):
			places += 2
		default:
			return cut(len(utf16.Encode([]rune(text))), 70, 67), true
		}
	}
	return cut(places, 160, 153), false
}

func cut(places, single, part int) int {
	switch {
	case places == 0:
		return 0
	case places <= single:
		return 1
	}
	return (places + part - 1) / part
}
