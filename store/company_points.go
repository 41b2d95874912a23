package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
)

// CompanyPoint is a way to reach a company: Kind is phone, email or address.
// Typed is what was typed, of an address the JSON of its parts. MatchKey is
// what it is compared by: of a phone as MatchKey gives it, of mail lower case.
type CompanyPoint struct {
	ID, CompanyID, Kind, Label, Typed, MatchKey string
	Position, CreatedAt                         int64
}

// CompanyPoints lists the ways to reach a company in their order.
func (r *Reader) CompanyPoints(ctx context.Context, companyID string) ([]CompanyPoint, error) {
	return list(ctx, r, "store.CompanyPoints", `
		SELECT id, company_id, kind, label, typed, match_key, position, created_at
		FROM company_points WHERE company_id = $1 ORDER BY position, id`,
		func(rows *sql.Rows, p *CompanyPoint) error {
			return rows.Scan(&p.ID, &p.CompanyID, &p.Kind, &p.Label, &p.Typed, &p.MatchKey, &p.Position, &p.CreatedAt)
		}, companyID)
}

func (tx *Tx) insertPoint(ctx context.Context, p CompanyPoint) error {
	_, err := tx.exec(ctx, "store.insertPoint", `
		INSERT INTO company_points (id, company_id, kind, label, typed, match_key, position, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		p.ID, p.CompanyID, p.Kind, p.Label, p.Typed, p.MatchKey, p.Position, p.CreatedAt)
	return err
}

// savePoints makes points the company's list. One that stays keeps its row.
func (tx *Tx) savePoints(ctx context.Context, companyID string, points []CompanyPoint) error {
	old, err := tx.CompanyPoints(ctx, companyID)
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "store.savePoints", `DELETE FROM company_points WHERE company_id = $1`, companyID); err != nil {
		return err
	}
	for i, p := range points {
		if at := slices.IndexFunc(old, func(o CompanyPoint) bool { return o.Kind == p.Kind && o.Typed == p.Typed }); at >= 0 {
			p.ID, p.CreatedAt = old[at].ID, old[at].CreatedAt
			old = slices.Delete(old, at, at+1)
		}
		p.CompanyID, p.Position = companyID, int64(i)
		if err := tx.insertPoint(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func isMissing(err error) bool { return errors.Is(err, ErrNotFound) }
