package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fileHits counts a text in the database and its log.
func fileHits(t testing.TB, path, text string) int {
	t.Helper()
	hits := 0
	for _, name := range []string{path, path + "-wal"} {
		content, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		hits += strings.Count(string(content), text)
	}
	return hits
}

// terms lists the words that the full-text index still knows.
func terms(t testing.TB, s *Store, table string) []string {
	t.Helper()
	side, err := s.side(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer side.Close()
	if _, err := side.ExecContext(t.Context(), `CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', '`+table+`', 'row')`); err != nil {
		t.Fatal(err)
	}
	rows, err := side.QueryContext(t.Context(), `SELECT term FROM temp.words`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var term string
		if err := rows.Scan(&term); err != nil {
			t.Fatal(err)
		}
		out = append(out, term)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func fillDocs(ctx context.Context, t testing.TB, s *Store, from, to int) {
	t.Helper()
	err := s.InTx(ctx, func(tx *Tx) error {
		for i := from; i < to; i++ {
			if err := tx.IndexText(ctx, "contact", fmt.Sprintf("c%06d", i), fmt.Sprintf("c%06d", i), fmt.Sprintf("zyxname%06d kowalczykowski%d", i, i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// rank 1 compares the index with the text that it stands for.
func checkIntegrity(t testing.TB, s *Store) {
	t.Helper()
	for _, table := range fullTextTables {
		if _, err := s.write.ExecContext(t.Context(), `INSERT INTO `+table+` (`+table+`, rank) VALUES ('integrity-check', 1)`); err != nil {
			t.Errorf("%s: %v", table, err)
		}
	}
}

func TestRemovalLeavesNoWordInTheIndex(t *testing.T) {
	s := openLite(t)
	path, err := s.path(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fillDocs(t.Context(), t, s, 0, 300)
	err = s.InTx(t.Context(), func(tx *Tx) error { return tx.UnindexText(t.Context(), "contact", "c000123") })
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Truncate(t.Context()); err != nil {
		t.Fatal(err)
	}
	checkIntegrity(t, s)
	for _, word := range terms(t, s, "search_words") {
		if strings.Contains(word, "000123") {
			t.Errorf("the index still knows %s", word)
		}
	}
	if n := fileHits(t, path, "zyxname000123"); n > 0 {
		t.Errorf("%d traces in the files", n)
	}
}

func TestBulkRemovalIsSettledAndLeavesNothing(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "stead.db")
	s, err := OpenSQLite(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 6 { // several segments
		fillDocs(ctx, t, s, 500*i, 500*(i+1))
	}
	if err := s.BeginBulk(ctx, 1); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		err := s.InTx(ctx, func(tx *Tx) error {
			var ids []string
			for j := range 100 {
				ids = append(ids, fmt.Sprintf("c%06d", 100*i+j))
			}
			_, err := tx.eraseSubjects(ctx, ids)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	// The process ends here; the next one settles.
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = OpenSQLite(ctx, path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.SettleSearch(ctx); err != nil {
		t.Fatal(err)
	}
	checkIntegrity(t, s)
	words := terms(t, s, "search_words")
	for _, word := range words {
		if strings.HasPrefix(word, "zyxname000") || strings.HasPrefix(word, "zyxname001") {
			t.Fatalf("the index still knows %s", word)
		}
	}
	if len(words) != 2000 {
		t.Errorf("%d words of the living", len(words))
	}
	for i := range 2000 {
		if n := fileHits(t, path, fmt.Sprintf("zyxname%06d", i)); n > 0 {
			t.Fatalf("%d traces of %d in the files", n, i)
		}
		if i > 20 {
			break // each reads the whole file
		}
	}
	var on int64
	if err := s.read.QueryRowContext(ctx, `SELECT v FROM search_words_config WHERE k = 'secure-delete'`).Scan(&on); err != nil || on != 1 {
		t.Errorf("secure-delete rests at %d (%v)", on, err)
	}
	if steps, err := s.settleSearch(ctx); err != nil || steps != 0 {
		t.Errorf("settled again in %d steps, %v", steps, err)
	}
}
