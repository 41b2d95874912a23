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

// fixed is a part of the frame that is the same on every page. It is drawn once
// and written from then on, which saves a tenth of a page's cost. Where another
// language is set it is drawn each time.
type fixed struct {
	part func() templ.Component
	once sync.Once
	html drawn
	err  error
}

// Render draws or writes the part.
func (f *fixed) Render(ctx context.Context, w io.Writer) error {
	if ctx.Value(wordsKey{}) != nil {
		return f.part().Render(ctx, w)
	}
	f.once.Do(func() {
		var buf bytes.Buffer
		f.err = f.part().Render(context.Background(), &buf)
		f.html = drawn(buf.String())
	})
	if f.err != nil {
		return f.err
	}
	return f.html.Render(ctx, w)
}

var (
	fixedHead      = &fixed{part: headLinks}
	fixedMessages  = &fixed{part: messages}
	fixedPalette   = &fixed{part: palette}
	fixedShortcuts = &fixed{part: shortcuts}
)
