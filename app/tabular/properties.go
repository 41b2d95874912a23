package tabular

import (
	"bytes"
	"io"
	"mime/quotedprintable"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// properties are the lines of a card, joined where one goes on in the next.
type properties struct {
	lines   []string
	size    int
	soft    bool // the last one goes on: it ended in "="
	picture bool // within one, which is passed over
}

// pictures are the properties that hold a file.
var pictures = []string{"PHOTO", "LOGO", "SOUND", "KEY"}

func isPicture(text string) bool {
	name, _, _ := strings.Cut(text, ":")
	name, _, _ = strings.Cut(name, ";")
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		name = name[dot+1:]
	}
	for _, p := range pictures {
		if strings.EqualFold(name, p) {
			return true
		}
	}
	return false
}

func (p *properties) add(text string) {
	last := len(p.lines) - 1
	goesOn := len(text) > 0 && (text[0] == ' ' || text[0] == '\t')
	switch {
	case p.picture && (goesOn || text == "" || !strings.Contains(text, ":")):
		return
	case isPicture(text):
		p.picture = true
		return
	case p.soft && last >= 0:
		p.lines[last] = strings.TrimSuffix(p.lines[last], "=") + strings.TrimLeft(text, " \t")
	case goesOn && last >= 0:
		p.lines[last] += text[1:]
	case strings.TrimSpace(text) != "":
		p.lines = append(p.lines, text)
		last++
	}
	p.picture = false
	p.size += len(text)
	p.soft = last >= 0 && strings.HasSuffix(text, "=") && isQuoted(p.lines[last])
}

// isQuoted tells a property in quoted-printable.
func isQuoted(text string) bool {
	head, _, _ := strings.Cut(text, ":")
	return strings.Contains(strings.ToUpper(head), "QUOTED-PRINTABLE")
}

func (p *properties) text() string {
	return "BEGIN:VCARD\n" + strings.Join(p.lines, "\n")
}

// property is one of a card's: TEL;TYPE=CELL:+1…
type property struct {
	group, name string
	types       []string
	language    string
	value       string
	old         bool // of the form in which only semicolons are escaped
}

func (p *properties) read() []property {
	old := false
	var out []property
	for _, text := range p.lines {
		if strings.EqualFold(strings.TrimSpace(text), "VERSION:2.1") {
			old = true
		}
	}
	for _, text := range p.lines {
		if q, ok := readProperty(text, old); ok {
			out = append(out, q)
		}
	}
	return out
}

func readProperty(text string, old bool) (property, bool) {
	colon, quoted := -1, false
	for i := 0; i < len(text) && colon < 0; i++ {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case text[i] == ':' && !quoted:
			colon = i
		}
	}
	if colon < 0 {
		return property{}, false
	}
	parts := strings.Split(text[:colon], ";")
	q := property{name: strings.ToUpper(strings.TrimSpace(parts[0])), value: text[colon+1:], old: old}
	if dot := strings.LastIndexByte(q.name, '.'); dot >= 0 {
		q.group, q.name = q.name[:dot], q.name[dot+1:]
	}
	encoding, charset := "", ""
	for _, part := range parts[1:] {
		key, value, named := strings.Cut(part, "=")
		if !named {
			key, value = "TYPE", part
		}
		value = strings.Trim(value, `"`)
		switch key = strings.ToUpper(strings.TrimSpace(key)); {
		case key == "ENCODING", !named && strings.EqualFold(value, "QUOTED-PRINTABLE"):
			encoding = strings.ToUpper(value)
		case key == "CHARSET":
			charset = value
		case key == "LANGUAGE":
			q.language = value
		case key == "TYPE":
			for t := range strings.SplitSeq(value, ",") {
				q.types = append(q.types, strings.ToLower(strings.TrimSpace(t)))
			}
		}
	}
	if encoding == "QUOTED-PRINTABLE" {
		q.value = decodeQuoted(q.value, charset)
	}
	return q, true
}

// decodeQuoted reads quoted-printable in a charset; UTF-8 is believed wherever
// it can be.
func decodeQuoted(value, charset string) string {
	raw, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(value)))
	if err != nil {
		return value
	}
	if utf8.Valid(raw) {
		return string(raw)
	}
	table := charmap.Windows1252
	wanted := plainName(charset)
	for _, e := range charmap.All {
		if known, ok := e.(*charmap.Charmap); ok && plainName(known.String()) == wanted {
			table = known
		}
	}
	out, err := table.NewDecoder().Bytes(raw)
	if err != nil {
		return string(bytes.ToValidUTF8(raw, []byte("\uFFFD")))
	}
	return string(out)
}

func plainName(charset string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(charset))
}

// split cuts a value at unescaped semicolons and takes the escapes away.
func (q property) split(at byte) []string {
	var out []string
	var b strings.Builder
	for i := 0; i < len(q.value); i++ {
		c := q.value[i]
		switch {
		case c == '\\' && i+1 < len(q.value):
			i++
			switch next := q.value[i]; {
			case (next == 'n' || next == 'N') && !q.old:
				b.WriteByte('\n')
			case next == ';' || next == ',' || next == ':' || next == '\\':
				b.WriteByte(next)
			default:
				b.WriteByte('\\')
				b.WriteByte(next)
			}
		case at != 0 && c == at:
			out = append(out, strings.TrimSpace(b.String()))
			b.Reset()
		default:
			b.WriteByte(c)
		}
	}
	return append(out, strings.TrimSpace(b.String()))
}

func (q property) plain() string { return q.split(0)[0] }

// label is what kind of number or address it is.
func (q property) label() string {
	for _, t := range q.types {
		switch t {
		case "cell", "iphone":
			return "mobile"
		case "work", "home", "mobile", "fax", "main", "pager", "other":
			return t
		}
	}
	return ""
}
