package store

import "context"

// Reset is a link by which somebody chooses a new password. Only the hash of
// its token is kept.
type Reset struct {
	TokenHash, UserID            string
	CreatedAt, ExpiresAt, UsedAt int64
}

// Open tells whether the link works at a moment. One that was made in the
// future was made by a clock that went wrong.
func (x Reset) Open(at int64) bool { return x.UsedAt == 0 && x.CreatedAt <= at && at < x.ExpiresAt }

// Reset returns the link with this hash, or ErrNotFound.
func (r *Reader) Reset(ctx context.Context, hash string) (Reset, error) {
	x := Reset{TokenHash: hash}
	err := r.q.QueryRowContext(ctx, `SELECT user_id, created_at, expires_at, COALESCE(used_at, 0) FROM password_resets WHERE token_hash = $1`, hash).
		Scan(&x.UserID, &x.CreatedAt, &x.ExpiresAt, &x.UsedAt)
	return x, r.fault("store.Reset", err)
}

// ResetOpen tells whether a user has a link that works and was made since a moment.
func (r *Reader) ResetOpen(ctx context.Context, userID string, since, at int64) (bool, error) {
	var n int64
	err := r.q.QueryRowContext(ctx, `
		SELECT COUNT(*) FROM password_resets WHERE user_id = $1 AND used_at IS NULL AND created_at > $2 AND created_at <= $3 AND expires_at > $3`, userID, since, at).Scan(&n)
	return n > 0, r.fault("store.ResetOpen", err)
}

// ResetTarget is the user with an address who may sign in, or other: the same
// query and the same row whether there is one or not.
func (r *Reader) ResetTarget(ctx context.Context, emailKey, other string) (id string, err error) {
	err = r.q.QueryRowContext(ctx, `
		SELECT COALESCE((SELECT id FROM users WHERE email_key = $1 AND disabled_at IS NULL AND removed_at IS NULL), $2)`, emailKey, other).Scan(&id)
	return id, r.fault("store.ResetTarget", err)
}

// InsertReset adds a link in the place of every earlier one of the user.
func (tx *Tx) InsertReset(ctx context.Context, x Reset) error {
	if _, err := tx.exec(ctx, "store.InsertReset", `DELETE FROM password_resets WHERE user_id = $1`, x.UserID); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "store.InsertReset", `INSERT INTO password_resets (token_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)`,
		x.TokenHash, x.UserID, x.CreatedAt, x.ExpiresAt)
	return err
}

// UseReset uses a link up, once: ErrConflict for everybody after the first.
func (tx *Tx) UseReset(ctx context.Context, hash string, at int64) error {
	result, err := tx.q.ExecContext(ctx, `UPDATE password_resets SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL`, at, hash)
	return tx.changed("store.UseReset", result, err)
}

// DropResets makes every link of a user worthless.
func (tx *Tx) DropResets(ctx context.Context, userID string) error {
	_, err := tx.exec(ctx, "store.DropResets", `DELETE FROM password_resets WHERE user_id = $1`, userID)
	return err
}
