package deals

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/custom"
	"stead/app/lines"
	view "stead/views/deals"
	"stead/views/ui"
)

// cells are what is asked of a line, in their order.
var cells = []string{"item", "quantity", "unit", "price", "discount", "tax"}

// gridOf is the only place that knows both lines and their grid. It ends with a
// line to type in.
func gridOf(ctx context.Context, all Lines, saw string, drafts []LineDraft, m more) view.Grid {
	d := all.Deal
	g := view.Grid{
		DealID: d.ID, Title: dealName(d), Currency: d.Currency, Seen: saw, Focus: m.focus,
		Totals: totalsOf(ctx, drafts, d.Currency, all.How),
	}
	if len(drafts) == 0 || !drafts[len(drafts)-1].blank() {
		drafts = append(slices.Clip(drafts), LineDraft{})
	}
	for i, draft := range drafts {
		g.Rows = append(g.Rows, lineOf(i, len(drafts), draft, d.Currency, all.How, m.problems))
	}
	g.Blank = lineOf(-1, 0, LineDraft{}, d.Currency, all.How, nil)
	g.Problems = problemsOf(ctx, m.problems)
	if m.conflict {
		g.Saved = differing(ctx, m.theirs, drafts)
	}
	return g
}

// lineOf is a row of the grid; that at -1 is what a new one is made of.
func lineOf(i, of int, d LineDraft, currency string, how custom.How, problems map[string]string) view.Line {
	l := view.Line{At: "new", First: i == 0, Last: i == of-1, Product: d.ProductID, Problems: map[string]string{}}
	if i >= 0 {
		l.At = strconv.Itoa(i)
	}
	l.Number = strconv.Itoa(i + 1)
	l.Values = map[string]string{"item": d.Name, "quantity": d.Quantity, "unit": d.Unit, "price": d.Price, "discount": d.Discount, "tax": d.Tax}
	for _, cell := range cells {
		if text := problems[Cell(i, cell)]; text != "" {
			l.Problems[cell] = text
		}
	}
	if d.blank() {
		return l
	}
	wrong := map[string]string{}
	row := d.read(i, currency, how, wrong)
	if delete(wrong, Cell(i, "item")); len(wrong) > 0 {
		l.Net = "?"
		return l
	}
	l.Net = custom.Money(row.Net, currency, how)
	return l
}

// totalsOf says what the lines that can be understood come to, and how many
// cannot.
func totalsOf(ctx context.Context, drafts []LineDraft, currency string, how custom.How) view.Totals {
	var sums []lines.Line
	left := 0
	for i, d := range drafts {
		if d.blank() {
			continue
		}
		wrong := map[string]string{}
		row := d.read(i, currency, how, wrong)
		if delete(wrong, Cell(i, "item")); len(wrong) > 0 {
			left++
			continue
		}
		sums = append(sums, counted(row))
	}
	var out view.Totals
	if left > 0 {
		out.Note = ui.Many(ctx, left, "%s line cannot be understood and is not counted.", "%s lines cannot be understood and are not counted.")
	}
	t, err := lines.Of(sums)
	if err != nil {
		out.Note = ui.Say(ctx, "The lines come to more than can be kept.")
		return out
	}
	return with(out, t, currency, how)
}

// with says what lines come to.
func with(out view.Totals, t lines.Totals, currency string, how custom.How) view.Totals {
	out.Net, out.Gross = custom.Money(t.Net, currency, how), custom.Money(t.Gross, currency, how)
	for _, r := range t.Rates {
		out.Rates = append(out.Rates, view.Rate{Percent: lines.TypedPercent(r.Tax, how) + "%", On: custom.Money(r.Net, currency, how), Amount: custom.Money(r.Amount, currency, how)})
	}
	return out
}

func problemsOf(ctx context.Context, problems map[string]string) (out []ui.Problem) {
	if text := problems["lines"]; text != "" {
		out = append(out, ui.Problem{Field: "lines", Text: text})
	}
	names := slices.SortedFunc(maps.Keys(problems), func(a, b string) int {
		x, y := place(a), place(b)
		return cmp.Or(cmp.Compare(x.row, y.row), cmp.Compare(x.cell, y.cell))
	})
	for _, name := range names {
		if name == "lines" {
			continue
		}
		out = append(out, ui.Problem{Field: name, Text: ui.Say(ctx, "Line %s: %s", strconv.Itoa(place(name).row+1), ui.Words(ctx)(problems[name]))})
	}
	return out
}

type spot struct{ row, cell int }

func place(name string) spot {
	cell, row, _ := strings.Cut(name, "-")
	n, err := strconv.Atoi(row)
	if err != nil {
		n = 0
	}
	return spot{n, slices.Index(cells, cell)}
}

// differing are the lines that somebody else saved otherwise than they were typed.
func differing(ctx context.Context, theirs, ours []LineDraft) (out []ui.Change) {
	ours = slices.DeleteFunc(slices.Clone(ours), LineDraft.blank)
	for i := range max(len(theirs), len(ours)) {
		was, is := inWords(theirs, i), inWords(ours, i)
		if was != is {
			out = append(out, ui.Change{Label: ui.Say(ctx, "Line %s", strconv.Itoa(i+1)), Theirs: was, Yours: is})
		}
	}
	if len(out) == 0 {
		out = append(out, ui.Change{Label: ui.Words(ctx)("Lines"), Theirs: ui.Words(ctx)("Changed and changed back"), Yours: ui.Words(ctx)("The same")})
	}
	return out
}

func inWords(all []LineDraft, i int) string {
	if i >= len(all) {
		return ""
	}
	d := all[i]
	parts := []string{cmp.Or(strings.TrimSpace(d.Quantity), "1") + " × " + strings.TrimSpace(d.Name)}
	for _, cell := range []struct{ before, value, behind string }{{"", d.Price, ""}, {"−", d.Discount, "%"}, {"+", d.Tax, "%"}} {
		if v := strings.TrimSpace(cell.value); v != "" {
			parts = append(parts, cell.before+v+cell.behind)
		}
	}
	return strings.Join(parts, ", ")
}

// LinesPanel is what the page of a deal shows of its lines: nothing for who is not
// shown what is in it.
func (s *Service) LinesPanel(ctx context.Context, actor access.Actor, d Sight) (ui.Component, error) {
	if !showsLines(actor, d.Deal) {
		return nil, nil //nolint:nilnil // nothing is shown, which is no mistake
	}
	all, err := s.linesOf(ctx, d.Deal, d.whole.Lines)
	if err != nil {
		return nil, err
	}
	p := view.Panel{DealID: d.ID, Totals: with(view.Totals{}, all.Totals, d.Currency, all.How)}
	p.Edits = d.DeletedAt == 0 && access.May(actor, access.DealsWrite, access.Object{Owner: d.OwnerID})
	for _, l := range all.Rows {
		row := view.PanelRow{Name: cmp.Or(l.Name, erasedWords(ctx)), Net: custom.Money(l.Net, d.Currency, all.How), Price: custom.Money(l.Price, d.Currency, all.How)}
		row.Quantity = strings.TrimSpace(lines.TypedQuantity(l.Quantity, all.How) + " " + l.Unit)
		if l.Discount != 0 {
			row.Discount = lines.TypedPercent(l.Discount, all.How) + "%"
		}
		p.Rows = append(p.Rows, row)
	}
	return view.LinesPanel(p), nil
}
