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
func rows(list []Row, owners bool) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		p := printer{to: w, badges: badgesOf(ui.Words(ctx)), owners: owners}
		for i := range list {
			p.row(&list[i])
		}
		return p.err
	})
}

// printer keeps the first error and prints nothing after it.
type printer struct {
	to     io.Writer // a template's buffer
	err    error
	badges badges
	owners bool
}

func (p *printer) put(s string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.to, s)
	}
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
	p.put(`<tr role="row"><th scope="row" role="rowheader"><span class="who"><span class="`)
	p.text(r.Face.Class)
	p.put(`" aria-hidden="true">`)
	p.text(r.Face.Letters)
	p.put(`</span><span><a href="`)
	p.text(r.Href)
	p.put(`">`)
	p.bdi(r.Name, r.Nameless)
	p.put(`</a>`)
	if r.Company != "" {
		p.put(`<small>`)
		p.bdi(r.Company, false)
		p.put(`</small>`)
	}
	p.put(`</span></span></th><td class="dim nowrap" role="cell">`)
	if r.Number != "" {
		p.bdi(r.Number, true)
	}
	p.put(`</td><td role="cell">`)
	p.states(r)
	if p.owners {
		p.owner(r)
	}
	p.put(`</td><td class="dim nowrap" role="cell"><time datetime="`)
	p.text(r.Active.ISO)
	p.put(`">`)
	p.text(r.Active.Text)
	p.put(`</time></td></tr>`)
}

// owner is the column of who looks after the contact.
func (p *printer) owner(r *Row) {
	p.put(`</td><td class="nowrap" role="cell">`)
	if r.Owner == "" {
		return
	}
	p.put(`<span class="whose"><span class="`)
	p.text(r.OwnerFace.Class)
	p.put(` sm" aria-hidden="true">`)
	p.text(r.OwnerFace.Letters)
	p.put(`</span>`)
	p.bdi(r.Owner, false)
	p.put(`</span>`)
}

func (p *printer) states(r *Row) {
	for _, state := range [...]struct {
		holds bool
		badge string
	}{
		{r.Blocked, p.badges.blocked},
		{r.OptedOut, p.badges.optedOut},
		{r.Restricted, p.badges.restricted},
		{r.Landline, p.badges.landline},
		{r.Unreachable, p.badges.unreachable},
	} {
		if state.holds {
			p.put(state.badge)
		}
	}
}

// bdi keeps a name or a number in its own direction.
func (p *printer) bdi(s string, number bool) {
	if number {
		p.put(`<bdi class="num">`)
	} else {
		p.put(`<bdi>`)
	}
	p.text(s)
	p.put(`</bdi>`)
}

// text prints what came from people.
func (p *printer) text(s string) {
	if strings.ContainsAny(s, `&<>"'`) {
		s = templ.EscapeString(s)
	}
	p.put(s)
}
