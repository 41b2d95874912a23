package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stead/store"
)

// TestOldDatabaseWithItsOldLedger: a database and a ledger from before an
// erasure do not start while the copy beside the backups knows better.
func TestOldDatabaseWithItsOldLedger(t *testing.T) {
	c := newTerminal(t)
	c.must("kettle blue harbour seven\n", setupArgs...)
	database := filepath.Join(c.env["STEAD_DATA"], "stead.db")
	ledger := filepath.Join(c.env["STEAD_DATA"], store.LedgerFile)
	old := map[string][]byte{database: read(t, database), ledger: read(t, ledger)}

	st, err := store.OpenSQLite(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	l, err := st.OpenLedger(t.Context(), ledger)
	if err != nil {
		t.Fatal(err)
	}
	err = st.InTx(t.Context(), func(tx *store.Tx) error {
		return tx.LedgerNote(t.Context(), store.LedgerSuppress, strings.Repeat("ab", 32), 1)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, closing := range []func() error{l.Close, st.Close} {
		if err := closing(); err != nil {
			t.Fatal(err)
		}
	}
	backups := filepath.Join(c.env["STEAD_DATA"], "backups", store.LedgerFile)
	if err := os.WriteFile(backups, read(t, ledger), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := c.run("", "audit", "verify"); code != 0 {
		t.Fatalf("with all in place it ends with %d: %s", code, errs)
	}

	for path, content := range old {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, errs := c.run("", "audit", "verify"); code == 0 || !strings.Contains(errs, "erasure ledger") {
		t.Errorf("the old database with its old ledger is opened: %d %q", code, errs)
	}
}

// TestDataFolderIsClosedToOthers: also when it was there before Stead.
func TestDataFolderIsClosedToOthers(t *testing.T) {
	c := newTerminal(t)
	if err := os.Mkdir(c.env["STEAD_DATA"], 0o755); err != nil {
		t.Fatal(err)
	}
	c.must("kettle blue harbour seven\n", setupArgs...)
	info, err := os.Stat(c.env["STEAD_DATA"])
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the data folder has mode %v (%v), want 0700", info.Mode().Perm(), err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
