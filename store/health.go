package store

import (
	"context"
	"io/fs"
)

// Schema tells which version the database's schema has, and which this program
// brings. After a start they are the same.
func (s *Store) Schema(ctx context.Context) (at, ours int64, err error) {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return 0, 0, err
	}
	return s.versions(ctx, engineFiles{FS: sub, engine: s.eng.name()})
}

// MailHealth is what became of mail since a moment.
type MailHealth struct {
	Sent, Failed, Waiting int64
	LastError             string // code of the newest failure
}

// MailHealth counts the mails since a moment, and those that wait. What was
// replaced, unwanted or about nothing any more did not fail.
func (r *Reader) MailHealth(ctx context.Context, since int64) (MailHealth, error) {
	var h MailHealth
	err := r.q.QueryRowContext(ctx, `
		SELECT COALESCE(SUM(CASE WHEN state = 'sent' THEN 1 ELSE 0 END), 0),
			COALESCE(SUM(CASE WHEN (state = 'failed' OR state = 'refused' AND error_code = 'no_mail') THEN 1 ELSE 0 END), 0),
			COALESCE(SUM(CASE WHEN state IN ('queued', 'sending', 'unconfirmed') THEN 1 ELSE 0 END), 0),
			COALESCE((SELECT error_code FROM mails WHERE created_at >= $1 AND (state = 'failed' OR state = 'refused' AND error_code = 'no_mail') ORDER BY updated_at DESC LIMIT 1), '')
		FROM mails WHERE created_at >= $1`, since).Scan(&h.Sent, &h.Failed, &h.Waiting, &h.LastError)
	return h, r.fault("store.MailHealth", err)
}

// OwnersWithoutFactor counts the owners who may sign in with a password, and those whose
// password alone is enough.
func (r *Reader) OwnersWithoutFactor(ctx context.Context) (owners, bare int64, err error) {
	err = r.q.QueryRowContext(ctx, `
		SELECT COUNT(*), COUNT(*) - COUNT(f.user_id) FROM users u LEFT JOIN second_factors f ON f.user_id = u.id
		WHERE u.role = 'owner' AND u.disabled_at IS NULL AND u.removed_at IS NULL AND u.password_hash <> ''`).Scan(&owners, &bare)
	return owners, bare, r.fault("store.OwnersWithoutFactor", err)
}
