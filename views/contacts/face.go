package contacts

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"stead/views/ui"
)

// face prints an avatar whose class is known, without looking at the class
// again: a list has fifty.
func face(f ui.Face) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, `<span class="`+templ.EscapeString(f.Class)+`" aria-hidden="true">`+templ.EscapeString(f.Letters)+`</span>`)
		return err
	})
}
