package deals

import (
	"context"
	"errors"
	"time"

	"stead/store"
	view "stead/views/deals"
	"stead/views/ui"
)

// named gives lines whose words were erased with a person the name of their product,
// which is the business's own. What stood there in other words stays empty.
func (s *Service) named(ctx context.Context, rows []store.DealLine) error {
	for i, row := range rows {
		if row.Name != "" || row.ProductID == "" {
			continue
		}
		p, err := s.Store.Product(ctx, row.ProductID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		rows[i].Name = p.Name
	}
	return nil
}

// erasedWords stands where a line has no words any more.
func erasedWords(ctx context.Context) string { return ui.Words(ctx)("Erased words") }

// gone says that whom the deal was with was erased, and what stays for how long; nil:
// nobody was, or the deal is with somebody else now.
func (sh shower) gone(d Sight) *view.Gone {
	if !d.Gone() {
		return nil
	}
	at := time.UnixMilli(d.ErasedAt).In(sh.zone)
	out := &view.Gone{On: sh.date(time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC).UnixMilli())}
	if until := d.KeptUntil(); until != 0 {
		out.Until = sh.date(until)
	}
	return out
}
