package store_test

import (
	"errors"
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
		if !store.ArchiveOrders(table.Name) {
			t.Errorf("%s has no place in the order in which an archive is read", table.Name)
		}
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

// What every business begins with counts as nothing until somebody changes it.
func TestWhatABusinessBeginsWithIsNothing(t *testing.T) {
	st := storetest.New(t)
	ctx := t.Context()
	empty := func() bool {
		t.Helper()
		yes, err := st.ArchiveEmpty(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return yes
	}
	p := store.Pipeline{ID: "p", Name: "Sales", Currency: "EUR", CreatedAt: 7, Stages: []store.Stage{{ID: "s", Name: "New", Kind: store.DealOpen}}}
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.InsertBusiness(ctx, store.Business{Name: "Ours", Country: "PT", Currency: "EUR", Timezone: "Europe/Lisbon", CreatedAt: 7, UpdatedAt: 7}),
			tx.InsertPipeline(ctx, p), tx.SaveReason(ctx, store.Reason{ID: "r", Kind: store.DealLost, Name: "No answer", CreatedAt: 7}))
	})
	if !empty() {
		t.Error("a new business is not empty")
	}
	p.Name, p.Version, p.UpdatedAt = "Roofs", 1, 9
	in(t, st, func(tx *store.Tx) error { return tx.UpdatePipeline(ctx, p) })
	if empty() {
		t.Error("one who renamed the pipeline has nothing")
	}
}

func TestWhatABusinessBeginsWithIsCleared(t *testing.T) {
	st := storetest.New(t)
	ctx := t.Context()
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.InsertBusiness(ctx, store.Business{Name: "Ours", Country: "PT", Currency: "EUR", Timezone: "Europe/Lisbon", CreatedAt: 7, UpdatedAt: 7}),
			tx.InsertPipeline(ctx, store.Pipeline{ID: "p", Name: "Sales", Currency: "EUR", CreatedAt: 7, Stages: []store.Stage{{ID: "s", Name: "New", Kind: store.DealOpen}}}),
			tx.SaveReason(ctx, store.Reason{ID: "r", Kind: store.DealLost, Name: "No answer", CreatedAt: 7}), tx.ClearBegun(ctx))
	})
	pipelines, err := st.Pipelines(ctx)
	reasons, err2 := st.Reasons(ctx)
	if len(pipelines) != 0 || len(reasons) != 0 || err != nil || err2 != nil {
		t.Errorf("left: %+v, %+v (%v, %v)", pipelines, reasons, err, err2)
	}
}
