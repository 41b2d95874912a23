package contacts

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"stead/views/ui"
)

// A card has a score of things that happened and as many values: they are
// printed by hand, as the rows of the list are.

// liner prints what may have parts in it that are made elsewhere. It keeps the
// first error and prints nothing after it.
type liner struct {
	printer
	to  io.Writer // a template's buffer
	err error
}

func (p *liner) flush() {
	if p.err == nil {
		_, p.err = p.to.Write(p.out)
	}
	p.out = p.out[:0]
}

// items are what happened on a day.
func items(list []Item) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		t := ui.Words(ctx)
		p := liner{to: w}
		for i := range list {
			p.item(ctx, t, &list[i])
		}
		p.flush()
		return p.err
	})
}

// itemMarks are how the icons of what happened look.
var itemMarks = map[string]string{
	"ok": `<li class="tl-item"><span class="tl-ico ok">`, "info": `<li class="tl-item"><span class="tl-ico info">`,
	"warn": `<li class="tl-item"><span class="tl-ico warn">`, "": `<li class="tl-item"><span class="tl-ico">`,
}

func (p *liner) item(ctx context.Context, t func(string) string, i *Item) {
	p.put(itemMarks[i.Kind])
	p.place(ctx, ui.Icon(i.Icon))
	p.put(`</span><div class="tl-body"><p>`)
	p.text(i.Text)
	p.put(` <time datetime="`)
	p.text(i.At.ISO)
	p.put(`" title="`)
	p.text(i.At.Full)
	p.put(`">`)
	p.text(i.At.Text)
	p.put(`</time></p>`)
	switch {
	case i.Note:
		p.put(`<div class="tl-quote note">`)
		p.quote(ctx, t, i)
		p.place(ctx, noteTools(*i))
		p.put(`</div>`)
	case i.Quote != "":
		p.put(`<div class="tl-quote">`)
		p.quote(ctx, t, i)
		p.put(`</div>`)
	}
	p.put(`</div></li>`)
}

func (p *liner) quote(ctx context.Context, t func(string) string, i *Item) {
	if len(i.Words) > 0 {
		p.place(ctx, ui.Noted(i.Words))
	} else {
		p.put(`<p class="prewrap" dir="auto">`)
		p.text(i.Quote)
		p.put(`</p>`)
	}
	if i.Remark != "" {
		p.put(`<p class="small faint">`)
		p.text(t(i.Remark))
		p.put(`</p>`)
	}
}

// place prints a part that is made elsewhere.
func (p *liner) place(ctx context.Context, c templ.Component) {
	p.flush()
	if p.err == nil {
		p.err = c.Render(ctx, p.to)
	}
}

// factLines are the values of a fact.
func factLines(list []FactLine) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		p := liner{to: w}
		for i := range list {
			p.factLine(ctx, &list[i])
		}
		p.flush()
		return p.err
	})
}

func (p *liner) factLine(ctx context.Context, l *FactLine) {
	p.put(`<span class="fact-line">`)
	if l.Href != "" {
		p.put(`<a href="`)
		p.text(string(templ.URL(l.Href)))
		p.put(`" rel="noreferrer">`)
	}
	switch {
	case l.Number:
		p.put(`<bdi class="num nowrap">`)
	case l.Multi:
		p.put(`<bdi class="prewrap" dir="auto">`)
	default:
		p.put(`<bdi>`)
	}
	p.text(l.Text)
	p.put(`</bdi>`)
	if l.Href != "" {
		p.put(`</a>`)
	}
	if l.Label != "" {
		p.put(` <small class="faint"><bdi>`)
		p.text(l.Label)
		p.put(`</bdi></small>`)
	}
	if l.Note != "" {
		p.put(` <small class="faint">`)
		p.text(ui.Words(ctx)(l.Note))
		p.put(`</small>`)
	}
	for _, b := range l.Badges {
		p.put(` `)
		p.place(ctx, ui.Badge(b.Value, b.Label))
	}
	p.put(`</span>`)
}
