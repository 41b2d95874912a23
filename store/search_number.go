package store

import (
	"context"
	"slices"
	"strings"
)

const (
	minDigits  = 3    // that are looked for in numbers
	wideNumber = 2000 // numbers with one end: more are not sorted
)

// number is a query of digits alone, as the ways in which a phone number may
// hold it: at its beginning, at its end (last digit first), somewhere.
type number struct {
	begins       []string
	ends, inside string
}

// typedNumber reads a query that is a phone number or a part of one. A long one
// may lack the country, or hold the nought that stands for it.
func typedNumber(kind, query string) (number, bool) {
	var digits []byte
	for _, r := range query {
		switch {
		case r >= '0' && r <= '9':
			digits = append(digits, byte(r))
		case !strings.ContainsRune(" +-()./", r):
			return number{}, false
		}
	}
	if kind != "contact" || len(digits) < minDigits || len(digits) > 20 {
		return number{}, false
	}
	n := number{begins: []string{string(digits)}}
	if len(digits) > 4 {
		if short := strings.TrimLeft(string(digits), "0"); short != "" && len(short) < len(digits) {
			n.begins = append(n.begins, short)
			digits = digits[min(len(digits)-len(short), len(digits)-minDigits):]
		}
	}
	n.inside = string(digits)
	slices.Reverse(digits)
	n.ends = string(digits)
	return n, true
}

// numberSource finds contacts by the end of a number, or by words of digits that
// begin so: a number stands among the words as one run of digits.
func (r *Reader) numberSource(q quest, way int) haystack {
	if way == byWhole {
		return haystack{
			from: `(SELECT DISTINCT e.contact_id FROM (SELECT p.contact_id FROM contact_phones p
				WHERE ` + r.eng.begins("p.reversed", "$1") + limitTo(wideNumber) + `) e) h CROSS JOIN search_docs d`, // CROSS: SQLite begins with the numbers
			where: `d.ref = h.contact_id AND d.id > $2 AND d.id < $3`, newest: `d.id`, arg: q.number.ends,
		}
	}
	var group []term
	for _, digits := range q.number.begins {
		group = append(group, term{digits, true})
	}
	in := r.words([][]term{group}, nil)
	in.where += ` AND NOT EXISTS (SELECT 1 FROM contact_phones p WHERE p.contact_id = d.ref AND ` + r.eng.begins("p.reversed", "$4") + `)`
	in.more = q.number.ends
	return in
}

// numberWay is how a number finds a contact.
func (r *Reader) numberWay(ctx context.Context, q quest, d searchDoc) (int, error) {
	var n int64
	err := r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM contact_phones p WHERE p.contact_id = $1 AND `+r.eng.begins("p.reversed", "$2"), d.ref, q.number.ends).Scan(&n)
	switch {
	case err != nil:
		return 0, r.fault("store.Search", err)
	case n > 0:
		return byWhole, nil
	}
	for _, digits := range q.number.begins {
		if wayOf([]string{digits}, d.body) <= byBeginning {
			return byBeginning, nil
		}
	}
	return byPart, nil
}
