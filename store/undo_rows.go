package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// line is one row of any table: its columns in the order of the data map.
type line struct {
	key    string // as undo_rows has it
	values []any  // nil, int64, string or []byte
}

// mapOf is a table's part of the data map. It panics for a name that is none:
// only the code names tables.
func mapOf(name string) Table {
	t, known := mapByName()[name]
	if !known {
		panic("store: no table " + name)
	}
	return t
}

var mapByName = sync.OnceValue(func() map[string]Table {
	out := map[string]Table{}
	for _, t := range DataMap() {
		out[t.Name] = t
	}
	return out
})

// lines reads the rows that a watch asks for.
func (r *Reader) lines(ctx context.Context, w watched) ([]line, error) {
	c, err := r.catalog(ctx)
	if err != nil {
		return nil, err
	}
	names := w.table.columnNames()
	rows, err := r.q.QueryContext(ctx, `SELECT `+strings.Join(names, ", ")+` FROM `+w.table.Name+` WHERE `+w.where, r.eng.list(w.ids))
	if err != nil {
		return nil, r.fault("store.lines", err)
	}
	defer rows.Close()
	var out []line
	for rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, r.fault("store.lines", err)
		}
		out = append(out, line{key: w.table.keyOf(c, names, values), values: values})
	}
	return out, r.fault("store.lines", rows.Err())
}

// keyOf writes the primary key of a row: a text as it is, anything else as JSON.
// A search document is known by what it is of: its number may be given away.
func (t Table) keyOf(c *catalog, names []string, values []any) string {
	if t.Name == "search_docs" {
		row := line{values: values}
		return strings.TrimPrefix(t.text(row, "kind"), inBin) + " " + t.text(row, "ref")
	}
	key := c.keys[t.Name]
	parts := make([]any, len(key))
	for i, column := range key {
		parts[i] = values[slices.Index(names, column)]
	}
	if text, ok := parts[0].(string); ok && len(parts) == 1 {
		return text
	}
	text, _ := json.Marshal(parts) // texts and numbers always can be
	return string(text)
}

// keyWhere is the condition that a row has a key, and its arguments.
func (t Table) keyWhere(c *catalog, key string, args []any) (string, []any, error) {
	if kind, ref, _ := strings.Cut(key, " "); t.Name == "search_docs" {
		n := len(args)
		return fmt.Sprintf("kind IN ($%d, $%d) AND ref = $%d", n+1, n+2, n+3), append(args, kind, inBin+kind, ref), nil
	}
	columns := c.keys[t.Name]
	parts := []any{key}
	if len(columns) > 1 || strings.HasPrefix(key, "[") {
		cells, err := decodeCells([]byte(key))
		if err != nil || len(cells) != len(columns) {
			return "", nil, fmt.Errorf("store: no key of %s: %w", t.Name, err)
		}
		parts = cells
	}
	var where []string
	for i, column := range columns {
		args = append(args, parts[i])
		where = append(where, fmt.Sprintf("%s = $%d", column, len(args)))
	}
	return strings.Join(where, " AND "), args, nil
}

// byKey reads one row; nil when it is not there.
func (r *Reader) byKey(ctx context.Context, t Table, key string) (*line, error) {
	c, err := r.catalog(ctx)
	if err != nil {
		return nil, err
	}
	where, args, err := t.keyWhere(c, key, nil)
	if err != nil {
		return nil, err
	}
	names := t.columnNames()
	rows, err := r.q.QueryContext(ctx, `SELECT `+strings.Join(names, ", ")+` FROM `+t.Name+` WHERE `+where, args...)
	if err != nil {
		return nil, r.fault("store.byKey", err)
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, r.fault("store.byKey", rows.Err())
	}
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, r.fault("store.byKey", err)
	}
	return &line{key: key, values: values}, nil
}

// same tells whether two cells hold the same.
func same(a, b any) bool {
	x, isX := a.([]byte)
	y, isY := b.([]byte)
	if isX || isY {
		return isX && isY && bytes.Equal(x, y)
	}
	return a == b
}

// cell is a value as JSON has it, with its type kept: text, number or null as
// they are; bytes, and text that JSON would mend, as an object.
func cell(v any) any {
	switch v := v.(type) {
	case []byte:
		return map[string]string{"bytes": base64.StdEncoding.EncodeToString(v)}
	case string:
		if !utf8.ValidString(v) {
			return map[string]string{"text": base64.StdEncoding.EncodeToString([]byte(v))}
		}
	}
	return v
}

// uncell is a cell as the database takes it.
func uncell(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		return v.Int64()
	case map[string]any:
		if text, ok := v["bytes"].(string); ok {
			return base64.StdEncoding.DecodeString(text)
		}
		text, _ := v["text"].(string)
		raw, err := base64.StdEncoding.DecodeString(text)
		return string(raw), err
	}
	return v, nil
}

func decodeCells(text []byte) ([]any, error) {
	var cells []any
	if err := decodeExact(text, &cells); err != nil {
		return nil, err
	}
	for i := range cells {
		v, err := uncell(cells[i])
		if err != nil {
			return nil, err
		}
		cells[i] = v
	}
	return cells, nil
}

// decodeExact reads JSON and keeps every digit of a number.
func decodeExact(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into)
}

// image is what is kept of a row as it was: the columns that changed, or all of
// a row that went. Soft ones go back only while nobody has moved them since.
type image struct {
	Set  map[string]any    `json:"set,omitempty"`
	Soft map[string][2]any `json:"soft,omitempty"` // before, after
}

// holds tells that a column must still be as the change left it. A row of which
// only soft ones changed may have any version.
func (m image) holds(name string) bool {
	_, set := m.Set[name]
	return set || name == "version" && len(m.Set) > 0
}

func (m image) encode() (string, error) {
	text, err := json.Marshal(m)
	return string(text), err
}

func decodeImage(text string) (image, error) {
	var m image
	if err := decodeExact([]byte(text), &m); err != nil {
		return m, err
	}
	for name, v := range m.Set {
		plain, err := uncell(v)
		if err != nil {
			return m, err
		}
		m.Set[name] = plain
	}
	for name, pair := range m.Soft {
		for i := range pair {
			plain, err := uncell(pair[i])
			if err != nil {
				return m, err
			}
			pair[i] = plain
		}
		m.Soft[name] = pair
	}
	return m, nil
}

// hashOf is what a change left in some columns of a row, so that a later look
// tells whether it is still there.
func hashOf(names []string, values []any, of func(name string) bool) string {
	h := sha256.New()
	enc := json.NewEncoder(h)
	for i, name := range names {
		if of(name) {
			_ = enc.Encode([2]any{name, cell(values[i])}) // texts, numbers and bytes always can be
		}
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18])
}
