package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// CompanyRow is what a list shows of a company.
type CompanyRow struct {
	ID, Name, Domain, Industry, OwnerID string
	LastActivityAt                      int64
}

// CompanyOrder is what a list of companies is sorted by.
type CompanyOrder struct {
	ByName     bool // else by last activity
	Descending bool
	Tag        string // those alone that have it; empty: all
}

// CompanyPage is one page of a list; Next and Prev are cursors of ids and times.
type CompanyPage struct {
	Rows       []CompanyRow
	Next, Prev string
}

const companyRowSelect = `SELECT c.id, c.name, c.domain, c.industry, COALESCE(c.owner_id, ''), c.last_activity_at FROM companies c WHERE c.deleted_at IS NULL`

func scanCompanyRow(rows *sql.Rows, c *CompanyRow) error {
	return rows.Scan(&c.ID, &c.Name, &c.Domain, &c.Industry, &c.OwnerID, &c.LastActivityAt)
}

// Companies lists a page of the companies in a scope. A cursor whose company
// has gone means the first page.
func (r *Reader) Companies(ctx context.Context, scope Scope, order CompanyOrder, page Page) (CompanyPage, error) {
	column, from, back, ok, err := r.companyCursor(ctx, order, page)
	if err != nil {
		return CompanyPage{}, err
	}
	sign, way := ">", "ASC"
	if order.Descending != back {
		sign, way = "<", "DESC"
	}
	where := ""
	if ok {
		where = ` AND (` + column + `, c.id) ` + sign + ` ($1, $2)`
	}
	of, args := scope.and("c.owner_id", from)
	if order.Tag != "" {
		args = append(args, order.Tag)
		of += fmt.Sprintf(` AND EXISTS (SELECT 1 FROM company_tags t WHERE t.company_id = c.id AND t.tag_id = $%d)`, len(args))
	}
	rows, err := list(ctx, r, "store.Companies", companyRowSelect+where+of+
		` ORDER BY `+column+` `+way+`, c.id `+way+limitTo(page.limit()+1), scanCompanyRow, args...)
	if err != nil {
		return CompanyPage{}, err
	}
	return cutCompanies(rows, page.limit(), order, ok, back), nil
}

func (r *Reader) companyCursor(ctx context.Context, order CompanyOrder, page Page) (column string, from []any, back, ok bool, err error) {
	column = "c.last_activity_at"
	if order.ByName {
		column = "c.name_key"
	}
	var way, id string
	var at int64
	if !page.keys(&way, &at, &id) {
		return column, nil, false, false, nil
	}
	if !order.ByName {
		return column, []any{at, id}, way == "p", true, nil
	}
	var key string
	err = r.q.QueryRowContext(ctx, `SELECT name_key FROM companies WHERE id = $1`, id).Scan(&key)
	if errors.Is(err, sql.ErrNoRows) {
		return column, nil, false, false, nil
	}
	return column, []any{key, id}, way == "p", true, r.fault("store.companyCursor", err)
}

func cutCompanies(rows []CompanyRow, limit int, order CompanyOrder, cursor, back bool) CompanyPage {
	more := len(rows) > limit
	if more {
		rows = rows[:limit]
	}
	if back {
		slices.Reverse(rows)
	}
	out := CompanyPage{Rows: rows}
	if len(rows) == 0 {
		return out
	}
	mark := func(way string, c CompanyRow) string {
		if order.ByName {
			return Cursor(way, 0, c.ID)
		}
		return Cursor(way, c.LastActivityAt, c.ID)
	}
	if more || back {
		out.Next = mark("n", rows[len(rows)-1])
	}
	if back && more || cursor && !back {
		out.Prev = mark("p", rows[0])
	}
	return out
}

// CompanyRows returns the rows of the given companies, in that order. One that
// has gone, or is in the bin, is left out.
func (r *Reader) CompanyRows(ctx context.Context, ids []string) ([]CompanyRow, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	marks, args := inList(ids)
	rows, err := list(ctx, r, "store.CompanyRows", companyRowSelect+` AND c.id IN (`+marks+`)`, scanCompanyRow, args...)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b CompanyRow) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return rows, nil
}

// FindCompanies finds the companies in a scope whose name or domain begins with
// a text, by name: at most limit of them.
func (r *Reader) FindCompanies(ctx context.Context, scope Scope, text string, limit int) ([]CompanyRow, error) {
	key := companyKey(text)
	if key == "" {
		return nil, nil
	}
	var out []CompanyRow
	for _, by := range []struct{ column, extra, key string }{
		{"c.name_key", "", key},
		{"c.domain", " AND c.domain <> ''", strings.TrimPrefix(key, "www.")},
	} {
		begins, args := r.beginsWith(by.column, by.key)
		of, args := scope.and("c.owner_id", args)
		rows, err := list(ctx, r, "store.FindCompanies", companyRowSelect+by.extra+` AND `+begins+of+
			` ORDER BY `+by.column+`, c.id`+limitTo(min(limit, maxLimit)), scanCompanyRow, args...)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if len(out) < limit && !slices.ContainsFunc(out, func(c CompanyRow) bool { return c.ID == row.ID }) {
				out = append(out, row)
			}
		}
	}
	return out, nil
}

// beginsWith is the condition that a column begins with a text, and its
// arguments: on SQLite a range of the index, on PostgreSQL whatever the order of
// the database's language.
func (r *Reader) beginsWith(column, text string) (string, []any) {
	if r.eng.name() == "sqlite" {
		return column + " >= $1 AND " + column + " < $2", []any{text, text + "\U0010FFFF"}
	}
	return "starts_with(" + column + ", $1)", []any{text}
}

// CompaniesLike finds companies, whoever's they are, that have just this name or
// this domain, the oldest first: at most ten of each.
func (r *Reader) CompaniesLike(ctx context.Context, name, domain string) ([]CompanyRow, error) {
	var out []CompanyRow
	for _, by := range []struct{ where, key string }{{"c.name_key = $1", companyKey(name)}, {"c.domain = $1 AND c.domain <> ''", domain}} {
		if by.key == "" {
			continue
		}
		rows, err := list(ctx, r, "store.CompaniesLike", companyRowSelect+` AND `+by.where+` ORDER BY c.id LIMIT 10`, scanCompanyRow, by.key)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if !slices.ContainsFunc(out, func(c CompanyRow) bool { return c.ID == row.ID }) {
				out = append(out, row)
			}
		}
	}
	return out, nil
}

// Heads counts the people of each company whom a scope holds, up to most.
func (r *Reader) Heads(ctx context.Context, scope Scope, companyIDs []string, most int) (map[string]int, error) {
	out := map[string]int{}
	for _, id := range companyIDs {
		of, args := scope.and("p.owner_id", []any{id})
		var n int
		err := r.q.QueryRowContext(ctx, `
			SELECT COUNT(*) FROM (SELECT 1 FROM contact_companies x JOIN contacts p ON p.id = x.contact_id
			WHERE x.company_id = $1 AND x.former = 0 AND p.deleted_at IS NULL`+of+limitTo(most)+`) n`, args...).Scan(&n)
		if err != nil {
			return nil, r.fault("store.Heads", err)
		}
		out[id] = n
	}
	return out, nil
}
