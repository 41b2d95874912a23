package acts

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestEachActIsSaidOnceInAGroupThatIsThere(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range all {
		if seen[a.action] {
			t.Errorf("%s is said twice", a.action)
		}
		seen[a.action] = true
		if !slices.ContainsFunc(groups, func(g Group) bool { return g.ID == a.group }) {
			t.Errorf("%s is in %q, which is no group", a.action, a.group)
		}
		if a.words == "" || !unicode.IsUpper(rune(a.words[0])) || strings.HasSuffix(a.words, ".") {
			t.Errorf("%s reads %q", a.action, a.words)
		}
		if !slices.Contains(In(a.group), a.action) {
			t.Errorf("%s cannot be filtered", a.action)
		}
	}
}

func TestWords(t *testing.T) {
	for action, want := range map[string]string{"contact.read": "Opened the card", "deal.imagined": "deal.imagined"} {
		if got := Words(action); got != want {
			t.Errorf("%s reads %q, want %q", action, got, want)
		}
	}
	if Known("deal.imagined") || !Known("contact.read") || In("nothing") != nil {
		t.Error("what is not there is known")
	}
}
