package tabular

import (
	"errors"
	"io"
	"slices"
	"strings"
)

// Address cards are read by a reader of our own: a library that decodes them
// does not tell which lines a card took, and the oldest form, which telephones
// still write, needs its lines joined before they mean anything.

// Between is what stands between the values of a cell that has several.
const Between = " ::: "

// The columns that a card becomes.
const (
	colFull = iota
	colFirst
	colMiddle
	colLast
	colPrefix
	colSuffix
	colPhone
	colPhoneLabel
	colEmail
	colEmailLabel
	colCompany
	colRole
	colAddressLabel
	colStreet
	colCity
	colRegion
	colPostcode
	colCountry
	colNotes
	colLanguage
	colZone
	colTags
	colBirthday
	colWebsite
	cardColumns
)

var cardHeader = []string{
	"Full Name", "First Name", "Middle Name", "Last Name", "Name Prefix", "Name Suffix",
	"Phone", "Phone Label", "E-mail", "E-mail Label", "Organization Name", "Organization Title",
	"Address Label", "Street", "City", "Region", "Postal Code", "Country", "Notes", "Language", "Time Zone", "Labels", "Birthday", "Website",
}

// What a card may hold besides its pictures, which are passed over.
const (
	maxCardText  = 256 << 10
	maxCardLines = 200_000
)

type cards struct {
	in     *lines
	held   *line // read, and the first of the next record
	counts Counts
}

func openCards(r io.Reader, f Format) (Source, error) {
	return &cards{in: newLines(r, f.Encoding)}, nil
}

func (c *cards) Header() []string { return slices.Clone(cardHeader) }
func (c *cards) Counts() Counts   { return c.counts }
func (c *cards) Close() error     { return nil }

func (c *cards) line() (line, error) {
	if c.held != nil {
		l := *c.held
		c.held = nil
		return l, nil
	}
	return c.in.next()
}

func begins(l line) bool {
	return l.reason == "" && strings.EqualFold(strings.TrimSpace(l.text), "BEGIN:VCARD")
}

func ends(l line) bool {
	return l.reason == "" && strings.EqualFold(strings.TrimSpace(l.text), "END:VCARD")
}

// Next returns the next card. Lines that stand in none are records of their own
// that cannot be read.
func (c *cards) Next() (Record, error) {
	for {
		l, err := c.line()
		if err != nil {
			return Record{}, err
		}
		c.counts.Lines++
		switch {
		case begins(l):
			return c.card(l)
		case l.reason != "":
			return refused(l, l.reason), nil
		case strings.TrimSpace(l.text) == "":
			c.counts.Blank++
		default:
			return refused(l, ReasonOutside), nil
		}
	}
}

// card reads up to the end of a card. One whose end is missing ends where the
// next begins.
func (c *cards) card(first line) (Record, error) {
	r := Record{Line: first.number, End: first.number}
	p := properties{}
	for r.Reason == "" || r.Reason == ReasonNUL || r.Reason == ReasonLong {
		l, err := c.line()
		switch {
		case errors.Is(err, io.EOF):
			r.Reason = ReasonNoEnd
		case err != nil:
			return r, err
		case begins(l):
			c.held, r.Reason = &l, ReasonNoEnd
		default:
			c.counts.Lines++
			r.End = l.number
			if ends(l) {
				return c.whole(r, &p), nil
			}
			if l.reason != "" && !p.picture && !isPicture(l.text) {
				r.Reason = l.reason
			}
			if r.Reason != "" {
				continue
			}
			if p.add(l.text); p.size > maxCardText || r.End-r.Line > maxCardLines {
				r.Reason = ReasonLong
			}
		}
	}
	return refuseCard(r, &p), nil
}

func refuseCard(r Record, p *properties) Record {
	if r.Raw = cut(p.text()); r.Reason != ReasonLong {
		r.Pieces = p.cells()
	}
	return r
}

func (c *cards) whole(r Record, p *properties) Record {
	if r.Reason != "" {
		return refuseCard(r, p)
	}
	r.Cells = p.cells()
	return r
}
