package tabular

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

func (b *book) readHeader(named bool) error {
	r, err := b.Next()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	case named && r.Reason == "":
		b.header = names(r.Cells)
		b.counts.Header++
		return nil
	}
	b.first = &r
	return nil
}

// Next returns the next row that is not blank. The lines of a sheet are its rows.
func (b *book) Next() (Record, error) {
	if b.first != nil {
		r := *b.first
		b.first = nil
		return r, nil
	}
	for !b.over {
		token, err := b.dec.RawToken()
		if err != nil {
			return Record{}, broken(err) // also where the file ends before the sheet does
		}
		if end, ok := token.(xml.EndElement); ok && end.Name.Local == "sheetData" {
			b.over = true
			continue
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "row" {
			continue
		}
		number := b.row + 1
		if n, err := strconv.ParseInt(attribute(start, "r"), 10, 64); err == nil && n >= number && n <= 1<<20 {
			number = n
		}
		b.counts.Blank += number - b.row - 1
		b.counts.Lines, b.row = number, number
		r, err := b.cells(number)
		if err != nil {
			return Record{}, err
		}
		if r.Reason == "" && isEmpty(r.Cells) {
			b.counts.Blank++
			continue
		}
		return r, nil
	}
	return Record{}, io.EOF
}

// cells reads to the end of a row.
func (b *book) cells(number int64) (Record, error) {
	r := Record{Line: number, End: number}
	column, size := -1, 0
	for {
		token, err := b.dec.RawToken()
		if err != nil {
			return r, broken(err)
		}
		switch e := token.(type) {
		case xml.EndElement:
			if e.Name.Local == "row" {
				return b.fit(r), nil
			}
		case xml.StartElement:
			if e.Name.Local != "c" {
				continue
			}
			column++
			if c := columnOf(attribute(e, "r")); c > column {
				column = c
			}
			value, err := b.value(e)
			if err != nil {
				return r, err
			}
			switch size += len(value); {
			case column >= MaxColumns && value != "":
				r.Reason = ReasonCells
			case size > MaxLine:
				r.Reason = ReasonLong
			case column < MaxColumns:
				for len(r.Cells) <= column {
					r.Cells = append(r.Cells, "")
				}
				r.Cells[column] = value
			}
		}
	}
}

func (b *book) fit(r Record) Record {
	if b.header != nil && r.Reason == "" {
		var ok bool
		if r.Cells, ok = trimWidth(r.Cells, len(b.header)); !ok {
			r.Reason = ReasonCells
		}
	}
	if r.Reason == "" && strings.ContainsRune(strings.Join(r.Cells, ""), 0) {
		r.Reason = ReasonNUL
	}
	if r.Reason != "" {
		r.Raw, r.Pieces, r.Cells = Raw(r.Cells), r.Cells, nil
	}
	return r
}

// value reads to the end of a cell.
func (b *book) value(cell xml.StartElement) (string, error) {
	kind := attribute(cell, "t")
	style, _ := strconv.Atoi(attribute(cell, "s"))
	var text strings.Builder
	var at []string
	for {
		token, err := b.dec.RawToken()
		if err != nil {
			return "", broken(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if at = append(at, e.Name.Local); len(at) > 64 {
				return "", ErrFormat
			}
		case xml.EndElement:
			if len(at) == 0 {
				return b.read(kind, text.String(), style), nil
			}
			at = at[:len(at)-1]
		case xml.CharData:
			if n := len(at); n > 0 && (at[n-1] == "v" || at[n-1] == "t" && (n < 2 || at[n-2] != "rPh")) && text.Len() < MaxLine {
				text.Write(unescape(e))
			}
		}
	}
}

// read is what a cell shows, as far as it matters: numbers in full, dates as
// dates.
func (b *book) read(kind, text string, style int) string {
	switch kind {
	case "s":
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			return ""
		}
		shown, _ := b.shared.at(n)
		return shown
	case "b":
		if text == "1" {
			return "true"
		}
		return "false"
	case "e":
		return ""
	case "", "n":
		n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		switch {
		case err != nil || math.IsInf(n, 0) || math.IsNaN(n):
			return text
		case style >= 0 && style < len(b.styles) && b.styles[style]:
			return b.date(n, text)
		case math.Abs(n) >= 1e15: // its last digits are not those that were typed
			return strconv.FormatFloat(n, 'E', -1, 64)
		}
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return text
}

// date reads days since the end of 1899, in which 1900 counts as a leap year, or
// since the beginning of 1904.
func (b *book) date(days float64, text string) string {
	if days < 0 || days > 2_958_466 {
		return text
	}
	start := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if b.since == 1904 {
		start = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	} else if days < 60 {
		start = start.AddDate(0, 0, 1)
	}
	whole, part := math.Modf(days)
	at := start.AddDate(0, 0, int(whole)).Add(time.Duration(math.Round(part*86400)) * time.Second)
	switch {
	case whole == 0 && part > 0:
		return at.Format("15:04:05")
	case part == 0:
		return at.Format("2006-01-02")
	}
	return at.Format("2006-01-02 15:04:05")
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// columnOf is the number of the column in "AB12", from nought; -1 for none.
func columnOf(ref string) int {
	n := 0
	for i := 0; i < len(ref) && i < 4 && ref[i] >= 'A' && ref[i] <= 'Z'; i++ {
		n = n*26 + int(ref[i]-'A') + 1
	}
	return n - 1
}
