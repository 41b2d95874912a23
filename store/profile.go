package store

import "context"

// RenameUser changes how a user is called.
func (tx *Tx) RenameUser(ctx context.Context, id, name string, at int64) error {
	_, err := tx.q.ExecContext(ctx, `UPDATE users SET name = $1, updated_at = $2, version = version + 1 WHERE id = $3`, name, at, id)
	return tx.fault("store.RenameUser", err)
}
