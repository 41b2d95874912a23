package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// dumpAll is every row of the tables that a change of people and companies
// reaches, as text.
func dumpAll(ctx context.Context, t testing.TB, s *Store) string {
	t.Helper()
	var b strings.Builder
	for _, table := range []string{
		"contacts", "contact_phones", "contact_emails", "contact_addresses", "contact_companies", "contact_tags", "contact_fields", "provenances",
		"companies", "company_points", "company_tags", "company_fields", "tags", "fields", "notes", "note_mentions", "tasks", "conversations", "messages", "merges", "search_docs",
	} {
		m := mapOf(table)
		names := m.columnNames()
		rows, err := s.lines(ctx, watched{table: m, where: `'all' ` + s.eng.oneOf("$1"), ids: []string{"all"}})
		if err != nil {
			t.Fatal(table, err)
		}
		var texts []string
		for _, row := range rows {
			text := table
			for i, v := range row.values {
				if table != "search_docs" || names[i] != "id" {
					text += fmt.Sprintf(" %s=%#v", names[i], v)
				}
			}
			texts = append(texts, text)
		}
		slices.Sort(texts)
		b.WriteString(strings.Join(texts, "\n") + "\n")
	}
	return b.String()
}

// hand makes random changes in a transaction, each watched before.
type hand struct {
	t    *rapid.T
	tx   *Tx
	ctx  context.Context //nolint:containedctx // one test
	undo *Undoing
	next *int
}

func (h *hand) do(err error) {
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *hand) id(kind string) string {
	*h.next++
	return fmt.Sprintf("%s-%03d", kind, *h.next)
}

func (h *hand) ids(table string) []string {
	ids, err := list(h.ctx, &h.tx.Reader, "test", `SELECT id FROM `+table+` ORDER BY id`, scanText)
	h.do(err)
	return ids
}

func (h *hand) one(table string) string {
	ids := h.ids(table)
	if len(ids) == 0 {
		return ""
	}
	return rapid.SampledFrom(ids).Draw(h.t, table)
}

func (h *hand) exec(query string, args ...any) {
	_, err := h.tx.exec(h.ctx, "test", query, args...)
	h.do(err)
}

func (h *hand) watch(contact string) {
	h.do(h.undo.WatchContacts(h.ctx, contact))
	for _, table := range []string{"notes", "tasks", "conversations", "messages"} {
		h.do(h.undo.Watch(h.ctx, table, "contact_id", contact))
	}
}

var handMoves = map[string]func(h *hand){
	"make a person": func(h *hand) {
		id := h.id("c")
		if rapid.Bool().Draw(h.t, "nothing to look at before") {
			h.do(h.undo.WatchNewContacts(h.ctx, id))
		} else {
			h.watch(id)
		}
		h.do(h.tx.InsertContact(h.ctx, Contact{ID: id, Name: "New " + id, Source: "manual", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1},
			[]Phone{{ID: h.id("p"), Typed: "+4930" + id[2:], E164: "+4930" + id[2:]}}, nil))
	},
	"edit a person": func(h *hand) {
		id := h.one("contacts")
		if id == "" {
			return
		}
		h.watch(id)
		c, err := h.tx.Contact(h.ctx, id)
		h.do(err)
		c.Name = rapid.SampledFrom([]string{"Ann", "Bob", "Ümit", ""}).Draw(h.t, "name")
		phones, err := h.tx.ContactPhones(h.ctx, id)
		h.do(err)
		if rapid.Bool().Draw(h.t, "phone") {
			phones = append(phones, Phone{ID: h.id("p"), Typed: "0170 " + h.id("x"), CreatedAt: 3})
		}
		h.do(h.tx.UpdateContact(h.ctx, c, phones, nil))
	},
	"tag a person": func(h *hand) {
		id, tag := h.one("contacts"), h.one("tags")
		if id == "" || tag == "" {
			return
		}
		h.do(h.undo.Watch(h.ctx, "contact_tags", "contact_id", id))
		if rapid.Bool().Draw(h.t, "on") {
			h.exec(`INSERT INTO contact_tags (contact_id, tag_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, id, tag)
		} else {
			h.exec(`DELETE FROM contact_tags WHERE contact_id = $1`, id)
		}
	},
	"fill a field": func(h *hand) {
		id := h.one("contacts")
		if id == "" {
			return
		}
		h.do(h.undo.Watch(h.ctx, "contact_fields", "contact_id", id))
		h.exec(`INSERT INTO contact_fields (contact_id, field_id, num) VALUES ($1, 'f-1', $2) ON CONFLICT (contact_id, field_id) DO UPDATE SET num = excluded.num`,
			id, rapid.Int64Range(-5, 5).Draw(h.t, "num"))
	},
	"make a company": func(h *hand) {
		id := h.id("k")
		h.do(h.undo.WatchCompanies(h.ctx, id))
		h.exec(`INSERT INTO companies (id, name, name_key, source, created_at, updated_at, last_activity_at) VALUES ($1, $1, $1, 'manual', 1, 1, 1)`, id)
		h.exec(`INSERT INTO company_points (id, company_id, kind, typed, position, created_at) VALUES ($1, $2, 'phone', '1', 0, 1)`, h.id("kp"), id)
		h.do(h.tx.IndexText(h.ctx, "company", id, "", id))
	},
	"employ somebody": func(h *hand) {
		id, company := h.one("contacts"), h.one("companies")
		if id == "" || company == "" {
			return
		}
		h.do(h.undo.WatchContacts(h.ctx, id))
		h.exec(`INSERT INTO contact_companies (contact_id, company_id, position, created_at) VALUES ($1, $2, 0, 1) ON CONFLICT DO NOTHING`, id, company)
	},
	"write a note": func(h *hand) {
		id := h.one("contacts")
		if id == "" {
			return
		}
		note := h.id("n")
		h.do(h.undo.Watch(h.ctx, "notes", "id", note))
		h.exec(`INSERT INTO notes (id, contact_id, body, created_at) VALUES ($1, $2, 'said', 1)`, note, id)
		h.exec(`INSERT INTO note_mentions (note_id, user_id) VALUES ($1, 'u')`, note)
		h.do(h.tx.IndexText(h.ctx, "note", note, id, "said"))
	},
	"put a note away": func(h *hand) {
		note := h.one("notes")
		if note == "" {
			return
		}
		h.do(h.undo.Watch(h.ctx, "notes", "id", note))
		h.do(h.undo.Watch(h.ctx, "note_mentions", "note_id", note))
		h.do(h.tx.UnindexText(h.ctx, "note", note))
		h.exec(`DELETE FROM notes WHERE id = $1`, note)
	},
	"merge two": mergeTwo,
	"put a person into the bin": func(h *hand) {
		id := h.one("contacts")
		if id == "" {
			return
		}
		h.do(h.undo.WatchBin(h.ctx, id))
		h.do(h.tx.BinContacts(h.ctx, []string{id}, "u", 77))
	},
}

// mergeTwo re-links everything of one person to another and removes the one.
func mergeTwo(h *hand) {
	stays, goes := h.one("contacts"), h.one("contacts")
	if stays == goes {
		return
	}
	h.watch(stays)
	h.watch(goes)
	h.do(h.undo.Watch(h.ctx, "merges", "gone_id", goes))
	h.do(h.undo.Watch(h.ctx, "merges", "contact_id", goes))
	h.undo.Together(stays)
	for _, q := range []string{
		`UPDATE contact_phones SET contact_id = $1, position = position + 10 WHERE contact_id = $2 AND match_key NOT IN (SELECT match_key FROM contact_phones WHERE contact_id = $1)`,
		`DELETE FROM contact_phones WHERE contact_id = $2 AND $1 = $1`,
		`DELETE FROM contact_emails WHERE contact_id = $2 AND $1 = $1`,
		`UPDATE contact_tags SET contact_id = $1 WHERE contact_id = $2 AND tag_id NOT IN (SELECT tag_id FROM contact_tags WHERE contact_id = $1)`,
		`DELETE FROM contact_tags WHERE contact_id = $2 AND $1 = $1`,
		`DELETE FROM contact_fields WHERE contact_id = $2 AND $1 = $1`,
		`DELETE FROM contact_companies WHERE contact_id = $2 AND $1 = $1`,
		`UPDATE provenances SET contact_id = $1 WHERE contact_id = $2`,
		`UPDATE notes SET contact_id = $1, conversation_id = NULL WHERE contact_id = $2`,
		`UPDATE tasks SET contact_id = $1 WHERE contact_id = $2`,
		`DELETE FROM conversations WHERE contact_id = $2 AND $1 = $1`,
		`UPDATE merges SET contact_id = $1 WHERE contact_id = $2`,
		`UPDATE search_docs SET contact_id = $1 WHERE contact_id = $2 AND kind <> 'contact' AND kind <> 'bin.contact'`,
	} {
		h.exec(q, stays, goes)
	}
	h.do(h.tx.UnindexText(h.ctx, "contact", goes))
	h.exec(`DELETE FROM contacts WHERE id = $1`, goes)
	h.exec(`INSERT INTO merges (gone_id, contact_id, at) VALUES ($1, $2, 1)`, goes, stays)
	h.exec(`UPDATE contacts SET version = version + 1, about = 'merged' WHERE id = $1`, stays)
}

// crowd is what the changes begin with.
func crowd(ctx context.Context, t testing.TB, s *Store, next *int) {
	t.Helper()
	err := s.InTx(ctx, func(tx *Tx) error {
		for i := range 4 {
			id := fmt.Sprintf("c-00%d", i+1)
			c := Contact{ID: id, Name: "Person " + id, Source: "manual", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: int64(i)}
			phones := []Phone{{ID: "p" + id, Typed: "030 1", CreatedAt: 1}, {ID: "q" + id, Typed: "+49301" + id, E164: "+4930100" + id[4:], CreatedAt: 1}}
			if err := tx.InsertContact(ctx, c, phones, []Email{{ID: "e" + id, Typed: id + "@x.example"}}); err != nil {
				return err
			}
			if _, err := tx.EnsureConversation(ctx, id, "v-"+id, 1); err != nil {
				return err
			}
			for _, q := range []string{
				`INSERT INTO tags (id, name, name_key, created_at) VALUES ('t' || $1, $1, $1, 1)`,
				`INSERT INTO notes (id, contact_id, conversation_id, body, created_at) VALUES ('n' || $1, $1, 'v-' || $1, 'old', 1)`,
				`INSERT INTO tasks (id, contact_id, kind, due_at, created_at) VALUES ('d' || $1, $1, 'todo', 1, 1)`,
				`INSERT INTO companies (id, name, name_key, source, created_at, updated_at, last_activity_at) VALUES ('k' || $1, $1, $1, 'manual', 1, 1, 1)`,
			} {
				if _, err := tx.exec(ctx, "test", q, id); err != nil {
					return err
				}
			}
			if err := tx.IndexText(ctx, "note", "n"+id, id, "old"); err != nil {
				return err
			}
		}
		_, err := tx.exec(ctx, "test", `INSERT INTO fields (id, record, name, name_key, kind, position, created_at, updated_at) VALUES ('f-1', 'contact', 'Seats', 'seats', 'number', 1, 1, 1)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	*next = 100
}

func TestWhateverWasChangedGoesBackToTheRow(t *testing.T) {
	ctx := t.Context()
	var s *Store // a new one after a failure: rapid goes on to look for a smaller one
	var before string
	next, whole := 0, false
	names := slices.Sorted(mapsKeys(handMoves))
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		if !whole {
			s = OpenTest(t)
			crowd(ctx, t, s, &next)
			before = dumpAll(ctx, t, s)
		}
		whole = false
		round++
		id := fmt.Sprintf("undo-%d", round)
		turns := rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom(names), 1, 5), 1, 4).Draw(rt, "turns")
		for i, turn := range turns {
			err := s.InTx(ctx, func(tx *Tx) error {
				undo, err := tx.begin(ctx, id, i > 0)
				if err != nil {
					return err
				}
				h := &hand{t: rt, tx: tx, ctx: ctx, undo: undo, next: &next}
				for _, name := range turn {
					handMoves[name](h)
				}
				return undo.Close(ctx)
			})
			if err != nil {
				rt.Fatal(err)
			}
		}
		changed := dumpAll(ctx, t, s)
		inSteps := rapid.Bool().Draw(rt, "in steps")
		for more := true; more; {
			err := s.InTx(ctx, func(tx *Tx) (err error) {
				var back TakenBack
				if inSteps {
					back, err = tx.TakeBackSome(ctx, id, 3, 9)
				} else {
					back, err = tx.TakeBack(ctx, id, 9)
				}
				more = back.More
				if back.Skipped > 0 {
					rt.Errorf("%d were left as they are", back.Skipped)
				}
				return err
			})
			if err != nil {
				rt.Fatalf("%v\nof\n%s", err, difference(before, changed))
			}
		}
		if after := dumpAll(ctx, t, s); after != before {
			rt.Fatalf("not as before:\n%s", difference(before, after))
		}
		var found int
		err := s.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM search_words w JOIN search_docs d ON d.id = w.`+s.eng.docID()+`
			WHERE w.`+s.eng.wordMatch("$1")+` AND d.kind = 'contact'`, s.eng.match([][]term{{{text: "person"}}}, nil)).Scan(&found)
		if err != nil || found != 4 {
			rt.Fatalf("found %d, %v", found, err)
		}
		if err := s.InTx(ctx, func(tx *Tx) error { _, err := tx.TakeBack(ctx, id, 9); return err }); !errors.Is(err, ErrTakenBack) {
			rt.Fatalf("taken back twice: %v", err)
		}
		whole = true
	})
}

func (tx *Tx) begin(ctx context.Context, id string, again bool) (*Undoing, error) {
	if again {
		return tx.UndoableAgain(ctx, id)
	}
	return tx.Undoable(ctx, Undo{ID: id, Kind: "test.changed", At: 5})
}

func mapsKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// difference shows the lines that only one of two dumps has.
func difference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	var out []string
	for _, line := range x {
		if !slices.Contains(y, line) {
			out = append(out, "- "+line)
		}
	}
	for _, line := range y {
		if !slices.Contains(x, line) {
			out = append(out, "+ "+line)
		}
	}
	return strings.Join(out, "\n")
}

// What a change touched is told by whose it is now, all of it or the next part.
func TestWhoseWhatWasTouchedIsNow(t *testing.T) {
	ctx, s := t.Context(), OpenTest(t)
	err := s.InTx(ctx, func(tx *Tx) error {
		u, err := tx.Undoable(ctx, Undo{ID: "many", Kind: "contact.created", Actor: "me", At: 2})
		if err != nil {
			return err
		}
		return errors.Join(
			u.WatchNewContacts(ctx, "c1", "c2"), u.Watch(ctx, "companies", "id", "k1"), u.Watch(ctx, "tasks", "id", "t1"),
			tx.InsertContact(ctx, Contact{ID: "c1", Name: "Ann", Source: "manual", OwnerID: "ann", CreatedAt: 1, UpdatedAt: 1}, nil, nil),
			tx.InsertContact(ctx, Contact{ID: "c2", Name: "Bo", Source: "manual", CreatedAt: 1, UpdatedAt: 1}, nil, nil),
			tx.InsertCompany(ctx, Company{ID: "k1", Name: "Firm", Source: "manual", OwnerID: "kay", CreatedAt: 1, UpdatedAt: 1}, nil),
			tx.InsertTask(ctx, Task{ID: "t1", ContactID: "c1", Kind: TaskToDo, OwnerID: "tom", CreatedAt: 1}),
			u.Close(ctx), tx.AssignContact(ctx, "c2", "bo", 3),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.Touched(ctx, "many", 0)
	for _, want := range []Touched{
		{Table: "contacts", Of: "contact", Owner: "ann"},
		{Table: "contacts", Of: "contact", Owner: "bo"},
		{Table: "companies", Of: "company", Owner: "kay"},
		{Table: "tasks", Of: "contact", Owner: "ann", Holder: "tom"},
	} {
		if !slices.Contains(all, want) {
			t.Errorf("%v is not in %v (%v)", want, all, err)
		}
	}
	if next, err := s.Touched(ctx, "many", 1); err != nil || len(next) == 0 || len(next) >= len(all) {
		t.Errorf("the next part is %v of %v (%v)", next, all, err)
	}
}

// A company that is renamed, or a tag, changes what is copied to its people, and
// stands in the way of no change of theirs that is taken back.
func TestWhatIsCopiedStandsInNobodysWay(t *testing.T) {
	ctx, s := t.Context(), OpenTest(t)
	do := func(fn func(tx *Tx) error) {
		t.Helper()
		if err := s.InTx(ctx, fn); err != nil {
			t.Fatal(err)
		}
	}
	do(func(tx *Tx) error {
		for _, id := range []string{"old", "new"} {
			if err := tx.InsertCompany(ctx, Company{ID: id, Name: "Firm " + id, Source: "manual", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1}, nil); err != nil {
				return err
			}
		}
		contact := Contact{ID: "c1", Name: "Ann", Source: "manual", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1}
		if err := tx.InsertContact(ctx, contact, nil, nil); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, "test", `INSERT INTO tags (id, name, name_key, created_at) VALUES ('t1', 'Cellar', 'cellar', 1)`); err != nil {
			return err
		}
		return errors.Join(tx.SetCompanies(ctx, "c1", []ContactCompany{{CompanyID: "old"}}), tx.SetTags(ctx, "c1", []string{"t1"}), tx.IndexContacts(ctx, "c1"))
	})
	change := func(id string, fn func(tx *Tx) error) {
		t.Helper()
		do(func(tx *Tx) error {
			u, err := tx.Undoable(ctx, Undo{ID: id, Kind: "contact.changed", Actor: "me", ContactID: "c1", At: 2})
			if err != nil {
				return err
			}
			return errors.Join(u.WatchContacts(ctx, "c1"), fn(tx), u.Close(ctx))
		})
	}
	change("named", func(tx *Tx) error {
		c, err := tx.Contact(ctx, "c1")
		c.Name = "Bertha"
		return errors.Join(err, tx.UpdateContact(ctx, c, nil, nil), tx.IndexContacts(ctx, "c1"))
	})
	change("moved", func(tx *Tx) error {
		return errors.Join(tx.SetCompanies(ctx, "c1", []ContactCompany{{CompanyID: "new"}}), tx.IndexContacts(ctx, "c1"))
	})
	do(func(tx *Tx) error {
		for _, id := range []string{"old", "new"} {
			if _, err := tx.exec(ctx, "test", `UPDATE companies SET name = 'Renamed ' || id, version = version + 1 WHERE id = $1`, id); err != nil {
				return err
			}
		}
		if _, err := tx.exec(ctx, "test", `UPDATE tags SET name = 'Attic' WHERE id = 't1'`); err != nil {
			return err
		}
		return tx.alignPeople(ctx, []string{"c1"})
	})
	for _, step := range []struct{ undo, name, company string }{{"moved", "Bertha", "Renamed old"}, {"named", "Ann", "Renamed old"}} {
		do(func(tx *Tx) error { _, err := tx.TakeBack(ctx, step.undo, 9); return err })
		c, err := s.Contact(ctx, "c1")
		if err != nil || c.Name != step.name || c.Company != step.company {
			t.Errorf("after %s: %q at %q, %v", step.undo, c.Name, c.Company, err)
		}
		for query, want := range map[string]int{step.name + " renamed old attic": 1, "firm": 0, "renamed new": 0, "cellar": 0} {
			if refs, err := s.Search(ctx, Everything, "contact", query, Page{}); err != nil || len(refs) != want {
				t.Errorf("after %s, %q finds %v, %v", step.undo, query, refs, err)
			}
		}
	}
}
