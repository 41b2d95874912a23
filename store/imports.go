package store

import (
	"context"
	"database/sql"
	"fmt"
)

var importTables = []Table{
	{Name: "imports", Purpose: "dealing with customers", Rows: FindRow, Retain: Rule{After: "created_at", Days: 730}, Columns: []Columns{
		{Names: "id operation_id file_id rejects_id format preset country basis mode match_by state line_count header_lines blank_lines records created updated unchanged rejected suppressed flagged undone kept undo_id created_at updated_at finished_at", Category: Plain},
		{Names: "file_name settings basis_evidence", Category: Content},
		{Names: "created_by", Category: Staff},
	}},
	{Name: "import_rows", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow, Retain: Rule{After: "at", Days: 730}, Columns: []Columns{
		{Names: "import_id line line_end outcome reason contact_id at", Category: Plain},
	}},
}

// The states of an import.
const (
	ImportDraft     = "draft"    // uploaded; its columns are being matched
	ImportChecking  = "checking" // read to the end, nothing is written
	ImportReady     = "ready"    // its counts are known
	ImportRunning   = "running"
	ImportDone      = "done"
	ImportFailed    = "failed"
	ImportCancelled = "cancelled" // what came in before stays, and can be taken back
	ImportUndone    = "undone"
)

// What became of a record of the file.
const (
	RowCreated    = "created"
	RowUpdated    = "updated"
	RowUnchanged  = "unchanged"
	RowRejected   = "rejected"
	RowSuppressed = "suppressed" // somebody who was erased
	RowUndone     = "undone"
)

// Import is a file of people on its way in. Settings is JSON of how it is read.
type Import struct {
	ID, OperationID, FileID, RejectsID      string
	FileName, Format, Preset, Settings      string
	Country, Basis, BasisEvidence           string
	Mode, MatchBy, State, UndoID, CreatedBy string
	ImportCounts
	CreatedAt, UpdatedAt, FinishedAt int64
}

// ImportCounts add up: Lines are those of the header, blank ones and those of
// the records; Records are what became of them.
type ImportCounts struct {
	Lines, Header, Blank                              int64
	Records                                           int64
	Created, Updated, Unchanged, Rejected, Suppressed int64
	Flagged                                           int64 // of those taken: something needs a look
	Undone, Kept                                      int64 // what taking back did
}

// Add counts another record.
func (c *ImportCounts) Add(outcome, reason string) {
	c.Records++
	switch outcome {
	case RowCreated:
		c.Created++
	case RowUpdated:
		c.Updated++
	case RowUnchanged:
		c.Unchanged++
	case RowRejected:
		c.Rejected++
	case RowSuppressed:
		c.Suppressed++
	}
	if reason != "" && outcome != RowRejected && outcome != RowSuppressed {
		c.Flagged++
	}
}

// ImportRow is what became of one record of the file.
type ImportRow struct {
	Line, End       int64
	Outcome, Reason string
	ContactID       string
}

const importColumns = `id, COALESCE(operation_id, ''), COALESCE(file_id, ''), COALESCE(rejects_id, ''), file_name, format, preset, settings,
	country, basis, basis_evidence, mode, match_by, state, COALESCE(undo_id, ''), COALESCE(created_by, ''),
	line_count, header_lines, blank_lines, records, created, updated, unchanged, rejected, suppressed, flagged, undone, kept,
	created_at, updated_at, COALESCE(finished_at, 0)`

func scanImport(row interface{ Scan(...any) error }, i *Import) error {
	return row.Scan(&i.ID, &i.OperationID, &i.FileID, &i.RejectsID, &i.FileName, &i.Format, &i.Preset, &i.Settings,
		&i.Country, &i.Basis, &i.BasisEvidence, &i.Mode, &i.MatchBy, &i.State, &i.UndoID, &i.CreatedBy,
		&i.Lines, &i.Header, &i.Blank, &i.Records, &i.Created, &i.Updated, &i.Unchanged, &i.Rejected, &i.Suppressed, &i.Flagged, &i.Undone, &i.Kept,
		&i.CreatedAt, &i.UpdatedAt, &i.FinishedAt)
}

// Import returns one import, or ErrNotFound.
func (r *Reader) Import(ctx context.Context, id string) (Import, error) {
	var i Import
	err := scanImport(r.q.QueryRowContext(ctx, `SELECT `+importColumns+` FROM imports WHERE id = $1`, id), &i)
	return i, r.fault("store.Import", err)
}

// Imports lists a page of the imports that users of a scope began, the latest
// first, and the After of the next.
func (r *Reader) Imports(ctx context.Context, of Scope, page Page) ([]Import, string, error) {
	at, id := before(page)
	within, args := of.and("created_by", []any{at, id})
	out, err := list(ctx, r, "store.Imports", `
		SELECT `+importColumns+` FROM imports WHERE (created_at, id) < ($1, $2)`+within+` ORDER BY created_at DESC, id DESC`+limitTo(page.limit()+1),
		func(rows *sql.Rows, i *Import) error { return scanImport(rows, i) }, args...)
	if err != nil || len(out) <= page.limit() {
		return out, "", err
	}
	out = out[:page.limit()]
	last := out[len(out)-1]
	return out, Cursor(last.CreatedAt, last.ID), nil
}

// InsertImport adds an import.
func (tx *Tx) InsertImport(ctx context.Context, i Import) error {
	_, err := tx.exec(ctx, "store.InsertImport", `
		INSERT INTO imports (id, file_id, file_name, format, preset, settings, country, basis, basis_evidence, mode, match_by, state, created_by, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)`,
		i.ID, nullText(i.FileID), i.FileName, i.Format, i.Preset, i.Settings, i.Country, i.Basis, i.BasisEvidence, i.Mode, i.MatchBy, i.State, nullText(i.CreatedBy), i.CreatedAt)
	return err
}

// ImportsWaiting tells how many uploads lie on the disk that no import is taking
// in, whether it never began or was stopped, and how many bytes they have.
func (r *Reader) ImportsWaiting(ctx context.Context) (n, bytes int64, err error) {
	err = r.q.QueryRowContext(ctx, `
		SELECT COUNT(*), COALESCE(SUM(f.size), 0)
		FROM imports i JOIN files f ON f.id = i.file_id LEFT JOIN operations o ON o.id = i.operation_id
		WHERE i.state <> 'running' OR o.id IS NULL OR o.state NOT IN ('waiting', 'running')`).Scan(&n, &bytes)
	return n, bytes, r.fault("store.ImportsWaiting", err)
}

// SaveImport saves an import that is in one of the states from: ErrConflict says
// that it has gone on meanwhile.
func (tx *Tx) SaveImport(ctx context.Context, i Import, from ...string) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE imports SET operation_id = $2, file_id = $3, rejects_id = $4, preset = $5, settings = $6, country = $7, basis = $8, basis_evidence = $9,
			mode = $10, match_by = $11, state = $12, undo_id = $13, line_count = $14, header_lines = $15, blank_lines = $16, records = $17,
			created = $18, updated = $19, unchanged = $20, rejected = $21, suppressed = $22, flagged = $23, undone = $24, kept = $25,
			updated_at = $26, finished_at = $27
		WHERE id = $1 AND state `+tx.eng.oneOf("$28"),
		i.ID, nullText(i.OperationID), nullText(i.FileID), nullText(i.RejectsID), i.Preset, i.Settings, i.Country, i.Basis, i.BasisEvidence,
		i.Mode, i.MatchBy, i.State, nullText(i.UndoID), i.Lines, i.Header, i.Blank, i.Records,
		i.Created, i.Updated, i.Unchanged, i.Rejected, i.Suppressed, i.Flagged, i.Undone, i.Kept,
		i.UpdatedAt, nullTime(i.FinishedAt), tx.eng.list(from))
	return tx.changed("store.SaveImport", result, err)
}

// DeleteImport takes an import away that never ran: ErrConflict when it did.
func (tx *Tx) DeleteImport(ctx context.Context, id string) error {
	result, err := tx.q.ExecContext(ctx, `DELETE FROM imports WHERE id = $1 AND state IN ('draft', 'checking', 'ready')`, id)
	return tx.changed("store.DeleteImport", result, err)
}

// InsertImportRows notes what became of records.
func (tx *Tx) InsertImportRows(ctx context.Context, importID string, rows []ImportRow, at int64) error {
	for i := range rows {
		row := &rows[i]
		_, err := tx.q.ExecContext(ctx, `INSERT INTO import_rows (import_id, line, line_end, outcome, reason, contact_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			importID, row.Line, row.End, row.Outcome, row.Reason, nullText(row.ContactID), at)
		if err != nil {
			return tx.fault("store.InsertImportRows", err)
		}
	}
	return nil
}

// ImportRows lists at most limit records of an import behind a line, in their
// order: those with an outcome, or all of them.
func (r *Reader) ImportRows(ctx context.Context, importID, outcome string, after int64, limit int) ([]ImportRow, error) {
	where, args := "", []any{importID, after, limit}
	if outcome != "" {
		where, args = " AND outcome = $4", append(args, outcome)
	}
	return list(ctx, r, "store.ImportRows", `
		SELECT line, line_end, outcome, reason, COALESCE(contact_id, '') FROM import_rows
		WHERE import_id = $1 AND line > $2`+where+` ORDER BY line LIMIT $3`, scanImportRow, args...)
}

// FlaggedImportRows lists at most limit records behind a line that were taken
// and need a look.
func (r *Reader) FlaggedImportRows(ctx context.Context, importID string, after int64, limit int) ([]ImportRow, error) {
	return list(ctx, r, "store.FlaggedImportRows", `
		SELECT line, line_end, outcome, reason, COALESCE(contact_id, '') FROM import_rows
		WHERE import_id = $1 AND line > $2 AND reason <> '' AND outcome NOT IN ('rejected', 'suppressed') ORDER BY line LIMIT $3`, scanImportRow, importID, after, limit)
}

func scanImportRow(rows *sql.Rows, i *ImportRow) error {
	return rows.Scan(&i.Line, &i.End, &i.Outcome, &i.Reason, &i.ContactID)
}

// Mode and match of imports.
const (
	ImportAdd       = "add"
	ImportFill      = "fill"
	ImportOverwrite = "overwrite"
	MatchPhone      = "phone"
	MatchEmail      = "email"
	MatchBoth       = "both"
)

// KeyHolder is a contact outside the bin with a number or an address of mail.
type KeyHolder struct{ Key, ContactID, NameKey, OwnerID string }

// PhoneHolders lists who has one of some numbers, given as match keys, the oldest
// first; of a number that very many have, the oldest few thousand.
func (r *Reader) PhoneHolders(ctx context.Context, keys []string) ([]KeyHolder, error) {
	return r.keyHolders(ctx, "contact_phones", keys)
}

// EmailHolders is PhoneHolders for addresses of mail.
func (r *Reader) EmailHolders(ctx context.Context, keys []string) ([]KeyHolder, error) {
	return r.keyHolders(ctx, "contact_emails", keys)
}

// maxHolders is how many people with one number or address are told apart.
const maxHolders = 5000

func (r *Reader) keyHolders(ctx context.Context, table string, keys []string) ([]KeyHolder, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	found, err := r.holdersOf(ctx, table, keys)
	if err != nil || len(found) < maxHolders || len(keys) == 1 {
		return found, err
	}
	// One that very many have would take the place of the others'.
	found = nil
	for _, key := range keys {
		some, err := r.holdersOf(ctx, table, []string{key})
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}

func (r *Reader) holdersOf(ctx context.Context, table string, keys []string) ([]KeyHolder, error) {
	return list(ctx, r, "store.KeyHolders", `
		SELECT p.match_key, c.id, c.name_key, COALESCE(c.owner_id, '') FROM `+table+` p JOIN contacts c ON c.id = p.contact_id
		WHERE p.match_key `+r.eng.oneOf("$1")+` AND c.deleted_at IS NULL ORDER BY c.id LIMIT $2`,
		func(rows *sql.Rows, h *KeyHolder) error {
			return rows.Scan(&h.Key, &h.ContactID, &h.NameKey, &h.OwnerID)
		}, r.eng.list(keys), maxHolders)
}

// Forgotten tells which of some subjects, as forget names them, were erased.
func (r *Reader) Forgotten(ctx context.Context, subjects []string) (map[string]bool, error) {
	out := map[string]bool{}
	if len(subjects) == 0 {
		return out, nil
	}
	found, err := list(ctx, r, "store.Forgotten", `SELECT subject FROM ledger_entries WHERE act = 'forget' AND subject `+r.eng.oneOf("$1"), scanText, r.eng.list(subjects))
	for _, subject := range found {
		out[subject] = true
	}
	return out, err
}

// AnyForgotten tells whether anybody was ever erased.
func (r *Reader) AnyForgotten(ctx context.Context) (bool, error) {
	found, err := list(ctx, r, "store.AnyForgotten", `SELECT subject FROM ledger_entries WHERE act = 'forget' LIMIT 1`, scanText)
	return len(found) > 0, err
}

// UndoImportRows takes back at most limit of the contacts that an import made
// and nobody has touched since: no change, no event, nothing that hangs on them.
// It tells how many went and how many were kept; neither means that it is done.
func (tx *Tx) UndoImportRows(ctx context.Context, importID string, limit int) (undone, kept int64, err error) {
	rows, err := tx.ImportRows(ctx, importID, RowCreated, 0, limit)
	if err != nil || len(rows) == 0 {
		return 0, 0, err
	}
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.ContactID)
	}
	untouched, err := tx.untouched(ctx, ids)
	if err != nil {
		return 0, 0, err
	}
	_, err = tx.exec(ctx, "store.UndoImportRows", `
		UPDATE import_rows SET outcome = 'undone', contact_id = NULL WHERE import_id = $1 AND contact_id `+tx.eng.oneOf("$2"), importID, tx.eng.list(untouched))
	if err != nil {
		return 0, 0, err
	}
	_, err = tx.exec(ctx, "store.UndoImportRows", `
		UPDATE import_rows SET outcome = 'unchanged', reason = 'kept' WHERE import_id = $1 AND outcome = 'created' AND contact_id `+tx.eng.oneOf("$2"), importID, tx.eng.list(ids))
	if err != nil {
		return 0, 0, err
	}
	if len(untouched) > 0 {
		if _, err := tx.eraseSubjects(ctx, untouched); err != nil {
			return 0, 0, fmt.Errorf("store.UndoImportRows: %w", err)
		}
	}
	return int64(len(untouched)), int64(len(ids) - len(untouched)), nil
}

// untouched are those of some new contacts of whom nothing more is known than
// when they came in.
func (r *Reader) untouched(ctx context.Context, ids []string) ([]string, error) {
	query := `SELECT c.id FROM contacts c WHERE c.id ` + r.eng.oneOf("$1") + ` AND c.version = 1 AND c.deleted_at IS NULL AND c.updated_at = c.created_at`
	for _, table := range []string{"events", "notes", "tasks", "messages", "calls", "conversations", "consent_events"} {
		query += ` AND NOT EXISTS (SELECT 1 FROM ` + table + ` x WHERE x.contact_id = c.id)`
	}
	query += ` AND NOT EXISTS (SELECT 1 FROM files x WHERE x.contact_id = c.id)
		AND NOT EXISTS (SELECT 1 FROM merges x WHERE x.contact_id = c.id)
		AND (SELECT COUNT(*) FROM provenances x WHERE x.contact_id = c.id) = 1`
	return list(ctx, r, "store.untouched", query, scanText, r.eng.list(ids))
}

// ImportedTo is the last line of an import whose record was done with, or 0.
func (r *Reader) ImportedTo(ctx context.Context, importID string) (line int64, err error) {
	err = r.q.QueryRowContext(ctx, `SELECT COALESCE(MAX(line_end), 0) FROM import_rows WHERE import_id = $1`, importID).Scan(&line)
	return line, r.fault("store.ImportedTo", err)
}

// NoteImportRowsUndone says of the records that changed some contacts that the
// change was taken back.
func (tx *Tx) NoteImportRowsUndone(ctx context.Context, importID string, contactIDs []string) error {
	_, err := tx.exec(ctx, "store.NoteImportRowsUndone", `
		UPDATE import_rows SET outcome = 'undone' WHERE import_id = $1 AND outcome = 'updated' AND contact_id `+tx.eng.oneOf("$2"), importID, tx.eng.list(contactIDs))
	return err
}
