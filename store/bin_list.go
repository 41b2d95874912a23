package store

import (
	"context"
	"database/sql"
	"fmt"
)

// The kinds of what may be in the bin.
const (
	BinContact = "contact"
	BinCompany = "company"
	BinDeal    = "deal"
	BinNote    = "note"
	BinTask    = "task"
	BinFile    = "file"
	BinField   = "field"
	BinTag     = "tag"
)

// BinKinds are all of them, in the order in which they are shown.
var BinKinds = []string{BinContact, BinCompany, BinDeal, BinNote, BinTask, BinFile, BinField, BinTag}

// Binned is something in the bin. Name is what it is called, or how it begins;
// Owner whose it is: that of its person, company or deal where it has none itself.
type Binned struct {
	Kind, ID, Name       string
	ContactID, Owner, By string
	At                   int64
}

// binLists are by kind what the bin shows: id, name, contact, owner, who, when.
// What went with its person comes back with them and is not listed by itself.
var binLists = map[string]string{
	BinContact: `SELECT b.id, CASE WHEN b.name = '' THEN b.name_key ELSE b.name END, b.id, COALESCE(b.owner_id, ''), COALESCE(b.deleted_by, ''), b.deleted_at FROM contacts b
		WHERE b.deleted_at IS NOT NULL`,
	BinCompany: `SELECT b.id, b.name, '', COALESCE(b.owner_id, ''), COALESCE(b.deleted_by, ''), b.deleted_at FROM companies b WHERE b.deleted_at IS NOT NULL`,
	BinDeal:    `SELECT b.id, CASE WHEN b.title = '' THEN '#' || CAST(b.number AS TEXT) ELSE b.title END, COALESCE(b.contact_id, ''), COALESCE(b.owner_id, ''), COALESCE(b.deleted_by, ''), b.deleted_at FROM deals b WHERE b.deleted_at IS NOT NULL`,
	BinNote: `SELECT b.id, substr(b.body, 1, 80), COALESCE(b.contact_id, ''), COALESCE(c.owner_id, k.owner_id, d.owner_id, ''), '', b.deleted_at
		FROM notes b LEFT JOIN contacts c ON c.id = b.contact_id LEFT JOIN companies k ON k.id = b.company_id LEFT JOIN deals d ON d.id = b.deal_id WHERE b.deleted_at IS NOT NULL AND c.deleted_at IS NULL`,
	BinTask: `SELECT b.id, substr(b.title, 1, 80), COALESCE(b.contact_id, ''), COALESCE(b.owner_id, c.owner_id, k.owner_id, d.owner_id, ''), '', b.deleted_at
		FROM tasks b LEFT JOIN contacts c ON c.id = b.contact_id LEFT JOIN companies k ON k.id = b.company_id LEFT JOIN deals d ON d.id = b.deal_id WHERE b.deleted_at IS NOT NULL AND c.deleted_at IS NULL`,
	BinFile: `SELECT b.id, b.name, COALESCE(b.contact_id, ''), COALESCE(c.owner_id, k.owner_id, d.owner_id, ''), '', b.deleted_at
		FROM files b LEFT JOIN contacts c ON c.id = b.contact_id LEFT JOIN companies k ON k.id = b.company_id LEFT JOIN deals d ON d.id = b.deal_id WHERE b.deleted_at IS NOT NULL AND b.purpose = 'attachment' AND c.deleted_at IS NULL`,
	BinField: `SELECT b.id, b.name, '', '', '', b.deleted_at FROM fields b WHERE b.deleted_at > 0`,
	BinTag:   `SELECT b.id, b.name, '', '', '', b.deleted_at FROM tags b WHERE b.deleted_at > 0`,
}

// Bin lists what of a kind is in the bin, the latest first.
func (r *Reader) Bin(ctx context.Context, kind string, scope Scope, page Page) ([]Binned, error) {
	query, known := binLists[kind]
	if !known {
		return nil, fmt.Errorf("store.Bin: no kind %q", kind)
	}
	at, id := before(page)
	args := []any{at, id}
	of := ""
	switch kind {
	case BinContact, BinCompany, BinDeal:
		of, args = scope.and("b.owner_id", args)
	case BinNote, BinFile:
		of, args = scope.and("COALESCE(c.owner_id, k.owner_id, d.owner_id)", args)
	case BinTask:
		of, args = scope.and("COALESCE(b.owner_id, c.owner_id, k.owner_id, d.owner_id)", args)
	}
	return list(ctx, r, "store.Bin", query+` AND (b.deleted_at, b.id) < ($1, $2)`+of+` ORDER BY b.deleted_at DESC, b.id DESC`+limitTo(page.limit()),
		func(rows *sql.Rows, b *Binned) error {
			b.Kind = kind
			return rows.Scan(&b.ID, &b.Name, &b.ContactID, &b.Owner, &b.By, &b.At)
		}, args...)
}

// InBin returns one thing in the bin, or ErrNotFound.
func (r *Reader) InBin(ctx context.Context, kind, id string) (Binned, error) {
	query, known := binLists[kind]
	if !known {
		return Binned{}, fmt.Errorf("store.InBin: no kind %q: %w", kind, ErrNotFound)
	}
	b := Binned{Kind: kind}
	err := r.q.QueryRowContext(ctx, query+` AND b.id = $1`, id).Scan(&b.ID, &b.Name, &b.ContactID, &b.Owner, &b.By, &b.At)
	return b, r.fault("store.InBin", err)
}

// Cursor is the place of the row in its list.
func (b Binned) Cursor() string { return Cursor(b.At, b.ID) }

// Restore takes something out of the bin: ErrConflict when it is not there any
// more, or its name was given to another.
func (tx *Tx) Restore(ctx context.Context, kind, id string) error {
	switch kind {
	case BinContact:
		return tx.RestoreContacts(ctx, []string{id})
	case BinCompany:
		return tx.RestoreCompany(ctx, id)
	case BinDeal:
		return tx.RestoreDeal(ctx, id)
	case BinTag:
		return tx.RestoreTag(ctx, id)
	case BinFile:
		return tx.RestoreFile(ctx, id)
	case BinNote, BinTask, BinField:
		table := binTables[kind]
		result, err := tx.q.ExecContext(ctx, `UPDATE `+table+` SET deleted_at = NULL, version = version + 1 WHERE id = $1 AND deleted_at > 0`, id)
		if err := tx.changed("store.Restore", result, err); err != nil {
			return err
		}
		_, err = tx.exec(ctx, "store.Restore", `UPDATE search_docs SET kind = $1 WHERE kind = $2 AND ref = $3`, kind, inBin+kind, id)
		return err
	}
	return fmt.Errorf("store.Restore: no kind %q: %w", kind, ErrNotFound)
}

// binTables are the tables of what may be in the bin.
var binTables = map[string]string{
	BinContact: "contacts", BinCompany: "companies", BinDeal: "deals", BinNote: "notes", BinTask: "tasks", BinFile: "files", BinField: "fields", BinTag: "tags",
}

// WatchBinned watches what Restore changes.
func (u *Undoing) WatchBinned(ctx context.Context, kind, id string) error {
	if kind == BinContact {
		return u.WatchBin(ctx, id)
	}
	return u.Watch(ctx, binTables[kind], "id", id)
}

// removeWith removes what points at rows that go and at no person.
func (tx *Tx) removeWith(ctx context.Context, c *catalog, l link, ids []string) error {
	if l.stays {
		return nil
	}
	more, err := list(ctx, &tx.Reader, "store.remove", `SELECT id FROM `+l.table+` WHERE contact_id IS NULL AND `+l.column+` `+tx.eng.oneOf("$1"), scanText, tx.eng.list(ids))
	if err != nil || len(more) == 0 {
		return err
	}
	return tx.remove(ctx, c, mapOf(l.table), more)
}

// remove deletes rows with a single key, with all that points at them and what
// is searched of them.
func (tx *Tx) remove(ctx context.Context, c *catalog, table Table, ids []string) error {
	if kind, searched := searchKinds[table.Name]; searched {
		for _, id := range ids {
			if err := tx.UnindexText(ctx, kind, id); err != nil {
				return err
			}
		}
	}
	for _, l := range looseLinks {
		if l.parent != table.Name {
			continue
		}
		if err := tx.removeWith(ctx, c, l, ids); err != nil {
			return err
		}
		_, err := tx.exec(ctx, "store.remove", `UPDATE `+l.table+` SET `+l.column+` = NULL WHERE `+l.column+` `+tx.eng.oneOf("$1"), tx.eng.list(ids))
		if err != nil {
			return err
		}
	}
	where := c.keys[table.Name][0] + " " + tx.eng.oneOf("$1")
	if err := tx.clearChildren(ctx, c, table.Name, where, ids); err != nil {
		return err
	}
	if err := tx.deletingFiles(ctx, table.Name, where, tx.eng.list(ids)); err != nil {
		return err
	}
	gone := func() error {
		_, err := tx.exec(ctx, "store.remove", `DELETE FROM `+table.Name+` WHERE `+where, tx.eng.list(ids))
		return err
	}
	if table.Name == "deals" {
		return tx.flowing(ctx, ids, gone)
	}
	return gone()
}
