package store

import (
	"context"
	"database/sql"
)

// Touched is what a change has to do with: rows of a table that hang on a
// person, on a company or on neither, and whose those are now.
type Touched struct {
	Table  string
	Of     string // contact, company; empty: a record of its own
	Owner  string // of the person or the company; empty: nobody's
	Holder string // of the task, where the rows are tasks
	Deal   bool   // a deal, or a note on one
	Seller string // of that deal
}

// Touched lists, each once, what a change would bring back: all of it, or with a
// limit only what the next call of TakeBackSome with that limit would. People
// who are gone for good are not there.
func (r *Reader) Touched(ctx context.Context, undoID string, limit int) ([]Touched, error) {
	next, args := "", []any{undoID}
	if limit > 0 {
		next = ` AND u.unit IN (SELECT unit FROM (SELECT unit FROM undo_rows WHERE undo_id = $1 ORDER BY seq DESC LIMIT $2) n)`
		args = append(args, limit)
	}
	return list(ctx, r, "store.Touched", `
		SELECT DISTINCT u.tbl, CASE WHEN c.id IS NOT NULL THEN 'contact' WHEN k.id IS NOT NULL THEN 'company' ELSE '' END,
			COALESCE(c.owner_id, k.owner_id, ''), COALESCE(t.owner_id, ''), CASE WHEN d.id IS NULL THEN 0 ELSE 1 END, COALESCE(d.owner_id, '')
		FROM undo_rows u
			LEFT JOIN contacts c ON c.id = u.contact_id
			LEFT JOIN companies k ON u.contact_id IS NULL AND k.id = u.unit
			LEFT JOIN tasks t ON u.tbl = 'tasks' AND t.id = u.row_key
			LEFT JOIN notes n ON u.tbl = 'notes' AND n.id = u.row_key
			LEFT JOIN deals d ON d.id = CASE u.tbl WHEN 'deals' THEN u.row_key ELSE n.deal_id END
		WHERE u.undo_id = $1`+next,
		func(rows *sql.Rows, t *Touched) error {
			return rows.Scan(&t.Table, &t.Of, &t.Owner, &t.Holder, &t.Deal, &t.Seller)
		}, args...)
}
