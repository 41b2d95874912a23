package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// mayStay are columns in which the id of whoever went may stay: what is bound to
// it, or tells of it.
var mayStay = []string{"merges.gone_id", "provenances.ref", "audit.contact_id", "audit.object", "undos.contact_id", "undo_rows.contact_id"}

// two plants two persons who have a row in every table that leads to one.
func two(ctx context.Context, t testing.TB, s *Store) (kept, gone string) {
	t.Helper()
	plant(ctx, t, s, "ann", 1000)
	plant(ctx, t, s, "bob", 2000)
	kept, gone = rowID("contacts", "ann"), rowID("contacts", "bob")
	err := s.InTx(ctx, func(tx *Tx) error {
		for _, q := range []string{
			`UPDATE contacts SET deleted_at = NULL, blocked_at = NULL, restricted_at = NULL, do_not_call_at = NULL, minor_at = NULL`,
			`UPDATE duplicates SET contact_id = '` + kept + `', other_id = '` + gone + `' WHERE contact_id = '` + kept + `'`,
			`DELETE FROM duplicates WHERE contact_id = '` + gone + `'`,
		} {
			if _, err := tx.exec(ctx, "test", q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return kept, gone
}

func mergeThem(ctx context.Context, s *Store, m Merging) error {
	return s.InTx(ctx, func(tx *Tx) error { return tx.Merge(ctx, m) })
}

// Whom somebody worked for once, and a company in the bin, is not where they work.
func TestAMergeShowsTheCompanyThatIsNow(t *testing.T) {
	ctx, s, next := t.Context(), OpenTest(t), 0
	crowd(ctx, t, s, &next)
	err := s.InTx(ctx, func(tx *Tx) error {
		jobs := []ContactCompany{{CompanyID: "kc-001", Former: true, CreatedAt: 1}, {CompanyID: "kc-002", CreatedAt: 1}}
		if err := tx.SetCompanies(ctx, "c-001", jobs); err != nil {
			return err
		}
		if err := tx.SetCompanies(ctx, "c-002", []ContactCompany{{CompanyID: "kc-003", CreatedAt: 1}}); err != nil {
			return err
		}
		if err := tx.BinCompany(ctx, "kc-002", "", 2); err != nil {
			return err
		}
		_, _, err := tx.SpreadCompany(ctx, "kc-002", "", 10)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := mergeThem(ctx, s, Merging{Kept: "c-001", Gone: "c-002", ProvenanceID: "pr", UndoID: "u", At: 9}); err != nil {
		t.Fatal(err)
	}
	if c, err := s.Contact(ctx, "c-001"); err != nil || c.Company != "c-003" {
		t.Errorf("they work for %q (%v)", c.Company, err)
	}
}

// A table that is made and forgotten fails here: nothing leads to somebody who
// is not there any more.
func TestNothingLeadsToWhoWasMerged(t *testing.T) {
	ctx, s := t.Context(), openStore(t)
	kept, gone := two(ctx, t, s)
	before := everything(ctx, t, s)
	if err := mergeThem(ctx, s, Merging{Kept: kept, Gone: gone, ProvenanceID: "pr", UndoID: "u", Actor: "me", At: 9}); err != nil {
		t.Fatal(err)
	}
	tables, c, err := s.mapped(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if strings.HasPrefix(table.Name, "search_words") || strings.HasPrefix(table.Name, "search_parts") || table.Name == "search_vocab" {
			continue
		}
		for _, column := range table.columnNames() {
			link := slices.ContainsFunc(c.links, func(l link) bool { return l.table == table.Name && l.column == column && l.parent == "contacts" })
			if slices.Contains(mayStay, table.Name+"."+column) || column == "before_row" || !link && !strings.HasSuffix(column, "_id") && column != "ref" {
				continue
			}
			var n int
			err := s.q.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+table.Name+` WHERE CAST(`+column+` AS TEXT) = $1`, gone).Scan(&n)
			if err != nil || n > 0 {
				t.Errorf("%s.%s still leads to who was merged: %d, %v", table.Name, column, n, err)
			}
		}
	}
	after := everything(ctx, t, s)
	for _, table := range s.handedOn() {
		if was, is := len(before[table]), len(after[table]); is < was {
			t.Errorf("%s lost rows: %d, then %d", table, was, is)
		}
	}
	if to, err := s.MergedInto(ctx, gone); err != nil || to != kept {
		t.Errorf("merged into %q, %v", to, err)
	}
}

// What a merge did is taken back to the last byte, whatever was chosen, and as
// often as somebody likes.
func TestAMergeIsTakenBackExactly(t *testing.T) {
	ctx, s := t.Context(), openStore(t)
	ann, bob := two(ctx, t, s)
	turn := 0
	rapid.Check(t, func(rt *rapid.T) {
		turn++
		kept, gone := ann, bob
		if rapid.Bool().Draw(rt, "other way") {
			kept, gone = bob, ann
		}
		err := s.InTx(ctx, func(tx *Tx) error { return shuffleLives(ctx, rt, tx, ann, bob) })
		if err != nil {
			rt.Fatal(err)
		}
		before := lives(ctx, t, s)
		m := Merging{
			Kept: kept, Gone: gone, ProvenanceID: fmt.Sprint("pr", turn), UndoID: fmt.Sprint("u", turn), Actor: "me", At: 9,
			TakeGone: rapid.SliceOfDistinct(rapid.SampledFrom([]string{"name", "about", "language", "time_zone", "owner", "basis", "phone", "email", "company", rowID("fields", "ann"), rowID("fields", "bob")}), rapid.ID).Draw(rt, "taken"),
		}
		if err := mergeThem(ctx, s, m); err != nil {
			rt.Fatal(err)
		}
		if _, err := s.Contact(ctx, gone); !errors.Is(err, ErrNotFound) {
			rt.Fatalf("who went is there: %v", err)
		}
		if err := s.InTx(ctx, func(tx *Tx) error { _, err := tx.TakeBack(ctx, m.UndoID, 10); return err }); err != nil {
			rt.Fatal(err)
		}
		if after := lives(ctx, t, s); after != before {
			rt.Fatalf("not as before:\n%s", difference(before, after))
		}
	})
}

// shuffleLives changes what the two have, so that no two merges are alike.
func shuffleLives(ctx context.Context, rt *rapid.T, tx *Tx, ann, bob string) error {
	pick := func(of ...string) string { return rapid.SampledFrom(of).Draw(rt, "value") }
	for _, id := range []string{ann, bob} {
		for _, q := range []string{
			`UPDATE contacts SET name = '` + pick("", "Ann", "Bob") + `', about = '` + pick("", "likes tea", "tea") + `', blocked_at = ` + pick("NULL", "5", "7") + `,
				restricted_at = ` + pick("NULL", "5") + `, owner_id = ` + pick("NULL", "'u1'") + ` WHERE id = $1`,
			`UPDATE contact_emails SET match_key = '` + pick("a@x.example", "b@x.example") + `' WHERE contact_id = $1`,
			`UPDATE contact_phones SET match_key = '` + pick("+1", "+2") + `' WHERE contact_id = $1`,
			`UPDATE contact_addresses SET city = '` + pick("Porto", "Lyon") + `', street = '', region = '', postcode = '', country = '' WHERE contact_id = $1`,
			`UPDATE contact_fields SET field_id = '` + pick(rowID("fields", "ann"), rowID("fields", "bob")) + `' WHERE contact_id = $1`,
			`UPDATE contact_tags SET tag_id = '` + pick(rowID("tags", "ann"), rowID("tags", "bob")) + `' WHERE contact_id = $1`,
			`UPDATE conversations SET state = '` + pick("open", "done") + `', waiting_since = ` + pick("NULL", "3", "4") + ` WHERE contact_id = $1`,
		} {
			if _, err := tx.exec(ctx, "test", q, id); err != nil {
				return err
			}
		}
	}
	return tx.alignPeople(ctx, []string{ann, bob})
}

// lives is everything but what was kept for taking back.
func lives(ctx context.Context, t testing.TB, s *Store) string {
	t.Helper()
	all := everything(ctx, t, s)
	delete(all, "undos")
	delete(all, "undo_rows")
	var b strings.Builder
	for _, table := range slices.Sorted(maps.Keys(all)) {
		slices.Sort(all[table])
		b.WriteString(table + "\n" + strings.Join(all[table], "\n") + "\n")
	}
	docs, err := list(ctx, &s.Reader, "test", `SELECT kind || ' ' || ref || ' ' || COALESCE(contact_id, '') || ' ' || body FROM search_docs ORDER BY kind, ref`, scanText)
	fmt.Fprintln(&b, strings.Join(docs, "\n"), err)
	for _, word := range []string{"ann", "bob", "plantedwordann"} {
		refs, err := s.Search(ctx, Everything, "contact", word, Page{})
		slices.Sort(refs)
		fmt.Fprintln(&b, word, refs, err)
	}
	return b.String()
}

func TestErasingWhoWasKeptErasesBoth(t *testing.T) {
	ctx, s := t.Context(), openStore(t)
	kept, gone := two(ctx, t, s)
	err := s.InTx(ctx, func(tx *Tx) error {
		if err := tx.Merge(ctx, Merging{Kept: kept, Gone: gone, ProvenanceID: "pr", UndoID: "u", Actor: "me", At: 9}); err != nil {
			return err
		}
		_, err := tx.EraseSubject(ctx, kept)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	tables, _, err := s.mapped(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if _, leads := table.column("contact_id"); !leads || strings.HasPrefix(table.Name, "search_") {
			continue
		}
		for _, row := range dump(ctx, t, s, table.Name, `contact_id IN ('`+kept+`', '`+gone+`')`) {
			t.Errorf("%s: %s", table.Name, row)
		}
	}
}

func TestWhatProtectsAPersonHoldsAfterAMerge(t *testing.T) {
	kept := Card{Contact: Contact{ID: "a", Name: "Ana", About: "tea", MinorAt: 9, RestrictedAt: 4, Restriction: "asked", LastActivityAt: 1, CreatedAt: 5}}
	gone := Card{Contact: Contact{ID: "b", Name: "Anna", About: "coffee", DoNotCallAt: 3, BlockedAt: 8, MinorAt: 2, OwnerID: "u", LastActivityAt: 7, CreatedAt: 2}}
	got := Merging{TakeGone: []string{"name"}}.choose(kept, gone)
	want := Contact{
		ID: "a", Name: "Anna", About: "tea\n\ncoffee", MinorAt: 2, DoNotCallAt: 3, BlockedAt: 8, RestrictedAt: 4, Restriction: "asked",
		OwnerID: "u", LastActivityAt: 7, CreatedAt: 2,
	}
	if got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestAMergeIsRefused(t *testing.T) {
	ctx, s := t.Context(), openStore(t)
	kept, gone := two(ctx, t, s)
	for name, tc := range map[string]struct {
		m    Merging
		want error
	}{
		"somebody who is not there": {Merging{Kept: kept, Gone: "nobody"}, ErrNotFound},
		"with themselves":           {Merging{Kept: kept, Gone: kept}, ErrNotFound},
		"a card that was changed":   {Merging{Kept: kept, Gone: gone, KeptVersion: 1}, ErrConflict},
		"one who was changed":       {Merging{Kept: kept, Gone: gone, GoneVersion: 1}, ErrConflict},
	} {
		t.Run(name, func(t *testing.T) {
			tc.m.ProvenanceID, tc.m.UndoID = "pr", "u"
			if err := mergeThem(ctx, s, tc.m); !errors.Is(err, tc.want) {
				t.Errorf("err = %v, want %v", err, tc.want)
			}
		})
	}
}
