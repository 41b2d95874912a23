package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
)

// searchKinds are the tables of what can be searched, with the kind of search_docs.
var searchKinds = map[string]string{"contacts": "contact", "companies": "company", "messages": "message", "notes": "note", "tasks": "task", "deals": "deal"}

// composed are records that go as a whole when their making is taken back: the
// tables of their parts, by the column that says whose. One row is kept of all.
var composed = map[string]map[string]string{
	"contacts":  columnFor("contact_id", cardParts),
	"companies": columnFor("company_id", companyParts),
	"notes":     {"note_mentions": "note_id"},
	"deals":     columnFor("deal_id", dealParts),
	"pipelines": {"stages": "pipeline_id"},
}

func columnFor(column string, tables []string) map[string]string {
	out := map[string]string{}
	for _, table := range tables {
		out[table] = column
	}
	return out
}

// softColumns change by themselves: a call comes, a text is delivered, a list is
// looked at, a company or a tag is renamed. That alone does not stand in the way
// of taking back.
var softColumns = map[string][]string{
	"contacts":       {"last_activity_at", "phone_state", "company"},
	"companies":      {"last_activity_at"},
	"deals":          {"last_activity_at"},
	"contact_phones": {"sms_state"},
	"conversations":  {"unread", "waiting_since", "answered_at", "last_at"},
	"tasks":          {"remind_at"},
	"views":          {"used_at"},
	"search_docs":    {"id", "body"},
}

// move is what became of one row between Watch and Close.
type move struct {
	table    Table
	key      string
	was, is  *line
	contact  string
	unit     string
	image    string // NULL when empty
	hash     string // NULL when empty
	recorded bool   // an earlier transaction of the change kept a row of it
	with     string // the unit that it had there
	grew     string // table and key of the record, made before, of which it was a part
}

// Close looks again at what was watched and keeps what differs. It is called
// once, after the writes, in their transaction.
func (u *Undoing) Close(ctx context.Context) error {
	c, err := u.tx.catalog(ctx)
	if err != nil {
		return err
	}
	now, err := u.lookAgain(ctx, c)
	if err != nil {
		return err
	}
	moves, err := u.moves(ctx, now)
	if err != nil {
		return err
	}
	moves, made, err := u.foldWholes(ctx, moves)
	if err != nil {
		return err
	}
	if err := u.sumWholes(ctx, now, made); err != nil {
		return err
	}
	slices.SortStableFunc(moves, func(a, b move) int {
		return cmp.Or(cmp.Compare(rank(a.table, c), rank(b.table, c)), cmp.Compare(a.key, b.key))
	})
	if err := u.units(ctx, moves); err != nil {
		return err
	}
	return u.keep(ctx, moves)
}

// rank orders rows so that what others point at comes first; taking back goes
// the other way.
func rank(t Table, c *catalog) int {
	at := len(c.order) - slices.Index(c.order, t.Name)
	if t.Subject != "" {
		at += len(c.order) + 1
	}
	return at
}

// lookAgain reads what was watched, and rows that were there before and have
// left the watch. A table that was not written to since is as it was.
func (u *Undoing) lookAgain(ctx context.Context, c *catalog) (map[string]map[string]line, error) {
	now, quiet := map[string]map[string]line{}, map[string]bool{}
	for table, since := range u.since {
		if quiet[table] = !u.tx.wrote.to(c, table, since); quiet[table] {
			now[table] = u.old[table]
		}
	}
	for _, w := range u.seen {
		if quiet[w.table.Name] {
			continue
		}
		rows, err := u.tx.lines(ctx, w)
		if err != nil {
			return nil, err
		}
		if now[w.table.Name] == nil {
			now[w.table.Name] = map[string]line{}
		}
		for _, row := range rows {
			now[w.table.Name][row.key] = row
		}
	}
	for table, rows := range u.old {
		for key := range rows {
			if _, there := now[table][key]; there {
				continue
			}
			row, err := u.tx.byKey(ctx, mapOf(table), key)
			if err != nil {
				return nil, err
			}
			if row != nil {
				now[table][key] = *row
			}
		}
	}
	return now, nil
}

// moves compares then with now.
func (u *Undoing) moves(ctx context.Context, now map[string]map[string]line) ([]move, error) {
	var out []move
	for _, name := range slices.Sorted(maps.Keys(now)) {
		table := mapOf(name)
		keys := slices.Collect(maps.Keys(now[name]))
		for key := range u.old[name] {
			if _, there := now[name][key]; !there {
				keys = append(keys, key)
			}
		}
		slices.Sort(keys)
		for _, key := range keys {
			m := move{table: table, key: key, was: pick(u.old[name], key), is: pick(now[name], key)}
			if m.was != nil && m.is != nil && slices.EqualFunc(m.was.values, m.is.values, same) {
				continue
			}
			if u.again {
				if err := u.join(ctx, &m); err != nil {
					return nil, err
				}
			}
			out = append(out, m)
		}
	}
	return out, nil
}

func pick(rows map[string]line, key string) *line {
	if row, ok := rows[key]; ok {
		return &row
	}
	return nil
}

// join takes a row back in thought to before the whole change, where an earlier
// transaction of it has kept what it was.
func (u *Undoing) join(ctx context.Context, m *move) error {
	var before sql.NullString
	err := u.tx.q.QueryRowContext(ctx, `SELECT before_row, unit FROM undo_rows WHERE undo_id = $1 AND tbl = $2 AND row_key = $3`,
		u.undo.ID, m.table.Name, m.key).Scan(&before, &m.with)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return u.joinPart(ctx, m)
	case err != nil:
		return u.tx.fault("store.Close", err)
	}
	m.recorded = true
	if !before.Valid {
		m.was = nil
		return nil
	}
	kept, err := decodeImage(before.String)
	if err != nil {
		return err
	}
	names := m.table.columnNames()
	first := line{key: m.key, values: make([]any, len(names))}
	if m.was != nil {
		copy(first.values, m.was.values)
	}
	for i, name := range names {
		if v, ok := kept.Set[name]; ok {
			first.values[i] = v
		} else if pair, ok := kept.Soft[name]; ok {
			first.values[i] = pair[0]
		}
	}
	m.was = &first
	return nil
}

// joinPart does the same for a row of which no row was kept, for it was a part
// of a record that the change made: before it there was neither.
func (u *Undoing) joinPart(ctx context.Context, m *move) error {
	if m.was == nil {
		return nil
	}
	owner, key := m.table.ownerOf(*m.was)
	if owner == "" {
		return nil
	}
	made, err := u.wasMade(ctx, owner, key)
	if made {
		m.was, m.grew = nil, owner+" "+key
	}
	return err
}

// contactOf tells whose row it is, along the data map.
func (u *Undoing) contactOf(ctx context.Context, t Table, row line) (string, error) {
	names := t.columnNames()
	text := func(column string) string {
		if at := slices.Index(names, column); at >= 0 {
			v, _ := row.values[at].(string)
			return v
		}
		return ""
	}
	switch t.Subject {
	case "":
		return "", nil
	case "self":
		return text("id"), nil
	case "contact_id":
		return text("contact_id"), nil
	}
	column, parent, err := t.parent()
	if err != nil {
		return "", err
	}
	if row := pick(u.old[parent.Name], text(column)); row != nil {
		return u.contactOf(ctx, parent, *row)
	}
	found, err := u.tx.byKey(ctx, parent, text(column))
	if err != nil || found == nil {
		return "", err
	}
	return u.contactOf(ctx, parent, *found)
}
