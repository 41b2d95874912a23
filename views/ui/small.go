package ui

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// What stands in every row is written by hand: a list of classes costs more than
// all the rest of it.

// Avatar stands for a person by their initials.
func Avatar(name string) templ.Component { return AvatarSize(name, "") }

// AvatarSize is an Avatar of another size: sm or lg.
func AvatarSize(name, size string) templ.Component {
	return drawn(`<span class="` + classes("avatar "+hue(name), size) + `" aria-hidden="true">` + templ.EscapeString(initials(name)) + `</span>`)
}

// Tag is a word that the business sorts by: its name is not translated.
func Tag(name, colour string) templ.Component {
	return drawn(`<span class="` + classes("badge", tagClass(colour)) + `"><bdi>` + templ.EscapeString(name) + `</bdi></span>`)
}

// Badge is a short state: kind is ok, info, warn, bad, line or empty.
func Badge(kind, text string) templ.Component { return badge{kind, text} }

type badge struct{ kind, text string }

// Render writes it in the language of whoever looks.
func (b badge) Render(ctx context.Context, w io.Writer) error {
	_, err := io.WriteString(w, `<span class="`+classes("badge", templ.EscapeString(b.kind))+`">`+templ.EscapeString(Words(ctx)(b.text))+`</span>`)
	return err
}

func classes(name, more string) string {
	if more == "" {
		return name
	}
	return name + " " + more
}
