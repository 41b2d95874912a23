package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// The states of a lead.
const (
	LeadReceived  = "received"  // it is about to be dealt with
	LeadWaiting   = "waiting"   // for whoever wrote to confirm by mail
	LeadDone      = "done"      // a deal was made of it
	LeadFailed    = "failed"    // somebody has to mend it
	LeadDiscarded = "discarded" // nothing is made of it
)

// LeadRow is what came in by a form or a webhook. Answers are JSON, as the
// capability writes it. Reason is a code and says why it failed or was discarded.
type LeadRow struct {
	ID, SourceID, Kind, State, Reason         string
	Answers                                   string
	OnceHash, BodyHash, TokenHash             string
	ConfirmUntil, ConfirmedAt                 int64
	ContactID, DealID, SettledBy              string
	Version, ReceivedAt, UpdatedAt, SettledAt int64
}

const leadColumns = `id, source_id, kind, state, reason, answers, COALESCE(once_hash, ''), body_hash, COALESCE(token_hash, ''),
	COALESCE(confirm_until, 0), COALESCE(confirmed_at, 0), COALESCE(contact_id, ''), COALESCE(deal_id, ''), COALESCE(settled_by, ''),
	version, received_at, updated_at, COALESCE(settled_at, 0)`

// leadListed are the columns of a list.
var leadListed = strings.Replace(leadColumns, " answers,", " CASE WHEN LENGTH(answers) > 20000 THEN '' ELSE answers END,", 1)

func scanLead(row interface{ Scan(...any) error }, l *LeadRow) error {
	return row.Scan(&l.ID, &l.SourceID, &l.Kind, &l.State, &l.Reason, &l.Answers, &l.OnceHash, &l.BodyHash, &l.TokenHash,
		&l.ConfirmUntil, &l.ConfirmedAt, &l.ContactID, &l.DealID, &l.SettledBy,
		&l.Version, &l.ReceivedAt, &l.UpdatedAt, &l.SettledAt)
}

func leadRows(rows *sql.Rows, l *LeadRow) error { return scanLead(rows, l) }

func (r *Reader) leadBy(ctx context.Context, where string, args ...any) (LeadRow, error) {
	return one(ctx, r, "store.Lead", `SELECT `+leadColumns+` FROM leads WHERE `+where,
		func(row *sql.Row, l *LeadRow) error { return scanLead(row, l) }, args...)
}

// Lead returns one lead, or ErrNotFound.
func (r *Reader) Lead(ctx context.Context, id string) (LeadRow, error) {
	return r.leadBy(ctx, "id = $1", id)
}

// LeadByToken returns the lead that a link confirms, by the hash of its token, or
// ErrNotFound.
func (r *Reader) LeadByToken(ctx context.Context, hash string) (LeadRow, error) {
	return r.leadBy(ctx, "token_hash = $1", hash)
}

// TakeLead writes a lead down, unless the same came before: by the sender's own
// id whenever that was, or by what it says, after the time since; like are other
// hashes of what it says. It returns the lead that is there, and tells whether it
// is new.
func (tx *Tx) TakeLead(ctx context.Context, l LeadRow, since int64, like ...string) (LeadRow, bool, error) {
	if l.OnceHash != "" {
		if was, err := tx.leadBy(ctx, "source_id = $1 AND once_hash = $2", l.SourceID, l.OnceHash); !errors.Is(err, ErrNotFound) {
			return was, false, err
		}
	}
	for _, hash := range append([]string{l.BodyHash}, like...) {
		was, err := tx.leadBy(ctx, "source_id = $1 AND body_hash = $2 AND received_at >= $3 ORDER BY received_at DESC LIMIT 1", l.SourceID, hash, since)
		if !errors.Is(err, ErrNotFound) {
			return was, false, err
		}
	}
	_, err := tx.exec(ctx, "store.TakeLead", `
		INSERT INTO leads (id, source_id, kind, state, reason, answers, once_hash, body_hash, token_hash, confirm_until, received_at, updated_at, settled_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12)`,
		l.ID, l.SourceID, l.Kind, l.State, l.Reason, l.Answers, nullText(l.OnceHash), l.BodyHash, nullText(l.TokenHash), nullTime(l.ConfirmUntil), l.ReceivedAt, nullTime(l.SettledAt))
	l.Version = 1
	return l, true, err
}

// SaveLead writes what became of a lead, of the version that is given, and raises
// it: state, reason, answers, confirmation, contact, deal, who settled it.
// ErrConflict: something else became of it in between.
func (tx *Tx) SaveLead(ctx context.Context, l LeadRow) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE leads SET state = $1, reason = $2, answers = $3, token_hash = $4, confirm_until = $5, confirmed_at = $6, contact_id = $7, deal_id = $8,
			settled_by = $9, settled_at = $10, updated_at = $11, version = version + 1
		WHERE id = $12 AND version = $13`,
		l.State, l.Reason, l.Answers, nullText(l.TokenHash), nullTime(l.ConfirmUntil), nullTime(l.ConfirmedAt), nullText(l.ContactID), nullText(l.DealID),
		nullText(l.SettledBy), nullTime(l.SettledAt), l.UpdatedAt, l.ID, l.Version)
	return tx.changed("store.SaveLead", result, err)
}

// Leads lists those of a state, the newest first; an empty state: all. Very long
// answers are left out: a list shows no more than a name.
func (r *Reader) Leads(ctx context.Context, state string, page Page) ([]LeadRow, error) {
	where := "1 = 1"
	args := []any{}
	if state != "" {
		where, args = "state = $1", []any{state}
	}
	at, id := before(page)
	n := len(args)
	args = append(args, at, id)
	return list(ctx, r, "store.Leads", fmt.Sprintf(`
		SELECT %s FROM leads WHERE %s AND received_at <= $%d AND (received_at, id) < ($%d, $%d) ORDER BY received_at DESC, id DESC`,
		leadListed, where, n+1, n+1, n+2)+limitTo(page.limit()), leadRows, args...)
}

// Cursor is the place of the lead in its list.
func (l LeadRow) Cursor() string { return Cursor(l.ReceivedAt, l.ID) }

// LastLead returns the newest lead of a source, or ErrNotFound.
func (r *Reader) LastLead(ctx context.Context, sourceID string) (LeadRow, error) {
	return r.leadBy(ctx, "source_id = $1 ORDER BY received_at DESC, id DESC LIMIT 1", sourceID)
}

// LeadsReceived lists the ids of leads that wait to be dealt with, the oldest
// first: there are some when the process ended in between.
func (r *Reader) LeadsReceived(ctx context.Context, before int64, limit int) ([]string, error) {
	return list(ctx, r, "store.LeadsReceived", `
		SELECT id FROM leads WHERE state = 'received' AND received_at < $1 ORDER BY received_at, id`+limitTo(limit), scanText, before)
}

// LeadCount is how many leads of a source are in a state.
type LeadCount struct {
	SourceID, State string
	N, Last         int64
}

// LeadCounts counts the leads by source and state.
func (r *Reader) LeadCounts(ctx context.Context) ([]LeadCount, error) {
	return list(ctx, r, "store.LeadCounts", `SELECT source_id, state, COUNT(*), MAX(received_at) FROM leads GROUP BY source_id, state`,
		func(rows *sql.Rows, c *LeadCount) error { return rows.Scan(&c.SourceID, &c.State, &c.N, &c.Last) })
}

// FailedLeads counts the leads that somebody has to mend.
func (r *Reader) FailedLeads(ctx context.Context) (int64, error) {
	return r.count(ctx, "store.FailedLeads", `SELECT COUNT(*) FROM leads WHERE state = 'failed'`)
}

// HasUnconfirmedLeads tells whether leads are there that nobody confirmed in time.
func (r *Reader) HasUnconfirmedLeads(ctx context.Context, now int64) (bool, error) {
	n, err := r.count(ctx, "store.HasUnconfirmedLeads", `SELECT COUNT(*) FROM leads WHERE confirm_until < $1 AND state = 'waiting'`, now)
	return n > 0, err
}

// DropUnconfirmedLeads forgets the leads that nobody confirmed in time, and tells
// how many they were.
func (tx *Tx) DropUnconfirmedLeads(ctx context.Context, now int64) (int64, error) {
	return tx.exec(ctx, "store.DropUnconfirmedLeads", `DELETE FROM leads WHERE confirm_until < $1 AND state = 'waiting'`, now)
}
