package logs

import (
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// What the redactor looks for, in this order: ids of rows stay, the rest goes.
var pattern = regexp.MustCompile(strings.Join([]string{
	`(?P<id>\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)`,
	`(?P<url>\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s"'<>]+)`,
	`(?P<email>[^\s@<>"'(),;:=\[\]]+@[^\s@<>"'(),;:=\[\]]+)`,
	`(?P<token>[A-Za-z0-9_+=-]{20,})`,
	`(?P<number>[+＋]?[\p{Nd}(](?:[\p{Nd}\p{Zs}()./-]*\p{Nd}){5,})`,
}, "|"))

var kinds = pattern.SubexpNames()

// Redact returns text in one line and without e-mail addresses, telephone and
// card numbers, tokens, and all of an address but its host.
func Redact(text string) string {
	if harmless(text) { // nearly all of what a request logs
		return text
	}
	return redact(oneLine(text))
}

// harmless tells a text that redact would not change: one line of ASCII in
// which no digit, no @ and no address stands.
func harmless(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ', c >= 0x7f, c == '@', '0' <= c && c <= '9':
			return false
		case c == ':' && strings.HasPrefix(text[i:], "://"):
			return false
		}
	}
	return true
}

func redact(text string) string {
	var out strings.Builder
	done := 0
	for _, m := range pattern.FindAllStringSubmatchIndex(text, -1) {
		out.WriteString(text[done:m[0]])
		out.WriteString(replace(text[m[0]:m[1]], kind(m)))
		done = m[1]
	}
	out.WriteString(text[done:])
	return out.String()
}

func kind(match []int) string {
	for i := 1; i < len(kinds); i++ {
		if match[2*i] >= 0 {
			return kinds[i]
		}
	}
	return ""
}

func replace(found, kind string) string {
	switch kind {
	case "url":
		address := strings.TrimRight(found, ":,;.)")
		rest := found[len(address):]
		u, err := url.Parse(address)
		if err != nil {
			return "[url]" + rest
		}
		return u.Scheme + "://" + Redact(u.Host) + "/…" + rest
	case "email":
		return "[email]"
	case "token":
		if !strings.ContainsAny(found, "0123456789") {
			return found // a long word
		}
		return "[token]"
	case "number":
		digits := 0
		for _, r := range found {
			if unicode.IsDigit(r) {
				digits++
			}
		}
		if digits >= 7 {
			return "[number]"
		}
	}
	return found
}

// oneLine replaces what would begin another line or steer a terminal.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\u2028', r == '\u2029', r == '\u0085':
			return '⏎'
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return ' '
		}
		return r
	}, text)
}

func short(text string) string { return cut(text, 1000) }

func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}

// safeID lets the id of a row pass: nothing that anybody could be called or
// called at.
func safeID(v slog.Value) string {
	id := v.String()
	if len(id) > 64 || id != oneLine(id) || strings.ContainsAny(id, " @+") {
		return dropped
	}
	if Redact(id) != id {
		return dropped
	}
	return id
}
