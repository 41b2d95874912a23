package ui

import (
	"context"
	"slices"
	"strings"
	"sync"
)

type doorsKey struct{}

// menuPages are the pages of the account menu that are no places.
var menuPages = []string{account, "/history", "/bin"}

// doorkeeper knows what is open to one request. A page asks for its places
// several times; they are looked up once.
type doorkeeper struct {
	opens func(path string) bool
	once  sync.Once
	doors []door
	set   string
}

// WithDoors tells pages which others may be opened by whoever looks at them.
func WithDoors(ctx context.Context, opens func(path string) bool) context.Context {
	return context.WithValue(ctx, doorsKey{}, &doorkeeper{opens: opens})
}

// allOpen is asked where nothing was set.
var allOpen = &doorkeeper{opens: func(string) bool { return true }}

func keeper(ctx context.Context) *doorkeeper {
	if k, ok := ctx.Value(doorsKey{}).(*doorkeeper); ok {
		return k
	}
	return allOpen
}

// Opens tells whether whoever looks may open the page at path: nobody is shown a
// way to where they would be refused. Where nothing was set, all are open.
func Opens(ctx context.Context, path string) bool { return keeper(ctx).opens(path) }

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
func doors(ctx context.Context) []door { return keeper(ctx).look().doors }

// doorsSet names the set of doors that are open: what is drawn for one person
// with them is the same for all.
func doorsSet(ctx context.Context) string { return keeper(ctx).look().set }

func (k *doorkeeper) look() *doorkeeper {
	k.once.Do(func() {
		var set strings.Builder
		for _, p := range places {
			if at := slices.IndexFunc(p.Paths, k.opens); at >= 0 {
				k.doors = append(k.doors, door{p, p.href(p.Paths[at])})
				set.WriteString(p.href(p.Paths[at]) + " ")
			}
		}
		if k.opens(newContact) {
			set.WriteString(newContact)
		}
		for _, a := range paletteActs {
			if k.opens(a.Path) {
				set.WriteString(" " + a.Path)
			}
		}
		for _, path := range menuPages {
			if k.opens(path) {
				set.WriteString(" " + path)
			}
		}
		k.set = set.String()
	})
	return k
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

// Front is the first place that is open to whoever looks: their own account when
// no other is.
func Front(ctx context.Context) string {
	if open := doors(ctx); len(open) > 0 {
		return open[0].Href
	}
	return account
}

// mostTabs is how many places the bar of a phone has room for.
const mostTabs = 5

// onPhones are the places that a phone shows first.
var onPhones = []string{"today", "inbox", "contacts", "deals"}

// tabsOf parts the places for a phone: those of its bar, and those behind More.
func tabsOf(all []door) (tabs, rest []door) {
	if len(all) <= mostTabs {
		return all, nil
	}
	for _, d := range all {
		if slices.Contains(onPhones, d.Key) {
			tabs = append(tabs, d)
		} else {
			rest = append(rest, d)
		}
	}
	return tabs, rest
}

func holds(all []door, key string) bool {
	return slices.ContainsFunc(all, func(d door) bool { return d.Key == key })
}
