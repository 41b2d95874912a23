package store

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Rows and their count are written in one transaction: a copy in which they
// differ was not taken at one moment.
func TestSnapshotIsOneMomentBesideAWriter(t *testing.T) {
	st, dir := openTemp(t)
	write := func(n int) error {
		return st.InTx(context.Background(), func(tx *Tx) error {
			ctx := context.Background()
			for i := range 20 {
				if err := tx.Emit(ctx, Event{ID: fmt.Sprintf("%d-%d", n, i), Kind: "x.y", Subject: "s", Data: `{"x":"` + strings.Repeat("y", 300) + `"}`}); err != nil {
					return err
				}
			}
			if n > 50 { // pages move about
				if _, err := tx.exec(ctx, "test", `DELETE FROM events WHERE id LIKE $1`, fmt.Sprintf("%d-%%", n-50)); err != nil {
					return err
				}
			}
			return tx.SetSetting(ctx, "rows", min(n, 50)*20, 0)
		})
	}
	for n := 1; n <= 100; n++ {
		if err := write(n); err != nil {
			t.Fatal(err)
		}
	}
	stop, wrote := make(chan struct{}), 0
	var running sync.WaitGroup
	running.Go(func() {
		for n := 101; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			if err := write(n); err != nil {
				t.Error(err)
				return
			}
			wrote++
		}
	})
	for i := range 15 {
		path := filepath.Join(dir, fmt.Sprintf("copy%d.db", i))
		var counts map[string]int64
		err := st.Snapshot(t.Context(), func(snap *Snapshot) (err error) {
			if counts, err = snap.Counts(t.Context()); err != nil {
				return err
			}
			var b bytes.Buffer
			if n, err := snap.WriteTo(&b); err != nil || n != snap.Size() || n != int64(b.Len()) {
				return fmt.Errorf("%d of %d bytes, %w", n, snap.Size(), err)
			}
			return os.WriteFile(path, b.Bytes(), 0o600)
		})
		if err != nil {
			t.Fatal(err)
		}
		in, err := Inspect(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if in.Counts["events"] != 1000 || counts["events"] != 1000 {
			t.Errorf("copy %d has %d events, was to have %d, and 1000 stood at any moment", i, in.Counts["events"], counts["events"])
		}
		again, err := OpenSQLite(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		var rows int
		if _, err := again.Setting(t.Context(), "rows", &rows); err != nil || rows != 1000 {
			t.Errorf("rows = %d, %v", rows, err)
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	running.Wait()
	if wrote < 15 {
		t.Errorf("the writer came to %d transactions only", wrote)
	}
	if err := st.Truncate(t.Context()); err != nil {
		t.Errorf("a snapshot is still being read: %v", err)
	}
}

func TestInspectRefusesWhatIsNoDatabaseOrDamaged(t *testing.T) {
	st, dir := openTemp(t)
	person(t, st, "c1", "Mia Novak", "+48601234567", "mia@example.org")
	var b bytes.Buffer
	if err := st.Snapshot(t.Context(), func(snap *Snapshot) error { _, err := snap.WriteTo(&b); return err }); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"empty":     {},
		"text":      bytes.Repeat([]byte("not a database "), 1000),
		"truncated": b.Bytes()[:b.Len()/2],
		"zeroed":    append(bytes.Clone(b.Bytes()[:8192]), make([]byte, b.Len()-8192)...),
	} {
		path := filepath.Join(dir, "x.db")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if in, err := Inspect(t.Context(), path); err == nil {
			t.Errorf("%s: accepted as %+v", name, in)
		}
	}
}
