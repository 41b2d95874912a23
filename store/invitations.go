package store

import (
	"context"
	"database/sql"
)

// Invitation asks somebody to join. Of its link only the hash is kept.
type Invitation struct {
	ID, Name, Email, EmailKey        string
	Role, TeamID, InvitedBy          string
	TokenHash                        string // of the newest link; empty: none works
	CreatedAt, ExpiresAt, AcceptedAt int64
	RevokedAt                        int64
}

// Open tells whether the invitation can be accepted at a moment. One that was
// made in the future was made by a clock that went wrong.
func (i Invitation) Open(at int64) bool {
	return i.AcceptedAt == 0 && i.RevokedAt == 0 && i.CreatedAt <= at && at < i.ExpiresAt
}

const invitationColumns = `id, name, email, email_key, role, COALESCE(team_id, ''), invited_by, COALESCE(token_hash, ''),
	created_at, expires_at, COALESCE(accepted_at, 0), COALESCE(revoked_at, 0)`

func scanInvitation(row interface{ Scan(...any) error }, i *Invitation) error {
	return row.Scan(&i.ID, &i.Name, &i.Email, &i.EmailKey, &i.Role, &i.TeamID, &i.InvitedBy, &i.TokenHash,
		&i.CreatedAt, &i.ExpiresAt, &i.AcceptedAt, &i.RevokedAt)
}

// Invitation returns one invitation, or ErrNotFound.
func (r *Reader) Invitation(ctx context.Context, id string) (Invitation, error) {
	var i Invitation
	err := scanInvitation(r.q.QueryRowContext(ctx, `SELECT `+invitationColumns+` FROM invitations WHERE id = $1`, id), &i)
	return i, r.fault("store.Invitation", err)
}

// InvitationByToken returns the invitation whose newest link has this hash, or
// ErrNotFound. The caller looks whether it is open.
func (r *Reader) InvitationByToken(ctx context.Context, hash string) (Invitation, error) {
	var i Invitation
	err := scanInvitation(r.q.QueryRowContext(ctx, `SELECT `+invitationColumns+` FROM invitations WHERE token_hash = $1`, hash), &i)
	return i, r.fault("store.InvitationByToken", err)
}

// WaitingInvitations lists those that were neither accepted nor revoked, the
// newest first; some may have expired.
func (r *Reader) WaitingInvitations(ctx context.Context) ([]Invitation, error) {
	return list(ctx, r, "store.WaitingInvitations", `
		SELECT `+invitationColumns+` FROM invitations
		WHERE accepted_at IS NULL AND revoked_at IS NULL ORDER BY created_at DESC, id DESC`,
		func(rows *sql.Rows, i *Invitation) error { return scanInvitation(rows, i) })
}

// InsertInvitation adds an invitation in the place of every open one to the
// same address.
func (tx *Tx) InsertInvitation(ctx context.Context, i Invitation) error {
	_, err := tx.exec(ctx, "store.InsertInvitation", `
		UPDATE invitations SET revoked_at = $1, token_hash = NULL
		WHERE email_key = $2 AND accepted_at IS NULL AND revoked_at IS NULL`, i.CreatedAt, i.EmailKey)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "store.InsertInvitation", `
		INSERT INTO invitations (id, name, email, email_key, role, team_id, invited_by, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		i.ID, i.Name, i.Email, i.EmailKey, i.Role, nullText(i.TeamID), i.InvitedBy, i.CreatedAt, i.ExpiresAt)
	return err
}

// LinkInvitation puts a link in the place of any earlier one: ErrConflict when
// the invitation was accepted or revoked.
func (tx *Tx) LinkInvitation(ctx context.Context, id, hash string) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE invitations SET token_hash = $1 WHERE id = $2 AND accepted_at IS NULL AND revoked_at IS NULL`, hash, id)
	return tx.changed("store.LinkInvitation", result, err)
}

// RenewInvitation gives an invitation more time and makes its link worthless. It
// is from then on of whoever renewed it: ErrConflict when it was accepted or revoked.
func (tx *Tx) RenewInvitation(ctx context.Context, id, by string, expires int64) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE invitations SET token_hash = NULL, expires_at = $1, invited_by = $2
		WHERE id = $3 AND accepted_at IS NULL AND revoked_at IS NULL`, expires, by, id)
	return tx.changed("store.RenewInvitation", result, err)
}

// AcceptInvitation uses an invitation up by the link with this hash, once:
// ErrConflict for everybody after the first.
func (tx *Tx) AcceptInvitation(ctx context.Context, id, hash string, at int64) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE invitations SET accepted_at = $1, token_hash = NULL
		WHERE id = $2 AND token_hash = $3 AND accepted_at IS NULL AND revoked_at IS NULL`, at, id, hash)
	return tx.changed("store.AcceptInvitation", result, err)
}

// RevokeInvitation makes an invitation worthless: ErrConflict when it was
// accepted or revoked already.
func (tx *Tx) RevokeInvitation(ctx context.Context, id string, at int64) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE invitations SET revoked_at = $1, token_hash = NULL WHERE id = $2 AND accepted_at IS NULL AND revoked_at IS NULL`, at, id)
	return tx.changed("store.RevokeInvitation", result, err)
}

// RevokeInvitationsBy makes every open invitation of a user worthless.
func (tx *Tx) RevokeInvitationsBy(ctx context.Context, userID string, at int64) error {
	_, err := tx.exec(ctx, "store.RevokeInvitationsBy", `
		UPDATE invitations SET revoked_at = $1, token_hash = NULL WHERE invited_by = $2 AND accepted_at IS NULL AND revoked_at IS NULL`, at, userID)
	return err
}
