package store

import (
	"context"
	"database/sql"
)

// mailers are the providers that mail may go through: they are told the name
// and the address of whom it is for.
var mailers = []string{"smtp", "resend"}

// MailSettings is how mail leaves; the zero value: it does not. Its secret is
// in the vault.
type MailSettings struct {
	Provider string `json:"provider"`
	Host     string `json:"host,omitempty"`
	Port     int    `json:"port,omitempty"`
	User     string `json:"user,omitempty"`
	FromName string `json:"from_name"`
	From     string `json:"from"` // address
}

// MailSettings returns the setting, or the zero value.
func (r *Reader) MailSettings(ctx context.Context) (MailSettings, error) {
	var v MailSettings
	_, err := r.Setting(ctx, "mail", &v)
	return v, err
}

// SetMailSettings replaces what MailSettings returns.
func (tx *Tx) SetMailSettings(ctx context.Context, v MailSettings, at int64) error {
	return tx.SetSetting(ctx, "mail", v, at)
}

// The states of a mail, beside those that it shares with a message: queued,
// sending, sent, failed, refused, unconfirmed.
const (
	MailQueued      = "queued"
	MailSending     = "sending"
	MailSent        = "sent"
	MailFailed      = "failed"
	MailRefused     = "refused"
	MailUnconfirmed = "unconfirmed"
)

// Mail is one mail to somebody of the business, to whom is invited, or to whoever
// is asked to confirm what they wrote into a form. What it says is not kept.
type Mail struct {
	ID, Template, Class  string
	UserID, InvitationID string // one of them,
	LeadID               string // or this
	SubjectID, Actor     string // what it tells of, and who did that
	Address              string // of somebody whose account is gone
	State, ErrorCode     string
	Provider             string
	Attempts             int64
	CreatedAt, SentAt    int64 // SentAt 0: not
	UpdatedAt            int64
}

const mailColumns = `id, template, class, COALESCE(user_id, ''), COALESCE(invitation_id, ''), COALESCE(lead_id, ''), subject_id, actor, address,
	state, error_code, provider, attempts, created_at, COALESCE(sent_at, 0), updated_at`

func scanMail(row interface{ Scan(...any) error }, m *Mail) error {
	return row.Scan(&m.ID, &m.Template, &m.Class, &m.UserID, &m.InvitationID, &m.LeadID, &m.SubjectID, &m.Actor, &m.Address,
		&m.State, &m.ErrorCode, &m.Provider, &m.Attempts, &m.CreatedAt, &m.SentAt, &m.UpdatedAt)
}

// Mail returns one mail, or ErrNotFound.
func (r *Reader) Mail(ctx context.Context, id string) (Mail, error) {
	return one(ctx, r, "store.Mail", `SELECT `+mailColumns+` FROM mails WHERE id = $1`,
		func(row *sql.Row, m *Mail) error { return scanMail(row, m) }, id)
}

// RecentMails lists at most limit mails, the newest first.
func (r *Reader) RecentMails(ctx context.Context, limit int) ([]Mail, error) {
	return list(ctx, r, "store.RecentMails", `SELECT `+mailColumns+` FROM mails ORDER BY created_at DESC, id DESC LIMIT $1`,
		func(rows *sql.Rows, m *Mail) error { return scanMail(rows, m) }, limit)
}

// MailsIn lists at most limit mails of a state on their way, the oldest first:
// queued, sending or unconfirmed.
func (r *Reader) MailsIn(ctx context.Context, state string, limit int) ([]Mail, error) {
	return list(ctx, r, "store.MailsIn", `
		SELECT `+mailColumns+` FROM mails
		WHERE state = $1 AND state IN ('queued', 'sending', 'unconfirmed') ORDER BY created_at, id LIMIT $2`,
		func(rows *sql.Rows, m *Mail) error { return scanMail(rows, m) }, state, limit)
}

// InsertMail adds a mail that is to be sent, or that is not.
func (tx *Tx) InsertMail(ctx context.Context, m Mail) error {
	_, err := tx.exec(ctx, "store.InsertMail", `
		INSERT INTO mails (id, template, class, user_id, invitation_id, lead_id, subject_id, actor, address, state, error_code, provider, attempts, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)`,
		m.ID, m.Template, m.Class, nullText(m.UserID), nullText(m.InvitationID), nullText(m.LeadID), m.SubjectID, m.Actor, m.Address,
		m.State, m.ErrorCode, m.Provider, m.Attempts, m.CreatedAt)
	return err
}

// Lead is where a mail about a person leads: to them, and to a record of theirs.
type Lead struct{ ContactID, RecordID string }

// LeadMail notes whom a mail leads to. The row goes with the person, so no id of
// theirs belongs in the mail's own.
func (tx *Tx) LeadMail(ctx context.Context, id string, to Lead, at int64) error {
	_, err := tx.exec(ctx, "store.LeadMail", `INSERT INTO mail_contacts (mail_id, contact_id, record_id, created_at) VALUES ($1, $2, $3, $4)`,
		id, to.ContactID, to.RecordID, at)
	return err
}

// MailLeadsTo returns the person that a mail leads to: ErrNotFound
// when it leads to nobody, or to nobody any more.
func (r *Reader) MailLeadsTo(ctx context.Context, id string) (Lead, error) {
	return one(ctx, r, "store.MailLeadsTo", `SELECT contact_id, record_id FROM mail_contacts WHERE mail_id = $1`,
		func(row *sql.Row, l *Lead) error { return row.Scan(&l.ContactID, &l.RecordID) }, id)
}

// TakeMail marks a queued mail as sending, unless its person does not want its
// class at this very moment; it tells whether it did.
func (tx *Tx) TakeMail(ctx context.Context, id, provider string, at int64) (bool, error) {
	n, err := tx.exec(ctx, "store.TakeMail", `
		UPDATE mails SET state = 'sending', provider = $2, attempts = attempts + 1, error_code = '', updated_at = $3
		WHERE id = $1 AND state = 'queued'
		AND NOT EXISTS (SELECT 1 FROM mail_refusals f WHERE f.user_id = mails.user_id AND f.class = mails.class)`, id, provider, at)
	return n > 0, err
}

// TurnMail changes a mail that is in state t.From and tells whether it was. An
// address that stood with it goes as soon as it is on its way no more.
func (tx *Tx) TurnMail(ctx context.Context, id string, t Turn) (bool, error) {
	n, err := tx.exec(ctx, "store.TurnMail", `
		UPDATE mails SET state = $3, error_code = $4, updated_at = $5,
			address = CASE WHEN $3 IN ('queued', 'sending') THEN address ELSE '' END
		WHERE id = $1 AND state = $2`, id, t.From, t.To, t.ErrorCode, t.At)
	return n > 0, err
}

// SentMail notes that a mail was taken, with the provider's id, and tells
// whether it was waiting for that.
func (tx *Tx) SentMail(ctx context.Context, id, ref string, at int64) (bool, error) {
	n, err := tx.exec(ctx, "store.SentMail", `
		UPDATE mails SET state = 'sent', provider_ref = $2, error_code = '', address = '', sent_at = $3, updated_at = $3
		WHERE id = $1 AND state IN ('sending', 'unconfirmed')`, id, ref, at)
	return n > 0, err
}

// SupersedeMails refuses what waits of a template for the same person or
// invitation: a newer one takes its place.
func (tx *Tx) SupersedeMails(ctx context.Context, m Mail) error {
	_, err := tx.exec(ctx, "store.SupersedeMails", `
		UPDATE mails SET state = 'refused', error_code = 'superseded', address = '', updated_at = $4
		WHERE state = 'queued' AND template = $1 AND COALESCE(user_id, '') = $2 AND COALESCE(invitation_id, '') = $3 AND COALESCE(lead_id, '') = $5`,
		m.Template, m.UserID, m.InvitationID, m.CreatedAt, m.LeadID)
	return err
}

// RefusesMail tells whether a user does not want mail of a class.
func (r *Reader) RefusesMail(ctx context.Context, userID, class string) (bool, error) {
	var n int64
	err := r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM mail_refusals WHERE user_id = $1 AND class = $2`, userID, class).Scan(&n)
	return n > 0, r.fault("store.RefusesMail", err)
}

// SetMailRefusal notes whether a user wants mail of a class, and tells whether
// that was new.
func (tx *Tx) SetMailRefusal(ctx context.Context, userID, class string, refuses bool, at int64) (bool, error) {
	if !refuses {
		n, err := tx.exec(ctx, "store.SetMailRefusal", `DELETE FROM mail_refusals WHERE user_id = $1 AND class = $2`, userID, class)
		return n > 0, err
	}
	n, err := tx.exec(ctx, "store.SetMailRefusal", `
		INSERT INTO mail_refusals (user_id, class, created_at) VALUES ($1, $2, $3) ON CONFLICT (user_id, class) DO NOTHING`, userID, class, at)
	return n > 0, err
}

// Owners lists the owners who may sign in, oldest first.
func (r *Reader) Owners(ctx context.Context) ([]User, error) {
	return list(ctx, r, "store.Owners", `
		SELECT `+userColumns+` FROM users u
		WHERE u.role = 'owner' AND u.disabled_at IS NULL AND u.removed_at IS NULL ORDER BY u.created_at, u.id`,
		func(rows *sql.Rows, u *User) error { return scanUser(rows, u) })
}
