package store

import (
	"context"
	"slices"
	"strings"
)

// purgeKeeps are the tables of which rows outlive the business, and what is
// done to them. Every other table of the data map is emptied.
var purgeKeeps = map[string]string{
	"business": `UPDATE business SET name = 'Closed business', privacy_contact = ''`, // that there was one
	"closings": `UPDATE closings SET asked_by = NULL`,
	"settings": `DELETE FROM settings WHERE name NOT IN ('clock', 'sweep', 'backup', 'vault.recipient', 'vault.signer')`, // for backups that still age
	"audit": `UPDATE audit SET actor = NULL, at = NULL, address = NULL, actor_salt = NULL,
		object = NULL, contact_id = NULL, object_salt = NULL`, // the chain, without anybody
	"audit_head":           "",
	"audit_checkpoints":    "",
	"ledger_entries":       "", // so that a restored backup erases everybody again
	"fts_dirty":            "", // the search is still to be settled
	"river_job":            `DELETE FROM river_job WHERE state <> 'running'`,
	"river_leader":         "",
	"river_queue":          "",
	"river_client":         "",
	"river_client_queue":   "",
	"river_migration":      "",
	"goose_db_version":     "",
	"search_words_config":  "",
	"search_parts_config":  "",
	"search_words":         "", // both follow search_docs
	"search_words_data":    "",
	"search_words_idx":     "",
	"search_words_docsize": "",
	"search_vocab":         "", // looks into search_words
	"search_parts":         "",
	"search_parts_data":    "",
	"search_parts_idx":     "",
	"search_parts_docsize": "",
}

// Purge empties the database: what is left tells of nobody. It returns how many
// rows went from each table. Persons, of whom there may be many, go before, see
// EraseSubjects.
func (tx *Tx) Purge(ctx context.Context) (map[string]int64, error) {
	tables, _, err := tx.mapped(ctx)
	if err != nil {
		return nil, err
	}
	if err := tx.eng.unindexAll(ctx, tx, "1 = 1"); err != nil {
		return nil, err
	}
	gone := map[string]int64{}
	for _, table := range tables {
		statement, kept := purgeKeeps[table.Name]
		switch {
		case !kept:
			if err := tx.deletingFiles(ctx, table.Name, "1 = 1"); err != nil {
				return nil, err
			}
			n, err := tx.exec(ctx, "store.Purge", `DELETE FROM `+table.Name)
			if err != nil {
				return nil, err
			}
			if n > 0 {
				gone[table.Name] = n
			}
		case statement != "":
			if _, err := tx.exec(ctx, "store.Purge", statement); err != nil {
				return nil, err
			}
		}
	}
	return gone, nil
}

// EraseSubjects is EraseSubject for many persons at once.
func (tx *Tx) EraseSubjects(ctx context.Context, contacts []string) (map[string]int64, error) {
	return tx.eraseSubjects(ctx, contacts)
}

// SomeContacts lists at most limit persons, with every number of theirs as it
// is compared, or as a provider gave it.
func (r *Reader) SomeContacts(ctx context.Context, limit int) (ids, numbers []string, err error) {
	const some = `(SELECT id FROM contacts ORDER BY id LIMIT $1)`
	ids, err = list(ctx, r, "store.SomeContacts", `SELECT id FROM contacts ORDER BY id LIMIT $1`, scanText, limit)
	if err != nil || len(ids) == 0 {
		return nil, nil, err
	}
	numbers, err = list(ctx, r, "store.SomeContacts", `
		SELECT match_key FROM contact_phones WHERE contact_id IN `+some+`
		UNION SELECT peer FROM messages WHERE contact_id IN `+some+`
		UNION SELECT peer FROM calls WHERE contact_id IN `+some, scanText, limit)
	for i, n := range numbers {
		if !strings.HasPrefix(n, "+") && !strings.HasPrefix(n, "raw:") {
			numbers[i] = MatchKey("", n)
		}
	}
	slices.Sort(numbers)
	return ids, slices.Compact(numbers), err
}
