package privacy

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

func TestHarmless(t *testing.T) {
	for cell, want := range map[string]string{
		"":                            "",
		"Ana Costa":                   "Ana Costa",
		"user.signed_in":              "user.signed_in",
		"2001:db8::7":                 "2001:db8::7",
		"=1+1":                        "'=1+1",
		"+15550100":                   "'+15550100",
		"-2+3":                        "'-2+3",
		"@SUM(A1)":                    "'@SUM(A1)",
		"\t=1":                        "'\t=1",
		"\r=1":                        "'\r=1",
		"\n=1":                        "'\n=1",
		"  =1":                        "'  =1",
		"\u00a0=1":                    "'\u00a0=1",
		"\u200b=1":                    "'\u200b=1",
		"＝1":                          "'＝1",
		"＋1":                          "'＋1",
		"－1":                          "'－1",
		"＠1":                          "'＠1",
		"|calc":                       "'|calc",
		"%0A=1":                       "'%0A=1",
		"a=1":                         "a=1",
		`=HYPERLINK("http://x` + `")`: `'=HYPERLINK("http://x` + `")`,
	} {
		if got := harmless(cell); got != want {
			t.Errorf("%q becomes %q, want %q", cell, got, want)
		}
	}
}

// exported reads what an actor gets, as a table.
func (h *house) exported(actor access.Actor, q AuditQuery) [][]string {
	h.t.Helper()
	file, err := h.svc.ExportAudit(h.t.Context(), actor, q)
	if err != nil {
		h.t.Fatal(err)
	}
	var b bytes.Buffer
	if err := file.Write(h.t.Context(), &b); err != nil {
		h.t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		h.t.Fatal(err)
	}
	return rows
}

func TestTheAuditLogLeavesAsATable(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", `=cmd|'/c calc'!A1`, "+15550177001", "x@example.com")
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		for i := range 450 { // more than a page of the store
			err := tx.Audit(store.From(ctx, "203.0.113.9"), store.AuditEntry{Action: "contact.read", Actor: "system:sweep", Object: "c1", ContactID: "c1", At: h.ms() + int64(i)})
			if err != nil {
				return err
			}
		}
		return tx.Audit(ctx, store.AuditEntry{Action: "settings.business", Actor: "operator", Object: "=2+5", At: h.ms()})
	})
	n, _, err := h.st.AuditHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows := h.exported(owner, AuditQuery{})
	if int64(len(rows)) != n+1 || fmt.Sprint(rows[0]) != fmt.Sprint(auditHead) {
		t.Fatalf("%d rows with the head, want %d", len(rows), n+1)
	}
	if got := rows[1]; got[8] != "'=2+5" || got[4] != "The operator of the machine" || got[7] != "Changed the business" {
		t.Errorf("the newest entry is %q", got)
	}
	if got := rows[2]; got[10] != `'=cmd|'/c calc'!A1` || got[11] != "203.0.113.9" || got[5] != "system" || !strings.HasSuffix(got[1], "Z") {
		t.Errorf("a read is %q", got)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != harmless(cell) {
				t.Errorf("%q is live", cell)
			}
		}
	}
	again := h.exported(owner, AuditQuery{What: "privacy"})
	if len(again) != 2 || again[1][6] != EventAuditExported || again[1][3] != owner.ID {
		t.Errorf("of the first export the log says %v", again)
	}
	if none := h.exported(owner, AuditQuery{Who: "key"}); len(none) != 1 {
		t.Errorf("programs with a key did %v", none)
	}
}

func TestTheExportShowsNoMoreThanTheRole(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", "Ottoline", "+15550177001", "x@example.com")
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.Audit(store.From(ctx, "203.0.113.9"), store.AuditEntry{Action: "contact.read", Actor: "operator", Object: "c1", ContactID: "c1", At: h.ms()})
	})
	auditor := access.Actor{ID: "u7", Kind: access.User, May: map[access.Permission]access.Reach{access.AuditRead: access.All, access.AuditExport: access.All, access.ContactsRead: access.All}}
	text := fmt.Sprint(h.exported(auditor, AuditQuery{}))
	if strings.Contains(text, "Ottoline") || strings.Contains(text, "203.0.113.9") || !strings.Contains(text, "c1") {
		t.Errorf("without the right to see personal data: %s", text)
	}
	auditor.May[access.PersonalSee] = access.Team // addresses are of anybody
	if text := fmt.Sprint(h.exported(auditor, AuditQuery{})); strings.Contains(text, "203.0.113.9") {
		t.Errorf("with the right for the team alone: %s", text)
	}
	auditor.May[access.PersonalSee] = access.All
	if text := fmt.Sprint(h.exported(auditor, AuditQuery{})); !strings.Contains(text, "203.0.113.9") {
		t.Errorf("with the right for all: %s", text)
	}
	delete(auditor.May, access.AuditExport)
	_, err := h.svc.ExportAudit(t.Context(), auditor, AuditQuery{})
	wantKind(t, err, errs.Denied)
	_, err = h.svc.Audit(t.Context(), onlooker, AuditQuery{}, store.Page{})
	wantKind(t, err, errs.Denied)
}

func TestAuditQueryTakesNothingLong(t *testing.T) {
	q := auditQuery(url.Values{"who": {strings.Repeat("x", 65)}, "person": {strings.Repeat("x", 64)}, "from": {"yesterday"}, "to": {"0001-01-01"}})
	if q.Who != "" || len(q.Person) != 64 {
		t.Errorf("q = %+v", q)
	}
	h := newHouse(t)
	f, empty, err := h.svc.filter(t.Context(), q, noon.Location())
	if err != nil || empty || f.From != 0 || f.To != 0 {
		t.Errorf("filter = %+v, %v, %v", f, empty, err)
	}
}
