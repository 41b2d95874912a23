package store

import (
	"context"
	"database/sql"
	"strconv"
)

// What closed deals are told apart by.
const (
	BySource = "source"
	ByOwner  = "owner"
	ByReason = "reason"
	ByTime   = "time" // by quarters of an hour since 1970: months are made of them
)

// Quarter is a quarter of an hour, of which months of every time zone are made.
const Quarter = 15 * 60 * 1000

// ClosedSum is what deals that ended in one way come to in a currency.
type ClosedSum struct {
	Key, Status, Currency string
	N, Amount             int64
}

// ClosedOf says which deals that ended are asked for. Pipeline may be empty: all.
type ClosedOf struct {
	Pipeline string
	Span     Span
}

var closedKeys = map[string]string{
	BySource: "d.source", ByOwner: "COALESCE(d.owner_id, '')", ByReason: "COALESCE(o.reason_id, '')", ByTime: "CAST(d.closed_at / 900000 AS TEXT)",
}

// closedWhere is the condition that a deal ended and is asked for.
func closedWhere(scope Scope, of ClosedOf, by string) (string, []any) {
	args := []any{of.Span.From, of.Span.until(), of.Pipeline}
	mine, args := scope.and("d.owner_id", args)
	from := " FROM deals d"
	if by == ByReason {
		from += " LEFT JOIN deal_outcomes o ON o.deal_id = d.id AND o.reopened_at IS NULL"
	}
	return from + " WHERE d.closed_at IS NOT NULL AND d.closed_at >= $1 AND d.closed_at < $2 AND ($3 = '' OR d.pipeline_id = $3) AND d.deleted_at IS NULL" + mine, args
}

// Closed adds up the deals of a scope that are won or lost since within a span, by
// what they are told apart by and by currency.
func (r *Reader) Closed(ctx context.Context, scope Scope, of ClosedOf, by string) ([]ClosedSum, error) {
	where, args := closedWhere(scope, of, by)
	return list(ctx, r, "store.Closed", `
		SELECT `+closedKeys[by]+`, d.status, d.currency, COUNT(*), CAST(SUM(d.amount) AS BIGINT)`+where+` GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
		func(rows *sql.Rows, c *ClosedSum) error {
			return rows.Scan(&c.Key, &c.Status, &c.Currency, &c.N, &c.Amount)
		}, args...)
}

// ClosedDeals lists the deals behind a figure of Closed, the latest first, at most
// limit. status may be empty: both.
func (r *Reader) ClosedDeals(ctx context.Context, scope Scope, of ClosedOf, by, key, status string, limit int) ([]Deal, error) {
	where, args := closedWhere(scope, of, by)
	if by != ByTime {
		where, args = where+" AND "+closedKeys[by]+" = "+place(len(args)+1), append(args, key)
	}
	if status != "" {
		where, args = where+" AND d.status = "+place(len(args)+1), append(args, status)
	}
	return list(ctx, r, "store.ClosedDeals", `SELECT `+dealColumns+where+` ORDER BY d.closed_at DESC, d.id DESC`+limitTo(limit),
		func(rows *sql.Rows, d *Deal) error { return scanDeal(rows, d) }, args...)
}

// ReplyLead is the kind of a Reply to somebody who asked by a form or a webhook.
const ReplyLead = "lead"

// Reply is that somebody wrote or called and was not answered at once: when, and
// when a person of the business first wrote or spoke to them. Answered is 0 of
// those who wait still.
type Reply struct {
	Kind           string // message, call or ReplyLead
	ConversationID string
	Deal           Deal // of a lead: its id, number, title and owner
	At, Answered   int64
}

// Replies lists, the latest first and at most limit, who wrote or called within a
// span and then waited: of several messages the first, of calls those that were
// missed. A text that was sent by itself is no answer.
func (r *Reader) Replies(ctx context.Context, scope Scope, span Span, limit int) ([]Reply, error) {
	of, args := scope.and("v.owner_id", []any{span.From, span.until()})
	spoken := func(who, at string) string {
		return `(SELECT MIN(o.created_at) FROM messages o WHERE o.conversation_id = ` + who + ` AND o.direction = 'out' AND o.author IS NOT NULL AND o.created_at >= ` + at + `),
			(SELECT MIN(k2.started_at) FROM calls k2 WHERE k2.conversation_id = ` + who + ` AND k2.outcome = 'answered' AND k2.started_at >= ` + at + `)`
	}
	return list(ctx, r, "store.Replies", `
		SELECT 'message', m.conversation_id, m.created_at, `+spoken("m.conversation_id", "m.created_at")+`
		FROM messages m JOIN conversations v ON v.id = m.conversation_id
		WHERE m.direction = 'in' AND m.created_at >= $1 AND m.created_at < $2`+of+` AND NOT EXISTS (
			SELECT 1 FROM messages p WHERE p.conversation_id = m.conversation_id AND p.direction = 'in' AND p.created_at < m.created_at AND p.created_at >= COALESCE((
				SELECT MAX(o.created_at) FROM messages o WHERE o.conversation_id = m.conversation_id AND o.direction = 'out' AND o.author IS NOT NULL AND o.created_at < m.created_at), 0))
		UNION ALL
		SELECT 'call', k.conversation_id, k.started_at, `+spoken("k.conversation_id", "k.started_at")+`
		FROM calls k JOIN conversations v ON v.id = k.conversation_id
		WHERE k.direction = 'in' AND k.outcome = 'missed' AND k.started_at >= $1 AND k.started_at < $2`+of+`
		ORDER BY 3 DESC, 2`+limitTo(limit),
		func(rows *sql.Rows, a *Reply) error {
			var wrote, spoke sql.NullInt64
			err := rows.Scan(&a.Kind, &a.ConversationID, &a.At, &wrote, &spoke)
			if a.Answered = wrote.Int64; spoke.Valid && (!wrote.Valid || spoke.Int64 < wrote.Int64) {
				a.Answered = spoke.Int64
			}
			return err
		}, args...)
}

func place(n int) string { return "$" + strconv.Itoa(n) }
