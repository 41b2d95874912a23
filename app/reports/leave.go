package reports

import (
	"context"
	"net/http"
	"time"

	"stead/app/access"
	"stead/app/money"
	"stead/app/web"
	"stead/store"
)

// mostLeaving is how many rows a file holds at most, the latest.
const mostLeaving = 100_000

// exports tells whether who looks may take rows along.
func (d desk) exports() bool { return d.actor.Has(access.DealsExport) }

// exportRows sends the rows behind a figure: those of deals that the actor may
// export, all of them and not only those that the page shows.
func (s *Service) exportRows(w http.ResponseWriter, r *http.Request) error {
	where := placeIn(r.PostFormValue)
	need, write := access.DealsRead, s.flowCSV
	switch where.of {
	case "flow":
	case "closed":
		write = s.closedCSV
	case "replies":
		need, write = access.InboxRead, s.repliesCSV
	default:
		return errNoReport
	}
	d, err := s.open(r.Context(), least(web.Actor(r), access.DealsExport), where, need)
	if err != nil {
		return err
	}
	titles, rows, err := write(r.Context(), d)
	if err != nil {
		return err
	}
	return s.send(w, r, d, "rows", titles, rows)
}

func (s *Service) flowCSV(ctx context.Context, d desk) (titles []string, rows [][]string, err error) {
	all, _, err := s.flowRows(ctx, d, mostLeaving)
	for _, x := range all {
		rows = append(rows, d.dealCells(x.Deal, d.stages[x.WentTo].Name, x.Stay.EnteredAt))
	}
	return d.dealTitles("Went to", "Came in"), rows, err
}

func (s *Service) closedCSV(ctx context.Context, d desk) (titles []string, rows [][]string, err error) {
	all, err := s.closedRows(ctx, d, mostLeaving)
	for _, x := range all {
		rows = append(rows, d.dealCells(x, d.stages[x.StageID].Name, x.ClosedAt))
	}
	return d.dealTitles("Stage", "Ended"), rows, err
}

func (d desk) dealTitles(what, when string) []string {
	if d.money {
		return []string{"Number", "Name", "Owner", "Currency", "Amount", what, when}
	}
	return []string{"Number", "Name", "Owner", what, when}
}

func (d desk) dealCells(x store.Deal, what string, at int64) []string {
	out := []string{number(x), d.called(x), d.people.Name(x.OwnerID)}
	if d.money {
		out = append(out, x.Currency, money.Figure(x.Amount, x.Currency))
	}
	return append(out, what, d.moment(at))
}

func (s *Service) repliesCSV(ctx context.Context, d desk) (titles []string, rows [][]string, err error) {
	all, err := s.behindReplies(ctx, d)
	for _, a := range all {
		deal, after := "", ""
		if a.Deal.ID != "" {
			deal = number(a.Deal)
		}
		if a.Answered != 0 {
			after = hours(a.Answered - a.At)
		}
		rows = append(rows, []string{cameBy[a.Kind], deal, d.moment(a.At), after})
	}
	return []string{"What", "Deal", "When", "Answered after hours"}, rows, err
}

// cameBy are the ways of a reply in words.
var cameBy = map[string]string{"message": "A message", "call": "A missed call", store.ReplyLead: "A form or a webhook"}

// moment is a time of day here, as spreadsheets read it.
func (d desk) moment(ms int64) string {
	return time.UnixMilli(ms).In(d.zone).Format(time.DateTime)
}
