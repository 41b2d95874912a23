package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// benchContacts is how many people the lists are measured with.
const benchContacts = 100_000

var bench struct {
	once sync.Once
	dir  string
	st   *Store
	err  error
}

// benchStore is one store of a hundred thousand contacts for all benchmarks.
func benchStore(b *testing.B) *Store {
	b.Helper()
	bench.once.Do(func() {
		if bench.dir, bench.err = os.MkdirTemp("", "stead-bench"); bench.err != nil {
			return
		}
		ctx := context.Background()
		if bench.st, bench.err = OpenSQLite(ctx, filepath.Join(bench.dir, "stead.db")); bench.err == nil {
			bench.err = fillContacts(ctx, bench.st, 0, benchContacts)
		}
	})
	if bench.err != nil {
		b.Fatal(bench.err)
	}
	return bench.st
}

// CloseBench removes what the benchmarks made.
func CloseBench() {
	if bench.st != nil {
		bench.st.Close()
		os.RemoveAll(bench.dir)
	}
}

var (
	firstNames = []string{"Anna", "Jürgen", "Priya", "Mohamed", "Chloé", "Łukasz", "Mei", "Sofía", "Tom", "Aoife", "Ravi", "Ingrid", "Peter", "Fatima", "Noah", "Elif", "Marta"}
	nameStarts = []string{"Kowal", "Mül", "Shar", "O'Bri", "Gar", "Nguy", "Sm", "Oka", "Ros", "Lar", "Tana", "No", "Du", "Ban", "Her", "Wil", "Pet", "Fer", "Sch", "Ho"}
	nameEnds   = []string{"czyk", "ski", "ler", "ma", "en", "cía", "ith", "for", "si", "sen", "ka", "vák", "bois", "erjee", "nandez", "son", "ers", "reira", "mitt", "rváth", "dez", "ic", "ová", "ing"}
)

// benchName is one of some eight thousand.
func benchName(i int) string {
	return firstNames[i%len(firstNames)] + " " + nameStarts[i/3%len(nameStarts)] + nameEnds[i/7%len(nameEnds)]
}

func fillContacts(ctx context.Context, s *Store, from, to int) error {
	const batch = 5000
	for ; from < to; from += batch {
		err := s.InTx(ctx, func(tx *Tx) error {
			for i := from; i < min(from+batch, to); i++ {
				e164 := fmt.Sprintf("+4915%09d", i*7919%1_000_000_000)
				c := Contact{ID: fmt.Sprintf("0197c0de-0000-7000-8000-%012d", i), Source: "manual", CreatedAt: int64(i), UpdatedAt: int64(i), LastActivityAt: int64(i * 1000)}
				c.Name = benchName(i)
				phones := []Phone{{ID: c.ID, ContactID: c.ID, Typed: e164, E164: e164, MatchKey: e164, CreatedAt: 1}}
				if err := tx.InsertContact(ctx, c, phones, nil); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func listOnce(b *testing.B, s *Store, page Page) ContactPage {
	got, err := s.Contacts(b.Context(), Everything, ContactOrder{ByName: true}, page)
	if err != nil || len(got.Rows) == 0 {
		b.Fatal(len(got.Rows), err)
	}
	return got
}

func findOnce(b *testing.B, s *Store, query string) {
	got, err := s.FindContacts(b.Context(), Everything, query, Page{})
	if err != nil || len(got.Rows) == 0 {
		b.Fatal(query, len(got.Rows), err)
	}
}

func BenchmarkListPage(b *testing.B) {
	s := benchStore(b)
	for b.Loop() {
		listOnce(b, s, Page{})
	}
}

// A page far from the first costs what the first costs: deep/first is the ratio.
func BenchmarkDeepPage(b *testing.B) {
	s := benchStore(b)
	deep := Page{After: Cursor("n", 0, fmt.Sprintf("0197c0de-0000-7000-8000-%012d", benchContacts/2))}
	var first, far time.Duration
	for b.Loop() {
		first += took(func() { listOnce(b, s, Page{}) })
		far += took(func() { listOnce(b, s, deep) })
	}
	b.ReportMetric(float64(far)/float64(first), "deep/first")
}

// A page of a team's contacts, and of what nobody has, against a page of all.
func BenchmarkScopedPage(b *testing.B) {
	s := benchStore(b)
	scope := OwnedBy("u1", "u2", "u3", "u4", "u5").OrFree()
	var all, some time.Duration
	for b.Loop() {
		all += took(func() { listOnce(b, s, Page{}) })
		some += took(func() {
			if got, err := s.Contacts(b.Context(), scope, ContactOrder{ByName: true}, Page{}); err != nil || len(got.Rows) == 0 {
				b.Fatal(len(got.Rows), err)
			}
		})
	}
	b.ReportMetric(float64(some)/float64(all), "scoped/all")
}

// The goal is search by part of a name within three list pages.
func BenchmarkSearchAgainstList(b *testing.B) {
	s := benchStore(b)
	for name, query := range map[string]string{
		"word": "kowal", "letter": "m", "two": "anna mül", "ending": "7919", "country": "+49 15", "part": "owalc",
	} {
		b.Run(name, func(b *testing.B) {
			var listed, searched time.Duration
			for b.Loop() {
				listed += took(func() { listOnce(b, s, Page{}) })
				searched += took(func() { findOnce(b, s, query) })
			}
			b.ReportMetric(float64(searched)/float64(listed), "search/list")
		})
	}
}

func took(do func()) time.Duration {
	began := time.Now()
	do()
	return time.Since(began)
}

// The sweep in batches against one DELETE of the same rows: the goal is 0.3 of
// its speed or more. Persons take along their words in the search; for them the
// raw DELETE is given the same tables.
func BenchmarkSweepAgainstDelete(b *testing.B) {
	for name, fill := range map[string]func(context.Context, *Store) (raw []string, rule SweepRule, err error){
		"events": fillEvents, "persons": fillPersons,
	} {
		b.Run(name, func(b *testing.B) {
			var raw, swept time.Duration
			for b.Loop() {
				b.StopTimer()
				s, t := openLite(b), openLite(b)
				statements, _, err := fill(b.Context(), s)
				if err != nil {
					b.Fatal(err)
				}
				_, rule, err := fill(b.Context(), t)
				if err != nil {
					b.Fatal(err)
				}
				raw += took(func() { rawDelete(b, s, statements) })
				b.StartTimer()
				swept += took(func() { sweepAll(b, t, rule) })
			}
			b.ReportMetric(float64(raw)/float64(swept), "raw/sweep")
		})
	}
}

func fillEvents(ctx context.Context, s *Store) ([]string, SweepRule, error) {
	err := s.InTx(ctx, func(tx *Tx) error {
		for i := range 100_000 {
			e := Event{ID: fmt.Sprintf("0197c0de-%012d", i), Kind: "message.received", Subject: fmt.Sprint("s", i%5000), ContactID: fmt.Sprint("c", i%3000), At: int64(i)}
			if err := tx.Emit(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
	return []string{`DELETE FROM events WHERE at < 100000000`}, SweepRule{Name: "events", Table: "events", After: "at", Days: 400}, err
}

func fillPersons(ctx context.Context, s *Store) ([]string, SweepRule, error) {
	return []string{
		`INSERT INTO search_words (search_words, rank) VALUES ('secure-delete', 0)`, `INSERT INTO search_parts (search_parts, rank) VALUES ('secure-delete', 0)`,
		`INSERT INTO search_words (search_words, rowid, body) SELECT 'delete', id, body FROM search_docs`,
		`INSERT INTO search_parts (search_parts, rowid, body) SELECT 'delete', id, body FROM search_docs`,
		`DELETE FROM search_docs`, `DELETE FROM contact_phones`, `DELETE FROM contacts`,
	}, SweepRule{Name: "contacts", Table: "contacts", After: "last_activity_at", Days: 730}, fillContacts(ctx, s, 0, 20_000)
}

func rawDelete(b *testing.B, s *Store, statements []string) {
	for _, statement := range statements {
		if _, err := s.write.ExecContext(b.Context(), statement); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Truncate(b.Context()); err != nil {
		b.Fatal(err)
	}
}

func sweepAll(b *testing.B, s *Store, rule SweepRule) {
	ctx, now := b.Context(), int64(1)<<50
	_, c, err := s.mapped(ctx)
	if err == nil {
		err = s.BeginBulk(ctx, now)
	}
	for n := int64(maxBatch); err == nil && n == maxBatch; {
		err = s.InTx(ctx, func(tx *Tx) (err error) {
			if rule.Table == "contacts" { // no rule of today's map
				n, err = tx.sweepTree(ctx, c, rule.table(), rule, now, maxBatch)
				return err
			}
			n, err = tx.SweepBatch(ctx, rule, now, maxBatch)
			return err
		})
	}
	if err == nil {
		err = s.SettleSearch(ctx)
	}
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Truncate(ctx); err != nil {
		b.Fatal(err)
	}
}

// Opening is part of what a visitor waits for after a start.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "stead.db")
	for b.Loop() {
		s, err := OpenSQLite(b.Context(), path)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
