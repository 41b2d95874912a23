package store

import "context"

// InsertSetupLink notes a one-time link by the hash of its token, in the place of every earlier one.
func (tx *Tx) InsertSetupLink(ctx context.Context, tokenHash string, at int64) error {
	if _, err := tx.q.ExecContext(ctx, `DELETE FROM setup_links`); err != nil {
		return tx.fault("store.InsertSetupLink", err)
	}
	_, err := tx.q.ExecContext(ctx, `INSERT INTO setup_links (token_hash, created_at) VALUES ($1, $2)`, tokenHash, at)
	return tx.fault("store.InsertSetupLink", err)
}

// SetupLinkOpen tells whether a link was made and not used.
func (r *Reader) SetupLinkOpen(ctx context.Context, tokenHash string) (bool, error) {
	var n int64
	err := r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM setup_links WHERE token_hash = $1 AND used_at IS NULL`, tokenHash).Scan(&n)
	return n == 1, r.fault("store.SetupLinkOpen", err)
}

// CloseSetupLinks makes every link worthless.
func (tx *Tx) CloseSetupLinks(ctx context.Context, at int64) error {
	_, err := tx.q.ExecContext(ctx, `UPDATE setup_links SET used_at = $1 WHERE used_at IS NULL`, at)
	return tx.fault("store.CloseSetupLinks", err)
}

// Throttle is how often something was tried in vain. NextAt is the earliest
// time of another look.
type Throttle struct {
	KeyHash                     string
	Failures, NextAt, UpdatedAt int64
}

// Throttle returns the failures of a key, or ErrNotFound.
func (r *Reader) Throttle(ctx context.Context, keyHash string) (Throttle, error) {
	t := Throttle{KeyHash: keyHash}
	err := r.q.QueryRowContext(ctx, `SELECT failures, next_at, updated_at FROM throttles WHERE key_hash = $1`, keyHash).
		Scan(&t.Failures, &t.NextAt, &t.UpdatedAt)
	return t, r.fault("store.Throttle", err)
}

// PutThrottle notes the failures of a key.
func (tx *Tx) PutThrottle(ctx context.Context, t Throttle) error {
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO throttles (key_hash, failures, next_at, updated_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (key_hash) DO UPDATE SET failures = excluded.failures, next_at = excluded.next_at, updated_at = excluded.updated_at`,
		t.KeyHash, t.Failures, t.NextAt, t.UpdatedAt)
	return tx.fault("store.PutThrottle", err)
}

// ForgetThrottle clears the failures of a key.
func (tx *Tx) ForgetThrottle(ctx context.Context, keyHash string) error {
	_, err := tx.q.ExecContext(ctx, `DELETE FROM throttles WHERE key_hash = $1`, keyHash)
	return tx.fault("store.ForgetThrottle", err)
}
