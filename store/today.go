package store

import (
	"context"
	"database/sql"
	"strconv"
)

// DayCalls counts the calls that came in and were missed since a moment.
type DayCalls struct {
	Missed    int64
	Texted    int64 // answered by an automatic text
	Recovered int64 // the caller wrote, or was spoken to, afterwards
	Hidden    int64 // the number was withheld
}

// MissedSince counts missed calls and what became of them. A call is in a scope
// when its conversation is; one whose number was withheld is nobody's.
func (r *Reader) MissedSince(ctx context.Context, scope Scope, since int64) (DayCalls, error) {
	var d DayCalls
	of, args := scope.and("v.owner_id", []any{since})
	err := r.q.QueryRowContext(ctx, `
		SELECT COUNT(*),
			COUNT(CASE WHEN d.verdict = 'texted' THEN 1 END),
			COUNT(CASE WHEN EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = k.conversation_id
					AND m.created_at >= k.started_at AND m.direction = 'in')
				OR EXISTS (SELECT 1 FROM calls later WHERE later.conversation_id = k.conversation_id
					AND later.started_at > k.started_at AND later.outcome = 'answered') THEN 1 END),
			COUNT(CASE WHEN k.contact_id IS NULL THEN 1 END)
		FROM calls k LEFT JOIN decisions d ON d.call_id = k.id LEFT JOIN conversations v ON v.id = k.conversation_id
		WHERE k.started_at >= $1 AND k.direction = 'in' AND k.outcome = 'missed'`+of, args...).
		Scan(&d.Missed, &d.Texted, &d.Recovered, &d.Hidden)
	return d, r.fault("store.MissedSince", err)
}

// HiddenSince lists when calls of withheld numbers were missed, the latest
// first. They are nobody's, so a scope without those holds none.
func (r *Reader) HiddenSince(ctx context.Context, scope Scope, since int64, page Page) ([]int64, error) {
	if !scope.all && !scope.free {
		return nil, nil
	}
	return list(ctx, r, "store.HiddenSince", `
		SELECT started_at FROM calls
		WHERE started_at >= $1 AND direction = 'in' AND outcome = 'missed' AND contact_id IS NULL
		ORDER BY started_at DESC, id DESC`+limitTo(page.limit()),
		func(rows *sql.Rows, at *int64) error { return rows.Scan(at) }, since)
}

// Frame is what stands around every page.
type Frame struct {
	Business      string
	Unread, Tasks int64 // Tasks: those that are due
	Leads         int64 // that somebody has to mend
	Notices       int64 // that the user has not seen, up to MaxNotices
}

// MaxNotices is where counting what a user has not seen ends.
const MaxNotices = 100

// FrameOf says for whom a Frame is, and when.
type FrameOf struct {
	User         string
	Inbox, Tasks Scope // so much of them they see
	Leads        bool  // they see leads
	At           int64
}

// Frame reads, in one query, what stands around every page for somebody. Before
// set-up the business has no name.
func (r *Reader) Frame(ctx context.Context, of FrameOf) (Frame, error) {
	mine, args := of.Inbox.and("owner_id", []any{of.User, of.At})
	due, args := of.Tasks.and("t.owner_id", args)
	failed := `0`
	if of.Leads {
		failed = `(SELECT COUNT(*) FROM leads WHERE state = 'failed')`
	}
	var f Frame
	err := r.q.QueryRowContext(ctx, `
		SELECT COALESCE((SELECT name FROM business WHERE id = 1), ''),
			(SELECT COUNT(*) FROM conversations WHERE unread > 0`+mine+`),
			(SELECT COUNT(*) FROM tasks t LEFT JOIN contacts c ON c.id = t.contact_id WHERE `+openTask+` AND t.due_at <= $2`+due+`),
			`+failed+`,
			(SELECT COUNT(*) FROM (SELECT 1 AS one FROM notifications WHERE user_id = $1 AND read_at IS NULL LIMIT `+strconv.Itoa(MaxNotices)+`) AS new)`, args...).
		Scan(&f.Business, &f.Unread, &f.Tasks, &f.Leads, &f.Notices)
	return f, r.fault("store.Frame", err)
}
