package store_test

import (
	"testing"

	"stead/store"
	"stead/store/storetest"
)

// Nobody adds a table and forgets to say whether an archive holds it.
func TestEveryTableIsInAnArchiveOrSaysWhyNot(t *testing.T) {
	in := map[string]bool{}
	tables, err := storetest.New(t).ArchiveTables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		in[table.Name] = true
		for _, c := range table.Columns {
			if c.Category == store.Secret || c.Category == store.Sealed || c.Category == store.Hash && c.Name != "address_hash" {
				t.Errorf("%s.%s, which is this instance's alone, leaves with an archive", table.Name, c.Name)
			}
		}
	}
	for _, table := range store.DataMap() {
		switch why := store.ArchiveLeftOut(table.Name); {
		case why == "not known":
			t.Errorf("%s: say in archived or notArchived what an archive does with it", table.Name)
		case why == "" && !in[table.Name], why != "" && in[table.Name]:
			t.Errorf("%s: %q, and in the archive: %v", table.Name, why, in[table.Name])
		}
		if table.Subject != "" && table.Rows == store.DeleteRow && !in[table.Name] {
			t.Logf("%s, which is about persons, stays out: %s", table.Name, store.ArchiveLeftOut(table.Name))
		}
	}
}

func TestTheOrderOfAnArchiveNamesAllOfItsTables(t *testing.T) {
	st := storetest.New(t)
	tables, err := st.ArchiveTables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, table := range tables {
		if seen[table.Name] {
			t.Errorf("%s twice", table.Name)
		}
		seen[table.Name] = true
		if _, _, err := st.ArchiveRows(t.Context(), table, nil, 10); err != nil {
			t.Errorf("%s: %v", table.Name, err)
		}
		if _, _, err := st.ArchiveRows(t.Context(), table, store.KeysFor(table), 10); err != nil {
			t.Errorf("%s behind a row: %v", table.Name, err)
		}
	}
	if empty, err := st.ArchiveEmpty(t.Context()); err != nil || !empty {
		t.Errorf("a new database is empty: %v, %v", empty, err)
	}
}
