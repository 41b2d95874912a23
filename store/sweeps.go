package store

import (
	"context"
	"database/sql"
)

// SweepRun is one rule carried out: how many rows went, in how many batches,
// and a code when it ended early. FinishedAt 0 says that the process ended.
type SweepRun struct {
	ID, Rule, ErrorCode   string
	Rows, Batches         int64
	StartedAt, FinishedAt int64
}

// StartSweep notes that a rule is being carried out.
func (tx *Tx) StartSweep(ctx context.Context, r SweepRun) error {
	_, err := tx.q.ExecContext(ctx, `INSERT INTO sweep_runs (id, rule, row_count, batches, started_at) VALUES ($1, $2, 0, 0, $3)`, r.ID, r.Rule, r.StartedAt)
	return tx.fault("store.StartSweep", err)
}

// AddToSweep counts a batch, in its transaction.
func (tx *Tx) AddToSweep(ctx context.Context, id string, rows int64) error {
	_, err := tx.q.ExecContext(ctx, `UPDATE sweep_runs SET row_count = row_count + $2, batches = batches + 1 WHERE id = $1`, id, rows)
	return tx.fault("store.AddToSweep", err)
}

// EndSweep notes the end of a run and what went wrong, as a code.
func (tx *Tx) EndSweep(ctx context.Context, id, code string, at int64) error {
	_, err := tx.q.ExecContext(ctx, `UPDATE sweep_runs SET error_code = $2, finished_at = $3 WHERE id = $1`, id, code, at)
	return tx.fault("store.EndSweep", err)
}

// SweepRuns lists runs, the latest first.
func (r *Reader) SweepRuns(ctx context.Context, limit int) ([]SweepRun, error) {
	return list(ctx, r, "store.SweepRuns", `
		SELECT id, rule, error_code, row_count, batches, started_at, COALESCE(finished_at, 0)
		FROM sweep_runs ORDER BY started_at DESC, id DESC LIMIT $1`,
		func(rows *sql.Rows, s *SweepRun) error {
			return rows.Scan(&s.ID, &s.Rule, &s.ErrorCode, &s.Rows, &s.Batches, &s.StartedAt, &s.FinishedAt)
		}, limit)
}
