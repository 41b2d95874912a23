package store

import (
	"slices"
	"testing"
)

func TestWhatAStatementMayWriteTo(t *testing.T) {
	for query, want := range map[string][]string{
		`SELECT id FROM contacts WHERE id = $1`:                                                   nil,
		"\n\t\tselect 1 FROM tags":                                                                nil,
		`INSERT INTO contact_tags (contact_id, tag_id) VALUES ($1, $2)`:                           {"contact_tags"},
		`INSERT INTO search_docs (id) SELECT 1 FROM contacts RETURNING id`:                        {"contacts", "search_docs"},
		`UPDATE contacts SET company = (SELECT name FROM companies c WHERE c.id = $1)`:            {"companies", "contacts"},
		"\n\tDELETE FROM notes WHERE id IN (SELECT ref FROM search_docs)":                         {"notes", "search_docs"},
		`WITH gone AS (SELECT id FROM tags) DELETE FROM fields WHERE id IN (SELECT id FROM gone)`: {"fields", "tags"},
	} {
		got := writesTo(query)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s\n%v, want %v", query, got, want)
		}
	}
}

// What the engine itself deletes or clears is written to as well: nobody's look
// may pass over it.
func TestWhatFollowsIsWrittenTo(t *testing.T) {
	s, ctx := OpenTest(t), t.Context()
	err := s.InTx(ctx, func(tx *Tx) error {
		c, err := tx.catalog(ctx)
		if err != nil {
			return err
		}
		before := tx.wrote.now()
		if _, err := tx.exec(ctx, "test", `DELETE FROM tags WHERE id = 'none'`); err != nil {
			return err
		}
		for table, want := range map[string]bool{"tags": true, "contact_tags": true, "company_tags": true, "contacts": false, "contact_fields": false} {
			if got := tx.wrote.to(c, table, before); got != want {
				t.Errorf("%s: %t, want %t", table, got, want)
			}
		}
		if tx.wrote.to(c, "contact_tags", tx.wrote.now()) {
			t.Error("written to after the last write")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
