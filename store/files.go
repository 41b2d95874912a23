package store

import (
	"context"
	"database/sql"
)

var fileTables = []Table{{
	Name: "files", Purpose: "dealing with customers", Subject: "contact_id", Rows: DeleteRow,
	Retain: Rule{After: "expires_at", Days: 1, Keep: "parent:contacts"}, // an attachment goes with its person
	Columns: []Columns{
		{Names: "id purpose contact_id company_id deal_id content_type size created_at expires_at deleted_at", Category: Plain},
		{Names: "name", Category: Content, Erase: Redact},
		{Names: "sha256", Category: Hash},
		{Names: "sealed_key", Category: Sealed},
		{Names: "created_by", Category: Staff, Erase: Null},
	},
}}

// What files are for.
const (
	FileAttachment = "attachment" // of a contact or a company
	FileImport     = "import"     // an upload that is to be read
	FileRejects    = "rejects"    // lines that an import did not take
	FileExport     = "export"     // a list or an archive that was made to be fetched
)

// File is what is known of a file. What is in it lies beside the database, as
// an age stream to an identity that stands here sealed.
type File struct {
	ID, Purpose, ContactID, CompanyID string
	DealID                            string // beside whose it is
	Name, ContentType                 string
	Size                              int64
	SHA256                            string // keyed
	SealedKey                         []byte
	CreatedBy                         string
	CreatedAt, ExpiresAt, DeletedAt   int64
}

const fileColumns = `id, purpose, COALESCE(contact_id, ''), COALESCE(company_id, ''), COALESCE(deal_id, ''), name, content_type, size, sha256, sealed_key,
	COALESCE(created_by, ''), created_at, COALESCE(expires_at, 0), COALESCE(deleted_at, 0)`

func scanFile(row interface{ Scan(...any) error }, f *File) error {
	return row.Scan(&f.ID, &f.Purpose, &f.ContactID, &f.CompanyID, &f.DealID, &f.Name, &f.ContentType, &f.Size, &f.SHA256, &f.SealedKey,
		&f.CreatedBy, &f.CreatedAt, &f.ExpiresAt, &f.DeletedAt)
}

// InsertFile adds the row of a file that lies on the disk already.
func (tx *Tx) InsertFile(ctx context.Context, f File) error {
	_, err := tx.exec(ctx, "store.InsertFile", `
		INSERT INTO files (id, purpose, contact_id, company_id, name, content_type, size, sha256, sealed_key, created_by, created_at, expires_at, deleted_at, deal_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		f.ID, f.Purpose, nullText(f.ContactID), nullText(f.CompanyID), f.Name, f.ContentType, f.Size, f.SHA256, f.SealedKey,
		nullText(f.CreatedBy), f.CreatedAt, nullTime(f.ExpiresAt), nullTime(f.DeletedAt), nullText(f.DealID))
	return err
}

// File returns a file's row, also of one in the bin: ErrNotFound when it is gone.
func (r *Reader) File(ctx context.Context, id string) (File, error) {
	var f File
	err := scanFile(r.q.QueryRowContext(ctx, `SELECT `+fileColumns+` FROM files WHERE id = $1`, id), &f)
	return f, r.fault("store.File", err)
}

// FilesOfContact lists the files on a contact's card, the latest first.
func (r *Reader) FilesOfContact(ctx context.Context, contactID string) ([]File, error) {
	return r.filesOn(ctx, "store.FilesOfContact", "contact_id", contactID)
}

// FilesOfCompany lists the files on a company's card, the latest first.
func (r *Reader) FilesOfCompany(ctx context.Context, companyID string) ([]File, error) {
	return r.filesOn(ctx, "store.FilesOfCompany", "company_id", companyID)
}

// FilesOfDeal lists the files of a deal, the latest first.
func (r *Reader) FilesOfDeal(ctx context.Context, dealID string) ([]File, error) {
	return r.filesOn(ctx, "store.FilesOfDeal", "deal_id", dealID)
}

// FilesAbout lists every file that is held about a contact, in the order of
// ids: those in the bin too, and those of whoever went into them.
func (r *Reader) FilesAbout(ctx context.Context, contactID string) ([]File, error) {
	persons, err := r.withGone(ctx, []string{contactID})
	if err != nil {
		return nil, err
	}
	return list(ctx, r, "store.FilesAbout", `
		SELECT `+fileColumns+` FROM files WHERE contact_id `+r.eng.oneOf("$1")+` ORDER BY id`, scanFileRow, r.eng.list(persons))
}

func (r *Reader) filesOn(ctx context.Context, op, column, id string) ([]File, error) {
	return list(ctx, r, op, `
		SELECT `+fileColumns+` FROM files WHERE `+column+` = $1 AND purpose = 'attachment' AND deleted_at IS NULL
		ORDER BY created_at DESC, id DESC LIMIT 1000`, scanFileRow, id)
}

func scanFileRow(rows *sql.Rows, f *File) error { return scanFile(rows, f) }

// FileIDs lists at most limit files whose id comes behind after, in order, those
// in the bin too.
func (r *Reader) FileIDs(ctx context.Context, after string, limit int) ([]string, error) {
	return list(ctx, r, "store.FileIDs", `SELECT id FROM files WHERE id > $1 ORDER BY id LIMIT $2`, scanText, after, limit)
}

// RenameFile calls a file something else: ErrConflict when it is gone.
func (tx *Tx) RenameFile(ctx context.Context, id, name string) error {
	result, err := tx.q.ExecContext(ctx, `UPDATE files SET name = $2 WHERE id = $1 AND deleted_at IS NULL`, id, name)
	return tx.changed("store.RenameFile", result, err)
}

// fileInBin is how long a file waits in the bin: its rule of retention takes it
// a day behind its end.
const fileInBin = 29 * dayMillis

// BinFile puts a file into the bin: ErrConflict when it is there or gone.
func (tx *Tx) BinFile(ctx context.Context, id string, at int64) error {
	result, err := tx.q.ExecContext(ctx, `UPDATE files SET deleted_at = $2, expires_at = $3 WHERE id = $1 AND deleted_at IS NULL`, id, at, at+fileInBin)
	return tx.changed("store.BinFile", result, err)
}

// RestoreFile takes an attachment out of the bin: ErrConflict when it is not there.
func (tx *Tx) RestoreFile(ctx context.Context, id string) error {
	result, err := tx.q.ExecContext(ctx, `
		UPDATE files SET deleted_at = NULL, expires_at = NULL WHERE id = $1 AND deleted_at IS NOT NULL AND purpose = 'attachment'`, id)
	return tx.changed("store.RestoreFile", result, err)
}

// DeleteFiles deletes the rows of files, and once that is on the disk what is in them.
func (tx *Tx) DeleteFiles(ctx context.Context, ids ...string) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.exec(ctx, "store.DeleteFiles", `DELETE FROM files WHERE id `+tx.eng.oneOf("$1"), tx.eng.list(ids))
	if err == nil {
		tx.filesGone(ids)
	}
	return err
}

// EraseLooseFiles deletes the files that may hold anybody and are nobody's: what
// was exported, what an import did not take, and uploads that no import waits
// for. It belongs to erasing a person, who may stand in any of them.
func (tx *Tx) EraseLooseFiles(ctx context.Context) (int64, error) {
	ids, err := list(ctx, &tx.Reader, "store.EraseLooseFiles", `
		SELECT id FROM files WHERE purpose IN ('export', 'rejects') OR purpose = 'import' AND id NOT IN (
			SELECT file_id FROM imports WHERE file_id IS NOT NULL AND state IN ('draft', 'checking', 'ready', 'running'))`, scanText)
	if err != nil {
		return 0, err
	}
	return int64(len(ids)), tx.DeleteFiles(ctx, ids...)
}

// OnFilesGone has fn told, behind the commit, which files have lost their rows.
// It is a hint: the process may end before, so a start looks for itself.
func (s *Store) OnFilesGone(fn func(ids []string)) { s.gone = fn }

// filesGone notes that rows of files were deleted.
func (tx *Tx) filesGone(ids []string) {
	if tx.gone != nil && len(ids) > 0 {
		tx.AfterCommit(func() { tx.gone(ids) })
	}
}

// deletingFiles is filesGone for a statement that is about to delete the rows of
// a table that where selects.
func (tx *Tx) deletingFiles(ctx context.Context, table, where string, args ...any) error {
	if table != "files" {
		return nil
	}
	ids, err := list(ctx, &tx.Reader, "store.deletingFiles", `SELECT id FROM files WHERE `+where, scanText, args...)
	tx.filesGone(ids)
	return err
}
