package store

import (
	"context"
	"database/sql"
	"fmt"
)

var noteTable = Table{
	Name: "notes", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
	Bin: inTheBin, Retain: Rule{Keep: "parent:contacts"},
	Columns: []Columns{
		{Names: "id contact_id conversation_id company_id deal_id pinned_at version created_at updated_at deleted_at", Category: Plain},
		{Names: "form_key", Category: Plain, Access: Withhold("a key that means nothing outside")},
		{Names: "body", Category: Content, Erase: Redact},
		{Names: "author", Category: Staff, Erase: Null},
	},
}

// Note is what a person of the business wrote for the others, about a contact
// or about a company. Zero times mean "not".
type Note struct {
	ID, ContactID, ConversationID string
	CompanyID, DealID             string
	Body, FormKey, Author         string
	PinnedAt, Version, CreatedAt  int64
	UpdatedAt                     int64 // last time that its words were changed
	DeletedAt                     int64 // in the bin since
}

const noteColumns = `id, COALESCE(contact_id, ''), COALESCE(conversation_id, ''), COALESCE(company_id, ''), COALESCE(deal_id, ''), body, COALESCE(form_key, ''), COALESCE(author, ''),
	COALESCE(pinned_at, 0), version, created_at, COALESCE(updated_at, 0), COALESCE(deleted_at, 0)`

func scanNote(row interface{ Scan(...any) error }, n *Note) error {
	return row.Scan(&n.ID, &n.ContactID, &n.ConversationID, &n.CompanyID, &n.DealID, &n.Body, &n.FormKey, &n.Author,
		&n.PinnedAt, &n.Version, &n.CreatedAt, &n.UpdatedAt, &n.DeletedAt)
}

// Note returns one note, also one that is in the bin, or ErrNotFound.
func (r *Reader) Note(ctx context.Context, id string) (Note, error) {
	return one(ctx, r, "store.Note", `SELECT `+noteColumns+` FROM notes WHERE id = $1`,
		func(row *sql.Row, n *Note) error { return scanNote(row, n) }, id)
}

// NotesByID returns those of the notes that are there and not in the bin.
func (r *Reader) NotesByID(ctx context.Context, ids []string) (map[string]Note, error) {
	out := map[string]Note{}
	if len(ids) == 0 {
		return out, nil
	}
	marks, args := inList(ids)
	rows, err := list(ctx, r, "store.NotesByID", `SELECT `+noteColumns+` FROM notes WHERE id IN (`+marks+`) AND deleted_at IS NULL`,
		func(rows *sql.Rows, n *Note) error { return scanNote(rows, n) }, args...)
	for _, n := range rows {
		out[n.ID] = n
	}
	return out, err
}

// NoteByForm returns the note that a form made, or ErrNotFound.
func (r *Reader) NoteByForm(ctx context.Context, formKey string) (Note, error) {
	var n Note
	err := scanNote(r.q.QueryRowContext(ctx, `SELECT `+noteColumns+` FROM notes WHERE form_key = $1`, formKey), &n)
	return n, r.fault("store.NoteByForm", err)
}

// CompanyNotes lists the notes of a company, the newest first; those that are
// pinned are left out of it when pinned is false, and are all of it when it is true.
func (r *Reader) CompanyNotes(ctx context.Context, companyID string, pinned bool, page Page) ([]Note, error) {
	return r.notesOn(ctx, "store.CompanyNotes", "company_id", companyID, pinned, page)
}

// DealNotes is CompanyNotes of a deal.
func (r *Reader) DealNotes(ctx context.Context, dealID string, pinned bool, page Page) ([]Note, error) {
	return r.notesOn(ctx, "store.DealNotes", "deal_id", dealID, pinned, page)
}

func (r *Reader) notesOn(ctx context.Context, op, column, id string, pinned bool, page Page) ([]Note, error) {
	which := "pinned_at IS NULL"
	if pinned {
		which = "pinned_at IS NOT NULL"
	}
	at, last := before(page)
	return list(ctx, r, op, fmt.Sprintf(`
		SELECT %s FROM notes WHERE %s = $1 AND deleted_at IS NULL AND %s AND created_at <= $2 AND (created_at, id) < ($2, $3)
		ORDER BY created_at DESC, id DESC`, noteColumns, column, which)+limitTo(page.limit()),
		func(rows *sql.Rows, n *Note) error { return scanNote(rows, n) }, id, at, last)
}

// Cursor is the place of the note in CompanyNotes and DealNotes.
func (n Note) Cursor() string { return Cursor(n.CreatedAt, n.ID) }

// InsertNote adds a note: ErrConflict when the form made one before.
func (tx *Tx) InsertNote(ctx context.Context, n Note) error {
	_, err := tx.exec(ctx, "store.InsertNote", `
		INSERT INTO notes (id, contact_id, conversation_id, company_id, body, form_key, author, pinned_at, version, created_at, updated_at, deleted_at, deal_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		n.ID, nullText(n.ContactID), nullText(n.ConversationID), nullText(n.CompanyID), n.Body, nullText(n.FormKey), nullText(n.Author),
		nullTime(n.PinnedAt), max(n.Version, 1), n.CreatedAt, nullTime(n.UpdatedAt), nullTime(n.DeletedAt), nullText(n.DealID))
	if err != nil {
		return err
	}
	return tx.IndexText(ctx, "note", n.ID, n.ContactID, n.Body)
}

// SaveNote writes the words of a note: ErrConflict when it is not as its
// Version has it any more, or is in the bin.
func (tx *Tx) SaveNote(ctx context.Context, n Note, at int64) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE notes SET body = $2, version = version + 1, updated_at = $4 WHERE id = $1 AND version = $3 AND deleted_at IS NULL`,
		n.ID, n.Body, n.Version, at)
	if err := tx.changed("store.SaveNote", result, err); err != nil {
		return err
	}
	return tx.IndexText(ctx, "note", n.ID, n.ContactID, n.Body)
}

// PinNote has a note stay on top, or no more, and tells whether that was new.
func (tx *Tx) PinNote(ctx context.Context, id string, pinned bool, at int64) (bool, error) {
	query := `UPDATE notes SET pinned_at = $2, version = version + 1 WHERE id = $1 AND deleted_at IS NULL AND pinned_at IS NULL`
	var since any = at
	if !pinned {
		query = `UPDATE notes SET pinned_at = $2, version = version + 1 WHERE id = $1 AND deleted_at IS NULL AND pinned_at IS NOT NULL`
		since = nil
	}
	n, err := tx.exec(ctx, "store.PinNote", query, id, since)
	return n > 0, err
}

// BinNote puts a note into the bin, and tells whether it was not there.
func (tx *Tx) BinNote(ctx context.Context, id string, at int64) (bool, error) {
	n, err := tx.exec(ctx, "store.BinNote", `UPDATE notes SET deleted_at = $2, version = version + 1 WHERE id = $1 AND deleted_at IS NULL`, id, at)
	return n > 0, err
}

// SetMentions replaces whom a note mentions, and returns those who are new.
func (tx *Tx) SetMentions(ctx context.Context, noteID string, users []string) ([]string, error) {
	known, err := tx.MentionsOf(ctx, []string{noteID})
	if err != nil {
		return nil, err
	}
	was, now := map[string]bool{}, map[string]bool{}
	for _, id := range known[noteID] {
		was[id] = true
	}
	var added []string
	for _, id := range users {
		if now[id] {
			continue
		}
		if now[id] = true; was[id] {
			continue
		}
		added = append(added, id)
		if _, err := tx.exec(ctx, "store.SetMentions", `INSERT INTO note_mentions (note_id, user_id) VALUES ($1, $2)`, noteID, id); err != nil {
			return nil, err
		}
	}
	for id := range was {
		if now[id] {
			continue
		}
		if _, err := tx.exec(ctx, "store.SetMentions", `DELETE FROM note_mentions WHERE note_id = $1 AND user_id = $2`, noteID, id); err != nil {
			return nil, err
		}
	}
	return added, nil
}

// MentionsOf returns the users that notes mention, by note.
func (r *Reader) MentionsOf(ctx context.Context, noteIDs []string) (map[string][]string, error) {
	out := map[string][]string{}
	if len(noteIDs) == 0 {
		return out, nil
	}
	type mention struct{ note, user string }
	marks, args := inList(noteIDs)
	rows, err := list(ctx, r, "store.MentionsOf", `SELECT note_id, user_id FROM note_mentions WHERE note_id IN (`+marks+`) ORDER BY note_id, user_id`,
		func(rows *sql.Rows, m *mention) error { return rows.Scan(&m.note, &m.user) }, args...)
	for _, m := range rows {
		out[m.note] = append(out[m.note], m.user)
	}
	return out, err
}
