package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// inboundTables is the data map of what providers told us. The person is
// reached by the keyed hash of the number, see EraseInbound.
var inboundTables = []Table{{
	Name: "inbound_events", Purpose: "receiving calls and texts",
	Retain: Rule{After: "received_at", Days: 35}, // as long as a provider may repeat itself
	Columns: []Columns{
		{Names: "id provider kind state attempts error_code received_at processed_at", Category: Plain},
		{Names: "key_hash", Category: Hash},
		{Names: "peer_hash", Category: Hash},
		{Names: "sealed", Category: Sealed, Retain: Rule{After: "received_at", Days: 7}},
	},
}}

// Inbound is something that a provider told us: new until its effects stand,
// then done; parked when it could not be understood.
type Inbound struct {
	ID, Provider, KeyHash, Kind, PeerHash string
	Sealed                                []byte // nil once it is 7 days old or its person was erased
	State, ErrorCode                      string
	Attempts, ReceivedAt, ProcessedAt     int64
}

const inboundColumns = `id, provider, key_hash, kind, peer_hash, sealed, state, error_code, attempts, received_at, COALESCE(processed_at, 0)`

func scanInbound(rows *sql.Rows, e *Inbound) error {
	return rows.Scan(&e.ID, &e.Provider, &e.KeyHash, &e.Kind, &e.PeerHash, &e.Sealed, &e.State, &e.ErrorCode,
		&e.Attempts, &e.ReceivedAt, &e.ProcessedAt)
}

// InsertInbound adds an event to the queue. One with a key that is there
// already changes nothing; it tells whether the event is new.
func (tx *Tx) InsertInbound(ctx context.Context, e Inbound) (bool, error) {
	n, err := tx.exec(ctx, "store.InsertInbound", `
		INSERT INTO inbound_events (id, provider, key_hash, kind, peer_hash, sealed, state, received_at)
		VALUES ($1, $2, $3, $4, $5, $6, 'new', $7)
		ON CONFLICT (provider, key_hash) DO NOTHING`,
		e.ID, e.Provider, e.KeyHash, e.Kind, e.PeerHash, e.Sealed, e.ReceivedAt)
	return n > 0, err
}

// InsertInbounds adds events to the queue, many with one statement; those with
// keys that are there already change nothing.
func (tx *Tx) InsertInbounds(ctx context.Context, events []Inbound) error {
	for len(events) > 0 {
		n := 1
		for n < 32 && 2*n <= len(events) {
			n *= 2
		}
		args := make([]any, 0, n*7)
		for i := range n {
			e := &events[i]
			args = append(args, e.ID, e.Provider, e.KeyHash, e.Kind, e.PeerHash, e.Sealed, e.ReceivedAt)
		}
		if _, err := tx.exec(ctx, "store.InsertInbounds", insertMany[n], args...); err != nil {
			return err
		}
		events = events[n:]
	}
	return nil
}

// insertMany are six statements, by how many events they insert.
var insertMany = map[int]string{
	1: insertInbounds(1), 2: insertInbounds(2), 4: insertInbounds(4), 8: insertInbounds(8), 16: insertInbounds(16), 32: insertInbounds(32),
}

func insertInbounds(n int) string {
	var b strings.Builder
	b.WriteString(`INSERT INTO inbound_events (id, provider, key_hash, kind, peer_hash, sealed, state, received_at) VALUES `)
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "($%d, $%d, $%d, $%d, $%d, $%d, 'new', $%d)", 7*i+1, 7*i+2, 7*i+3, 7*i+4, 7*i+5, 7*i+6, 7*i+7)
	}
	b.WriteString(" ON CONFLICT (provider, key_hash) DO NOTHING")
	return b.String()
}

// NewInbound lists at most limit events of a provider that wait, in the order
// of arrival, from behind the id after on.
func (r *Reader) NewInbound(ctx context.Context, provider, after string, limit int) ([]Inbound, error) {
	return list(ctx, r, "store.NewInbound", `
		SELECT `+inboundColumns+` FROM inbound_events
		WHERE provider = $1 AND state = 'new' AND id > $2 ORDER BY id LIMIT $3`, scanInbound, provider, after, limit)
}

// ParkedInbound lists the latest events that could not be processed.
func (r *Reader) ParkedInbound(ctx context.Context, limit int) ([]Inbound, error) {
	return list(ctx, r, "store.ParkedInbound", `
		SELECT `+inboundColumns+` FROM inbound_events WHERE state = 'parked' ORDER BY received_at DESC, id DESC LIMIT $1`, scanInbound, limit)
}

// FinishInbound marks a new event as done, in the transaction of its effects:
// ErrConflict when somebody else was faster.
func (tx *Tx) FinishInbound(ctx context.Context, id string, at int64) error {
	n, err := tx.exec(ctx, "store.FinishInbound", `
		UPDATE inbound_events SET state = 'done', error_code = '', processed_at = $2 WHERE id = $1 AND state = 'new'`, id, at)
	if err == nil && n == 0 {
		return fmt.Errorf("store.FinishInbound: %w", ErrConflict)
	}
	return err
}

// DiscardInbound ends an event that concerns nobody who is known: what it
// said and whom it was about is not kept, only its own key.
func (tx *Tx) DiscardInbound(ctx context.Context, id, code string, at int64) error {
	_, err := tx.exec(ctx, "store.DiscardInbound", `
		UPDATE inbound_events SET state = 'done', sealed = NULL, peer_hash = '', error_code = $2, processed_at = $3
		WHERE id = $1 AND state <> 'parked'`, id, code, at)
	return err
}

// NoteInbound records a vain attempt at a new event.
func (tx *Tx) NoteInbound(ctx context.Context, id, code string) error {
	_, err := tx.exec(ctx, "store.NoteInbound", `
		UPDATE inbound_events SET attempts = attempts + 1, error_code = $2 WHERE id = $1 AND state = 'new'`, id, code)
	return err
}

// ParkInbound takes an event that cannot be processed out of the queue.
func (tx *Tx) ParkInbound(ctx context.Context, id, code string, at int64) error {
	_, err := tx.exec(ctx, "store.ParkInbound", `
		UPDATE inbound_events SET state = 'parked', attempts = attempts + 1, error_code = $2, processed_at = $3
		WHERE id = $1 AND state = 'new'`, id, code, at)
	return err
}

// Unpark puts parked events that still have their payload back into the queue
// and counts them: those with an error code, or all when it is empty.
func (tx *Tx) Unpark(ctx context.Context, provider, code string) (int64, error) {
	return tx.exec(ctx, "store.Unpark", `
		UPDATE inbound_events SET state = 'new', attempts = 0, processed_at = NULL
		WHERE provider = $1 AND state = 'parked' AND sealed IS NOT NULL AND ($2 = '' OR error_code = $2)`, provider, code)
}

// EraseInbound forgets what came from or was about a number, given as the
// keyed hash of its match key, and counts the rows. What was not processed
// never will be; the event's own key stays, so that a replay does nothing.
func (tx *Tx) EraseInbound(ctx context.Context, peerHash string, at int64) (int64, error) {
	return tx.exec(ctx, "store.EraseInbound", `
		UPDATE inbound_events SET sealed = NULL, peer_hash = '', error_code = '',
			state = CASE WHEN state = 'new' THEN 'done' ELSE state END, processed_at = COALESCE(processed_at, $2)
		WHERE peer_hash = $1`, peerHash, at)
}

// ForgetInbound is EraseInbound for a person who goes by age: what waits to be
// processed is news, and stays.
func (tx *Tx) ForgetInbound(ctx context.Context, peerHash string) (int64, error) {
	return tx.exec(ctx, "store.ForgetInbound", `
		UPDATE inbound_events SET sealed = NULL, peer_hash = '', error_code = '' WHERE peer_hash = $1 AND state <> 'new'`, peerHash)
}

// InboundPeers lists the keyed hashes of all numbers from which events are kept.
func (r *Reader) InboundPeers(ctx context.Context) ([]string, error) {
	return list(ctx, r, "store.InboundPeers", `SELECT DISTINCT peer_hash FROM inbound_events WHERE peer_hash <> ''`, scanText)
}

// InboundCount counts the events in a state: new, done or parked.
func (r *Reader) InboundCount(ctx context.Context, state string) (n int64, err error) {
	err = r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM inbound_events WHERE state = $1`, state).Scan(&n)
	return n, r.fault("store.InboundCount", err)
}
