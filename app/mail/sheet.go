package mail

import (
	"context"
	"html"
	"strings"

	"stead/views/ui"
)

// facts are what a letter may tell of.
type facts struct {
	business, url string
	name          string // of whom it is for
	actor         string // who did it, in words; empty: whom it is for
	at            string // when, in words
	device        string
	what          string // a role, or a provider
	link          string // with its token: to be written down nowhere else
	subject       string // id
	contact       string // id of the person that it leads to
	record        string // id of theirs
	waiting       string // how many conversations wait
	titles        []string
}

// sheet is a mail being written: the same twice, as text and as HTML that holds
// nothing to be fetched.
type sheet struct {
	facts
	ctx        context.Context //nolint:containedctx // the language
	text, html strings.Builder
}

// say adds a paragraph.
func (s *sheet) say(english string, args ...any) {
	sentence := ui.Say(s.ctx, english, args...)
	s.text.WriteString(sentence + "\n\n")
	s.html.WriteString("<p>" + html.EscapeString(sentence) + "</p>\n")
}

// fact adds a line with a name, if there is anything to tell.
func (s *sheet) fact(label, value string) {
	if value == "" {
		return
	}
	label = ui.Words(s.ctx)(label)
	s.text.WriteString(label + ": " + value + "\n\n")
	s.html.WriteString("<p>" + html.EscapeString(label) + ": <strong>" + html.EscapeString(value) + "</strong></p>\n")
}

const buttonStyle = "display:inline-block;padding:10px 18px;border-radius:8px;background:#1c5b4a;color:#ffffff;text-decoration:none"

// to adds the one thing to do: a path of the product, or a whole address.
func (s *sheet) to(label, where string) {
	label = ui.Words(s.ctx)(label)
	if strings.HasPrefix(where, "/") {
		where = s.url + where
	}
	s.text.WriteString(label + ":\n" + where + "\n\n")
	s.html.WriteString(`<p><a href="` + html.EscapeString(where) + `" style="` + buttonStyle + `">` + html.EscapeString(label) + "</a></p>\n")
}

// way adds a link among others.
func (s *sheet) way(label, where string) {
	label = ui.Words(s.ctx)(label)
	s.text.WriteString(label + ": " + where + "\n\n")
	s.html.WriteString(`<p><a href="` + html.EscapeString(where) + `">` + html.EscapeString(label) + "</a></p>\n")
}

// done says when, and by whom if it was somebody else.
func (s *sheet) done() {
	s.fact("When", s.at)
	if s.actor != "" {
		s.fact("By", s.actor)
	}
}

// foot says why the mail came, and where that is chosen.
func (s *sheet) foot(c class, invited bool, unsubscribe string) {
	s.text.WriteString("-- \n")
	s.html.WriteString(`<hr style="border:0;border-top:1px solid #bbbbbb"><div style="font-size:13px">` + "\n")
	switch {
	case invited:
		s.say("You get this because somebody at %s typed your address. If you do not know them, do nothing: you will hear no more of it.", s.business)
	case c == classSecurity:
		s.say("This is a security alert. It cannot be switched off, so that nobody who gets into an account can keep its owner from hearing of it.")
	case c == classAccount:
		s.say("You get this because it concerns your account. It cannot be switched off.")
	default:
		s.say("You do not have to get notices like this one.")
		s.way("Choose what you get", s.url+"/account/mail")
		s.way("End them, without signing in", unsubscribe)
	}
	s.say("%s, %s", s.business, s.url)
	s.html.WriteString("</div>\n")
}

// page is the HTML around what was written.
func (s *sheet) page(subject string) string {
	locale := ui.LocaleOf(s.ctx)
	return `<!doctype html>
<html lang="` + html.EscapeString(locale.Lang) + `" dir="` + html.EscapeString(locale.Dir) + `">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>` + html.EscapeString(subject) + `</title></head>
<body style="margin:0;padding:16px;font:16px/1.5 system-ui,sans-serif"><div style="max-width:34em;margin:0 auto">
` + s.html.String() + `</div></body>
</html>
`
}

// oneLine is text as the head of a mail takes it.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(c rune) bool {
		return c < ' ' || c == 0x7f || c == 0x85 || c == 0x2028 || c == 0x2029
	}), " ")
}
