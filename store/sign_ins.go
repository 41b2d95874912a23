package store

import (
	"context"
	"database/sql"
)

// SignIn is one try to come in as somebody who is there.
type SignIn struct {
	ID, UserID, Method, Outcome                string
	Address, Device, System, Browser, TimeZone string
	At                                         int64
}

// InsertSignIn notes a try.
func (tx *Tx) InsertSignIn(ctx context.Context, s SignIn) error {
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO sign_ins (id, user_id, method, outcome, address, device, system, browser, time_zone, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		s.ID, s.UserID, s.Method, s.Outcome, nullText(s.Address), nullText(s.Device), nullText(s.System), nullText(s.Browser), nullText(s.TimeZone), s.At)
	return tx.fault("store.InsertSignIn", err)
}

// SignInsOf lists the tries of a user from since on and before an end, newest first.
func (r *Reader) SignInsOf(ctx context.Context, userID string, since, before int64, limit int) ([]SignIn, error) {
	return list(ctx, r, "store.SignInsOf", `
		SELECT id, user_id, method, outcome, COALESCE(address, ''), COALESCE(device, ''), COALESCE(system, ''), COALESCE(browser, ''), COALESCE(time_zone, ''), at
		FROM sign_ins WHERE user_id = $1 AND at >= $2 AND at < $3 ORDER BY at DESC, id DESC LIMIT $4`,
		func(rows *sql.Rows, s *SignIn) error {
			return rows.Scan(&s.ID, &s.UserID, &s.Method, &s.Outcome, &s.Address, &s.Device, &s.System, &s.Browser, &s.TimeZone, &s.At)
		}, userID, since, before, limit)
}

// Seen is a browser, and where it was, that a user has come in with.
type Seen struct{ Address, System, Browser string }

// SeenOf lists what a user has come in with since a moment, each once.
func (r *Reader) SeenOf(ctx context.Context, userID, outcome string, since int64) ([]Seen, error) {
	return list(ctx, r, "store.SeenOf", `
		SELECT DISTINCT COALESCE(address, ''), COALESCE(system, ''), COALESCE(browser, '')
		FROM sign_ins WHERE user_id = $1 AND outcome = $2 AND at >= $3`,
		func(rows *sql.Rows, s *Seen) error { return rows.Scan(&s.Address, &s.System, &s.Browser) }, userID, outcome, since)
}
