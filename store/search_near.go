package store

import (
	"context"
	"slices"
	"unicode"
)

// How much of what is nearly right is looked at.
const (
	nearSteps = 2000 // words of the vocabulary
	nearDocs  = 200  // documents, where there is no vocabulary
	nearWords = 50   // that take the place of one
)

// slips is how many letters of a word may be wrong: one of four to seven, two
// from eight on, none of a shorter one or of one with a digit.
func slips(word []rune) int {
	switch {
	case len(word) < 4 || slices.ContainsFunc(word, unicode.IsDigit):
		return 0
	case len(word) < 8:
		return 1
	}
	return 2
}

// nearby gives, for each token, the words that may have been meant; nil when no
// token may be anything else.
func (r *Reader) nearby(ctx context.Context, tokens []string) ([][]term, error) {
	groups, any := make([][]term, 0, len(tokens)), false
	for _, token := range tokens {
		group, word := []term{{token, true}}, []rune(token)
		may := slips(word)
		if may > 0 {
			any = true
			for _, other := range variants(word) {
				group = append(group, term{text: other})
			}
		}
		if may > 1 {
			words, err := r.twoSlips(ctx, word)
			if err != nil {
				return nil, err
			}
			for _, other := range words {
				group = append(group, term{text: other})
			}
		}
		groups = append(groups, group)
	}
	if !any {
		return nil, nil
	}
	return groups, nil
}

// twoSlips lists words two slips away from word. Either a half of it is right,
// or there is one slip in each: so they begin like its first half, or like that
// with one slip, or hold the second half. Two letters that changed places where
// the halves meet are a slip of neither: see beginnings.
func (r *Reader) twoSlips(ctx context.Context, word []rune) ([]string, error) {
	half := word[:len(word)/2]
	found, err := r.eng.wordsFrom(ctx, r, beginnings(word))
	if err != nil {
		return nil, err
	}
	if in, ok := r.eng.parts([]string{string(word[len(half):])}); ok {
		bodies, err := list(ctx, r, "store.twoSlips", `SELECT d.body FROM `+in.from+` WHERE `+in.where+` ORDER BY `+in.newest+` DESC`+limitTo(nearDocs),
			scanText, in.arg, 0, int64(1)<<62)
		if err != nil {
			return nil, err
		}
		for _, body := range bodies {
			found = append(found, tokensOf(body)...)
		}
	}
	found = slices.DeleteFunc(distinct(found), func(other string) bool { return slipsBetween(word, []rune(other), 2) != 2 })
	return found[:min(len(found), nearWords)], nil
}

// beginnings are the first half of a word and whatever is one slip away from it,
// as it stands and with its last letter in the place of the one behind it.
func beginnings(word []rune) []string {
	n := len(word) / 2
	across := append(slices.Clone(word[:n-1]), word[n])
	var out []string
	for _, half := range [][]rune{word[:n], across} {
		out = append(append(out, string(half)), variants(half)...)
	}
	return distinct(out)
}

// variants lists every word one slip away from word: a letter too many, one too
// few, another one, or two that changed places.
func variants(word []rune) []string {
	letters := alphabetOf(word)
	var out []string
	put := func(parts ...[]rune) { out = append(out, string(slices.Concat(parts...))) }
	for i := range len(word) + 1 {
		for _, l := range letters {
			put(word[:i], []rune{l}, word[i:])
		}
		if i == len(word) {
			break
		}
		put(word[:i], word[i+1:])
		for _, l := range letters {
			put(word[:i], []rune{l}, word[i+1:])
		}
		if i+1 < len(word) {
			put(word[:i], []rune{word[i+1], word[i]}, word[i+2:])
		}
	}
	out = slices.DeleteFunc(distinct(out), func(s string) bool { return s == string(word) || s == "" })
	return out
}

// alphabetOf is what a wrong letter may have been: folded text has no accents.
func alphabetOf(word []rune) []rune {
	switch {
	case len(word) == 0:
		return nil
	case word[0] < 0x250:
		return []rune("abcdefghijklmnopqrstuvwxyzßæøłđðþœı")
	case unicode.Is(unicode.Cyrillic, word[0]):
		return []rune("абвгдежзийклмнопрстуфхцчшщъыьэюяєіїґ")
	case unicode.Is(unicode.Greek, word[0]):
		return []rune("αβγδεζηθικλμνξοπρσςτυφχψω")
	case unicode.Is(unicode.Hebrew, word[0]):
		return []rune("אבגדהוזחטיךכלםמןנסעףפץצקרשת")
	case unicode.Is(unicode.Arabic, word[0]):
		return []rune("ابةتثجحخدذرزسشصضطظعغفقكلمنهويىپچژگ")
	}
	return nil
}

// slipsBetween counts the slips from one word to another, at most most+1. Two
// letters that changed places are one slip.
func slipsBetween(a, b []rune, most int) int {
	if d := len(a) - len(b); d > most || -d > most {
		return most + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			other := 1
			if a[i-1] == b[j-1] {
				other = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+other)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], most+1)
}
