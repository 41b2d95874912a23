package store

import (
	"context"
	"database/sql"
)

// Remembered is a browser that stays signed in. Its cookie holds the selector
// and the validator; here both are hashes.
type Remembered struct {
	Selector, UserID                 string
	ValidatorHash, PreviousHash      string
	RotatedAt                        int64
	Epoch                            int64 // the user's when it began
	SecondFactor                     bool  // one was given when the browser was remembered
	Address, Device                  string
	CreatedAt, LastUsedAt, ExpiresAt int64
}

const rememberedColumns = `selector, user_id, validator_hash, previous_hash, rotated_at, epoch, second_factor,
	COALESCE(address, ''), COALESCE(device, ''), created_at, last_used_at, expires_at`

func scanRemembered(row interface{ Scan(...any) error }, v *Remembered) error {
	var second int64
	err := row.Scan(&v.Selector, &v.UserID, &v.ValidatorHash, &v.PreviousHash, &v.RotatedAt, &v.Epoch, &second,
		&v.Address, &v.Device, &v.CreatedAt, &v.LastUsedAt, &v.ExpiresAt)
	v.SecondFactor = second != 0
	return err
}

// Remembered returns one, or ErrNotFound. The caller judges whether it still holds.
func (r *Reader) Remembered(ctx context.Context, selector string) (Remembered, error) {
	var v Remembered
	err := scanRemembered(r.q.QueryRowContext(ctx, `SELECT `+rememberedColumns+` FROM remembered WHERE selector = $1`, selector), &v)
	return v, r.fault("store.Remembered", err)
}

// RememberedOf lists the browsers of a user, last used first.
func (r *Reader) RememberedOf(ctx context.Context, userID string) ([]Remembered, error) {
	return list(ctx, r, "store.RememberedOf", `SELECT `+rememberedColumns+` FROM remembered WHERE user_id = $1 ORDER BY last_used_at DESC, selector`,
		func(rows *sql.Rows, v *Remembered) error { return scanRemembered(rows, v) }, userID)
}

// InsertRemembered remembers a browser.
func (tx *Tx) InsertRemembered(ctx context.Context, v Remembered) error {
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO remembered (selector, user_id, validator_hash, rotated_at, epoch, second_factor, address, device, created_at, last_used_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $4, $4, $9)`,
		v.Selector, v.UserID, v.ValidatorHash, v.CreatedAt, v.Epoch, flag(v.SecondFactor), nullText(v.Address), nullText(v.Device), v.ExpiresAt)
	return tx.fault("store.InsertRemembered", err)
}

// RotateRemembered replaces the validator, if it is still the one given, and
// tells whether it was.
func (tx *Tx) RotateRemembered(ctx context.Context, selector, from, to, address string, at int64) (bool, error) {
	n, err := tx.exec(ctx, "store.RotateRemembered", `
		UPDATE remembered SET validator_hash = $1, previous_hash = $2, rotated_at = $3, last_used_at = $3, address = $4
		WHERE selector = $5 AND validator_hash = $2`, to, from, at, nullText(address), selector)
	return n == 1, err
}

// MarkRemembered notes that a second factor was given in a remembered browser.
func (tx *Tx) MarkRemembered(ctx context.Context, selector string) error {
	_, err := tx.q.ExecContext(ctx, `UPDATE remembered SET second_factor = 1 WHERE selector = $1`, selector)
	return tx.fault("store.MarkRemembered", err)
}

// DeleteRemembered forgets one browser of a user and tells whether it was there.
func (tx *Tx) DeleteRemembered(ctx context.Context, userID, selector string) (bool, error) {
	n, err := tx.exec(ctx, "store.DeleteRemembered", `DELETE FROM remembered WHERE user_id = $1 AND selector = $2`, userID, selector)
	return n == 1, err
}

// DeleteRememberedOf forgets every browser of a user, but for one if it is named.
func (tx *Tx) DeleteRememberedOf(ctx context.Context, userID, except string) error {
	_, err := tx.q.ExecContext(ctx, `DELETE FROM remembered WHERE user_id = $1 AND selector <> $2`, userID, except)
	return tx.fault("store.DeleteRememberedOf", err)
}
