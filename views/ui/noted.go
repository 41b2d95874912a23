package ui

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// Span is a piece of a note; Name: it names a colleague.
type Span = struct {
	Text string
	Name bool
}

// Named is the text of a note with the colleagues whom it names marked. No space
// comes between its pieces, so it is not a template.
func Named(words []Span) Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		for _, s := range words {
			if s.Name {
				b.WriteString(`<span class="mention">` + templ.EscapeString(s.Text) + `</span>`)
			} else {
				b.WriteString(templ.EscapeString(s.Text))
			}
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}
