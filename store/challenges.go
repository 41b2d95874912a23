package store

import "context"

// The kinds of Challenge.
const (
	ChallengeSecondFactor = "second_factor" // the password was right, the code is still to come
	ChallengeOIDC         = "oidc"          // away at an identity provider
)

// Challenge is a sign-in that has begun and is not finished. The browser holds
// the token; Data is JSON and holds choices, no secret.
type Challenge struct {
	TokenHash, Kind, UserID, Data string
	Tries, CreatedAt, ExpiresAt   int64
}

// Challenge returns one, or ErrNotFound. The caller judges whether it is still open.
func (r *Reader) Challenge(ctx context.Context, kind, tokenHash string) (Challenge, error) {
	var c Challenge
	err := r.q.QueryRowContext(ctx, `
		SELECT token_hash, kind, COALESCE(user_id, ''), data, tries, created_at, expires_at
		FROM challenges WHERE kind = $1 AND token_hash = $2`, kind, tokenHash).
		Scan(&c.TokenHash, &c.Kind, &c.UserID, &c.Data, &c.Tries, &c.CreatedAt, &c.ExpiresAt)
	return c, r.fault("store.Challenge", err)
}

// InsertChallenge begins one, and removes those that ended before it began.
func (tx *Tx) InsertChallenge(ctx context.Context, c Challenge) error {
	if _, err := tx.q.ExecContext(ctx, `DELETE FROM challenges WHERE expires_at <= $1`, c.CreatedAt); err != nil {
		return tx.fault("store.InsertChallenge", err)
	}
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO challenges (token_hash, kind, user_id, data, tries, created_at, expires_at) VALUES ($1, $2, $3, $4, 0, $5, $6)`,
		c.TokenHash, c.Kind, nullText(c.UserID), c.Data, c.CreatedAt, c.ExpiresAt)
	return tx.fault("store.InsertChallenge", err)
}

// TryChallenge counts one more try.
func (tx *Tx) TryChallenge(ctx context.Context, tokenHash string) error {
	_, err := tx.q.ExecContext(ctx, `UPDATE challenges SET tries = tries + 1 WHERE token_hash = $1`, tokenHash)
	return tx.fault("store.TryChallenge", err)
}

// EndChallenge removes one and tells whether it was still there: of two that
// finish the same, one does.
func (tx *Tx) EndChallenge(ctx context.Context, tokenHash string) (bool, error) {
	n, err := tx.exec(ctx, "store.EndChallenge", `DELETE FROM challenges WHERE token_hash = $1`, tokenHash)
	return n == 1, err
}

// EndChallengesOf removes every one of a user.
func (tx *Tx) EndChallengesOf(ctx context.Context, userID string) error {
	_, err := tx.q.ExecContext(ctx, `DELETE FROM challenges WHERE user_id = $1`, userID)
	return tx.fault("store.EndChallengesOf", err)
}
