package store

import (
	"context"
	"database/sql"
)

// Session is a browser that is signed in. The token itself is never stored.
type Session struct {
	TokenHash, UserID, Address        string
	Device, System, Browser, TimeZone string
	Method                            string // how it began
	Selector                          string // of the remembered browser that it came from
	ProvedAt                          int64  // last time the person proved who they are; 0: not in this session
	Epoch                             int64  // the user's when it began
	Data                              []byte
	CreatedAt, LastSeenAt, ExpiresAt  int64
}

const sessionColumns = `token_hash, user_id, epoch, COALESCE(address, ''), COALESCE(device, ''), COALESCE(system, ''), COALESCE(browser, ''),
	COALESCE(time_zone, ''), method, COALESCE(selector, ''), proved_at, data, created_at, last_seen_at, expires_at`

func scanSession(row interface{ Scan(...any) error }, s *Session) error {
	return row.Scan(&s.TokenHash, &s.UserID, &s.Epoch, &s.Address, &s.Device, &s.System, &s.Browser,
		&s.TimeZone, &s.Method, &s.Selector, &s.ProvedAt, &s.Data, &s.CreatedAt, &s.LastSeenAt, &s.ExpiresAt)
}

// Session returns one session, or ErrNotFound. The caller judges whether it still holds.
func (r *Reader) Session(ctx context.Context, tokenHash string) (Session, error) {
	var s Session
	err := scanSession(r.q.QueryRowContext(ctx, `SELECT `+sessionColumns+` FROM sessions WHERE token_hash = $1`, tokenHash), &s)
	return s, r.fault("store.Session", err)
}

// SessionsOf lists a user's sessions, last seen first.
func (r *Reader) SessionsOf(ctx context.Context, userID string) ([]Session, error) {
	return list(ctx, r, "store.SessionsOf", `SELECT `+sessionColumns+` FROM sessions WHERE user_id = $1 ORDER BY last_seen_at DESC, token_hash`,
		func(rows *sql.Rows, s *Session) error { return scanSession(rows, s) }, userID)
}

// PutSession adds a session or replaces its data.
func (tx *Tx) PutSession(ctx context.Context, s Session) error {
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO sessions (token_hash, user_id, epoch, address, device, system, browser, time_zone, method, selector,
			proved_at, data, created_at, last_seen_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (token_hash) DO UPDATE SET data = excluded.data`,
		s.TokenHash, s.UserID, s.Epoch, nullText(s.Address), nullText(s.Device), nullText(s.System), nullText(s.Browser), nullText(s.TimeZone), s.Method, nullText(s.Selector),
		s.ProvedAt, s.Data, s.CreatedAt, s.LastSeenAt, s.ExpiresAt)
	return tx.fault("store.PutSession", err)
}

// DeleteSessionsOf ends every session of a user, but for one if it is named.
func (tx *Tx) DeleteSessionsOf(ctx context.Context, userID, except string) error {
	_, err := tx.q.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2`, userID, except)
	return tx.fault("store.DeleteSessionsOf", err)
}

// TouchSession notes when a session was last used; it never goes back.
func (tx *Tx) TouchSession(ctx context.Context, tokenHash string, at int64) error {
	_, err := tx.q.ExecContext(ctx, `UPDATE sessions SET last_seen_at = $1 WHERE token_hash = $2 AND last_seen_at < $1`, at, tokenHash)
	return tx.fault("store.TouchSession", err)
}

// DeleteSession ends a session. Gone already is no error.
func (tx *Tx) DeleteSession(ctx context.Context, tokenHash string) error {
	_, err := tx.q.ExecContext(ctx, `DELETE FROM sessions WHERE token_hash = $1`, tokenHash)
	return tx.fault("store.DeleteSession", err)
}

// DeleteDeadSessions removes the sessions that ended or were last seen before the given times.
func (tx *Tx) DeleteDeadSessions(ctx context.Context, expired, idleSince int64) error {
	_, err := tx.q.ExecContext(ctx, `DELETE FROM sessions WHERE expires_at <= $1 OR last_seen_at <= $2`, expired, idleSince)
	return tx.fault("store.DeleteDeadSessions", err)
}
