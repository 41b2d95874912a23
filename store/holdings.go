package store

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// Holding is one value that is stored about a person: in which column of which
// row, why, and what kind of thing it is. A value that the package leaves out
// is empty, and Withheld says why.
type Holding struct {
	Table, Column, Row, Value string
	Category                  Category
	Purpose, Withheld         string
	Shared                    []string
}

// Holdings returns everything that is stored about a person, generated from the
// data map: tables in its order, rows in the order of their keys. Empty values
// are left out.
func (r *Reader) Holdings(ctx context.Context, contactID string) ([]Holding, error) {
	tables, c, err := r.mapped(ctx)
	if err != nil {
		return nil, err
	}
	persons, err := r.withGone(ctx, []string{contactID})
	if err != nil {
		return nil, err
	}
	var held []Holding
	for i := len(tables) - 1; i >= 0; i-- { // the person first, then what hangs on them
		if tables[i].Subject == "" {
			continue
		}
		rows, err := r.tableHoldings(ctx, c, tables[i], persons)
		if err != nil {
			return nil, err
		}
		held = append(held, rows...)
	}
	return held, nil
}

func (r *Reader) tableHoldings(ctx context.Context, c *catalog, table Table, persons []string) ([]Holding, error) {
	where, err := r.subjectWhere(c, table.Subject)
	if err != nil {
		return nil, err
	}
	names, key := table.columnNames(), c.keys[table.Name]
	query := `SELECT ` + strings.Join(append(names, key...), ", ") + ` FROM ` + table.Name +
		` WHERE ` + where + ` ORDER BY ` + strings.Join(key, ", ")
	rows, err := r.q.QueryContext(ctx, query, r.eng.list(persons))
	if err != nil {
		return nil, r.fault("store.Holdings", err)
	}
	defer rows.Close()
	var held []Holding
	values := make([]any, len(names)+len(key))
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, r.fault("store.Holdings", err)
		}
		held = append(held, table.rowHoldings(names, values[:len(names)], joined(values[len(names):]))...)
	}
	return held, r.fault("store.Holdings", rows.Err())
}

// rowHoldings are the values of one row that are not empty.
func (t Table) rowHoldings(names []string, values []any, row string) []Holding {
	var held []Holding
	for i, name := range names {
		group, _ := t.column(name)
		h := Holding{
			Table: t.Name, Column: name, Row: row, Value: asText(values[i]), Category: group.Category,
			Purpose: t.Purpose, Withheld: group.withheld(), Shared: group.Shared,
		}
		if h.Value == "" {
			continue
		}
		if h.Withheld != "" {
			h.Value = ""
		}
		held = append(held, h)
	}
	return held
}

func (t Table) columnNames() []string {
	var names []string
	for _, group := range t.Columns {
		names = append(names, strings.Fields(group.Names)...)
	}
	return names
}

// withheld says why a column is not in the person's package, or nothing.
func (c Columns) withheld() string {
	switch {
	case c.Access != "":
		return string(c.Access)
	case c.Category == Secret || c.Category == Sealed:
		return "it opens something, or only the vault can read it"
	}
	return ""
}

func joined(values []any) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = asText(v)
	}
	return strings.Join(parts, " ")
}

// asText prints a value of any column; no value is empty.
func asText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case int64:
		return strconv.FormatInt(v, 10)
	}
	return fmt.Sprint(v)
}
