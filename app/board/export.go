package board

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/custom"
	"stead/app/errs"
	"stead/app/money"
	"stead/app/tabular"
	"stead/app/web"
	"stead/store"
)

// EventExported is recorded when a list leaves.
const EventExported = "data.list_exported"

// patience is how long the next part of an export may be looked for.
const patience = 30 * time.Second

// export sends the deals that a list shows as CSV, all pages of it.
func (s *Service) export(w http.ResponseWriter, r *http.Request) error {
	at, actor := placeOf(r), web.Actor(r)
	at.show = asList
	if r.PostFormValue("form") != "csv" {
		return &errs.Error{Kind: errs.Invalid, Message: "A list of deals leaves as CSV."}
	}
	write, err := s.Export(r.Context(), actor, at)
	if err != nil {
		return err
	}
	name := "deals-" + s.Now().UTC().Format("20060102-150405") + ".csv"
	return web.Send(w, r, s.Log, web.Sent{Name: name, Type: "text/csv; charset=utf-8"}, func(out io.Writer) error { return write(r.Context(), out) })
}

// Export notes that the deals of a place leave, and returns what writes them as
// CSV: each that the actor may export, once, as it is when its part is read. It
// is errs.Denied when the actor may export none.
func (s *Service) Export(ctx context.Context, actor access.Actor, at place) (func(context.Context, io.Writer) error, error) {
	if err := access.Allow(actor, access.DealsExport, access.Object{Owner: actor.ID}); err != nil {
		return nil, err
	}
	a, err := s.ask(ctx, actor, at)
	if err != nil {
		return nil, err
	}
	x := &exporter{asked: a, s: s}
	x.scope = access.Part(actor, access.DealsExport, at.who)
	x.question.Sort, x.question.Time = "created", patience // an order in which nobody moves meanwhile
	if x.people, err = s.people(ctx); err != nil {
		return nil, err
	}
	data, err := json.Marshal(map[string]string{"record": "deal", "form": "csv"})
	if err != nil {
		return nil, err
	}
	e := store.Event{ID: s.NewID(), Kind: EventExported, Subject: s.NewID(), Actor: actor.ID, At: s.Now().UnixMilli(), Data: string(data)}
	return x.write, s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.Record(ctx, e) })
}

// Leave writes the deals that a saved view finds as CSV, or all there are: open,
// won and lost.
func (s *Service) Leave(ctx context.Context, actor access.Actor, viewID string, w io.Writer) error {
	at := place{show: asList, view: viewID}
	if viewID == "" {
		at.view, at.status = whole, "all"
	}
	write, err := s.Export(ctx, actor, at)
	if err != nil {
		return err
	}
	return write(ctx, w)
}

// exporter writes one list.
type exporter struct {
	asked
	s      *Service
	people access.People
	fields []store.Field
}

var exportTitles = []string{
	"Number", "Title", "Person", "Company", "Pipeline", "Stage", "Status", "Amount", "Currency", "Weighted", "Probability", "Owner", "Expected close", "Next step",
	"Added", "Last activity", "Won or lost on", "Source", "Tags",
}

var errCutShort = errors.New("board: there was no time to find the next deals")

func (x *exporter) write(ctx context.Context, w io.Writer) (err error) {
	if x.fields, err = x.s.Store.Fields(ctx, "deal"); err != nil {
		return err
	}
	titles := exportTitles[:len(exportTitles):len(exportTitles)]
	for _, f := range x.fields {
		titles = append(titles, f.Name)
	}
	out, err := tabular.NewWriter(w, titles)
	if err != nil {
		return err
	}
	for after := ""; ; {
		page, err := x.s.Store.Deals(ctx, x.scope, x.question, store.Page{After: after, Limit: store.MaxPage})
		if err == nil && page.Cut {
			err = errCutShort
		}
		if err == nil {
			err = x.rows(ctx, out, page.Rows)
		}
		if err != nil {
			return err
		}
		if after = page.Next; after == "" {
			return out.Close()
		}
	}
}

func (x *exporter) rows(ctx context.Context, out *tabular.Writer, rows []store.DealRow) error {
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	tags, err := x.s.Store.DealTagsOf(ctx, ids)
	if err != nil {
		return err
	}
	values, err := x.s.Store.FieldValues(ctx, "deal", ids)
	if err != nil {
		return err
	}
	for i := range rows {
		d := &rows[i]
		if !access.May(x.actor, access.DealsRead, access.Object{Owner: d.OwnerID}) {
			continue
		}
		if err := out.Write(x.cells(d, tags[d.ID], values[d.ID])); err != nil {
			return err
		}
	}
	return nil
}

func (x *exporter) cells(d *store.DealRow, tags []store.Tag, values map[string]store.Value) []string {
	title, names := d.Title, make([]string, len(tags))
	for i, tag := range tags {
		names[i] = strings.ReplaceAll(tag.Name, ";", ",")
	}
	amount, weighted := money.Figure(d.Amount, d.Currency), money.Figure(d.Weighted, d.Currency)
	sees := access.Sees(x.actor, d.OwnerID)
	if !sees {
		title = ""
	}
	paid := access.May(x.actor, access.MoneySee, access.Object{Owner: d.OwnerID})
	if !paid {
		amount, weighted = "", ""
	}
	pipeline := ""
	for _, p := range x.pipelines {
		if p.ID == d.PipelineID {
			pipeline = p.Name
		}
	}
	closes := ""
	if d.ClosesOn != 0 {
		closes = time.UnixMilli(d.ClosesOn).UTC().Format(time.DateOnly)
	}
	out := []string{
		strconv.FormatInt(d.Number, 10), title, x.person(d), x.company(d), pipeline, x.stages[d.StageID].Name, d.Status, amount, d.Currency, weighted,
		strconv.FormatInt(d.Probability, 10), x.people.Name(d.OwnerID), closes, x.day(d.DueAt), x.day(d.CreatedAt), x.day(d.LastActivityAt), x.day(d.ClosedAt),
		d.Source, strings.Join(names, "; "),
	}
	for _, f := range x.fields {
		v, has := values[f.ID]
		if !has || !sees || f.Kind == "money" && !paid {
			out = append(out, "")
			continue
		}
		out = append(out, custom.Plain(f, v))
	}
	return out
}

// day is a moment as the date that it falls on here.
func (l *local) day(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).In(l.now.Location()).Format(time.DateOnly)
}
