// Package storetest opens a fresh store for a test. It is never part of the
// product.
package storetest

import (
	"path/filepath"
	"testing"
	"time"

	"stead/store"
	"stead/store/postgres"
)

// open is the engine under test; only the tests of store itself change it.
var open = SQLite

// New opens an empty store of the engine under test, which is gone when the
// test ends. For everyone but the tests of store itself that engine is SQLite.
func New(t testing.TB) *store.Store {
	t.Helper()
	return open(t)
}

// SQLite opens an empty store in a temporary folder.
func SQLite(t testing.TB) *store.Store {
	t.Helper()
	return At(t, filepath.Join(t.TempDir(), "stead.db"))
}

// At opens the SQLite store in the file at path until the test ends.
func At(t testing.TB, path string) *store.Store {
	t.Helper()
	st, err := store.OpenSQLite(t.Context(), path)
	return until(t, st, err, "sqlite", path)
}

// UsePostgres has New open a fresh schema of the database behind url.
func UsePostgres(url string) {
	open = func(t testing.TB) *store.Store {
		t.Helper()
		schema := Schema(t, url)
		st, err := postgres.Open(t.Context(), schema)
		return until(t, st, err, "pgx", schema)
	}
}

func until(t testing.TB, st *store.Store, err error, driver, place string) *store.Store {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if _, test := t.(*testing.T); test { // a benchmark measures the budgets too
		st.Patient(time.Minute)
	}
	places.Store(st, [2]string{driver, place})
	t.Cleanup(func() {
		places.Delete(st)
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}
