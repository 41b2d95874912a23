package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// FindContacts searches by the beginning of a word of a name, company or email,
// by a number or its beginning, and by the last digits of a number (three or
// more). Numbers that end so come first.
func (r *Reader) FindContacts(ctx context.Context, query string, page Page) (ContactPage, error) {
	number := numberQuery(query)
	if number != "" {
		query = number
	}
	var ids []string
	after, inText := strings.CutPrefix(page.After, "t~")
	if number != "" && !inText {
		ended, next, err := r.contactsEnding(ctx, number, page)
		if err != nil || next != "" {
			return r.contactPage(ctx, ended, next, err)
		}
		ids, after = ended, ""
	}
	room := page.Limit - len(ids)
	if room == 0 { // the next page begins with what the text search finds
		return r.contactPage(ctx, ids, "t~", nil)
	}
	found, err := r.Search(ctx, "contact", query, Page{After: after, Limit: room + 1})
	if err != nil {
		return ContactPage{}, err
	}
	next := ""
	if len(found) > room {
		found = found[:room]
		next = "t~" + found[room-1]
	}
	if number != "" {
		if found, err = r.notEnding(ctx, number, found); err != nil {
			return ContactPage{}, err
		}
	}
	return r.contactPage(ctx, append(ids, found...), next, nil)
}

func (r *Reader) contactPage(ctx context.Context, ids []string, next string, err error) (ContactPage, error) {
	if err != nil {
		return ContactPage{}, err
	}
	rows, err := r.ContactRows(ctx, ids)
	return ContactPage{Rows: rows, Next: next}, err
}

// contactsEnding lists contacts that have a number with these last digits, and
// the cursor of the next page.
func (r *Reader) contactsEnding(ctx context.Context, number string, page Page) (ids []string, next string, err error) {
	from, to := endRange(number)
	ids, err = list(ctx, r, "store.contactsEnding", `
		SELECT DISTINCT contact_id FROM contact_phones
		WHERE reversed >= $1 AND reversed < $2 AND contact_id > $3 ORDER BY contact_id LIMIT $4`,
		func(rows *sql.Rows, id *string) error { return rows.Scan(id) },
		from, to, strings.TrimPrefix(page.After, "d~"), page.Limit+1)
	if len(ids) > page.Limit {
		ids = ids[:page.Limit]
		next = "d~" + ids[page.Limit-1]
	}
	return ids, next, err
}

// notEnding leaves out the contacts that contactsEnding has listed.
func (r *Reader) notEnding(ctx context.Context, number string, ids []string) ([]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	from, to := endRange(number)
	listed, err := list(ctx, r, "store.notEnding", `
		SELECT contact_id FROM contact_phones WHERE reversed >= $1 AND reversed < $2`,
		func(rows *sql.Rows, id *string) error { return rows.Scan(id) }, from, to)
	return slices.DeleteFunc(ids, func(id string) bool { return slices.Contains(listed, id) }), err
}

// endRange is the range of reversed numbers that end in number; ':' follows '9'.
func endRange(number string) (from, to string) {
	from = ReverseDigits(number)
	return from, from + ":"
}

// numberQuery returns the digits of a query that is a number or a part of one,
// without the zeros dialled before a whole number; else it is empty.
func numberQuery(query string) string {
	if strings.Trim(query, "0123456789+()-./ \u00a0") != "" {
		return ""
	}
	number := digits(query)
	if len(number) >= 7 {
		number = strings.TrimLeft(number, "0")
	}
	if len(number) < 3 {
		return ""
	}
	return number
}
