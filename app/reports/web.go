package reports

import (
	"context"
	"encoding/json"
	"io"
	"net/http"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/tabular"
	"stead/app/web"
	"stead/store"
	view "stead/views/reports"
	"stead/views/ui"
)

const (
	at         = "/reports"
	atResults  = "/reports/results"
	atResponse = "/reports/response"
	atRows     = "/reports/rows"
)

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	read := web.Policy{Needs: access.ReportsRead}
	rt.Handle("GET /reports", read, s.showFunnel)
	rt.Handle("GET /reports/results", read, s.showResults)
	rt.Handle("GET /reports/response", read, s.showResponse)
	rt.Handle("GET /reports/rows", read, s.showRows)
	rt.Handle("POST /reports/export", read, s.export)
	rt.Handle("POST /reports/rows/export", web.Policy{Needs: access.DealsExport, Fresh: true}, s.exportRows)
}

func page(title string, body ui.Component) web.View {
	return web.View{Title: title, Nav: "reports", Body: body}
}

func (s *Service) showFunnel(w http.ResponseWriter, r *http.Request) error {
	d, err := s.open(r.Context(), web.Actor(r), placeOf(r), access.DealsRead)
	if err != nil {
		return err
	}
	f, err := s.funnel(r.Context(), d)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, page("Reports", view.FunnelPage(d.funnelOf(r.Context(), f))))
}

func (s *Service) showResults(w http.ResponseWriter, r *http.Request) error {
	d, err := s.open(r.Context(), web.Actor(r), placeOf(r), access.DealsRead)
	if err != nil {
		return err
	}
	tables, err := s.tables(r.Context(), d)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, page("Won and lost", view.ResultsPage(view.Results{Filter: d.filter(r.Context(), atResults, true), Tables: tables})))
}

func (s *Service) tables(ctx context.Context, d desk) ([]view.Table, error) {
	reasons, err := s.Store.Reasons(ctx)
	if err != nil {
		return nil, err
	}
	var out []view.Table
	for _, by := range tellings {
		all, err := s.closed(ctx, d, by.by)
		if err != nil {
			return nil, err
		}
		out = append(out, d.tableOf(ctx, by.by, by.title, by.column, all, reasons))
	}
	return out, nil
}

func (s *Service) showResponse(w http.ResponseWriter, r *http.Request) error {
	d, err := s.open(r.Context(), web.Actor(r), placeOf(r), access.InboxRead)
	if err != nil {
		return err
	}
	all, _, err := s.response(r.Context(), d)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, page("Response time", view.ResponsePage(d.responseOf(r.Context(), all))))
}

// showRows shows what is behind a figure.
func (s *Service) showRows(w http.ResponseWriter, r *http.Request) error {
	where, need := placeOf(r), access.DealsRead
	switch where.of {
	case "flow", "closed":
	case "replies":
		need = access.InboxRead
	default: // no figure
		web.SeeOther(w, r, at)
		return nil
	}
	d, err := s.open(r.Context(), web.Actor(r), where, need)
	if err != nil {
		return err
	}
	rows, err := s.behind(r.Context(), d)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, page(rows.Title, view.RowsPage(rows)))
}

// export sends the figures of a report as they are shown, in plain numbers.
func (s *Service) export(w http.ResponseWriter, r *http.Request) error {
	where, form := placeIn(r.PostFormValue).bare(), r.PostFormValue("form")
	need, write := access.DealsRead, s.funnelCSV
	switch form {
	case "funnel":
	case "results":
		write = s.resultsCSV
	case "response":
		need, write = access.InboxRead, s.responseCSV
	default:
		return errNoReport
	}
	ctx := r.Context()
	d, err := s.open(ctx, web.Actor(r), where, need)
	if err != nil {
		return err
	}
	titles, rows, err := write(ctx, d)
	if err != nil {
		return err
	}
	return s.send(w, r, d, form, titles, rows)
}

var errNoReport = &errs.Error{Kind: errs.Invalid, Message: "Choose a report to export."}

// send notes that rows leave, and sends them.
func (s *Service) send(w http.ResponseWriter, r *http.Request, d desk, name string, titles []string, rows [][]string) error {
	ctx := r.Context()
	data, err := json.Marshal(map[string]string{"record": "report", "form": "csv"})
	if err != nil {
		return err
	}
	e := store.Event{ID: s.NewID(), Kind: EventExported, Subject: s.NewID(), Actor: d.actor.ID, At: s.Now().UnixMilli(), Data: string(data)}
	if err := s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.Record(ctx, e) }); err != nil {
		return err
	}
	name += "-" + s.Now().UTC().Format("20060102-150405") + ".csv"
	return web.Send(w, r, s.Log, web.Sent{Name: name, Type: "text/csv; charset=utf-8"}, func(out io.Writer) error {
		csv, err := tabular.NewWriter(out, titles)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := csv.Write(row); err != nil {
				return err
			}
		}
		return csv.Close()
	})
}
