package store

import (
	"context"
	"database/sql"
)

var eventTables = []Table{{Name: "events", Purpose: "running", Subject: "contact_id", Rows: DeleteRow, Retain: Rule{After: "at", Days: 400}, Columns: []Columns{
	{Names: "id kind subject contact_id at data", Category: Plain},
	{Names: "actor", Category: Staff, Access: Withhold("who of the business did it"), Retain: Rule{After: "at", Days: 90}},
}}}

// Event is a fact that other capabilities may act on. Data is JSON and holds
// ids and amounts, never names, addresses or message bodies. ContactID is the
// person it is about, where there is one.
type Event struct {
	ID, Kind, Subject, ContactID, Actor string
	At                                  int64
	Data                                string
}

// Emit records an event in the same transaction as the change it tells of.
// Reactions to it happen here; those who watch the store see it after the commit.
func (tx *Tx) Emit(ctx context.Context, e Event) error {
	if err := tx.insertEvent(ctx, e); err != nil {
		return err
	}
	tx.events = append(tx.events, e)
	for _, react := range tx.react {
		if err := react(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// Relate writes events into the stories of their records, and the entries of
// the audit, as Record does, but tells nobody. It is for what one operation does
// to each of many: the operation emits one event of its own.
func (tx *Tx) Relate(ctx context.Context, events ...Event) error {
	entries := make([]AuditEntry, len(events))
	for i, e := range events {
		if err := tx.insertEvent(ctx, e); err != nil {
			return err
		}
		entries[i] = e.entry()
	}
	return tx.AuditAll(ctx, entries)
}

func (tx *Tx) insertEvent(ctx context.Context, e Event) error {
	if e.Data == "" {
		e.Data = "{}"
	}
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO events (id, kind, subject, contact_id, actor, at, data)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		e.ID, e.Kind, e.Subject, nilIfZero(e.ContactID), nilIfZero(e.Actor), e.At, e.Data)
	return tx.fault("store.Emit", err)
}

// EventsOf lists what happened to a subject, oldest first.
func (r *Reader) EventsOf(ctx context.Context, subject string) ([]Event, error) {
	return list(ctx, r, "store.EventsOf", `
		SELECT id, kind, subject, COALESCE(contact_id, ''), COALESCE(actor, ''), at, data
		FROM events WHERE subject = $1 ORDER BY at, id`,
		func(rows *sql.Rows, e *Event) error {
			return rows.Scan(&e.ID, &e.Kind, &e.Subject, &e.ContactID, &e.Actor, &e.At, &e.Data)
		}, subject)
}

// Event returns one event, or ErrNotFound: they go with their person, and after
// a time.
func (r *Reader) Event(ctx context.Context, id string) (Event, error) {
	var e Event
	err := r.q.QueryRowContext(ctx, `
		SELECT id, kind, subject, COALESCE(contact_id, ''), COALESCE(actor, ''), at, data FROM events WHERE id = $1`, id).
		Scan(&e.ID, &e.Kind, &e.Subject, &e.ContactID, &e.Actor, &e.At, &e.Data)
	return e, r.fault("store.Event", err)
}
