package logs

import (
	"log/slog"
	"strings"
	"unicode/utf8"
)

// shown are values that print so little of themselves that any key may hold them.
type shown interface {
	slog.LogValuer
	partly()
}

// Phone prints as the beginning and the end of a number: "+35…67".
type Phone string

// LogValue hides what is between.
func (p Phone) LogValue() slog.Value {
	s := oneLine(string(p))
	if len(s) < 8 || !strings.HasPrefix(s, "+") || strings.ContainsFunc(s[1:], func(r rune) bool { return r < '0' || r > '9' }) {
		return slog.StringValue("…")
	}
	return slog.StringValue(s[:3] + "…" + s[len(s)-2:])
}

func (Phone) partly() {}

// Email prints as the first letter and the host: "a…@example.com".
type Email string

// LogValue hides who it is.
func (e Email) LogValue() slog.Value {
	s := oneLine(string(e))
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at == len(s)-1 || len(s) > 254 {
		return slog.StringValue("…")
	}
	first, _ := utf8.DecodeRuneInString(s)
	return slog.StringValue(string(first) + "…" + s[at:])
}

func (Email) partly() {}
