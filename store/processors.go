package store

import (
	"context"
	"database/sql"
)

// Processor is one of those who are told facts about people: for which purpose,
// which fields, how often, and when last.
type Processor struct {
	Name, Purpose, Fields string
	Times, LastAt         int64
}

// Processors sums the disclosures since a time up: about one contact, or about
// anybody when contactID is empty.
func (r *Reader) Processors(ctx context.Context, contactID string, since int64) ([]Processor, error) {
	return list(ctx, r, "store.Processors", `
		SELECT processor, purpose, fields, COUNT(*), MAX(at) FROM disclosures
		WHERE at >= $1 AND ($2 = '' OR contact_id = $2)
		GROUP BY processor, purpose, fields ORDER BY processor, purpose, fields`,
		func(rows *sql.Rows, p *Processor) error {
			return rows.Scan(&p.Name, &p.Purpose, &p.Fields, &p.Times, &p.LastAt)
		},
		since, contactID)
}
