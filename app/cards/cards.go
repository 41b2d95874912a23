// Package cards masks payment card numbers in free text before it is stored. It
// knows no other kind of number and keeps no list of anything.
package cards

import (
	"slices"
	"strings"
)

// A card number has minDigits to maxDigits digits; maxPhone is the length of
// the longest phone number with its country code.
const (
	minDigits = 13
	maxDigits = 19
	maxPhone  = 15
	maxGap    = 4 // characters between two groups of digits
)

// Mask replaces each payment card number by "•••• " and its last four digits.
//
// A card number is a run of 13 to 19 digits that passes the Luhn check, with
// spaces, dashes or dots between them, or such a run that stands among other
// digits and is grouped as cards print it; commas, slashes and line ends between
// groups count for the latter alone, since lists are written with them. A number
// of up to 15 digits that starts with '+' is a phone number and stays. Text without a card number is returned as it is, and
// masking twice is masking once.
func Mask(text string) string {
	if !enoughDigits(text) {
		return text
	}
	for {
		masked, found := maskOnce(text)
		if !found {
			return text
		}
		text = masked // what was left and right of it may now meet
	}
}

func enoughDigits(text string) bool {
	n := 0
	for _, r := range text {
		if _, ok := digit(r); ok {
			if n++; n >= minDigits {
				return true
			}
		}
	}
	return false
}

func maskOnce(text string) (masked string, found bool) {
	var out strings.Builder
	done := 0
	for _, r := range findRuns(text) {
		for _, card := range r.cards() {
			out.WriteString(text[done:card[0].start])
			out.WriteString("•••• ")
			out.WriteString(lastFour(card))
			done = card[len(card)-1].end
		}
	}
	out.WriteString(text[done:])
	return out.String(), done > 0
}

func lastFour(card []group) string {
	var digits strings.Builder
	for _, g := range card {
		for _, d := range g.digits {
			digits.WriteByte('0' + d)
		}
	}
	all := digits.String()
	return all[len(all)-4:]
}

// cards finds the groups that are card numbers, from left to right: first
// those in a shape that cards are printed in, or else the whole run.
func (r run) cards() [][]group {
	from, plus := 0, r.plus && len(r.groups[0].digits) <= maxPhone // longer is no phone number
	if plus {
		if r.count() <= maxPhone {
			return nil
		}
		from = 1 // the first group is a phone number's, what follows may not be
	}
	var found [][]group
	for from < len(r.groups) {
		n := r.printed(from)
		if n > 0 {
			found = append(found, r.groups[from:from+n])
		}
		from += max(n, 1)
	}
	n := r.count()
	if len(found) == 0 && !plus && !r.listed && n >= minDigits && n <= maxDigits && r.luhn() {
		return [][]group{r.groups}
	}
	return found
}

// printed returns how many groups from the given one on look like a printed
// card, or 0. Sixteen digits are tried before fifteen, and so on.
func (r run) printed(from int) int {
	best, rank := 0, len(sizes)
	size := 0
	for to := from; to < len(r.groups); to++ {
		if size += len(r.groups[to].digits); size > maxDigits {
			break
		}
		at := slices.Index(sizes[:rank], size)
		if part := (run{groups: r.groups[from : to+1]}); at >= 0 && part.shaped() && part.luhn() {
			best, rank = to+1-from, at
		}
	}
	return best
}

// sizes of cards, the common ones first.
var sizes = []int{16, 15, 14, 13, 19, 18, 17}

func (r run) count() int {
	n := 0
	for _, g := range r.groups {
		n += len(g.digits)
	}
	return n
}

// shaped tells whether digits are grouped as cards print them and begin as
// cards begin: one block, fours with a shorter end, 4-6-5 or 4-6-4. Without it
// two phone numbers beside each other would often hold a "card".
func (r run) shaped() bool {
	if d := r.groups[0].digits[0]; d < 2 || d > 6 {
		return false
	}
	last := len(r.groups) - 1
	if last == 2 && len(r.groups[0].digits) == 4 && len(r.groups[1].digits) == 6 {
		n := len(r.groups[2].digits)
		return n == 4 || n == 5
	}
	for _, g := range r.groups[:last] {
		if len(g.digits) != 4 {
			return false
		}
	}
	return last == 0 || len(r.groups[last].digits) <= 4
}

func (r run) luhn() bool {
	sum, double := 0, false
	for i := len(r.groups) - 1; i >= 0; i-- {
		digits := r.groups[i].digits
		for j := len(digits) - 1; j >= 0; j-- {
			d := int(digits[j])
			if double {
				if d *= 2; d > 9 {
					d -= 9
				}
			}
			sum += d
			double = !double
		}
	}
	return sum%10 == 0
}
