package store

import (
	"context"
	"database/sql"
)

var taskTables = []Table{{
	Name: "tasks", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
	Bin: inTheBin, Retain: Rule{After: "done_at", Days: 365, Keep: "parent:contacts"}, // one that is open goes with its person
	Columns: []Columns{
		{Names: "id contact_id call_id company_id deal_id owner_id kind due_at all_day remind_at remind_before repeats repeats_from repeat_of done_at version created_at updated_at deleted_at", Category: Plain},
		{Names: "title body", Category: Content, Erase: Redact},
		{Names: "done_by created_by", Category: Staff, Erase: Null},
	},
}}

// The kinds of tasks.
const (
	TaskCallBack = "call_back"
	TaskToDo     = "todo"
)

// Task is something to do: for a contact, for a company, or for neither. Zero
// times mean "not"; an empty id means none.
type Task struct {
	ID, ContactID, CallID, CompanyID string
	DealID                           string // beside whose it is
	Kind, Title, Body                string // Title may be empty: the kind says it
	OwnerID                          string // the user whose it is; empty: whoever comes first
	DueAt                            int64
	AllDay                           bool  // due on the day that begins at DueAt
	RemindAt                         int64 // next reminder
	Reminds                          bool
	RemindBefore                     int64  // minutes from the reminder to DueAt
	Repeats                          string // RRULE of RFC 5545
	RepeatsFrom                      int64  // when it was due before it was put off
	RepeatOf                         string // the task that it followed
	DoneAt                           int64
	DoneBy, CreatedBy                string
	Version, CreatedAt, UpdatedAt    int64
	DeletedAt                        int64 // in the bin since
}

// Gone tells that a task is in the bin.
func (t Task) Gone() bool { return t.DeletedAt != 0 }

// TaskRow is a task with what a list shows of its contact, company or deal, and
// whose that is. A deal in the bin has no DealNumber.
type TaskRow struct {
	Task
	Name, Phone, ConversationID, ContactOwner string
	Company, CompanyOwner                     string
	Deal, DealOwner                           string // the title
	DealNumber                                int64
	Restricted                                bool // the contact is
	Binned                                    bool // the contact or the company is
}

const taskColumns = `t.id, COALESCE(t.contact_id, ''), COALESCE(t.call_id, ''), COALESCE(t.company_id, ''), COALESCE(t.deal_id, ''), t.kind, t.title, t.body, COALESCE(t.owner_id, ''),
	COALESCE(t.done_by, ''), COALESCE(t.created_by, ''), t.due_at, t.all_day, COALESCE(t.remind_at, 0), t.remind_before,
	t.repeats, COALESCE(t.repeats_from, 0), COALESCE(t.repeat_of, ''), COALESCE(t.done_at, 0), t.version, t.created_at, COALESCE(t.updated_at, 0), COALESCE(t.deleted_at, 0)`

func scanTask(row interface{ Scan(...any) error }, t *Task, more ...any) error {
	var before sql.NullInt64
	err := row.Scan(append([]any{
		&t.ID, &t.ContactID, &t.CallID, &t.CompanyID, &t.DealID, &t.Kind, &t.Title, &t.Body, &t.OwnerID,
		&t.DoneBy, &t.CreatedBy, &t.DueAt, &t.AllDay, &t.RemindAt, &before,
		&t.Repeats, &t.RepeatsFrom, &t.RepeatOf, &t.DoneAt, &t.Version, &t.CreatedAt, &t.UpdatedAt, &t.DeletedAt,
	}, more...)...)
	t.Reminds, t.RemindBefore = before.Valid, before.Int64
	return err
}

const (
	// rowColumns and rowJoins are what a TaskRow adds.
	rowColumns = `, COALESCE(c.name, ''), COALESCE(p.match_key, ''), COALESCE(v.id, ''), COALESCE(c.owner_id, ''),
		COALESCE(f.name, ''), COALESCE(f.owner_id, ''), COALESCE(d.title, ''), COALESCE(d.owner_id, ''), COALESCE(d.number, 0), CASE WHEN c.restricted_at IS NULL THEN 0 ELSE 1 END,
		CASE WHEN c.deleted_at IS NULL AND f.deleted_at IS NULL THEN 0 ELSE 1 END`
	rowJoins = ` FROM tasks t
		LEFT JOIN contacts c ON c.id = t.contact_id
		LEFT JOIN contact_phones p ON p.contact_id = t.contact_id AND p.position = 0
		LEFT JOIN conversations v ON v.contact_id = t.contact_id
		LEFT JOIN companies f ON f.id = t.company_id
		LEFT JOIN deals d ON d.id = t.deal_id AND d.deleted_at IS NULL`
	// there leaves out what is in the bin, alone or with its person.
	there    = `t.deleted_at IS NULL AND (t.contact_id IS NULL OR c.deleted_at IS NULL)`
	openTask = `t.done_at IS NULL AND ` + there
)

func scanTaskRow(rows *sql.Rows, t *TaskRow) error {
	return scanTask(rows, &t.Task, &t.Name, &t.Phone, &t.ConversationID, &t.ContactOwner, &t.Company, &t.CompanyOwner, &t.Deal, &t.DealOwner, &t.DealNumber, &t.Restricted, &t.Binned)
}

// Task returns one task, also one that is in the bin, or ErrNotFound.
func (r *Reader) Task(ctx context.Context, id string) (Task, error) {
	var t Task
	err := scanTask(r.q.QueryRowContext(ctx, `SELECT `+taskColumns+` FROM tasks t WHERE t.id = $1`, id), &t)
	return t, r.fault("store.Task", err)
}

// TaskRows returns those of the tasks that are there, by id; none that is in the bin.
func (r *Reader) TaskRows(ctx context.Context, ids []string) (map[string]TaskRow, error) {
	out := map[string]TaskRow{}
	if len(ids) == 0 {
		return out, nil
	}
	marks, args := inList(ids)
	rows, err := list(ctx, r, "store.TaskRows", `SELECT `+taskColumns+rowColumns+rowJoins+` WHERE t.id IN (`+marks+`) AND `+there, scanTaskRow, args...)
	for _, t := range rows {
		out[t.ID] = t
	}
	return out, err
}

// Cursor is the place of the task in a list of open ones.
func (t Task) Cursor() string { return Cursor(t.DueAt, t.ID) }

// OpenTasks lists what is still to do of a scope, the most urgent first.
func (r *Reader) OpenTasks(ctx context.Context, scope Scope, page Page) ([]TaskRow, error) {
	return r.TasksDue(ctx, scope, farOff, page)
}

// farOff is later than anything is due.
const farOff = 1 << 62

// TasksDue is OpenTasks as far as it is due before a moment.
func (r *Reader) TasksDue(ctx context.Context, scope Scope, before int64, page Page) ([]TaskRow, error) {
	var due int64
	var id string
	if !page.keys(&due, &id) {
		due, id = -farOff, ""
	}
	of, args := scope.and("t.owner_id", []any{due, id, before})
	return list(ctx, r, "store.TasksDue", `SELECT `+taskColumns+rowColumns+rowJoins+`
		WHERE `+openTask+` AND t.due_at >= $1 AND (t.due_at, t.id) > ($1, $2) AND t.due_at < $3`+of+`
		ORDER BY t.due_at, t.id`+limitTo(page.limit()), scanTaskRow, args...)
}

// DoneCursor is the place of the task in DoneTasks.
func (t Task) DoneCursor() string { return Cursor(t.DoneAt, t.ID) }

// DoneTasks lists what was done of a scope, the latest first.
func (r *Reader) DoneTasks(ctx context.Context, scope Scope, page Page) ([]TaskRow, error) {
	at, id := before(page)
	of, args := scope.and("t.owner_id", []any{at, id})
	return list(ctx, r, "store.DoneTasks", `SELECT `+taskColumns+rowColumns+rowJoins+`
		WHERE t.done_at IS NOT NULL AND `+there+` AND t.done_at <= $1 AND (t.done_at, t.id) < ($1, $2)`+of+`
		ORDER BY t.done_at DESC, t.id DESC`+limitTo(page.limit()), scanTaskRow, args...)
}

// OpenTasksOf lists what is still to do for one contact.
func (r *Reader) OpenTasksOf(ctx context.Context, contactID string) ([]Task, error) {
	return list(ctx, r, "store.OpenTasksOf", `
		SELECT `+taskColumns+` FROM tasks t WHERE t.contact_id = $1 AND t.done_at IS NULL AND t.deleted_at IS NULL ORDER BY t.due_at, t.id`,
		func(rows *sql.Rows, t *Task) error { return scanTask(rows, t) }, contactID)
}

// OpenTasksOfCompany lists what is still to do for one company.
func (r *Reader) OpenTasksOfCompany(ctx context.Context, companyID string) ([]Task, error) {
	return list(ctx, r, "store.OpenTasksOfCompany", `
		SELECT `+taskColumns+` FROM tasks t WHERE t.company_id = $1 AND t.done_at IS NULL AND t.deleted_at IS NULL ORDER BY t.due_at, t.id`,
		func(rows *sql.Rows, t *Task) error { return scanTask(rows, t) }, companyID)
}

// OpenTasksOfDeal lists what is still to do for one deal: the first is its next
// step.
func (r *Reader) OpenTasksOfDeal(ctx context.Context, dealID string) ([]Task, error) {
	return list(ctx, r, "store.OpenTasksOfDeal", `
		SELECT `+taskColumns+` FROM tasks t WHERE t.deal_id = $1 AND t.done_at IS NULL AND t.deleted_at IS NULL ORDER BY t.due_at, t.id`,
		func(rows *sql.Rows, t *Task) error { return scanTask(rows, t) }, dealID)
}

// CountOpenTasks counts what is still to do of a scope.
func (r *Reader) CountOpenTasks(ctx context.Context, scope Scope) (n int64, err error) {
	return r.CountTasksDue(ctx, scope, farOff)
}

// CountTasksDue counts what of a scope is still to do and due before a moment.
func (r *Reader) CountTasksDue(ctx context.Context, scope Scope, before int64) (n int64, err error) {
	of, args := scope.and("t.owner_id", []any{before})
	err = r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM tasks t LEFT JOIN contacts c ON c.id = t.contact_id
		WHERE `+openTask+` AND t.due_at < $1`+of, args...).Scan(&n)
	return n, r.fault("store.CountTasksDue", err)
}

// NextTaskAfter returns the task that followed one when it was done, or ErrNotFound.
func (r *Reader) NextTaskAfter(ctx context.Context, id string) (Task, error) {
	return one(ctx, r, "store.NextTaskAfter", `SELECT `+taskColumns+` FROM tasks t WHERE t.repeat_of = $1 ORDER BY t.created_at DESC, t.id DESC LIMIT 1`,
		func(row *sql.Row, t *Task) error { return scanTask(row, t) }, id)
}

// InsertTask adds a task. One that is nobody's is for whoever looks after the
// contact. A second one for the same call is ErrConflict.
func (tx *Tx) InsertTask(ctx context.Context, t Task) error {
	_, err := tx.q.ExecContext(ctx, `
		INSERT INTO tasks (id, contact_id, call_id, company_id, kind, title, body, owner_id, due_at, all_day, remind_at, remind_before, repeats, repeats_from, repeat_of,
			done_at, done_by, created_by, version, created_at, deal_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, COALESCE($8, (SELECT owner_id FROM contacts WHERE id = $2)), $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
		t.ID, nullText(t.ContactID), nullText(t.CallID), nullText(t.CompanyID), t.Kind, t.Title, t.Body, nullText(t.OwnerID), t.DueAt, flag(t.AllDay),
		nullTime(t.RemindAt), t.before(), t.Repeats, nullTime(t.RepeatsFrom), nullText(t.RepeatOf),
		nullTime(t.DoneAt), nullText(t.DoneBy), nullText(t.CreatedBy), max(t.Version, 1), t.CreatedAt, nullText(t.DealID))
	if err != nil {
		return tx.fault("store.InsertTask", err)
	}
	return tx.indexTask(ctx, t)
}

// before is RemindBefore as it is stored.
func (t Task) before() any {
	if !t.Reminds {
		return nil
	}
	return t.RemindBefore
}

// SaveTask writes all of a task but what it was made from: ErrConflict when it
// is not as its Version has it any more, or is in the bin.
func (tx *Tx) SaveTask(ctx context.Context, t Task, at int64) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE tasks SET contact_id = $3, company_id = $4, title = $5, body = $6, owner_id = $7, due_at = $8, all_day = $9, remind_at = $10, remind_before = $11,
			repeats = $12, repeats_from = $13, done_at = $14, done_by = $15, updated_at = $16, version = version + 1
		WHERE id = $1 AND version = $2 AND deleted_at IS NULL`,
		t.ID, t.Version, nullText(t.ContactID), nullText(t.CompanyID), t.Title, t.Body, nullText(t.OwnerID), t.DueAt, flag(t.AllDay), nullTime(t.RemindAt), t.before(),
		t.Repeats, nullTime(t.RepeatsFrom), nullTime(t.DoneAt), nullText(t.DoneBy), at)
	if err := tx.changed("store.SaveTask", result, err); err != nil {
		return err
	}
	return tx.indexTask(ctx, t)
}

// TakeTaskForDeal has a task that belongs to no deal be one of a deal, too, and of
// the deal's owner where it is nobody's.
func (tx *Tx) TakeTaskForDeal(ctx context.Context, id, dealID string, at int64) error {
	_, err := tx.exec(ctx, "store.TakeTaskForDeal", `
		UPDATE tasks SET deal_id = $2, owner_id = COALESCE(owner_id, (SELECT owner_id FROM deals WHERE id = $2)), updated_at = $3, version = version + 1 WHERE id = $1 AND deal_id IS NULL AND deleted_at IS NULL`, id, dealID, at)
	return err
}

// FinishTask marks a task as done; one that is done already stays as it was.
func (tx *Tx) FinishTask(ctx context.Context, id, by string, at int64) error {
	_, err := tx.q.ExecContext(ctx, `
		UPDATE tasks SET done_at = $1, done_by = $2, remind_at = NULL, updated_at = $1, version = version + 1 WHERE id = $3 AND done_at IS NULL`,
		at, nullText(by), id)
	return tx.fault("store.FinishTask", err)
}

// BinTask puts a task into the bin, and tells whether it was not there.
func (tx *Tx) BinTask(ctx context.Context, id string, at int64) (bool, error) {
	n, err := tx.exec(ctx, "store.BinTask", `
		UPDATE tasks SET deleted_at = $2, updated_at = $2, version = version + 1 WHERE id = $1 AND deleted_at IS NULL`, id, at)
	return n > 0, err
}

// TasksToRemind lists at most limit tasks whose reminder is due, the earliest
// first, behind one of them or from the beginning: those that are done or in the
// bin too, so that they are not asked again.
func (r *Reader) TasksToRemind(ctx context.Context, at int64, behind Task, limit int) ([]TaskRow, error) {
	return list(ctx, r, "store.TasksToRemind", `SELECT `+taskColumns+rowColumns+rowJoins+`
		WHERE t.remind_at IS NOT NULL AND t.remind_at <= $1 AND (t.remind_at, t.id) > ($2, $3) ORDER BY t.remind_at, t.id LIMIT $4`,
		scanTaskRow, at, behind.RemindAt, behind.ID, limit)
}

// TakeReminder clears a task's reminder if it still is that one, and tells
// whether it was: whoever gets true is the one who reminds.
func (tx *Tx) TakeReminder(ctx context.Context, id string, remindAt int64) (bool, error) {
	n, err := tx.exec(ctx, "store.TakeReminder", `UPDATE tasks SET remind_at = NULL WHERE id = $1 AND remind_at = $2`, id, remindAt)
	return n > 0, err
}

// CalendarTasks lists a user's tasks for their calendar, at most limit, the
// latest due first: open ones, and what was done or binned since a moment.
func (r *Reader) CalendarTasks(ctx context.Context, userID string, since int64, limit int) ([]TaskRow, error) {
	return list(ctx, r, "store.CalendarTasks", `SELECT `+taskColumns+rowColumns+rowJoins+`
		WHERE t.owner_id = $1 AND (t.done_at IS NULL OR t.done_at >= $2) AND (t.deleted_at IS NULL OR t.deleted_at >= $2)
		ORDER BY t.due_at DESC, t.id DESC LIMIT $3`, scanTaskRow, userID, since, limit)
}
