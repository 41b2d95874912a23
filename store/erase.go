package store

import (
	"context"
	"strings"
)

// EraseSubject does to every row of a person what the data map says, leaves
// first, and tells how many rows of each table it touched. No row of anybody
// else changes. What the map keeps (a keyed hash, an entry of the audit chain
// without its personal part) holds nothing that tells of the person.
func (tx *Tx) EraseSubject(ctx context.Context, contactID string) (map[string]int64, error) {
	loose, err := tx.EraseLooseFiles(ctx)
	if err != nil {
		return nil, err
	}
	touched, err := tx.eraseSubjects(ctx, []string{contactID})
	if err == nil && loose > 0 {
		touched["files"] += loose
	}
	return touched, err
}

// FormerIDs lists the ids under which a person was known before they were merged
// into this one.
func (r *Reader) FormerIDs(ctx context.Context, contactID string) ([]string, error) {
	all, err := r.withGone(ctx, []string{contactID})
	if err != nil {
		return nil, err
	}
	return all[1:], nil
}

func (tx *Tx) eraseSubjects(ctx context.Context, contacts []string) (map[string]int64, error) {
	tables, c, err := tx.mapped(ctx)
	if err != nil {
		return nil, err
	}
	if contacts, err = tx.withGone(ctx, contacts); err != nil {
		return nil, err
	}
	touched, err := tx.eraseFound(ctx, contacts) // as long as it is known what is theirs
	if err != nil {
		return nil, err
	}
	for _, table := range tables {
		if table.Subject == "" {
			continue
		}
		where, err := tx.subjectWhere(c, table.Subject)
		if err != nil {
			return nil, err
		}
		n, err := tx.eraseRows(ctx, table, where, contacts)
		if err != nil {
			return nil, err
		}
		touched[table.Name] += n
	}
	return touched, nil
}

// eraseRows deletes or clears the rows of a table that where selects.
func (tx *Tx) eraseRows(ctx context.Context, table Table, where string, ids []string) (int64, error) {
	arg := tx.eng.list(ids)
	if table.Name == "search_docs" { // the index holds copies: its own way out
		if err := tx.eng.unindexAll(ctx, tx, where, arg); err != nil {
			return 0, err
		}
	}
	if table.Rows == DeleteRow {
		if err := tx.deletingFiles(ctx, table.Name, where, arg); err != nil {
			return 0, err
		}
		return tx.exec(ctx, "store.EraseSubject", `DELETE FROM `+table.Name+` WHERE `+where, arg)
	}
	set := table.erasing()
	if set == "" {
		return 0, nil
	}
	return tx.exec(ctx, "store.EraseSubject", `UPDATE `+table.Name+` SET `+set+` WHERE `+where, arg)
}

// erasing is the SET list that clears what the map does not keep.
func (t Table) erasing() string {
	var set []string
	for _, group := range t.Columns {
		value := ""
		switch group.Erase {
		case Null:
			value = "NULL"
		case Redact:
			value = "''"
		default:
			continue
		}
		for column := range strings.FieldsSeq(group.Names) {
			set = append(set, column+" = "+value)
		}
	}
	return strings.Join(set, ", ")
}

// column finds a column's part of the map.
func (t Table) column(name string) (Columns, bool) {
	for _, group := range t.Columns {
		for column := range strings.FieldsSeq(group.Names) {
			if column == name {
				return group, true
			}
		}
	}
	return Columns{}, false
}
