package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// Still gives fn one moment of the database to read, whatever is written
// meanwhile. It holds a connection for as long as fn takes, and on SQLite the
// write-ahead log cannot begin anew until then: it grows by what is written.
func (s *Store) Still(ctx context.Context, fn func(*Reader) error) error {
	how := &sql.TxOptions{ReadOnly: true}
	if s.eng.name() == "postgres" {
		how.Isolation = sql.LevelRepeatableRead
	}
	tx, err := s.read.BeginTx(context.WithoutCancel(ctx), how)
	if err != nil {
		return s.fault("store.Still", err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	return fn(&Reader{q: tx, eng: s.eng, cat: s.cat})
}

// Colleague is somebody of the business whom a record of the archive names.
type Colleague struct{ ID, Name string }

// ArchiveColleagues lists the users whom records of the tables name, by id.
func (r *Reader) ArchiveColleagues(ctx context.Context, tables []ArchiveTable) ([]Colleague, error) {
	var named []string
	for _, t := range tables {
		for _, c := range t.Columns {
			if c.Category == Staff || c.Name == "owner_id" {
				where := c.Name + ` IS NOT NULL`
				if t.where != "" {
					where += ` AND (` + t.where + `)`
				}
				named = append(named, `SELECT `+c.Name+` FROM `+t.Name+` WHERE `+where)
			}
		}
	}
	return list(ctx, r, "store.ArchiveColleagues", `
		SELECT id, COALESCE(name, '') FROM users WHERE id IN (`+strings.Join(named, ` UNION `)+`) ORDER BY id`,
		func(rows *sql.Rows, c *Colleague) error { return rows.Scan(&c.ID, &c.Name) })
}

// InsertColleague adds somebody who is not of this business: a name for what
// they did elsewhere. They cannot sign in.
func (tx *Tx) InsertColleague(ctx context.Context, c Colleague, at int64) error {
	_, err := tx.exec(ctx, "store.InsertColleague", `
		INSERT INTO users (id, name, password_hash, role, disabled_at, removed_at, created_at, updated_at)
		VALUES ($1, $2, '', '', $3, $3, $3, $3) ON CONFLICT (id) DO NOTHING`, c.ID, nullText(c.Name), at)
	return err
}

// begun are the tables that a business has rows in from its first moment on, with
// the condition that a row is one of those and was not changed since.
var begun = map[string]string{
	"stages":       `version = 1 AND deleted_at IS NULL AND created_at = (SELECT created_at FROM business)`,
	"pipelines":    `version = 1 AND deleted_at IS NULL AND created_at = (SELECT created_at FROM business)`,
	"deal_reasons": `deleted_at IS NULL AND created_at = (SELECT created_at FROM business)`,
}

// ArchiveEmpty tells whether none of the tables of an archive has a row besides
// those that every business begins with: only then may one be read into this
// instance.
func (r *Reader) ArchiveEmpty(ctx context.Context) (bool, error) {
	for _, name := range archiveOrder {
		where := ""
		if of := begun[name]; of != "" {
			where = ` WHERE NOT (` + of + `)`
		}
		var n int64
		if err := r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM `+name+where+` LIMIT 1) p`).Scan(&n); err != nil {
			return false, r.fault("store.ArchiveEmpty", err)
		}
		if n > 0 && name != "files" { // the archive itself is one
			return false, nil
		}
	}
	return true, nil
}

// ClearBegun removes what every business begins with, for an archive brings its
// own. Call it in a transaction in which ArchiveEmpty has told yes.
func (tx *Tx) ClearBegun(ctx context.Context) error {
	for _, table := range []string{"stages", "pipelines", "deal_reasons"} { // children first
		if _, err := tx.exec(ctx, "store.ClearBegun", `DELETE FROM `+table+` WHERE `+begun[table]); err != nil {
			return err
		}
	}
	return nil
}

// InsertArchived adds rows of an archive as they stand there, with what the
// archive leaves out. The search is the caller's to bring in line.
func (tx *Tx) InsertArchived(ctx context.Context, t ArchiveTable, rows [][]Cell) error {
	names, marks := make([]string, len(t.Columns)), make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i], marks[i] = c.Name, fmt.Sprintf("$%d", i+1)
	}
	query := `INSERT INTO ` + t.Name + ` (` + strings.Join(names, ", ") + `) VALUES (` + strings.Join(marks, ", ") + `)`
	return tx.flowing(ctx, t.deals(rows), func() error {
		args := make([]any, len(t.Columns))
		for _, row := range rows {
			for i, c := range row {
				args[i] = c.arg(t.Columns[i].Number)
			}
			if _, err := tx.exec(ctx, "store.InsertArchived", query, args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// With is the table with a column more, or with one that was replaced.
func (t ArchiveTable) With(more ...ArchiveColumn) ArchiveTable {
	t.Columns = slices.Clone(t.Columns)
	t.Columns = append(t.Columns, more...)
	return t
}

// Column is where a column stands; -1: it is not there.
func (t ArchiveTable) Column(name string) int {
	return slices.IndexFunc(t.Columns, func(c ArchiveColumn) bool { return c.Name == name })
}

// ArchivedIDs lists at most limit ids of a table of the archive behind one.
func (r *Reader) ArchivedIDs(ctx context.Context, table, after string, limit int) ([]string, error) {
	if _, in := archived[table]; !in {
		return nil, fmt.Errorf("store.ArchivedIDs: %s: %w", table, ErrNotFound)
	}
	return list(ctx, r, "store.ArchivedIDs", `SELECT id FROM `+table+` WHERE id > $1 ORDER BY id`+limitTo(limit), scanText, after)
}

// IndexArchivedNotes makes notes findable.
func (tx *Tx) IndexArchivedNotes(ctx context.Context, ids []string) error {
	notes, err := list(ctx, &tx.Reader, "store.IndexArchivedNotes", `
		SELECT id, COALESCE(contact_id, ''), body FROM notes WHERE deleted_at IS NULL AND id `+tx.eng.oneOf("$1"),
		func(rows *sql.Rows, n *Note) error { return rows.Scan(&n.ID, &n.ContactID, &n.Body) }, tx.eng.list(ids))
	for _, n := range notes {
		if err == nil {
			err = tx.IndexText(ctx, "note", n.ID, n.ContactID, n.Body)
		}
	}
	return err
}

// SettleArchived brings in line what was inserted past its own ways: what is in
// the bin is not found.
func (tx *Tx) SettleArchived(ctx context.Context, contactIDs []string) error {
	if len(contactIDs) == 0 {
		return nil
	}
	_, err := tx.exec(ctx, "store.SettleArchived", `
		UPDATE search_docs SET kind = '`+inBin+`' || kind WHERE kind NOT LIKE '`+inBin+`%'
		AND contact_id IN (SELECT id FROM contacts WHERE deleted_at IS NOT NULL AND id `+tx.eng.oneOf("$1")+`)`, tx.eng.list(contactIDs))
	return err
}

// OptedOutHashes lists, of some keyed hashes, those that are suppressed, with
// the reason and the time.
func (r *Reader) OptedOutHashes(ctx context.Context, channel string, hashes []string) (map[string]OptOut, error) {
	out := map[string]OptOut{}
	if len(hashes) == 0 {
		return out, nil
	}
	marks, args := inList(hashes, channel)
	rows, err := list(ctx, r, "store.OptedOutHashes", `
		SELECT address_hash, reason, created_at FROM suppressions WHERE channel = $1 AND address_hash IN (`+marks+`)`,
		func(rows *sql.Rows, o *OptOut) error { return rows.Scan(&o.Hash, &o.Reason, &o.At) }, args...)
	for _, o := range rows {
		out[o.Hash] = o
	}
	return out, err
}

// OptOut is an address to which nothing may be sent.
type OptOut struct {
	Hash, Reason string
	At           int64
}

// CountSuppressions tells how many opt-outs there are.
func (r *Reader) CountSuppressions(ctx context.Context) (n int64, err error) {
	err = r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM suppressions`).Scan(&n)
	return n, r.fault("store.CountSuppressions", err)
}

// PhoneKeys lists at most limit match keys of contacts' phones behind one, each once.
func (r *Reader) PhoneKeys(ctx context.Context, after string, limit int) ([]string, error) {
	return list(ctx, r, "store.PhoneKeys", `
		SELECT DISTINCT match_key FROM contact_phones WHERE match_key > $1 ORDER BY match_key`+limitTo(limit), scanText, after)
}

// KeysOfContacts gives the match keys of contacts' phones, by contact.
func (r *Reader) KeysOfContacts(ctx context.Context, contactIDs []string) (map[string][]string, error) {
	out := map[string][]string{}
	if len(contactIDs) == 0 {
		return out, nil
	}
	marks, args := inList(contactIDs)
	rows, err := list(ctx, r, "store.KeysOfContacts", `
		SELECT contact_id, match_key FROM contact_phones WHERE contact_id IN (`+marks+`) ORDER BY contact_id, match_key`,
		func(rows *sql.Rows, pair *[2]string) error { return rows.Scan(&pair[0], &pair[1]) }, args...)
	for _, pair := range rows {
		out[pair[0]] = append(out[pair[0]], pair[1])
	}
	return out, err
}
