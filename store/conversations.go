package store

import (
	"context"
	"database/sql"
	"fmt"
)

// inboxTables is the data map of conversations and of all that stands in them.
var inboxTables = []Table{
	{
		Name: "conversations", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
		Retain: Rule{Keep: "parent:contacts"},
		Columns: []Columns{
			{Names: "id contact_id owner_id state unread waiting_since answered_at last_at created_at binned_from", Category: Plain},
		},
	},
	callTable, messageTable, mediaTable, noteTable, decisionTable,
}

// Conversation is everything said between the business and one person. Zero
// times mean "not".
type Conversation struct {
	ID, ContactID, State                        string // State: open, done
	OwnerID                                     string // the user who answers it; empty: nobody
	Unread                                      int64
	WaitingSince, AnsweredAt, LastAt, StartedAt int64
}

const conversationColumns = `v.id, v.contact_id, v.state, v.unread, COALESCE(v.waiting_since, 0),
	COALESCE(v.answered_at, 0), COALESCE(v.owner_id, ''), v.last_at, v.created_at`

func scanConversation(row interface{ Scan(...any) error }, v *Conversation, more ...any) error {
	return row.Scan(append([]any{&v.ID, &v.ContactID, &v.State, &v.Unread, &v.WaitingSince, &v.AnsweredAt, &v.OwnerID, &v.LastAt, &v.StartedAt}, more...)...)
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
// id, if there is none. Whoever looks after the contact then answers it.
func (tx *Tx) EnsureConversation(ctx context.Context, contactID, id string, at int64) (Conversation, error) {
	_, err := tx.exec(ctx, "store.MoveConversation", `
		INSERT INTO conversations (id, contact_id, owner_id, last_at, created_at)
		VALUES ($1, $2, (SELECT owner_id FROM contacts WHERE id = $2), $3, $3)
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
		WHERE id = $1 AND state <> 'binned'`, id, state)
	return err
}

// UnreadConversations counts the conversations of a scope with something unread.
func (r *Reader) UnreadConversations(ctx context.Context, scope Scope) (n int64, err error) {
	of, args := scope.and("owner_id", nil)
	err = r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM conversations WHERE unread > 0`+of, args...).Scan(&n)
	return n, r.fault("store.UnreadConversations", err)
}

// AssignConversation says who answers a conversation; empty: nobody.
func (tx *Tx) AssignConversation(ctx context.Context, id, userID string) error {
	_, err := tx.exec(ctx, "store.AssignConversation", `UPDATE conversations SET owner_id = $1 WHERE id = $2`, nullText(userID), id)
	return err
}

// HandOn gives a contact's conversation and open tasks to a user, or to nobody,
// where they are in a scope.
func (tx *Tx) HandOn(ctx context.Context, contactID, to string, threads, tasks Scope) error {
	for _, of := range []struct {
		statement string
		scope     Scope
	}{
		{`UPDATE conversations SET owner_id = $1 WHERE contact_id = $2`, threads},
		{`UPDATE tasks SET owner_id = $1 WHERE contact_id = $2 AND done_at IS NULL AND deleted_at IS NULL`, tasks},
	} {
		in, args := of.scope.and("owner_id", []any{nullText(to), contactID})
		if _, err := tx.exec(ctx, "store.HandOn", of.statement+in, args...); err != nil {
			return err
		}
	}
	return nil
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
	InboxFailed: `v.state <> 'binned' AND v.id IN (SELECT f.conversation_id FROM messages f
		WHERE f.state IN ('failed', 'undelivered', 'unconfirmed')
		AND NOT EXISTS (SELECT 1 FROM messages again WHERE again.retry_of = f.id))`,
}

// Conversations lists what one view of the inbox holds of a scope, the latest first.
func (r *Reader) Conversations(ctx context.Context, scope Scope, view string, page Page) ([]ConversationRow, error) {
	filter, ok := inboxFilters[view]
	if !ok {
		return nil, fmt.Errorf("store.Conversations: no view %q", view)
	}
	at, id := before(page)
	of, args := scope.and("v.owner_id", []any{at, id})
	out, err := list(ctx, r, "store.Conversations", `
		SELECT `+conversationColumns+`, c.name, COALESCE(p.match_key, '')
		FROM conversations v JOIN contacts c ON c.id = v.contact_id
		LEFT JOIN contact_phones p ON p.contact_id = v.contact_id AND p.position = 0
		WHERE `+filter+` AND (v.last_at, v.id) < ($1, $2)`+of+`
		ORDER BY v.last_at DESC, v.id DESC`+limitTo(page.limit()),
		func(rows *sql.Rows, c *ConversationRow) error {
			return scanConversation(rows, &c.Conversation, &c.Name, &c.Phone)
		},
		args...)
	if err != nil {
		return nil, err
	}
	return out, r.lastOf(ctx, out)
}

// lastOf fills in what happened last, with three queries for the whole page.
func (r *Reader) lastOf(ctx context.Context, page []ConversationRow) error {
	if len(page) == 0 {
		return nil
	}
	ids, at := make([]string, len(page)), make(map[string]int, len(page))
	for i := range page {
		ids[i], at[page[i].ID] = page[i].ID, i
	}
	marks, args := inList(ids)
	newest := make([]int64, len(page))
	for _, part := range lastParts {
		found, err := list(ctx, r, "store.lastOf", part.query+marks+`)`, func(rows *sql.Rows, l *lastThing) error {
			return rows.Scan(&l.conversation, &l.at, &l.text, &l.direction, &l.fate)
		}, args...)
		if err != nil {
			return err
		}
		for _, l := range found {
			i := at[l.conversation]
			if l.at >= newest[i] {
				c := &page[i]
				newest[i], c.Last, c.Text, c.Direction, c.MessageFate = l.at, part.kind, l.text, l.direction, l.fate
			}
		}
	}
	return nil
}

type lastThing struct {
	conversation          string
	at                    int64
	text, direction, fate string
}

// lastParts end where the list of conversations begins.
var lastParts = []struct{ kind, query string }{
	{"call", `
		SELECT k.conversation_id, k.started_at, k.outcome, k.direction, '' FROM conversations v JOIN calls k ON k.id =
			(SELECT x.id FROM calls x WHERE x.conversation_id = v.id ORDER BY x.started_at DESC, x.id DESC LIMIT 1)
		WHERE v.id IN (`},
	{"note", `
		SELECT n.conversation_id, n.created_at, n.body, '', '' FROM conversations v JOIN notes n ON n.id =
			(SELECT x.id FROM notes x WHERE x.conversation_id = v.id AND x.deleted_at IS NULL ORDER BY x.created_at DESC, x.id DESC LIMIT 1)
		WHERE v.id IN (`},
	{"message", `
		SELECT m.conversation_id, m.created_at, m.body, m.direction, m.state FROM conversations v JOIN messages m ON m.id =
			(SELECT x.id FROM messages x WHERE x.conversation_id = v.id ORDER BY x.created_at DESC, x.id DESC LIMIT 1)
		WHERE v.id IN (`},
}

// flag is how a truth stands in a query.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
