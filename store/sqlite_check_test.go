package store_test

import (
	"fmt"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

// TestQuickCheckAfterErasure: a connection that has seen the full-text index
// before another one erased from it must not cry wolf.
func TestQuickCheckAfterErasure(t *testing.T) {
	st := storetest.New(t)
	for i := range 6 {
		c := store.Contact{ID: fmt.Sprintf("c%d", i), Name: fmt.Sprintf("Wilhelmina Number%d Okonkwo", i), Source: "manual", Version: 1, CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1}
		if err := st.InTx(t.Context(), func(tx *store.Tx) error { return tx.InsertContact(t.Context(), c, nil, nil) }); err != nil {
			t.Fatal(err)
		}
		check(t, st)
	}
	for i := range 5 {
		if err := st.InTx(t.Context(), func(tx *store.Tx) error {
			_, err := tx.EraseSubject(t.Context(), fmt.Sprintf("c%d", i))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		check(t, st)
	}
}

func check(t *testing.T, st *store.Store) {
	t.Helper()
	for range 8 { // more often than there are connections
		if err := st.QuickCheck(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
