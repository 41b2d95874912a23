package storetest

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"
	"sync"
	"testing"

	"modernc.org/sqlite"

	"stead/store"
)

// Disk is the disk under a database: Fill leaves no page on it, Free makes room.
// It must be there before the database is opened.
type Disk struct {
	t    testing.TB
	path string
}

// writers are the connections that may write, by database.
var writers struct {
	once sync.Once
	mu   sync.Mutex
	list map[string]sqlite.ExecQuerierContext
}

// NewDisk is the disk under the database that will be at path.
func NewDisk(t testing.TB, path string) *Disk {
	writers.once.Do(func() {
		writers.list = map[string]sqlite.ExecQuerierContext{}
		sqlite.RegisterConnectionHook(func(conn sqlite.ExecQuerierContext, dsn string) error {
			if file, _, _ := strings.Cut(strings.TrimPrefix(dsn, "file:"), "?"); strings.Contains(dsn, "_txlock") && !strings.Contains(dsn, "query_only") {
				writers.mu.Lock()
				defer writers.mu.Unlock()
				writers.list[file] = conn
			}
			return nil
		})
	})
	return &Disk{t, path}
}

// Fill has every transaction that needs one more page refused as on a full disk.
func (d *Disk) Fill(st *store.Store) { d.t.Helper(); d.limit(st, 1) } // no less than what is there

// Free takes that back.
func (d *Disk) Free(st *store.Store) { d.t.Helper(); d.limit(st, 1<<30) }

// limit speaks to the writer's connection while a transaction has it.
func (d *Disk) limit(st *store.Store, pages int) {
	d.t.Helper()
	writers.mu.Lock()
	conn := writers.list[d.path]
	writers.mu.Unlock()
	if conn == nil {
		d.t.Fatalf("nobody writes to %s", d.path)
	}
	err := st.InTx(d.t.Context(), func(*store.Tx) error {
		_, err := conn.ExecContext(context.Background(), fmt.Sprintf("PRAGMA max_page_count = %d", pages), []driver.NamedValue{})
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
}
