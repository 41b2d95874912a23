package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river/rivertype"
)

func jobRow(id int64, attempt int, at time.Time) *rivertype.JobRow {
	return &rivertype.JobRow{ID: id, Attempt: attempt, AttemptedAt: &at, ScheduledAt: at}
}

// openStore opens the engine under test.
func openStore(t testing.TB) *Store { return OpenTest(t) }

func setSetting(ctx context.Context, tx *Tx, name string, at int64) error {
	_, err := tx.exec(ctx, "test", `INSERT INTO settings (name, value, updated_at) VALUES ($1, '{}', $2)`, name, at)
	return err
}

func settingNames(t testing.TB, s *Store) []string {
	t.Helper()
	names, err := list(t.Context(), &s.Reader, "test", `SELECT name FROM settings ORDER BY name`, scanText)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// What the house asks of every connection, of the writer's and of the readers'.
func TestEveryConnectionHasThePragmas(t *testing.T) {
	s := openLite(t)
	both := map[string]int64{
		"synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000, "secure_delete": 1, "temp_store": 2,
		"trusted_schema": 0, "journal_size_limit": 67108864, "mmap_size": 2147418112, "auto_vacuum": 2,
	}
	for _, pool := range []struct {
		name                string
		db                  *sql.DB
		queryOnly, cacheKiB int64
	}{{"writer", s.write, 0, -8000}, {"reader", s.read, 1, -2000}} {
		n := pool.db.Stats().MaxOpenConnections
		if pool.name == "writer" && n != 1 {
			t.Errorf("%d writers", n)
		}
		for i := range n {
			conn, err := pool.db.Conn(t.Context()) // held, so that the next is another
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			want := map[string]int64{"query_only": pool.queryOnly, "cache_size": pool.cacheKiB}
			for k, v := range both {
				want[k] = v
			}
			for pragma, v := range want {
				var got int64
				if err := conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != v {
					t.Errorf("%s %d: %s is %d (%v), not %d", pool.name, i, pragma, got, err, v)
				}
			}
			var mode string
			if err := conn.QueryRowContext(t.Context(), "PRAGMA journal_mode").Scan(&mode); err != nil || mode != "wal" {
				t.Errorf("%s %d: journal_mode is %s (%v)", pool.name, i, mode, err)
			}
		}
	}
}

func TestParametersBindByNumber(t *testing.T) {
	s := openStore(t)
	var a, b, c string
	err := s.write.QueryRowContext(t.Context(), `SELECT CAST($2 AS TEXT), CAST($1 AS TEXT), CAST($2 AS TEXT)`, "one", "two").Scan(&a, &b, &c)
	if err != nil || a+b+c != "twoonetwo" {
		t.Errorf("%s %s %s %v", a, b, c, err)
	}
}

func TestErrorAndPanicRollBack(t *testing.T) {
	s := openStore(t)
	no := errors.New("no")
	err := s.InTx(t.Context(), func(tx *Tx) error {
		return errors.Join(setSetting(t.Context(), tx, "a", 1), no)
	})
	if !errors.Is(err, no) {
		t.Errorf("got %v", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = s.InTx(t.Context(), func(tx *Tx) error {
			if err := setSetting(t.Context(), tx, "b", 1); err != nil {
				t.Error(err)
			}
			panic("stop")
		})
	}()
	if got := settingNames(t, s); len(got) != 0 {
		t.Errorf("kept %v", got)
	}
	if err := s.InTx(t.Context(), func(tx *Tx) error { return setSetting(t.Context(), tx, "c", 1) }); err != nil {
		t.Errorf("the writer is stuck: %v", err)
	}
}

func TestConflictAndNotFoundAreTold(t *testing.T) {
	s := openStore(t)
	err := s.InTx(t.Context(), func(tx *Tx) error {
		if err := setSetting(t.Context(), tx, "a", 1); err != nil {
			return err
		}
		return setSetting(t.Context(), tx, "a", 1)
	})
	if !errors.Is(err, ErrConflict) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Contact(t.Context(), "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// Writers are served in the order in which they came: with a random order, as
// database/sql has it, a hundred in a row would be a miracle.
func TestWritersAreServedInOrder(t *testing.T) {
	g := newGate(1)
	if err := g.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var served []int
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			if err := g.enter(t.Context()); err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			served = append(served, i)
			mu.Unlock()
			g.leave()
		})
		waitQueued(t, g, i+1)
	}
	g.leave()
	all.Wait()
	if !slices.IsSorted(served) || len(served) != 100 {
		t.Errorf("served %v", served)
	}
}

func waitQueued(t testing.TB, g *gate, n int) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		g.mu.Lock()
		queued := g.queue.Len()
		g.mu.Unlock()
		if queued == n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d wait, not %d", queued, n)
		}
	}
}

func TestWriterWhoGivesUpLosesNobodysTurn(t *testing.T) {
	g := newGate(1)
	if err := g.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() { gone <- g.enter(ctx) }()
	waitQueued(t, g, 1)
	next := make(chan error, 1)
	go func() { next <- g.enter(t.Context()) }()
	waitQueued(t, g, 2)
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	g.leave()
	if err := within(t, next, 5*time.Second); err != nil {
		t.Errorf("got %v", err)
	}
	g.leave()
	if err := g.enter(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCommitTellsWatchersAndHints(t *testing.T) {
	s := openStore(t)
	var seen []string
	s.Watch(func(events []Event) {
		for _, e := range events {
			seen = append(seen, e.Kind)
		}
	})
	emit := func(kind string, fail error) error {
		return s.InTx(t.Context(), func(tx *Tx) error {
			tx.AfterCommit(func() { seen = append(seen, "hint "+kind) })
			if err := tx.Emit(t.Context(), Event{ID: kind, Kind: kind, Subject: "s", At: 1}); err != nil {
				return err
			}
			return fail
		})
	}
	if err := emit("undone", errors.New("no")); err == nil {
		t.Error("no error")
	}
	if err := emit("done", nil); err != nil {
		t.Error(err)
	}
	if want := []string{"hint done", "done"}; !slices.Equal(seen, want) {
		t.Errorf("saw %v, want %v", seen, want)
	}
	events, err := s.EventsOf(t.Context(), "s")
	if err != nil || len(events) != 1 || events[0].Data != "{}" {
		t.Errorf("%v %v", events, err)
	}
}

// A caller who leaves in the middle of a query costs the pool a connection;
// statements that were prepared on it are prepared anew.
func TestStatementsSurviveAnInterruptedConnection(t *testing.T) {
	s := openLite(t)
	const slow = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000) SELECT CAST(COUNT(*) AS TEXT) FROM n`
	for round := range 5 {
		if _, err := s.Setting(t.Context(), "x", new(string)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		_, err := list(ctx, &s.Reader, "test", slow, scanText)
		cancel()
		if err == nil {
			t.Fatal("it was not slow")
		}
		ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
		err = s.InTx(ctx, func(tx *Tx) error {
			_, err := list(ctx, &tx.Reader, "test", slow, scanText)
			return err
		})
		cancel()
		if err == nil {
			t.Fatal("it was not slow")
		}
		if err := s.InTx(t.Context(), func(tx *Tx) error { return setSetting(t.Context(), tx, fmt.Sprint(round), 1) }); err != nil {
			t.Fatal(err)
		}
	}
	if got := settingNames(t, s); len(got) != 5 {
		t.Errorf("kept %v", got)
	}
}

func TestNewerSchemaIsRefusedAndUnchanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stead.db")
	s, err := OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := s.Truncate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before := fileSum(t, path)
	_, err = OpenSQLite(t.Context(), path)
	if !errors.Is(err, ErrNewerSchema) || !strings.Contains(err.Error(), "9999") {
		t.Errorf("got %v", err)
	}
	if after := fileSum(t, path); after != before {
		t.Error("the file was changed")
	}
}

func TestCursorIsOpaqueAndForgiving(t *testing.T) {
	var name, id string
	var at int64
	p := Page{After: Cursor("müller", int64(1<<60), "id1")}
	if !p.keys(&name, &at, &id) || name != "müller" || at != 1<<60 || id != "id1" {
		t.Errorf("%s %d %s", name, at, id)
	}
	for _, bad := range []string{"", "%", "x", Cursor("one"), Cursor(1, 2, 3)} {
		if (Page{After: bad}).keys(&name, &at, &id) {
			t.Errorf("%q was believed", bad)
		}
	}
	for in, want := range map[int]int{0: defaultLimit, -3: defaultLimit, 7: 7, 100000: maxLimit} {
		if got := (Page{Limit: in}).limit(); got != want {
			t.Errorf("limit %d gives %d", in, got)
		}
	}
}

func TestFoldMeetsWhatIsTyped(t *testing.T) {
	for in, want := range map[string]string{
		"Müller": "muller", "ŁÓDŹ": "łodz", "İstanbul": "istanbul", "José": "jose", "plain": "plain", "日本": "日本", "e\u0301": "e",
	} {
		if got := Fold(in); got != want {
			t.Errorf("%s gives %s, not %s", in, got, want)
		}
	}
}

func fileSum(t testing.TB, path string) [32]byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sum(text)
}

func sum(text []byte) [32]byte { return sha256.Sum256(text) }
