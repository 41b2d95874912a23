package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func subjectOf(n int) string { return fmt.Sprintf("%064x", n) }

func note(t *testing.T, st *store.Store, act string, n int) {
	t.Helper()
	err := st.InTx(t.Context(), func(tx *store.Tx) error {
		return tx.LedgerNote(t.Context(), act, subjectOf(n), int64(n))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// newLedger is a store with a ledger of n entries beside it.
func newLedger(t *testing.T, n int) (*store.Store, *store.Ledger, string) {
	t.Helper()
	dir := t.TempDir()
	st := storetest.At(t, filepath.Join(dir, "stead.db"))
	path := filepath.Join(dir, store.LedgerFile)
	l, err := st.OpenLedger(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		note(t, st, store.LedgerSuppress, i+1)
	}
	return st, l, path
}

func TestLedgerFollowsEveryCommit(t *testing.T) {
	st, l, path := newLedger(t, 3)
	if head := l.Head(); head.Seq != 3 || l.Err() != nil {
		t.Fatalf("head = %+v, %v; want entry 3 on the disk", head, l.Err())
	}
	refused := errors.New("no")
	err := st.InTx(t.Context(), func(tx *store.Tx) error {
		if err := tx.LedgerNote(t.Context(), store.LedgerErase, subjectOf(9), 9); err != nil {
			return err
		}
		return refused
	})
	if !errors.Is(err, refused) {
		t.Fatal(err)
	}
	entries, err := store.ReadLedger(path)
	if err != nil || len(entries) != 3 {
		t.Errorf("file holds %d entries, %v; want the 3 that were committed", len(entries), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, %v; want 0600", info.Mode(), err)
	}
}

func TestLedgerRefusesWhatIsNoKeyedHash(t *testing.T) {
	st, _, _ := newLedger(t, 0)
	for _, subject := range []string{"", "mia@example.org", strings.Repeat("A", 64), strings.Repeat("0", 62)} {
		err := st.InTx(t.Context(), func(tx *store.Tx) error {
			return tx.LedgerNote(t.Context(), store.LedgerErase, subject, 1)
		})
		if !errors.Is(err, store.ErrLedger) {
			t.Errorf("subject %q: err = %v, want ErrLedger", subject, err)
		}
	}
}

func TestOpenLedger(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(t *testing.T, text []byte) []byte // nil: remove the file
		want   string                                 // part of the refusal; empty: opens with all entries
	}{
		"as it was":              {func(_ *testing.T, b []byte) []byte { return b }, ""},
		"behind by an entry":     {func(_ *testing.T, b []byte) []byte { return cut(b, 2) }, ""},
		"empty":                  {func(*testing.T, []byte) []byte { return []byte{} }, ""},
		"last line half written": {func(_ *testing.T, b []byte) []byte { return b[:len(b)-20] }, ""},
		"missing":                {nil, "is missing"},
		"ahead of the database":  {ahead, "stead backup restore"},
		"half an entry ahead":    {func(t *testing.T, b []byte) []byte { return ahead(t, b)[:len(b)+9] }, "stead backup restore"},
		"a changed time":         {func(_ *testing.T, b []byte) []byte { return bytes.Replace(b, []byte(`"at":2`), []byte(`"at":3`), 1) }, "breaks at entry 2"},
		"a line taken out":       {func(_ *testing.T, b []byte) []byte { return append(cut(b, 1), b[len(cut(b, 2)):]...) }, "follows entry 1"},
		"a space too many":       {func(_ *testing.T, b []byte) []byte { return bytes.Replace(b, []byte(`,"act"`), []byte(`, "act"`), 1) }, "line 1 is no entry"},
		"a field too many": {func(_ *testing.T, b []byte) []byte {
			return bytes.Replace(b, []byte(`{"seq":1`), []byte(`{"name":"Mia","seq":1`), 1)
		}, "line 1 is no entry"},
		"of another installation": {another, "different installations"},
	} {
		t.Run(name, func(t *testing.T) {
			st, l, path := newLedger(t, 3)
			text, err := l.Text()
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			if tc.change == nil {
				err = os.Remove(path)
			} else {
				err = os.WriteFile(path, tc.change(t, text), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			l, err = st.OpenLedger(t.Context(), path)
			if tc.want != "" {
				if !errors.Is(err, store.ErrLedger) || !strings.Contains(err.Error(), tc.want) {
					t.Fatalf("err = %v, want ErrLedger with %q", err, tc.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if now, err := l.Text(); err != nil || !bytes.Equal(now, text) {
				t.Errorf("file =\n%s\n%v, want\n%s", now, err, text)
			}
		})
	}
}

// cut keeps the first n lines.
func cut(text []byte, n int) []byte {
	lines := bytes.SplitAfter(text, []byte("\n"))
	return bytes.Join(lines[:n], nil)
}

// ahead is the same ledger with an entry that the database does not have.
func ahead(t *testing.T, text []byte) []byte {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "l"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	entries, err := store.ReadLedger(filepath.Join(dir, "l"))
	if err != nil {
		t.Fatal(err)
	}
	st := storetest.At(t, filepath.Join(dir, "stead.db"))
	err = st.InTx(t.Context(), func(tx *store.Tx) error { return adopt(t.Context(), tx, entries) })
	if err != nil {
		t.Fatal(err)
	}
	note(t, st, store.LedgerErase, 77)
	l, err := st.OpenLedger(t.Context(), filepath.Join(dir, "l"))
	if err != nil {
		t.Fatal(err)
	}
	longer, err := l.Text()
	if err != nil {
		t.Fatal(err)
	}
	return longer
}

func adopt(ctx context.Context, tx *store.Tx, entries []store.LedgerEntry) error {
	for _, e := range entries {
		if err := tx.AdoptLedgerEntry(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func another(t *testing.T, _ []byte) []byte {
	st, l, _ := newLedger(t, 0)
	note(t, st, store.LedgerErase, 5)
	text, err := l.Text()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestWriteLedgerNeverShortensACopy(t *testing.T) {
	_, l, path := newLedger(t, 4)
	entries, err := store.ReadLedger(path)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), store.LedgerFile)
	for _, n := range []int{2, 4} {
		if err := store.WriteLedger(to, entries[:n]); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.WriteLedger(to, entries[:3]); !errors.Is(err, store.ErrLedger) {
		t.Errorf("a shorter ledger in the place of a longer one: err = %v, want ErrLedger", err)
	}
	want, _ := l.Text()
	if got, err := os.ReadFile(to); err != nil || !bytes.Equal(got, want) {
		t.Errorf("copy = %q, %v; want the whole ledger", got, err)
	}
	if _, err := store.JoinLedgers(entries, []store.LedgerEntry{{Seq: 1}}); !errors.Is(err, store.ErrLedger) {
		t.Errorf("two ledgers that differ were joined: %v", err)
	}
}

func FuzzParseLedger(f *testing.F) {
	f.Add([]byte(`{"seq":1,"act":"erase","subject":"00","at":1,"hash":"00"}` + "\n"))
	f.Add([]byte("\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, torn, err := store.ParseLedger(bytes.NewReader(text))
		if err != nil {
			return
		}
		to := filepath.Join(t.TempDir(), "l")
		if err := store.WriteLedger(to, entries); err != nil {
			t.Fatal(err)
		}
		again, err := os.ReadFile(to)
		if err != nil || !bytes.Equal(again, text[:len(text)-torn]) {
			t.Errorf("an accepted ledger is written otherwise: %q, %v", again, err)
		}
	})
}
