package reports

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"stead/store"
)

// Side is what deals that ended in one way come to: how many, and how much in each
// currency. Nothing is converted.
type Side struct {
	N    int64
	Sums map[string]int64
}

func (s *Side) add(c store.ClosedSum) {
	if s.N += c.N; s.Sums == nil {
		s.Sums = map[string]int64{}
	}
	s.Sums[c.Currency] += c.Amount
}

// Line is what was won and lost of one source, owner, month or reason.
type Line struct {
	Key       string
	Won, Lost Side
}

const monthForm = "2006-01"

// closed is what was won and lost, told apart by one thing. Months are in their
// order; all else is by how much was won.
func (s *Service) closed(ctx context.Context, d desk, by string) ([]Line, error) {
	of := store.ClosedOf{Pipeline: d.at.pipeline, Span: d.span}
	sums, err := s.Store.Closed(ctx, d.scope, of, by)
	if err != nil {
		return nil, err
	}
	var out []Line
	at := map[string]int{}
	for _, c := range sums {
		if by == store.ByTime {
			c.Key = d.month(c.Key)
		}
		i, ok := at[c.Key]
		if !ok {
			i, at[c.Key] = len(out), len(out)
			out = append(out, Line{Key: c.Key})
		}
		if c.Status == store.DealWon {
			out[i].Won.add(c)
		} else {
			out[i].Lost.add(c)
		}
	}
	slices.SortFunc(out, func(a, b Line) int {
		if by == store.ByTime {
			return cmp.Compare(a.Key, b.Key)
		}
		return cmp.Or(cmp.Compare(b.Won.N, a.Won.N), cmp.Compare(b.Lost.N, a.Lost.N), cmp.Compare(a.Key, b.Key))
	})
	return out, nil
}

// month is that of a quarter of an hour, by the clock of the business.
func (d desk) month(quarter string) string {
	n, err := strconv.ParseInt(quarter, 10, 64)
	if err != nil {
		return ""
	}
	return time.UnixMilli(n * store.Quarter).In(d.zone).Format(monthForm)
}

// closedRows lists what is behind a figure.
func (s *Service) closedRows(ctx context.Context, d desk, most int) ([]store.Deal, error) {
	of, by := store.ClosedOf{Pipeline: d.at.pipeline, Span: d.span}, d.at.by
	switch by {
	case store.BySource, store.ByOwner, store.ByReason:
	default:
		by = store.ByTime
		if first, err := time.ParseInLocation(monthForm, d.at.key, d.zone); err == nil {
			from, to := first.UnixMilli(), first.AddDate(0, 1, 0).UnixMilli()
			of.Span.From = max(of.Span.From, from)
			if of.Span.To == 0 || to < of.Span.To {
				of.Span.To = to
			}
		}
	}
	status := d.at.status
	if status != store.DealWon && status != store.DealLost {
		status = ""
	}
	return s.Store.ClosedDeals(ctx, d.scope, of, by, d.at.key, status, most)
}
