package board

import (
	"context"
	"net/http"
	"time"

	"stead/app/access"
	"stead/app/web"
	"stead/store"
	view "stead/views/board"
	"stead/views/ui"
)

// Outlook is what open deals come to by the month in which they are expected to
// close.
type Outlook struct {
	asked
	Months []store.Month
	People access.People
	Cut    bool
}

// Forecast returns what the open deals of a place come to by month.
func (s *Service) Forecast(ctx context.Context, actor access.Actor, at place) (Outlook, error) {
	a, err := s.ask(ctx, actor, at)
	out := Outlook{asked: a}
	if err != nil {
		return out, err
	}
	if out.People, err = s.people(ctx); err != nil {
		return out, err
	}
	out.Months, out.Cut, err = s.Store.Forecast(ctx, a.scope, a.question)
	return out, err
}

func (s *Service) forecastPage(r *http.Request, at place) (shower, view.Page, error) {
	o, err := s.Forecast(r.Context(), web.Actor(r), at)
	if err != nil {
		return shower{}, view.Page{}, err
	}
	sh := s.shower(r.Context(), at, o.asked, o.People)
	page := sh.page()
	page.Forecast = sh.forecast(o)
	if o.Cut {
		page.Notes = append(page.Notes, "Time was up before all deals were looked at, so sums are left out. Narrow the filter down.")
	}
	var sums []store.Sum
	for _, m := range o.Months {
		sums = append(sums, store.Sum{Deals: m.Deals})
	}
	page.Count = sh.count(sums, o.Cut)
	return sh, page, nil
}

func (sh *shower) forecast(o Outlook) *view.Forecast {
	out := &view.Forecast{}
	y, m, _ := sh.now.Date()
	thisMonth := time.Date(y, m, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	var sums []store.Sum
	for pass := range 2 { // what has no day comes last
		for _, month := range o.Months {
			if (month.From == 0) != (pass == 1) {
				continue
			}
			at := sh.at.as(asList)
			at.closes, at.currency, at.status = "none", month.Currency, store.DealOpen
			row := view.Month{Label: sh.t("No date"), Deals: ui.Number(int(month.Deals)), Past: month.From != 0 && month.From < thisMonth}
			if month.From != 0 {
				at.closes = time.UnixMilli(month.From).UTC().Format(monthForm)
				row.Label = monthName(at.closes)
			}
			row.Href = at.path()
			if sh.money {
				row.Amount, row.Weighted = sh.amount(month.Amount, month.Currency), sh.amount(month.Weighted, month.Currency)
			}
			out.Months = append(out.Months, row)
			sums = append(sums, store.Sum{Currency: month.Currency, Deals: month.Deals, Amount: month.Amount, Weighted: month.Weighted})
		}
	}
	out.Totals = sh.totals(byCurrency(sums))
	return out
}

// monthName says a month as 2026-12 for people.
func monthName(month string) string {
	at, err := time.Parse(monthForm, month)
	if err != nil {
		return month
	}
	return at.Format("January 2006")
}
