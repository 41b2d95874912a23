package store

import (
	"context"
	"database/sql"
)

var noticeTables = []Table{
	{Name: "notifications", Purpose: "telling colleagues", Subject: "contact_id", Rows: DeleteRow, Retain: Rule{After: "at", Days: 90}, Columns: []Columns{
		{Names: "id kind subject contact_id at read_at", Category: Plain},
		{Names: "user_id", Category: Staff, Erase: Redact},
	}},
	{Name: "note_mentions", Purpose: "telling colleagues", Subject: "note_id>notes.contact_id", Rows: DeleteRow, Retain: Rule{Keep: "parent:notes"}, Columns: []Columns{
		{Names: "note_id", Category: Plain},
		{Names: "user_id", Category: Staff, Erase: Redact},
	}},
	{Name: "calendar_feeds", Purpose: "telling colleagues", Retain: Rule{Keep: "parent:users"}, Columns: []Columns{
		{Names: "named created_at", Category: Plain},
		{Names: "user_id", Category: Staff},
		{Names: "token_hash", Category: Secret},
	}},
	{Name: "notice_choices", Purpose: "telling colleagues", Retain: Rule{Keep: "parent:users"}, Columns: []Columns{
		{Names: "reminders titled digest_hour digest_on created_at updated_at", Category: Plain},
		{Names: "user_id", Category: Staff},
	}},
}

// The kinds of notifications, and what the subject of each is.
const (
	NoticeTaskDue         = "task.due"          // the task
	NoticeTaskAssigned    = "task.assigned"     // the task
	NoticeMention         = "note.mention"      // the note
	NoticeOperation       = "operation.done"    // the operation
	NoticeContactAssigned = "contact.assigned"  // the contact
	NoticeManyAssigned    = "contacts.assigned" // the event, which says how many
	NoticeDealAssigned    = "deal.assigned"     // the deal
	NoticeDealsAssigned   = "deals.assigned"    // the event, which says how many
	NoticeLead            = "lead.done"         // the deal that was made of it
	NoticeLeadFailed      = "lead.failed"       // the lead
)

// Notification is something that a colleague should see. ContactID is the
// person it is about, where there is one; it goes with them.
type Notification struct {
	ID, UserID, Kind, Subject, ContactID string
	At, ReadAt                           int64
}

const notificationColumns = `id, user_id, kind, subject, COALESCE(contact_id, ''), at, COALESCE(read_at, 0)`

func scanNotification(row interface{ Scan(...any) error }, n *Notification) error {
	return row.Scan(&n.ID, &n.UserID, &n.Kind, &n.Subject, &n.ContactID, &n.At, &n.ReadAt)
}

// Notify tells a colleague of something. Whoever calls has looked whether they
// may know of it; it is looked at once more when it is shown.
func (tx *Tx) Notify(ctx context.Context, n Notification) error {
	_, err := tx.exec(ctx, "store.Notify", `
		INSERT INTO notifications (id, user_id, kind, subject, contact_id, at) VALUES ($1, $2, $3, $4, $5, $6)`,
		n.ID, n.UserID, n.Kind, n.Subject, nullText(n.ContactID), n.At)
	return err
}

// Notification returns one of a user's, or ErrNotFound.
func (r *Reader) Notification(ctx context.Context, userID, id string) (Notification, error) {
	return one(ctx, r, "store.Notification", `SELECT `+notificationColumns+` FROM notifications WHERE id = $1 AND user_id = $2`,
		func(row *sql.Row, n *Notification) error { return scanNotification(row, n) }, id, userID)
}

// Cursor is the place of the notification in its list.
func (n Notification) Cursor() string { return Cursor(n.At, n.ID) }

// Notifications lists a user's, the newest first.
func (r *Reader) Notifications(ctx context.Context, userID string, page Page) ([]Notification, error) {
	at, id := before(page)
	return list(ctx, r, "store.Notifications", `
		SELECT `+notificationColumns+` FROM notifications
		WHERE user_id = $1 AND at <= $2 AND (at, id) < ($2, $3) ORDER BY at DESC, id DESC`+limitTo(page.limit()),
		func(rows *sql.Rows, n *Notification) error { return scanNotification(rows, n) }, userID, at, id)
}

// HasUnread tells whether there is a notification of a kind that a user has not
// seen.
func (r *Reader) HasUnread(ctx context.Context, userID, kind string) (bool, error) {
	n, err := r.count(ctx, "store.HasUnread", `SELECT COUNT(*) FROM notifications WHERE user_id = $1 AND kind = $2 AND read_at IS NULL`, userID, kind)
	return n > 0, err
}

// ReadNotification notes that a user saw one, and tells whether that was new.
func (tx *Tx) ReadNotification(ctx context.Context, userID, id string, at int64) (bool, error) {
	n, err := tx.exec(ctx, "store.ReadNotification", `UPDATE notifications SET read_at = $3 WHERE id = $1 AND user_id = $2 AND read_at IS NULL`, id, userID, at)
	return n > 0, err
}

// ReadNotifications notes that a user saw all up to a moment, and tells how
// many of them were new.
func (tx *Tx) ReadNotifications(ctx context.Context, userID string, upTo, at int64) (int64, error) {
	return tx.exec(ctx, "store.ReadNotifications", `UPDATE notifications SET read_at = $3 WHERE user_id = $1 AND at <= $2 AND read_at IS NULL`, userID, upTo, at)
}

// NoticeChoice is what a colleague hears of by mail.
type NoticeChoice struct {
	UserID     string
	Reminders  bool
	Titled     bool // the mails say what a task is called
	Digest     bool
	DigestHour int64 // by the business's clock
	DigestOn   int64 // the last day that had one, as 20261122
	UpdatedAt  int64
}

const choiceColumns = `user_id, reminders, titled, COALESCE(digest_hour, -1), digest_on, updated_at`

func scanChoice(row interface{ Scan(...any) error }, c *NoticeChoice) error {
	err := row.Scan(&c.UserID, &c.Reminders, &c.Titled, &c.DigestHour, &c.DigestOn, &c.UpdatedAt)
	c.Digest = c.DigestHour >= 0
	c.DigestHour = max(c.DigestHour, 0)
	return err
}

// NoticeChoice returns what a user chose: reminders by mail and nothing else
// when they never did.
func (r *Reader) NoticeChoice(ctx context.Context, userID string) (NoticeChoice, error) {
	rows, err := list(ctx, r, "store.NoticeChoice", `SELECT `+choiceColumns+` FROM notice_choices WHERE user_id = $1`,
		func(rows *sql.Rows, c *NoticeChoice) error { return scanChoice(rows, c) }, userID)
	if err != nil || len(rows) == 0 {
		return NoticeChoice{UserID: userID, Reminders: true}, err
	}
	return rows[0], nil
}

// SetNoticeChoice replaces what NoticeChoice returns.
func (tx *Tx) SetNoticeChoice(ctx context.Context, c NoticeChoice, at int64) error {
	var hour any
	if c.Digest {
		hour = c.DigestHour
	}
	_, err := tx.exec(ctx, "store.SetNoticeChoice", `
		INSERT INTO notice_choices (user_id, reminders, titled, digest_hour, digest_on, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
		ON CONFLICT (user_id) DO UPDATE SET reminders = excluded.reminders, titled = excluded.titled, digest_hour = excluded.digest_hour,
			digest_on = excluded.digest_on, updated_at = excluded.updated_at`,
		c.UserID, flag(c.Reminders), flag(c.Titled), hour, c.DigestOn, at)
	return err
}

// Digests lists those who want a mail of the day at an hour that has come, and
// have had none on that day.
func (r *Reader) Digests(ctx context.Context, day, hour int64) ([]NoticeChoice, error) {
	return list(ctx, r, "store.Digests", `
		SELECT `+choiceColumns+` FROM notice_choices WHERE digest_hour IS NOT NULL AND digest_hour <= $1 AND digest_on < $2 ORDER BY user_id`,
		func(rows *sql.Rows, c *NoticeChoice) error { return scanChoice(rows, c) }, hour, day)
}

// TakeDigest notes that a user's mail of a day is written, and tells whether it
// was not before.
func (tx *Tx) TakeDigest(ctx context.Context, userID string, day int64) (bool, error) {
	n, err := tx.exec(ctx, "store.TakeDigest", `
		UPDATE notice_choices SET digest_on = $2 WHERE user_id = $1 AND digest_on < $2 AND digest_hour IS NOT NULL`, userID, day)
	return n > 0, err
}
