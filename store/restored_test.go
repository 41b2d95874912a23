package store

import (
	"strings"
	"testing"
)

// What a restored database held open may have been ended since it was copied.
func TestARestoreOpensNoDoor(t *testing.T) {
	st := openLite(t)
	exec := func(statement string) {
		t.Helper()
		if _, err := st.write.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	exec(`INSERT INTO users (id, name, email, email_key, password_hash, role, created_at, updated_at) VALUES ('u', 'Ana', 'a@example.com', 'a@example.com', '', 'owner', 1, 1)`)
	exec(`INSERT INTO sessions (token_hash, user_id, epoch, data, created_at, last_seen_at, expires_at) VALUES ('s', 'u', 0, '', 1, 1, 9)`)
	exec(`INSERT INTO remembered (selector, user_id, validator_hash, rotated_at, epoch, created_at, last_used_at, expires_at) VALUES ('r', 'u', 'h', 1, 0, 1, 1, 9)`)
	exec(`INSERT INTO password_resets (token_hash, user_id, created_at, expires_at) VALUES ('p', 'u', 1, 9)`)
	exec(`INSERT INTO challenges (token_hash, kind, user_id, data, created_at, expires_at) VALUES ('c', 'second_factor', 'u', '{}', 1, 9)`)
	exec(`INSERT INTO setup_links (token_hash, created_at) VALUES ('l', 1)`)
	exec(`INSERT INTO invitations (id, name, email, email_key, role, token_hash, invited_by, created_at, expires_at) VALUES ('i', 'Bo', 'b@example.com', 'b@example.com', 'agent', 't', 'u', 1, 9)`)
	if err := st.InTx(t.Context(), func(tx *Tx) error { return tx.EndSessions(t.Context()) }); err != nil {
		t.Fatal(err)
	}
	for _, open := range []string{
		"sessions", "remembered", "password_resets", "challenges", "setup_links", "invitations WHERE token_hash IS NOT NULL",
	} {
		var n int
		if err := st.write.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM `+open).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s: %d left, %v", strings.Fields(open)[0], n, err)
		}
	}
	var people int
	if err := st.write.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM users`).Scan(&people); err != nil || people != 1 {
		t.Errorf("%d people left, %v", people, err)
	}
}
