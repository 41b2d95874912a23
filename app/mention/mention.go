// Package mention finds colleagues whom a text names after an @. Notes of every
// kind read a text by it, tell those who are named, and mark the names by it when
// they show one. It writes no note and knows no page.
package mention

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"stead/app/access"
	"stead/store"
)

// Span is a piece of a text: a name with its @, or what stands between two.
type Span = struct {
	Text string
	Name bool
}

// In returns those who are active and whom a text names: by their whole name or
// its first word, after an @ and ending there. A whole name means nobody else
// who shares its first word.
func In(text string, people access.People) []store.User {
	if !strings.Contains(text, "@") {
		return nil
	}
	active := people.Active()
	named := map[string]bool{}
	each(text, namesOf(active), func(_, _ int, name string) { named[name] = true })
	var out []store.User
	for _, u := range active {
		if whole, first := namesOfOne(u.Name); whole != "" && (named[whole] || named[first]) {
			out = append(out, u)
		}
	}
	return out
}

// Mark cuts a text into what names somebody, also somebody who has left, and what
// does not. Together the pieces are the text.
func Mark(text string, people access.People) []Span {
	var out []Span
	done := 0
	if strings.Contains(text, "@") {
		each(text, namesOf(people), func(from, to int, _ string) {
			if from > done {
				out = append(out, Span{Text: text[done:from]})
			}
			out = append(out, Span{Text: text[from:to], Name: true})
			done = to
		})
	}
	if done < len(text) {
		out = append(out, Span{Text: text[done:]})
	}
	return out
}

// mostOffered is how many colleagues are offered while somebody types an @.
const mostOffered = 50

// Offered are the names of colleagues that a note of the actor can mention.
func Offered(actor access.Actor, people access.People) (names []string) {
	for _, u := range people.Active() {
		if u.ID != actor.ID && u.Name != "" && len(names) < mostOffered {
			names = append(names, u.Name)
		}
	}
	return names
}

// namesOf are the names that people go by, folded, the longest first.
func namesOf(people access.People) []string {
	var out []string
	for _, u := range people {
		whole, first := namesOfOne(u.Name)
		out = append(out, whole, first)
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.DeleteFunc(slices.Compact(out), func(name string) bool { return name == "" })
}

func namesOfOne(name string) (whole, first string) {
	whole = store.Fold(strings.Join(strings.Fields(name), " "))
	first, _, _ = strings.Cut(whole, " ")
	return whole, first
}

// each calls do with the place of every name in a text, its @ with it. An @
// behind a letter or a digit is that of an address of mail.
func each(text string, names []string, do func(from, to int, name string)) {
	for from := 0; ; {
		at := strings.IndexByte(text[from:], '@')
		if at < 0 {
			return
		}
		at += from
		from = at + 1
		if last, _ := utf8.DecodeLastRuneInString(text[:at]); word(last) {
			continue
		}
		for _, name := range names {
			if n, ok := begins(text[from:], name); ok {
				do(at, from+n, name)
				from += n
				break
			}
		}
	}
}

// begins tells how many bytes of a text are a folded name that ends there.
func begins(text, name string) (int, bool) {
	got := ""
	for i, r := range text {
		if got == name && !word(r) && !unicode.Is(unicode.Mn, r) {
			return i, true
		}
		if unicode.IsSpace(r) {
			got = strings.TrimRight(got, " ") + " "
		} else {
			got += store.Fold(string(r))
		}
		if !strings.HasPrefix(name, got) {
			return 0, false
		}
	}
	return len(text), got == name
}

func word(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }
