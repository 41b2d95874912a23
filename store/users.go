package store

import (
	"context"
	"database/sql"
)

var teamTables = []Table{
	{Name: "teams", Purpose: "team", Retain: Rule{Keep: "until the business removes it"}, Columns: []Columns{{Names: "id name name_key created_at", Category: Plain}}},
	{Name: "roles", Purpose: "team", Retain: Rule{Keep: "until the business removes it"}, Columns: []Columns{{Names: "id name name_key grants version created_at updated_at", Category: Plain}}},
	{Name: "users", Purpose: "team", Retain: Rule{Keep: "while the account exists, then as a name beside what was done, and after 90 days without one"}, Columns: []Columns{
		{Names: "id role team_id epoch disabled_at removed_at version created_at updated_at", Category: Plain},
		{Names: "name", Category: Staff, Retain: Rule{After: "removed_at", Days: 90}, Shared: mailers},
		{Names: "email", Category: Staff, Shared: mailers},
		{Names: "email_key", Category: Staff},
		{Names: "password_hash", Category: Secret},
	}},
	{Name: "sessions", Purpose: "security", Retain: Rule{After: "expires_at", Days: 1}, Columns: []Columns{
		{Names: "user_id", Category: Staff},
		{Names: "epoch method proved_at created_at last_seen_at expires_at", Category: Plain},
		{Names: "token_hash selector", Category: Hash},
		{Names: "data", Category: Plain},
		{Names: "address device system browser time_zone", Category: Tech},
	}},
	{Name: "setup_links", Purpose: "running", Retain: Rule{After: "created_at", Days: 30}, Columns: []Columns{
		{Names: "token_hash", Category: Hash},
		{Names: "created_at used_at", Category: Plain},
	}},
	{Name: "throttles", Purpose: "security", Retain: Rule{After: "updated_at", Days: 2}, Columns: []Columns{
		{Names: "key_hash", Category: Hash},
		{Names: "failures next_at updated_at", Category: Plain},
	}},
	{Name: "invitations", Purpose: "team", Retain: Rule{After: "expires_at", Days: 30}, Columns: []Columns{
		{Names: "id role team_id created_at expires_at accepted_at revoked_at", Category: Plain},
		{Names: "name email", Category: Staff, Shared: mailers},
		{Names: "email_key invited_by", Category: Staff},
		{Names: "token_hash", Category: Hash},
	}},
	{Name: "password_resets", Purpose: "security", Retain: Rule{After: "expires_at", Days: 1}, Columns: []Columns{
		{Names: "token_hash", Category: Hash},
		{Names: "user_id", Category: Staff},
		{Names: "created_at expires_at used_at", Category: Plain},
	}},
	{Name: "second_factors", Purpose: "security", Retain: Rule{Keep: "parent:users"}, Columns: []Columns{
		{Names: "user_id", Category: Staff},
		{Names: "sealed", Category: Sealed},
		{Names: "last_step created_at", Category: Plain},
	}},
	{Name: "recovery_codes", Purpose: "security", Retain: Rule{Keep: "parent:users"}, Columns: []Columns{
		{Names: "user_id", Category: Staff},
		{Names: "code_hash", Category: Hash},
		{Names: "created_at used_at", Category: Plain},
	}},
	{Name: "identities", Purpose: "security", Retain: Rule{Keep: "parent:users"}, Columns: []Columns{
		{Names: "issuer", Category: Plain},
		{Names: "subject user_id email", Category: Staff},
		{Names: "created_at last_used_at", Category: Plain},
	}},
	{Name: "remembered", Purpose: "security", Retain: Rule{After: "expires_at", Days: 1}, Columns: []Columns{
		{Names: "selector validator_hash previous_hash", Category: Hash},
		{Names: "user_id", Category: Staff},
		{Names: "rotated_at epoch second_factor created_at last_used_at expires_at", Category: Plain},
		{Names: "address device", Category: Tech},
	}},
	{Name: "challenges", Purpose: "security", Retain: Rule{After: "expires_at", Days: 1}, Columns: []Columns{
		{Names: "token_hash", Category: Hash},
		{Names: "user_id", Category: Staff},
		{Names: "kind data tries created_at expires_at", Category: Plain},
	}},
	{Name: "sign_ins", Purpose: "security", Retain: Rule{After: "at", Days: 90}, Columns: []Columns{
		{Names: "id method outcome at", Category: Plain},
		{Names: "user_id", Category: Staff},
		{Names: "address device system browser time_zone", Category: Tech},
	}},
	{Name: "mails", Purpose: "team", Retain: Rule{After: "created_at", Days: 90}, Columns: []Columns{
		{Names: "id template class subject_id lead_id state attempts error_code provider provider_ref created_at sent_at updated_at", Category: Plain},
		{Names: "user_id invitation_id actor", Category: Staff},
		{Names: "address", Category: Staff, Shared: mailers},
	}},
	{Name: "mail_contacts", Purpose: "team", Subject: "contact_id", Rows: DeleteRow, Retain: Rule{After: "created_at", Days: 90}, Columns: []Columns{
		{Names: "mail_id contact_id record_id created_at", Category: Plain},
	}},
	{Name: "mail_refusals", Purpose: "team", Retain: Rule{Keep: "parent:users"}, Columns: []Columns{
		{Names: "user_id", Category: Staff},
		{Names: "class created_at", Category: Plain},
	}},
	{Name: "closings", Purpose: "running", Retain: Rule{Keep: "the record of a closing that was asked for"}, Columns: []Columns{
		{Names: "id asked_at purge_at cancelled_at begun_at purged_at receipt", Category: Plain},
		{Names: "asked_by", Category: Staff},
	}},
}

// User is a person of the business who may sign in, or who once did.
type User struct {
	ID, Name, Email, EmailKey, PasswordHash string
	Role                                    string // one of access's own, or the id of a Role; empty: removed
	TeamID                                  string // empty: in no team
	Epoch                                   int64  // raised to end every session
	DisabledAt                              int64  // 0: may sign in
	RemovedAt                               int64  // 0: of the business
	Version, CreatedAt, UpdatedAt           int64
}

// Active tells that somebody is of the business and may sign in.
func (u User) Active() bool { return u.ID != "" && u.DisabledAt == 0 && u.RemovedAt == 0 }

const userColumns = `u.id, COALESCE(u.name, ''), COALESCE(u.email, ''), COALESCE(u.email_key, ''), u.password_hash, u.role, COALESCE(u.team_id, ''),
	u.epoch, COALESCE(u.disabled_at, 0), COALESCE(u.removed_at, 0), u.version, u.created_at, u.updated_at`

func scanUser(row interface{ Scan(...any) error }, u *User, more ...any) error {
	return row.Scan(append([]any{
		&u.ID, &u.Name, &u.Email, &u.EmailKey, &u.PasswordHash, &u.Role, &u.TeamID,
		&u.Epoch, &u.DisabledAt, &u.RemovedAt, &u.Version, &u.CreatedAt, &u.UpdatedAt,
	}, more...)...)
}

// User returns one user, or ErrNotFound.
func (r *Reader) User(ctx context.Context, id string) (User, error) {
	var u User
	err := scanUser(r.q.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.id = $1`, id), &u)
	return u, r.fault("store.User", err)
}

// UserByEmail returns the user with an address as it is compared, or ErrNotFound.
func (r *Reader) UserByEmail(ctx context.Context, key string) (User, error) {
	var u User
	err := scanUser(r.q.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.email_key = $1`, key), &u)
	return u, r.fault("store.UserByEmail", err)
}

// Users lists everybody who may or might sign in, and who once did, oldest first.
func (r *Reader) Users(ctx context.Context) ([]User, error) {
	return list(ctx, r, "store.Users", `SELECT `+userColumns+` FROM users u ORDER BY u.created_at, u.id`,
		func(rows *sql.Rows, u *User) error { return scanUser(rows, u) })
}

// InsertUser adds a user: ErrConflict when the address is taken.
func (tx *Tx) InsertUser(ctx context.Context, u User) error {
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO users (id, name, email, email_key, password_hash, role, team_id, epoch, version, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10)`,
		u.ID, u.Name, u.Email, u.EmailKey, u.PasswordHash, u.Role, nilIfZero(u.TeamID), u.Epoch, u.CreatedAt, u.UpdatedAt)
	return tx.fault("store.InsertUser", err)
}

// SetPasswordHash replaces a user's password hash; one who was removed gets none.
func (tx *Tx) SetPasswordHash(ctx context.Context, id, hash string, at int64) error {
	_, err := tx.q.ExecContext(ctx, `
		UPDATE users SET password_hash = $1, updated_at = $2, version = version + 1 WHERE id = $3 AND removed_at IS NULL`, hash, at, id)
	return tx.fault("store.SetPasswordHash", err)
}

// ReplacePasswordHash puts another hash of the same password in the place of
// one. Where the password was changed meanwhile, nothing happens.
func (tx *Tx) ReplacePasswordHash(ctx context.Context, id, from, to string, at int64) error {
	_, err := tx.exec(ctx, "store.ReplacePasswordHash", `
		UPDATE users SET password_hash = $1, updated_at = $2, version = version + 1
		WHERE id = $3 AND password_hash = $4 AND removed_at IS NULL`, to, at, id, from)
	return err
}

// SetUserEmail changes the address that a user signs in with, and ends every
// session of theirs: ErrConflict when somebody has it.
func (tx *Tx) SetUserEmail(ctx context.Context, id, email, key string, at int64) error {
	_, err := tx.q.ExecContext(ctx, `
		UPDATE users SET email = $1, email_key = $2, epoch = epoch + 1, updated_at = $3, version = version + 1
		WHERE id = $4 AND removed_at IS NULL`, email, key, at, id)
	return tx.fault("store.SetUserEmail", err)
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
