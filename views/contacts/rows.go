package contacts

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"stead/views/ui"
)

// rows prints the rows of the list. It is written by hand, unlike every other
// part: a page has fifty rows, and a template needs three times as long for
// them. All that comes from people goes through text.
func rows(page List) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		t := ui.Words(ctx)
		p := printer{out: make([]byte, 0, rowSize), badges: badgesOf(t), owners: page.Owners, columns: page.Columns}
		if page.Acts.any() {
			p.pick = `" aria-label="` + templ.EscapeString(t("Select")) + ` `
		}
		for i := range page.Rows {
			p.row(&page.Rows[i])
			if _, err := w.Write(p.out); err != nil {
				return err
			}
			p.out = p.out[:0]
		}
		return nil
	})
}

// Cell is what a row has in a chosen column.
type Cell struct {
	Text   string
	Number bool
	When   ui.When
	Tags   []CellTag
}

// CellTag is a tag in a cell. Colour is as tags have it.
type CellTag struct{ Name, Colour string }

// rowSize is the room for a row: few take more.
const rowSize = 2048

// printer prints one row after the other.
type printer struct {
	out     []byte
	badges  badges
	owners  bool
	pick    string // what stands in a row's box behind the id; empty: nobody can be chosen
	columns []Column
}

func (p *printer) put(s string) { p.out = append(p.out, s...) }

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
	p.put(`<tr role="row"><th scope="row" role="rowheader"><span class="who">`)
	if p.pick != "" {
		p.put(`<input type="checkbox" name="id" value="`)
		p.text(r.ID)
		p.put(p.pick)
		p.text(r.Name)
		p.put(`">`)
	}
	p.put(`<span class="`)
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
	p.put(`</span></span></th>`)
	if len(p.columns) > 0 {
		for i := range p.columns {
			p.cell(p.columns[i], r, i)
		}
		p.put(`</tr>`)
		return
	}
	p.put(`<td class="dim nowrap" role="cell">`)
	if r.Number != "" {
		p.bdi(r.Number, true)
	}
	p.put(`</td><td role="cell">`)
	p.states(r)
	if p.owners {
		p.owner(r)
	}
	p.put(`</td><td class="dim nowrap" role="cell">`)
	p.time(r.Active)
	p.put(`</td></tr>`)
}

// cell is a column that was chosen.
func (p *printer) cell(column Column, r *Row, at int) {
	p.put(`<td class="dim`)
	if r.lacks(column.Key, at) {
		p.put(` none`)
	}
	p.put(`" role="cell" data-label="`)
	p.text(column.Label)
	p.put(`">`)
	switch column.Key {
	case "phone":
		p.bdi(r.Number, true)
	case "state":
		p.states(r)
	case "owner":
		p.bdi(r.Owner, false)
	case "company":
		p.bdi(r.Company, false)
	case "activity":
		p.time(r.Active)
	default:
		if at < len(r.Cells) {
			p.more(r.Cells[at])
		}
	}
	p.put(`</td>`)
}

// lacks tells that a row has nothing in a column.
func (r *Row) lacks(key string, at int) bool {
	switch key {
	case "phone":
		return r.Number == ""
	case "state":
		return !r.Blocked && !r.OptedOut && !r.Restricted && !r.Landline && !r.Unreachable
	case "owner":
		return r.Owner == ""
	case "company":
		return r.Company == ""
	case "activity":
		return false
	}
	return at >= len(r.Cells) || r.Cells[at].Text == "" && r.Cells[at].When.ISO == "" && len(r.Cells[at].Tags) == 0
}

func (p *printer) more(c Cell) {
	for _, tag := range c.Tags {
		p.put(`<span class="badge `)
		p.text(tagClass[tag.Colour])
		p.put(`">`)
		p.bdi(tag.Name, false)
		p.put(`</span> `)
	}
	if c.When.ISO != "" {
		p.time(c.When)
	}
	if c.Text != "" {
		p.bdi(c.Text, c.Number)
	}
}

// tagClass is how badges are told whose colour the business chose.
var tagClass = map[string]string{"green": "ok", "blue": "info", "yellow": "warn", "red": "bad", "violet": "bot"}

func (p *printer) time(w ui.When) {
	p.put(`<time datetime="`)
	p.text(w.ISO)
	p.put(`">`)
	p.text(w.Text)
	p.put(`</time>`)
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
func (p *printer) text(s string) { p.out = ui.AppendText(p.out, s) }
