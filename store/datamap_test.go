package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func openLite(t testing.TB) *Store {
	t.Helper()
	s, err := OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "stead.db"))
	if err != nil {
		t.Fatal(err)
	}
	s.Patient(time.Minute)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestEveryColumnClassified(t *testing.T) {
	s := openLite(t)
	if err := s.checkDataMap(t.Context()); err != nil {
		t.Fatal(err)
	}
	categories := []Category{Plain, PersonName, PhoneNumber, EmailAddress, Content, Firm, Staff, Tech, Hash, Secret, Sealed}
	for _, table := range DataMap() {
		for _, group := range table.Columns {
			if !slices.Contains(categories, group.Category) {
				t.Errorf("%s (%s): no category %q", table.Name, group.Names, group.Category)
			}
			if !slices.Contains([]Erase{"", Null, Redact}, group.Erase) {
				t.Errorf("%s (%s): no erase %q", table.Name, group.Names, group.Erase)
			}
		}
	}
}

func TestMapRefusesWhatDiffers(t *testing.T) {
	m := []Table{{Name: "a", Columns: []Columns{{Names: "id x"}}}, {Name: "b", Engine: "postgres", Columns: []Columns{{Names: "id"}}}}
	for name, c := range map[string]struct {
		columns []string
		say     string
	}{
		"all there":      {[]string{"a.id", "a.x"}, ""},
		"missing column": {[]string{"a.id"}, "a.x"},
		"unknown column": {[]string{"a.id", "a.x", "a.y"}, "a.y"},
		"unknown table":  {[]string{"a.id", "a.x", "z.id", "z.no"}, "z.id"},
	} {
		t.Run(name, func(t *testing.T) {
			err := compareMap(m, "sqlite", c.columns)
			if (err == nil) != (c.say == "") || err != nil && !strings.Contains(err.Error(), c.say) {
				t.Errorf("got %v, want %q in it", err, c.say)
			}
		})
	}
}

func TestOpenRefusesAnUnknownColumn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stead.db")
	s, err := OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.ExecContext(t.Context(), `ALTER TABLE contacts ADD COLUMN shoe_size TEXT`); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSQLite(t.Context(), path); err == nil || !strings.Contains(err.Error(), "contacts.shoe_size") {
		t.Errorf("got %v", err)
	}
}

// Reachability: each table with something personal has a way to the person,
// and the way is one that the keys of the schema know.
func TestPersonalTablesAreReached(t *testing.T) {
	s := openLite(t)
	_, c, err := s.mapped(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	personal := []Category{PersonName, PhoneNumber, EmailAddress, Content}
	for _, table := range DataMap() {
		if table.Subject == "" {
			if table.Rows == FindRow {
				continue // erased by what stands in it: TestFoundRows
			}
			if table.Rows != "" {
				t.Errorf("%s: erases rows of nobody", table.Name)
			}
			for _, group := range table.Columns {
				if slices.Contains(personal, group.Category) && !strings.HasPrefix(table.Name, "search_") {
					t.Errorf("%s (%s): %s, and no way to the person", table.Name, group.Names, group.Category)
				}
			}
			continue
		}
		if table.Rows != DeleteRow && table.Rows != KeepRow {
			t.Errorf("%s: says not what erasing does to its rows", table.Name)
		}
		where, err := s.subjectWhere(c, table.Subject)
		if err != nil {
			t.Errorf("%s: %v", table.Name, err)
			continue
		}
		if _, err := s.read.ExecContext(t.Context(), `SELECT 1 FROM `+table.Name+` WHERE `+where, s.eng.list([]string{"x"})); err != nil {
			t.Errorf("%s: %v", table.Name, err)
		}
		if table.Rows != KeepRow {
			continue
		}
		for _, group := range table.Columns {
			if slices.Contains(personal, group.Category) && group.Erase == "" {
				t.Errorf("%s (%s): %s stays with the row", table.Name, group.Names, group.Category)
			}
		}
	}
}

func TestEveryTableHasAnEnd(t *testing.T) {
	for _, table := range DataMap() {
		rules := []Rule{table.Retain}
		for _, group := range table.Columns {
			if group.Retain != (Rule{}) {
				rules = append(rules, group.Retain)
			}
		}
		for _, rule := range rules {
			switch {
			case rule.Days > 0 && rule.After != "" && (rule.Keep == "" || strings.HasPrefix(rule.Keep, "parent:")):
				for _, column := range []string{rule.After, rule.Else} {
					if _, ok := table.column(column); !ok && column != "" {
						t.Errorf("%s: there is no %s", table.Name, column)
					}
				}
			case rule.Days == 0 && rule.After == "" && rule.Keep != "":
			default:
				t.Errorf("%s: neither an age nor a reason, or both: %+v", table.Name, rule)
			}
			for _, word := range []string{"indefinite", "forever", "unlimited"} {
				if strings.Contains(rule.Keep, word) {
					t.Errorf("%s: %q is no retention", table.Name, rule.Keep)
				}
			}
			if parent, ok := strings.CutPrefix(rule.Keep, "parent:"); ok && !slices.ContainsFunc(DataMap(), func(t Table) bool { return t.Name == parent }) {
				t.Errorf("%s: no parent %s", table.Name, parent)
			}
		}
		if table.Purpose == "" {
			t.Errorf("%s: no purpose", table.Name)
		}
	}
}

// What is about a person has an age, or goes with something that has one.
func TestWhatIsAboutAPersonAges(t *testing.T) {
	s := openLite(t)
	nullable, err := list(t.Context(), &s.Reader, "test", `
		SELECT m.name || '.' || p.name FROM sqlite_schema m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND p."notnull" = 0 AND p.pk = 0`, scanText)
	if err != nil || len(nullable) == 0 {
		t.Fatal(nullable, err)
	}
	ageless := []string{"audit"} // the chain; its personal parts age, see below
	tables := map[string]Table{}
	for _, table := range DataMap() {
		tables[table.Name] = table
	}
	for _, table := range DataMap() {
		if table.Subject == "" || slices.Contains(ageless, table.Name) {
			continue
		}
		top := table
		for seen := 0; top.Retain.Days == 0 && seen < len(tables); seen++ {
			parent, _ := strings.CutPrefix(top.Retain.Keep, "parent:")
			top = tables[parent]
		}
		if top.Retain.Days == 0 {
			t.Errorf("%s: %q gives it no age", table.Name, table.Retain.Keep)
		}
		after := cmp.Or(table.Retain.Else, table.Retain.After)
		if after != "" && slices.Contains(nullable, table.Name+"."+after) && !strings.HasPrefix(table.Retain.Keep, "parent:") {
			t.Errorf("%s: what has no %s never goes", table.Name, after)
		}
	}
	for _, name := range ageless {
		if !slices.ContainsFunc(tables[name].Columns, func(c Columns) bool { return c.Retain.Days > 0 }) {
			t.Errorf("%s: nothing in it ages", name)
		}
	}
	for _, table := range DataMap() {
		for _, group := range table.Columns {
			if table.Subject != "" && group.Category == Staff && group.Erase == "" && group.Retain.Days == 0 {
				t.Errorf("%s (%s): who did it stays as long as the row", table.Name, group.Names)
			}
		}
	}
}

// Each full-text table is named by the column whose words it copies. A
// vocabulary holds none: it looks into such a table.
func TestIndexedNamesEveryFullTextTable(t *testing.T) {
	s := openLite(t)
	tables, err := list(t.Context(), &s.Reader, "test", `SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING fts5(%'`, scanText)
	if err != nil || len(tables) == 0 {
		t.Fatal(tables, err)
	}
	for _, table := range tables {
		named := slices.ContainsFunc(DataMap(), func(m Table) bool {
			return slices.ContainsFunc(m.Columns, func(c Columns) bool { return slices.Contains(c.Indexed, table) })
		})
		if !named {
			t.Errorf("no column says that %s holds a copy of it", table)
		}
	}
	triggers, err := list(t.Context(), &s.Reader, "test", `SELECT name FROM sqlite_schema WHERE type = 'trigger'`, scanText)
	if err != nil || len(triggers) > 0 {
		t.Errorf("triggers %v (%v): copies are made in Go, where the map is", triggers, err)
	}
}

// dump prints every row of a table that where selects, in the order of its key.
func dump(ctx context.Context, t testing.TB, s *Store, table, where string, args ...any) []string {
	t.Helper()
	rows, err := s.read.QueryContext(ctx, `SELECT * FROM `+table+` WHERE `+where+` ORDER BY 1, 2`, args...)
	if err != nil {
		t.Fatal(table, err)
	}
	out, err := dumpRows(rows)
	if err != nil {
		t.Fatal(table, err)
	}
	return out
}

func dumpRows(rows *sql.Rows) ([]string, error) {
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out []string
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, fmt.Sprintf("%#v", values))
	}
	return out, rows.Err()
}
