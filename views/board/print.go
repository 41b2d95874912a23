package board

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"

	"stead/views/ui"
)

// printer prints cards and rows by hand, unlike every other part: a page has
// fifty of them, and a template needs three times as long. All that comes from
// people goes through text.
type printer struct {
	out   []byte
	ctx   context.Context
	icons map[string]string // drawn
	words map[string]string // said and ready to print
}

const roomFor = 1024 // bytes of a card or a row: few take more

// printing is a component that prints n parts one after the other.
func printing(n int, part func(*printer, int)) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		p := printer{out: make([]byte, 0, roomFor), ctx: ctx, icons: map[string]string{}, words: map[string]string{}}
		for i := range n {
			part(&p, i)
			if _, err := w.Write(p.out); err != nil {
				return err
			}
			p.out = p.out[:0]
		}
		return nil
	})
}

func (p *printer) put(parts ...string) {
	for _, s := range parts {
		p.out = append(p.out, s...)
	}
}

func (p *printer) text(s string) { p.out = ui.AppendText(p.out, s) }

// bdi keeps a name in its own direction.
func (p *printer) bdi(s string) {
	p.put(`<bdi>`)
	p.text(s)
	p.put(`</bdi>`)
}

func (p *printer) say(english string) {
	said, ok := p.words[english]
	if !ok {
		said = templ.EscapeString(ui.Words(p.ctx)(english))
		p.words[english] = said
	}
	p.put(said)
}

func (p *printer) icon(name string) {
	drawn, ok := p.icons[name]
	if !ok {
		var b strings.Builder
		_ = ui.Icon(name).Render(p.ctx, &b) // nothing can fail
		drawn = b.String()
		p.icons[name] = drawn
	}
	p.put(drawn)
}

func (p *printer) mark(m *Mark) {
	if m.Kind == "bad" {
		p.put(`<span class="badge bad">`)
	} else {
		p.put(`<span class="badge warn">`)
	}
	p.icon(m.Icon)
	p.text(m.Text)
	p.put(`</span> `)
}

func cards(all []Card) templ.Component {
	return printing(len(all), func(p *printer, i int) { p.card(&all[i]) })
}

func (p *printer) card(c *Card) {
	p.put(`<li id="deal-`, c.ID, `" data-deal="`, c.ID, `" data-version="`, c.Version, `"><article class="deal"><h3><a class="deal-link" href="`)
	p.text(c.Href)
	p.put(`">`)
	p.bdi(c.Title)
	p.put(`</a></h3>`)
	if c.Move != "" {
		p.put(`<a class="btn ghost icon sm menu-btn" href="`)
		p.text(c.Move)
		p.put(`" aria-label="`)
		p.say("Move to…")
		p.put(` `)
		p.text(c.Title)
		p.put(`">`)
		p.icon("ellipsis")
		p.put(`</a>`)
	}
	p.put(`<p class="small muted">`)
	p.bdi(c.Person)
	p.put(` <span class="faint"><span class="vh">`)
	p.say("In this stage for")
	p.put(` </span>`)
	p.text(c.Age)
	p.put(`</span></p><div class="meta">`)
	if c.Amount != "" {
		p.put(`<span class="num">`)
		p.text(c.Amount)
		p.put(`</span> `)
	}
	if c.Next != "" {
		p.put(`<span class="badge line">`)
		p.icon("calendar-check")
		p.put(`<span class="vh">`)
		p.say("Next step")
		p.put(` </span>`)
		p.text(c.Next)
		p.put(`</span> `)
	}
	for i := range c.Marks {
		p.mark(&c.Marks[i])
	}
	if c.Owner != "" {
		p.put(`<span class="`, c.Face.Class, ` sm" title="`)
		p.text(c.Owner)
		p.put(`"><span aria-hidden="true">`)
		p.text(c.Face.Letters)
		p.put(`</span><span class="vh">`)
		p.text(c.Owner)
		p.put(`</span></span>`)
	}
	p.put(`</div></article></li>`)
}

func rows(l List) templ.Component {
	return printing(len(l.Rows), func(p *printer, i int) { p.row(&l.Rows[i], l.Columns, l.Acts.any()) })
}

func (p *printer) row(r *Row, columns []Head, picks bool) {
	p.put(`<tr role="row"><th scope="row" role="rowheader"><span class="who">`)
	if picks {
		p.put(`<input type="checkbox" name="id" value="`, r.ID, `" aria-label="`)
		p.say("Select")
		p.put(` `)
		p.text(r.Title)
		p.put(`">`)
	}
	p.put(`<span class="titled"><a href="`)
	p.text(r.Href)
	p.put(`">`)
	p.bdi(r.Title)
	p.put(`</a> <span class="small faint">`)
	p.text(r.Number)
	p.put(`</span></span></span></th>`)
	for i := range r.Cells {
		p.cell(&r.Cells[i], columns[i].Label)
	}
	p.put(`</tr>`)
}

func (p *printer) cell(c *Cell, label string) {
	class := "dim"
	switch {
	case c.Number:
		class = "num"
	case c.none():
		class = "dim none"
	}
	p.put(`<td class="`, class, `" role="cell" data-label="`)
	p.text(label)
	p.put(`">`)
	if c.Text != "" {
		p.bdi(c.Text)
	}
	if c.When.ISO != "" {
		p.put(`<time datetime="`, c.When.ISO, `">`)
		p.text(c.When.Text)
		p.put(`</time>`)
	}
	for i := range c.Marks {
		p.mark(&c.Marks[i])
	}
	for _, tag := range c.Tags {
		p.put(`<span class="badge `, tagClass[tag.Colour], `">`)
		p.bdi(tag.Name)
		p.put(`</span> `)
	}
	p.put(`</td>`)
}

// tagClass is how badges are told whose colour the business chose.
var tagClass = map[string]string{"green": "ok", "blue": "info", "yellow": "warn", "red": "bad", "violet": "bot"}
