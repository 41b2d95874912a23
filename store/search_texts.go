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

// indexDeal makes a deal findable by its title.
func (tx *Tx) indexDeal(ctx context.Context, d Deal) error {
	if d.Title == "" {
		return tx.UnindexText(ctx, "deal", d.ID)
	}
	return tx.IndexText(ctx, "deal", d.ID, d.ContactID, d.Title)
}

// TextHit is a message, a note, a task or a deal that a search found, with what a
// list shows of whom it is about: a contact, a company, a deal or nobody.
type TextHit struct {
	Ref, ContactID, Name, Phone, ContactOwner string
	ConversationID, CompanyID, CompanyName    string
	CompanyOwner                              string
	DealID, DealTitle, DealOwner              string // of a deal, and of a note that is about one and about nobody
	Text                                      string
	At                                        int64
}

// textPeople is whom a text m is about, and textDeal the deal of one about nobody.
const (
	textPeople = ` LEFT JOIN contacts c ON c.id = m.contact_id LEFT JOIN companies k ON k.id = m.company_id`
	textDeal   = ` LEFT JOIN deals l ON l.id = m.deal_id AND l.deleted_at IS NULL AND m.contact_id IS NULL AND m.company_id IS NULL`
	ofCompany  = `COALESCE(k.id, ''), COALESCE(k.name, ''), COALESCE(k.owner_id, '')`
)

var textsShown = map[string]showing[TextHit]{
	"message": textShowing("c.owner_id", "c.id IS NULL", `m.conversation_id, '', '', '', '', '', '', m.body, m.created_at`,
		` JOIN messages m ON m.id = d.ref JOIN contacts c ON c.id = m.contact_id AND c.deleted_at IS NULL`),
	"note": textShowing("COALESCE(c.owner_id, k.owner_id, l.owner_id)", "COALESCE(c.id, k.id, l.id) IS NULL",
		`COALESCE(m.conversation_id, ''), `+ofCompany+`, COALESCE(l.id, ''), COALESCE(l.title, ''), COALESCE(l.owner_id, ''), m.body, m.created_at`,
		` JOIN notes m ON m.id = d.ref AND m.deleted_at IS NULL`+textPeople+textDeal),
	"task": textShowing("c.owner_id", "c.id IS NULL",
		`'', `+ofCompany+`, '', '', '', CASE WHEN m.title <> '' THEN m.title ELSE m.body END, m.due_at`,
		` JOIN tasks m ON m.id = d.ref AND m.deleted_at IS NULL`+textPeople),
	"deal": textShowing("m.owner_id", "1 = 0", `'', `+ofCompany+`, m.id, m.title, COALESCE(m.owner_id, ''), m.title, m.last_activity_at`,
		` JOIN deals m ON m.id = d.ref AND m.deleted_at IS NULL`+textPeople),
}

func textShowing(seen, nobodys, columns, join string) showing[TextHit] {
	return showing[TextHit]{
		columns: `d.ref, COALESCE(c.id, ''), COALESCE(c.name, ''), COALESCE(c.phone, ''), COALESCE(c.owner_id, ''), ` + columns, join: join,
		scan: func(rows *sql.Rows, h *TextHit) error {
			return rows.Scan(&h.Ref, &h.ContactID, &h.Name, &h.Phone, &h.ContactOwner,
				&h.ConversationID, &h.CompanyID, &h.CompanyName, &h.CompanyOwner, &h.DealID, &h.DealTitle, &h.DealOwner, &h.Text, &h.At)
		},
		ref: func(h *TextHit) string { return h.Ref }, seen: seen, nobodys: nobodys,
	}
}

// FindTexts searches messages, notes, tasks or deals as Search does: kind is
// "message", "note", "task" or "deal". What is written about somebody or of a deal
// outside sight, by who looks after them, is not found.
func (r *Reader) FindTexts(ctx context.Context, scope, sight Scope, kind, query string, page Page) (Hits[TextHit], error) {
	return findSeen(ctx, r, textsShown[kind], scope, &sight, kind, query, page)
}
