package imports_test

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/imports"
	"stead/store"
	"stead/store/storetest"
)

// desk is a house in which somebody imports.
type desk struct {
	*apptest.House
	t     testing.TB
	owner access.Actor
	svc   *imports.Service
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	h := apptest.Start(t, apptest.Options{})
	users, err := h.Store().Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &desk{House: h, t: t, owner: access.Owner(users[0].ID), svc: h.App.Imports}
}

func (d *desk) ok(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// job says how a file is to be imported.
func job(file, text string) imports.Job {
	return imports.Job{Name: file, File: strings.NewReader(text), Country: "US", Basis: "legitimate interest: they asked", Mode: store.ImportAdd, MatchBy: store.MatchBoth}
}

// bring imports a file to its end.
func (d *desk) bring(j imports.Job) store.Import {
	d.t.Helper()
	i, err := d.svc.Do(d.t.Context(), d.owner, j, nil)
	d.ok(err)
	d.adds(i)
	return i
}

// adds checks that the counts of an import add up to the lines of its file, and
// that there is a row for each record.
func (d *desk) adds(i store.Import) {
	d.t.Helper()
	if sum := i.Created + i.Updated + i.Unchanged + i.Rejected + i.Suppressed; sum != i.Records {
		d.t.Errorf("%d records, and the counts give %d", i.Records, sum)
	}
	lines, last := i.Header+i.Blank, int64(0)
	var n int64
	for {
		rows, err := d.Store().ImportRows(d.t.Context(), i.ID, "", last, 1000)
		d.ok(err)
		if len(rows) == 0 {
			break
		}
		for _, r := range rows {
			if r.Line <= last {
				d.t.Errorf("line %d is behind line %d", r.Line, last)
			}
			lines += r.End - r.Line + 1
			last = r.End
			n++
		}
	}
	if n != i.Records || lines != i.Lines {
		d.t.Errorf("%d rows of %d records; %d lines of %d", n, i.Records, lines, i.Lines)
	}
}

// person is whoever has a name.
func (d *desk) person(name string) store.Card {
	d.t.Helper()
	cards := d.people(name)
	if len(cards) != 1 {
		d.t.Fatalf("%d people called %q", len(cards), name)
	}
	return cards[0]
}

func (d *desk) people(name string) []store.Card {
	d.t.Helper()
	ids, err := d.Store().Search(d.t.Context(), store.Everything, "contact", name, store.Page{})
	d.ok(err)
	cards, err := d.Store().Cards(d.t.Context(), ids)
	d.ok(err)
	return slices.DeleteFunc(cards, func(c store.Card) bool { return c.Name != name })
}

// tables are those in which people and what hangs on them are kept.
var tables = []string{
	"contacts", "contact_phones", "contact_emails", "contact_addresses", "contact_companies", "contact_tags", "contact_fields",
	"companies", "tags", "fields", "provenances", "search_docs",
}

// dump is all that is kept of people.
func (d *desk) dump() map[string][]string {
	d.t.Helper()
	out := map[string][]string{}
	for _, table := range tables {
		out[table] = storetest.Cells(d.t, filepath.Join(d.Config.Data, "stead.db"), table)
		slices.Sort(out[table])
	}
	return out
}

// differing are the tables that are not what they were.
func differing(before, after map[string][]string) (out []string) {
	for _, table := range tables {
		if !slices.Equal(before[table], after[table]) {
			out = append(out, table)
		}
	}
	return out
}

func (d *desk) same(before, after map[string][]string) {
	d.t.Helper()
	for _, table := range differing(before, after) {
		d.t.Errorf("%s is not what it was: %d cells, then %d", table, len(before[table]), len(after[table]))
	}
}

// refused reads what was not imported.
func (d *desk) refused(i store.Import) string {
	d.t.Helper()
	in, _, err := d.svc.Rejects(d.t.Context(), d.owner, i.ID)
	d.ok(err)
	text, err := io.ReadAll(in)
	d.ok(err)
	d.ok(in.Close())
	return string(text)
}

func counts(i store.Import) string {
	return fmt.Sprintf("%d new, %d updated, %d unchanged, %d rejected, %d erased", i.Created, i.Updated, i.Unchanged, i.Rejected, i.Suppressed)
}
