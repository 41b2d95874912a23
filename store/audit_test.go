package store

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// auditChain is a chain of n entries, one a day, about contacts c1 and c2 in turn.
func auditChain(t *testing.T, n int) *Store {
	t.Helper()
	st, _ := openTemp(t)
	inTx(t, st, func(ctx context.Context, tx *Tx) error {
		for i := range n {
			err := tx.Audit(ctx, AuditEntry{
				Action: "contact.read", Actor: "u1", Object: fmt.Sprintf("o%d", i), ContactID: fmt.Sprintf("c%d", i%2+1), At: int64(i+1) * dayMillis,
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return st
}

func mustVerify(t *testing.T, st *Store, signed func(AuditCheckpoint) bool) AuditReport {
	t.Helper()
	report, err := st.VerifyAudit(t.Context(), signed)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestAuditHoldsAfterItsPersonalPartsAreGone(t *testing.T) {
	st := auditChain(t, 9)
	rule := SweepRule{Name: "audit.actor+at+address+actor_salt", Table: "audit", Columns: []string{"actor", "at", "address", "actor_salt"}, After: "at", Days: 90}
	for day, want := range map[int64]int64{90: 0, 91: 0, 92: 1, 96: 5} { // the entry of day n is older than 90 days on day n+91
		st := auditChain(t, 9)
		inTx(t, st, func(ctx context.Context, tx *Tx) error {
			n, err := tx.SweepBatch(ctx, rule, day*dayMillis, 500)
			if err == nil && n != want {
				err = fmt.Errorf("%d entries were anonymised on day %d, want %d", n, day, want)
			}
			return err
		})
		if report := mustVerify(t, st, nil); report.Problem != "" || report.Anonymised != want || report.Entries != 9 {
			t.Errorf("day %d: report = %+v", day, report)
		}
	}
	inTx(t, st, func(ctx context.Context, tx *Tx) error {
		if _, err := tx.EraseSubject(ctx, "c1"); err != nil {
			return err
		}
		return tx.Audit(ctx, AuditEntry{Action: "person.erased", Actor: "u1", At: 10 * dayMillis})
	})
	if report := mustVerify(t, st, nil); report.Problem != "" || report.Anonymised != 5 || report.Entries != 10 {
		t.Errorf("after an erasure: report = %+v", report)
	}
	rows, err := st.AuditRows(t.Context(), Page{})
	if err != nil || len(rows) != 10 || rows[9].Object != "" || rows[9].ContactID != "" || rows[9].Actor != "u1" || rows[8].Object != "o1" {
		t.Errorf("rows = %+v, %v", rows, err)
	}
}

func TestAuditNamesTheFirstBadEntry(t *testing.T) {
	for name, tc := range map[string]struct {
		tamper string
		bad    int64
		want   string
	}{
		"who":                          {`UPDATE audit SET actor = 'u2' WHERE seq = 4`, 4, "who or when"},
		"when":                         {`UPDATE audit SET at = at + 1 WHERE seq = 4`, 4, "who or when"},
		"what":                         {`UPDATE audit SET object = 'o9' WHERE seq = 5`, 5, "to whom"},
		"to whom":                      {`UPDATE audit SET contact_id = 'c9' WHERE seq = 5`, 5, "to whom"},
		"the action":                   {`UPDATE audit SET action = 'contact.erased' WHERE seq = 3`, 3, "does not follow"},
		"the action, anonymised":       {`UPDATE audit SET actor = NULL, at = NULL, actor_salt = NULL, object = NULL, contact_id = NULL, object_salt = NULL, action = 'x.y' WHERE seq = 3`, 3, "does not follow"},
		"a name without its salt":      {`UPDATE audit SET actor_salt = NULL WHERE seq = 3`, 3, "without proof"},
		"an object without its salt":   {`UPDATE audit SET object_salt = NULL WHERE seq = 3`, 3, "without proof"},
		"an entry taken out":           {`DELETE FROM audit WHERE seq = 6`, 6, "entry 6 is missing"},
		"the first entry taken out":    {`DELETE FROM audit WHERE seq = 1`, 1, "entry 1 is missing"},
		"the last entries taken out":   {`DELETE FROM audit WHERE seq > 7`, 8, "entries 8 to 9 are missing"},
		"the head set back":            {`UPDATE audit_head SET seq = 7, hash = (SELECT hash FROM audit WHERE seq = 7)`, 8, "behind the head"},
		"the head of another chain":    {`UPDATE audit_head SET hash = zeroblob(32)`, 9, "not the one that was the last"},
		"two entries changed places":   {`UPDATE audit SET seq = CASE seq WHEN 2 THEN 100 ELSE 2 END WHERE seq IN (2, 3)`, 2, ""},
		"a signature over another one": {`UPDATE audit_checkpoints SET seq = 3`, 3, "signature"},
	} {
		t.Run(name, func(t *testing.T) {
			st := auditChain(t, 9)
			key := sign(t, st)
			if _, err := st.write.ExecContext(t.Context(), tc.tamper); err != nil {
				t.Fatal(err)
			}
			report := mustVerify(t, st, key)
			if report.Bad != tc.bad || !strings.Contains(report.Problem, tc.want) || report.Problem == "" {
				t.Errorf("report = %+v, want entry %d and %q", report, tc.bad, tc.want)
			}
		})
	}
}

func TestAuditSeesAChainThatWasCutAndMadeToFit(t *testing.T) {
	st := auditChain(t, 9)
	signed := sign(t, st)
	for _, q := range []string{
		`DELETE FROM audit WHERE seq > 5`,
		`UPDATE audit_head SET seq = 5, hash = (SELECT hash FROM audit WHERE seq = 5)`,
	} {
		if _, err := st.write.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if report := mustVerify(t, st, signed); report.Bad != 6 || !strings.Contains(report.Problem, "entry 9 was signed") {
		t.Errorf("report = %+v", report)
	}
	if report := mustVerify(t, st, nil); report.Unchecked != 1 || report.Problem == "" {
		t.Errorf("while locked: report = %+v", report)
	}
}

// sign signs the head of the chain and returns the check.
func sign(t *testing.T, st *Store) func(AuditCheckpoint) bool {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	seq, hash, err := st.AuditHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := AuditCheckpoint{Day: 20, Seq: seq, Hash: hash}
	c.Signature = ed25519.Sign(private, c.Message())
	inTx(t, st, func(ctx context.Context, tx *Tx) error {
		return errors.Join(tx.InsertAuditCheckpoint(ctx, c), tx.InsertAuditCheckpoint(ctx, AuditCheckpoint{Day: 20, Hash: hash, Signature: hash}))
	})
	return func(c AuditCheckpoint) bool { return ed25519.Verify(public, c.Message(), c.Signature) }
}
