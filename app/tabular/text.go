package tabular

import (
	"errors"
	"io"
	"strings"
)

// Text is read by a reader of our own: encoding/csv tells neither which physical
// lines a record took nor the text of a bad one, and a quote that never closes
// swallows the rest of the file there without an error.
//
// A quoted cell may go on over several lines. It is believed only when its quote
// closes, as quotes do, before a delimiter or the end of a line, within bounds,
// and when the record then has as many cells as the header. Otherwise the quote
// was never closed: that one line is refused and reading goes on with the next.
type text struct {
	in        *lines
	delimiter byte
	ahead     []line // read, and to be read again
	header    []string
	waiting   []Record // read while the header was looked for
	counts    Counts
}

// maxUnread is how many rows that cannot be read may stand before the header.
const maxUnread = 100

func openText(r io.Reader, f Format) (Source, error) {
	if len(f.Delimiter) != 1 {
		return nil, ErrFormat
	}
	t := &text{in: newLines(r, f.Encoding), delimiter: f.Delimiter[0]}
	first, err := t.line()
	switch {
	case errors.Is(err, io.EOF):
		return t, nil
	case err != nil:
		return nil, err
	}
	if _, ok := separator(first.text); ok && first.reason == "" {
		t.counts = Counts{Lines: 1, Header: 1}
	} else {
		t.ahead = append(t.ahead, first)
	}
	return t, t.readHeader(f.Header)
}

// separator reads the line "sep=;" with which a file may name its delimiter.
func separator(text string) (string, bool) {
	if len(text) != 5 || !strings.EqualFold(text[:4], "sep=") {
		return "", false
	}
	return text[4:], true
}

// readHeader takes the first row that can be read for the names of the columns,
// or learns from it how many there are. What cannot be read before it is a
// record like any other.
func (t *text) readHeader(named bool) error {
	var before []Record
	for len(before) < maxUnread {
		r, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if r.Reason != "" {
			before = append(before, r)
			continue
		}
		if named {
			t.header = names(r.Cells)
			t.counts.Header += r.End - r.Line + 1
			break
		}
		t.header = make([]string, len(r.Cells))
		before = append(before, r)
		break
	}
	t.waiting = before
	return nil
}

func (t *text) Header() []string { return t.header }
func (t *text) Counts() Counts   { return t.counts }
func (t *text) Close() error     { return nil }

// line returns the next physical line.
func (t *text) line() (line, error) {
	if len(t.ahead) > 0 {
		l := t.ahead[0]
		t.ahead = t.ahead[1:]
		return l, nil
	}
	return t.in.next()
}

// Next returns the next record; blank lines are counted and passed over.
func (t *text) Next() (Record, error) {
	if len(t.waiting) > 0 {
		r := t.waiting[0]
		t.waiting = t.waiting[1:]
		return r, nil
	}
	for {
		l, err := t.line()
		if err != nil {
			return Record{}, err
		}
		if l.reason == "" && strings.TrimSpace(l.text) == "" {
			t.counts.Lines++
			t.counts.Blank++
			continue
		}
		r, err := t.record(l)
		t.counts.Lines += r.End - r.Line + 1
		return r, err
	}
}

func (t *text) record(l line) (Record, error) {
	if l.reason != "" {
		return t.refuse(l, l.reason), nil
	}
	if len(l.text) > 0 && strings.IndexByte(l.text, '"') < 0 {
		return t.fit(l, l, strings.Split(l.text, string(t.delimiter)), l.text), nil
	}
	p := &splitter{delimiter: t.delimiter, lenient: true}
	p.feed(l.text)
	if !p.open {
		cells := p.cells()
		if p.odd && len(t.header) > 0 && len(cells) != len(t.header) {
			return t.refuse(l, ReasonQuote), nil
		}
		return t.fit(l, l, cells, l.text), nil
	}
	return t.goOn(l, p)
}

func refused(l line, reason string) Record {
	return Record{Line: l.number, End: l.number, Reason: reason, Raw: cut(l.text)}
}

// refuse is refused with what seem to be the cells, quotes or no.
func (t *text) refuse(l line, reason string) Record {
	r := refused(l, reason)
	if reason == ReasonLong {
		return r
	}
	for piece := range strings.SplitSeq(r.Raw, string(t.delimiter)) {
		piece = strings.Trim(strings.ReplaceAll(piece, nulMark, ""), ` "`)
		r.Pieces = append(r.Pieces, strings.ReplaceAll(piece, `""`, `"`))
	}
	return r
}

// goOn reads the lines over which a quoted cell goes on. When they make no
// record, the first of them is refused and the others are read again.
func (t *text) goOn(first line, p *splitter) (Record, error) {
	p.lenient = false
	var taken []line
	size := len(first.text)
	for p.open && !p.broken && len(taken) < maxQuotedLines && size < maxQuotedBytes {
		l, err := t.line()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Record{}, err
		}
		taken = append(taken, l)
		if l.reason != "" {
			break
		}
		size += len(l.text)
		p.feed(l.text)
	}
	if n := len(taken); n > 0 && !p.open && !p.broken {
		cells := p.cells()
		if len(t.header) == 0 || len(cells) == len(t.header) {
			return t.fit(first, taken[n-1], cells, ""), nil
		}
	}
	t.ahead = append(taken, t.ahead...)
	return t.refuse(first, ReasonQuote), nil
}

// fit makes a row as wide as the header. A short one has lost nothing.
func (t *text) fit(first, last line, cells []string, raw string) Record {
	r := Record{Line: first.number, End: last.number, Cells: cells}
	if len(t.header) > 0 {
		var ok bool
		if r.Cells, ok = trimWidth(cells, len(t.header)); !ok {
			r.Reason = ReasonCells
		}
	}
	if len(r.Cells) > MaxColumns {
		r.Reason = ReasonCells
	}
	if r.Reason != "" {
		if r.Raw, r.Cells, r.Pieces = cut(raw), nil, cells; raw == "" {
			r.Raw = Raw(cells)
		}
	}
	return r
}

// splitter cuts lines into cells. Within the first line a quote that nothing
// follows which may follow it is a character like any other; in those after it,
// it says that the lines do not belong together.
type splitter struct {
	delimiter byte
	lenient   bool
	open      bool // within quotes
	broken    bool
	odd       bool // a quote stands where none should
	done      []string
	cell      strings.Builder
	fresh     bool // a cell begins
	started   bool
}

func (p *splitter) feed(text string) {
	if p.started {
		p.cell.WriteByte('\n')
	} else {
		p.started, p.fresh = true, true
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case p.open && c == '"':
			i += p.quote(text[i+1:])
		case p.open:
			p.cell.WriteByte(c)
		case c == p.delimiter:
			p.end()
		case c == '"' && p.fresh:
			p.open, p.fresh = true, false
		default:
			p.cell.WriteByte(c)
			if c != ' ' {
				p.fresh = false
			}
		}
	}
}

// quote judges a quote within quotes by what follows it and tells how many
// characters more it takes.
func (p *splitter) quote(rest string) int {
	after := strings.TrimLeft(rest, " ")
	switch {
	case strings.HasPrefix(rest, `"`):
		p.cell.WriteByte('"')
		return 1
	case after == "", after[0] == p.delimiter:
		p.open = false
		return len(rest) - len(after)
	case p.lenient:
		p.odd = true
		p.cell.WriteByte('"')
	default:
		p.broken = true
	}
	return 0
}

func (p *splitter) end() {
	p.done = append(p.done, p.cell.String())
	p.cell.Reset()
	p.fresh = true
}

func (p *splitter) cells() []string {
	p.end()
	return p.done
}
