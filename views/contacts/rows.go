package contacts

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"

	"stead/views/ui"
)

// rows prints the rows of the list. It is written by hand, unlike every other
// part: a page has fifty rows, and a template needs three times as long for
// them. All that comes from people goes through text.
func rows(list []Row) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		p := printer{badges: badgesOf(ui.Words(ctx))}
		p.Grow(600 * len(list))
		for i := range list {
			p.row(&list[i])
		}
		_, err := io.WriteString(w, p.String())
		return err
	})
}

type printer struct {
	strings.Builder
	badges badges
}

// badges are the states, translated and ready to print.
type badges struct{ blocked, optedOut, restricted, landline, unreachable string }

func badgesOf(t func(string) string) badges {
	badge := func(class, word string) string {
		return `<span class="` + class + `">` + templ.EscapeString(word) + `</span> `
	}
	return badges{
		blocked: badge("badge bad", t("Blocked")), optedOut: badge("badge warn", t("Opted out")),
		restricted: badge("badge warn", t("Restricted")),
		landline:   badge("badge", t("Landline")), unreachable: badge("badge", t("No texts")),
	}
}

func (p *printer) row(r *Row) {
	p.WriteString(`<tr role="row"><th scope="row" role="rowheader"><span class="who"><span class="`)
	p.text(r.Face.Class)
	p.WriteString(`" aria-hidden="true">`)
	p.text(r.Face.Letters)
	p.WriteString(`</span><span><a href="`)
	p.text(r.Href)
	p.WriteString(`">`)
	p.bdi(r.Name, r.Nameless)
	p.WriteString(`</a>`)
	if r.Company != "" {
		p.WriteString(`<small>`)
		p.bdi(r.Company, false)
		p.WriteString(`</small>`)
	}
	p.WriteString(`</span></span></th><td class="dim nowrap" role="cell">`)
	if r.Number != "" {
		p.bdi(r.Number, true)
	}
	p.WriteString(`</td><td role="cell">`)
	p.states(r)
	p.WriteString(`</td><td class="dim nowrap" role="cell"><time datetime="`)
	p.text(r.Active.ISO)
	p.WriteString(`">`)
	p.text(r.Active.Text)
	p.WriteString(`</time></td></tr>`)
}

func (p *printer) states(r *Row) {
	for _, state := range [...]struct {
		holds bool
		badge string
	}{
		{r.Blocked, p.badges.blocked}, {r.OptedOut, p.badges.optedOut}, {r.Restricted, p.badges.restricted},
		{r.Landline, p.badges.landline}, {r.Unreachable, p.badges.unreachable},
	} {
		if state.holds {
			p.WriteString(state.badge)
		}
	}
}

// bdi keeps a name or a number in its own direction.
func (p *printer) bdi(s string, number bool) {
	if number {
		p.WriteString(`<bdi class="num">`)
	} else {
		p.WriteString(`<bdi>`)
	}
	p.text(s)
	p.WriteString(`</bdi>`)
}

// text prints what came from people.
func (p *printer) text(s string) {
	if strings.ContainsAny(s, `&<>"'`) {
		s = templ.EscapeString(s)
	}
	p.WriteString(s)
}
