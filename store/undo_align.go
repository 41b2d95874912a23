package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
)

// softly tells that a soft column goes back: it is as the change left it.
func (k *kept) softly(name string) bool {
	pair, ok := k.was.Soft[name]
	at := slices.Index(k.table.columnNames(), name)
	return ok && k.now != nil && at >= 0 && same(pair[1], k.now.values[at])
}

// realign brings what is copied from elsewhere in line with contacts that were
// taken back: the name of a company that was renamed since, the words of a tag.
func (tx *Tx) realign(ctx context.Context, rows []*kept) error {
	firms, words := map[string]bool{}, map[string]bool{}
	for _, k := range rows {
		switch {
		case k.contact == "" || k.made():
		case k.table.Name == "contact_companies":
			firms[k.contact] = true
		case k.table.Name == "contacts":
			if _, moved := k.was.Soft["company"]; moved || k.went() {
				firms[k.contact] = true
			}
		case k.table.Name == "search_docs" && strings.HasPrefix(k.key, "contact "):
			if _, moved := k.was.Soft["body"]; moved && !k.softly("body") {
				words[k.contact] = true
			}
		}
	}
	if err := tx.realignFirms(ctx, firms, words); err != nil || len(words) == 0 {
		return err
	}
	live, err := list(ctx, &tx.Reader, "store.realign", `SELECT id FROM contacts WHERE deleted_at IS NULL AND id `+tx.eng.oneOf("$1"), scanText, tx.eng.list(slices.Sorted(maps.Keys(words))))
	if err != nil {
		return err
	}
	return tx.IndexContacts(ctx, live...)
}

// realignFirms has contacts show what their main company is called now, and adds
// those to words whom that changed.
func (tx *Tx) realignFirms(ctx context.Context, firms, words map[string]bool) error {
	if len(firms) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(firms))
	before, err := tx.firmNames(ctx, ids)
	if err != nil {
		return err
	}
	if err := tx.copyCompany(ctx, ids); err != nil {
		return err
	}
	after, err := tx.firmNames(ctx, ids)
	for id, name := range after {
		if before[id] != name {
			words[id] = true
		}
	}
	return err
}

func (tx *Tx) firmNames(ctx context.Context, ids []string) (map[string]string, error) {
	pairs, err := list(ctx, &tx.Reader, "store.realign", `SELECT id, company FROM contacts WHERE id `+tx.eng.oneOf("$1"),
		func(rows *sql.Rows, v *[2]string) error { return rows.Scan(&v[0], &v[1]) }, tx.eng.list(ids))
	out := map[string]string{}
	for _, p := range pairs {
		out[p[0]] = p[1]
	}
	return out, err
}

// disown leaves nobody's what a change taken back would give to somebody who has
// left since: their work was handed on when they went, and they cannot do it.
func (tx *Tx) disown(ctx context.Context, rows []*kept) error {
	back := map[string][]string{}
	for _, k := range rows {
		switch k.table.Name {
		case "contacts", "companies", "conversations", "deals", "tasks":
			if !k.made() {
				back[k.table.Name] = append(back[k.table.Name], k.key)
			}
		}
	}
	for _, table := range slices.Sorted(maps.Keys(back)) {
		query := `UPDATE ` + table + ` SET owner_id = NULL WHERE id ` + tx.eng.oneOf("$1") + `
			AND owner_id IN (SELECT id FROM users WHERE removed_at IS NOT NULL)`
		if table == "tasks" {
			query += ` AND done_at IS NULL` // who did it stays told
		}
		if _, err := tx.exec(ctx, "store.TakeBack", query, tx.eng.list(back[table])); err != nil {
			return err
		}
	}
	return nil
}
