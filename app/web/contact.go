package web

import (
	"net/mail"
	"net/url"
	"strings"
)

const maxContact = 254

// ContactLink is where a published contact leads: "mailto:" for an email
// address, the address itself for a page with https. ok is false for anything
// else, so that nothing else ever becomes a link.
func ContactLink(text string) (href string, ok bool) {
	if text == "" || len(text) > maxContact || strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c == 0x7f || strings.ContainsRune(`<>"\`, c) }) {
		return "", false
	}
	if u, err := url.Parse(text); err == nil && u.Scheme == "https" {
		return u.String(), u.Host != "" && u.User == nil && strings.Contains(u.Hostname(), ".")
	}
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || a.Name != "" {
		return "", false
	}
	return (&url.URL{Scheme: "mailto", Opaque: strings.ReplaceAll(url.PathEscape(text), "%40", "@")}).String(), true
}
