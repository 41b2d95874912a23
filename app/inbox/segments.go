package inbox

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxBody is the longest text that a provider takes, in characters.
const maxBody = 1600

// The alphabet of text messages (GSM 03.38) and the characters of its second
// page, which count twice.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtra = "^{}\\[~]|€\f"
)

// Segments counts the parts in which a text travels, each of which is paid for:
// 160 characters, or 70 when one of them is not of the alphabet, and a little
// less where parts must be put together again.
func Segments(body string) int64 {
	units, whole, part := 0, 160, 153
	for _, r := range body {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			units++
		case strings.ContainsRune(gsmExtra, r):
			units += 2
		default:
			units, whole, part = wide(body), 70, 67
			return parts(units, whole, part)
		}
	}
	return parts(units, whole, part)
}

func wide(body string) (units int) {
	for _, r := range body {
		units += utf16.RuneLen(r)
	}
	return units
}

func parts(units, whole, part int) int64 {
	if units <= whole {
		return 1
	}
	return int64((units + part - 1) / part)
}

func length(body string) int { return utf8.RuneCountInString(body) }
