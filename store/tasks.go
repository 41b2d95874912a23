package store

import (
	"context"
	"database/sql"
)

var taskTables = []Table{{
	Name: "tasks", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
	Retain: Rule{After: "done_at", Days: 365, Keep: "parent:contacts"}, // one that is open goes with its person
	Columns: []Columns{
		{Names: "id contact_id call_id company_id owner_id kind due_at all_day remind_at remind_before repeats repeats_from repeat_of done_at version created_at updated_at deleted_at", Category: Plain},
		{Names: "title body", Category: Content, Erase: Redact},
		{Names: "done_by created_by", Category: Staff, Erase: Null},
	},
}}

// Task is something to do for a contact. Zero DoneAt means open; an empty
// ContactID or CallID means none.
type Task struct {
	ID, ContactID, CallID, Kind, DoneBy string
	OwnerID                             string // the user whose it is; empty: whoever comes first
	DueAt, DoneAt, CreatedAt            int64
}

// TaskRow is a task with what a list shows of its contact, and whose that is.
type TaskRow struct {
	Task
	Name, Phone, ConversationID, ContactOwner string
}

const taskColumns = `t.id, COALESCE(t.contact_id, ''), COALESCE(t.call_id, ''), t.kind, COALESCE(t.owner_id, ''), COALESCE(t.done_by, ''),
	t.due_at, COALESCE(t.done_at, 0), t.created_at`

func scanTask(row interface{ Scan(...any) error }, t *Task, more ...any) error {
	return row.Scan(append([]any{&t.ID, &t.ContactID, &t.CallID, &t.Kind, &t.OwnerID, &t.DoneBy, &t.DueAt, &t.DoneAt, &t.CreatedAt}, more...)...)
}

// Task returns one task, or ErrNotFound.
func (r *Reader) Task(ctx context.Context, id string) (Task, error) {
	var t Task
	err := scanTask(r.q.QueryRowContext(ctx, `SELECT `+taskColumns+` FROM tasks t WHERE t.id = $1`, id), &t)
	return t, r.fault("store.Task", err)
}

// OpenTasks lists what is still to do of a scope, the most urgent first.
func (r *Reader) OpenTasks(ctx context.Context, scope Scope, page Page) ([]TaskRow, error) {
	of, args := scope.and("t.owner_id", nil)
	return list(ctx, r, "store.OpenTasks", `
		SELECT `+taskColumns+`, COALESCE(c.name, ''), COALESCE(p.match_key, ''), COALESCE(v.id, ''), COALESCE(c.owner_id, '')
		FROM tasks t
		LEFT JOIN contacts c ON c.id = t.contact_id
		LEFT JOIN contact_phones p ON p.contact_id = t.contact_id AND p.position = 0
		LEFT JOIN conversations v ON v.contact_id = t.contact_id
		WHERE t.done_at IS NULL`+of+` ORDER BY t.due_at, t.id`+limitTo(page.limit()),
		func(rows *sql.Rows, t *TaskRow) error {
			return scanTask(rows, &t.Task, &t.Name, &t.Phone, &t.ConversationID, &t.ContactOwner)
		}, args...)
}

// OpenTasksOf lists what is still to do for one contact.
func (r *Reader) OpenTasksOf(ctx context.Context, contactID string) ([]Task, error) {
	return list(ctx, r, "store.OpenTasksOf", `
		SELECT `+taskColumns+` FROM tasks t WHERE t.contact_id = $1 AND t.done_at IS NULL ORDER BY t.due_at, t.id`,
		func(rows *sql.Rows, t *Task) error { return scanTask(rows, t) }, contactID)
}

// CountOpenTasks counts what is still to do of a scope.
func (r *Reader) CountOpenTasks(ctx context.Context, scope Scope) (n int64, err error) {
	of, args := scope.and("owner_id", nil)
	err = r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM tasks WHERE done_at IS NULL`+of, args...).Scan(&n)
	return n, r.fault("store.CountOpenTasks", err)
}

// InsertTask adds a task. One that is nobody's is for whoever looks after the
// contact. A second one for the same call is ErrConflict.
func (tx *Tx) InsertTask(ctx context.Context, t Task) error {
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO tasks (id, contact_id, call_id, kind, owner_id, due_at, done_at, done_by, created_at)
		VALUES ($1, $2, $3, $4, COALESCE($5, (SELECT owner_id FROM contacts WHERE id = $2)), $6, $7, $8, $9)`,
		t.ID, nullText(t.ContactID), nullText(t.CallID), t.Kind, nullText(t.OwnerID), t.DueAt, nullTime(t.DoneAt), nullText(t.DoneBy), t.CreatedAt)
	return tx.fault("store.InsertTask", err)
}

// FinishTask marks a task as done; one that is done already stays as it was.
func (tx *Tx) FinishTask(ctx context.Context, id, by string, at int64) error {
	_, err := tx.q.ExecContext(ctx, `UPDATE tasks SET done_at = $1, done_by = $2 WHERE id = $3 AND done_at IS NULL`, at, nullText(by), id)
	return tx.fault("store.FinishTask", err)
}
