// Package tabular reads files of rows that others wrote: delimited text, Excel
// workbooks and address cards. Memory is bounded whatever the file holds, and
// each physical line belongs to the header, to a blank line or to exactly one
// record, with its numbers. What a column means, which person a row is and what
// is kept of it is not known here, and nothing is written anywhere.
package tabular

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// What is taken at most.
const (
	MaxLine    = 1 << 20 // bytes of a line
	MaxColumns = 1000
	maxRaw     = 8 << 10 // bytes of a refused line that are kept

	// A quoted cell may go on over this many lines and bytes. Beyond, its quote
	// is taken for one that was never closed.
	maxQuotedLines = 200
	maxQuotedBytes = 256 << 10
)

// Why a record cannot be read.
const (
	ReasonLong    = "line_too_long"
	ReasonNUL     = "nul"
	ReasonQuote   = "quote"          // one that never closes
	ReasonCells   = "too_many_cells" // more than the header has, and not empty
	ReasonNoEnd   = "card_no_end"
	ReasonOutside = "card_outside" // a line that belongs to no card
	ReasonBroken  = "unreadable"
)

// Errors of a file as a whole.
var (
	ErrFormat   = errors.New("tabular: no format that is known")
	ErrOld      = fmt.Errorf("%w: one of old Office programs", ErrFormat)
	ErrTooLarge = errors.New("tabular: more is packed into the file than is taken")
	ErrNoSheet  = errors.New("tabular: the workbook has no such sheet")
	ErrEmpty    = errors.New("tabular: there is nothing in the file")
	ErrWide     = errors.New("tabular: more columns than are taken")
)

// Record is a row of a file: what stands in its cells, and the first and last of
// its physical lines, from one. With a Reason it could not be read; Raw is then
// its text, of which a very long one is cut, and Pieces is what its cells seem to
// be, for whoever mends it.
type Record struct {
	Line, End int64
	Cells     []string
	Reason    string
	Raw       string
	Pieces    []string
}

// Counts are the physical lines of what was read so far. Lines is Header and
// Blank and those of the records together.
type Counts struct{ Lines, Header, Blank int64 }

// Source yields the records of a file, one after the other. Next returns io.EOF
// at the end; any other error says that the file cannot be read further. The
// cells of a record stay the caller's.
type Source interface {
	Header() []string // names of the columns; "" where there is none
	Next() (Record, error)
	Counts() Counts
	Close() error
}

// Format is how a file is written.
type Format struct {
	Kind      string `json:"kind"` // csv, xlsx, vcard
	Encoding  string `json:"encoding,omitempty"`
	Delimiter string `json:"delimiter,omitempty"`
	Header    bool   `json:"header,omitempty"` // the first row names the columns
	Sheet     string `json:"sheet,omitempty"`
}

// The kinds of file.
const (
	CSV   = "csv"
	XLSX  = "xlsx"
	VCard = "vcard"
)

// The encodings of text. Text that is not UTF-8 is read as Windows-1252, line by
// line.
const (
	UTF8        = "utf-8"
	UTF16LE     = "utf-16le"
	UTF16BE     = "utf-16be"
	Windows1252 = "windows-1252"
)

// Raw is how a row without a text of its own is shown: its cells, quoted.
func Raw(cells []string) string {
	var b strings.Builder
	for i, cell := range cells {
		if i > 0 {
			b.WriteByte(',')
		}
		if strings.ContainsAny(cell, ",\"\r\n") {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		b.WriteString(cell)
	}
	return cut(b.String())
}

// cut keeps the beginning of a text that may be very long, in whole characters.
func cut(s string) string {
	if len(s) <= maxRaw {
		return s
	}
	end := maxRaw
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

func isEmpty(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// names are the columns' names, as many as there are columns.
func names(cells []string) []string {
	out := make([]string, len(cells))
	for i, cell := range cells {
		out[i] = strings.Join(strings.Fields(cell), " ")
	}
	return out
}

// trimWidth makes a row as wide as the header. It tells false when what is too
// much is not empty.
func trimWidth(cells []string, width int) ([]string, bool) {
	for len(cells) > width {
		if last := len(cells) - 1; strings.TrimSpace(cells[last]) == "" {
			cells = cells[:last]
			continue
		}
		return cells, false
	}
	for len(cells) < width {
		cells = append(cells, "")
	}
	return cells, true
}

// Open reads a file as f says. size is that of the file and of use to a
// workbook alone, whose directory stands at its end.
func Open(r io.Reader, f Format) (Source, error) {
	switch f.Kind {
	case CSV:
		return openText(r, f)
	case VCard:
		return openCards(r, f)
	case XLSX:
		return openBook(r, f)
	}
	return nil, ErrFormat
}
