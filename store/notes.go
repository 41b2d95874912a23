package store

import "context"

var noteTable = Table{
	Name: "notes", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
	Retain: Rule{Keep: "parent:contacts"},
	Columns: []Columns{
		{Names: "id contact_id conversation_id company_id pinned_at version created_at updated_at deleted_at", Category: Plain},
		{Names: "form_key", Category: Plain, Access: Withhold("a key that means nothing outside")},
		{Names: "body", Category: Content, Erase: Redact},
		{Names: "author", Category: Staff, Erase: Null},
	},
}

// Note is what a person of the business wrote for the others.
type Note struct {
	ID, ContactID, ConversationID string
	Body, FormKey, Author         string
	CreatedAt                     int64
}

const noteColumns = `id, contact_id, conversation_id, body, COALESCE(form_key, ''), COALESCE(author, ''), created_at`

func scanNote(row interface{ Scan(...any) error }, n *Note) error {
	return row.Scan(&n.ID, &n.ContactID, &n.ConversationID, &n.Body, &n.FormKey, &n.Author, &n.CreatedAt)
}

// InsertNote adds a note: ErrConflict when the form made one before.
func (tx *Tx) InsertNote(ctx context.Context, n Note) error {
	_, err := tx.exec(ctx, "store.InsertNote", `
		INSERT INTO notes (id, contact_id, conversation_id, body, form_key, author, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		n.ID, n.ContactID, n.ConversationID, n.Body, nilIfZero(n.FormKey), nilIfZero(n.Author), n.CreatedAt)
	return err
}

// NoteByForm returns the note that a form made, or ErrNotFound.
func (r *Reader) NoteByForm(ctx context.Context, formKey string) (Note, error) {
	var n Note
	err := scanNote(r.q.QueryRowContext(ctx, `SELECT `+noteColumns+` FROM notes WHERE form_key = $1`, formKey), &n)
	return n, r.fault("store.NoteByForm", err)
}
