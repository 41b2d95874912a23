package contacts

import (
	"testing"

	"github.com/a-h/templ"
	"pgregory.net/rapid"
)

// What people typed is printed as templates print it.
func TestRowsEscapeAsTemplatesDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.OneOf(rapid.String(), rapid.StringMatching(`[&<>"'a-c;#]*`)).Draw(t, "typed")
		p := printer{}
		p.text("before ")
		p.text(typed)
		if want := "before " + templ.EscapeString(typed); string(p.out) != want {
			t.Fatalf("%q printed as %q, templates print %q", typed, p.out, want)
		}
	})
}
