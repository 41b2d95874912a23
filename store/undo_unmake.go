package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// unchanged looks at rows and tells whether all still are as the change left them.
func (tx *Tx) unchanged(ctx context.Context, c *catalog, rows []*kept) error {
	byTable := map[string][]*kept{}
	for _, k := range rows {
		byTable[k.table.Name] = append(byTable[k.table.Name], k)
	}
	for name, some := range byTable {
		if err := tx.lookAt(ctx, c, mapOf(name), some); err != nil {
			return err
		}
	}
	for _, k := range rows {
		if k.went() != (k.now == nil) || !k.went() && k.left() != k.after.String {
			return fmt.Errorf("store.TakeBack: %s was changed since: %w", k.table.Name, ErrConflict)
		}
	}
	return nil
}

// lookAt reads rows of one table as they are now, and the parts of those that
// stand for a whole record.
func (tx *Tx) lookAt(ctx context.Context, c *catalog, t Table, some []*kept) error {
	keys := make([]string, len(some))
	for i, k := range some {
		keys[i] = k.key
	}
	now := map[string]line{}
	if key := c.keys[t.Name]; len(key) == 1 && t.Name != "search_docs" {
		read, err := tx.lines(ctx, watched{table: t, where: key[0] + " " + tx.eng.oneOf("$1"), ids: keys})
		if err != nil {
			return err
		}
		for _, row := range read {
			now[row.key] = row
		}
	} else {
		for _, key := range keys {
			row, err := tx.byKey(ctx, t, key)
			if err != nil {
				return err
			}
			if row != nil {
				now[key] = *row
			}
		}
	}
	parts := map[string][]part{}
	if _, whole := composed[t.Name]; whole {
		var err error
		if parts, err = tx.partsOf(ctx, t.Name, keys, func(string, string) map[string]line { return nil }); err != nil {
			return err
		}
	}
	for _, k := range some {
		k.now, k.parts = pick(now, k.key), parts[k.key]
	}
	return nil
}

// left is the hash of what there is now of what the change left.
func (k *kept) left() string {
	if _, whole := composed[k.table.Name]; k.made() && whole {
		return wholeHash(k.table, *k.now, k.parts)
	}
	if k.made() {
		return hardHash(k.table, *k.now)
	}
	return hashOf(k.table.columnNames(), k.now.values, func(name string) bool {
		return k.was.holds(name)
	})
}

// looseLinks point at a row without the engine knowing.
var looseLinks = []link{
	{table: "notes", column: "company_id", parent: "companies"},
	{table: "tasks", column: "company_id", parent: "companies"},
	{table: "files", column: "company_id", parent: "companies"},
	{table: "notes", column: "deal_id", parent: "deals"},
	{table: "tasks", column: "deal_id", parent: "deals"},
	{table: "files", column: "deal_id", parent: "deals"},
	{table: "deal_lines", column: "product_id", parent: "products", stays: true},
	{table: "deals", column: "company_id", parent: "companies", stays: true},
}

// derived is what the product works out by itself about a record, and again.
var derived = []link{
	{table: "duplicates", column: "contact_id", parent: "contacts"},
	{table: "duplicates", column: "other_id", parent: "contacts"},
	{table: "notifications", column: "contact_id", parent: "contacts"},
}

// made are rows of one table that the change made.
type made struct {
	table Table
	keys  []string
}

// unmakeAll removes what the change made, leaves first; of records of parts only
// these, but those that were somebody else's before. It returns the records,
// which go last.
func (tx *Tx) unmakeAll(ctx context.Context, c *catalog, rows []*kept) (records []made, err error) {
	handed := map[string]bool{} // rows that were there before: no part of what was made
	var all []made              // rows come sorted by table
	for _, k := range rows {
		if !k.made() {
			handed[k.table.Name+" "+k.key] = true
			continue
		}
		if n := len(all); n == 0 || all[n-1].table.Name != k.table.Name {
			all = append(all, made{table: k.table})
		}
		all[len(all)-1].keys = append(all[len(all)-1].keys, k.key)
	}
	for _, m := range all {
		if err := tx.unfind(ctx, m); err != nil {
			return nil, err
		}
		if _, whole := composed[m.table.Name]; whole {
			records = append(records, m)
		} else if m.table.Name != "search_docs" {
			if err := tx.unmake(ctx, c, m); err != nil {
				return nil, err
			}
		}
	}
	for _, k := range rows {
		for _, p := range k.parts {
			if !k.made() || handed[p.table.Name+" "+p.row.key] {
				continue
			}
			if err := tx.deleteKey(ctx, c, p.table, p.row.key); err != nil {
				return nil, err
			}
		}
	}
	return records, nil
}

// unfind has no search find what was made.
func (tx *Tx) unfind(ctx context.Context, m made) error {
	if m.table.Name == "search_docs" {
		for _, key := range m.keys {
			kind, ref, _ := strings.Cut(key, " ")
			if err := tx.UnindexText(ctx, kind, ref); err != nil {
				return err
			}
		}
		return nil
	}
	kind, searched := searchKinds[m.table.Name]
	if !searched {
		return nil
	}
	where, ids := `kind IN ('`+kind+`', '`+inBin+kind+`') AND ref `+tx.eng.oneOf("$1"), tx.eng.list(m.keys)
	if err := tx.eng.unindexAll(ctx, tx, where, ids); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "store.TakeBack", `DELETE FROM search_docs WHERE `+where, ids)
	return err
}

// unmake removes rows that the change made. ErrConflict: others point at one now.
func (tx *Tx) unmake(ctx context.Context, c *catalog, m made) error {
	ids := tx.eng.list(m.keys)
	for _, l := range derived {
		if l.parent == m.table.Name {
			if _, err := tx.exec(ctx, "store.TakeBack", `DELETE FROM `+l.table+` WHERE `+l.column+` `+tx.eng.oneOf("$1"), ids); err != nil {
				return err
			}
		}
	}
	for _, l := range slices.Concat(c.links, looseLinks) {
		if l.parent != m.table.Name || l.table == m.table.Name {
			continue
		}
		var n int64
		err := tx.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM `+l.table+` WHERE `+l.column+` `+tx.eng.oneOf("$1")+` LIMIT 1) p`, ids).Scan(&n)
		if err != nil {
			return tx.fault("store.TakeBack", err)
		}
		if n > 0 {
			return fmt.Errorf("store.TakeBack: %s points at it: %w", l.table, ErrConflict)
		}
	}
	if key := c.keys[m.table.Name]; len(key) == 1 {
		_, err := tx.exec(ctx, "store.TakeBack", `DELETE FROM `+m.table.Name+` WHERE `+key[0]+` `+tx.eng.oneOf("$1"), ids)
		return err
	}
	for _, key := range m.keys {
		if err := tx.deleteKey(ctx, c, m.table, key); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) deleteKey(ctx context.Context, c *catalog, t Table, key string) error {
	where, args, err := t.keyWhere(c, key, nil)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "store.TakeBack", `DELETE FROM `+t.Name+` WHERE `+where, args...)
	return err
}
