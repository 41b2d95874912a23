package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// ContactRow is what a list shows of a contact. Phone is the main number's
// match key, empty when there is none. OwnerID is empty when nobody looks after
// the contact.
type ContactRow struct {
	ID, Name, Company, Phone, SMSState      string
	OwnerID                                 string
	BlockedAt, RestrictedAt, LastActivityAt int64
}

// ContactOrder is what a list of contacts is sorted by.
type ContactOrder struct {
	ByName     bool // else by last activity
	Descending bool
	Owners     bool // rows tell whose they are; in a list of less than everything they always do
	Veiled     bool // by name: whoever has none does not stand where their number would
}

// ContactPage is one page of a list. Next and Prev are cursors for the pages
// beside it, empty where there is none. A cursor holds ids and times only,
// since it stands in an address.
type ContactPage struct {
	Rows       []ContactRow
	Next, Prev string
	Cut        bool // time was up before everything was looked at: what was found so far
}

const (
	contactRowColumns = `c.id, c.name, c.company, c.phone, c.phone_state, COALESCE(c.blocked_at, 0), COALESCE(c.restricted_at, 0), c.last_activity_at`
	contactRowSelect  = `
	SELECT ` + contactRowColumns + `
	FROM contacts c`
	contactRowOwned = `
	SELECT ` + contactRowColumns + `, COALESCE(c.owner_id, '')
	FROM contacts c`
)

func scanContactRow(rows *sql.Rows, c *ContactRow) error {
	return rows.Scan(&c.ID, &c.Name, &c.Company, &c.Phone, &c.SMSState, &c.BlockedAt, &c.RestrictedAt, &c.LastActivityAt)
}

func scanOwnedRow(rows *sql.Rows, c *ContactRow) error {
	return rows.Scan(&c.ID, &c.Name, &c.Company, &c.Phone, &c.SMSState, &c.BlockedAt, &c.RestrictedAt, &c.LastActivityAt, &c.OwnerID)
}

// Contacts lists a page of the contacts in a scope. A cursor whose contact has
// gone means the first page.
func (r *Reader) Contacts(ctx context.Context, scope Scope, order ContactOrder, page Page) (ContactPage, error) {
	from, back, ok, err := r.contactCursor(ctx, scope, order, page)
	if err != nil {
		return ContactPage{}, err
	}
	query, scan, args := contactsQuery(scope, order, from, back, page.limit()+1)
	rows, err := fill(ctx, r, "store.Contacts", make([]ContactRow, 0, page.limit()+1), query, scan, args...)
	if err != nil {
		return ContactPage{}, err
	}
	return cutContacts(rows, page.limit(), order, ok, back), nil
}

type rowScan = func(*sql.Rows, *ContactRow) error

// contactsQuery lists contacts behind from, a key and an id; nothing: from the
// beginning.
func contactsQuery(scope Scope, order ContactOrder, from []any, back bool, limit int) (query string, scan rowScan, args []any) {
	column, sign, way := "c.last_activity_at", ">", "ASC"
	if order.ByName {
		column = order.nameKey()
	}
	if order.Descending != back {
		sign, way = "<", "DESC"
	}
	where := ` WHERE c.deleted_at IS NULL`
	if len(from) > 0 {
		where += ` AND (` + column + `, c.id) ` + sign + ` ($1, $2)`
	}
	tail := ` ORDER BY ` + column + ` ` + way + `, c.id ` + way + limitTo(limit)
	switch {
	case !scope.All():
		return contactsOf(scope, column, way, where, tail, from)
	case order.Owners:
		return contactRowOwned + where + tail, scanOwnedRow, from
	}
	return contactRowSelect + where + tail, scanContactRow, from
}

// contactsOf is the query for less than everything: a page of each owner's
// contacts, which an index holds in order, and the first of them all.
func contactsOf(scope Scope, column, way, where, tail string, args []any) (query string, scan rowScan, all []any) {
	owners, all := scope.parts("c.owner_id", args)
	if len(owners) == 1 {
		return contactRowOwned + where + " AND " + owners[0] + tail, scanOwnedRow, all
	}
	var b strings.Builder
	for i, owner := range owners {
		if i > 0 {
			b.WriteString(" UNION ALL ")
		}
		b.WriteString(`SELECT * FROM (SELECT ` + contactRowColumns + `, COALESCE(c.owner_id, ''), ` + column + ` AS sort_key
			FROM contacts c` + where + " AND " + owner + tail + `) p` + strconv.Itoa(i))
	}
	_, limit, _ := strings.Cut(tail, " LIMIT ")
	return b.String() + ` ORDER BY sort_key ` + way + `, id ` + way + ` LIMIT ` + limit, scanSortedRow, all
}

func scanSortedRow(rows *sql.Rows, c *ContactRow) error {
	var key any // what the rows are sorted by
	return rows.Scan(&c.ID, &c.Name, &c.Company, &c.Phone, &c.SMSState, &c.BlockedAt, &c.RestrictedAt, &c.LastActivityAt, &c.OwnerID, &key)
}

// limitTo ends a query that runs often. SQLite plans a statement anew whenever
// a LIMIT is bound, which costs more than a page of a list; limits are few.
func limitTo(n int) string { return " LIMIT " + strconv.Itoa(n) }

// cutContacts drops the row beyond the limit, which only tells that there is
// more, and puts a page that was read backwards the right way round.
func cutContacts(rows []ContactRow, limit int, order ContactOrder, cursor, back bool) ContactPage {
	more := len(rows) > limit
	if more {
		rows = rows[:limit]
	}
	if back {
		slices.Reverse(rows)
	}
	out := ContactPage{Rows: rows}
	if len(rows) == 0 {
		return out
	}
	if more || back {
		out.Next = contactMark("n", order, rows[len(rows)-1])
	}
	if back && more || cursor && !back {
		out.Prev = contactMark("p", order, rows[0])
	}
	return out
}

// contactMark is the cursor of a row: a direction, its time (nought in an order
// by name, which is looked up), its id.
func contactMark(way string, order ContactOrder, c ContactRow) string {
	if order.ByName {
		return Cursor(way, 0, c.ID)
	}
	return Cursor(way, c.LastActivityAt, c.ID)
}

// nameKey is what a list by name is sorted by. A veiled one is sorted without an
// index: few ask for it.
func (o ContactOrder) nameKey() string {
	if o.Veiled {
		return "CASE WHEN c.name = '' THEN '' ELSE c.name_key END"
	}
	return "c.name_key"
}

// contactCursor reads a cursor: where to start, and whether backwards. It is
// not ok when there is none, or its contact has gone from the scope.
func (r *Reader) contactCursor(ctx context.Context, scope Scope, order ContactOrder, page Page) (from []any, back, ok bool, err error) {
	var way, id string
	var at int64
	if !page.keys(&way, &at, &id) {
		return nil, false, false, nil
	}
	if !order.ByName {
		return []any{at, id}, way == "p", true, nil
	}
	var key string
	query, args := `SELECT name_key FROM contacts WHERE id = $1 AND deleted_at IS NULL`, []any{id}
	if !scope.All() || order.Veiled {
		of, all := scope.and("c.owner_id", args)
		query, args = `SELECT `+order.nameKey()+` FROM contacts c WHERE c.id = $1 AND c.deleted_at IS NULL`+of, all
	}
	err = r.q.QueryRowContext(ctx, query, args...).Scan(&key)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, false, nil
	}
	return []any{key, id}, way == "p", err == nil, r.fault("store.contactCursor", err)
}

// ContactRows returns the rows of the given contacts, in that order. One that
// has gone, or lies in the bin, is left out.
func (r *Reader) ContactRows(ctx context.Context, ids []string) ([]ContactRow, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	marks, args := inList(ids)
	rows, err := list(ctx, r, "store.ContactRows", contactRowOwned+` WHERE c.id IN (`+marks+`) AND c.deleted_at IS NULL`, scanOwnedRow, args...)
	if err != nil {
		return nil, err
	}
	place := make(map[string]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(rows, func(a, b ContactRow) int { return place[a.ID] - place[b.ID] })
	return rows, nil
}

// inList prints the marks of an IN list that follow those of first, and gives
// the arguments of both. The list is filled up to a power of two with its last
// value, so that few statements are prepared.
func inList(values []string, first ...any) (marks string, args []any) {
	size := 1
	for size < len(values) {
		size *= 2
	}
	args = first
	var b strings.Builder
	for i := range size {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(len(args)+1))
		args = append(args, values[min(i, len(values)-1)])
	}
	return b.String(), args
}
