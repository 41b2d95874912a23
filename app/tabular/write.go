package tabular

import (
	"encoding/csv"
	"io"
)

// Writer writes a list for spreadsheets: UTF-8 with its mark, CRLF, no formula.
type Writer struct {
	w   *csv.Writer
	out []string
}

// NewWriter begins a list with the titles of its columns.
func NewWriter(w io.Writer, titles []string) (*Writer, error) {
	if _, err := io.WriteString(w, BOM); err != nil {
		return nil, err
	}
	t := &Writer{w: csv.NewWriter(w)}
	t.w.UseCRLF = true
	return t, t.Write(titles)
}

// Write adds a row.
func (t *Writer) Write(cells []string) error {
	t.out = t.out[:0]
	for _, cell := range cells {
		t.out = append(t.out, Defuse(cell))
	}
	return t.w.Write(t.out)
}

// Close writes what is left; w stays open.
func (t *Writer) Close() error {
	t.w.Flush()
	return t.w.Error()
}
