package ui

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// When is a moment: ISO for machines, Text for people, Full for who hovers.
type When struct{ ISO, Text, Full string }

// initials are at most two letters that stand for a name; "?" for a number.
func initials(name string) string {
	var first, last rune
	for word := range strings.FieldsSeq(name) {
		if r, _ := utf8.DecodeRuneInString(word); unicode.IsLetter(r) {
			last = unicode.ToUpper(r)
			if first == 0 {
				first, last = last, 0
			}
		}
	}
	switch {
	case first == 0:
		return "?"
	case last == 0:
		return string(first)
	}
	return string([]rune{first, last})
}

// hue picks one of five quiet colours, always the same for a name.
func hue(name string) string { return hues[hueOf(name)] }

var hues = [...]string{"h1", "h2", "h3", "h4", "h5"}

// hueOf is FNV-1a, which a long list asks for each row.
func hueOf(name string) uint32 {
	h := uint32(2166136261)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	return h % uint32(len(hues))
}
