package store

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// pagesOf opens a database so that its pages can be written.
func pagesOf(t *testing.T, dir string) *sql.DB {
	t.Helper()
	side, err := openAs(filepath.Join(dir, "stead.db"), 1, "0", "synchronous(FULL)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { side.Close() })
	return side
}

func texts(t *testing.T, db *sql.DB, query string) (out []string) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

var house = pageLayout{size: 4096, vacuum: 2}

// busy is a database in which pages were filled, split and emptied.
func busy(t *testing.T) (*Store, string) {
	t.Helper()
	st, dir := openTemp(t)
	for round := range 3 {
		inTx(t, st, func(ctx context.Context, tx *Tx) error {
			for i := range 150 {
				id := fmt.Sprintf("c%d-%d", (i*7919)%150, round)
				if err := tx.InsertContact(ctx, Contact{ID: id, Name: "Wilhelmina " + id, About: strings.Repeat("words of theirs ", i*2), Source: "manual"}, nil, nil); err != nil {
					return err
				}
			}
			return nil
		})
		for i := round; i < 150; i += 3 {
			forget(t, st, fmt.Sprintf("c%d-%d", i, round))
		}
	}
	if err := st.Truncate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return st, dir
}

// What SQLite leaves between the rows of a page is found by the proof and emptied,
// and the rows are as they were.
func TestScrubEmptiesWhatHoldsNothing(t *testing.T) {
	st, dir := busy(t)
	side := pagesOf(t, dir)
	var number int64
	for n := int64(3); number == 0; n++ {
		var page []byte
		if err := side.QueryRow(`SELECT data FROM sqlite_dbpage WHERE pgno = $1`, n).Scan(&page); err != nil {
			t.Fatal(err)
		}
		if gap := house.gap(n, page); len(gap) > 100 {
			number = n
			copy(gap[len(gap)/2:], "Featherstonehaugh")
			if _, err := side.Exec(`UPDATE sqlite_dbpage SET data = $1 WHERE pgno = $2`, page, n); err != nil {
				t.Fatal(err)
			}
		}
	}
	needle := Needle{Kind: PersonName, Text: "Featherstonehaugh"}
	if p := mustProve(t, st, dir, needle); p.Hits != 1 || p.at("database").Hits != 1 {
		t.Fatalf("the proof finds %+v", p)
	}
	if n, err := st.Scrub(t.Context(), []Needle{needle}); n != 1 || err != nil {
		t.Errorf("%d pages, %v", n, err)
	}
	if p := mustProve(t, st, dir, needle); p.Hits != 0 {
		t.Errorf("afterwards the proof finds %+v", p)
	}
	if n, err := st.Scrub(t.Context(), []Needle{needle}); n != 0 || err != nil {
		t.Errorf("again: %d pages, %v", n, err)
	}
	if n, err := st.ScrubAll(t.Context()); n < 5 || err != nil {
		t.Errorf("all of it: %d pages, %v", n, err)
	}
	if err := st.Truncate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := st.ScrubAll(t.Context()); n != 0 || err != nil {
		t.Errorf("all of it again: %d pages, %v", n, err)
	}
	if got := texts(t, side, `PRAGMA integrity_check`); !slices.Equal(got, []string{"ok"}) {
		t.Errorf("the database is %q", got)
	}
	person(t, st, "after", "After", "+15035550100", "after@example.org")
}

// Emptied all over, a database is whole and says what it said before.
func TestGapsHoldNoRow(t *testing.T) {
	st, dir := busy(t)
	side := pagesOf(t, dir)
	tables := texts(t, side, `SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE 'sqlite_stat%' ORDER BY name`)
	dump := func() (out []string) {
		for _, table := range tables {
			var columns []string
			for _, c := range texts(t, side, `SELECT name FROM pragma_table_info('`+table+`')`) {
				columns = append(columns, `quote("`+c+`")`)
			}
			rows := texts(t, side, `SELECT `+strings.Join(columns, ` || ' ' || `)+` FROM "`+table+`"`)
			slices.Sort(rows)
			out = append(append(out, table), rows...)
		}
		return out
	}
	before := dump()
	var count int64
	if err := side.QueryRow(`PRAGMA page_count`).Scan(&count); err != nil {
		t.Fatal(err)
	}
	all := make([]int64, count)
	for i := range all {
		all[i] = int64(i) + 1
	}
	n, err := house.scrub(t.Context(), side, all)
	if err != nil || n < 5 {
		t.Fatalf("%d of %d pages, %v", n, count, err)
	}
	if again, err := house.scrub(t.Context(), side, all); again != 0 || err != nil {
		t.Errorf("a second time %d pages, %v", again, err)
	}
	if got := texts(t, side, `PRAGMA integrity_check`); !slices.Equal(got, []string{"ok"}) {
		t.Errorf("the database is %q", got)
	}
	if !slices.Equal(dump(), before) {
		t.Error("rows have changed")
	}
	inTx(t, st, func(ctx context.Context, tx *Tx) error {
		return tx.InsertContact(ctx, Contact{ID: "after", Name: "After", Source: "manual"}, nil, nil)
	})
	if got := texts(t, side, `PRAGMA integrity_check`); !slices.Equal(got, []string{"ok"}) {
		t.Errorf("after another row it is %q", got)
	}
}

// The pages that map others are told from those that hold rows.
func TestMapsAreNoRows(t *testing.T) {
	st, dir := openTemp(t)
	inTx(t, st, func(ctx context.Context, tx *Tx) error {
		for i := range 900 {
			n := Note{ID: fmt.Sprint("n", i), Body: strings.Repeat("x", 3000), Author: "u1", CreatedAt: 1}
			if err := tx.InsertNote(ctx, n); err != nil {
				return err
			}
		}
		return nil
	})
	side := pagesOf(t, dir)
	known := map[string]bool{}
	for _, page := range texts(t, side, `SELECT pageno FROM dbstat`) {
		known[page] = true
	}
	var count, free int64
	if err := side.QueryRow(`SELECT page_count, freelist_count FROM pragma_page_count, pragma_freelist_count`).Scan(&count, &free); err != nil || count < 1000 {
		t.Fatal(count, err)
	}
	maps := int64(0)
	for n := int64(1); n <= count; n++ {
		if house.isMap(n) {
			maps++
			if known[fmt.Sprint(n)] {
				t.Errorf("page %d holds rows and is taken for a map", n)
			}
		}
	}
	if want := count - int64(len(known)) - free; maps != want || maps < 2 {
		t.Errorf("%d maps, want %d", maps, want)
	}
	for number, want := range map[int64]bool{1: false, 2: true, 3: false, 822: true, 823: false, 2 + 820*319: true} {
		if house.isMap(number) != want {
			t.Errorf("page %d is a map: %t", number, !want)
		}
	}
	if (pageLayout{size: 4096}).isMap(2) {
		t.Error("a database without maps has one")
	}
}

// Whatever stands in a page, its gap lies within it, and only where the format
// leaves room.
func TestAGapLiesWithinItsPage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		page := make([]byte, house.size)
		number := rapid.Int64Range(1, 3).Draw(t, "number")
		head := 0
		if number == 1 {
			head = 100
		}
		copy(page[head:], rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "bytes"))
		page[head] = rapid.SampledFrom([]byte{indexInner, tableInner, indexLeaf, tableLeaf, 0, 1, 255}).Draw(t, "kind")
		gap := house.gap(number, page)
		before := slices.Clone(page)
		clear(gap)
		if number == 2 && len(gap) > 0 {
			t.Fatal("a map has a gap")
		}
		if !slices.Equal(before[:head+8], page[:head+8]) {
			t.Fatal("the head of a page was in its gap")
		}
	})
}
