package store

import "context"

// SecondFactor is the seed of a person's authenticator app.
type SecondFactor struct {
	UserID    string
	Sealed    []byte
	LastStep  int64 // no code of it, or of an earlier step, counts again
	CreatedAt int64
}

// SecondFactor returns a user's, or ErrNotFound.
func (r *Reader) SecondFactor(ctx context.Context, userID string) (SecondFactor, error) {
	f := SecondFactor{UserID: userID}
	err := r.q.QueryRowContext(ctx, `SELECT sealed, last_step, created_at FROM second_factors WHERE user_id = $1`, userID).
		Scan(&f.Sealed, &f.LastStep, &f.CreatedAt)
	return f, r.fault("store.SecondFactor", err)
}

// HasSecondFactor tells whether a user has one.
func (r *Reader) HasSecondFactor(ctx context.Context, userID string) (bool, error) {
	var n int64
	err := r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM second_factors WHERE user_id = $1`, userID).Scan(&n)
	return n > 0, r.fault("store.HasSecondFactor", err)
}

// PutSecondFactor gives a user a factor in the place of any other.
func (tx *Tx) PutSecondFactor(ctx context.Context, f SecondFactor) error {
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO second_factors (user_id, sealed, last_step, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (user_id) DO UPDATE SET sealed = excluded.sealed, last_step = excluded.last_step, created_at = excluded.created_at`,
		f.UserID, f.Sealed, f.LastStep, f.CreatedAt)
	return tx.fault("store.PutSecondFactor", err)
}

// UseStep notes that the code of a step was used, and tells whether it still
// could be: never twice, never after a later one.
func (tx *Tx) UseStep(ctx context.Context, userID string, step int64) (bool, error) {
	n, err := tx.exec(ctx, "store.UseStep", `
		UPDATE second_factors SET last_step = $1 WHERE user_id = $2 AND last_step < $1`, step, userID)
	return n == 1, err
}

// DeleteSecondFactor takes a user's factor away, with its recovery codes.
func (tx *Tx) DeleteSecondFactor(ctx context.Context, userID string) error {
	for _, statement := range []string{
		`DELETE FROM second_factors WHERE user_id = $1`,
		`DELETE FROM recovery_codes WHERE user_id = $1`,
	} {
		if _, err := tx.q.ExecContext(ctx, statement, userID); err != nil {
			return tx.fault("store.DeleteSecondFactor", err)
		}
	}
	return nil
}

// ReplaceRecoveryCodes gives a user codes, by their hashes, in the place of all others.
func (tx *Tx) ReplaceRecoveryCodes(ctx context.Context, userID string, hashes []string, at int64) error {
	if _, err := tx.q.ExecContext(ctx, `DELETE FROM recovery_codes WHERE user_id = $1`, userID); err != nil {
		return tx.fault("store.ReplaceRecoveryCodes", err)
	}
	for _, hash := range hashes {
		_, err := tx.q.ExecContext(ctx, `INSERT INTO recovery_codes (user_id, code_hash, created_at) VALUES ($1, $2, $3)`, userID, hash, at)
		if err != nil {
			return tx.fault("store.ReplaceRecoveryCodes", err)
		}
	}
	return nil
}

// UseRecoveryCode notes that a code was used, and tells whether it still could
// be: of two that come with the same one, one gets in.
func (tx *Tx) UseRecoveryCode(ctx context.Context, userID, hash string, at int64) (bool, error) {
	n, err := tx.exec(ctx, "store.UseRecoveryCode", `
		UPDATE recovery_codes SET used_at = $1 WHERE user_id = $2 AND code_hash = $3 AND used_at IS NULL`, at, userID, hash)
	return n == 1, err
}

// RecoveryCodesLeft counts the codes of a user that were not used.
func (r *Reader) RecoveryCodesLeft(ctx context.Context, userID string) (int64, error) {
	var n int64
	err := r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL`, userID).Scan(&n)
	return n, r.fault("store.RecoveryCodesLeft", err)
}
