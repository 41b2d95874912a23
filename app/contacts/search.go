package contacts

import (
	"context"
	"strings"
	"unicode"

	"stead/app/access"
	"stead/store"
)

// How many candidates are looked at for a page of hits by name, and how many times.
const (
	lookSize = 199
	maxLooks = 25
)

// search finds contacts as the store does. A contact whose numbers and addresses
// the actor may not see is found by its name and company alone: a hit by
// anything else would tell what is hidden.
func (s *Service) search(ctx context.Context, actor access.Actor, scope store.Scope, query string, page store.Page) (store.ContactPage, error) {
	if seesAll(actor) {
		return s.Store.FindContacts(ctx, scope, query, page)
	}
	words := wordsOf(query)
	var out store.ContactPage
	look := store.Page{After: page.After, Limit: lookSize}
	for range maxLooks {
		found, err := s.Store.FindContacts(ctx, scope, query, look)
		if err != nil {
			return store.ContactPage{}, err
		}
		out.Cut = out.Cut || found.Cut
		for i := range found.Rows {
			c := &found.Rows[i]
			if !access.Sees(actor, c.OwnerID) && !named(c, words) {
				continue
			}
			if len(out.Rows) == page.Limit {
				out.Next = out.Rows[page.Limit-1].ID
				return out, nil
			}
			out.Rows = append(out.Rows, *c)
		}
		if look.After = found.Next; look.After == "" {
			break
		}
	}
	return out, nil
}

// named tells whether name and company alone explain a hit.
func named(c *store.ContactRow, words []string) bool {
	text := store.Fold(c.Name + " " + c.Company)
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return len(words) > 0
}

func wordsOf(query string) []string {
	return strings.FieldsFunc(store.Fold(query), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
}
