package tabular

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// A workbook is read by a reader of our own: the library at hand tells no date
// from a number while it streams, and unpacks large sheets to files in clear.
// Here nothing is written, one row is in memory at a time, and beside it the
// texts that cells share.

// What a workbook may hold.
const (
	MaxBook    = 64 << 20 // bytes, packed
	maxSheet   = 4 << 30  // bytes, unpacked: it passes through
	maxShared  = 96 << 20 // bytes, unpacked: they stay
	maxPart    = 8 << 20  // bytes, unpacked: of what describes the book
	maxEntries = 10_000
)

type book struct {
	files  map[string]*zip.File
	styles []bool // by index: shows a date
	since  int64  // 1904 or 1900
	shared shared
	sheet  io.ReadCloser
	dec    *xml.Decoder
	row    int64
	header []string
	counts Counts
	first  *Record
	over   bool // the last row was read
}

func openBook(r io.Reader, f Format) (Source, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBook+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxBook {
		return nil, ErrTooLarge
	}
	files, err := unzip(data)
	if err != nil {
		return nil, err
	}
	b := &book{files: files, since: 1900}
	sheets, err := b.sheets()
	if err != nil {
		return nil, err
	}
	at := ""
	for _, s := range sheets {
		if f.Sheet == s.name || f.Sheet == "" && at == "" {
			at = s.path
		}
	}
	if at == "" {
		return nil, ErrNoSheet
	}
	if err := b.describe(at); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	if err := b.readHeader(f.Header); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// Sheets lists the names of a workbook's visible sheets.
func Sheets(r io.Reader) ([]string, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBook+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxBook {
		return nil, ErrTooLarge
	}
	files, err := unzip(data)
	if err != nil {
		return nil, err
	}
	list, err := (&book{files: files}).sheets()
	var out []string
	for _, s := range list {
		out = append(out, s.name)
	}
	return out, err
}

func unzip(data []byte) (map[string]*zip.File, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if len(z.File) > maxEntries {
		return nil, ErrTooLarge
	}
	files := make(map[string]*zip.File, len(z.File))
	for _, f := range z.File {
		files[strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/")] = f
	}
	return files, nil
}

// open reads a part of the book, of at most limit bytes and with no run of text
// between two tags that would not fit into memory.
func (b *book) open(name string, limit int64) (io.ReadCloser, error) {
	f := b.files[name]
	if f == nil {
		return nil, fmt.Errorf("%w: a part is missing", ErrFormat)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return &guarded{in: r, left: limit}, nil
}

// guarded ends a stream that grows beyond its limits.
type guarded struct {
	in   io.ReadCloser
	left int64
	run  int // bytes since the last tag began
}

func (g *guarded) Read(p []byte) (int, error) {
	n, err := g.in.Read(p)
	g.left -= int64(n)
	if at := bytes.LastIndexByte(p[:n], '<'); at >= 0 {
		g.run = n - at
	} else {
		g.run += n
	}
	if g.left < 0 || g.run > MaxLine {
		return 0, ErrTooLarge
	}
	return n, err
}

func (g *guarded) Close() error { return g.in.Close() }

func (b *book) decode(name string, v any) error {
	r, err := b.open(name, maxPart)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := xml.NewDecoder(r).Decode(v); err != nil {
		return broken(err)
	}
	return nil
}

func broken(err error) error {
	if errors.Is(err, ErrTooLarge) {
		return ErrTooLarge
	}
	return fmt.Errorf("%w: %v", ErrFormat, err) //nolint:errorlint // an end in the middle is no end
}

type sheet struct{ name, path string }

// sheets lists the visible sheets and sets the year that days are counted from.
func (b *book) sheets() ([]sheet, error) {
	var w struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
			ID    string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := b.decode("xl/workbook.xml", &w); err != nil {
		return nil, err
	}
	if d := w.Properties.Date1904; d == "1" || d == "true" {
		b.since = 1904
	}
	var links struct {
		Relationship []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		}
	}
	if err := b.decode("xl/_rels/workbook.xml.rels", &links); err != nil {
		return nil, err
	}
	var out []sheet
	for _, s := range w.Sheets {
		for _, l := range links.Relationship {
			if l.ID == s.ID && (s.State == "" || s.State == "visible") {
				out = append(out, sheet{s.Name, partPath(l.Target)})
			}
		}
	}
	if len(out) == 0 {
		return nil, ErrNoSheet
	}
	return out, nil
}

func partPath(target string) string {
	if strings.HasPrefix(target, "/") {
		return strings.TrimPrefix(path.Clean(target), "/")
	}
	return path.Join("xl", target)
}

// describe reads what the cells of a sheet refer to and opens the sheet.
func (b *book) describe(at string) error {
	if b.files["xl/styles.xml"] != nil {
		if err := b.readStyles(); err != nil {
			return err
		}
	}
	if b.files["xl/sharedStrings.xml"] != nil {
		if err := b.readShared(); err != nil {
			return err
		}
	}
	r, err := b.open(at, maxSheet)
	if err != nil {
		return err
	}
	b.sheet, b.dec = r, xml.NewDecoder(r)
	return nil
}

func (b *book) readStyles() error {
	var s struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := b.decode("xl/styles.xml", &s); err != nil {
		return err
	}
	dates := map[int]bool{}
	for _, id := range []int{14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47} {
		dates[id] = true
	}
	for id := 27; id <= 58; id++ { // East Asian dates
		dates[id] = dates[id] || id <= 36 || id >= 50
	}
	for _, f := range s.Formats {
		dates[f.ID] = isDateFormat(f.Code)
	}
	for _, c := range s.Cells {
		b.styles = append(b.styles, dates[c.Format])
	}
	return nil
}

// isDateFormat tells whether a number format prints a date or a time.
func isDateFormat(code string) bool {
	quoted, bracket := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i] | 0x20; {
		case code[i] == '"':
			quoted = !quoted
		case quoted:
		case code[i] == '\\' || code[i] == '_' || code[i] == '*':
			i++
		case code[i] == '[':
			bracket = true
		case code[i] == ']':
			bracket = false
		case !bracket && (c == 'y' || c == 'd' || c == 'm' || c == 'h'):
			return true
		}
	}
	return false
}

// shared are the texts that cells refer to by number, in one piece.
type shared struct {
	text []byte
	ends []uint32
}

func (s *shared) at(n int) (string, bool) {
	if n < 0 || n >= len(s.ends) {
		return "", false
	}
	from := uint32(0)
	if n > 0 {
		from = s.ends[n-1]
	}
	return string(s.text[from:s.ends[n]]), true
}

func (b *book) readShared() error {
	r, err := b.open("xl/sharedStrings.xml", maxShared)
	if err != nil {
		return err
	}
	defer r.Close()
	dec := xml.NewDecoder(r)
	var at []string
	for {
		token, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return broken(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			at = append(at, e.Name.Local)
			if len(at) > 64 {
				return ErrFormat
			}
		case xml.EndElement:
			if len(at) == 0 {
				return ErrFormat
			}
			if at = at[:len(at)-1]; e.Name.Local == "si" {
				b.shared.ends = append(b.shared.ends, uint32(len(b.shared.text))) //nolint:gosec // maxShared
			}
		case xml.CharData:
			if n := len(at); n > 0 && at[n-1] == "t" && (n < 2 || at[n-2] != "rPh") { // rPh: how it is pronounced
				b.shared.text = append(b.shared.text, unescape(e)...)
			}
		}
	}
}

// unescape reads the _x000D_ with which a workbook writes what XML cannot.
func unescape(text []byte) []byte {
	if !bytes.Contains(text, []byte("_x")) {
		return text
	}
	s := string(text)
	var out strings.Builder
	for {
		at := strings.Index(s, "_x")
		if at < 0 || len(s) < at+7 {
			out.WriteString(s)
			return []byte(out.String())
		}
		n, err := strconv.ParseUint(s[at+2:at+6], 16, 16)
		if err != nil || s[at+6] != '_' {
			out.WriteString(s[:at+2])
			s = s[at+2:]
			continue
		}
		out.WriteString(s[:at])
		out.WriteRune(rune(n))
		s = s[at+7:]
	}
}

func (b *book) Header() []string { return b.header }
func (b *book) Counts() Counts   { return b.counts }

func (b *book) Close() error {
	if b.sheet == nil {
		return nil
	}
	return b.sheet.Close()
}
