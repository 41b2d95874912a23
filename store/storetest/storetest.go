// Package storetest opens a fresh store for a test. It is never part of the
// product.
package storetest

import (
	"path/filepath"
	"testing"

	"stead/store"
)

// New opens an empty store that is gone when the test ends: SQLite in a
// temporary folder.
func New(t testing.TB) *store.Store {
	t.Helper()
	return At(t, filepath.Join(t.TempDir(), "stead.db"))
}

// At opens the SQLite store in the file at path until the test ends.
func At(t testing.TB, path string) *store.Store {
	t.Helper()
	st, err := store.OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}
