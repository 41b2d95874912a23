package ui

import (
	"context"
	"strings"
)

type doorsKey struct{}

// WithDoors tells pages which others may be opened by whoever looks at them.
func WithDoors(ctx context.Context, opens func(path string) bool) context.Context {
	return context.WithValue(ctx, doorsKey{}, opens)
}

// Opens tells whether whoever looks may open the page at path: nobody is shown a
// way to where they would be refused. Where nothing was set, all are open.
func Opens(ctx context.Context, path string) bool {
	opens, ok := ctx.Value(doorsKey{}).(func(string) bool)
	return !ok || opens(path)
}

// OpenOf is the first of the paths that opens, or "".
func OpenOf(ctx context.Context, paths ...string) string {
	for _, path := range paths {
		if Opens(ctx, path) {
			return path
		}
	}
	return ""
}

// door is a place of the navigation with where it leads for whoever looks.
type door struct {
	place
	Href string
}

// doors are the places that whoever looks may open.
func doors(ctx context.Context) []door {
	out := make([]door, 0, len(places))
	for _, p := range places {
		if path := OpenOf(ctx, p.Paths...); path != "" {
			out = append(out, door{p, p.href(path)})
		}
	}
	return out
}

// openTabs are those of a row of pages that whoever looks may open.
func openTabs(ctx context.Context, pages []Option) []Option {
	var out []Option
	for _, p := range pages {
		if Opens(ctx, p.Value) {
			out = append(out, p)
		}
	}
	return out
}

// doorsSet names the set of doors that are open: what is drawn for one person
// with them is the same for all.
func doorsSet(ctx context.Context) string {
	var b strings.Builder
	for _, d := range doors(ctx) {
		b.WriteString(d.Href + " ")
	}
	b.WriteString(OpenOf(ctx, newContact) + " " + OpenOf(ctx, contactList))
	return b.String()
}

// orFront is path, or the front door when there is none.
func orFront(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// Front is the first place that is open to whoever looks: their own account when
// no other is.
func Front(ctx context.Context) string {
	if open := doors(ctx); len(open) > 0 {
		return open[0].Href
	}
	return account
}
