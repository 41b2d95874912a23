package store_test

import (
	"fmt"
	"os"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

const postgresVariable = "STEAD_TEST_POSTGRES"

// All tests of this package run on SQLite and then, where there is a server,
// once more on PostgreSQL.
func TestMain(m *testing.M) {
	code := m.Run()
	if url := os.Getenv(postgresVariable); url != "" && code == 0 {
		fmt.Println("=== once more, on PostgreSQL")
		storetest.UsePostgres(url)
		store.OpenTest = func(t testing.TB) *store.Store { return storetest.New(t) }
		code = m.Run()
	}
	store.CloseBench()
	os.Exit(code)
}

func TestPostgresIsThere(t *testing.T) {
	switch {
	case os.Getenv(postgresVariable) != "":
	case os.Getenv("CI") == "true":
		t.Fatal(postgresVariable + " is not set: nothing was tried on PostgreSQL")
	default:
		t.Skip("LEFT OUT: nothing was tried on PostgreSQL, for " + postgresVariable + " is not set")
	}
}
