package board

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/custom"
	"stead/app/web"
	"stead/store"
	view "stead/views/board"
	"stead/views/ui"
)

const listSize = 50

// columnKeys are the columns that a list can show beside the title, in the order
// in which they are offered; usual are those that it shows by itself.
var (
	columnKeys = []string{
		"person", "company", "pipeline", "stage", "status", "amount", "weighted", "probability", "owner", "closes", "next", "activity", "created", "entered", "closed",
		"source", "tag",
	}
	usual = []string{"person", "stage", "amount", "owner", "closes", "next"}
)

func (n *namer) hasColumn(key string) bool {
	if strings.HasPrefix(key, store.OwnKey("")) {
		_, ok := n.asks(key)
		return ok
	}
	return slices.Contains(columnKeys, key)
}

func (n *namer) columnChoices() []ui.FilterChoice {
	keys := slices.Clone(columnKeys)
	for _, f := range n.fields {
		keys = append(keys, store.OwnKey(f.ID))
	}
	chosen := n.columns()
	var out []ui.FilterChoice
	for _, key := range keys {
		if n.hasColumn(key) {
			out = append(out, ui.FilterChoice{Value: key, Label: n.field(key), On: slices.Contains(chosen, key)})
		}
	}
	return out
}

// columns are the keys of the columns that are shown.
func (sh *shower) columns() []string {
	if len(sh.question.Columns) == 0 {
		return usual
	}
	return sh.question.Columns
}

// Listed is a page of deals with what its columns show.
type Listed struct {
	asked
	store.DealPage
	People access.People
	Sums   []store.Sum // by currency, of all that are found
	Rough  bool        // time was up: sums are not known
	fields []store.Field
	values map[string]map[string]store.Value
	tags   map[string][]store.Tag
}

// List returns a page of the deals that a place asks for.
func (s *Service) List(ctx context.Context, actor access.Actor, at place) (Listed, error) {
	ctx = context.WithoutCancel(ctx)
	a, err := s.ask(ctx, actor, at)
	out := Listed{asked: a}
	if err != nil {
		return out, err
	}
	if out.People, err = s.people(ctx); err != nil {
		return out, err
	}
	if out.DealPage, err = s.Store.Deals(ctx, a.scope, a.question, store.Page{After: at.after, Limit: listSize}); err != nil {
		return out, err
	}
	sums, cut, err := s.Store.DealSums(ctx, a.scope, a.question, 0)
	if err != nil {
		return out, err
	}
	out.Sums, out.Rough = byCurrency(sums), cut
	return out, s.fillColumns(ctx, &out)
}

// fillColumns reads what the chosen columns show beside the rows, for the whole
// page at once.
func (s *Service) fillColumns(ctx context.Context, l *Listed) (err error) {
	ids := make([]string, len(l.Rows))
	for i := range l.Rows {
		ids[i] = l.Rows[i].ID
	}
	if slices.Contains(l.question.Columns, "tag") {
		if l.tags, err = s.Store.DealTagsOf(ctx, ids); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(l.question.Columns, func(key string) bool { return strings.HasPrefix(key, store.OwnKey("")) }) {
		return nil
	}
	if l.fields, err = s.Store.Fields(ctx, "deal"); err != nil {
		return err
	}
	l.values, err = s.Store.FieldValues(ctx, "deal", ids)
	return err
}

func (s *Service) listPage(r *http.Request, at place) (shower, view.Page, error) {
	l, err := s.List(r.Context(), web.Actor(r), at)
	if err != nil {
		return shower{}, view.Page{}, err
	}
	sh := s.shower(r.Context(), at, l.asked, l.People)
	page := sh.page()
	page.List = sh.list(l)
	page.List.Here = at.bare().path()
	if sh.actor.Has(access.DealsWrite) {
		page.List.Acts = view.Acts{Change: true, Assign: sh.actor.Has(access.DealsAssign), Delete: sh.actor.Has(access.DealsDelete)}
	}
	page.Count = sh.count(l.Sums, l.Rough)
	page.List.Found = page.Count
	if l.Cut || l.Rough {
		page.Notes = append(page.Notes, "Time was up before all deals were looked at. What was found so far stands here: narrow the filter down.")
	}
	if sh.actor.Has(access.DealsExport) {
		page.Export = at.bare().under("/deals/export")
	}
	return sh, page, nil
}

func (sh *shower) list(l Listed) *view.List {
	n := &namer{shower: *sh, lists: lists{fields: l.fields}}
	out := &view.List{Title: sh.head(n, "title"), New: sh.newIn(""), Asks: len(sh.question.Conditions) > 0 || sh.at.stage+sh.at.closes+sh.at.currency != ""}
	out.All = place{show: asList, view: whole}.path()
	out.Title.Label = sh.t("Deal")
	keys := slices.DeleteFunc(slices.Clone(sh.columns()), func(key string) bool { return !n.hasColumn(key) })
	for _, key := range keys {
		out.Columns = append(out.Columns, sh.head(n, key))
	}
	out.Rows = make([]view.Row, len(l.Rows))
	for i := range l.Rows {
		d := &l.Rows[i]
		row := view.Row{ID: d.ID, Href: "/deals/" + d.ID, Title: sh.title(&d.Deal), Number: "#" + strconv.FormatInt(d.Number, 10), Cells: make([]view.Cell, len(keys))}
		for c, key := range keys {
			row.Cells[c] = sh.cell(n, key, d, &l)
		}
		out.Rows[i] = row
	}
	out.Totals = sh.totals(l.Sums)
	now := sh.status(sh.at)
	for _, state := range []string{store.DealOpen, store.DealWon, store.DealLost, "all"} {
		at := sh.at.bare()
		at.status = state
		label := "All"
		if state != "all" {
			label = statusWords[state]
		}
		out.States = append(out.States, view.Link{Label: sh.t(label), Href: at.path(), Current: state == now})
	}
	turn := func(after string) string {
		if after == "" {
			return ""
		}
		at := sh.at.bare()
		at.after = after
		return at.path()
	}
	out.Next, out.Prev = turn(l.Next), turn(l.Prev)
	return out
}

func (sh *shower) totals(sums []store.Sum) []view.Total {
	if !sh.money {
		return nil
	}
	var out []view.Total
	for _, s := range sums {
		out = append(out, view.Total{
			Deals: ui.Many(sh.ctx, int(s.Deals), "%s deal", "%s deals"), Amount: sh.amount(s.Amount, s.Currency), Weighted: sh.amount(s.Weighted, s.Currency),
		})
	}
	return out
}

// head is a column's head. One that the list is sorted by already leads to its
// other direction.
func (sh *shower) head(n *namer, key string) view.Head {
	out := view.Head{Key: key, Label: n.field(key), Number: key == "amount" || key == "weighted" || key == "probability"}
	on, ok := n.asks(key)
	if !ok || !on.Sorts || on.Own.ID != "" {
		return out
	}
	at := sh.at.bare()
	now := sh.question.Sort
	if now == "" {
		now = "-activity"
	}
	at.sort = key
	switch now {
	case key:
		out.Now, at.sort = "ascending", "-"+key
	case "-" + key:
		out.Now = "descending"
	default:
		if key != "title" && key != "closes" {
			at.sort = "-" + key // the latest and the largest first is what people want first
		}
	}
	out.Href = at.path()
	return out
}

// cell prints what a deal has in a column.
func (sh *shower) cell(n *namer, key string, d *store.DealRow, l *Listed) view.Cell {
	money := access.May(sh.actor, access.MoneySee, access.Object{Owner: d.OwnerID})
	when := func(ms int64) view.Cell {
		if ms == 0 {
			return view.Cell{}
		}
		return view.Cell{When: sh.clock.Brief(sh.ctx, ms)}
	}
	switch key {
	case "amount", "weighted":
		minor := d.Amount
		if key == "weighted" {
			minor = d.Weighted
		}
		if !money {
			return view.Cell{Number: true}
		}
		return view.Cell{Text: sh.amount(minor, d.Currency), Number: true}
	case "probability":
		return view.Cell{Text: strconv.FormatInt(d.Probability, 10) + " %", Number: true}
	case "next":
		next, marks := sh.marks(d, sh.stages[d.StageID])
		return view.Cell{Text: next, Marks: marks}
	case "closes":
		if d.ClosesOn == 0 {
			return view.Cell{}
		}
		return view.Cell{Text: custom.Date(d.ClosesOn, sh.how)}
	case "created":
		return when(d.CreatedAt)
	case "activity":
		return when(d.LastActivityAt)
	case "entered":
		return when(d.EnteredAt)
	case "closed":
		return when(d.ClosedAt)
	case "tag":
		var out view.Cell
		for _, tag := range l.tags[d.ID] {
			out.Tags = append(out.Tags, view.Tag{Name: tag.Name, Colour: tag.Colour})
		}
		return out
	}
	return view.Cell{Text: sh.text(n, key, d, l)}
}

func (sh *shower) text(n *namer, key string, d *store.DealRow, l *Listed) string {
	switch key {
	case "person":
		return sh.with(d)
	case "company":
		return sh.company(d)
	case "pipeline":
		return n.values(store.Condition{Field: key, Op: store.OpAny, Values: []string{d.PipelineID}})
	case "stage":
		return sh.stages[d.StageID].Name
	case "status":
		return sh.t(statusWords[d.Status])
	case "source":
		return sh.t(sourceWords[d.Source])
	case "owner":
		return sh.people.Name(d.OwnerID)
	}
	on, ok := n.asks(key)
	v, has := l.values[d.ID][on.Own.ID]
	if !ok || !has || !access.Sees(sh.actor, d.OwnerID) {
		return ""
	}
	text := custom.Format(on.Own, v, sh.how)
	if on.Own.Kind == "yesno" {
		text = sh.t(text)
	}
	return text
}
