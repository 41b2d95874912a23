package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// catalog is what the engine tells about keys, read once: what the data map
// does to rows is worked out from it.
type catalog struct {
	mu    sync.Mutex
	ready bool
	keys  map[string][]string // table to its primary key
	links []link
	order []string // tables, those that point before those that are pointed at

	patience time.Duration // on top of every budget of time, see Patient
}

// link is a foreign key of one column.
type link struct {
	table, column, parent string
	follows               bool // the engine itself deletes or clears the column
	stays                 bool // what points stays when the parent goes, also what is about nobody else
}

// catalog reads the keys of the schema at its first use.
func (r *Reader) catalog(ctx context.Context) (*catalog, error) {
	c := r.cat
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ready {
		return c, nil
	}
	keys, err := list(ctx, r, "store.catalog", r.eng.primaryKeys(), func(rows *sql.Rows, pair *[2]string) error {
		return rows.Scan(&pair[0], &pair[1])
	})
	if err != nil {
		return nil, err
	}
	c.keys = map[string][]string{}
	for _, pair := range keys {
		c.keys[pair[0]] = append(c.keys[pair[0]], pair[1])
	}
	c.links, err = list(ctx, r, "store.catalog", r.eng.foreignKeys(), func(rows *sql.Rows, l *link) error {
		var onDelete string
		err := rows.Scan(&l.table, &l.column, &l.parent, &onDelete)
		l.follows = onDelete != "NO ACTION"
		return err
	})
	if err != nil {
		return nil, err
	}
	c.order = leavesFirst(c.links)
	c.ready = true
	return c, nil
}

// leavesFirst orders tables so that none comes before one that points at it.
func leavesFirst(links []link) []string {
	var order []string
	seen := map[string]bool{}
	var visit func(table string)
	visit = func(table string) {
		if seen[table] {
			return
		}
		seen[table] = true
		for _, l := range links {
			if l.parent == table && l.table != table {
				visit(l.table)
			}
		}
		order = append(order, table)
	}
	for _, l := range links {
		visit(l.table)
		visit(l.parent)
	}
	return order
}

// mapped returns the data map's tables of this engine, leaves first.
func (r *Reader) mapped(ctx context.Context) ([]Table, *catalog, error) {
	c, err := r.catalog(ctx)
	if err != nil {
		return nil, nil, err
	}
	tables := slices.DeleteFunc(DataMap(), func(t Table) bool { return t.Engine != "" && t.Engine != r.eng.name() })
	slices.SortStableFunc(tables, func(a, b Table) int {
		return slices.Index(c.order, a.Name) - slices.Index(c.order, b.Name)
	})
	return tables, c, nil
}

// subjectWhere turns a column path into the condition that a row belongs to
// one of the persons in $1.
func (r *Reader) subjectWhere(c *catalog, path string) (string, error) {
	if path == "self" {
		path = "id"
	}
	column, rest, deeper := strings.Cut(path, ">")
	if !deeper {
		return column + " " + r.eng.oneOf("$1"), nil
	}
	table, next, ok := strings.Cut(rest, ".")
	if !ok || len(c.keys[table]) != 1 {
		return "", fmt.Errorf("store: no way along %q", path)
	}
	inner, err := r.subjectWhere(c, next)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s IN (SELECT %s FROM %s WHERE %s)", column, c.keys[table][0], table, inner), nil
}
