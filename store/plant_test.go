package store

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// planted is a column as the migrations write it down.
type planted struct{ name, kind, oneOf string }

var (
	createTable  = regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\);`)
	createColumn = regexp.MustCompile(`(?m)^    (\w+) +(TEXT|BIGINT|BYTEA)\b(.*)$`)
	allowed      = regexp.MustCompile(`CHECK \(\w+ IN \((?:'', )?'([^']+)'`)
)

func schemaColumns(t testing.TB) map[string][]planted {
	t.Helper()
	out := map[string][]planted{}
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(migrations, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range createTable.FindAllSubmatch(text, -1) {
			for _, column := range createColumn.FindAllSubmatch(table[2], -1) {
				p := planted{name: string(column[1]), kind: string(column[2])}
				if m := allowed.FindSubmatch(column[3]); m != nil {
					p.oneOf = string(m[1])
				}
				out[string(table[1])] = append(out[string(table[1])], p)
			}
		}
	}
	return out
}

// mark is found nowhere but in this column of this person.
func mark(table, column, person string) string {
	return "⟦" + table + "." + column + "⟧" + person
}

// plant gives a person one row in every table that leads to them, with a mark
// in every column that can hold one, and returns the marks.
func plant(ctx context.Context, t testing.TB, s *Store, person string, serial int64) map[string]string {
	t.Helper()
	columns := schemaColumns(t)
	marks := map[string]string{}
	err := s.InTx(ctx, func(tx *Tx) error {
		tables, c, err := tx.mapped(ctx)
		if err != nil {
			return err
		}
		pointedAt := func(name string) bool { // by rows of a person, and nobody's itself: a company, a tag
			return slices.ContainsFunc(c.links, func(l link) bool {
				child := SweepRule{Table: l.table}.table()
				return l.parent == name && child.Subject != ""
			})
		}
		for i := len(tables) - 1; i >= 0; i-- {
			if tables[i].Subject == "" && pointedAt(tables[i].Name) {
				if err := tx.plantRow(ctx, c, tables[i], columns[tables[i].Name], person, serial+int64(i), map[string]string{}); err != nil {
					return fmt.Errorf("%s: %w", tables[i].Name, err)
				}
			}
			if tables[i].Subject == "" || tables[i].Name == "search_docs" {
				continue
			}
			if err := tx.plantRow(ctx, c, tables[i], columns[tables[i].Name], person, serial+int64(i), marks); err != nil {
				return fmt.Errorf("%s: %w", tables[i].Name, err)
			}
		}
		return tx.IndexText(ctx, "contact", rowID("contacts", person), rowID("contacts", person), "plantedword"+person)
	})
	if err != nil {
		t.Fatal(err)
	}
	return marks
}

func rowID(table, person string) string { return table + "-" + person }

func (tx *Tx) plantRow(ctx context.Context, c *catalog, table Table, columns []planted, person string, serial int64, marks map[string]string) error {
	subject, _, _ := strings.Cut(table.Subject, ">")
	names, params, args := []string{}, []string{}, []any{}
	for _, column := range columns {
		var value any
		link := slices.IndexFunc(c.links, func(l link) bool { return l.table == table.Name && l.column == column.name })
		switch {
		case link >= 0 && c.links[link].parent == table.Name:
			continue
		case link >= 0:
			value = rowID(c.links[link].parent, person)
		case column.name == subject && table.Subject != "self":
			value = rowID("contacts", person)
		case column.oneOf != "":
			value = column.oneOf
		case column.kind == "BIGINT":
			value = serial
		case slices.Equal(c.keys[table.Name], []string{column.name}):
			value = rowID(table.Name, person)
		default:
			m := mark(table.Name, column.name, person)
			marks[table.Name+"."+column.name] = m
			value = m
			if column.kind == "BYTEA" {
				value = []byte(m)
			}
		}
		names, args = append(names, column.name), append(args, value)
		params = append(params, fmt.Sprintf("$%d", len(args)))
	}
	_, err := tx.exec(ctx, "test", `INSERT INTO `+table.Name+` (`+strings.Join(names, ", ")+`) VALUES (`+strings.Join(params, ", ")+`)`, args...)
	return err
}

// everything dumps all tables of the map, the full-text ones left out: they are
// asked by search and by their words.
func everything(ctx context.Context, t testing.TB, s *Store) map[string][]string {
	t.Helper()
	tables, _, err := s.mapped(ctx)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, table := range tables {
		if !strings.HasPrefix(table.Name, "search_") {
			out[table.Name] = dump(ctx, t, s, table.Name, "1 = 1")
		}
	}
	return out
}

// without leaves out rows of a person.
func without(rows []string, person string) []string {
	return slices.DeleteFunc(slices.Clone(rows), func(row string) bool {
		return strings.Contains(row, "⟧"+person) || strings.Contains(row, "-"+person+`"`)
	})
}

func TestPlantedMarksAreHeldAndErased(t *testing.T) {
	ctx, s := t.Context(), openStore(t)
	marks := plant(ctx, t, s, "ann", 1000)
	plant(ctx, t, s, "bob", 2000)
	if len(marks) < 30 {
		t.Fatalf("only %d marks: the migrations were not understood", len(marks))
	}
	checkHoldings(t, s, marks)

	before := everything(ctx, t, s)
	err := s.InTx(ctx, func(tx *Tx) error {
		touched, err := tx.EraseSubject(ctx, rowID("contacts", "ann"))
		for _, table := range DataMap() {
			if n, ok := touched[table.Name]; table.Subject != "" && table.Rows == DeleteRow && n != 1 {
				t.Errorf("%s: %d rows (%v)", table.Name, n, ok)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	after := everything(ctx, t, s)
	kept := keptMarks(marks)
	for table, rows := range after {
		for column, m := range marks {
			if !kept[column] && strings.Contains(strings.Join(rows, ""), m) {
				t.Errorf("%s still holds the mark of %s", table, column)
			}
		}
		if was, is := without(before[table], "ann"), without(rows, "ann"); !slices.Equal(was, is) {
			t.Errorf("%s: rows of others changed:\n%v\n%v", table, was, is)
		}
	}
	for query, want := range map[string]int{"plantedwordann": 0, "edwordann": 0, "plantedwordbob": 1, "edwordbob": 1} {
		if refs, err := s.Search(ctx, Everything, "contact", query, Page{}); err != nil || len(refs) != want {
			t.Errorf("%s finds %v (%v)", query, refs, err)
		}
	}
	if held, err := s.Holdings(ctx, rowID("contacts", "ann")); err != nil || len(held) > 0 {
		t.Errorf("still held: %v (%v)", held, err)
	}
	checkFiles(t, s, marks, kept)
}

// keptMarks are in columns that the map keeps on a row that stays: hashes and
// plain facts, as another test asks.
func keptMarks(marks map[string]string) map[string]bool {
	kept := map[string]bool{}
	for _, table := range DataMap() {
		if table.Rows != KeepRow {
			continue
		}
		for column := range marks {
			name, ok := strings.CutPrefix(column, table.Name+".")
			if group, found := table.column(name); ok && found && group.Erase == "" {
				kept[column] = true
			}
		}
	}
	return kept
}

func checkHoldings(t *testing.T, s *Store, marks map[string]string) {
	t.Helper()
	held, err := s.Holdings(t.Context(), rowID("contacts", "ann"))
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]Holding{}
	for _, h := range held {
		said[h.Table+"."+h.Column] = h
		if strings.Contains(h.Value, "⟧bob") {
			t.Errorf("%s.%s: somebody else's", h.Table, h.Column)
		}
	}
	for column, m := range marks {
		h, ok := said[column]
		switch {
		case !ok:
			t.Errorf("%s is not in the package", column)
		case h.Withheld == "" && h.Value != m && h.Value != asText([]byte(m)):
			t.Errorf("%s: %q", column, h.Value)
		case h.Withheld != "" && h.Value != "":
			t.Errorf("%s is withheld (%s) and there", column, h.Withheld)
		}
	}
}

func checkFiles(t *testing.T, s *Store, marks map[string]string, kept map[string]bool) {
	t.Helper()
	path, err := s.path(t.Context())
	if err != nil || path == "" {
		return
	}
	if err := s.Truncate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var files []byte
	for _, name := range []string{path, path + "-wal"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, text...)
	}
	for _, column := range slices.Sorted(maps.Keys(marks)) {
		if n := bytes.Count(files, []byte(marks[column])); n > 0 && !kept[column] {
			t.Errorf("%s: %d traces in the files", column, n)
		}
		if other := mark(strings.Split(column, ".")[0], strings.Split(column, ".")[1], "bob"); !bytes.Contains(files, []byte(other)) {
			t.Errorf("%s: the other person's mark is not in the files", column)
		}
	}
	for _, word := range terms(t, s, "search_words") {
		if strings.Contains(word, "ann") {
			t.Errorf("the index still knows %s", word)
		}
	}
}
