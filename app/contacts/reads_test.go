package contacts

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"stead/store"
	"stead/store/storetest"
)

func started(t *testing.T, every time.Duration) (*reads, *store.Store) {
	t.Helper()
	st := storetest.New(t)
	err := st.InTx(t.Context(), func(tx *store.Tx) error {
		return tx.InsertContact(t.Context(), store.Contact{ID: "c1", Source: "manual"}, nil, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	return startReads(st, slog.New(slog.DiscardHandler), every), st
}

func audited(t *testing.T, st *store.Store) int64 {
	t.Helper()
	n, _, err := st.AuditHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestReadsAreWrittenAtTheEnd(t *testing.T) {
	r, st := started(t, time.Hour)
	r.add(t.Context(), "u1", "c1", 1)
	r.add(t.Context(), "u1", "c1", 2) // the same look, reloaded
	r.add(t.Context(), "u2", "c1", 3)
	if n := audited(t, st); n != 0 {
		t.Errorf("%d entries before the batch, want none: no look waits for a write", n)
	}
	if err := r.close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := audited(t, st); n != 2 {
		t.Errorf("%d entries, want 2", n)
	}
}

// The batch is written without a request: each entry says where its own reader was.
func TestReadsKeepTheAddressOfTheReader(t *testing.T) {
	r, st := started(t, time.Hour)
	r.add(store.From(t.Context(), "203.0.113.7"), "u1", "c1", 1)
	r.add(store.From(t.Context(), "2001:db8::7"), "u1", "c1", 2) // from elsewhere: another look
	r.add(t.Context(), "operator", "c1", 3)
	if err := r.close(store.From(context.Background(), "192.0.2.99")); err != nil {
		t.Fatal(err)
	}
	rows, err := st.AuditRows(t.Context(), store.Page{})
	if err != nil || len(rows) != 3 || rows[2].Address != "203.0.113.7" || rows[1].Address != "2001:db8::7" || rows[0].Address != "" {
		t.Errorf("rows = %+v, %v", rows, err)
	}
}

func TestReadsAreWrittenInTime(t *testing.T) {
	r, st := started(t, time.Millisecond)
	r.add(t.Context(), "u1", "c1", 1)
	deadline, stop := context.WithTimeout(t.Context(), 5*time.Second)
	defer stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for audited(t, st) == 0 {
		select {
		case <-deadline.Done():
			t.Fatal("nothing was written down")
		case <-tick.C:
		}
	}
	if err := r.close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestReadsBeyondTheBufferAreCounted(t *testing.T) {
	running, st := started(t, time.Hour)
	if err := running.close(context.Background()); err != nil {
		t.Fatal(err)
	}
	r := newReads(st, running.log, time.Hour) // nobody empties it
	close(r.done)
	for i := range readsMax + 7 {
		r.add(t.Context(), fmt.Sprint("u", i), "c1", 1)
	}
	if err := r.close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := audited(t, st); n != readsMax+1 {
		t.Errorf("%d entries, want %d and one that tells of the lost", n, readsMax)
	}
}

func TestReadsWaitWhenTheStoreDoesNotTakeThem(t *testing.T) {
	r, st := started(t, time.Hour)
	r.add(t.Context(), "u1", "c1", 1)
	gone, stop := context.WithCancel(t.Context())
	stop()
	if err := r.flush(gone); err == nil {
		t.Fatal("a batch was written on a context that had ended")
	}
	if err := r.close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := audited(t, st); n != 1 {
		t.Errorf("%d entries, want the one that waited", n)
	}
}

func TestAReadOfSomebodyErasedMeanwhileNamesNobody(t *testing.T) {
	r, st := started(t, time.Hour)
	r.add(t.Context(), "u1", "erased", 1)
	var entry store.AuditEntry
	err := st.InTx(t.Context(), func(tx *store.Tx) (err error) {
		entry, err = stillThere(t.Context(), tx, r.waiting[0])
		return err
	})
	if err != nil || entry.ContactID != "" || entry.Object != "" || entry.Actor != "u1" {
		t.Errorf("entry = %+v, %v; want a look at nobody", entry, err)
	}
	if err := r.close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := audited(t, st); n != 1 {
		t.Errorf("%d entries, want 1", n)
	}
}
