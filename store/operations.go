package store

import (
	"context"
	"database/sql"
	"fmt"
)

var operationTables = []Table{{
	Name: "operations", Purpose: "running", Rows: FindRow, Retain: Rule{After: "created_at", Days: 30},
	Columns: []Columns{
		{Names: "id kind state total done changed skipped cursor result undo_id error_code created_at updated_at finished_at", Category: Plain},
		{Names: "params", Category: Content},
		{Names: "actor", Category: Staff},
	},
}}

// The states of an operation. The last three are ends.
const (
	OperationWaiting   = "waiting"
	OperationRunning   = "running"
	OperationDone      = "done"
	OperationFailed    = "failed"
	OperationCancelled = "cancelled"
)

// Operation is long work that is done in small steps: a bulk edit, an import, an
// export. Cursor is where the next step begins; Params and Result are JSON, and
// what the work is asked to do may name anybody only in Params.
type Operation struct {
	ID, Kind, Actor, State        string
	Total, Done, Changed, Skipped int64 // Total 0: not known
	Cursor, Params, Result        string
	UndoID, ErrorCode             string
	CreatedAt, UpdatedAt          int64
	FinishedAt                    int64
}

// Ended tells that nothing more happens to it.
func (o Operation) Ended() bool {
	return o.State == OperationDone || o.State == OperationFailed || o.State == OperationCancelled
}

const operationColumns = `id, kind, COALESCE(actor, ''), state, total, done, changed, skipped, cursor, params, result,
	COALESCE(undo_id, ''), error_code, created_at, updated_at, COALESCE(finished_at, 0)`

func scanOperation(row interface{ Scan(...any) error }, o *Operation) error {
	return row.Scan(&o.ID, &o.Kind, &o.Actor, &o.State, &o.Total, &o.Done, &o.Changed, &o.Skipped, &o.Cursor, &o.Params, &o.Result,
		&o.UndoID, &o.ErrorCode, &o.CreatedAt, &o.UpdatedAt, &o.FinishedAt)
}

// Operation returns one operation, or ErrNotFound.
func (r *Reader) Operation(ctx context.Context, id string) (Operation, error) {
	var o Operation
	err := scanOperation(r.q.QueryRowContext(ctx, `SELECT `+operationColumns+` FROM operations WHERE id = $1`, id), &o)
	return o, r.fault("store.Operation", err)
}

// OperationsByID returns those of some ids that there are.
func (r *Reader) OperationsByID(ctx context.Context, ids []string) (map[string]Operation, error) {
	out := map[string]Operation{}
	if len(ids) == 0 {
		return out, nil
	}
	marks, args := inList(ids)
	found, err := list(ctx, r, "store.OperationsByID", `SELECT `+operationColumns+` FROM operations WHERE id IN (`+marks+`)`,
		func(rows *sql.Rows, o *Operation) error { return scanOperation(rows, o) }, args...)
	for _, o := range found {
		out[o.ID] = o
	}
	return out, err
}

// OperationsOf lists what somebody had done, the latest first.
func (r *Reader) OperationsOf(ctx context.Context, actor string, page Page) ([]Operation, error) {
	at, id := before(page)
	return list(ctx, r, "store.OperationsOf", `
		SELECT `+operationColumns+` FROM operations WHERE actor = $1 AND (created_at, id) < ($2, $3)
		ORDER BY created_at DESC, id DESC`+limitTo(page.limit()),
		func(rows *sql.Rows, o *Operation) error { return scanOperation(rows, o) }, actor, at, id)
}

// InsertOperation adds an operation that is still to begin.
func (tx *Tx) InsertOperation(ctx context.Context, o Operation) error {
	_, err := tx.exec(ctx, "store.InsertOperation", `
		INSERT INTO operations (id, kind, actor, state, total, done, changed, skipped, cursor, params, result, undo_id, created_at, updated_at)
		VALUES ($1, $2, $3, 'waiting', $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)`,
		o.ID, o.Kind, nullText(o.Actor), o.Total, o.Done, o.Changed, o.Skipped, o.Cursor, o.Params, o.Result, nullText(o.UndoID), o.CreatedAt)
	return err
}

// The events of operations; their subject is its id.
const (
	EventOperationDone    = "operation.done"    // it ended, well or not
	EventOperationStopped = "operation.stopped" // somebody cancelled it
)

// SaveOperation notes how far an operation has come, in the transaction of the
// step that came so far; with a state that is an end, everybody hears of it.
// ErrConflict says that it was cancelled meanwhile, or is gone: the step must
// leave nothing behind.
func (tx *Tx) SaveOperation(ctx context.Context, o Operation) error {
	if o.Ended() && o.FinishedAt == 0 {
		o.FinishedAt = o.UpdatedAt
	}
	n, err := tx.exec(ctx, "store.SaveOperation", `
		UPDATE operations SET state = $2, total = $3, done = $4, changed = $5, skipped = $6, cursor = $7, params = $8, result = $9,
			undo_id = $10, error_code = $11, updated_at = $12, finished_at = $13
		WHERE id = $1 AND state IN ('waiting', 'running')`,
		o.ID, o.State, o.Total, o.Done, o.Changed, o.Skipped, o.Cursor, o.Params, o.Result,
		nullText(o.UndoID), o.ErrorCode, o.UpdatedAt, nullTime(o.FinishedAt))
	switch {
	case err != nil:
		return err
	case n == 0:
		return fmt.Errorf("store.SaveOperation: %w", ErrConflict)
	case o.Ended():
		if err := tx.notifyEnd(ctx, o); err != nil {
			return err
		}
		return tx.Emit(ctx, Event{ID: o.ID, Kind: EventOperationDone, Subject: o.ID, Actor: o.Actor, At: o.UpdatedAt})
	}
	return nil
}

// notifyEnd tells whoever asked for an operation that it ended, if that was a
// person of the business.
func (tx *Tx) notifyEnd(ctx context.Context, o Operation) error {
	_, err := tx.exec(ctx, "store.SaveOperation", `
		INSERT INTO notifications (id, user_id, kind, subject, at)
		SELECT $1, u.id, $2, $1, $3 FROM users u WHERE u.id = $4`, o.ID, NoticeOperation, o.UpdatedAt, o.Actor)
	return err
}

// OpenOperations lists the ids of all that have not ended, the oldest first.
func (r *Reader) OpenOperations(ctx context.Context) ([]string, error) {
	return list(ctx, r, "store.OpenOperations", `
		SELECT id FROM operations WHERE state IN ('waiting', 'running') ORDER BY created_at, id`, scanText)
}

// CancelOperation stops an operation before its next step and tells whether it
// was still on.
func (tx *Tx) CancelOperation(ctx context.Context, id string, at int64) (bool, error) {
	n, err := tx.exec(ctx, "store.CancelOperation", `
		UPDATE operations SET state = 'cancelled', updated_at = $2, finished_at = $2 WHERE id = $1 AND state IN ('waiting', 'running')`, id, at)
	return n > 0, err
}
