package board

import (
	"context"
	"net/url"

	"stead/app/access"
	"stead/store"
)

// Matching lists at most so many of the deals that the list at an address finds,
// all pages of it.
func (s *Service) Matching(ctx context.Context, actor access.Actor, address url.Values, most int) ([]string, error) {
	at := placeIn(address.Get).bare()
	at.show = asList
	a, err := s.ask(ctx, actor, at)
	if err != nil {
		return nil, err
	}
	a.question.Sort, a.question.Time = "created", patience // an order in which nobody moves meanwhile
	var out []string
	for after := ""; ; {
		page, err := s.Store.Deals(ctx, a.scope, a.question, store.Page{After: after, Limit: min(store.MaxPage, most-len(out))})
		if err != nil {
			return nil, err
		}
		if page.Cut {
			return nil, errCutShort
		}
		for i := range page.Rows {
			out = append(out, page.Rows[i].ID)
		}
		if after = page.Next; after == "" || len(out) >= most {
			return out, nil
		}
	}
}
