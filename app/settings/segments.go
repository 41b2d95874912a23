package settings

import (
	"strings"
	"unicode/utf16"
)

// The characters of the GSM alphabet; those of the second line take two places.
const (
	gsmBasic    = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "\f^{}\\[~]|€"
)

// Segments counts the parts that carriers cut a text into and bill, and tells
// whether a character outside the GSM alphabet makes them short.
func Segments(text string) (parts int, unicode bool) {
	places := 0
	for _, c := range text {
		switch {
		case strings.ContainsRune(gsmBasic, c):
			places++
		case strings.ContainsRune(gsmExtended, c):
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
