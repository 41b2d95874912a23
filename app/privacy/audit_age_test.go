package privacy

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stead/store"
)

// Who did something, to which colleague, when exactly and from where goes after
// 90 days: from the rows, the indexes, the free pages and the log. The chain holds.
func TestPersonalPartsOfTheAuditGoAfterNinetyDays(t *testing.T) {
	const actor, colleague, address = "actor-of-long-ago", "colleague-of-long-ago", "203.0.113.77"
	for name, tc := range map[string]struct {
		age  time.Duration
		gone bool
	}{
		"after 89 days it is there":             {89 * day, false},
		"after 90 days to the dot it is there":  {90 * day, false},
		"a moment later it is gone":             {90*day + time.Millisecond, true},
		"after 91 days it is gone":              {91 * day, true},
		"after years without a run it is gone":  {800 * day, true},
		"a second run finds nothing more to do": {92 * day, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.plant("c1", "Ottoline", "+15550177001", "ottoline@example.com")
			h.tx(func(ctx context.Context, tx *store.Tx) error {
				ctx = store.From(ctx, address)
				if err := tx.Audit(ctx, store.AuditEntry{Action: "user.role_changed", Actor: actor, Object: colleague, At: h.ms()}); err != nil {
					return err
				}
				return tx.Audit(ctx, store.AuditEntry{Action: "contact.read", Actor: actor, Object: "c1", ContactID: "c1", At: h.ms()})
			})
			planted, _, err := h.st.AuditHead(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			h.now = h.now.Add(tc.age)
			if _, err := h.svc.Sweep(t.Context(), owner, true); err != nil {
				t.Fatal(err)
			}
			again, err := h.svc.Sweep(t.Context(), owner, true)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range again {
				if d.Rule == auditRule && d.Rows != 0 {
					t.Errorf("a second run cleared %d entries", d.Rows)
				}
			}
			left := h.inFiles(actor, colleague, address)
			if tc.gone && len(left) > 0 {
				t.Errorf("traces are left: %v", left)
			}
			if !tc.gone && len(left) == 0 {
				t.Error("it went too early")
			}
			rows, err := h.st.AuditList(t.Context(), store.AuditFilter{UpTo: planted}, store.Page{Limit: 2})
			if err != nil || len(rows) != 2 || rows[0].WhoIsGone() != tc.gone || rows[1].WhatIsGone() != tc.gone {
				t.Errorf("rows = %+v, %v", rows, err)
			}
			if tc.age < 700*day && rows[0].ContactID != "c1" {
				t.Error("to whose data it was done went with who did it")
			}
			if report, err := h.st.VerifyAudit(t.Context(), nil); err != nil || report.Problem != "" {
				t.Errorf("chain: %+v, %v", report, err)
			}
		})
	}
}

// inFiles lists the files of the folder in which a word stands, by their bytes.
func (h *house) inFiles(words ...string) []string {
	h.t.Helper()
	var out []string
	err := filepath.WalkDir(h.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		for _, word := range words {
			if bytes.Contains(text, []byte(word)) {
				out = append(out, strings.Join([]string{filepath.Base(path), word}, ": "))
			}
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}
