package store

import "context"

var decisionTable = Table{
	Name: "decisions", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
	Retain: Rule{Keep: "parent:calls"},
	Columns: []Columns{
		{Names: "call_id contact_id conversation_id verdict reason wording at", Category: Plain},
	},
}

// Decision says why a missed call was, or was not, answered by a text. Reason
// is the code of the first rule that refused; Verdict is texted or refused.
type Decision struct {
	CallID, ContactID, ConversationID string
	Verdict, Reason, Wording          string
	At                                int64
}

const decisionColumns = `call_id, COALESCE(contact_id, ''), COALESCE(conversation_id, ''), verdict, reason, wording, at`

func scanDecision(row interface{ Scan(...any) error }, d *Decision) error {
	return row.Scan(&d.CallID, &d.ContactID, &d.ConversationID, &d.Verdict, &d.Reason, &d.Wording, &d.At)
}

// Decision returns what was decided about a call, or ErrNotFound.
func (r *Reader) Decision(ctx context.Context, callID string) (Decision, error) {
	var d Decision
	err := scanDecision(r.q.QueryRowContext(ctx, `SELECT `+decisionColumns+` FROM decisions WHERE call_id = $1`, callID), &d)
	return d, r.fault("store.Decision", err)
}

// InsertDecision notes a decision: ErrConflict when the call has one.
func (tx *Tx) InsertDecision(ctx context.Context, d Decision) error {
	_, err := tx.exec(ctx, "store.InsertDecision", `
		INSERT INTO decisions (call_id, contact_id, conversation_id, verdict, reason, wording, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		d.CallID, nilIfZero(d.ContactID), nilIfZero(d.ConversationID), d.Verdict, d.Reason, d.Wording, d.At)
	return err
}
