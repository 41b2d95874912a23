package web

import (
	"strings"
	"testing"
)

func TestContactLink(t *testing.T) {
	for text, want := range map[string]string{
		"privacy@example.com":                             "mailto:privacy@example.com",
		"Privacy+Ask@Example.com":                         "mailto:Privacy+Ask@Example.com",
		"privacy@bücher.example":                          "mailto:privacy@b%C3%BCcher.example",
		"what?subject=x&body=y@example.com":               "mailto:what%3Fsubject=x&body=y@example.com",
		"https://example.com/privacy":                     "https://example.com/privacy",
		"https://example.com/privacy?ask=1":               "https://example.com/privacy?ask=1",
		"":                                                "",
		"http://example.com/privacy":                      "",
		"HTTPS://":                                        "",
		"https://user:secret@example.com":                 "",
		"https://localhost":                               "",
		"javascript:alert(1)":                             "",
		"data:text/html,x":                                "",
		"Ana <ana@example.com>":                           "",
		"ana@example.com, ben@example.com":                "",
		"ana@example.com\r\nContact: x@evil.example":      "",
		"https://example.com/\nExpires: 2099-01-01":       "",
		"https://example.com/\"onclick=alert(1)":          "",
		"//example.com":                                   "",
		"call us":                                         "",
		strings.Repeat("a", 250) + "@example.com":         "",
		"https://example.com/" + strings.Repeat("x", 255): "",
	} {
		got, ok := ContactLink(text)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %v; want %q", text, got, ok, want)
		}
	}
}
