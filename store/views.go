package store

import (
	"context"
	"database/sql"
	"fmt"
)

var viewTables = []Table{
	{
		Name: "views", Purpose: "dealing with customers", Rows: FindRow,
		Retain: Rule{After: "used_at", Days: 30, Keep: "parent:users"}, // drafts; one with a name stays as long as somebody uses it
		Columns: []Columns{
			{Names: "id record owner_id shared query_hash version created_at updated_at used_at", Category: Plain},
			{Names: "name query", Category: Content},
		},
	},
	{
		Name: "view_choices", Purpose: "dealing with customers", Retain: Rule{Keep: "parent:views"},
		Columns: []Columns{{Names: "user_id view_id pinned first", Category: Plain}},
	},
}

// View is what an address of a list stands for: a question under a name, or
// without one a draft, which nobody named. OwnerID is empty where its owner has
// left. Pinned and First are what the user who looks chose.
type View struct {
	ID, Record, Name, OwnerID     string
	Shared                        bool
	Query                         string // as Question.Text wrote it
	Hash                          string
	Version, CreatedAt, UpdatedAt int64
	UsedAt                        int64 // of drafts
	Pinned                        bool  // stands beside the whole list
	First                         bool  // is what the list begins with
}

// Draft tells that nobody named the view.
func (v View) Draft() bool { return v.Name == "" }

const viewColumns = `v.id, v.record, v.name, COALESCE(v.owner_id, ''), v.shared, v.query, v.query_hash, v.version, v.created_at, v.updated_at, COALESCE(v.used_at, 0),
	COALESCE(x.pinned, 0), COALESCE(x.first, 0)`

func scanView(row interface{ Scan(...any) error }, v *View) error {
	var shared, pinned, first int64
	err := row.Scan(&v.ID, &v.Record, &v.Name, &v.OwnerID, &shared, &v.Query, &v.Hash, &v.Version, &v.CreatedAt, &v.UpdatedAt, &v.UsedAt, &pinned, &first)
	v.Shared, v.Pinned, v.First = shared == 1, pinned == 1, first == 1
	return err
}

// View returns a view that a user may look at: their own, or a shared one. It is
// ErrNotFound for anything else.
func (r *Reader) View(ctx context.Context, userID, id string) (View, error) {
	var v View
	err := scanView(r.q.QueryRowContext(ctx, `
		SELECT `+viewColumns+` FROM views v LEFT JOIN view_choices x ON x.view_id = v.id AND x.user_id = $1
		WHERE v.id = $2 AND (v.owner_id = $1 OR v.shared = 1)`, userID, id), &v)
	return v, r.fault("store.View", err)
}

// Views lists the views with a name that a user may look at: pinned ones first,
// then by name.
func (r *Reader) Views(ctx context.Context, userID, record string) ([]View, error) {
	return list(ctx, r, "store.Views", `
		SELECT `+viewColumns+` FROM views v LEFT JOIN view_choices x ON x.view_id = v.id AND x.user_id = $1
		WHERE v.record = $2 AND v.name <> '' AND (v.owner_id = $1 OR v.shared = 1)
		ORDER BY COALESCE(x.pinned, 0) DESC, lower(v.name), v.id`,
		func(rows *sql.Rows, v *View) error { return scanView(rows, v) }, userID, record)
}

// DraftView returns the id of the user's draft of a question, and makes one
// where there is none. Looking at it keeps it for another 30 days.
func (tx *Tx) DraftView(ctx context.Context, v View) (string, error) {
	var id string
	err := tx.q.QueryRowContext(ctx, `
		SELECT id FROM views WHERE record = $1 AND owner_id = $2 AND query_hash = $3 AND used_at IS NOT NULL ORDER BY id LIMIT 1`,
		v.Record, v.OwnerID, v.Hash).Scan(&id)
	if isNone(err) {
		return v.ID, tx.InsertView(ctx, v)
	}
	if err != nil {
		return "", tx.fault("store.DraftView", err)
	}
	_, err = tx.exec(ctx, "store.DraftView", `UPDATE views SET used_at = $1 WHERE id = $2 AND used_at < $1`, v.UsedAt, id)
	return id, err
}

// InsertView adds a view.
func (tx *Tx) InsertView(ctx context.Context, v View) error {
	_, err := tx.exec(ctx, "store.InsertView", `
		INSERT INTO views (id, record, name, owner_id, shared, query, query_hash, created_at, updated_at, used_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)`,
		v.ID, recordOf(v.Record), v.Name, nullText(v.OwnerID), flag(v.Shared), v.Query, v.Hash, v.CreatedAt, nullTime(v.UsedAt))
	return err
}

// UpdateView saves name, sharing and question of the version that the editor
// saw. ErrConflict says that somebody else saved in between.
func (tx *Tx) UpdateView(ctx context.Context, v View) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE views SET name = $1, shared = $2, query = $3, query_hash = $4, updated_at = $5, used_at = $6, version = version + 1
		WHERE id = $7 AND version = $8`,
		v.Name, flag(v.Shared), v.Query, v.Hash, v.UpdatedAt, nullTime(v.UsedAt), v.ID, v.Version)
	if err := tx.changed("store.UpdateView", result, err); err != nil {
		return fmt.Errorf("view: %w", err)
	}
	return nil
}

// DeleteView removes a view, for whoever had it.
func (tx *Tx) DeleteView(ctx context.Context, id string) error {
	result, err := tx.q.ExecContext(ctx, `DELETE FROM views WHERE id = $1`, id)
	return tx.changed("store.DeleteView", result, err)
}

// ChooseView notes what a user wants of a view: that it is pinned, and that it
// is the one that the list begins with, of which there is one.
func (tx *Tx) ChooseView(ctx context.Context, userID, record, id string, pinned, first bool) error {
	if first {
		_, err := tx.exec(ctx, "store.ChooseView", `
			UPDATE view_choices SET first = 0 WHERE user_id = $1 AND view_id IN (SELECT v.id FROM views v WHERE v.record = $2)`, userID, recordOf(record))
		if err != nil {
			return err
		}
	}
	_, err := tx.exec(ctx, "store.ChooseView", `
		INSERT INTO view_choices (user_id, view_id, pinned, first) VALUES ($1, $2, $3, $4)
		ON CONFLICT (user_id, view_id) DO UPDATE SET pinned = excluded.pinned, first = excluded.first`, userID, id, flag(pinned), flag(first))
	return err
}

// LeaveViews is for a user who goes: what others look at stays, nobody's; the
// rest goes with them.
func (tx *Tx) LeaveViews(ctx context.Context, userID string) error {
	for _, query := range []string{
		`DELETE FROM view_choices WHERE user_id = $1`,
		`DELETE FROM views WHERE owner_id = $1 AND (shared = 0 OR name = '')`,
		`UPDATE views SET owner_id = NULL WHERE owner_id = $1`,
	} {
		if _, err := tx.exec(ctx, "store.LeaveViews", query, userID); err != nil {
			return err
		}
	}
	return nil
}
