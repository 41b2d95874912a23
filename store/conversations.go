package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// inboxTables is the data map of conversations and of all that stands in them.
var inboxTables = []Table{
	{
		Name: "conversations", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
		Retain: Rule{Keep: "parent:contacts"},
		Columns: []Columns{
			{Names: "id contact_id state unread waiting_since answered_at last_at created_at", Category: Plain},
		},
	},
	callTable, messageTable, mediaTable, noteTable, decisionTable,
}

// Conversation is everything said between the business and one person. Zero
// times mean "not".
type Conversation struct {
	ID, ContactID, State                        string // State: open, done
	Unread                                      int64
	WaitingSince, AnsweredAt, LastAt, StartedAt int64
}

const conversationColumns = `v.id, v.contact_id, v.state, v.unread, COALESCE(v.waiting_since, 0),
	COALESCE(v.answered_at, 0), v.last_at, v.created_at`

func scanConversation(row interface{ Scan(...any) error }, v *Conversation, more ...any) error {
	return row.Scan(append([]any{&v.ID, &v.ContactID, &v.State, &v.Unread, &v.WaitingSince, &v.AnsweredAt, &v.LastAt, &v.StartedAt}, more...)...)
}

// Conversation returns one conversation, or ErrNotFound.
func (r *Reader) Conversation(ctx context.Context, id string) (Conversation, error) {
	var v Conversation
	err := scanConversation(r.q.QueryRowContext(ctx, `SELECT `+conversationColumns+` FROM conversations v WHERE v.id = $1`, id), &v)
	return v, r.fault("store.Conversation", err)
}

// ConversationOf returns a contact's conversation, or ErrNotFound.
func (r *Reader) ConversationOf(ctx context.Context, contactID string) (Conversation, error) {
	var v Conversation
	err := scanConversation(r.q.QueryRowContext(ctx, `SELECT `+conversationColumns+` FROM conversations v WHERE v.contact_id = $1`, contactID), &v)
	return v, r.fault("store.ConversationOf", err)
}

// EnsureConversation returns a contact's conversation and starts it, with that
// id, if there is none.
func (tx *Tx) EnsureConversation(ctx context.Context, contactID, id string, at int64) (Conversation, error) {
	_, err := tx.exec(ctx, "store.MoveConversation", `
		INSERT INTO conversations (id, contact_id, last_at, created_at) VALUES ($1, $2, $3, $3)
		ON CONFLICT (contact_id) DO NOTHING`, id, contactID, at)
	if err != nil {
		return Conversation{}, tx.fault("store.EnsureConversation", err)
	}
	return tx.ConversationOf(ctx, contactID)
}

// Move is something that happened in a conversation.
type Move struct {
	At       int64
	Unread   int64 // how many more are unread
	Waits    bool  // the person wants an answer: waiting since At unless they wait already
	Answered bool  // a person of the business answered: nobody waits any more
}

// MoveConversation notes what happened. Whatever comes from the person opens
// a conversation that was done; an older time never moves one back.
func (tx *Tx) MoveConversation(ctx context.Context, id string, m Move) error {
	_, err := tx.q.ExecContext(ctx, `
		UPDATE conversations SET
			last_at = CASE WHEN last_at < $2 THEN $2 ELSE last_at END,
			unread = unread + $3,
			state = CASE WHEN $3 > 0 OR $4 = 1 THEN 'open' ELSE state END,
			waiting_since = CASE WHEN $5 = 1 THEN NULL WHEN $4 = 1 THEN COALESCE(waiting_since, $2) ELSE waiting_since END,
			answered_at = CASE WHEN $5 = 1 THEN $2 ELSE answered_at END
		WHERE id = $1`, id, m.At, m.Unread, flag(m.Waits), flag(m.Answered))
	return err
}

// MarkRead clears what is unread.
func (tx *Tx) MarkRead(ctx context.Context, id string) error {
	_, err := tx.exec(ctx, "store.MarkRead", `UPDATE conversations SET unread = 0 WHERE id = $1 AND unread > 0`, id)
	return err
}

// SetConversationState sets open or done; one that is done waits for nothing.
func (tx *Tx) SetConversationState(ctx context.Context, id, state string) error {
	_, err := tx.exec(ctx, "store.SetConversationState", `
		UPDATE conversations SET state = $2,
			waiting_since = CASE WHEN $2 = 'done' THEN NULL ELSE waiting_since END,
			unread = CASE WHEN $2 = 'done' THEN 0 ELSE unread END
		WHERE id = $1`, id, state)
	return err
}

// UnreadConversations counts the conversations with something unread.
func (r *Reader) UnreadConversations(ctx context.Context) (n int64, err error) {
	err = r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM conversations WHERE unread > 0`).Scan(&n)
	return n, r.fault("store.UnreadConversations", err)
}

// ConversationRow is a conversation as a list shows it. What happened last is
// a message, a call or a note.
type ConversationRow struct {
	Conversation
	Name, Phone string // the phone as it is compared
	Last        string // "message", "call", "note", or empty
	Text        string // of the message or note; a call's outcome
	Direction   string
	MessageFate string // the state of the last message that we sent, if it is the last thing
}

// Cursor is the place of the row in its list.
func (c ConversationRow) Cursor() string { return Cursor(c.LastAt, c.ID) }

// The views of the inbox.
const (
	InboxOpen    = "open"
	InboxWaiting = "waiting"
	InboxFailed  = "failed"
	InboxDone    = "done"
)

var inboxFilters = map[string]string{
	InboxOpen:    `v.state = 'open'`,
	InboxWaiting: `v.waiting_since IS NOT NULL`,
	InboxDone:    `v.state = 'done'`,
	InboxFailed: `v.id IN (SELECT f.conversation_id FROM messages f
		WHERE f.state IN ('failed', 'undelivered', 'unconfirmed')
		AND NOT EXISTS (SELECT 1 FROM messages again WHERE again.retry_of = f.id))`,
}

// Conversations lists one view of the inbox, the latest first.
func (r *Reader) Conversations(ctx context.Context, _ Scope, view string, page Page) ([]ConversationRow, error) {
	filter, ok := inboxFilters[view]
	if !ok {
		return nil, fmt.Errorf("store.Conversations: no view %q", view)
	}
	at, id := before(page)
	out, err := list(ctx, r, "store.Conversations", `
		SELECT `+conversationColumns+`, c.name, COALESCE(p.match_key, '')
		FROM conversations v JOIN contacts c ON c.id = v.contact_id
		LEFT JOIN contact_phones p ON p.contact_id = v.contact_id AND p.position = 0
		WHERE `+filter+` AND (v.last_at, v.id) < ($1, $2)
		ORDER BY v.last_at DESC, v.id DESC LIMIT $3`,
		func(rows *sql.Rows, c *ConversationRow) error {
			return scanConversation(rows, &c.Conversation, &c.Name, &c.Phone)
		},
		at, id, page.limit())
	for i := range out {
		if err == nil {
			err = r.lastOf(ctx, &out[i])
		}
	}
	return out, err
}

// lastOf fills in what happened last.
func (r *Reader) lastOf(ctx context.Context, c *ConversationRow) error {
	err := r.q.QueryRowContext(ctx, `
		SELECT kind, text, direction, fate FROM (
			SELECT * FROM (SELECT created_at AS at, id, 'message' AS kind, body AS text, direction, state AS fate
				FROM messages WHERE conversation_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1) AS m
			UNION ALL
			SELECT * FROM (SELECT started_at, id, 'call', outcome, direction, ''
				FROM calls WHERE conversation_id = $1 ORDER BY started_at DESC, id DESC LIMIT 1) AS k
			UNION ALL
			SELECT * FROM (SELECT created_at, id, 'note', body, '', ''
				FROM notes WHERE conversation_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1) AS n
		) AS latest ORDER BY at DESC, id DESC LIMIT 1`, c.ID).Scan(&c.Last, &c.Text, &c.Direction, &c.MessageFate)
	if err = r.fault("store.lastOf", err); errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// flag is how a truth stands in a query.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
