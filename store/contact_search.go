package store

import (
	"context"
)

// FindContacts searches the contacts in a scope as Search does, newest first: by
// the beginning of words of names, companies and emails, by a number, its
// beginning or its last digits. There is a next page only, no previous one.
// It is Cut when time was up.
func (r *Reader) FindContacts(ctx context.Context, scope Scope, query string, page Page) (ContactPage, error) {
	limit := min(page.limit(), maxLimit-1)
	hits, err := find(ctx, r, contactsShown, scope, "contact", query, Page{After: page.After, Limit: limit + 1})
	if err != nil {
		return ContactPage{}, err
	}
	out := ContactPage{Rows: hits.Rows, Cut: hits.Cut}
	if len(out.Rows) > limit {
		out.Rows = out.Rows[:limit]
		out.Next = out.Rows[limit-1].ID
	}
	return out, nil
}

// ContactsWith lists contacts, whoever's they are, that have one of the numbers
// or addresses, given as match keys, oldest first.
func (r *Reader) ContactsWith(ctx context.Context, phones, emails []string) ([]ContactRow, error) {
	var ids []string
	for _, by := range []struct {
		keys  []string
		query string
	}{
		{phones, `SELECT DISTINCT contact_id FROM contact_phones WHERE match_key = $1 ORDER BY contact_id LIMIT 20`},
		{emails, `SELECT DISTINCT contact_id FROM contact_emails WHERE match_key = $1 ORDER BY contact_id LIMIT 20`},
	} {
		for _, key := range by.keys {
			found, err := list(ctx, r, "store.ContactsWith", by.query, scanText, key)
			if err != nil {
				return nil, err
			}
			ids = append(ids, found...)
		}
	}
	return r.ContactRows(ctx, ids)
}
