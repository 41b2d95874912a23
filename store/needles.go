package store

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"html"
	"mime/quotedprintable"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Needle is a value whose absence is to be proved. Erased says that it was an
// erased person's: where a living person has the same, that is no trace.
type Needle struct {
	Text   string
	Kind   Category // PersonName, PhoneNumber, EmailAddress or Content
	Erased bool
}

// NeedleOf makes a needle of what somebody typed.
func NeedleOf(text string) Needle {
	kind := Content
	switch n := len(strings.Fields(text)); {
	case strings.Contains(text, "@") && n == 1:
		kind = EmailAddress
	case looksLikePhone(text):
		kind = PhoneNumber
	case n <= maxNameWords:
		kind = PersonName
	}
	return Needle{Text: text, Kind: kind}
}

// Keys are the forms by which a value is recognised later, however it is
// written: the whole first, then the words that it is made of.
func (n Needle) Keys() []string {
	folded := strings.Join(strings.Fields(Fold(n.Text)), " ")
	switch n.Kind {
	case PhoneNumber:
		d := strings.TrimLeft(digits(n.Text), "0")
		return []string{d[max(0, len(d)-phoneTail):]}
	case EmailAddress:
		local, _, _ := strings.Cut(folded, "@")
		return []string{folded, local}
	case PersonName:
		return append([]string{folded}, strings.Fields(folded)...)
	default:
		return []string{folded}
	}
}

const (
	minPattern   = 5 // bytes; what is shorter stands everywhere by chance
	minContent   = 8
	minBase64    = 7
	maxNameWords = 5
	fragment     = 48 // bytes of a long text that are looked for at once: pages cut it
	phoneTail    = 9
	shortTail    = 8
)

func looksLikePhone(text string) bool {
	return len(digits(text)) >= 6 && strings.Trim(text, "0123456789 +-()./") == ""
}

// tooShort tells that a value is found everywhere by chance.
func (n Needle) tooShort() bool {
	length := len(strings.TrimSpace(n.Text))
	return length < minPattern || n.Kind == Content && length < minContent
}

// pattern is one way in which a needle may stand in a file.
type pattern struct {
	folded []byte // ASCII letters in lower case
	exact  []byte // where case matters
	needle int
	whole  bool // the value itself, not a word of it that others share
}

// patternsOf returns the patterns of all needles and which needles are too short for any.
func patternsOf(needles []Needle) (patterns []pattern, unprovable []int) {
	for i, n := range needles {
		if n.tooShort() {
			unprovable = append(unprovable, i)
			continue
		}
		seen := map[string]bool{}
		add := func(text []byte, exact, whole bool) {
			p := pattern{folded: foldASCII(nil, text), needle: i, whole: whole}
			if exact {
				p.exact = text
			}
			if len(text) >= minPattern && !seen[string(p.folded)] {
				seen[string(p.folded)] = true
				patterns = append(patterns, p)
			}
		}
		for _, part := range wholes(n) {
			eachForm(part, func(text []byte, exact bool) { add(text, exact, true) })
		}
		for _, part := range parts(n) {
			eachForm(part, func(text []byte, exact bool) { add(text, exact, false) })
		}
	}
	return patterns, unprovable
}

// wholes are the texts that stand for the value itself.
func wholes(n Needle) []string {
	text := strings.TrimSpace(n.Text)
	if d := digits(text); n.Kind == PhoneNumber && len(d) >= minPattern {
		tail := d[max(0, len(d)-phoneTail):]
		return []string{text, tail, ReverseDigits(tail)}
	}
	if n.Kind == Content && len(text) > fragment+fragment/2 {
		return fragments(text)
	}
	return []string{text}
}

// parts are words of the value that say less than the whole.
func parts(n Needle) []string {
	switch n.Kind {
	case PersonName:
		return words(n.Text)
	case EmailAddress:
		local, _, _ := strings.Cut(n.Text, "@")
		return append(words(local), local)
	case PhoneNumber:
		if d := digits(n.Text); len(d) > shortTail {
			tail := d[len(d)-shortTail:]
			return []string{tail, ReverseDigits(tail)}
		}
	default: // said whole or not at all
	}
	return nil
}

// words splits as the full-text index does.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.Mn, r) })
}

// fragments cuts a long text, never within a character.
func fragments(text string) []string {
	var out []string
	for len(text) > fragment {
		end := fragment
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		if end == 0 {
			end = fragment
		}
		out = append(out, text[:end])
		text = text[end:]
	}
	return append(out, text)
}

// eachForm gives every way to write text that the product, a library or a tool
// on the way may have used.
func eachForm(text string, give func(form []byte, exact bool)) {
	spelled := []string{
		text, strings.ToLower(text), strings.ToUpper(text), Fold(text), strings.ToUpper(Fold(text)),
		norm.NFC.String(text), norm.NFD.String(text), norm.NFD.String(strings.ToLower(text)),
	}
	slices.Sort(spelled)
	for _, s := range slices.Compact(spelled) {
		give([]byte(s), false)
		give([]byte(url.QueryEscape(s)), false)
		give([]byte(url.PathEscape(s)), false)
		give([]byte(html.EscapeString(s)), false)
		give(jsonForm(s), false)
		give(asciiForm(s), false)
		give(quotedForm(s), false)
		give(utf16Form(s, binary.LittleEndian), false)
		give(utf16Form(s, binary.BigEndian), false)
		for shift := range 3 {
			give(base64Core(s, shift, base64.RawStdEncoding), true)
			give(base64Core(s, shift, base64.RawURLEncoding), true)
		}
	}
}

func jsonForm(s string) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		return nil
	}
	return text[1 : len(text)-1]
}

func asciiForm(s string) []byte {
	quoted := strconv.QuoteToASCII(s)
	return []byte(quoted[1 : len(quoted)-1])
}

func quotedForm(s string) []byte {
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(s)) // a Builder takes everything
	_ = w.Close()
	return []byte(strings.ReplaceAll(b.String(), "=\r\n", ""))
}

func utf16Form(s string, order binary.AppendByteOrder) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, unit)
	}
	return out
}

// base64Core is the part of the encoding of a longer text that s decides alone
// when it begins shift bytes behind a boundary.
func base64Core(s string, shift int, enc *base64.Encoding) []byte {
	text := enc.EncodeToString([]byte(strings.Repeat("\x00", shift) + s))
	text = text[:(shift+len(s))*8/6]
	text = text[min(len(text), (shift*8+5)/6):]
	if len(text) < minBase64 {
		return nil
	}
	return []byte(text)
}

// foldASCII appends text to dst with A to Z in lower case.
func foldASCII(dst, text []byte) []byte {
	for _, c := range text {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}
