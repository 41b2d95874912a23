package storetest

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"stead/store"
)

// InsertPlain inserts whole contacts as rows and nothing more: no search, no
// check, a thousand to a transaction that is as durable as the product's. It is
// what imports are measured against.
func InsertPlain(t testing.TB, n int, card func(i int) store.Card) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "plain.db")
	st, err := store.OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=secure_delete(1)&_pragma=cache_size(-8000)&_pragma=temp_store(MEMORY)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for from := 0; from < n; from += 1000 {
		if err := insertPlain(t, db, from, min(from+1000, n), card); err != nil {
			t.Fatal(err)
		}
	}
}

var plainRows = map[string]string{
	"contact": `INSERT INTO contacts (id, name, name_key, phone, phone_state, email, company, about, source, basis, basis_evidence, basis_at, created_by, version, created_at, updated_at, last_activity_at)
		VALUES (?, ?, ?, ?, 'unknown', ?, '', '', 'import', ?, ?, ?, ?, 1, ?, ?, ?)`,
	"phone":   `INSERT INTO contact_phones (id, contact_id, typed, e164, match_key, reversed, label, sms_state, position, created_at) VALUES (?, ?, ?, ?, ?, ?, '', 'unknown', 0, ?)`,
	"email":   `INSERT INTO contact_emails (id, contact_id, typed, match_key, label, position, created_at) VALUES (?, ?, ?, ?, '', 0, ?)`,
	"address": `INSERT INTO contact_addresses (id, contact_id, city, position, created_at) VALUES (?, ?, ?, 0, ?)`,
	"from":    `INSERT INTO provenances (id, contact_id, source, ref, actor, at) VALUES (?, ?, 'import', ?, ?, ?)`,
	"line":    `INSERT INTO import_rows (import_id, line, line_end, outcome, reason, contact_id, at) VALUES ('plain', ?, ?, 'created', '', ?, ?)`,
}

func insertPlain(t testing.TB, db *sql.DB, from, to int, card func(i int) store.Card) error {
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // does nothing after Commit
	if from == 0 {
		if _, err := tx.ExecContext(t.Context(), `INSERT INTO imports (id, format, settings, state, created_at, updated_at) VALUES ('plain', 'csv', '{}', 'running', 1, 1)`); err != nil {
			return err
		}
	}
	into := map[string]*sql.Stmt{}
	for name, query := range plainRows {
		stmt, err := tx.PrepareContext(t.Context(), query)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		defer stmt.Close()
		into[name] = stmt
	}
	for i := from; i < to; i++ {
		c := card(i)
		p, e, a := c.Phones[0], c.Emails[0], c.Addresses[0]
		for _, row := range []struct {
			into string
			args []any
		}{
			{"contact", []any{c.ID, c.Name, store.Fold(c.Name), p.E164, e.Typed, c.Basis, c.BasisEvidence, c.BasisAt, c.CreatedBy, c.CreatedAt, c.CreatedAt, c.CreatedAt}},
			{"phone", []any{p.ID, c.ID, p.Typed, p.E164, p.E164, store.ReverseDigits(p.E164), c.CreatedAt}},
			{"email", []any{e.ID, c.ID, e.Typed, e.Typed, c.CreatedAt}},
			{"address", []any{a.ID, c.ID, a.City, c.CreatedAt}},
			{"from", []any{c.ID, c.ID, "plain", c.CreatedBy, c.CreatedAt}},
			{"line", []any{i + 2, i + 2, c.ID, c.CreatedAt}},
		} {
			if _, err := into[row.into].ExecContext(t.Context(), row.args...); err != nil {
				return fmt.Errorf("%s: %w", row.into, err)
			}
		}
	}
	return tx.Commit()
}
