package store

import (
	"context"
	"database/sql"
)

// Role is a role that the business made. Grants is JSON; access reads it.
type Role struct {
	ID, Name, NameKey, Grants     string
	Version, CreatedAt, UpdatedAt int64
}

const roleColumns = `id, name, name_key, grants, version, created_at, updated_at`

func scanRole(row interface{ Scan(...any) error }, x *Role) error {
	return row.Scan(&x.ID, &x.Name, &x.NameKey, &x.Grants, &x.Version, &x.CreatedAt, &x.UpdatedAt)
}

// Role returns one role of the business, or ErrNotFound.
func (r *Reader) Role(ctx context.Context, id string) (Role, error) {
	var x Role
	err := scanRole(r.q.QueryRowContext(ctx, `SELECT `+roleColumns+` FROM roles WHERE id = $1`, id), &x)
	return x, r.fault("store.Role", err)
}

// Roles lists the roles of the business by name.
func (r *Reader) Roles(ctx context.Context) ([]Role, error) {
	return list(ctx, r, "store.Roles", `SELECT `+roleColumns+` FROM roles ORDER BY name_key, id`,
		func(rows *sql.Rows, x *Role) error { return scanRole(rows, x) })
}

// InsertRole adds a role: ErrConflict when the name is taken.
func (tx *Tx) InsertRole(ctx context.Context, x Role) error {
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO roles (id, name, name_key, grants, version, created_at, updated_at) VALUES ($1, $2, $3, $4, 1, $5, $5)`,
		x.ID, x.Name, x.NameKey, x.Grants, x.CreatedAt)
	return tx.fault("store.InsertRole", err)
}

// UpdateRole changes name and grants, if the version is still that of x; else
// ErrNotFound. ErrConflict when the name is taken.
func (tx *Tx) UpdateRole(ctx context.Context, x Role) error {
	n, err := tx.exec(ctx, "store.UpdateRole", `
		UPDATE roles SET name = $1, name_key = $2, grants = $3, version = version + 1, updated_at = $4 WHERE id = $5 AND version = $6`,
		x.Name, x.NameKey, x.Grants, x.UpdatedAt, x.ID, x.Version)
	if err == nil && n == 0 {
		return tx.fault("store.UpdateRole", sql.ErrNoRows)
	}
	return err
}

// DeleteRole removes a role. The caller has looked that nobody has it.
func (tx *Tx) DeleteRole(ctx context.Context, id string) error {
	_, err := tx.q.ExecContext(ctx, `DELETE FROM roles WHERE id = $1`, id)
	return tx.fault("store.DeleteRole", err)
}

// Holder is somebody who has a role, or is asked to join with it.
type Holder struct {
	UserID string // empty: invited
	Name   string
}

// RoleHolders lists who has a role and whose invitation names it, also one that
// has expired: it can be renewed.
func (r *Reader) RoleHolders(ctx context.Context, id string) ([]Holder, error) {
	return list(ctx, r, "store.RoleHolders", `
		SELECT id, COALESCE(name, '') FROM users WHERE role = $1 AND removed_at IS NULL
		UNION ALL
		SELECT '', name FROM invitations WHERE role = $1 AND accepted_at IS NULL AND revoked_at IS NULL
		ORDER BY 2, 1`,
		func(rows *sql.Rows, h *Holder) error { return rows.Scan(&h.UserID, &h.Name) }, id)
}

// TeamGroup is a team within the business.
type TeamGroup struct {
	ID, Name, NameKey string
	CreatedAt         int64
}

// Teams lists the teams by name.
func (r *Reader) Teams(ctx context.Context) ([]TeamGroup, error) {
	return list(ctx, r, "store.Teams", `SELECT id, name, name_key, created_at FROM teams ORDER BY name_key, id`,
		func(rows *sql.Rows, x *TeamGroup) error { return rows.Scan(&x.ID, &x.Name, &x.NameKey, &x.CreatedAt) })
}

// Team returns one team, or ErrNotFound.
func (r *Reader) Team(ctx context.Context, id string) (TeamGroup, error) {
	var x TeamGroup
	err := r.q.QueryRowContext(ctx, `SELECT id, name, name_key, created_at FROM teams WHERE id = $1`, id).Scan(&x.ID, &x.Name, &x.NameKey, &x.CreatedAt)
	return x, r.fault("store.Team", err)
}

// InsertTeam adds a team: ErrConflict when the name is taken.
func (tx *Tx) InsertTeam(ctx context.Context, x TeamGroup) error {
	_, err := tx.q.ExecContext(ctx, `INSERT INTO teams (id, name, name_key, created_at) VALUES ($1, $2, $3, $4)`,
		x.ID, x.Name, x.NameKey, x.CreatedAt)
	return tx.fault("store.InsertTeam", err)
}

// RenameTeam changes a team's name: ErrConflict when it is taken.
func (tx *Tx) RenameTeam(ctx context.Context, id, name, key string) error {
	_, err := tx.q.ExecContext(ctx, `UPDATE teams SET name = $1, name_key = $2 WHERE id = $3`, name, key, id)
	return tx.fault("store.RenameTeam", err)
}

// DeleteTeam removes a team. Its people, and those invited to it, are in none.
func (tx *Tx) DeleteTeam(ctx context.Context, id string) error {
	for _, statement := range []string{
		`UPDATE users SET team_id = NULL WHERE team_id = $1`,
		`UPDATE invitations SET team_id = NULL WHERE team_id = $1`,
		`DELETE FROM teams WHERE id = $1`,
	} {
		if _, err := tx.q.ExecContext(ctx, statement, id); err != nil {
			return tx.fault("store.DeleteTeam", err)
		}
	}
	return nil
}

// Mates lists the users of a team, "" being one too: everybody in no team.
func (r *Reader) Mates(ctx context.Context, teamID string) ([]string, error) {
	return list(ctx, r, "store.Mates", `SELECT id FROM users WHERE COALESCE(team_id, '') = $1 ORDER BY id`, scanText, teamID)
}
