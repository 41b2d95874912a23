package ui_test

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"stead/views/ui"
)

// pseudo is a language whose every text stands between marks.
func pseudo(ctx context.Context) context.Context {
	return ui.WithWords(ctx, func(english string) string { return "⟦" + english + "⟧" })
}

var nothing = templ.ComponentFunc(func(context.Context, io.Writer) error { return nil })

// everyPart shows each part with texts, and with data that holds no letter.
var everyPart = map[string]templ.Component{
	"layout":   ui.Layout(ui.Shell{Nav: "contacts", Title: "Title", Business: "1", User: "2", Unread: 3, Tasks: 4, Requests: 5, Leads: 6, Banner: "Banner", Flash: "Flash"}, nothing),
	"refused":  ui.Layout(ui.Shell{Nav: "inbox", Problem: true}, nothing),
	"bare":     ui.Bare("Title", nothing),
	"pane":     ui.Pane(nothing),
	"counts":   ui.LiveCounts(ui.Shell{Unread: 1, Tasks: 2, Requests: 3, Leads: 4, Notices: 1}),
	"field":    ui.Field(ui.Input{Name: "n", Label: "Label", Hint: "Hint", Problem: "Problem", Placeholder: "Like this", Optional: true}),
	"area":     ui.TextArea(ui.Input{Name: "n", Label: "Label", Hint: "Hint", Problem: "Problem"}),
	"select":   ui.Select(ui.Input{Name: "n", Label: "Label"}, []ui.Option{{Value: "v", Label: "Option"}}),
	"choices":  ui.Choices(ui.Input{Name: "n", Label: "Label", Hint: "Hint", Problem: "Problem"}, []ui.Option{{Value: "v", Label: "Option", Hint: "Hint"}}),
	"check":    ui.Check(ui.Input{Name: "n", Label: "Label", Hint: "Hint"}),
	"switch":   ui.Switch(ui.Input{Name: "n", Label: "Label", Problem: "Problem"}),
	"summary":  ui.Summary([]ui.Problem{{"n", "Problem"}, {"", "Another"}}),
	"avatar":   ui.Avatar("7"),
	"badge":    ui.Badge("ok", "Badge"),
	"empty":    ui.Empty("inbox", "Title", "Text"),
	"notice":   ui.Notice("warn", "Notice"),
	"toast":    ui.Toast("Toast"),
	"pager":    ui.Pager("/next", "/previous"),
	"pagehead": ui.PageHead("Title", "Text"),
	"time":     ui.Time(ui.When{ISO: "2026-11-21T09:41:00Z", Text: "09:41"}),
	"phone":    ui.Phone("+351 21 123 4567"),
	"formkey":  ui.FormKey(),
}

var (
	marked    = regexp.MustCompile(`⟦[^⟦⟧]*⟧`)
	someTag   = regexp.MustCompile(`<[^>]*>`)
	keyCap    = regexp.MustCompile(`<kbd>[A-Z]</kbd>`) // letters of the keyboard
	attribute = regexp.MustCompile(`\b(aria-label|title|placeholder|alt)="([^"]*)"`)
	word      = regexp.MustCompile(`\p{L}+`)
)

func TestEveryTextOfThePartsIsTranslated(t *testing.T) {
	for name, part := range everyPart {
		html := render(pseudo(t.Context()), t, part)
		seen := attribute.ReplaceAllStringFunc(keyCap.ReplaceAllString(html, ""), func(a string) string {
			return ">" + attribute.FindStringSubmatch(a)[2] + "<"
		})
		for !strings.EqualFold(seen, marked.ReplaceAllString(seen, "")) {
			seen = marked.ReplaceAllString(seen, "")
		}
		rest := someTag.ReplaceAllString(seen, " ")
		for _, w := range word.FindAllString(rest, -1) {
			if w != "Stead" {
				t.Errorf("%s: %q is not translated", name, w)
			}
		}
	}
}

func TestMarkupOfDataIsEscaped(t *testing.T) {
	const evil = `"><script>alert(1)</script>`
	for name, part := range map[string]templ.Component{
		"layout": ui.Layout(ui.Shell{Title: evil, Business: evil, User: evil, Banner: evil, Flash: evil, Theme: evil}, nothing),
		"field":  ui.Field(ui.Input{Name: evil, Label: evil, Value: evil, Hint: evil, Problem: evil}),
		"area":   ui.TextArea(ui.Input{Name: "n", Value: "</textarea>" + evil}),
		"avatar": ui.Avatar(evil),
		"badge":  ui.Badge(evil, evil),
		"time":   ui.Time(ui.When{ISO: evil, Text: evil, Full: evil}),
		"pager":  ui.Pager("javascript:alert(1)", evil),
	} {
		html := render(t.Context(), t, part)
		if strings.Contains(html, "<script>alert") || strings.Contains(html, "javascript:") {
			t.Errorf("%s prints data as markup: %s", name, html)
		}
	}
}

func TestNumbersAndPlurals(t *testing.T) {
	ctx := t.Context()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1200: "−1,200"} {
		if got := ui.Number(n); got != want {
			t.Errorf("Number(%d) = %s, want %s", n, got, want)
		}
	}
	if got := ui.Many(ctx, 1, "%s contact", "%s contacts"); got != "1 contact" {
		t.Error(got)
	}
	if got := ui.Many(ctx, 1284, "%s contact", "%s contacts"); got != "1,284 contacts" {
		t.Error(got)
	}
	if got := ui.Say(pseudo(ctx), "Moved %s", "Amara"); got != "⟦Moved Amara⟧" {
		t.Error(got)
	}
}

func TestFormKeyIsNewForEachForm(t *testing.T) {
	n := 0
	ctx := ui.WithFormKeys(t.Context(), func() string { n++; return strings.Repeat("k", n) })
	for _, want := range []string{`value="k"`, `value="kk"`} {
		if html := render(ctx, t, ui.FormKey()); !strings.Contains(html, want) {
			t.Errorf("%s lacks %s", html, want)
		}
	}
}

func TestInitialsStandForNames(t *testing.T) {
	for name, want := range map[string]string{
		"Ines Duarte": "ID", "amara": "A", "Łukasz Żółć": "ŁŻ", "+44 7700 900318": "?", "": "?",
		"Jean Luc de la Tour": "JT", "李 小龙": "李小", "🙂 Bob": "B",
	} {
		if html := render(t.Context(), t, ui.Avatar(name)); !strings.Contains(html, ">"+want+"<") {
			t.Errorf("%q: %s, want %s", name, html, want)
		}
	}
}

func TestPageNamesItsLanguageAndDirection(t *testing.T) {
	ctx := ui.WithLocale(t.Context(), ui.Locale{Lang: "ar", Dir: "rtl"})
	if html := render(ctx, t, ui.Bare("Title", nothing)); !strings.Contains(html, `<html lang="ar" dir="rtl">`) {
		t.Error(html)
	}
}

func render(ctx context.Context, t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
