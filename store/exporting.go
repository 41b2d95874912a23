package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// CompanyCard is a company with all that is kept of it.
type CompanyCard struct {
	Company
	Points []CompanyPoint
	Tags   []Tag
	Values map[string]Value
}

// CompanyIDs lists at most limit companies of a scope behind an id, those in the
// bin left out.
func (r *Reader) CompanyIDs(ctx context.Context, scope Scope, after string, limit int) ([]string, error) {
	where, args := scope.and("owner_id", []any{after})
	return list(ctx, r, "store.CompanyIDs", `
		SELECT id FROM companies WHERE deleted_at IS NULL AND id > $1`+where+` ORDER BY id`+limitTo(limit), scanText, args...)
}

// CompanyCards returns whole companies in the order of the ids. One that has
// gone, or is in the bin, is left out.
func (r *Reader) CompanyCards(ctx context.Context, ids []string) ([]CompanyCard, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	marks, args := inList(ids)
	out, err := list(ctx, r, "store.CompanyCards", `SELECT `+companyColumns+` FROM companies c WHERE c.deleted_at IS NULL AND c.id IN (`+marks+`)`,
		func(rows *sql.Rows, c *CompanyCard) error { return scanCompany(rows, &c.Company) }, args...)
	if err != nil {
		return nil, err
	}
	at := make(map[string]int, len(ids))
	for i, id := range ids {
		at[id] = i
	}
	slices.SortFunc(out, func(a, b CompanyCard) int { return at[a.ID] - at[b.ID] })
	points, err := list(ctx, r, "store.CompanyCards", `
		SELECT id, company_id, kind, label, typed, match_key, position, created_at
		FROM company_points WHERE company_id IN (`+marks+`) ORDER BY position, id`,
		func(rows *sql.Rows, p *CompanyPoint) error {
			return rows.Scan(&p.ID, &p.CompanyID, &p.Kind, &p.Label, &p.Typed, &p.MatchKey, &p.Position, &p.CreatedAt)
		}, args...)
	if err != nil {
		return nil, err
	}
	tags, err := r.CompanyTagsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	values, err := r.FieldValues(ctx, "company", ids)
	for i := range out {
		id := out[i].ID
		out[i].Tags, out[i].Values = tags[id], values[id]
		for _, p := range points {
			if p.CompanyID == id {
				out[i].Points = append(out[i].Points, p)
			}
		}
	}
	return out, err
}

// TagNames gives the names of the tags of contacts, by contact and in their order.
func (r *Reader) TagNames(ctx context.Context, contactIDs []string) (map[string][]string, error) {
	tags, err := r.TagsOf(ctx, contactIDs)
	out := make(map[string][]string, len(tags))
	for id, of := range tags {
		for _, tag := range of {
			out[id] = append(out[id], strings.ReplaceAll(tag.Name, ";", ","))
		}
	}
	return out, err
}
