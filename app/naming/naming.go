// Package naming reads what people call the things that they make: roles, teams,
// fields and tags.
package naming

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"stead/store"
)

// Max is how many characters a name has at most.
const Max = 60

// Read returns a name as it is kept, or what is wrong with it.
func Read(typed string) (name, problem string) {
	name = strings.Join(strings.Fields(typed), " ")
	switch {
	case name == "":
		return "", "Enter a name."
	case utf8.RuneCountInString(name) > Max:
		return "", "Use at most 60 characters."
	case !utf8.ValidString(name), strings.ContainsFunc(name, isControl), store.Fold(name) == "":
		return "", "Use letters and figures."
	}
	return name, ""
}

// isControl keeps out what is not seen, or turns what stands around it.
func isControl(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }
