package store

import "context"

// consentTables is the data map of opt-outs and consents. Suppressions are
// keyed hashes and outlive the person's erasure, so that an opt-out holds.
var consentTables = []Table{
	{
		Name: "suppressions", Purpose: "keeping opt-outs",
		Retain: Rule{Keep: "an opt-out holds until it is taken back: keyed hash only"},
		Columns: []Columns{
			{Names: "channel reason created_at", Category: Plain},
			{Names: "address_hash", Category: Hash},
		},
	},
	{
		Name: "consent_events", Purpose: "proving consent", Subject: "contact_id", Rows: DeleteRow,
		Retain: Rule{Keep: "parent:contacts"},
		Columns: []Columns{
			{Names: "id contact_id channel purpose act source evidence wording at", Category: Plain},
			{Names: "address_hash", Category: Hash},
		},
	},
}

// Suppressed tells whether nothing may be sent to an address, which is given
// as its keyed hash.
func (r *Reader) Suppressed(ctx context.Context, channel, addressHash string) (bool, error) {
	var n int64
	err := r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM suppressions WHERE channel = $1 AND address_hash = $2`, channel, addressHash).Scan(&n)
	return n > 0, r.fault("store.Suppressed", err)
}

// SuppressedAt tells when one of several addresses, given as their keyed
// hashes, was last suppressed; 0 when none of them is.
func (r *Reader) SuppressedAt(ctx context.Context, channel string, addressHashes []string) (at int64, err error) {
	if len(addressHashes) == 0 {
		return 0, nil
	}
	marks, args := inList(addressHashes, channel)
	err = r.q.QueryRowContext(ctx, `
		SELECT COALESCE(MAX(created_at), 0) FROM suppressions WHERE channel = $1 AND address_hash IN (`+marks+`)`, args...).Scan(&at)
	return at, r.fault("store.SuppressedAt", err)
}

// Suppress notes that nothing may be sent to an address any more and tells
// whether that is new. Reason is stop or provider; of several the first reason
// stays, and the latest time.
func (tx *Tx) Suppress(ctx context.Context, channel, addressHash, reason string, at int64) (bool, error) {
	n, err := tx.exec(ctx, "store.Suppress", `
		INSERT INTO suppressions (channel, address_hash, reason, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (channel, address_hash) DO NOTHING`, channel, addressHash, reason, at)
	if err != nil || n > 0 {
		return n > 0, err
	}
	_, err = tx.exec(ctx, "store.Suppress", `
		UPDATE suppressions SET created_at = $3 WHERE channel = $1 AND address_hash = $2 AND created_at < $3`, channel, addressHash, at)
	return false, err
}

// Unsuppress takes an opt-out back and tells whether there was one.
func (tx *Tx) Unsuppress(ctx context.Context, channel, addressHash string) (bool, error) {
	n, err := tx.exec(ctx, "store.Unsuppress", `DELETE FROM suppressions WHERE channel = $1 AND address_hash = $2`, channel, addressHash)
	return n > 0, err
}

// ConsentEvent is one act of a person about being texted. Evidence is the id
// of the call or message; Wording the version of the text that disclosed it.
type ConsentEvent struct {
	ID, ContactID, AddressHash string
	Channel, Purpose           string
	Act, Source                string
	Evidence, Wording          string
	At                         int64
}

// InsertConsent appends to the consent record.
func (tx *Tx) InsertConsent(ctx context.Context, e ConsentEvent) error {
	_, err := tx.exec(ctx, "store.InsertConsent", `
		INSERT INTO consent_events (id, contact_id, address_hash, channel, purpose, act, source, evidence, wording, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		e.ID, nilIfZero(e.ContactID), e.AddressHash, e.Channel, e.Purpose, e.Act, e.Source, e.Evidence, e.Wording, e.At)
	return err
}

// LastWord tells when a contact last said yes ("given") or no ("withdrawn") to
// texts as such; 0 when never.
func (r *Reader) LastWord(ctx context.Context, contactID, channel, act string) (at int64, err error) {
	err = r.q.QueryRowContext(ctx, `
		SELECT COALESCE(MAX(at), 0) FROM consent_events
		WHERE contact_id = $1 AND channel = $2 AND purpose = 'all' AND act = $3`, contactID, channel, act).Scan(&at)
	return at, r.fault("store.LastWord", err)
}

// LastConsent returns the last act of a contact on a channel, or ErrNotFound.
func (r *Reader) LastConsent(ctx context.Context, contactID, channel string) (ConsentEvent, error) {
	var e ConsentEvent
	err := r.q.QueryRowContext(ctx, `
		SELECT id, COALESCE(contact_id, ''), address_hash, channel, purpose, act, source, evidence, wording, at
		FROM consent_events WHERE contact_id = $1 AND channel = $2 ORDER BY at DESC, id DESC LIMIT 1`, contactID, channel).
		Scan(&e.ID, &e.ContactID, &e.AddressHash, &e.Channel, &e.Purpose, &e.Act, &e.Source, &e.Evidence, &e.Wording, &e.At)
	return e, r.fault("store.LastConsent", err)
}
