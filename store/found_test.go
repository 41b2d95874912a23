package store

import (
	"context"
	"slices"
	"testing"
)

// findable gives a person a name, a number and an address, and writes each of
// them into rows that are nobody's.
func findable(ctx context.Context, t *testing.T, s *Store) {
	t.Helper()
	err := s.InTx(ctx, func(tx *Tx) error {
		for _, c := range []struct{ id, name, number, mail string }{
			{"ann", "Ann Örtel", "+491701234567", "ann@x.example"}, {"bob", "Bob Ross", "+491709999999", "bob@x.example"}, {"mia", "Mia", "+491708888888", "mia@x.example"},
		} {
			contact := Contact{ID: c.id, Name: c.name, Source: "manual", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1}
			if err := tx.InsertContact(ctx, contact, []Phone{{ID: "p" + c.id, Typed: c.number, E164: c.number}}, []Email{{ID: "e" + c.id, Typed: c.mail}}); err != nil {
				return err
			}
		}
		for id, text := range map[string]string{
			"name": `{"is":"ann \u00f6rtel"}`, "folded": "ANN ORTEL", "number": `{"phone":"0170 / 123-45 67"}`, "mail": "Ann@X.example and others",
			"first": "all called Ann", "bob": "Bob Ross", "mia": "mia", "none": "people in Rome",
		} {
			for _, q := range []string{
				`INSERT INTO views (id, record, name, query, query_hash, created_at, updated_at) VALUES ($1, 'contact', 'A view', $2, 'h', 1, 1)`,
				`INSERT INTO operations (id, kind, state, params, created_at, updated_at) VALUES ($1, 'bulk', 'done', $2, 1, 1)`,
				`INSERT INTO imports (id, file_name, format, settings, state, created_at, updated_at) VALUES ($1, $2, 'csv', '{}', 'done', 1, 1)`,
				`INSERT INTO undos (id, kind, row_count, at) VALUES ($1, 'view.deleted', 1, 1)`,
				`INSERT INTO undo_rows (undo_id, seq, unit, tbl, row_key, before_row, at) VALUES ($1, 1, 'v', 'views', 'v', $2, 1)`,
			} {
				args := []any{id, text}
				if q[12:17] == "undos" {
					args = args[:1]
				}
				if _, err := tx.exec(ctx, "test", q, args...); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFoundRowsGoWithThePersonWhoStandsInThem(t *testing.T) {
	ctx, s := t.Context(), OpenTest(t)
	findable(ctx, t, s)
	err := s.InTx(ctx, func(tx *Tx) error {
		touched, err := tx.EraseSubject(ctx, "ann")
		if err == nil && touched["views"] != 4 {
			t.Errorf("%d views went", touched["views"])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"bob", "first", "mia", "none"}
	for table, key := range map[string]string{"views": "id", "operations": "id", "imports": "id", "undo_rows": "undo_id"} {
		left, err := list(ctx, &s.Reader, "test", `SELECT `+key+` FROM `+table+` ORDER BY `+key, scanText)
		if err != nil || !slices.Equal(left, want) {
			t.Errorf("%s: left %v, want %v (%v)", table, left, want, err)
		}
	}
}

func TestAFirstNameAloneTakesNothingAlong(t *testing.T) {
	ctx, s := t.Context(), OpenTest(t)
	findable(ctx, t, s)
	if err := s.InTx(ctx, func(tx *Tx) error { _, err := tx.EraseSubject(ctx, "mia"); return err }); err != nil {
		t.Fatal(err)
	}
	left, err := list(ctx, &s.Reader, "test", `SELECT id FROM views ORDER BY id`, scanText)
	if err != nil || len(left) != 8 {
		t.Errorf("left %v (%v)", left, err)
	}
}
