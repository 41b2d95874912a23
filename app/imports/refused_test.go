package imports_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"stead/app/blob"
	"stead/app/errs"
)

// What was not imported comes back as a table that can be mended and imported:
// what only a quotation mark or a nought was wrong with needs no mending at all.
func TestWhatWasRefusedIsImportedFromItsOwnFile(t *testing.T) {
	const n = 3000
	d := newDesk(t)
	first := d.bring(job("messy.csv", messy(n)+"No Mail,,nothing,,\n"))
	file := d.refused(first)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\uFEFF"))).ReadAll()
	if int64(len(rows)) != first.Rejected+1 && err == nil {
		t.Errorf("%d rows for %d refused", len(rows), first.Rejected)
	}
	second := d.bring(job("not imported.csv", file))
	if second.Records != first.Rejected || second.Created != first.Rejected-1 || second.Rejected != 1 {
		t.Fatalf("of %d refused: %s\n%s", first.Rejected, counts(second), d.refused(second))
	}
	if c := d.person("Broken 499"); len(c.Phones) != 1 || c.Emails[0].Typed != "b499@x.example" {
		t.Errorf("%s", short(c))
	}
	mended := strings.ReplaceAll(d.refused(second), "nothing", "mended@x.example")
	if third := d.bring(job("again.csv", mended)); third.Created != 1 {
		t.Errorf("mended: %s", counts(third))
	}
}

// A spreadsheet computes nothing of the file of what was refused: not of its
// cells, nor of the names of its columns, which are the stranger's as well.
func TestASpreadsheetComputesNothingOfWhatWasRefused(t *testing.T) {
	d := newDesk(t)
	i := d.bring(job("evil.csv", "Name,\"=HYPERLINK(\"\"x\"\")\",E-Mail, \u3000=A1\n\"  =1+2\",＝3+4,nothing,%x\n+1 503 555 0101,-5,none,|y\n"))
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(d.refused(i), "\uFEFF"))).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatal(rows, err)
	}
	for _, row := range rows {
		for _, cell := range row {
			bare := strings.TrimLeft(cell, " \u3000")
			if bare != "" && strings.ContainsRune("=＝%|", []rune(bare)[0]) {
				t.Errorf("%q is computed", cell)
			}
		}
	}
	if !strings.HasPrefix(rows[0][5], "'=HYPERLINK") {
		t.Errorf("the column is called %q", rows[0][5])
	}
}

// A file that cannot be taken says why, and what to do.
func TestAFileThatIsNoListSaysWhy(t *testing.T) {
	d := newDesk(t)
	wide := strings.Repeat("column,", 5000) + "end\n" + strings.Repeat("1,", 5000) + "1\n"
	for name, c := range map[string]struct{ file, code string }{
		"nothing":         {"", "file_empty"},
		"blank lines":     {"\r\n\r\n  \n", "file_empty"},
		"a picture":       {"\x89PNG\r\n\x1a\n", "file_format"},
		"a photograph":    {"\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01" + strings.Repeat("\x01\x9c,\n", 99), "file_format"},
		"a document":      {"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj\n", "file_format"},
		"an old workbook": {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 600), "file_old"},
		"what is packed":  {"\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\x03abc,def\n", "file_format"},
		"a program":       {"MZ\x90\x00\x03" + strings.Repeat("\x8d\x00\x02\xe8\x00\x07,\n\x11\x01", 200), "file_format"},
		"5,000 columns":   {wide, "file_wide"},
		"a broken book":   {"PK\x03\x04" + strings.Repeat("\x00", 22) + "\x13\x00\x00\x00[Content_Types].xml", "file_format"},
		"one endless row": {strings.Repeat("x", 10<<20), "file_format"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := d.svc.Upload(t.Context(), d.owner, "a.csv", strings.NewReader(c.file))
			if errs.KindOf(err) != errs.Invalid || errs.CodeOf(err) != c.code || errs.Fields(err)["file"] == "" {
				t.Errorf("%v, want %s", err, c.code)
			}
			if (c.code == "file_format" || c.code == "file_old") && !strings.Contains(errs.Message(err), "no CSV, Excel (.xlsx) or vCard file") {
				t.Errorf("says %q", errs.Message(err))
			}
		})
	}
	left, err := d.Store().FileIDs(t.Context(), "", 10)
	if err != nil || len(left) > 0 {
		t.Errorf("%v are left (%v)", left, err)
	}
	lies, err := os.ReadDir(filepath.Join(d.Config.Data, blob.Folder))
	if err != nil || len(lies) > 0 {
		t.Errorf("%v lie on the disk (%v)", lies, err)
	}
}

// Lines of every kind, in every encoding: what goes in comes out as accepted or
// refused, to the line.
func TestEveryLineIsAccountedFor(t *testing.T) {
	wide16 := func(text string, big bool) string {
		var out bytes.Buffer
		for _, u := range utf16.Encode([]rune("\uFEFF" + text)) {
			if big {
				u = u<<8 | u>>8
			}
			out.Write([]byte{byte(u), byte(u >> 8)})
		}
		return out.String()
	}
	const plain = "Name,Phone,Email\nAna,+1 503 555 0101,a@x.example\r\nBo,+1 503 555 0102,b@x.example\rCi,+1 503 555 0103,c@x.example\n"
	for name, c := range map[string]struct {
		file                     string
		lines, created, rejected int64
	}{
		"header only":        {"Name,Phone,Email\n", 1, 0, 0},
		"mixed line ends":    {plain, 4, 3, 0},
		"utf-16, little":     {wide16(plain, false), 4, 3, 0},
		"utf-16, big":        {wide16(plain, true), 4, 3, 0},
		"half a character":   {wide16(plain+"Di,1,d@x.example\n", false) + "\x41", 6, 5, 0},
		"windows-1252":       {"Name,Email\nM\xfcller,m@x.example\nStra\xdfer,s@x.example\n", 3, 2, 0},
		"a line of 10 MB":    {plain + strings.Repeat("y", 10<<20) + "\nEd,,e@x.example\n", 6, 4, 1},
		"noughts":            {plain + "N\x00,,n@x.example\n", 5, 3, 1},
		"names twice":        {"Email,Email,Name,Name\na@x.example,b@x.example,Ana,Other\n", 2, 1, 0},
		"a column of no use": {"Name,,Email,\nAna,,a@x.example,\n", 2, 1, 0},
		"scientific":         {"Name,Phone\nAna,1.50355E+10\nBo,'+15035550101\n", 3, 2, 0},
		"blank lines":        {"\n\n" + plain + "\n , ,\n\n", 9, 3, 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			i := d.bring(job("a.csv", c.file))
			if i.Lines != c.lines || i.Created != c.created || i.Rejected != c.rejected {
				t.Errorf("%d lines, %s; want %d, %d, %d\n%+v", i.Lines, counts(i), c.lines, c.created, c.rejected, i.ImportCounts)
			}
			if i.Rejected > 0 && strings.Count(d.refused(i), "\r\n") != int(i.Rejected)+1 {
				t.Errorf("what was refused: %.500s", d.refused(i))
			}
		})
	}
}

// Cards of telephones: old ones in quoted-printable, folded lines, pictures, and
// one that is cut off.
func TestCardsAreImported(t *testing.T) {
	d := newDesk(t)
	var b strings.Builder
	b.WriteString("BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;=E0=A4=95=E0=A5=81=E0=A4=AE=\r\n=E0=A4=BE=E0=A4=B0;;;\r\nTEL;CELL:+91 99900 00011\r\nPHOTO;ENCODING=BASE64;JPEG:\r\n /9j/4AAQ\r\n SkZJRg==\r\n\r\nEND:VCARD\r\n")
	fmt.Fprintf(&b, "BEGIN:VCARD\nVERSION:3.0\nFN:Ana\n  Costa\nTEL;TYPE=CELL:+1 503 555\n  0101\nPHOTO;ENCODING=b:%s\n %s\nEND:VCARD\n", strings.Repeat("A", 3<<20), strings.Repeat("B", 70))
	b.WriteString("BEGIN:VCARD\nVERSION:4.0\nFN:Bo Berg\nTEL;VALUE=uri:tel:+1-503-555-0102;ext=12\nEMAIL:bo@x.example\nEND:VCARD\n")
	b.WriteString("BEGIN:VCARD\nVERSION:3.0\nFN:Cut Off\nEMAIL:cut@x.example\n")
	i := d.bring(job("a.vcf", b.String()))
	if got := counts(i); got != "3 new, 0 updated, 0 unchanged, 1 rejected, 0 erased" || i.Preset != "vcard" {
		t.Fatal(got, d.refused(i))
	}
	if c := d.person("कुमार"); c.Phones[0].E164 != "+919990000011" {
		t.Errorf("%v", c.Phones)
	}
	if c := d.person("Ana Costa"); c.Phones[0].E164 != "+15035550101" {
		t.Errorf("%v", c.Phones)
	}
	if c := d.person("Bo Berg"); c.Phones[0].E164 != "+15035550102" {
		t.Errorf("%v", c.Phones)
	}
	if again := d.bring(job("not imported.csv", d.refused(i))); again.Created != 1 {
		t.Errorf("what was cut off: %s\n%s", counts(again), d.refused(i))
	}
}
