package crashtest

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stead/store"
	"stead/store/storetest"
)

// TestKillsDuringABulkEdit kills the server while it tags everybody and while it
// takes that back. Each contact is changed exactly once, and then is as it was.
func TestKillsDuringABulkEdit(t *testing.T) {
	n, kills := 5000, 3
	if testing.Short() {
		n, kills = 2000, 2
	}
	rnd, d := random(t), opened(t)
	d.stop()
	d.peopled(n)
	before := d.rows()
	d.start()
	d.ready()
	operation := strings.TrimPrefix(d.post("/contacts/bulk", "all", "1", "what", "tag", "new", "Met at the fair", "stage", "apply"), "/work/")
	of := func(column string) string {
		return `SELECT ` + column + ` FROM operations WHERE id = '` + operation + `'`
	}
	d.killed(rnd, operation, of("changed"), n, kills)
	for query, want := range map[string]int{
		of("done"): n, of("changed"): n, of("skipped"): 0,
		`SELECT COUNT(*) FROM contact_tags`:                                            n,
		`SELECT COUNT(*) FROM contacts WHERE version = 2`:                              n,
		`SELECT COUNT(*) FROM events WHERE kind = 'contact.changed'`:                   n,
		`SELECT COUNT(DISTINCT contact_id) FROM events WHERE kind = 'contact.changed'`: n,
		`SELECT COUNT(*) FROM audit WHERE action = 'contact.changed'`:                  n,
		`SELECT COUNT(*) FROM events WHERE kind = 'contacts.changed'`:                  1,
		`SELECT COUNT(*) FROM notifications WHERE subject = '` + operation + `'`:       1,
		`SELECT COUNT(*) FROM undo_rows r JOIN operations o ON o.undo_id = r.undo_id`:  3*n + 1, // contact, tag and words of each, and the tag itself
	} {
		if got := d.number(query); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	undo := storetest.Cells(t, filepath.Join(d.dir, "data", "stead.db"), `(`+of("undo_id")+`)`)[0]
	d.post("/undo/" + undo)
	operation = storetest.Cells(t, filepath.Join(d.dir, "data", "stead.db"), "(SELECT id FROM operations WHERE kind = 'undo')")[0]
	d.killed(rnd, operation, of("done"), 3*n, kills-1)
	d.stop()
	d.same(before)
	d.must("audit", "verify")
}

// peopled adds contacts while the server does not run.
func (d *desk) peopled(n int) {
	d.t.Helper()
	st := d.open()
	defer st.Close()
	now := time.Now().UnixMilli()
	batches(d.t, st, n, func(ctx context.Context, tx *store.Tx, i int) error {
		c, phones := person(i, now)
		return tx.InsertContact(ctx, c, phones, nil)
	})
}

// TestKillsAmongReminders kills the server while it reminds of many tasks that
// are due at once. Each reminder comes exactly once.
func TestKillsAmongReminders(t *testing.T) {
	n, kills := 1000, 2
	if testing.Short() {
		n, kills = 500, 1
	}
	rnd, d := random(t), opened(t)
	d.stop()
	st := d.open()
	owners, err := st.Owners(t.Context())
	if err != nil || len(owners) != 1 {
		t.Fatal(owners, err)
	}
	now := time.Now().UnixMilli()
	batches(t, st, n, func(ctx context.Context, tx *store.Tx, i int) error {
		return tx.InsertTask(ctx, store.Task{
			ID: fmt.Sprintf("0197c0de-0002-7000-8000-%012d", i), Kind: "todo", Title: "Water the plants", OwnerID: owners[0].ID, CreatedBy: owners[0].ID, DueAt: now, RemindAt: now, CreatedAt: now,
		})
	})
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	const told = `SELECT COUNT(*) FROM notifications WHERE kind = 'task.due'`
	d.start()
	d.ready()
	midway := 0
	for i := range kills {
		d.until(told, n*(i+1)/(kills+1)+rnd.IntN(n/20), "")
		d.kill()
		if d.number(told) < n {
			midway++
		}
		d.start()
		d.ready()
	}
	d.until(told, n, "")
	d.stop()
	for query, want := range map[string]int{
		told: n,
		`SELECT COUNT(DISTINCT subject) FROM notifications WHERE kind = 'task.due'`: n,
		`SELECT COUNT(*) FROM events WHERE kind = 'task.reminded'`:                  n,
		`SELECT COUNT(*) FROM tasks WHERE remind_at IS NOT NULL`:                    0,
	} {
		if got := d.number(query); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	if midway == 0 {
		t.Error("no kill came midway: the test shows nothing")
	}
	d.must("audit", "verify")
}
