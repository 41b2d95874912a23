package tabular_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"stead/app/tabular"
)

// read reads a whole file and checks that its lines add up.
func read(t testing.TB, data []byte, f tabular.Format) (header []string, good, bad []tabular.Record) {
	t.Helper()
	src, err := tabular.Open(bytes.NewReader(data), f)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var lines, last int64
	for {
		r, err := src.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if r.Line <= last || r.End < r.Line {
			t.Fatalf("record at lines %d to %d after line %d", r.Line, r.End, last)
		}
		last = r.End
		lines += r.End - r.Line + 1
		if r.Reason == "" {
			good = append(good, r)
		} else {
			bad = append(bad, r)
		}
	}
	if c := src.Counts(); c.Lines != lines+c.Header+c.Blank || c.Lines < last {
		t.Fatalf("lines %d, of them header %d, blank %d, in records %d (the last is %d)", c.Lines, c.Header, c.Blank, lines, last)
	}
	return src.Header(), good, bad
}

func csv(delimiter string) tabular.Format {
	return tabular.Format{Kind: tabular.CSV, Encoding: tabular.UTF8, Delimiter: delimiter, Header: true}
}

func cells(rows []tabular.Record) (out [][]string) {
	for _, r := range rows {
		out = append(out, r.Cells)
	}
	return out
}

func reasons(rows []tabular.Record) (out []string) {
	for _, r := range rows {
		out = append(out, fmt.Sprintf("%d-%d %s", r.Line, r.End, r.Reason))
	}
	return out
}

func TestWhatStandsInText(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		good [][]string
		bad  []string
	}{
		"plain":                              {"a,b\n1,2\n3,4", [][]string{{"1", "2"}, {"3", "4"}}, nil},
		"all line ends":                      {"a,b\r1,2\r\n3,4\n5,6\r", [][]string{{"1", "2"}, {"3", "4"}, {"5", "6"}}, nil},
		"blank lines":                        {"\n\na,b\n\n1,2\n  \n\n", [][]string{{"1", "2"}}, nil},
		"quotes":                             {"a,b\n\"x, \"\"y\"\"\",2", [][]string{{`x, "y"`, "2"}}, nil},
		"a cell over two lines":              {"a,b\n\"x\r\ny\",2\n3,4", [][]string{{"x\ny", "2"}, {"3", "4"}}, nil},
		"quotes as they come":                {"a,b\n\"Kumar \"Best\" Traders\",5' 3\"\n", [][]string{{`Kumar "Best" Traders`, `5' 3"`}}, nil},
		"short rows":                         {"a,b,c\n1\n1,2\n", [][]string{{"1", "", ""}, {"1", "2", ""}}, nil},
		"long rows":                          {"a,b\n1,2,,\n1,2,3\n", [][]string{{"1", "2"}}, []string{"3-3 too_many_cells"}},
		"an unclosed quote":                  {"a,b\n1,\"2\n3,4\n5,6\n", [][]string{{"3", "4"}, {"5", "6"}}, []string{"2-2 quote"}},
		"an unclosed quote before quotes":    {"a,b\n1,\"2\n\"3\",\"4\"\n", [][]string{{"3", "4"}}, []string{"2-2 quote"}},
		"an unclosed quote in the last":      {"a,b\n1,2\n\"3,4", [][]string{{"1", "2"}}, []string{"3-3 quote"}},
		"two of them":                        {"a,b,c\n1,\"2,3\n4,5,6\n7,\"8,9\n0,0,0\n", [][]string{{"4", "5", "6"}, {"0", "0", "0"}}, []string{"2-2 quote", "4-4 quote"}},
		"a quote that closes in a later row": {"a,b,c\n1,\"2,3\n4,5,6\"\n", [][]string{{"4", "5", `6"`}}, []string{"2-2 quote"}},
		"a quote missing among quotes":       {"a,b,c\n\"1\",\"2,\"3\"\n\"4\",\"5\",\"6\"\n", [][]string{{"4", "5", "6"}}, []string{"2-2 quote"}},
		"a nought":                           {"a,b\n1,\x002\n3,4\n", [][]string{{"3", "4"}}, []string{"2-2 nul"}},
		"another encoding in one line":       {"a,b\nM\xfcller,2\nMüller,3\n", [][]string{{"Müller", "2"}, {"Müller", "3"}}, nil},
		"named delimiter":                    {"sep=,\na,b\n1,2\n", [][]string{{"1", "2"}}, nil},
		"a mark at the beginning":            {"\xEF\xBB\xBFa,b\n1,2\n", [][]string{{"1", "2"}}, nil},
		"nothing but a header":               {"a,b", nil, nil},
		"nothing":                            {"", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			header, good, bad := read(t, []byte(c.data), csv(","))
			if c.data != "" && !slices.Contains(header, "a") {
				t.Errorf("header %q", header)
			}
			if got, want := fmt.Sprintf("%q", cells(good)), fmt.Sprintf("%q", c.good); got != want {
				t.Errorf("rows %s, want %s", got, want)
			}
			if got := reasons(bad); !slices.Equal(got, c.bad) {
				t.Errorf("refused %q, want %q", got, c.bad)
			}
		})
	}
}

// What is refused comes with what its cells seem to be, so that it is easily
// mended.
func TestWhatIsRefusedComesInPieces(t *testing.T) {
	_, _, bad := read(t, []byte("a;b;c\n\"Ana;1;2\nB\x00o;3;4\n1;2;3;4\n\"x\ny\";2;3;4\n"+strings.Repeat("z", 2<<20)+"\n"), csv(";"))
	var got [][]string
	for _, r := range bad {
		got = append(got, r.Pieces)
	}
	want := [][]string{{"Ana", "1", "2"}, {"Bo", "3", "4"}, {"1", "2", "3", "4"}, {"x"}, {"y\"", "2", "3", "4"}, nil}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A quote that never closes, in one line of a thousand, costs that line alone.
func TestAQuoteThatNeverClosesCostsItsLineAlone(t *testing.T) {
	const rows = 20_000
	for name, quoted := range map[string]bool{"rows without quotes": false, "rows with quotes": true} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			b.WriteString("name,phone,email\n")
			for i := range rows {
				switch {
				case i%1000 == 500:
					fmt.Fprintf(&b, "\"Person %d,+1503555%04d,p%d@example.com\n", i, i%10000, i)
				case quoted:
					fmt.Fprintf(&b, "\"Person %d\",\"+1503555%04d\",\"p%d@example.com\"\n", i, i%10000, i)
				default:
					fmt.Fprintf(&b, "Person %d,+1503555%04d,p%d@example.com\n", i, i%10000, i)
				}
			}
			_, good, bad := read(t, b.Bytes(), csv(","))
			if len(good) != rows-rows/1000 || len(bad) != rows/1000 {
				t.Errorf("%d good and %d bad of %d", len(good), len(bad), rows)
			}
		})
	}
}

// A line of ten megabytes is refused, and memory stays where it was.
func TestAVeryLongLineIsRefusedInLittleMemory(t *testing.T) {
	long := io.MultiReader(strings.NewReader("a,b\n1,2\n"), io.LimitReader(endless('x'), 200<<20), strings.NewReader("\n3,4\n"))
	src, err := tabular.Open(long, csv(","))
	if err != nil {
		t.Fatal(err)
	}
	var good int
	var bad []string
	var most uint64
	for {
		r, err := src.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc)
		if r.Reason == "" {
			good++
		} else {
			bad = append(bad, fmt.Sprintln(r.Line, r.Reason, len(r.Raw) < 16<<10))
		}
	}
	if good != 2 || !slices.Equal(bad, []string{"3 line_too_long true\n"}) {
		t.Errorf("%d good, refused %v", good, bad)
	}
	if most > 32<<20 {
		t.Errorf("%d MiB of memory", most>>20)
	}
}

type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

func utf16File(text string, big, mark bool) []byte {
	var out []byte
	units := utf16.Encode([]rune(text))
	if mark {
		units = append([]uint16{0xFEFF}, units...)
	}
	for _, u := range units {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}

func TestHowAFileIsWrittenIsGuessed(t *testing.T) {
	known := func(name string) bool { return strings.EqualFold(name, "phone") }
	text := "Name;Phone\nMüller;+49 30 1234\nकुमार;+91 99\n"
	for name, c := range map[string]struct {
		data []byte
		want tabular.Format
	}{
		"utf-8":              {[]byte(text), tabular.Format{Kind: "csv", Encoding: "utf-8", Delimiter: ";", Header: true}},
		"utf-16, little":     {utf16File(text, false, true), tabular.Format{Kind: "csv", Encoding: "utf-16le", Delimiter: ";", Header: true}},
		"utf-16, big":        {utf16File(text, true, true), tabular.Format{Kind: "csv", Encoding: "utf-16be", Delimiter: ";", Header: true}},
		"utf-16 without one": {utf16File("Name,Phone\nAna Costa,+49 30 1234\n", false, false), tabular.Format{Kind: "csv", Encoding: "utf-16le", Delimiter: ",", Header: true}},
		"windows-1252":       {[]byte("Name,Phone\nM\xfcller,1\n"), tabular.Format{Kind: "csv", Encoding: "windows-1252", Delimiter: ",", Header: true}},
		"tabs":               {[]byte("Ana\tana@x.example\nBo\tbo@x.example\n"), tabular.Format{Kind: "csv", Encoding: "utf-8", Delimiter: "\t"}},
		"bars":               {[]byte("name|mail\nAna|ana@x.example\n"), tabular.Format{Kind: "csv", Encoding: "utf-8", Delimiter: "|", Header: true}},
		"named":              {[]byte("sep=;\na,b;phone\n"), tabular.Format{Kind: "csv", Encoding: "utf-8", Delimiter: ";", Header: true}},
		"commas in quotes":   {[]byte("a;phone\n\"x,y,z\";1\n\"x,y,z\";2\n"), tabular.Format{Kind: "csv", Encoding: "utf-8", Delimiter: ";", Header: true}},
		"a card":             {[]byte("BEGIN:VCARD\r\nVERSION:3.0\r\n"), tabular.Format{Kind: "vcard", Encoding: "utf-8"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tabular.Sniff(c.data, known)
			if err != nil || got != c.want {
				t.Errorf("%+v, %v; want %+v", got, err, c.want)
			}
			read(t, c.data, got)
		})
	}
	for name, data := range map[string]string{"nothing": "", "blank lines": "\xEF\xBB\xBF\r\n \n"} {
		if _, err := tabular.Sniff([]byte(data), known); !errors.Is(err, tabular.ErrEmpty) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, data := range map[string]string{"an old workbook": "\xD0\xCF\x11\xE0\xA1", "a picture": "\x89PNG\r\n"} {
		if _, err := tabular.Sniff([]byte(data), known); !errors.Is(err, tabular.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTextOfAllEncodingsIsRead(t *testing.T) {
	text := "name;phone\nMüller;+49\nकुमार;+91\n"
	for name, f := range map[string]struct {
		data     []byte
		encoding string
	}{
		"little": {utf16File(text, false, true), tabular.UTF16LE}, "big": {utf16File(text, true, true), tabular.UTF16BE}, "utf-8": {[]byte(text), tabular.UTF8},
	} {
		header, good, _ := read(t, f.data, tabular.Format{Kind: tabular.CSV, Encoding: f.encoding, Delimiter: ";", Header: true})
		if want := [][]string{{"Müller", "+49"}, {"कुमार", "+91"}}; fmt.Sprint(cells(good)) != fmt.Sprint(want) || header[0] != "name" {
			t.Errorf("%s: %q %q", name, header, cells(good))
		}
	}
}

func TestFixtures(t *testing.T) {
	data, err := os.ReadFile("testdata/contacts_utf8.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, good, bad := read(t, data, csv(","))
	if len(good) != 2 || len(bad) != 0 || good[0].Cells[5] != "Line 1\nLine 2, with comma" || good[1].Cells[4] != `Kumar "Best" Traders` {
		t.Errorf("%q, refused %q", cells(good), reasons(bad))
	}
	for file, want := range map[string][]string{
		"contacts_v3.vcf": {"Dana Smith", "+1 (503) 555-0177", "mobile", "dana@example.com", "Acme Supply", "Portland"},
		"contacts_v4.vcf": {"Ravi Kumar", "+91-99900-00011", "work", "ravi@example.in", "Kumar Traders"},
	} {
		data, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		_, good, bad := read(t, data, tabular.Format{Kind: tabular.VCard, Encoding: tabular.UTF8})
		if len(good) != 1 || len(bad) != 0 {
			t.Fatalf("%s: %q, refused %q", file, cells(good), reasons(bad))
		}
		for _, w := range want {
			if !slices.Contains(good[0].Cells, w) {
				t.Errorf("%s: no %q in %q", file, w, good[0].Cells)
			}
		}
	}
}
