package tabular_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"stead/app/tabular"
)

// account reads what can be read of anything and checks that each line belongs
// to exactly one record, to the header or to the blank ones.
func account(t *testing.T, data []byte, f tabular.Format) {
	t.Helper()
	src, err := tabular.Open(bytes.NewReader(data), f)
	if err != nil {
		return
	}
	defer src.Close()
	var lines, last int64
	for {
		r, err := src.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				return
			}
			break
		}
		if r.Line <= last || r.End < r.Line {
			t.Fatalf("record at lines %d to %d after line %d", r.Line, r.End, last)
		}
		if (r.Reason == "") == (r.Cells == nil) {
			t.Fatalf("record at line %d: reason %q with %d cells", r.Line, r.Reason, len(r.Cells))
		}
		last = r.End
		lines += r.End - r.Line + 1
	}
	if c := src.Counts(); c.Lines != lines+c.Header+c.Blank {
		t.Fatalf("%d lines, of them %d header, %d blank, %d in records", c.Lines, c.Header, c.Blank, lines)
	}
}

// physical counts the lines of a text by the plainest rule there is.
func physical(data []byte) (n int64) {
	data = bytes.ReplaceAll(bytes.ReplaceAll(bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")), []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	n = int64(bytes.Count(data, []byte("\n")))
	if len(data) > 0 && data[len(data)-1] != '\n' {
		n++
	}
	return n
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"a,b\n1,\"2\n3\"\n", "sep=;\na;b\r\r\n\"x", "\"\"\"\n\"a\"b\",c\n\n", "\xEF\xBB\xBFa\x00\n", "a,b\n\"1,2\n\"3,4\n"} {
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, header bool) {
		for _, encoding := range []string{tabular.UTF8, tabular.UTF16LE} {
			account(t, data, tabular.Format{Kind: tabular.CSV, Encoding: encoding, Delimiter: ",", Header: header})
		}
		src, err := tabular.Open(bytes.NewReader(data), tabular.Format{Kind: tabular.CSV, Encoding: tabular.UTF8, Delimiter: ",", Header: header})
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = src.Next()
		}
		if got, want := src.Counts().Lines, physical(data); got != want {
			t.Fatalf("%d lines of %d", got, want)
		}
	})
}

func FuzzCards(f *testing.F) {
	f.Add([]byte("BEGIN:VCARD\nVERSION:2.1\nFN;ENCODING=QUOTED-PRINTABLE:=E0=\n=A4\nEND:VCARD\n"))
	f.Add([]byte("BEGIN:VCARD\nitem1.TEL;TYPE=\"a,b\":tel:+1\nPHOTO:AA\n BB\nBEGIN:VCARD\nx\nEND:VCARD"))
	f.Fuzz(func(t *testing.T, data []byte) {
		account(t, data, cardsFormat)
		src, err := tabular.Open(bytes.NewReader(data), cardsFormat)
		for err == nil {
			_, err = src.Next()
		}
		if got, want := src.Counts().Lines, physical(data); got != want {
			t.Fatalf("%d lines of %d", got, want)
		}
	})
}

func FuzzWorkbook(f *testing.F) {
	f.Add(`<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="9"><c r="B9"><v>1E3</v></c></row>`)
	f.Add(`<row><c><v>1</v></c></row><row r="1"/><row r="-3"/>`)
	f.Fuzz(func(t *testing.T, rows string) { account(t, workbook(t, rows, nil), bookFormat) })
}

func FuzzSniff(f *testing.F) {
	f.Add([]byte("a;b\n1;2\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if format, err := tabular.Sniff(data, nil); err == nil {
			account(t, data, format)
		}
	})
}
