package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrNoRule says that the data map has no such rule.
var ErrNoRule = errors.New("store: no such rule of retention")

// SweepRule is one rule of retention: rows of a table go, or some of their
// columns are cleared, Days after the time in column After.
type SweepRule struct {
	Name    string // the table, or table and columns
	Table   string
	Columns []string // cleared; none: the row goes
	After   string   // a column, or what stands for one
	Days    int
}

// SweepDue is what a rule would do now.
type SweepDue struct {
	SweepRule
	Rows   int64
	Sample []string // keys of the first rows
}

// maxBatch is the most rows of one transaction of the sweep.
const maxBatch = 500

const dayMillis = 24 * 60 * 60 * 1000

// SweepRules returns the rules of the data map, each once.
func SweepRules() []SweepRule {
	var rules []SweepRule
	for _, t := range DataMap() {
		if t.Retain.Days > 0 {
			rules = append(rules, SweepRule{Name: t.Name, Table: t.Name, After: t.Retain.since(), Days: t.Retain.Days})
		}
		if t.Bin.Days > 0 {
			rules = append(rules, SweepRule{Name: t.Name + ".bin", Table: t.Name, After: t.Bin.since(), Days: t.Bin.Days})
		}
		for _, group := range t.Columns {
			if group.Retain.Days > 0 {
				rules = append(rules, SweepRule{
					Name: t.Name + "." + strings.ReplaceAll(group.Names, " ", "+"), Table: t.Name,
					Columns: strings.Fields(group.Names), After: group.Retain.since(), Days: group.Retain.Days,
				})
			}
		}
	}
	return rules
}

// due is the condition that a row is due: $1 is the last moment that is too old.
func (rule SweepRule) due() string {
	where := rule.After + " < $1"
	if rule.Table == "contacts" { // whoever is being erased has a proof to come
		where += " AND id NOT IN (SELECT contact_id FROM erasures WHERE contact_id IS NOT NULL)"
	}
	if len(rule.Columns) > 0 {
		where += " AND (" + strings.Join(rule.Columns, " IS NOT NULL OR ") + " IS NOT NULL)"
	}
	return where
}

// clears is what becomes of the columns. With who did something goes to what, where
// that is no person of the business's: it may name a colleague, or who did it.
func (rule SweepRule) clears() string {
	set := strings.Join(rule.Columns, " = NULL, ") + " = NULL"
	if rule.Table == "audit" && slices.Contains(rule.Columns, "actor") {
		for _, column := range []string{"object", "object_salt"} {
			set += ", " + column + " = CASE WHEN contact_id IS NULL THEN NULL ELSE " + column + " END"
		}
	}
	return set
}

// Persons tells that the rule takes whole persons.
func (rule SweepRule) Persons() bool { return rule.Table == "contacts" && len(rule.Columns) == 0 }

// DueNumbers lists the match keys, and the peers as a provider gave them, of the
// persons whom the next batch of the rule takes: what came from them is reached
// by their keyed hashes alone.
func (r *Reader) DueNumbers(ctx context.Context, rule SweepRule, now int64, limit int) ([]string, error) {
	if !rule.Persons() {
		return nil, nil
	}
	due := `(SELECT id FROM contacts WHERE ` + rule.due() + ` ORDER BY ` + rule.After + ` LIMIT $2)`
	return list(ctx, r, "store.DueNumbers", `
		SELECT match_key FROM contact_phones WHERE contact_id IN `+due+`
		UNION SELECT peer FROM messages WHERE contact_id IN `+due+`
		UNION SELECT peer FROM calls WHERE contact_id IN `+due, scanText, rule.cutoff(now), min(max(limit, 1), maxBatch))
}

func (rule SweepRule) cutoff(now int64) int64 { return now - int64(rule.Days)*dayMillis }

// SweepPlan tells what each rule would do at the time now, and does nothing.
func (r *Reader) SweepPlan(ctx context.Context, now int64) ([]SweepDue, error) {
	c, err := r.catalog(ctx)
	if err != nil {
		return nil, err
	}
	var plan []SweepDue
	for _, rule := range SweepRules() {
		due := SweepDue{SweepRule: rule}
		err := r.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+rule.Table+` WHERE `+rule.due(), rule.cutoff(now)).Scan(&due.Rows)
		if err != nil {
			return nil, r.fault("store.SweepPlan", err)
		}
		if due.Rows > 0 {
			key := strings.Join(c.keys[rule.Table], ` || ' ' || `)
			due.Sample, err = list(ctx, r, "store.SweepPlan", `
				SELECT CAST(`+key+` AS TEXT) FROM `+rule.Table+` WHERE `+rule.due()+` ORDER BY `+rule.After+` LIMIT 5`,
				scanText, rule.cutoff(now))
			if err != nil {
				return nil, err
			}
		}
		plan = append(plan, due)
	}
	return plan, nil
}

// SweepBatch carries a rule out on at most limit rows, the oldest first, and
// tells how many they were; fewer than limit means that the rule is done. Days
// of the rule may differ from the map's, its other parts may not: ErrNoRule.
func (tx *Tx) SweepBatch(ctx context.Context, rule SweepRule, now int64, limit int) (int64, error) {
	known := slices.IndexFunc(SweepRules(), func(r SweepRule) bool {
		return r.Name == rule.Name && r.Table == rule.Table && r.After == rule.After && slices.Equal(r.Columns, rule.Columns)
	})
	if known < 0 || rule.Days <= 0 {
		return 0, fmt.Errorf("%w: %s", ErrNoRule, rule.Name)
	}
	limit = min(max(limit, 1), maxBatch)
	_, c, err := tx.mapped(ctx)
	if err != nil {
		return 0, err
	}
	table := rule.table()
	pointed := slices.ContainsFunc(c.links, func(l link) bool { return l.parent == rule.Table && !l.follows })
	switch {
	case carried[rule.Table] != nil:
		return tx.sweepCarried(ctx, c, rule, now, limit)
	case len(rule.Columns) > 0:
		return tx.sweepOldest(ctx, c, `UPDATE `+rule.Table+` SET `+rule.clears(), rule, now, limit)
	case table.Subject == "self" || pointed || searchKinds[table.Name] != "":
		return tx.sweepTree(ctx, c, table, rule, now, limit)
	}
	return tx.sweepOldest(ctx, c, `DELETE FROM `+rule.Table, rule, now, limit)
}

func (rule SweepRule) table() Table {
	all := DataMap()
	return all[slices.IndexFunc(all, func(t Table) bool { return t.Name == rule.Table })]
}

// sweepOldest runs a statement on the rows that have been due longest.
func (tx *Tx) sweepOldest(ctx context.Context, c *catalog, statement string, rule SweepRule, now int64, limit int) (int64, error) {
	key := strings.Join(c.keys[rule.Table], ", ")
	where := `(` + key + `) IN (SELECT ` + key + ` FROM ` + rule.Table + ` WHERE ` + rule.due() + ` ORDER BY ` + rule.After + ` LIMIT $2)`
	if err := tx.deletingFiles(ctx, rule.Table, where, rule.cutoff(now), limit); err != nil {
		return 0, err
	}
	return tx.exec(ctx, "store.SweepBatch", statement+` WHERE `+where, rule.cutoff(now), limit)
}

// sweepTree removes rows that others point at: with a person goes all that is
// theirs, with a call what hangs on the call.
func (tx *Tx) sweepTree(ctx context.Context, c *catalog, table Table, rule SweepRule, now int64, limit int) (int64, error) {
	key := c.keys[table.Name]
	if len(key) != 1 {
		return 0, fmt.Errorf("store: %s has no single key", table.Name)
	}
	ids, err := list(ctx, &tx.Reader, "store.SweepBatch", `
		SELECT `+key[0]+` FROM `+table.Name+` WHERE `+rule.due()+` ORDER BY `+rule.After+` LIMIT $2`,
		scanText, rule.cutoff(now), limit)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	if table.Subject == "self" {
		if err := tx.EraseFromDeals(ctx, ids, now); err != nil {
			return 0, err
		}
		_, err = tx.eraseSubjects(ctx, ids)
		return int64(len(ids)), err
	}
	return int64(len(ids)), tx.remove(ctx, c, table, ids)
}

// clearChildren sees to the rows that point at the rows that where selects: the
// column is cleared where the map says so, else they go as well.
func (tx *Tx) clearChildren(ctx context.Context, c *catalog, parent, where string, ids []string) error {
	for _, l := range c.links {
		if l.parent != parent || l.follows || l.table == parent {
			continue
		}
		inner := fmt.Sprintf("%s IN (SELECT %s FROM %s WHERE %s)", l.column, c.keys[parent][0], parent, where)
		child := SweepRule{Table: l.table}.table()
		statement := `DELETE FROM ` + l.table
		if group, ok := child.column(l.column); ok && group.Erase == Null {
			statement = `UPDATE ` + l.table + ` SET ` + l.column + ` = NULL`
		} else if err := tx.clearChildren(ctx, c, l.table, inner, ids); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, "store.SweepBatch", statement+` WHERE `+inner, tx.eng.list(ids)); err != nil {
			return err
		}
	}
	return nil
}
