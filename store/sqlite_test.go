package store_test

import (
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func TestSearchFindsWordBeginnings(t *testing.T) {
	st := storetest.New(t)
	err := st.InTx(t.Context(), func(tx *store.Tx) error { return tx.IndexText(t.Context(), "contact", "c1", "Jürgen Müller") })
	if err != nil {
		t.Fatal(err)
	}
	got, err := st.Search(t.Context(), "contact", "mull jur", store.Page{})
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
}
