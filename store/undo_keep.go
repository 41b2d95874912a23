package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// parent is the first step of a subject path that is longer than a column.
func (t Table) parent() (column string, parent Table, err error) {
	column, rest, _ := strings.Cut(t.Subject, ">")
	name, _, ok := strings.Cut(rest, ".")
	if !ok {
		return "", Table{}, fmt.Errorf("store: no way along %q", t.Subject)
	}
	return column, mapOf(name), nil
}

// text is a cell of a row, empty where it is none of text.
func (t Table) text(row line, column string) string {
	at := slices.Index(t.columnNames(), column)
	if at < 0 {
		return ""
	}
	v, _ := row.values[at].(string)
	return v
}

// wholeRow is a record of which one row stands for all.
type wholeRow struct {
	table, key string
	move       *move
}

// foldWholes leaves out the parts of records that the change made: the record's
// own row stands for them. It returns what stays and the records.
func (u *Undoing) foldWholes(ctx context.Context, moves []move) ([]move, []wholeRow, error) {
	made := map[string]bool{} // table and key
	for _, m := range moves {
		if _, whole := composed[m.table.Name]; whole && m.was == nil && m.is != nil {
			made[m.table.Name+" "+m.key] = true
		}
	}
	var stay []move
	grown := map[string]bool{}
	for _, m := range moves {
		if m.grew != "" {
			grown[m.grew] = true
		}
		owner, key := "", ""
		if m.is != nil || m.was != nil {
			owner, key = m.table.ownerOf(m.row())
		}
		earlier, err := u.wasMade(ctx, owner, key)
		if err != nil {
			return nil, nil, err
		}
		if earlier {
			grown[owner+" "+key] = true
		}
		// What was somebody else's part before goes back to them.
		switch part := earlier || made[owner+" "+key]; {
		case !part, m.was != nil:
			stay = append(stay, m)
		case m.recorded: // by itself until now
			stay = append(stay, move{table: m.table, key: m.key, recorded: true})
		}
	}
	for _, mark := range slices.Sorted(maps.Keys(grown)) {
		table, key, _ := strings.Cut(mark, " ")
		if !made[mark] {
			row, err := u.tx.byKey(ctx, mapOf(table), key)
			if err != nil {
				return nil, nil, err
			}
			stay = append(stay, move{table: mapOf(table), key: key, is: row, recorded: true})
		}
	}
	var records []wholeRow
	for i, m := range stay {
		if _, whole := composed[m.table.Name]; whole && m.was == nil && m.is != nil {
			records = append(records, wholeRow{m.table.Name, m.key, &stay[i]})
		}
	}
	return stay, records, nil
}

// ownerOf tells of which record a row is a part, if of any.
func (t Table) ownerOf(row line) (table, key string) {
	if t.Name == "search_docs" {
		kind := strings.TrimPrefix(t.text(row, "kind"), inBin)
		for table, of := range searchKinds {
			if _, whole := composed[table]; whole && of == kind {
				return table, t.text(row, "ref")
			}
		}
		return "", ""
	}
	for table, parts := range composed {
		if column, ok := parts[t.Name]; ok {
			return table, t.text(row, column)
		}
	}
	return "", ""
}

// row is what there is of it, before or after.
func (m move) row() line {
	switch {
	case m.is != nil:
		return *m.is
	case m.was != nil:
		return *m.was
	}
	return line{}
}

// wasMade tells whether an earlier transaction of the change made a record.
func (u *Undoing) wasMade(ctx context.Context, table, key string) (bool, error) {
	if !u.again || table == "" {
		return false, nil
	}
	var n int64
	err := u.tx.q.QueryRowContext(ctx, `
		SELECT COUNT(*) FROM undo_rows WHERE undo_id = $1 AND tbl = $2 AND row_key = $3 AND before_row IS NULL`,
		u.undo.ID, table, key).Scan(&n)
	return n > 0, u.tx.fault("store.Close", err)
}

// sumWholes hashes records with all their parts.
func (u *Undoing) sumWholes(ctx context.Context, now map[string]map[string]line, records []wholeRow) error {
	byTable := map[string][]string{}
	for _, r := range records {
		byTable[r.table] = append(byTable[r.table], r.key)
	}
	for table, keys := range byTable {
		parts, err := u.tx.partsOf(ctx, table, keys, func(part, column string) map[string]line {
			where := column + " " + u.tx.eng.oneOf("$1")
			for _, key := range keys {
				if !u.asked[part+" "+where+" "+key] {
					return nil
				}
			}
			return now[part]
		})
		if err != nil {
			return err
		}
		for _, r := range records {
			if r.table == table {
				r.move.hash = wholeHash(mapOf(table), *r.move.is, parts[r.key])
			}
		}
	}
	return nil
}

// part is a row of a part of a record.
type part struct {
	table Table
	row   line
}

// partsOf reads the parts of records, but those tables that known has.
func (r *Reader) partsOf(ctx context.Context, table string, keys []string, known func(part, column string) map[string]line) (map[string][]part, error) {
	out := map[string][]part{}
	for _, name := range slices.Sorted(maps.Keys(composed[table])) {
		column, t := composed[table][name], mapOf(name)
		rows := known(name, column)
		if rows == nil {
			read, err := r.lines(ctx, watched{table: t, where: column + " " + r.eng.oneOf("$1"), ids: keys})
			if err != nil {
				return nil, err
			}
			rows = map[string]line{}
			for _, row := range read {
				rows[row.key] = row
			}
		}
		for _, key := range slices.Sorted(maps.Keys(rows)) {
			owner := t.text(rows[key], column)
			out[owner] = append(out[owner], part{t, rows[key]})
		}
	}
	return out, nil
}

// wholeHash is what the making of a record left: its row and all its parts.
func wholeHash(t Table, row line, parts []part) string {
	sum := hardHash(t, row)
	for _, p := range parts {
		sum += " " + p.table.Name + " " + hardHash(p.table, p.row)
	}
	return hashOf([]string{"whole"}, []any{sum}, func(string) bool { return true })
}

// hardHash is of all columns of a row but those that change by themselves.
func hardHash(t Table, row line) string {
	soft := softColumns[t.Name]
	return hashOf(t.columnNames(), row.values, func(name string) bool { return !slices.Contains(soft, name) })
}

// units says which rows go back together: those of a person, those of a
// company, those of a deal, and all of two persons between whom a row changed hands.
func (u *Undoing) units(ctx context.Context, moves []move) error {
	all := joints{}
	for i := range moves {
		m := &moves[i]
		was, is, err := u.persons(ctx, *m)
		if err != nil {
			return err
		}
		if m.contact = is; is == "" {
			m.contact = was
		}
		m.unit = u.unitOf(*m)
		for _, other := range []string{was, is, m.with, u.unit, dealOf(*m)} {
			if other != "" {
				all.join(m.unit, other)
			}
		}
	}
	for i := range moves {
		moves[i].unit = all.head(moves[i].unit)
	}
	if !u.again {
		return nil
	}
	for from := range all {
		if to := all.head(from); to != from {
			if _, err := u.tx.exec(ctx, "store.Close", `UPDATE undo_rows SET unit = $1 WHERE undo_id = $2 AND unit = $3`, to, u.undo.ID, from); err != nil {
				return err
			}
		}
	}
	return nil
}

// persons tells whose a row was and whose it is.
func (u *Undoing) persons(ctx context.Context, m move) (was, is string, err error) {
	if m.was != nil {
		if was, err = u.contactOf(ctx, m.table, *m.was); err != nil {
			return "", "", err
		}
	}
	if m.is != nil {
		is, err = u.contactOf(ctx, m.table, *m.is)
	}
	return was, is, err
}

// joints say which units became one: each leads to another, the head to none.
type joints map[string]string

func (j joints) head(unit string) string {
	for j[unit] != "" {
		unit = j[unit]
	}
	return unit
}

func (j joints) join(a, b string) {
	if a, b = j.head(a), j.head(b); a != b {
		j[a] = b
	}
}

// dealOf is the deal that a row is a part of; empty: it is of none.
func dealOf(m move) string {
	switch {
	case m.is == nil && m.was == nil:
		return ""
	case m.table.Name == "deals":
		return m.key
	case slices.Contains(dealParts, m.table.Name):
		return m.table.text(m.row(), "deal_id")
	}
	return ""
}

// unitOf is the unit of a row by itself.
func (u *Undoing) unitOf(m move) string {
	if m.contact != "" {
		return m.contact
	}
	if m.table.Name == "companies" {
		return m.key
	}
	if m.is != nil || m.was != nil {
		if company := m.table.text(m.row(), "company_id"); company != "" {
			return company
		}
		if m.table.Name == "search_docs" {
			return m.table.text(m.row(), "ref")
		}
	}
	return m.table.Name + " " + m.key
}

// keep writes what differs. A row that is again as it was before the change is
// no part of it any more.
func (u *Undoing) keep(ctx context.Context, moves []move) error {
	var added int64
	for i := range moves {
		m := &moves[i]
		gone := m.was == nil && m.is == nil ||
			m.was != nil && m.is != nil && slices.EqualFunc(m.was.values, m.is.values, same)
		if err := m.picture(); err != nil {
			return err
		}
		var err error
		switch {
		case gone && m.recorded:
			added--
			_, err = u.tx.exec(ctx, "store.Close", `DELETE FROM undo_rows WHERE undo_id = $1 AND tbl = $2 AND row_key = $3`, u.undo.ID, m.table.Name, m.key)
		case gone:
		case m.recorded:
			_, err = u.tx.exec(ctx, "store.Close", `
				UPDATE undo_rows SET before_row = $4, after_hash = $5, contact_id = $6, unit = $7 WHERE undo_id = $1 AND tbl = $2 AND row_key = $3`,
				u.undo.ID, m.table.Name, m.key, nullText(m.image), nullText(m.hash), nullText(m.contact), m.unit)
		default:
			added++
			u.seq++
			_, err = u.tx.exec(ctx, "store.Close", `
				INSERT INTO undo_rows (undo_id, seq, contact_id, unit, tbl, row_key, before_row, after_hash, at)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
				u.undo.ID, u.seq, nullText(m.contact), m.unit, m.table.Name, m.key, nullText(m.image), nullText(m.hash), u.undo.At)
		}
		if err != nil {
			return err
		}
	}
	if added == 0 {
		return nil
	}
	_, err := u.tx.exec(ctx, "store.Close", `UPDATE undos SET row_count = row_count + $1 WHERE id = $2`, added, u.undo.ID)
	return err
}

// picture works out what is kept of a row: its image before, its hash after.
func (m *move) picture() error {
	names, soft := m.table.columnNames(), softColumns[m.table.Name]
	if m.was == nil {
		if m.hash == "" && m.is != nil {
			m.hash = hardHash(m.table, *m.is)
		}
		return nil
	}
	kept := image{Set: map[string]any{}, Soft: map[string][2]any{}}
	for i, name := range names {
		switch {
		case m.is == nil:
			kept.Set[name] = cell(m.was.values[i])
		case same(m.was.values[i], m.is.values[i]):
		case slices.Contains(soft, name):
			kept.Soft[name] = [2]any{cell(m.was.values[i]), cell(m.is.values[i])}
		default:
			kept.Set[name] = cell(m.was.values[i])
		}
	}
	text, err := kept.encode()
	if err != nil {
		return err
	}
	m.image = text
	if m.is != nil {
		m.hash = hashOf(names, m.is.values, func(name string) bool {
			return kept.holds(name)
		})
	}
	return nil
}
