package exports

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"stead/app/tabular"
)

// table takes the rows of a list.
type table interface {
	write(cells []string) error
	close() error
}

// csvTable is a list for spreadsheets.
type csvTable struct{ *tabular.Writer }

func newCSV(w io.Writer, columns []column) (table, error) {
	out, err := tabular.NewWriter(w, titles(columns))
	return csvTable{out}, err
}

func titles(columns []column) []string {
	var out []string
	for _, c := range columns {
		out = append(out, c.Title)
	}
	return out
}

func (t csvTable) write(cells []string) error { return t.Write(cells) }

func (t csvTable) close() error { return t.Close() }

// xlsxTable is a workbook of one sheet, written as it goes: the cells stand in
// the sheet itself and are typed as text, so that nothing computes and nothing
// has to be kept. The library for workbooks spools a large sheet into a
// temporary file, in the clear; here nothing is put anywhere.
type xlsxTable struct {
	zip     *zip.Writer
	w       *bufio.Writer
	columns []column
	row     int
}

// A sheet has no more rows than this; what is beyond goes nowhere silently.
const maxSheetRows = 1 << 20

// maxCell is the most characters of a cell.
const maxCell = 32767

var errTooManyRows = errors.New("exports: a workbook has no more than 1,048,576 rows")

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

var xlsxParts = [][2]string{
	{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`},
	{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
	{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`},
	{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Stead" sheetId="1" r:id="rId1"/></sheets></workbook>`},
	{"xl/styles.xml", `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="2"><font/><font><b/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf numFmtId="49" applyNumberFormat="1"/><xf numFmtId="49" fontId="1" applyNumberFormat="1" applyFont="1"/><xf/></cellXfs></styleSheet>`},
}

func newXLSX(w io.Writer, columns []column) (table, error) {
	t := &xlsxTable{zip: zip.NewWriter(w), columns: columns}
	for _, part := range xlsxParts {
		out, err := t.zip.Create(part[0])
		if err == nil {
			_, err = io.WriteString(out, xmlHead+part[1])
		}
		if err != nil {
			return nil, err
		}
	}
	sheet, err := t.zip.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return nil, err
	}
	t.w = bufio.NewWriterSize(sheet, 32<<10)
	_, err = t.w.WriteString(xmlHead + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView></sheetViews><sheetData>`)
	if err != nil {
		return nil, err
	}
	return t, t.write(titles(columns))
}

func (t *xlsxTable) write(cells []string) error {
	if t.row++; t.row > maxSheetRows {
		return errTooManyRows
	}
	_, _ = t.w.WriteString(`<row r="` + strconv.Itoa(t.row) + `">`) // an error stays and comes again
	for i, cell := range cells {
		if err := t.cell(i, cell); err != nil {
			return err
		}
	}
	_, err := t.w.WriteString("</row>")
	return err
}

func (t *xlsxTable) cell(i int, text string) error {
	at := cellName(i, t.row)
	switch {
	case text == "":
		return nil
	case t.row > 1 && t.columns[i].number && tabular.IsNumber(text) && len(text) <= 15:
		_, err := t.w.WriteString(`<c r="` + at + `" s="2"><v>` + text + `</v></c>`)
		return err
	}
	style := "0"
	if t.row == 1 {
		style = "1"
	}
	_, _ = t.w.WriteString(`<c r="` + at + `" t="inlineStr" s="` + style + `"><is><t xml:space="preserve">`)
	if err := xml.EscapeText(t.w, []byte(fitting(text))); err != nil {
		return err
	}
	_, err := t.w.WriteString("</t></is></c>")
	return err
}

// fitting is a text as long as a cell may be.
func fitting(text string) string {
	if len(text) <= maxCell {
		return text
	}
	n := 0
	for i, r := range text {
		if n += len(utf16(r)); n > maxCell {
			return text[:i]
		}
	}
	return text
}

// utf16 tells how a workbook counts a letter.
func utf16(r rune) string {
	if r > 0xffff && r <= utf8.MaxRune {
		return "xx"
	}
	return "x"
}

// cellName is A1, B1 … AA1.
func cellName(column, row int) string {
	var letters strings.Builder
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		letters.WriteByte(byte('A' + (n-1)%26))
	}
	name := []byte(letters.String())
	for i, j := 0, len(name)-1; i < j; i, j = i+1, j-1 {
		name[i], name[j] = name[j], name[i]
	}
	return string(name) + strconv.Itoa(row)
}

func (t *xlsxTable) close() error {
	if _, err := t.w.WriteString("</sheetData></worksheet>"); err != nil {
		return err
	}
	return errors.Join(t.w.Flush(), t.zip.Close())
}
