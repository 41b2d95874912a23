package store

import "context"

var callTable = Table{
	Name: "calls", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
	Retain: Rule{After: "started_at", Days: 395}, // 13 months, or with the contact before
	Columns: []Columns{
		{Names: "id contact_id conversation_id provider direction outcome cause seconds started_at ended_at", Category: Plain},
		{Names: "provider_ref", Category: Plain, Access: Withhold("a key that means nothing outside")},
		{Names: "line", Category: Plain, Shared: []string{"twilio"}},
		{Names: "peer", Category: "phone", Erase: Redact},
	},
}

// The outcomes of a call. One that rings may become either; a missed one that
// turns out to have been answered is answered.
const (
	CallRinging  = "ringing"
	CallAnswered = "answered"
	CallMissed   = "missed"
)

// Call is a phone call. ContactID and ConversationID are empty when the number
// was withheld.
type Call struct {
	ID, ContactID, ConversationID string
	Provider, ProviderRef         string
	Direction, Line, Peer         string
	Outcome, Cause                string
	Seconds, StartedAt, EndedAt   int64
}

const callColumns = `id, COALESCE(contact_id, ''), COALESCE(conversation_id, ''), provider, provider_ref, direction, line, peer,
	outcome, cause, seconds, started_at, COALESCE(ended_at, 0)`

func scanCall(row interface{ Scan(...any) error }, c *Call) error {
	return row.Scan(&c.ID, &c.ContactID, &c.ConversationID, &c.Provider, &c.ProviderRef, &c.Direction, &c.Line, &c.Peer,
		&c.Outcome, &c.Cause, &c.Seconds, &c.StartedAt, &c.EndedAt)
}

// Call returns one call, or ErrNotFound.
func (r *Reader) Call(ctx context.Context, id string) (Call, error) {
	var c Call
	err := scanCall(r.q.QueryRowContext(ctx, `SELECT `+callColumns+` FROM calls WHERE id = $1`, id), &c)
	return c, r.fault("store.Call", err)
}

// CallByRef returns the call that a provider knows by ref, or ErrNotFound.
func (r *Reader) CallByRef(ctx context.Context, provider, ref string) (Call, error) {
	var c Call
	err := scanCall(r.q.QueryRowContext(ctx, `SELECT `+callColumns+` FROM calls WHERE provider = $1 AND provider_ref = $2`, provider, ref), &c)
	return c, r.fault("store.CallByRef", err)
}

// LastCall returns the last call of a conversation, or ErrNotFound.
func (r *Reader) LastCall(ctx context.Context, conversationID string) (Call, error) {
	var c Call
	err := scanCall(r.q.QueryRowContext(ctx, `
		SELECT `+callColumns+` FROM calls WHERE conversation_id = $1 ORDER BY started_at DESC, id DESC LIMIT 1`, conversationID), &c)
	return c, r.fault("store.LastCall", err)
}

// InsertCall adds a call: ErrConflict when the provider's call is there already.
func (tx *Tx) InsertCall(ctx context.Context, c Call) error {
	_, err := tx.exec(ctx, "store.InsertCall", `
		INSERT INTO calls (id, contact_id, conversation_id, provider, provider_ref, direction, line, peer,
			outcome, cause, seconds, started_at, ended_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		c.ID, nilIfZero(c.ContactID), nilIfZero(c.ConversationID), c.Provider, c.ProviderRef, c.Direction, c.Line, c.Peer,
		c.Outcome, c.Cause, c.Seconds, c.StartedAt, nilIfZero(c.EndedAt))
	return err
}

// SetCallOutcome notes how a call ended.
func (tx *Tx) SetCallOutcome(ctx context.Context, c Call) error {
	_, err := tx.exec(ctx, "store.SetCallOutcome", `UPDATE calls SET outcome = $2, cause = $3, seconds = $4, ended_at = $5 WHERE id = $1`,
		c.ID, c.Outcome, c.Cause, c.Seconds, nilIfZero(c.EndedAt))
	return err
}

// OpenTaskOfCall returns the id of the open task that a call made, or ErrNotFound.
func (r *Reader) OpenTaskOfCall(ctx context.Context, callID string) (id string, err error) {
	err = r.q.QueryRowContext(ctx, `SELECT id FROM tasks WHERE call_id = $1 AND done_at IS NULL`, callID).Scan(&id)
	return id, r.fault("store.OpenTaskOfCall", err)
}
