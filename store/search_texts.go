package store

import (
	"context"
	"database/sql"
	"strings"
)

// indexTask makes a task findable by its words; one without any is found by whom
// it is about.
func (tx *Tx) indexTask(ctx context.Context, t Task) error {
	words := strings.TrimSpace(t.Title + " " + t.Body)
	if words == "" {
		return tx.UnindexText(ctx, "task", t.ID)
	}
	return tx.IndexText(ctx, "task", t.ID, t.ContactID, words)
}

// TextHit is a message, a note or a task that a search found, with what a list
// shows of whom it is about: a contact, a company or nobody.
type TextHit struct {
	Ref, ContactID, Name, Phone, ContactOwner string
	ConversationID, CompanyID, CompanyName    string
	Text                                      string
	At                                        int64
}

var textsShown = map[string]showing[TextHit]{
	"message": textShowing(`m.conversation_id, '', '', m.body, m.created_at`, ` JOIN messages m ON m.id = d.ref JOIN contacts c ON c.id = m.contact_id AND c.deleted_at IS NULL`),
	"note": textShowing(`COALESCE(m.conversation_id, ''), COALESCE(k.id, ''), COALESCE(k.name, ''), m.body, m.created_at`,
		` JOIN notes m ON m.id = d.ref AND m.deleted_at IS NULL LEFT JOIN contacts c ON c.id = m.contact_id LEFT JOIN companies k ON k.id = m.company_id`),
	"task": textShowing(`'', COALESCE(k.id, ''), COALESCE(k.name, ''), CASE WHEN m.title <> '' THEN m.title ELSE m.body END, m.due_at`,
		` JOIN tasks m ON m.id = d.ref AND m.deleted_at IS NULL LEFT JOIN contacts c ON c.id = m.contact_id LEFT JOIN companies k ON k.id = m.company_id`),
}

func textShowing(columns, join string) showing[TextHit] {
	return showing[TextHit]{
		columns: `d.ref, COALESCE(c.id, ''), COALESCE(c.name, ''), COALESCE(c.phone, ''), COALESCE(c.owner_id, ''), ` + columns, join: join,
		scan: func(rows *sql.Rows, h *TextHit) error {
			return rows.Scan(&h.Ref, &h.ContactID, &h.Name, &h.Phone, &h.ContactOwner, &h.ConversationID, &h.CompanyID, &h.CompanyName, &h.Text, &h.At)
		},
		ref: func(h *TextHit) string { return h.Ref },
	}
}

// FindTexts searches messages, notes or tasks as Search does: kind is "message",
// "note" or "task". What is written about somebody outside sight, by who looks
// after them, is not found.
func (r *Reader) FindTexts(ctx context.Context, scope, sight Scope, kind, query string, page Page) (Hits[TextHit], error) {
	return findSeen(ctx, r, textsShown[kind], scope, &sight, kind, query, page)
}
