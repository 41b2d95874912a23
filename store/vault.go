package store

import (
	"context"
	"database/sql"
)

var vaultTables = []Table{
	{Name: "vault_keys", Purpose: "security", Retain: Rule{Keep: "head row: opens what is sealed, goes with the instance"}, Columns: []Columns{
		{Names: "id purpose version created_at retired_at", Category: Plain},
		{Names: "sealed", Category: Sealed},
	}},
	{Name: "secrets", Purpose: "running", Retain: Rule{Keep: "while connected: goes when the provider is disconnected"}, Columns: []Columns{
		{Names: "id provider name last4 created_at", Category: Plain},
		{Names: "sealed", Category: Sealed},
	}},
	{Name: "secret_uses", Purpose: "security", Retain: Rule{After: "hour_at", Days: 365}, Columns: []Columns{
		{Names: "secret_id purpose hour_at uses last_at", Category: Plain},
	}},
}

// VaultKey is a data key, sealed to the master identity.
type VaultKey struct {
	ID, Purpose string
	Version     int64
	Sealed      []byte
	CreatedAt   int64
	RetiredAt   int64 // 0: in use
}

// VaultKeys lists the data keys, the newest version of a purpose last.
func (r *Reader) VaultKeys(ctx context.Context) ([]VaultKey, error) {
	return list(ctx, r, "store.VaultKeys", `
		SELECT id, purpose, version, sealed, created_at, COALESCE(retired_at, 0) FROM vault_keys ORDER BY purpose, version`,
		func(rows *sql.Rows, k *VaultKey) error {
			return rows.Scan(&k.ID, &k.Purpose, &k.Version, &k.Sealed, &k.CreatedAt, &k.RetiredAt)
		})
}

// InsertVaultKey adds a data key.
func (tx *Tx) InsertVaultKey(ctx context.Context, k VaultKey) error {
	_, err := tx.exec(ctx, "store.InsertVaultKey", `
		INSERT INTO vault_keys (id, purpose, version, sealed, created_at) VALUES ($1, $2, $3, $4, $5)`,
		k.ID, k.Purpose, k.Version, k.Sealed, k.CreatedAt)
	return err
}

// HasCiphertext tells whether anything is stored that a data key opens, or a
// data key itself: new keys would make it unreadable for ever.
func (r *Reader) HasCiphertext(ctx context.Context) (bool, error) {
	var n int64
	err := r.q.QueryRowContext(ctx, `
		SELECT (SELECT COUNT(*) FROM vault_keys) + (SELECT COUNT(*) FROM secrets)
			+ (SELECT COUNT(*) FROM inbound_events WHERE sealed IS NOT NULL)`).Scan(&n)
	return n > 0, r.fault("store.HasCiphertext", err)
}

// Credential is a provider's secret as it is stored. Last4 tells an owner which
// one it is; it is empty for a short secret.
type Credential struct {
	ID, Provider, Name string
	Sealed             []byte
	Last4              string
	CreatedAt          int64
}

// Credential returns a provider's secret, or ErrNotFound.
func (r *Reader) Credential(ctx context.Context, provider, name string) (Credential, error) {
	return one(ctx, r, "store.Credential", `
		SELECT id, provider, name, sealed, last4, created_at FROM secrets WHERE provider = $1 AND name = $2`,
		func(row *sql.Row, c *Credential) error {
			return row.Scan(&c.ID, &c.Provider, &c.Name, &c.Sealed, &c.Last4, &c.CreatedAt)
		}, provider, name)
}

// PutCredential adds a secret, or replaces the one of the same id.
func (tx *Tx) PutCredential(ctx context.Context, c Credential) error {
	_, err := tx.exec(ctx, "store.PutCredential", `
		INSERT INTO secrets (id, provider, name, sealed, last4, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed, last4 = excluded.last4, created_at = excluded.created_at`,
		c.ID, c.Provider, c.Name, c.Sealed, c.Last4, c.CreatedAt)
	return err
}

// DeleteCredentials removes all secrets of a provider with the record of their
// uses and tells how many there were.
func (tx *Tx) DeleteCredentials(ctx context.Context, provider string) (int64, error) {
	return tx.exec(ctx, "store.DeleteCredentials", `DELETE FROM secrets WHERE provider = $1`, provider)
}

// CredentialState is what may be shown of a secret.
type CredentialState struct {
	ID, Provider, Name, Last4   string
	CreatedAt, Uses, LastUsedAt int64 // LastUsedAt 0: never
}

// CredentialStates lists the secrets of a provider and how often they were used.
func (r *Reader) CredentialStates(ctx context.Context, provider string) ([]CredentialState, error) {
	return list(ctx, r, "store.CredentialStates", `
		SELECT s.id, s.provider, s.name, s.last4, s.created_at, COALESCE(SUM(u.uses), 0), COALESCE(MAX(u.last_at), 0)
		FROM secrets s LEFT JOIN secret_uses u ON u.secret_id = s.id
		WHERE s.provider = $1 GROUP BY s.id, s.provider, s.name, s.last4, s.created_at ORDER BY s.name`,
		func(rows *sql.Rows, c *CredentialState) error {
			return rows.Scan(&c.ID, &c.Provider, &c.Name, &c.Last4, &c.CreatedAt, &c.Uses, &c.LastUsedAt)
		}, provider)
}

// SecretUse counts the uses of a secret for one purpose in one hour.
type SecretUse struct {
	SecretID, Purpose    string
	HourAt, Uses, LastAt int64
}

// AddSecretUses adds to the count of an hour. A secret that is gone meanwhile
// changes nothing.
func (tx *Tx) AddSecretUses(ctx context.Context, u SecretUse) error {
	_, err := tx.exec(ctx, "store.AddSecretUses", `
		INSERT INTO secret_uses (secret_id, purpose, hour_at, uses, last_at)
		SELECT id, CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT) FROM secrets WHERE id = $1
		ON CONFLICT (secret_id, purpose, hour_at) DO UPDATE SET
			uses = secret_uses.uses + excluded.uses,
			last_at = CASE WHEN excluded.last_at > secret_uses.last_at THEN excluded.last_at ELSE secret_uses.last_at END`,
		u.SecretID, u.Purpose, u.HourAt, u.Uses, u.LastAt)
	return err
}

// SecretUses lists at most limit counts of a secret, the latest hour first.
func (r *Reader) SecretUses(ctx context.Context, secretID string, limit int) ([]SecretUse, error) {
	return list(ctx, r, "store.SecretUses", `
		SELECT secret_id, purpose, hour_at, uses, last_at FROM secret_uses
		WHERE secret_id = $1 ORDER BY hour_at DESC, purpose LIMIT $2`,
		func(rows *sql.Rows, u *SecretUse) error {
			return rows.Scan(&u.SecretID, &u.Purpose, &u.HourAt, &u.Uses, &u.LastAt)
		}, secretID, limit)
}
