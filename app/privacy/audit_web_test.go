package privacy_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/apptest"
	"stead/store"
)

// Who opened a card is read in the log: by whom, from where, whose card.
func TestWhoOpenedACard(t *testing.T) {
	t.Parallel() // looks are written down every five seconds
	h, owner, id := person(t)
	owner.Get("/contacts/" + id)
	h.Eventually("the look is written down", func() bool {
		rows, err := h.Store().AuditList(t.Context(), store.AuditFilter{Actions: []string{"contact.read"}}, store.Page{})
		return err == nil && len(rows) == 1
	})
	want(t, owner.Get("/privacy/people/"+id), http.StatusOK, `href="/privacy/audit?person=`+id+`"`, "Who opened it")
	page := owner.Get("/privacy/audit?what=reading")
	want(t, page, http.StatusOK, "Opened the card", apptest.Owner, "127.0.0.1", `href="/contacts/`+id+`"`, "Last signed on")
	if strings.Contains(page.Body, "Signed in</") || strings.Contains(page.Body, "contact.read") {
		t.Error("the filter is not heeded, or the code stands on the page")
	}
	for query, has := range map[string]bool{
		"what=signin": true, "what=reading&who=system": false, "who=user": true, "who=operator": true, "who=nobody-such": false, "person=" + id: true, "person=other": false,
		"from=2026-11-18&to=2026-11-18": true, "from=2026-11-19": false, "to=2026-11-17": false, "from=nonsense&to=%00": true, "after=nonsense": true,
	} {
		page := owner.Get("/privacy/audit?" + query)
		if page.Status != http.StatusOK || strings.Contains(page.Body, "No entries") == has {
			t.Errorf("%s: status %d, entries %v", query, page.Status, !has)
		}
	}
	if got := h.As(access.Actor{ID: "u9", Kind: access.User, May: map[access.Permission]access.Reach{access.ContactsRead: access.All}}, "GET", "/privacy/audit"); got != http.StatusForbidden {
		t.Errorf("without the right: %d", got)
	}
}

func TestEntriesOfAPersonAreFoundByWhatIsTyped(t *testing.T) {
	_, owner, id := person(t)
	p := owner.PostForm("/privacy/audit/people", url.Values{"q": {caller}, "what": {"talk"}})
	if p.Status != http.StatusSeeOther || p.Location != "/privacy/audit?person="+id+"&what=talk" {
		t.Errorf("%d to %q", p.Status, p.Location)
	}
	want(t, owner.Get("/privacy/audit?person="+id), http.StatusOK, "Entries about", "About everybody")
	want(t, owner.PostForm("/privacy/audit/people", url.Values{"q": {"nobody at all"}}), http.StatusOK, "Nobody was found", `value="nobody at all"`)
}

func TestTheAuditLogIsExported(t *testing.T) {
	h, owner, id := person(t)
	for range 3 {
		owner.Get("/contacts/" + id)
	}
	p := owner.PostForm("/privacy/audit/export", url.Values{"who": {"user"}})
	want(t, p, http.StatusOK, `"entry","time_utc"`, `"user.signed_in"`)
	if p.Header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(p.Header.Get("Content-Disposition"), "audit-log-2026") || p.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("header = %v", p.Header)
	}
	want(t, owner.Get("/privacy/audit?what=privacy"), http.StatusOK, "Exported the audit log")
	if got := owner.Get("/privacy/audit/export").Status; got != http.StatusMethodNotAllowed {
		t.Errorf("a GET answers %d", got)
	}
	officer := access.Actor{ID: "u9", Kind: access.User, May: map[access.Permission]access.Reach{access.AuditRead: access.All}}
	if got := h.As(officer, "POST", "/privacy/audit/export"); got != http.StatusForbidden {
		t.Errorf("without the right: %d", got)
	}
}

func TestPagesOfTheLogFollowEachOther(t *testing.T) {
	h, owner, _ := person(t)
	err := h.Store().InTx(t.Context(), func(tx *store.Tx) error {
		for range 120 {
			if err := tx.Audit(t.Context(), store.AuditEntry{Action: "backup.created", Actor: "operator", Object: "stead.age", At: h.Clock.Now().UnixMilli()}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	path, pages := "/privacy/audit?what=upkeep&who=operator", 0
	for ; path != "" && pages < 9; pages++ {
		p := owner.Get(path)
		want(t, p, http.StatusOK, "Made a backup")
		_, rest, found := strings.Cut(p.Body, `rel="next" href="`)
		path = ""
		if found {
			next, _, _ := strings.Cut(rest, `"`)
			path = strings.ReplaceAll(next, "&amp;", "&")
		}
	}
	if pages != 3 {
		t.Errorf("%d pages of 120 entries", pages)
	}
}

// What a rule of the product did, and what came from a provider, is told apart
// from what people did.
func TestAutomationsAndProvidersStandInTheLog(t *testing.T) {
	h, owner, _ := person(t)
	want(t, owner.Get("/privacy/audit?who=system"), http.StatusOK, "Wrote a text", "Text-back", "Automation")
	h.Text(caller, "STOP")
	h.Eventually("the opt-out is known", func() bool {
		rows, err := h.Store().AuditList(t.Context(), store.AuditFilter{Actors: []string{"provider:twilio"}}, store.Page{})
		return err == nil && len(rows) == 1
	})
	want(t, owner.Get("/privacy/audit?who=provider"), http.StatusOK, "Noted that no more texts are wanted", "Twilio", "Provider")
	if page := owner.Get("/privacy/audit?who=user"); strings.Contains(page.Body, "Wrote a text") {
		t.Error("what a rule wrote is laid at a colleague's door")
	}
}

// The page and the table show the same of where somebody was.
func TestTheLogShowsAddressesToWhoSeesEverybody(t *testing.T) {
	h, owner, _ := person(t)
	want(t, owner.Get("/privacy/audit"), http.StatusOK, "127.0.0.1")
	h.Change("role.created", "auditor", func(tx *store.Tx) error {
		return tx.InsertRole(t.Context(), store.Role{ID: "auditor", Name: "Auditor", NameKey: "auditor", CreatedAt: 1, Grants: access.FormatGrants(map[access.Permission]access.Reach{
			access.AuditRead: access.All, access.ContactsRead: access.All, access.PersonalSee: access.Team,
		})})
	})
	auditor, _ := h.SignedInAs("auditor", apptest.Colleague{})
	page := auditor.Get("/privacy/audit")
	want(t, page, http.StatusOK, "not shown to this role")
	if strings.Contains(page.Body, "127.0.0.1") {
		t.Error("an address is shown to a role that does not see everybody")
	}
}
