// Package ui holds the words, the page shell and the parts that every page
// uses. No page of one capability, no database, no clock and no network may
// live here: parts show what they are handed.
package ui

import (
	"context"
	"fmt"
	"strings"
)

type (
	wordsKey   struct{}
	localeKey  struct{}
	formKeyKey struct{}
)

// Locale is the language of the page and the direction it is written in.
type Locale struct{ Lang, Dir string }

// WithWords sets the language: translate gets the English text.
func WithWords(ctx context.Context, translate func(string) string) context.Context {
	return context.WithValue(ctx, wordsKey{}, translate)
}

// Words returns t, through which every visible text goes. English is the key,
// and what stands when nothing else was set.
func Words(ctx context.Context) func(english string) string {
	if t, ok := ctx.Value(wordsKey{}).(func(string) string); ok {
		return t
	}
	return func(english string) string { return english }
}

// Say translates a sentence with places in it and fills them: names and numbers
// are never part of the key.
func Say(ctx context.Context, english string, args ...any) string {
	return fmt.Sprintf(Words(ctx)(english), args...)
}

// Many says a sentence about n things; both forms hold one %s for the number.
func Many(ctx context.Context, n int, one, other string) string {
	if n == 1 {
		return Say(ctx, one, Number(n))
	}
	return Say(ctx, other, Number(n))
}

// Number writes n with a comma between thousands, as English does.
func Number(n int) string {
	if n < 0 {
		return "−" + Number(-n)
	}
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// WithLocale sets the page's language tag and direction.
func WithLocale(ctx context.Context, l Locale) context.Context {
	return context.WithValue(ctx, localeKey{}, l)
}

// LocaleOf is English, left to right, when nothing else was set.
func LocaleOf(ctx context.Context) Locale {
	if l, ok := ctx.Value(localeKey{}).(Locale); ok {
		return l
	}
	return Locale{Lang: "en", Dir: "ltr"}
}

// WithFormKeys hands the page a source of idempotency keys: each form gets one.
func WithFormKeys(ctx context.Context, newKey func() string) context.Context {
	return context.WithValue(ctx, formKeyKey{}, newKey)
}

func formKey(ctx context.Context) string {
	if newKey, ok := ctx.Value(formKeyKey{}).(func() string); ok {
		return newKey()
	}
	return ""
}
