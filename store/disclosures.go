package store

import (
	"context"
	"database/sql"
)

var disclosureTables = []Table{{
	Name: "disclosures", Purpose: "proof of what was told to whom", Subject: "contact_id", Rows: KeepRow,
	Retain: Rule{After: "at", Days: 730},
	Columns: []Columns{
		{Names: "id processor purpose fields bytes result at", Category: Plain},
		{Names: "contact_id", Category: Plain, Erase: Null},
		{Names: "ref", Category: Plain, Erase: Redact},
	},
}}

// Results of a disclosure before, and instead of, a status code.
const (
	DisclosurePending = "pending" // the request is going out
	DisclosureUnknown = "unknown" // the process ended before the answer
)

// Disclosure tells that facts about a person went to a processor. Fields are
// the names of what went out, never its content.
type Disclosure struct {
	ID, ContactID, Processor, Purpose, Fields, Ref, Result string
	Bytes, At                                              int64
}

const disclosureColumns = `id, COALESCE(contact_id, ''), processor, purpose, fields, ref, result, bytes, at`

func scanDisclosure(rows *sql.Rows, d *Disclosure) error {
	return rows.Scan(&d.ID, &d.ContactID, &d.Processor, &d.Purpose, &d.Fields, &d.Ref, &d.Result, &d.Bytes, &d.At)
}

// InsertDisclosure adds a row, before the request goes out.
func (tx *Tx) InsertDisclosure(ctx context.Context, d Disclosure) error {
	_, err := tx.exec(ctx, "store.InsertDisclosure", `
		INSERT INTO disclosures (id, contact_id, processor, purpose, fields, ref, result, bytes, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		d.ID, nullText(d.ContactID), d.Processor, d.Purpose, d.Fields, d.Ref, d.Result, d.Bytes, d.At)
	return err
}

// SetDisclosureResult notes what became of a request and how much it carried.
func (tx *Tx) SetDisclosureResult(ctx context.Context, id, result string, bytes int64) error {
	_, err := tx.exec(ctx, "store.SetDisclosureResult", `UPDATE disclosures SET result = $2, bytes = $3 WHERE id = $1`, id, result, bytes)
	return err
}

// AbandonDisclosures marks what was under way before a time as unknown, for the
// process that waited for the answers is gone.
func (tx *Tx) AbandonDisclosures(ctx context.Context, before int64) (int64, error) {
	return tx.exec(ctx, "store.AbandonDisclosures", `UPDATE disclosures SET result = 'unknown' WHERE result = 'pending' AND at < $1`, before)
}

// DisclosuresOf lists at most limit disclosures about a person, the latest first.
func (r *Reader) DisclosuresOf(ctx context.Context, contactID string, limit int) ([]Disclosure, error) {
	return list(ctx, r, "store.DisclosuresOf", `
		SELECT `+disclosureColumns+` FROM disclosures WHERE contact_id = $1 ORDER BY at DESC, id DESC LIMIT $2`,
		scanDisclosure, contactID, limit)
}

// Disclosures lists at most limit disclosures about anybody since a time, the
// oldest first.
func (r *Reader) Disclosures(ctx context.Context, since int64, limit int) ([]Disclosure, error) {
	return list(ctx, r, "store.Disclosures", `
		SELECT `+disclosureColumns+` FROM disclosures WHERE at >= $1 ORDER BY at, id LIMIT $2`, scanDisclosure, since, limit)
}
