package tabular

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SniffSize is how much of a file's beginning Sniff wants to see.
const SniffSize = 256 << 10

// Sniff guesses from its beginning how a file is written. known tells whether a
// text is the name of a column somewhere: a row of such names is a header.
func Sniff(head []byte, known func(name string) bool) (Format, error) {
	switch {
	case len(bytes.Trim(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n")) == 0:
		return Format{}, ErrEmpty
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return Format{Kind: XLSX, Header: true}, nil
	case bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0")):
		return Format{}, ErrOld
	}
	f := Format{Kind: CSV, Encoding: encodingOf(head)}
	if isBinary(head, f.Encoding) {
		return Format{}, ErrFormat
	}
	if first := firstLine(head, f.Encoding); strings.EqualFold(strings.TrimSpace(first), "BEGIN:VCARD") {
		f.Kind = VCard
		return f, nil
	}
	f.Delimiter = delimiterOf(head, f.Encoding)
	f.Header = hasHeader(head, f, known)
	return f, nil
}

// others are how files begin that hold no list: documents, pictures, what is packed.
var others = []string{
	"%PDF", "{\\rtf", "\x89PNG", "\xFF\xD8\xFF", "GIF87a", "GIF89a", "\x00\x00\x01\x00", "II*\x00", "MM\x00*",
	"\x1F\x8B", "7z\xBC\xAF\x27\x1C", "Rar!\x1A", "\xFD7zXZ", "\x7FELF", "SQLite format 3\x00",
}

// isBinary tells what is no text: by how it begins, or since more of it is signs
// that no text has than an accident leaves in a list.
func isBinary(head []byte, encoding string) bool {
	if slices.ContainsFunc(others, func(begins string) bool { return bytes.HasPrefix(head, []byte(begins)) }) {
		return true
	}
	noughts, controls := 0, 0
	for _, b := range head {
		switch {
		case b == 0:
			noughts++
		case b < ' ' && !bytes.ContainsRune([]byte("\t\n\v\f\r\x1a\x1b"), rune(b)):
			controls++
		}
	}
	switch encoding {
	case UTF16LE, UTF16BE: // half of it may be noughts
		return false
	case Windows1252:
		return controls > len(head)/25 || noughts > len(head)/4
	}
	return controls+noughts > len(head)/4
}

// encodingOf guesses how text is encoded: by its mark, by where noughts stand,
// by whether it is UTF-8.
func encodingOf(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		return UTF8
	case bytes.HasPrefix(head, []byte("\xFF\xFE")):
		return UTF16LE
	case bytes.HasPrefix(head, []byte("\xFE\xFF")):
		return UTF16BE
	}
	var even, odd int
	sample := head[:min(len(head), 4096)]
	for i, b := range sample {
		switch {
		case b != 0:
		case i%2 == 0:
			even++
		default:
			odd++
		}
	}
	switch third := len(sample) / 6; {
	case len(sample) >= 4 && odd > third && even < odd/8:
		return UTF16LE
	case len(sample) >= 4 && even > third && odd < even/8:
		return UTF16BE
	case utf8.Valid(trimTail(head)):
		return UTF8
	}
	return Windows1252
}

// sample are the first lines that can be read, but for one that names the
// delimiter and what was cut off at the end.
func sample(head []byte, encoding string) []string {
	l := newLines(bytes.NewReader(head), encoding)
	var out []string
	for len(out) < 50 {
		next, err := l.next()
		if err != nil {
			break
		}
		if next.reason == "" && strings.TrimSpace(next.text) != "" {
			out = append(out, next.text)
		}
	}
	if len(out) > 1 && len(head) >= SniffSize && len(out) < 50 {
		out = out[:len(out)-1]
	}
	return out
}

func firstLine(head []byte, encoding string) string {
	if rows := sample(head, encoding); len(rows) > 0 {
		return rows[0]
	}
	return ""
}

// delimiterOf is what the file names itself, or the one that divides most lines
// into the same number of cells.
func delimiterOf(head []byte, encoding string) string {
	rows := sample(head, encoding)
	if len(rows) > 0 {
		if d, ok := separator(rows[0]); ok {
			return d
		}
	}
	best, score := ",", 0
	for _, d := range []string{",", ";", "\t", "|"} {
		counts := map[int]int{}
		for _, row := range rows {
			p := splitter{delimiter: d[0], lenient: true}
			p.feed(row)
			if n := len(p.cells()); n > 1 && !p.open {
				counts[n]++
			}
		}
		for cells, n := range counts {
			if s := n*1000 + min(cells, 100); s > score {
				best, score = d, s
			}
		}
	}
	return best
}

// hasHeader tells whether the first row names columns: one of its cells is a
// known name, or it is words alone and the rows below are not.
func hasHeader(head []byte, f Format, known func(string) bool) bool {
	src, err := openText(bytes.NewReader(head), Format{Kind: CSV, Encoding: f.Encoding, Delimiter: f.Delimiter})
	if err != nil {
		return false
	}
	first, err := src.Next()
	if err != nil || first.Reason != "" || isEmpty(first.Cells) {
		return false
	}
	for _, cell := range first.Cells {
		if known != nil && known(cell) {
			return true
		}
	}
	if slices.ContainsFunc(first.Cells, isValue) {
		return false
	}
	second, err := src.Next()
	return err == nil && second.Reason == "" && slices.ContainsFunc(second.Cells, isValue)
}

// isValue tells what no column is named: an address of mail, a number, a date.
func isValue(cell string) bool {
	digits, letters := 0, 0
	for _, r := range cell {
		switch {
		case r == '@':
			return true
		case unicode.IsDigit(r):
			digits++
		case unicode.IsLetter(r):
			letters++
		}
	}
	return digits > 0 && digits >= letters
}

// Probe reads what Sniff wants of a file and gives it back, to be read again
// with the rest.
func Probe(r io.Reader) (head []byte, whole io.Reader, err error) {
	head = make([]byte, SniffSize)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, nil, err
	}
	head = head[:n]
	return head, io.MultiReader(bytes.NewReader(head), r), nil
}

// IsArchive tells a zip that is no workbook: its first entry is not of one.
func IsArchive(head []byte) bool {
	if len(head) < 30 || !bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return false
	}
	n := int(binary.LittleEndian.Uint16(head[26:28]))
	if len(head) < 30+n {
		return false
	}
	name := string(head[30 : 30+n])
	return name != "[Content_Types].xml" && !strings.HasPrefix(name, "_rels/") && !strings.HasPrefix(name, "docProps/") &&
		!strings.HasPrefix(name, "xl/") && !strings.HasPrefix(name, "customXml/")
}
