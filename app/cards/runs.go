package cards

// A group is digits without anything between them, a run is groups with no more
// than a few separators between each other.
type (
	group struct {
		start, end int // in the text
		digits     []byte
	}
	run struct {
		groups []group
		plus   bool // a '+' stands before it
		listed bool // something between the groups also separates the things of a list
	}
)

func findRuns(text string) []run {
	var (
		runs []run
		now  run
		gap  int  // separators since the last digit
		list bool // one of them is of the kind that lists are written with
		plus bool // the last thing before this character was a '+'
	)
	flush := func() {
		if len(now.groups) > 0 {
			runs = append(runs, now)
		}
		now, gap, list = run{}, 0, false
	}
	for i, r := range text {
		value, isDigit := digit(r)
		switch {
		case isDigit && len(now.groups) > 0 && gap == 0:
			g := &now.groups[len(now.groups)-1]
			g.digits = append(g.digits, value)
			g.end = i + len(string(r))
		case isDigit:
			if len(now.groups) == 0 {
				now.plus = plus
			} else {
				now.listed = now.listed || list
			}
			now.groups = append(now.groups, group{start: i, end: i + len(string(r)), digits: []byte{value}})
			gap, list = 0, false
		case unseen(r):
			continue
		case separator(r), listing(r):
			list = list || listing(r)
			if gap++; gap > maxGap {
				flush()
			}
			continue // "+ 44" and "+(44" are still written with a plus
		case r == '(' && len(now.groups) == 0:
			continue
		default:
			flush()
		}
		plus = r == '+' || r == '＋'
	}
	flush()
	return runs
}

// unseen characters take no room: digits on both sides of one look like one number.
func unseen(r rune) bool {
	switch r {
	case '\u00ad', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
		return true
	}
	return false
}

// listing characters stand between the groups of a card as well as between
// things that have nothing to do with each other.
func listing(r rune) bool {
	switch r {
	case ',', '/', '_', '\n', '\r', ';', '|':
		return true
	}
	return false
}

func separator(r rune) bool {
	switch r {
	case ' ', '-', '.', '\t',
		'\u00a0', '\u2007', '\u2009', '\u202f', // spaces that do not break, or are thin
		'\u2010', '\u2011', '\u2012', '\u2013', '\u2212': // hyphens, dashes, minus
		return true
	}
	return false
}

// digit returns the value of a decimal digit as people type them on their
// keyboards: Latin, full width, Arabic, Persian, Devanagari, Bengali.
func digit(r rune) (byte, bool) {
	if r >= '0' && r <= '9' {
		return byte(r - '0'), true
	}
	for _, zero := range [...]rune{'０', '٠', '۰', '०', '০'} {
		if r >= zero && r <= zero+9 {
			return byte(r - zero), true
		}
	}
	return 0, false
}
