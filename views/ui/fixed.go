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

// fixed is a part of the frame that is the same on every page for all who may
// open the same places. It is drawn once for each such set and written from then
// on, which saves a tenth of a page's cost. Where another language is set it is
// drawn each time.
type fixed struct {
	part  func() templ.Component
	html  sync.Map // drawn, by set of places: there are a few dozen at most
	alike bool     // shows no place: the same for everybody
}

// Render draws or writes the part.
func (f *fixed) Render(ctx context.Context, w io.Writer) error {
	if ctx.Value(wordsKey{}) != nil {
		return f.part().Render(ctx, w)
	}
	set := ""
	if !f.alike {
		set = doorsSet(ctx)
	}
	if known, ok := f.html.Load(set); ok {
		return known.(drawn).Render(ctx, w)
	}
	var buf bytes.Buffer
	if err := f.part().Render(ctx, &buf); err != nil {
		return err
	}
	f.html.Store(set, drawn(buf.String()))
	_, err := buf.WriteTo(w)
	return err
}

var (
	fixedHead      = &fixed{part: headLinks, alike: true}
	fixedMessages  = &fixed{part: messages, alike: true}
	fixedPalette   = &fixed{part: palette}
	fixedMenu      = &fixed{part: userMenu}
	fixedShortcuts = &fixed{part: shortcuts}
)

// kept is a part of the frame that changes with the place and with the numbers
// beside the places, and with nothing else of the shell: no name is in it. It is
// drawn once for each and written from then on, like fixed.
type kept struct {
	part func(Shell) templ.Component

	mu   sync.RWMutex
	html map[keptFor]drawn
}

// keptFor is all that a kept part may depend on.
type keptFor struct {
	set, nav                string
	tasks, unread, requests int
}

const mostKept = 512 // then all are drawn anew

func (k *kept) of(s Shell) templ.Component {
	s = Shell{Nav: s.Nav, Tasks: s.Tasks, Unread: s.Unread, Requests: s.Requests}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if ctx.Value(wordsKey{}) != nil {
			return k.part(s).Render(ctx, w)
		}
		at := keptFor{doorsSet(ctx), s.Nav, s.Tasks, s.Unread, s.Requests}
		k.mu.RLock()
		known, ok := k.html[at]
		k.mu.RUnlock()
		if ok {
			return known.Render(ctx, w)
		}
		var buf bytes.Buffer
		if err := k.part(s).Render(ctx, &buf); err != nil {
			return err
		}
		k.mu.Lock()
		if k.html == nil || len(k.html) >= mostKept {
			k.html = map[keptFor]drawn{}
		}
		k.html[at] = drawn(buf.String())
		k.mu.Unlock()
		_, err := buf.WriteTo(w)
		return err
	})
}

var (
	keptLinks    = &kept{part: navLinks}
	keptSettings = &kept{part: settingsLink}
	keptTabs     = &kept{part: tabbar}
)
