package store

import (
	"context"
	"database/sql"
)

// Provenance says where something that is known of a contact came from. Ref is
// the id of the call, the message, the import or the contact merged in; Actor
// the user who did it, empty when nobody did.
type Provenance struct {
	ID, ContactID, Source, Ref, Actor string
	At                                int64
}

// InsertProvenance notes where what is known of a contact came from.
func (tx *Tx) InsertProvenance(ctx context.Context, p Provenance) error {
	_, err := tx.q.ExecContext(ctx, `INSERT INTO provenances (id, contact_id, source, ref, actor, at) VALUES ($1, $2, $3, $4, $5, $6)`,
		p.ID, p.ContactID, p.Source, p.Ref, nullText(p.Actor), p.At)
	return tx.fault("store.InsertProvenance", err)
}

// Provenances lists where what is known of a contact came from, oldest first.
func (r *Reader) Provenances(ctx context.Context, contactID string) ([]Provenance, error) {
	return list(ctx, r, "store.Provenances", `
		SELECT id, contact_id, source, ref, COALESCE(actor, ''), at FROM provenances WHERE contact_id = $1 ORDER BY at, id LIMIT 100`,
		func(rows *sql.Rows, p *Provenance) error {
			return rows.Scan(&p.ID, &p.ContactID, &p.Source, &p.Ref, &p.Actor, &p.At)
		}, contactID)
}
