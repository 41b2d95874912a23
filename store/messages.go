package store

import (
	"context"
	"database/sql"
)

var messageTable = Table{
	Name: "messages", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
	Retain: Rule{Keep: "parent:contacts"},
	Columns: []Columns{
		{Names: "id contact_id conversation_id channel direction class state state_rank error_code gate provider retry_of call_id segments media created_at sent_at updated_at", Category: Plain},
		{Names: "provider_ref form_key", Category: Plain, Access: Withhold("a key that means nothing outside")},
		{Names: "body", Category: Content, Erase: Redact, Shared: []string{"twilio"}},
		{Names: "peer", Category: "phone", Erase: Redact, Shared: []string{"twilio"}},
		{Names: "line", Category: Plain, Shared: []string{"twilio"}},
		{Names: "author", Category: Staff, Erase: Null},
	},
}

var mediaTable = Table{
	Name: "message_media", Purpose: "dealing with customers", Subject: "message_id>messages.contact_id", Rows: DeleteRow,
	Retain: Rule{Keep: "parent:messages"},
	Columns: []Columns{
		{Names: "message_id position content_type", Category: Plain},
		{Names: "provider_url", Category: Content, Erase: Redact},
	},
}

// The states of a message. One that the provider has taken is sent; what
// becomes of it then is told by callbacks.
const (
	MessageReceived    = "received"
	MessageQueued      = "queued"
	MessageSending     = "sending"
	MessageUnconfirmed = "unconfirmed"
	MessageRefused     = "refused"
	MessageSent        = "sent"
	MessageUndelivered = "undelivered"
	MessageFailed      = "failed"
	MessageDelivered   = "delivered"
	MessageRead        = "read"
)

// Message is a text in or out. Empty strings and zero times mean "none".
type Message struct {
	ID, ContactID, ConversationID string
	Channel, Direction, Class     string
	Body, Line, Peer              string
	State                         string
	Rank                          int64 // the provider's last word, never lowered
	ErrorCode, Gate               string
	Provider, ProviderRef         string
	RetryOf, CallID, FormKey      string
	Author                        string // user id; empty: the system
	Segments, Media               int64
	CreatedAt, SentAt, UpdatedAt  int64
}

const messageColumns = `id, contact_id, conversation_id, channel, direction, class, body, line, peer, state, state_rank,
	error_code, gate, provider, COALESCE(provider_ref, ''), COALESCE(retry_of, ''), COALESCE(call_id, ''),
	COALESCE(form_key, ''), COALESCE(author, ''), segments, media, created_at, COALESCE(sent_at, 0), updated_at`

func scanMessage(row interface{ Scan(...any) error }, m *Message) error {
	return row.Scan(&m.ID, &m.ContactID, &m.ConversationID, &m.Channel, &m.Direction, &m.Class, &m.Body, &m.Line, &m.Peer,
		&m.State, &m.Rank, &m.ErrorCode, &m.Gate, &m.Provider, &m.ProviderRef, &m.RetryOf, &m.CallID,
		&m.FormKey, &m.Author, &m.Segments, &m.Media, &m.CreatedAt, &m.SentAt, &m.UpdatedAt)
}

func (r *Reader) message(ctx context.Context, op, where string, args ...any) (Message, error) {
	var m Message
	err := scanMessage(r.q.QueryRowContext(ctx, `SELECT `+messageColumns+` FROM messages WHERE `+where, args...), &m)
	return m, r.fault(op, err)
}

// Message returns one message, or ErrNotFound.
func (r *Reader) Message(ctx context.Context, id string) (Message, error) {
	return r.message(ctx, "store.Message", `id = $1`, id)
}

// MessageByRef returns the message that a provider knows by ref, or ErrNotFound.
func (r *Reader) MessageByRef(ctx context.Context, provider, ref string) (Message, error) {
	return r.message(ctx, "store.MessageByRef", `provider = $1 AND provider_ref = $2`, provider, ref)
}

// MessageByForm returns the message that a form made, or ErrNotFound.
func (r *Reader) MessageByForm(ctx context.Context, formKey string) (Message, error) {
	return r.message(ctx, "store.MessageByForm", `form_key = $1`, formKey)
}

// AwaitsRef tells whether a provider may still have a text of ours to a number
// whose id we do not know: one that is just being sent, or was lost sight of.
func (r *Reader) AwaitsRef(ctx context.Context, provider, peer string) (bool, error) {
	var n int64
	err := r.q.QueryRowContext(ctx, `
		SELECT COUNT(*) FROM messages WHERE state IN ('queued', 'sending', 'unconfirmed') AND state <> 'queued'
		AND provider = $1 AND ($2 = '' OR peer = $2)`, provider, peer).Scan(&n)
	return n > 0, r.fault("store.AwaitsRef", err)
}

// LastText returns the last message in a direction ("in", "out") of a
// conversation, or ErrNotFound.
func (r *Reader) LastText(ctx context.Context, conversationID, direction string) (Message, error) {
	return r.message(ctx, "store.LastText",
		`conversation_id = $1 AND direction = $2 ORDER BY created_at DESC, id DESC LIMIT 1`, conversationID, direction)
}

// RetriedBy returns the newest message that repeats another, or ErrNotFound.
func (r *Reader) RetriedBy(ctx context.Context, id string) (Message, error) {
	return r.message(ctx, "store.RetriedBy", `retry_of = $1 ORDER BY created_at DESC, id DESC LIMIT 1`, id)
}

// Earlier bounds a look at texts to those before the one at At with that id,
// and leaves one out.
type Earlier struct {
	At         int64
	ID, Except string
}

// LastAutoText tells when the system last texted a contact of its own accord
// since a time and did not refuse itself; 0 if it did not. With a kind only
// texts whose form key begins with it count.
func (r *Reader) LastAutoText(ctx context.Context, contactID, kind string, since int64, e Earlier) (at int64, err error) {
	err = r.q.QueryRowContext(ctx, `
		SELECT COALESCE(MAX(created_at), 0) FROM messages
		WHERE contact_id = $1 AND direction = 'out' AND author IS NULL AND state <> 'refused' AND created_at > $2
		AND (created_at < $3 OR created_at = $3 AND id < $4) AND id <> $5
		AND COALESCE(form_key, '') LIKE $6`, contactID, since, e.At, e.ID, e.Except, kind+"%").Scan(&at)
	return at, r.fault("store.LastAutoText", err)
}

// AutoTextsSince counts the texts that the system sent of its own accord.
func (r *Reader) AutoTextsSince(ctx context.Context, since int64, e Earlier) (n int, err error) {
	err = r.q.QueryRowContext(ctx, `
		SELECT COUNT(*) FROM messages
		WHERE author IS NULL AND direction = 'out' AND state <> 'refused' AND created_at >= $1
		AND (created_at < $2 OR created_at = $2 AND id < $3) AND id <> $4`, since, e.At, e.ID, e.Except).Scan(&n)
	return n, r.fault("store.AutoTextsSince", err)
}

// MessagesIn lists at most limit messages of a state on their way, the oldest
// first: queued, sending or unconfirmed.
func (r *Reader) MessagesIn(ctx context.Context, state string, limit int) ([]Message, error) {
	return list(ctx, r, "store.MessagesIn", `
		SELECT `+messageColumns+` FROM messages
		WHERE state = $1 AND state IN ('queued', 'sending', 'unconfirmed') ORDER BY created_at, id LIMIT $2`,
		func(rows *sql.Rows, m *Message) error { return scanMessage(rows, m) }, state, limit)
}

// InsertMessage adds a message. ErrConflict says that the provider's id, the
// call or the form has one already.
func (tx *Tx) InsertMessage(ctx context.Context, m Message) error {
	_, err := tx.exec(ctx, "store.InsertMessage", `
		INSERT INTO messages (id, contact_id, conversation_id, channel, direction, class, body, line, peer, state, state_rank,
			error_code, gate, provider, provider_ref, retry_of, call_id, form_key, author, segments, media, created_at, sent_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`,
		m.ID, m.ContactID, m.ConversationID, m.Channel, m.Direction, m.Class, m.Body, m.Line, m.Peer, m.State, m.Rank,
		m.ErrorCode, m.Gate, m.Provider, nilIfZero(m.ProviderRef), nilIfZero(m.RetryOf), nilIfZero(m.CallID),
		nilIfZero(m.FormKey), nilIfZero(m.Author), m.Segments, m.Media, m.CreatedAt, nilIfZero(m.SentAt), m.UpdatedAt)
	if err != nil || m.Body == "" {
		return err
	}
	return tx.insertDoc(ctx, "message", m.ID, m.ContactID, Fold(m.Body))
}

// InsertMedia notes an attachment that waits at the provider.
func (tx *Tx) InsertMedia(ctx context.Context, messageID string, position int, contentType, url string) error {
	_, err := tx.exec(ctx, "store.InsertMedia", `
		INSERT INTO message_media (message_id, position, content_type, provider_url) VALUES ($1, $2, $3, $4)`,
		messageID, position, contentType, url)
	return err
}

// TakeMessage marks a queued message as sending, unless its person is blocked,
// restricted or, at any of the addresses, suppressed at this very moment; it
// tells whether it did.
func (tx *Tx) TakeMessage(ctx context.Context, id string, addressHashes []string, at int64) (bool, error) {
	marks, args := inList(addressHashes, id, at)
	n, err := tx.exec(ctx, "store.TakeMessage", `
		UPDATE messages SET state = 'sending', updated_at = $2
		WHERE id = $1 AND state = 'queued'
		AND NOT EXISTS (SELECT 1 FROM contacts c WHERE c.id = messages.contact_id AND (c.restricted_at IS NOT NULL OR c.blocked_at IS NOT NULL))
		AND NOT EXISTS (SELECT 1 FROM suppressions s WHERE s.channel = messages.channel AND s.address_hash IN (`+marks+`))`, args...)
	return n > 0, err
}

// Turn is a message's change from one state to another.
type Turn struct {
	From, To  string
	ErrorCode string
	Gate      string
	At        int64
}

// TurnMessage changes a message that is in state t.From and tells whether it was.
func (tx *Tx) TurnMessage(ctx context.Context, id string, t Turn) (bool, error) {
	n, err := tx.exec(ctx, "store.TurnMessage", `
		UPDATE messages SET state = $3, error_code = $4, gate = $5, updated_at = $6 WHERE id = $1 AND state = $2`,
		id, t.From, t.To, t.ErrorCode, t.Gate, t.At)
	return n > 0, err
}

// Accepted is what a provider says of a message when it takes it.
type Accepted struct {
	Ref, State, ErrorCode string
	Rank, Segments, At    int64
}

// AcceptMessage notes the provider's id of a message that was sending or
// unconfirmed and tells whether it was.
func (tx *Tx) AcceptMessage(ctx context.Context, id string, a Accepted) (bool, error) {
	n, err := tx.exec(ctx, "store.AcceptMessage", `
		UPDATE messages SET provider_ref = $2, state = $3, state_rank = $4, error_code = $5,
			segments = CASE WHEN $6 > 0 THEN $6 ELSE segments END, sent_at = $7, updated_at = $7
		WHERE id = $1 AND state IN ('sending', 'unconfirmed')`, id, a.Ref, a.State, a.Rank, a.ErrorCode, a.Segments, a.At)
	return n > 0, err
}

// RaiseMessage merges news of a message: a rank that is not above the one it
// has changes nothing. It tells whether it did.
func (tx *Tx) RaiseMessage(ctx context.Context, id, state, code string, rank, at int64) (bool, error) {
	n, err := tx.exec(ctx, "store.RaiseMessage", `
		UPDATE messages SET state = $2, error_code = $3, state_rank = $4, updated_at = $5 WHERE id = $1 AND state_rank < $4`,
		id, state, code, rank, at)
	return n > 0, err
}
