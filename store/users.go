package store

import (
	"context"
	"database/sql"
)

var teamTables = []Table{
	{Name: "users", Purpose: "team", Retain: Rule{Keep: "while the account exists"}, Columns: []Columns{
		{Names: "id role epoch disabled_at version created_at updated_at", Category: Plain},
		{Names: "name email email_key", Category: Staff},
		{Names: "password_hash", Category: Secret},
	}},
	{Name: "sessions", Purpose: "team", Retain: Rule{After: "expires_at", Days: 1}, Columns: []Columns{
		{Names: "user_id", Category: Staff},
		{Names: "epoch created_at last_seen_at expires_at", Category: Plain},
		{Names: "token_hash", Category: Hash},
		{Names: "data", Category: Plain},
		{Names: "address device", Category: Tech},
	}},
	{Name: "setup_links", Purpose: "running", Retain: Rule{After: "created_at", Days: 30}, Columns: []Columns{
		{Names: "token_hash", Category: Hash},
		{Names: "created_at used_at", Category: Plain},
	}},
	{Name: "throttles", Purpose: "security", Retain: Rule{After: "updated_at", Days: 7}, Columns: []Columns{
		{Names: "key_hash", Category: Hash},
		{Names: "failures next_at updated_at", Category: Plain},
	}},
}

// User is a person of the business who may sign in.
type User struct {
	ID, Name, Email, EmailKey, PasswordHash, Role string
	Epoch                                         int64 // raised to end every session
	DisabledAt                                    int64 // 0: may sign in
	Version, CreatedAt, UpdatedAt                 int64
}

const userColumns = `id, name, email, email_key, password_hash, role, epoch, COALESCE(disabled_at, 0), version, created_at, updated_at`

func scanUser(row interface{ Scan(...any) error }, u *User) error {
	return row.Scan(&u.ID, &u.Name, &u.Email, &u.EmailKey, &u.PasswordHash, &u.Role, &u.Epoch, &u.DisabledAt, &u.Version, &u.CreatedAt, &u.UpdatedAt)
}

// User returns one user, or ErrNotFound.
func (r *Reader) User(ctx context.Context, id string) (User, error) {
	var u User
	err := scanUser(r.q.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users WHERE id = $1`, id), &u)
	return u, r.fault("store.User", err)
}

// UserByEmail returns the user with an address in lower case, or ErrNotFound.
func (r *Reader) UserByEmail(ctx context.Context, key string) (User, error) {
	var u User
	err := scanUser(r.q.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users WHERE email_key = $1`, key), &u)
	return u, r.fault("store.UserByEmail", err)
}

// Users lists everybody who may or might sign in, oldest first.
func (r *Reader) Users(ctx context.Context) ([]User, error) {
	return list(ctx, r, "store.Users", `SELECT `+userColumns+` FROM users ORDER BY created_at, id`,
		func(rows *sql.Rows, u *User) error { return scanUser(rows, u) })
}

// InsertUser adds a user: ErrConflict when the address is taken.
func (tx *Tx) InsertUser(ctx context.Context, u User) error {
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO users (id, name, email, email_key, password_hash, role, epoch, version, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9)`,
		u.ID, u.Name, u.Email, u.EmailKey, u.PasswordHash, u.Role, u.Epoch, u.CreatedAt, u.UpdatedAt)
	return tx.fault("store.InsertUser", err)
}

// SetPasswordHash replaces a user's password hash.
func (tx *Tx) SetPasswordHash(ctx context.Context, id, hash string, at int64) error {
	_, err := tx.q.ExecContext(ctx, `UPDATE users SET password_hash = $1, updated_at = $2, version = version + 1 WHERE id = $3`, hash, at, id)
	return tx.fault("store.SetPasswordHash", err)
}

// RaiseEpoch ends every session of a user at its next request.
func (tx *Tx) RaiseEpoch(ctx context.Context, id string, at int64) error {
	_, err := tx.q.ExecContext(ctx, `UPDATE users SET epoch = epoch + 1, updated_at = $1, version = version + 1 WHERE id = $2`, at, id)
	return tx.fault("store.RaiseEpoch", err)
}

// DisableUser stops a user from signing in and ends the sessions; it is not undone by a sign-in.
func (tx *Tx) DisableUser(ctx context.Context, id string, at int64) error {
	_, err := tx.q.ExecContext(ctx, `
		UPDATE users SET disabled_at = $1, epoch = epoch + 1, updated_at = $1, version = version + 1 WHERE id = $2`, at, id)
	return tx.fault("store.DisableUser", err)
}
