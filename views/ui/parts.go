package ui

import (
	"hash/fnv"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// When is a moment: ISO for machines, Text for people, Full for who hovers.
type When struct{ ISO, Text, Full string }

// initials are at most two letters that stand for a name; "?" for a number.
func initials(name string) string {
	var letters []rune
	for word := range strings.FieldsSeq(name) {
		r, _ := utf8.DecodeRuneInString(word)
		if unicode.IsLetter(r) {
			letters = append(letters, unicode.ToUpper(r))
		}
	}
	switch len(letters) {
	case 0:
		return "?"
	case 1:
		return string(letters)
	}
	return string([]rune{letters[0], letters[len(letters)-1]})
}

// hue picks one of five quiet colours, always the same for a name.
func hue(name string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return "h" + strconv.Itoa(int(h.Sum32()%5)+1)
}
