package store

import (
	"context"
	"database/sql"
)

// Identity is an account elsewhere that signs a person in. Issuer and subject
// say which; the address is shown to the person and compared with nothing.
type Identity struct {
	Issuer, Subject, UserID, Email string
	CreatedAt, LastUsedAt          int64 // LastUsedAt 0: never
}

const identityColumns = `issuer, subject, user_id, email, created_at, COALESCE(last_used_at, 0)`

func scanIdentity(row interface{ Scan(...any) error }, x *Identity) error {
	return row.Scan(&x.Issuer, &x.Subject, &x.UserID, &x.Email, &x.CreatedAt, &x.LastUsedAt)
}

// Identity returns whom an account elsewhere signs in, or ErrNotFound.
func (r *Reader) Identity(ctx context.Context, issuer, subject string) (Identity, error) {
	return one(ctx, r, "store.Identity", `SELECT `+identityColumns+` FROM identities WHERE issuer = $1 AND subject = $2`,
		func(row *sql.Row, x *Identity) error { return scanIdentity(row, x) }, issuer, subject)
}

// IdentitiesOf lists the accounts that sign a user in, oldest first.
func (r *Reader) IdentitiesOf(ctx context.Context, userID string) ([]Identity, error) {
	return list(ctx, r, "store.IdentitiesOf", `SELECT `+identityColumns+` FROM identities WHERE user_id = $1 ORDER BY created_at, issuer, subject`,
		func(rows *sql.Rows, x *Identity) error { return scanIdentity(rows, x) }, userID)
}

// IdentitiesAt counts the accounts of an issuer that are connected, whoever's.
func (r *Reader) IdentitiesAt(ctx context.Context, issuer string) (int64, error) {
	return one(ctx, r, "store.IdentitiesAt", `SELECT COUNT(*) FROM identities WHERE issuer = $1`,
		func(row *sql.Row, n *int64) error { return row.Scan(n) }, issuer)
}

// InsertIdentity connects an account: ErrConflict when it signs somebody in already.
func (tx *Tx) InsertIdentity(ctx context.Context, x Identity) error {
	_, err := tx.q.ExecContext(ctx, `INSERT INTO identities (issuer, subject, user_id, email, created_at) VALUES ($1, $2, $3, $4, $5)`,
		x.Issuer, x.Subject, x.UserID, x.Email, x.CreatedAt)
	return tx.fault("store.InsertIdentity", err)
}

// TouchIdentity notes when an account last signed somebody in.
func (tx *Tx) TouchIdentity(ctx context.Context, issuer, subject string, at int64) error {
	_, err := tx.q.ExecContext(ctx, `UPDATE identities SET last_used_at = $1 WHERE issuer = $2 AND subject = $3`, at, issuer, subject)
	return tx.fault("store.TouchIdentity", err)
}

// DeleteIdentity disconnects an account of a user and tells whether it was there.
func (tx *Tx) DeleteIdentity(ctx context.Context, userID, issuer, subject string) (bool, error) {
	n, err := tx.exec(ctx, "store.DeleteIdentity", `DELETE FROM identities WHERE user_id = $1 AND issuer = $2 AND subject = $3`, userID, issuer, subject)
	return n > 0, err
}

// DeleteIdentitiesOf disconnects every account of a user.
func (tx *Tx) DeleteIdentitiesOf(ctx context.Context, userID string) error {
	_, err := tx.q.ExecContext(ctx, `DELETE FROM identities WHERE user_id = $1`, userID)
	return tx.fault("store.DeleteIdentitiesOf", err)
}

// IssuerUse is how many people an issuer signs in, and how many of them have no
// password beside it.
type IssuerUse struct {
	Issuer          string
	People, NoOther int64
}

// IssuersInUse counts the people of each issuer.
func (r *Reader) IssuersInUse(ctx context.Context) ([]IssuerUse, error) {
	return list(ctx, r, "store.IssuersInUse", `
		SELECT i.issuer, COUNT(DISTINCT u.id), COUNT(DISTINCT CASE WHEN u.password_hash = '' THEN u.id END)
		FROM identities i JOIN users u ON u.id = i.user_id
		WHERE u.disabled_at IS NULL AND u.removed_at IS NULL GROUP BY i.issuer ORDER BY i.issuer`,
		func(rows *sql.Rows, x *IssuerUse) error { return rows.Scan(&x.Issuer, &x.People, &x.NoOther) })
}

// SignInProvider is an identity provider that the business lets people sign in
// with. Its secret is in the vault.
type SignInProvider struct {
	Key      string `json:"key"`
	Name     string `json:"name"`
	Issuer   string `json:"issuer"`
	ClientID string `json:"client_id"`
}

type signInProviders struct {
	Providers []SignInProvider `json:"providers"`
}

const signInSetting = "sign_in_providers"

// SignInProviders lists them in the order in which they are offered.
func (r *Reader) SignInProviders(ctx context.Context) ([]SignInProvider, error) {
	var v signInProviders
	_, err := r.Setting(ctx, signInSetting, &v)
	return v.Providers, err
}

// SetSignInProviders replaces the list.
func (tx *Tx) SetSignInProviders(ctx context.Context, providers []SignInProvider, at int64) error {
	return tx.SetSetting(ctx, signInSetting, signInProviders{Providers: providers}, at)
}
