package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// TakenBack is what taking back did. Persons lists whom it concerned, each once.
type TakenBack struct {
	Rows, Skipped int64 // Skipped: persons, companies and others that were changed since
	Persons       []string
	More          bool // there is more to take back
}

// kept is one row of undo_rows.
type kept struct {
	seq           int64
	unit          string
	contact       string
	table         Table
	key           string
	before, after sql.NullString
	was           image
	now           *line
	parts         []part
}

func (k *kept) made() bool { return !k.before.Valid }
func (k *kept) went() bool { return !k.after.Valid }

// TakeBack restores what a change touched, all of it or nothing: ErrConflict
// says that somebody changed some of it since, ErrTakenBack that it was taken
// back already, ErrManyRows that it is one for TakeBackSome. The caller's
// transaction must end with the error.
func (tx *Tx) TakeBack(ctx context.Context, id string, at int64) (TakenBack, error) {
	u, err := tx.Undo(ctx, id)
	switch {
	case err != nil:
		return TakenBack{}, err
	case u.UndoneAt != 0:
		return TakenBack{}, fmt.Errorf("store.TakeBack: %w", ErrTakenBack)
	case u.Large():
		return TakenBack{}, fmt.Errorf("store.TakeBack: %w", ErrManyRows)
	}
	rows, err := tx.keptRows(ctx, `undo_id = $1 ORDER BY seq DESC`, id)
	if err != nil {
		return TakenBack{}, err
	}
	if err := tx.restore(ctx, rows); err != nil {
		return TakenBack{}, err
	}
	return TakenBack{Rows: int64(len(rows)), Persons: personsOf(rows)}, tx.closeUndo(ctx, id, at)
}

// TakeBackSome takes a part of a large change back, the last first: about limit
// rows. What was changed since is left as it is and counted. It is called again,
// in another transaction, while there is More; the last call notes that the
// change was taken back.
func (tx *Tx) TakeBackSome(ctx context.Context, id string, limit int, at int64) (TakenBack, error) {
	var t TakenBack
	u, err := tx.Undo(ctx, id)
	if err != nil {
		return t, err
	}
	if u.UndoneAt != 0 {
		return t, fmt.Errorf("store.TakeBackSome: %w", ErrTakenBack)
	}
	units, err := list(ctx, &tx.Reader, "store.TakeBackSome", `
		SELECT DISTINCT unit FROM (SELECT unit FROM undo_rows WHERE undo_id = $1 ORDER BY seq DESC LIMIT $2) u`, scanText, id, limit)
	if err != nil {
		return t, err
	}
	if len(units) == 0 {
		return t, tx.closeUndo(ctx, id, at)
	}
	t.More = true
	whole, err := tx.takeUnits(ctx, id, units, &t)
	if err != nil || whole {
		return t, err
	}
	for _, unit := range units { // somebody changed one of them
		if _, err := tx.takeUnits(ctx, id, []string{unit}, &t); err != nil {
			return t, err
		}
	}
	return t, nil
}

// takeUnits takes units back, or none of several where somebody changed one
// since. One alone that was changed is put behind all others, for some of the
// change may still hang on it, and left as it is when its turn comes again.
func (tx *Tx) takeUnits(ctx context.Context, id string, units []string, t *TakenBack) (whole bool, err error) {
	where, all := `undo_id = $1 AND unit `+tx.eng.oneOf("$2"), tx.eng.list(units)
	rows, err := tx.keptRows(ctx, where+` ORDER BY seq DESC`, id, all)
	if err != nil || len(rows) == 0 {
		return true, err
	}
	if _, err := tx.exec(ctx, "store.TakeBackSome", `SAVEPOINT unit`); err != nil {
		return false, err
	}
	err = tx.restore(ctx, rows)
	conflict := errors.Is(err, ErrConflict)
	if conflict {
		_, err = tx.exec(ctx, "store.TakeBackSome", `ROLLBACK TO SAVEPOINT unit`)
	}
	if err != nil {
		return false, err
	}
	if _, err := tx.exec(ctx, "store.TakeBackSome", `RELEASE SAVEPOINT unit`); err != nil {
		return false, err
	}
	switch {
	case conflict && len(units) > 1:
		return false, nil
	case conflict && rows[0].seq > 0 && rows[len(rows)-1].seq > 0:
		_, err = tx.exec(ctx, "store.TakeBackSome", `UPDATE undo_rows SET seq = -seq WHERE `+where, id, all)
		return false, err
	case conflict:
		t.Skipped++
	default:
		t.Persons = append(t.Persons, personsOf(rows)...)
	}
	t.Rows += int64(len(rows))
	_, err = tx.exec(ctx, "store.TakeBackSome", `DELETE FROM undo_rows WHERE `+where, id, all)
	return true, err
}

// closeUndo notes that a change was taken back; its rows are needed no more.
func (tx *Tx) closeUndo(ctx context.Context, id string, at int64) error {
	n, err := tx.exec(ctx, "store.TakeBack", `UPDATE undos SET undone_at = $1 WHERE id = $2 AND undone_at IS NULL`, at, id)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("store.TakeBack: %w", ErrTakenBack)
	}
	_, err = tx.exec(ctx, "store.TakeBack", `DELETE FROM undo_rows WHERE undo_id = $1`, id)
	return err
}

func (r *Reader) keptRows(ctx context.Context, where string, args ...any) ([]*kept, error) {
	rows, err := list(ctx, r, "store.keptRows", `
		SELECT seq, unit, COALESCE(contact_id, ''), tbl, row_key, before_row, after_hash FROM undo_rows WHERE `+where,
		func(rows *sql.Rows, k **kept) error {
			*k = new(kept)
			return rows.Scan(&(*k).seq, &(*k).unit, &(*k).contact, &(*k).table.Name, &(*k).key, &(*k).before, &(*k).after)
		}, args...)
	if err != nil {
		return nil, err
	}
	for _, k := range rows {
		k.table = mapOf(k.table.Name)
		if k.before.Valid {
			if k.was, err = decodeImage(k.before.String); err != nil {
				return nil, fmt.Errorf("store.keptRows: %w", err)
			}
		}
	}
	return rows, nil
}

func personsOf(rows []*kept) []string {
	var out []string
	for _, k := range rows {
		if k.contact != "" {
			out = append(out, k.contact)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// restore puts rows back, once it has looked at all of them: what was made goes,
// leaves first; what went comes, parents first; what changed changes back; then
// go the records that all of that hung on.
func (tx *Tx) restore(ctx context.Context, rows []*kept) error {
	c, err := tx.catalog(ctx)
	if err != nil {
		return err
	}
	if err := tx.unchanged(ctx, c, rows); err != nil {
		return err
	}
	if deals := keptDeals(rows); len(deals) > 0 {
		return tx.flowing(ctx, deals, func() error { return tx.restoreRows(ctx, c, rows) })
	}
	return tx.restoreRows(ctx, c, rows)
}

func (tx *Tx) restoreRows(ctx context.Context, c *catalog, rows []*kept) error {
	slices.SortStableFunc(rows, func(a, b *kept) int { return rank(b.table, c) - rank(a.table, c) })
	records, err := tx.unmakeAll(ctx, c, rows)
	if err != nil {
		return err
	}
	for _, k := range slices.Backward(rows) {
		if !k.made() && k.went() {
			if err := tx.remake(ctx, k); err != nil {
				return err
			}
		}
	}
	for _, k := range rows {
		if !k.made() && !k.went() {
			if err := tx.putBack(ctx, c, k); err != nil {
				return err
			}
		}
	}
	for _, r := range records {
		if err := tx.unmake(ctx, c, r); err != nil {
			return err
		}
	}
	if err := tx.disown(ctx, rows); err != nil {
		return err
	}
	return tx.realign(ctx, rows)
}

// remake brings a row back that the change removed.
func (tx *Tx) remake(ctx context.Context, k *kept) error {
	if k.table.Name == "search_docs" {
		return tx.remakeDoc(ctx, k)
	}
	names := k.table.columnNames()
	marks, args := make([]string, len(names)), make([]any, len(names))
	for i, name := range names {
		marks[i], args[i] = fmt.Sprintf("$%d", i+1), k.was.Set[name]
	}
	_, err := tx.exec(ctx, "store.TakeBack", `INSERT INTO `+k.table.Name+` (`+strings.Join(names, ", ")+`) VALUES (`+strings.Join(marks, ", ")+`)`, args...)
	return err
}

// remakeDoc has a record found again, under its old number if that is free.
func (tx *Tx) remakeDoc(ctx context.Context, k *kept) error {
	var d searchDoc
	d.id, _ = k.was.Set["id"].(int64)
	d.ref, _ = k.was.Set["ref"].(string)
	d.body, _ = k.was.Set["body"].(string)
	kind, _ := k.was.Set["kind"].(string)
	contact, _ := k.was.Set["contact_id"].(string)
	var taken int64
	if err := tx.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM search_docs WHERE id = $1`, d.id).Scan(&taken); err != nil {
		return tx.fault("store.TakeBack", err)
	}
	if taken > 0 {
		return tx.insertDoc(ctx, kind, d.ref, contact, d.body)
	}
	_, err := tx.exec(ctx, "store.TakeBack", `INSERT INTO search_docs (id, kind, ref, contact_id, body) VALUES ($1, $2, $3, $4, $5)`,
		d.id, kind, d.ref, nullText(contact), d.body)
	if err != nil {
		return err
	}
	return tx.eng.index(ctx, tx, d)
}

// putBack gives a row the columns that it had.
func (tx *Tx) putBack(ctx context.Context, c *catalog, k *kept) error {
	names := k.table.columnNames()
	var set []string
	var args []any
	put := func(name string, v any) {
		args = append(args, v)
		set = append(set, fmt.Sprintf("%s = $%d", name, len(args)))
	}
	for i, name := range names {
		if v, ok := k.was.Set[name]; ok {
			put(name, v)
		} else if pair, ok := k.was.Soft[name]; ok && same(pair[1], k.now.values[i]) && (k.table.Name != "search_docs" || name == "body") {
			put(name, pair[0])
		}
	}
	if len(set) == 0 {
		return nil
	}
	old, moved := searchDoc{}, false
	if k.table.Name == "search_docs" {
		old.id, _ = k.now.values[slices.Index(names, "id")].(int64)
		old.body = k.table.text(*k.now, "body")
		if moved = k.softly("body"); moved {
			if err := tx.eng.unindex(ctx, tx, old); err != nil {
				return err
			}
		}
	}
	where, args, err := k.table.keyWhere(c, k.key, args)
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "store.TakeBack", `UPDATE `+k.table.Name+` SET `+strings.Join(set, ", ")+` WHERE `+where, args...); err != nil || !moved {
		return err
	}
	old.body, _ = k.was.Soft["body"][0].(string)
	return tx.eng.index(ctx, tx, old)
}
