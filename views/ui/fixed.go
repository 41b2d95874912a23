package ui

import (
	"bytes"
	"context"
	"io"
	"sync"

	"github.com/a-h/templ"

	"stead/assets"
)

// Icon is a Lucide icon by its name, silent to screen readers: say its meaning
// in words beside it or in the control's aria-label.
func Icon(name string) templ.Component {
	if known, ok := icons.Load(name); ok {
		return known.(drawn)
	}
	icon := drawn(`<svg class="i" aria-hidden="true"><use href="` + templ.EscapeString(assets.Path("icons.svg")+"#"+name) + `"></use></svg>`)
	icons.Store(name, icon)
	return icon
}

var icons sync.Map // by name; the names stand in the code, so they are few

// drawn is markup that was drawn before.
type drawn string

// Render writes it.
func (d drawn) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, string(d))
	return err
}

// fixed is a part of the frame that changes with the places that whoever looks
// may open, with the place that is looked at and with the numbers beside the
// places, and with nothing else of the shell: no name is in it. It is drawn once
// for each and written from then on, which saves a tenth of a page's cost and more. Where
// another language is set it is drawn each time.
type fixed struct {
	part  func(Shell) templ.Component
	alike bool // shows no place: the same for everybody

	mu   sync.RWMutex
	html map[fixedFor]drawn
}

// fixedFor is all that a fixed part may depend on.
type fixedFor struct {
	set, nav                       string
	tasks, unread, requests, leads int
}

const mostFixed = 512 // then all are drawn anew

// Render draws or writes a part that needs nothing of the shell.
func (f *fixed) Render(ctx context.Context, w io.Writer) error { return f.draw(ctx, w, Shell{}) }

// of is the part for a shell.
func (f *fixed) of(s Shell) templ.Component {
	s = Shell{Nav: s.Nav, Tasks: s.Tasks, Unread: s.Unread, Requests: s.Requests, Leads: s.Leads}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error { return f.draw(ctx, w, s) })
}

func (f *fixed) draw(ctx context.Context, w io.Writer, s Shell) error {
	if ctx.Value(wordsKey{}) != nil {
		return f.part(s).Render(ctx, w)
	}
	at := fixedFor{nav: s.Nav, tasks: s.Tasks, unread: s.Unread, requests: s.Requests, leads: s.Leads}
	if !f.alike {
		at.set = doorsSet(ctx)
	}
	f.mu.RLock()
	known, ok := f.html[at]
	f.mu.RUnlock()
	if ok {
		return known.Render(ctx, w)
	}
	var buf bytes.Buffer
	if err := f.part(s).Render(ctx, &buf); err != nil {
		return err
	}
	f.mu.Lock()
	if f.html == nil || len(f.html) >= mostFixed {
		f.html = map[fixedFor]drawn{}
	}
	f.html[at] = drawn(buf.String())
	f.mu.Unlock()
	_, err := buf.WriteTo(w)
	return err
}

// still is a part that needs nothing of the shell.
func still(part func() templ.Component) func(Shell) templ.Component {
	return func(Shell) templ.Component { return part() }
}

var (
	fixedHead      = &fixed{part: still(headLinks), alike: true}
	fixedMessages  = &fixed{part: still(messages), alike: true}
	fixedPalette   = &fixed{part: still(palette)}
	fixedMenu      = &fixed{part: still(userMenu)}
	fixedShortcuts = &fixed{part: still(shortcuts)}
	fixedLinks     = &fixed{part: navLinks}
	fixedSettings  = &fixed{part: settingsLink}
	fixedTabs      = &fixed{part: tabbar}
)
