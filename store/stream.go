package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strings"
)

// StreamItem is one thing in a conversation: exactly one of the pointers is set.
type StreamItem struct {
	At       int64
	ID       string
	Message  *Message
	Call     *Call
	Note     *Note
	Decision *Decision
	Task     *Task  // that was done; in a Story only
	Change   *Event // of the contact; in a Story only
}

// Cursor is the place of the item in the stream.
func (i StreamItem) Cursor() string { return Cursor(i.At, i.ID) }

// Stream lists a conversation's messages, calls, notes and decisions in one
// order, the newest first: page.After is the Cursor of the last item seen. A
// decision is newer than its call, be it of the same moment.
func (r *Reader) Stream(ctx context.Context, conversationID string, page Page) ([]StreamItem, error) {
	at, id := before(page)
	out := []StreamItem{}
	for _, part := range streamParts {
		items, err := list(ctx, r, "store.Stream", part.query+limitTo(page.limit()), part.scan, conversationID, at, id)
		if err != nil {
			return nil, err
		}
		out = append(out, items...)
	}
	slices.SortStableFunc(out, func(a, b StreamItem) int {
		return cmp.Or(cmp.Compare(b.At, a.At), strings.Compare(b.ID, a.ID))
	})
	return out[:min(len(out), page.limit())], nil
}

var streamParts = []struct {
	query string
	scan  func(*sql.Rows, *StreamItem) error
}{
	{streamQuery("messages", messageColumns, "created_at", "id"), func(rows *sql.Rows, i *StreamItem) error {
		i.Message = new(Message)
		err := scanMessage(rows, i.Message)
		i.At, i.ID = i.Message.CreatedAt, i.Message.ID
		return err
	}},
	{streamQuery("decisions", decisionColumns, "at", "call_id"), func(rows *sql.Rows, i *StreamItem) error {
		i.Decision = new(Decision)
		err := scanDecision(rows, i.Decision)
		i.At, i.ID = i.Decision.At, i.Decision.CallID
		return err
	}},
	{streamQuery("calls", callColumns, "started_at", "id"), func(rows *sql.Rows, i *StreamItem) error {
		i.Call = new(Call)
		err := scanCall(rows, i.Call)
		i.At, i.ID = i.Call.StartedAt, i.Call.ID
		return err
	}},
	{streamQuery("notes", noteColumns, "created_at", "id", "deleted_at IS NULL"), func(rows *sql.Rows, i *StreamItem) error {
		i.Note = new(Note)
		err := scanNote(rows, i.Note)
		i.At, i.ID = i.Note.CreatedAt, i.Note.ID
		return err
	}},
}

// streamQuery reads one kind of thing; also are further conditions.
func streamQuery(table, columns, at, id string, also ...string) string {
	also = append([]string{"conversation_id = $1"}, also...)
	return fmt.Sprintf(`SELECT %s FROM %s WHERE %s AND (%s, %s) < ($2, $3) ORDER BY %s DESC, %s DESC`,
		columns, table, strings.Join(also, " AND "), at, id, at, id)
}

// before returns the place that a page of a list that runs backwards ends at;
// the first page ends at the end of time.
func before(page Page) (at int64, id string) {
	if !page.keys(&at, &id) {
		return math.MaxInt64, ""
	}
	return at, id
}
