package store

import (
	"context"
	"database/sql"
)

// Member is a user as the list of the team shows them.
type Member struct {
	User
	Team         string // name of theirs; empty: none
	LastSeenAt   int64  // 0: not within what is kept
	SecondFactor bool
}

// Members lists who is of the business, oldest first.
func (r *Reader) Members(ctx context.Context) ([]Member, error) {
	return list(ctx, r, "store.Members", `
		SELECT `+userColumns+`, COALESCE(t.name, ''),
			COALESCE((SELECT MAX(s.last_seen_at) FROM sessions s WHERE s.user_id = u.id), 0),
			COALESCE((SELECT MAX(i.at) FROM sign_ins i WHERE i.user_id = u.id AND i.outcome = 'ok'), 0),
			(SELECT COUNT(*) FROM second_factors f WHERE f.user_id = u.id)
		FROM users u LEFT JOIN teams t ON t.id = u.team_id
		WHERE u.removed_at IS NULL ORDER BY u.created_at, u.id`,
		func(rows *sql.Rows, m *Member) error {
			var signedIn, factors int64
			err := scanUser(rows, &m.User, &m.Team, &m.LastSeenAt, &signedIn, &factors)
			m.LastSeenAt, m.SecondFactor = max(m.LastSeenAt, signedIn), factors > 0
			return err
		})
}

// OtherOwners counts the owners who can sign in, by a password or an account
// elsewhere, but for one user: where there is none, that one must stay.
func (r *Reader) OtherOwners(ctx context.Context, but string) (n int64, err error) {
	err = r.q.QueryRowContext(ctx, `
		SELECT COUNT(*) FROM users u WHERE u.role = 'owner' AND u.disabled_at IS NULL AND u.removed_at IS NULL AND u.id <> $1
			AND (u.password_hash <> '' OR EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id))`, but).Scan(&n)
	return n, r.fault("store.OtherOwners", err)
}

// SetPlace changes a user's role and team.
func (tx *Tx) SetPlace(ctx context.Context, id, role, teamID string, at int64) error {
	_, err := tx.exec(ctx, "store.SetPlace", `
		UPDATE users SET role = $1, team_id = $2, updated_at = $3, version = version + 1 WHERE id = $4 AND removed_at IS NULL`,
		role, nullText(teamID), at, id)
	return err
}

// EnableUser lets a user sign in again. The sessions that were ended stay so.
func (tx *Tx) EnableUser(ctx context.Context, id string, at int64) error {
	_, err := tx.exec(ctx, "store.EnableUser", `
		UPDATE users SET disabled_at = NULL, updated_at = $1, version = version + 1 WHERE id = $2 AND removed_at IS NULL`, at, id)
	return err
}

// Work counts what a user looks after.
type Work struct{ Contacts, Deals, Conversations, Tasks int64 }

// WorkOf counts what a user looks after: tasks that are done do not count.
func (r *Reader) WorkOf(ctx context.Context, id string) (w Work, err error) {
	err = r.q.QueryRowContext(ctx, `
		SELECT (SELECT COUNT(*) FROM contacts WHERE owner_id = $1),
			(SELECT COUNT(*) FROM deals WHERE owner_id = $1),
			(SELECT COUNT(*) FROM conversations WHERE owner_id = $1),
			(SELECT COUNT(*) FROM tasks WHERE owner_id = $1 AND done_at IS NULL AND deleted_at IS NULL)`, id).Scan(&w.Contacts, &w.Deals, &w.Conversations, &w.Tasks)
	return w, r.fault("store.WorkOf", err)
}

// Heirs says who gets each kind of a user's work; empty: nobody.
type Heirs struct{ Contacts, Deals, Conversations, Tasks string }

// HandOver gives a user's work to others, all of it at once. Leads go to them no
// more: see leaveSources.
func (tx *Tx) HandOver(ctx context.Context, id string, to Heirs, at int64) error {
	_, err := tx.exec(ctx, "store.HandOver", `
		UPDATE contacts SET owner_id = $1, updated_at = $2, version = version + 1 WHERE owner_id = $3`, nullText(to.Contacts), at, id)
	if err == nil {
		_, err = tx.exec(ctx, "store.HandOver", `UPDATE conversations SET owner_id = $1 WHERE owner_id = $2`, nullText(to.Conversations), id)
	}
	if err == nil {
		_, err = tx.exec(ctx, "store.HandOver", `UPDATE tasks SET owner_id = $1 WHERE owner_id = $2 AND done_at IS NULL`, nullText(to.Tasks), id)
	}
	if err == nil {
		err = tx.handDeals(ctx, id, to.Deals, at)
	}
	if err == nil {
		err = tx.leaveSources(ctx, id, to.Deals, at)
	}
	return err
}

// ownedByUsers are the tables whose rows open the way in for a user, or are of no
// use without them.
var ownedByUsers = []string{
	"sessions", "remembered", "second_factors", "recovery_codes", "identities", "password_resets", "challenges", "mail_refusals",
	"calendar_feeds", "notice_choices", "notifications", "lead_turns",
}

// RemoveUser takes everything from a user that opens a way in, and the address,
// also where it stands as that of somebody invited.
// The name stays beside what they did until retention clears it, or is cleared
// at once. What they looked after is handed over before: see HandOver.
func (tx *Tx) RemoveUser(ctx context.Context, id string, forget bool, at int64) error {
	_, err := tx.exec(ctx, "store.RemoveUser", `
		DELETE FROM invitations WHERE email_key = (SELECT u.email_key FROM users u WHERE u.id = $1)`, id)
	if err != nil {
		return err
	}
	for _, table := range ownedByUsers {
		if _, err := tx.exec(ctx, "store.RemoveUser", `DELETE FROM `+table+` WHERE user_id = $1`, id); err != nil {
			return err
		}
	}
	if err := tx.LeaveViews(ctx, id); err != nil {
		return err
	}
	_, err = tx.exec(ctx, "store.RemoveUser", `
		UPDATE users SET removed_at = $1, disabled_at = COALESCE(disabled_at, $1), name = CASE WHEN $2 = 1 THEN NULL ELSE name END,
			email = NULL, email_key = NULL, password_hash = '', role = '', team_id = NULL,
			epoch = epoch + 1, updated_at = $1, version = version + 1
		WHERE id = $3 AND removed_at IS NULL`, at, flag(forget), id)
	return err
}
