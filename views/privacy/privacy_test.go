package privacy_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"stead/views/privacy"
	"stead/views/ui"
)

const nasty = `<script>alert("x")</script>`

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func sections() []privacy.Section {
	return []privacy.Section{{Title: "Texts", Purpose: "talking", Kept: "730 days", Count: "1", More: true, Rows: [][]privacy.Value{{{Name: "body", Text: nasty}}}}}
}

func TestWhatPeopleWroteIsNeverMarkup(t *testing.T) {
	told := []privacy.Recipient{{Name: nasty, Purpose: "reply", Fields: nasty, Times: "1", Last: "today"}}
	for name, page := range map[string]templ.Component{
		"person":   privacy.PersonPage(privacy.Person{Path: "/p", Contact: "/c", Name: nasty, Source: "The person called", Sections: sections(), Recipients: told, Restricted: true}),
		"document": privacy.DocumentPage(privacy.Document{Person: nasty, Sections: sections(), Recipients: told, Withheld: []privacy.Withheld{{What: nasty, Why: "it is a key"}}}),
		"erase":    privacy.ErasePage(privacy.Erase{Path: "/p", Name: nasty, Confirm: ui.Input{Name: "confirm", Label: "Type", Value: nasty}}),
		"search":   privacy.Search(privacy.Home{Query: nasty, Looked: true, Found: []privacy.FoundRow{{Href: "/x", Name: nasty, Reach: nasty}}}),
		"receipt":  privacy.ReceiptPage(privacy.Receipt{ID: nasty, Stores: []privacy.StoreRow{{Name: nasty}}}),
		"audit":    privacy.AuditPage(privacy.Audit{Looked: true, Search: true, Typed: nasty, Found: []privacy.FoundRow{{Name: nasty, Reach: nasty}}, Rows: []privacy.AuditRow{{Who: nasty, What: nasty, Whose: nasty, Record: nasty, From: nasty}}}),
	} {
		text := render(t, page)
		if strings.Contains(text, "<script>") {
			t.Errorf("%s prints what somebody wrote as markup", name)
		}
		if !strings.Contains(text, "&lt;script&gt;") {
			t.Errorf("%s does not show it at all:\n%s", name, text)
		}
	}
}

func TestReceiptSaysWhatItIsAboutInWords(t *testing.T) {
	clean := render(t, privacy.ReceiptPage(privacy.Receipt{Path: "/r", Clean: true, Hits: "0", Gaps: []privacy.Gap{{What: "Backups", Why: "They are old.", Until: "2026-12-19"}}}))
	for _, part := range []string{"No readable trace is left", "Backups", "until 2026-12-19"} {
		if !strings.Contains(clean, part) {
			t.Errorf("the receipt lacks %q", part)
		}
	}
	if strings.Contains(clean, "Try again") {
		t.Error("a clean receipt offers another try")
	}
	dirty := render(t, privacy.ReceiptPage(privacy.Receipt{Path: "/r", Problem: "Traces were found.", Again: true}))
	if strings.Contains(dirty, "No readable trace") || !strings.Contains(dirty, "Traces were found.") || !strings.Contains(dirty, `action="/r/proof"`) {
		t.Errorf("a failed proof reads:\n%s", dirty)
	}
}

func TestEveryWordOfThePagesIsTranslated(t *testing.T) {
	ctx := ui.WithWords(context.Background(), func(english string) string {
		if strings.Contains(english, "%s") {
			return english
		}
		return "⟦" + strings.ToUpper(english) + "⟧"
	})
	for _, page := range []templ.Component{
		privacy.BackupsPage(privacy.Backups{}), privacy.RetentionPage(privacy.Retention{}), privacy.ProcessorsPage(privacy.Processors{}), privacy.HomePage(privacy.Home{}),
	} {
		var b bytes.Buffer
		if err := page.Render(ctx, &b); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"Back up now", "Run now", "Find", "Nobody", "Overview"} {
			if strings.Contains(b.String(), ">"+text+"<") {
				t.Errorf("%q is not translated", text)
			}
		}
	}
}
