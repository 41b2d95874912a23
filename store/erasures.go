package store

import (
	"context"
	"database/sql"
)

var privacyTables = []Table{
	{
		Name: "erasures", Purpose: "showing that an erasure was done", Retain: Rule{After: "finished_at", Days: 1095},
		Columns: []Columns{
			{Names: "id state plan receipt created_at finished_at", Category: Plain},
			{Names: "contact_id", Category: Plain, Access: Withhold("there is no package while an erasure runs")},
			{Names: "subject_key", Category: Hash},
			{Names: "needle_hashes", Category: Hash, Retain: Rule{After: "finished_at", Days: 35}},
			{Names: "needles", Category: Sealed},
			{Names: "requested_by", Category: Staff, Retain: Rule{After: "finished_at", Days: 90}},
		},
	},
	{
		Name: "erasure_remotes", Purpose: "deleting copies at providers", Retain: Rule{After: "updated_at", Days: 400},
		Columns: []Columns{
			{Names: "id erasure_id provider kind state code attempts updated_at", Category: Plain},
			{Names: "ref", Category: Plain, Retain: Rule{After: "updated_at", Days: 35}}, // of a copy that the provider kept
		},
	},
	{
		Name: "sweep_runs", Purpose: "showing that retention is kept", Retain: Rule{After: "started_at", Days: 400},
		Columns: []Columns{{Names: "id rule row_count batches error_code started_at finished_at", Category: Plain}},
	},
}

// The states of an erasure, in their order. A failed one is proved again at the
// next start, or when somebody asks.
const (
	ErasurePlanned    = "planned"    // stands in the ledger; nothing is destroyed yet
	ErasureDestroying = "destroying" // rows are going
	ErasureProving    = "proving"    // rows are gone
	ErasureDone       = "done"
	ErasureFailed     = "failed" // the proof found something
)

// Erasure is one person's erasure and, when it is done, its receipt. Plan and
// Receipt are JSON of counts. ContactID and Needles, which are sealed, are
// there until it is done.
type Erasure struct {
	ID, ContactID, SubjectKey, State string
	Plan, Receipt                    string
	Needles                          []byte
	NeedleHashes, RequestedBy        string
	CreatedAt, FinishedAt            int64
}

const erasureColumns = `id, COALESCE(contact_id, ''), subject_key, state, plan, receipt, needles, COALESCE(needle_hashes, ''),
	COALESCE(requested_by, ''), created_at, COALESCE(finished_at, 0)`

func scanErasure(row interface{ Scan(...any) error }, e *Erasure) error {
	return row.Scan(&e.ID, &e.ContactID, &e.SubjectKey, &e.State, &e.Plan, &e.Receipt, &e.Needles, &e.NeedleHashes,
		&e.RequestedBy, &e.CreatedAt, &e.FinishedAt)
}

// Erasure returns one erasure, or ErrNotFound.
func (r *Reader) Erasure(ctx context.Context, id string) (Erasure, error) {
	var e Erasure
	err := scanErasure(r.q.QueryRowContext(ctx, `SELECT `+erasureColumns+` FROM erasures WHERE id = $1`, id), &e)
	return e, r.fault("store.Erasure", err)
}

// ErasureOf returns the erasure of a contact that is under way, or ErrNotFound.
func (r *Reader) ErasureOf(ctx context.Context, contactID string) (Erasure, error) {
	var e Erasure
	err := scanErasure(r.q.QueryRowContext(ctx, `SELECT `+erasureColumns+` FROM erasures WHERE contact_id = $1`, contactID), &e)
	return e, r.fault("store.ErasureOf", err)
}

// Erasures lists erasures, the latest first. The After of the next page is
// Cursor(CreatedAt, ID) of the last.
func (r *Reader) Erasures(ctx context.Context, page Page) ([]Erasure, error) {
	at, id := int64(1)<<62, ""
	page.keys(&at, &id)
	return list(ctx, r, "store.Erasures", `
		SELECT `+erasureColumns+` FROM erasures WHERE (created_at, id) < ($1, $2)
		ORDER BY created_at DESC, id DESC LIMIT $3`,
		func(rows *sql.Rows, e *Erasure) error { return scanErasure(rows, e) }, at, id, page.limit())
}

// OpenErasures lists what was begun and is not done, oldest first.
func (r *Reader) OpenErasures(ctx context.Context) ([]Erasure, error) {
	return list(ctx, r, "store.OpenErasures",
		`SELECT `+erasureColumns+` FROM erasures WHERE state <> 'done' ORDER BY created_at, id`,
		func(rows *sql.Rows, e *Erasure) error { return scanErasure(rows, e) })
}

// NeedleHashes returns the keyed hashes of what was erased in the last weeks.
func (r *Reader) NeedleHashes(ctx context.Context) ([]string, error) {
	return list(ctx, r, "store.NeedleHashes", `SELECT needle_hashes FROM erasures WHERE needle_hashes IS NOT NULL`, scanText)
}

// InsertErasure adds an erasure.
func (tx *Tx) InsertErasure(ctx context.Context, e Erasure) error {
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO erasures (id, contact_id, subject_key, state, plan, needles, needle_hashes, requested_by, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		e.ID, nilIfZero(e.ContactID), e.SubjectKey, e.State, e.Plan, e.Needles, nilIfZero(e.NeedleHashes), nilIfZero(e.RequestedBy), e.CreatedAt)
	return tx.fault("store.InsertErasure", err)
}

// InboundHeld counts the events of a number, given as the keyed hash of its
// match key, of which the sender or the payload is still kept.
func (r *Reader) InboundHeld(ctx context.Context, peerHash string) (n int64, err error) {
	err = r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM inbound_events WHERE peer_hash = $1`, peerHash).Scan(&n)
	return n, r.fault("store.InboundHeld", err)
}

// KeepNeedles keeps what the proof of an erasure will look for.
func (tx *Tx) KeepNeedles(ctx context.Context, id string, sealed []byte, hashes string) error {
	_, err := tx.exec(ctx, "store.KeepNeedles", `UPDATE erasures SET needles = $2, needle_hashes = $3 WHERE id = $1`, id, sealed, nilIfZero(hashes))
	return err
}

// StepErasure moves an erasure to its next state and keeps what is known of the
// receipt: ErrConflict when somebody else has moved it already.
func (tx *Tx) StepErasure(ctx context.Context, id, from, to, receipt string) error {
	done, err := tx.q.ExecContext(ctx, `UPDATE erasures SET state = $3, receipt = $4 WHERE id = $1 AND state = $2`, id, from, to, receipt)
	return tx.changed("store.StepErasure", done, err)
}

// FinishErasure ends an erasure with its receipt and forgets whom it was about.
func (tx *Tx) FinishErasure(ctx context.Context, id, from, receipt string, at int64) error {
	done, err := tx.q.ExecContext(ctx, `
		UPDATE erasures SET state = 'done', receipt = $3, contact_id = NULL, needles = NULL, finished_at = $4
		WHERE id = $1 AND state = $2`, id, from, receipt, at)
	return tx.changed("store.FinishErasure", done, err)
}

// The states of a copy at a provider.
const (
	RemotePending = "pending"
	RemoteDone    = "done" // deleted by us
	RemoteGone    = "gone" // was not there any more
	RemoteFailed  = "failed"
)

// RemoteUnsure is the code of a failed copy without a Ref: nobody knows whether
// the provider has it.
const RemoteUnsure = "unconfirmed"

// Remote is a copy of a message or call at a provider. Ref is the provider's id
// until it is gone there, or the last attempt is 35 days ago.
type Remote struct {
	ID, ErasureID, Provider, Kind, Ref, State, Code string
	Attempts, UpdatedAt                             int64
}

func scanRemote(rows *sql.Rows, m *Remote) error {
	return rows.Scan(&m.ID, &m.ErasureID, &m.Provider, &m.Kind, &m.Ref, &m.State, &m.Code, &m.Attempts, &m.UpdatedAt)
}

// RemoteRef is a message or call of a contact that a provider knows.
type RemoteRef struct{ Provider, Kind, Ref string }

// RemotesOf lists what providers keep of a contact, before it is forgotten here.
func (r *Reader) RemotesOf(ctx context.Context, contactID string) ([]RemoteRef, error) {
	return list(ctx, r, "store.RemotesOf", `
		SELECT provider, 'message', provider_ref FROM messages WHERE contact_id = $1 AND provider_ref IS NOT NULL
		UNION SELECT provider, 'call', provider_ref FROM calls WHERE contact_id = $1
		ORDER BY 2, 3`,
		func(rows *sql.Rows, m *RemoteRef) error { return rows.Scan(&m.Provider, &m.Kind, &m.Ref) }, contactID)
}

// UnsureText is a text of a contact that may or may not have left.
type UnsureText struct{ ID, Provider string }

// UnsureTexts lists the texts to a contact that were handed over without an
// answer, so that nobody has the provider's id of them.
func (r *Reader) UnsureTexts(ctx context.Context, contactID string) ([]UnsureText, error) {
	return list(ctx, r, "store.UnsureTexts", `
		SELECT id, provider FROM messages WHERE contact_id = $1 AND state IN ('sending', 'unconfirmed') AND provider_ref IS NULL ORDER BY id`,
		func(rows *sql.Rows, m *UnsureText) error { return rows.Scan(&m.ID, &m.Provider) }, contactID)
}

// InsertRemote adds a copy to be deleted, or one without a Ref that cannot be.
func (tx *Tx) InsertRemote(ctx context.Context, m Remote) error {
	state, code := RemotePending, ""
	if m.Ref == "" {
		state, code = RemoteFailed, RemoteUnsure
	}
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO erasure_remotes (id, erasure_id, provider, kind, ref, state, code, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, m.ID, m.ErasureID, m.Provider, m.Kind, nilIfZero(m.Ref), state, code, m.UpdatedAt)
	return tx.fault("store.InsertRemote", err)
}

// PendingRemotes lists copies of one erasure that are still to be deleted.
func (r *Reader) PendingRemotes(ctx context.Context, erasureID string, limit int) ([]Remote, error) {
	return list(ctx, r, "store.PendingRemotes", `
		SELECT id, erasure_id, provider, kind, COALESCE(ref, ''), state, code, attempts, updated_at FROM erasure_remotes
		WHERE erasure_id = $1 AND state = 'pending' AND ref IS NOT NULL ORDER BY attempts, id LIMIT $2`, scanRemote, erasureID, limit)
}

// NoteRemote records an attempt. What is gone there is no longer named here.
func (tx *Tx) NoteRemote(ctx context.Context, id, state, code string, at int64) error {
	_, err := tx.q.ExecContext(ctx, `
		UPDATE erasure_remotes SET state = $2, code = $3, attempts = attempts + 1, updated_at = $4,
			ref = CASE WHEN $2 IN ('done', 'gone') THEN NULL ELSE ref END
		WHERE id = $1 AND state = 'pending'`, id, state, code, at)
	return tx.fault("store.NoteRemote", err)
}

// RetryRemotes has the failed ones tried again, where anybody can, and counts them.
func (tx *Tx) RetryRemotes(ctx context.Context, erasureID string) (int64, error) {
	return tx.exec(ctx, "store.RetryRemotes", `UPDATE erasure_remotes SET state = 'pending' WHERE erasure_id = $1 AND state = 'failed' AND ref IS NOT NULL`, erasureID)
}

// RemoteCount is how many copies of an erasure are in a state.
type RemoteCount struct {
	Provider, State string
	N               int64
}

// RemoteCounts counts the copies of an erasure by provider and state.
func (r *Reader) RemoteCounts(ctx context.Context, erasureID string) ([]RemoteCount, error) {
	return list(ctx, r, "store.RemoteCounts", `
		SELECT provider, state, COUNT(*) FROM erasure_remotes WHERE erasure_id = $1 GROUP BY provider, state ORDER BY 1, 2`,
		func(rows *sql.Rows, c *RemoteCount) error { return rows.Scan(&c.Provider, &c.State, &c.N) }, erasureID)
}

// RemotesLeft is what is not known to be gone at providers: how many copies are
// still named here and when the last was tried, and how many nobody can name.
type RemotesLeft struct{ Named, TriedAt, Unsure int64 }

// RemotesLeft tells what an erasure left at providers.
func (r *Reader) RemotesLeft(ctx context.Context, erasureID string) (left RemotesLeft, err error) {
	err = r.q.QueryRowContext(ctx, `
		SELECT COUNT(ref), COALESCE(MAX(CASE WHEN ref IS NOT NULL THEN updated_at END), 0), COALESCE(SUM(CASE WHEN code = $2 THEN 1 ELSE 0 END), 0)
		FROM erasure_remotes WHERE erasure_id = $1`, erasureID, RemoteUnsure).Scan(&left.Named, &left.TriedAt, &left.Unsure)
	return left, r.fault("store.RemotesLeft", err)
}

// SendingTo counts the texts to a contact that are in a worker's hands.
func (r *Reader) SendingTo(ctx context.Context, contactID string) (n int64, err error) {
	err = r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM messages WHERE contact_id = $1 AND state = 'sending'`, contactID).Scan(&n)
	return n, r.fault("store.SendingTo", err)
}

// CancelQueued refuses what waits to be sent to a contact and counts it. What
// is in a worker's hands goes or not; nobody can tell.
func (tx *Tx) CancelQueued(ctx context.Context, contactID, reason string, at int64) (int64, error) {
	return tx.exec(ctx, "store.CancelQueued", `
		UPDATE messages SET state = 'refused', gate = $2, updated_at = $3 WHERE contact_id = $1 AND state = 'queued'`,
		contactID, reason, at)
}

// EachContactID gives the id of every contact, some of them at a time.
func (r *Reader) EachContactID(ctx context.Context, give func(id string)) error {
	for last := ""; ; {
		ids, err := list(ctx, r, "store.EachContactID", `SELECT id FROM contacts WHERE id > $1 ORDER BY id LIMIT $2`, scanText, last, idsAtOnce)
		for _, id := range ids {
			give(id)
			last = id
		}
		if err != nil || len(ids) < idsAtOnce {
			return err
		}
	}
}

const idsAtOnce = 1000

// HoldOutgoing keeps a restored database from sending again what it had not
// sent when it was copied: nobody knows what became of that, and sending stops
// until a person has looked.
func (tx *Tx) HoldOutgoing(ctx context.Context, at int64) error {
	_, err := tx.exec(ctx, "store.HoldOutgoing", `UPDATE messages SET state = 'unconfirmed', updated_at = $1 WHERE state IN ('queued', 'sending')`, at)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "store.HoldOutgoing", `
		UPDATE mails SET state = 'unconfirmed', error_code = 'unknown', address = '', updated_at = $1 WHERE state IN ('queued', 'sending')`, at)
	if err != nil {
		return err
	}
	return tx.SetSetting(ctx, "sending", Sending{Paused: true}, at)
}

// EndSessions signs everybody out, forgets the browsers that stay signed in, and
// makes every link worthless: those of a restored database may have been ended
// since.
func (tx *Tx) EndSessions(ctx context.Context) error {
	for _, table := range []string{"sessions", "setup_links", "remembered", "password_resets", "challenges"} {
		if _, err := tx.exec(ctx, "store.EndSessions", `DELETE FROM `+table); err != nil {
			return err
		}
	}
	_, err := tx.exec(ctx, "store.EndSessions", `UPDATE invitations SET token_hash = NULL`)
	return err
}
