package store

import (
	"context"
	"fmt"
)

// A field or a tag that is being emptied out of the bin is leaving: deleted_at is
// below zero. It is in no list, does not come back, and is due by the rule of the
// bin at once, which ends what was begun.

// carriers is a table in which everybody may have a row of one thing.
type carriers struct{ table, who, what string }

// carried are these tables, by the table of the thing.
var carried = map[string][]carriers{
	"fields": {{"contact_fields", "contact_id", "field_id"}, {"company_fields", "company_id", "field_id"}, {"deal_fields", "deal_id", "field_id"}},
	"tags":   {{"contact_tags", "contact_id", "tag_id"}, {"company_tags", "company_id", "tag_id"}, {"deal_tags", "deal_id", "tag_id"}},
}

// EmptyBin removes one thing that is in the bin for good, with what hangs on it.
// A person is no such thing: they are erased. ErrNotFound when it is not there.
//
// Of a field or a tag, which everybody may have, about limit rows go; it is called
// again, in another transaction, while there is more. From the first call on it
// cannot be restored, and itself it goes last. n tells how many rows went.
func (tx *Tx) EmptyBin(ctx context.Context, kind, id string, limit int) (n int, more bool, err error) {
	table, known := binTables[kind]
	if !known || kind == BinContact {
		return 0, false, fmt.Errorf("store.EmptyBin: no kind %q: %w", kind, ErrNotFound)
	}
	c, err := tx.catalog(ctx)
	if err != nil {
		return 0, false, err
	}
	if carried[table] != nil {
		return tx.emptyCarried(ctx, c, table, id, limit)
	}
	if _, err := tx.InBin(ctx, kind, id); err != nil {
		return 0, false, err
	}
	return 1, false, tx.remove(ctx, c, mapOf(table), []string{id})
}

// emptyCarried takes a deleted field or tag away from the next of those who have
// it; from the last ones it goes itself.
func (tx *Tx) emptyCarried(ctx context.Context, c *catalog, table, id string, limit int) (n int, more bool, err error) {
	marked, err := tx.exec(ctx, "store.EmptyBin", `
		UPDATE `+table+` SET deleted_at = -ABS(deleted_at), version = version + 1 WHERE id = $1 AND deleted_at IS NOT NULL`, id)
	if err == nil && marked == 0 {
		err = fmt.Errorf("store.EmptyBin: %w", ErrNotFound)
	}
	if err != nil {
		return 0, false, err
	}
	for _, c := range carried[table] {
		gone, err := tx.exec(ctx, "store.EmptyBin", `
			DELETE FROM `+c.table+` WHERE `+c.what+` = $1 AND `+c.who+` IN (SELECT `+c.who+` FROM `+c.table+` WHERE `+c.what+` = $1 LIMIT $2)`,
			id, limit-n)
		if err != nil {
			return n, false, err
		}
		if n += int(gone); n >= limit {
			return n, true, nil
		}
	}
	return n + 1, false, tx.remove(ctx, c, mapOf(table), []string{id})
}

// sweepCarried removes the fields, or the tags, that a rule finds due, and tells
// how many rows that took; less than limit: there are no more.
func (tx *Tx) sweepCarried(ctx context.Context, c *catalog, rule SweepRule, now int64, limit int) (int64, error) {
	ids, err := list(ctx, &tx.Reader, "store.SweepBatch", `
		SELECT id FROM `+rule.Table+` WHERE `+rule.due()+` ORDER BY `+rule.After+` LIMIT $2`, scanText, rule.cutoff(now), limit)
	if err != nil {
		return 0, err
	}
	done := 0
	for _, id := range ids {
		if done >= limit {
			break
		}
		n, _, err := tx.emptyCarried(ctx, c, rule.Table, id, limit-done)
		if err != nil {
			return 0, err
		}
		done += n
	}
	return int64(done), nil
}
