package exports

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"

	"stead/store"
)

// vcards are contacts as vCard 3.0, which every address book reads.
type vcards struct{ w *bufio.Writer }

func newVCards(w io.Writer) *vcards { return &vcards{bufio.NewWriterSize(w, 32<<10)} }

// write is for tables; a card has no columns.
func (*vcards) write([]string) error { return nil }

func (v *vcards) close() error { return v.w.Flush() }

// card writes one contact.
func (v *vcards) card(x *exported) error {
	c := &x.card
	name := c.Name
	if name == "" { // a card must be called something
		name = strings.Join(append(append([]string{mainJob(x).Name}, phones(c.Phones)...), emails(c.Emails)...), " ")
		name, _, _ = strings.Cut(strings.TrimSpace(name), " ")
	}
	v.line("BEGIN:VCARD")
	v.line("VERSION:3.0")
	v.line("FN:" + escaped(name))
	family, given := split(name)
	v.line("N:" + escaped(family) + ";" + escaped(given) + ";;;")
	if job := mainJob(x); job.Name != "" {
		v.line("ORG:" + escaped(job.Name))
		if job.Role != "" {
			v.line("TITLE:" + escaped(job.Role))
		}
	}
	for i, number := range phones(c.Phones) {
		v.line("TEL;TYPE=" + kind(c.Phones[i].Label, "VOICE") + ":" + escaped(number))
	}
	for i, mail := range emails(c.Emails) {
		v.line("EMAIL;TYPE=" + kind(c.Emails[i].Label, "INTERNET") + ":" + escaped(mail))
	}
	for _, a := range c.Addresses {
		v.line("ADR;TYPE=" + kind(a.Label, "POSTAL") + ":;;" + strings.Join(parts(a), ";"))
	}
	if len(x.tags) > 0 {
		var tags []string
		for _, tag := range x.tags {
			tags = append(tags, escaped(tag))
		}
		v.line("CATEGORIES:" + strings.Join(tags, ","))
	}
	if c.About != "" {
		v.line("NOTE:" + escaped(c.About))
	}
	v.line("END:VCARD")
	_, err := v.w.Write(nil) // what went wrong in any line stays with the writer
	return err
}

func parts(a store.Address) []string {
	return []string{escaped(a.Street), escaped(a.City), escaped(a.Region), escaped(a.Postcode), escaped(a.Country)}
}

// split guesses the family's name: the last word.
func split(name string) (family, given string) {
	if i := strings.LastIndexByte(name, ' '); i > 0 {
		return name[i+1:], name[:i]
	}
	return name, ""
}

// kind is a label as a card has it, if it can.
func kind(label, otherwise string) string {
	switch strings.ToLower(label) {
	case "work", "home", "fax", "pager":
		return strings.ToUpper(label)
	case "mobile", "cell":
		return "CELL"
	}
	return otherwise
}

var escapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)

func escaped(s string) string { return escapes.Replace(strings.ToValidUTF8(s, "")) }

// maxLine is how many bytes a line may have; a longer one is folded between letters.
const maxLine = 75

func (v *vcards) line(s string) {
	for room := maxLine; len(s) > room; room = maxLine - 1 {
		cut := room
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		_, _ = v.w.WriteString(s[:cut] + "\r\n ") // an error stays and comes again
		s = s[cut:]
	}
	_, _ = v.w.WriteString(s + "\r\n")
}
