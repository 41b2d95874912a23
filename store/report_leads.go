package store

import (
	"context"
	"database/sql"
)

// LeadReplies lists, the latest first and at most limit, the deals of a scope that
// came by a form or a webhook within a span, and when a person of the business
// first wrote or spoke to whom they are with, or did a task of the deal. Whoever
// was erased is none, nor is a deal that ended without a word: nobody waits.
func (r *Reader) LeadReplies(ctx context.Context, scope Scope, span Span, limit int) ([]Reply, error) {
	of, args := scope.and("d.owner_id", []any{span.From, span.until()})
	return list(ctx, r, "store.LeadReplies", leadReplies("d.created_at >= $1 AND d.created_at < $2 AND d.deleted_at IS NULL"+of)+`
		ORDER BY at DESC, id DESC`+limitTo(limit), scanLeadReply, args...)
}

// LeadReply is that of one deal, as LeadReplies has it, or ErrNotFound.
func (r *Reader) LeadReply(ctx context.Context, dealID string) (Reply, error) {
	found, err := list(ctx, r, "store.LeadReply", leadReplies("d.id = $1"), scanLeadReply, dealID)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Reply{}, err
	}
	return found[0], nil
}

func leadReplies(where string) string {
	return `
		SELECT id, number, title, owner_id, at, wrote, spoke, did FROM (
			SELECT d.id AS id, d.number AS number, d.title AS title, COALESCE(d.owner_id, '') AS owner_id, d.created_at AS at, d.status AS status,
				(SELECT MIN(o.created_at) FROM conversations v JOIN messages o ON o.conversation_id = v.id
					WHERE v.contact_id = d.contact_id AND o.direction = 'out' AND o.author IS NOT NULL AND o.created_at >= d.created_at) AS wrote,
				(SELECT MIN(k.started_at) FROM conversations v JOIN calls k ON k.conversation_id = v.id
					WHERE v.contact_id = d.contact_id AND k.outcome = 'answered' AND k.started_at >= d.created_at) AS spoke,
				(SELECT MIN(t.done_at) FROM tasks t
					WHERE t.contact_id = d.contact_id AND t.done_at >= d.created_at AND t.deal_id = d.id AND t.done_by IS NOT NULL AND t.deleted_at IS NULL) AS did
			FROM deals d
			WHERE ` + where + ` AND d.source IN ('form', 'webhook') AND d.contact_id IS NOT NULL) leads
		WHERE (status = 'open' OR COALESCE(wrote, spoke, did) IS NOT NULL)`
}

func scanLeadReply(rows *sql.Rows, a *Reply) error {
	var first [3]sql.NullInt64
	if err := rows.Scan(&a.Deal.ID, &a.Deal.Number, &a.Deal.Title, &a.Deal.OwnerID, &a.At, &first[0], &first[1], &first[2]); err != nil {
		return err
	}
	a.Kind = ReplyLead
	for _, n := range first {
		if n.Valid && (a.Answered == 0 || n.Int64 < a.Answered) {
			a.Answered = n.Int64
		}
	}
	return nil
}
