package imports

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"stead/store"
)

// scientific is a number as a spreadsheet prints one that is too wide for it:
// its last digits are gone.
var scientific = regexp.MustCompile(`^[+-]?\d([.,]\d+)?[eE][+-]?\d+$`)

func isScientific(value string) bool { return scientific.MatchString(value) }

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

func isYes(cell string) bool {
	return slices.Contains([]string{"1", "y", "yes", "true", "x", "ja", "oui", "si", "sim", "हाँ"}, store.Fold(cell)) || cell == "हाँ"
}

// splitNumbers parts the numbers of a cell. Commas and slashes part them only
// where each part is long enough to be one.
func splitNumbers(cell string) []string {
	if list, ok := splitJSON(cell, "number", "callingCode"); ok {
		return list
	}
	out := split(cell, func(r rune) bool { return r == '\n' || r == ';' })
	for _, sep := range []string{",", " / "} {
		some := strings.Split(cell, sep)
		if len(out) == 1 && len(some) > 1 && !slices.ContainsFunc(some, func(s string) bool { return len(onlyDigits(s)) < 6 }) {
			out = split(cell, func(r rune) bool { return strings.ContainsRune(strings.TrimSpace(sep), r) })
		}
	}
	return out
}

// splitMails parts the addresses of a cell and takes them out of "Ana <ana@…>".
func splitMails(cell string) []string {
	list, ok := splitJSON(cell, "email", "")
	if !ok {
		list = split(cell, func(r rune) bool { return r == '\n' || r == ';' || r == ',' })
	}
	for i, mail := range list {
		if open, end := strings.LastIndexByte(mail, '<'), strings.LastIndexByte(mail, '>'); open >= 0 && end > open {
			mail = mail[open+1 : end]
		}
		list[i] = strings.TrimPrefix(strings.TrimSpace(mail), "mailto:")
	}
	return list
}

// splitTags parts tags; those that begin with "* " are an address book's own.
func splitTags(cell string) []string {
	list, ok := splitJSON(cell, "name", "")
	if !ok {
		list = split(cell, func(r rune) bool { return r == '\n' || r == ';' || r == ',' })
	}
	return slices.DeleteFunc(list, func(tag string) bool { return strings.HasPrefix(tag, "* ") })
}

func split(cell string, at func(rune) bool) (out []string) {
	for part := range strings.SplitSeq(cell, ":::") {
		for _, value := range strings.FieldsFunc(part, at) {
			if value = strings.TrimSpace(value); value != "" {
				out = append(out, value)
			}
		}
	}
	return out
}

// splitJSON reads a list as some products write it: of texts, or of objects.
func splitJSON(cell, key, before string) (out []string, ok bool) {
	var list []any
	if !strings.HasPrefix(cell, "[") || json.Unmarshal([]byte(cell), &list) != nil {
		return nil, false
	}
	for _, entry := range list {
		switch v := entry.(type) {
		case string:
			out = append(out, v)
		case map[string]any:
			text, _ := v[key].(string)
			code, _ := v[before].(string)
			out = append(out, strings.TrimSpace(code+" "+text))
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return strings.TrimFunc(s, unicode.IsSpace) == "" }), true
}

func join(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), " ")
}

func sorted[V any](m map[int]V) []int {
	out := make([]int, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
