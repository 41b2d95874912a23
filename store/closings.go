package store

import (
	"context"
	"database/sql"
)

// Closing is the end of the business: asked for, waited for, called off or
// done. Receipt is JSON of counts and dates, once it is done.
type Closing struct {
	ID, AskedBy, Receipt           string
	AskedAt, PurgeAt               int64
	CancelledAt, BegunAt, PurgedAt int64 // 0: not; once begun there is no way back
}

// Due tells whether the time of an open closing has come.
func (c Closing) Due(at int64) bool {
	return c.ID != "" && c.CancelledAt == 0 && c.PurgedAt == 0 && at >= c.PurgeAt
}

// Closing returns the closing that waits or is done; ErrNotFound while the
// business goes on.
func (r *Reader) Closing(ctx context.Context) (Closing, error) {
	return one(ctx, r, "store.Closing", `
		SELECT id, COALESCE(asked_by, ''), receipt, asked_at, purge_at, COALESCE(cancelled_at, 0), COALESCE(begun_at, 0), COALESCE(purged_at, 0)
		FROM closings WHERE cancelled_at IS NULL ORDER BY asked_at DESC, id DESC LIMIT 1`,
		func(row *sql.Row, c *Closing) error {
			return row.Scan(&c.ID, &c.AskedBy, &c.Receipt, &c.AskedAt, &c.PurgeAt, &c.CancelledAt, &c.BegunAt, &c.PurgedAt)
		})
}

// InsertClosing begins the wait. The caller has looked that there is no other.
func (tx *Tx) InsertClosing(ctx context.Context, c Closing) error {
	_, err := tx.exec(ctx, "store.InsertClosing", `INSERT INTO closings (id, asked_by, asked_at, purge_at) VALUES ($1, $2, $3, $4)`,
		c.ID, nullText(c.AskedBy), c.AskedAt, c.PurgeAt)
	return err
}

// CancelClosing calls a closing off: ErrConflict when it was before, or when
// the end has begun.
func (tx *Tx) CancelClosing(ctx context.Context, id string, at int64) error {
	result, err := tx.q.ExecContext(ctx, `UPDATE closings SET cancelled_at = $1 WHERE id = $2 AND cancelled_at IS NULL AND begun_at IS NULL`, at, id)
	return tx.changed("store.CancelClosing", result, err)
}

// BeginPurge notes that the end has begun, or goes on: ErrConflict when the
// closing was called off, or is done.
func (tx *Tx) BeginPurge(ctx context.Context, id string, at int64) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE closings SET begun_at = COALESCE(begun_at, $1) WHERE id = $2 AND cancelled_at IS NULL AND purged_at IS NULL`, at, id)
	return tx.changed("store.BeginPurge", result, err)
}

// FinishClosing notes that everything is gone: ErrConflict when that stands
// there already.
func (tx *Tx) FinishClosing(ctx context.Context, id, receipt string, at int64) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE closings SET purged_at = $1, receipt = $2 WHERE id = $3 AND begun_at IS NOT NULL AND purged_at IS NULL`, at, receipt, id)
	return tx.changed("store.FinishClosing", result, err)
}
