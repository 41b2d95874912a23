package store

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// slip makes one slip of the hand in a word.
func slip(t *rapid.T, word []rune) []rune {
	at := rapid.IntRange(0, len(word)-1).Draw(t, "at")
	letter := []rune(rapid.StringMatching(`[a-z]`).Draw(t, "letter"))
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		return slices.Concat(word[:at], letter, word[at:])
	case 1:
		return slices.Concat(word[:at], word[at+1:])
	case 2:
		return slices.Concat(word[:at], letter, word[at+1:])
	}
	if at+1 == len(word) {
		return word
	}
	return slices.Concat(word[:at], []rune{word[at+1], word[at]}, word[at+2:])
}

func TestEveryWordOneSlipAwayIsAVariant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := []rune(rapid.StringMatching(`[a-z]{4,7}`).Draw(t, "word"))
		typed := slip(t, word)
		if n := slipsBetween(word, typed, 2); n > 1 {
			t.Fatalf("%s → %s counts as %d slips", string(word), string(typed), n)
		}
		if !slices.Equal(word, typed) && !slices.Contains(variants(typed), string(word)) {
			t.Fatalf("%s is no variant of %s", string(word), string(typed))
		}
	})
}

func TestNoVariantIsFurtherThanOneSlip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := []rune(rapid.StringMatching(`[a-zа-я]{1,9}`).Draw(t, "word"))
		for _, other := range variants(word) {
			if n := slipsBetween(word, []rune(other), 2); n != 1 {
				t.Fatalf("%s and %s are %d slips apart", string(word), other, n)
			}
		}
	})
}

func TestSlipsAreCountedTheSameBothWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := []rune(rapid.StringMatching(`[a-c]{0,6}`).Draw(t, "a")), []rune(rapid.StringMatching(`[a-c]{0,6}`).Draw(t, "b"))
		if x, y := slipsBetween(a, b, 3), slipsBetween(b, a, 3); x != y || (x == 0) != slices.Equal(a, b) {
			t.Fatalf("%q, %q: %d, %d", string(a), string(b), x, y)
		}
	})
}

// Whatever is mistyped as often as is allowed is found.
func TestWhatWasMistypedIsFound(t *testing.T) {
	s := OpenTest(t)
	words := []string{"kowalczyk", "shevchenko", "anderson", "baker", "garcia", "papadopoulos", "nguyen", "willoughby"}
	err := s.InTx(t.Context(), func(tx *Tx) error {
		for _, word := range words {
			if err := tx.IndexText(t.Context(), "contact", word, word, "Ana "+word); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// One slip where the halves meet, and one more.
	if found, err := s.Search(t.Context(), Everything, "contact", "hevhcenko", Page{}); err != nil || !slices.Contains(found, "shevchenko") {
		t.Fatal(found, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom(words).Draw(t, "word")
		typed := slip(t, []rune(word))
		if len(word) > 9 && rapid.Bool().Draw(t, "twice") {
			typed = slip(t, typed)
		}
		if len(typed) < 4 || slipsBetween([]rune(word), typed, 3) > slips(typed) {
			return // two slips that make a shorter word
		}
		found, err := s.Search(t.Context(), Everything, "contact", string(typed), Page{})
		if err != nil || !slices.Contains(found, word) {
			t.Fatalf("%s, meant as %s: %v, %v", string(typed), word, found, err)
		}
	})
}

func TestWhatIsNearlyRightComesOnlyWhenNothingElseDoes(t *testing.T) {
	s := OpenTest(t)
	err := s.InTx(t.Context(), func(tx *Tx) error {
		for ref, body := range map[string]string{"a": "Bob Miller", "b": "Ann Muller", "c": "Muellers Son", "d": "Smuller", "e": "Kim 1234"} {
			if err := tx.IndexText(t.Context(), "contact", ref, ref, body); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"muller":     "b",
		"muler":      "b",
		"mitler":     "a",
		"bob mitler": "a",
		"ann mitler": "",
		"uller":      "d b",
		"mlr":        "", // too short to have been meant otherwise
		"kim 1243":   "", // digits are no slip
	} {
		got, err := s.Search(t.Context(), Everything, "contact", query, Page{})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		wanted := strings.Fields(want)
		slices.Sort(wanted)
		if !slices.Equal(got, wanted) {
			t.Errorf("%q finds %v, want %v", query, got, wanted)
		}
	}
}
