package app_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/backup"
	"stead/app/ids"
	"stead/app/privacy"
	"stead/app/provider/twilio"
	"stead/app/team"
	"stead/app/vault"
	"stead/store"
)

const (
	lastCaller  = "+15550177342"
	closingName = "Wilhelmina Featherstonehaugh"
)

// canaries stand in what the business has stored of people, its own included.
var canaries = []string{"wilhelmina", "featherstone", "5550177342", "boiler leaks", "brightwater", "ana costa", apptest.Token}

// furnish fills the house with somebody who called, wrote and has a card.
func furnish(t *testing.T, h *apptest.House, c *apptest.Client) {
	t.Helper()
	h.Connect()
	h.Miss(lastCaller)
	h.Text(lastCaller, "hello, the boiler leaks again")
	h.Eventually("the text is there", func() bool { return strings.Contains(c.Get("/inbox").Body, "boiler leaks") })
	h.Eventually("the caller was answered", func() bool { return len(h.TextsTo(lastCaller)) == 1 })
	if p := c.PostForm("/contacts", url.Values{"name": {closingName}, "phone": {"+1 555 017 7343"}, "about": {"behind the mill"}}); p.Status != http.StatusSeeOther {
		t.Fatalf("a new contact answers %d:\n%s", p.Status, p.Body)
	} else if p := c.Upload(p.Location+"/files", nil, apptest.File{Name: closingName + ".txt", Text: "the boiler leaks"}); p.Status != http.StatusSeeOther {
		t.Fatalf("a file answers %d:\n%s", p.Status, p.Body)
	}
}

// pass lets the clock of a running house go on for a while, so that nobody
// takes it for a leap.
func pass(t *testing.T, h *apptest.House, d time.Duration) {
	t.Helper()
	for ; d > 0; d -= time.Hour {
		h.Clock.Advance(min(d, time.Hour))
		if err := h.App.Privacy.SeeClock(t.Context(), privacy.SeeClock{}); err != nil {
			t.Fatal(err)
		}
	}
}

func endBusiness(t *testing.T, h *apptest.House) {
	t.Helper()
	if err := h.App.Team.EndBusiness(t.Context(), team.EndBusiness{}); err != nil {
		t.Fatal(err)
	}
}

func isClosed(t *testing.T, h *apptest.House) bool {
	t.Helper()
	closed, err := h.App.Team.Closed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return closed
}

func holds(t *testing.T, dir string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		text := strings.ToLower(string(data))
		for _, word := range canaries {
			if strings.Contains(text, strings.ToLower(word)) {
				found = append(found, filepath.Base(path)+": "+word)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestTheBusinessIsClosed(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	furnish(t, h, c)
	copied, err := h.App.Backup.Create(t.Context(), access.Operator(), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(holds(t, h.Config.Data)) < 5 {
		t.Fatal("the canaries are not where this test would miss them")
	}
	if p := c.PostForm("/settings/closing", url.Values{"name": {"Brightwater"}}); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, `value="Brightwater"`) {
		t.Errorf("another name answers %d", p.Status)
	}
	if p := c.PostForm("/settings/closing", url.Values{"name": {apptest.Business}}); p.Status != http.StatusSeeOther {
		t.Fatalf("closing answers %d:\n%s", p.Status, p.Body)
	}
	for _, path := range []string{"/", "/inbox", "/contacts"} {
		if p := c.Get(path); !strings.Contains(p.Body, "closes on Wednesday 2 December 2026") || !strings.Contains(p.Body, `href="/settings/closing"`) {
			t.Errorf("%s does not say that the business closes", path)
		}
	}
	pass(t, h, 14*24*time.Hour-time.Minute)
	endBusiness(t, h)
	if isClosed(t, h) {
		t.Fatal("closed before its time")
	}
	pass(t, h, 2*time.Minute)
	endBusiness(t, h)
	if !isClosed(t, h) {
		t.Fatal("not closed when the time has come")
	}
	afterTheEnd(t, h, c)
	restoreErasesAgain(t, h, copied.Path)
}

// afterTheEnd looks that nobody gets in and nobody is left.
func afterTheEnd(t *testing.T, h *apptest.House, c *apptest.Client) {
	t.Helper()
	if found := holds(t, h.Config.Data); len(found) > 0 {
		t.Errorf("traces are left: %v", found)
	}
	if lies, err := os.ReadDir(filepath.Join(h.Config.Data, "files")); err != nil || len(lies) > 0 {
		t.Errorf("%d files are left, %v", len(lies), err)
	}
	if p := c.Get("/inbox"); p.Status != http.StatusSeeOther {
		t.Errorf("the owner is still signed in: %d", p.Status)
	}
	v := h.Visitor()
	if p := v.Get("/login"); p.Status != http.StatusOK || !strings.Contains(p.Body, "This business was closed") || strings.Contains(p.Body, "password") {
		t.Errorf("the sign-in page answers %d:\n%s", p.Status, p.Body)
	}
	if p := v.PostForm("/login", url.Values{"email": {apptest.Email}, "password": {apptest.Password}}); v.Cookie() != nil || !strings.Contains(p.Body, "This business was closed") {
		t.Errorf("signing in answers %d", p.Status)
	}
	if p := v.Get("/setup"); p.Status != http.StatusSeeOther {
		t.Errorf("set-up is open again: %d", p.Status)
	}
	if link, err := h.App.Team.NewLink(t.Context()); err != nil || link != "" {
		t.Errorf("there is a link to set up: %q, %v", link, err)
	}
	if p := v.Get("/readyz"); p.Status != http.StatusOK {
		t.Errorf("readyz answers %d: %s", p.Status, p.Body)
	}
	end, ok, err := h.App.Team.Ended(t.Context())
	if err != nil || !ok || end.People != 2 || end.Accounts != 1 || len(end.Stays) == 0 || end.Stays[0].Until == "" {
		t.Errorf("the receipt: %+v, %v", end, err)
	}
	if report, err := h.App.Privacy.VerifyAudit(t.Context(), access.Operator()); err != nil || report.Problem != "" {
		t.Errorf("the audit chain: %+v, %v", report, err)
	}
	if keys, err := h.Store().VaultKeys(t.Context()); err != nil || len(keys) > 0 {
		t.Errorf("%d data keys are left, %v", len(keys), err)
	}
	if !h.App.Vault().Locked() {
		t.Error("the vault is open")
	}
	endBusiness(t, h) // once more changes nothing
	for _, action := range []string{team.EventPurgeBegun, team.EventPurged} {
		if rows, err := h.Store().AuditList(t.Context(), store.AuditFilter{Actions: []string{action}}, store.Page{Limit: 10}); err != nil || len(rows) != 1 {
			t.Errorf("the audit has %d entries of %s, %v", len(rows), action, err)
		}
	}
	if _, err := h.Twilio.Text(t.Context(), twilio.FakeText{From: lastCaller, To: apptest.Line, Body: "the boiler leaks"}); err == nil {
		t.Error("after the end a text is taken in")
	}
	if found := holds(t, h.Config.Data); len(found) > 0 {
		t.Errorf("after the end it takes things in: %v", found)
	}
}

// restoreErasesAgain brings a backup of before back: nobody comes back with it.
func restoreErasesAgain(t *testing.T, h *apptest.House, file string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{store.LedgerFile} {
		text, err := os.ReadFile(filepath.Join(h.Config.Data, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := backup.Restorer{Dir: dir, KeyFile: h.Config.KeyFile, Version: "test", Now: h.Clock.Now}
	r.Cleanse = func(ctx context.Context, st *store.Store, v *vault.Vault, dir string, entries []store.LedgerEntry) (backup.Cleansed, error) {
		svc := privacy.New(privacy.Deps{Store: st, Vault: v, Dir: dir, Now: h.Clock.Now, NewID: ids.New})
		done, err := svc.Replay(ctx, entries)
		return backup.Cleansed{Entries: done.Entries, Erased: done.Erased, Hits: done.Hits}, err
	}
	done, err := r.Restore(t.Context(), file)
	if err != nil || done.Erased != 2 || done.Hits != 0 {
		t.Errorf("restored: %+v, %v", done, err)
	}
	for _, trace := range holds(t, dir) {
		if strings.Contains(trace, "featherstone") || strings.Contains(trace, "boiler") || strings.Contains(trace, "5550177342") {
			t.Errorf("came back with the backup: %s", trace)
		}
	}
}

func TestAClosingIsCalledOff(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	h.Connect()
	if p := c.PostForm("/settings/closing/cancel", url.Values{}); p.Status != http.StatusSeeOther {
		t.Errorf("calling nothing off answers %d", p.Status)
	}
	c.PostForm("/settings/closing", url.Values{"name": {apptest.Business}})
	h.Miss(lastCaller)
	h.Eventually("the call is there", func() bool {
		return strings.Contains(c.Get("/inbox").Body, "5550177342") || strings.Contains(c.Get("/inbox").Body, "017-7342")
	})
	if texts := h.TextsTo(lastCaller); len(texts) != 0 {
		t.Errorf("a business that closes texts by itself: %v", texts)
	}
	manager, _ := h.SignedInAs(access.RoleAdmin, apptest.Colleague{})
	if p := manager.PostForm("/settings/closing/cancel", url.Values{}); p.Status != http.StatusForbidden {
		t.Errorf("an admin calls it off: %d", p.Status)
	}
	if p := manager.Get("/inbox"); !strings.Contains(p.Body, "This business closes on") || strings.Contains(p.Body, `href="/settings/closing"`) {
		t.Error("an admin is not told, or is offered what they may not do")
	}
	if p := c.PostForm("/settings/closing", url.Values{"name": {apptest.Business}}); p.Status != http.StatusSeeOther {
		t.Errorf("asking twice answers %d", p.Status)
	}
	if p := c.PostForm("/settings/closing/cancel", url.Values{}); p.Status != http.StatusSeeOther {
		t.Fatalf("calling it off answers %d", p.Status)
	}
	if strings.Contains(c.Get("/inbox").Body, "This business closes on") {
		t.Error("the banner stays")
	}
	pass(t, h, 15*24*time.Hour)
	endBusiness(t, h)
	if isClosed(t, h) {
		t.Fatal("closed though it was called off")
	}
	const other = "+15550177350"
	h.Miss(other)
	h.Eventually("callers are answered again", func() bool { return len(h.TextsTo(other)) == 1 })
}

// A clock that leaps forward ends nothing until somebody has looked, and until
// then the closing can be called off.
func TestALeapOfTheClockClosesNothing(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	pass(t, h, time.Hour)
	c := h.SignedIn()
	c.PostForm("/settings/closing", url.Values{"name": {apptest.Business}})
	h.Clock.Advance(30 * 24 * time.Hour)
	endBusiness(t, h)
	if isClosed(t, h) {
		t.Fatal("a leap of the clock closed the business")
	}
	waiting, err := h.Store().Closing(t.Context())
	if err != nil || waiting.BegunAt != 0 {
		t.Errorf("%+v, %v", waiting, err)
	}
	if _, err := h.App.Privacy.Sweep(t.Context(), access.Operator(), true); err != nil { // the clock is right
		t.Fatal(err)
	}
	endBusiness(t, h)
	if !isClosed(t, h) {
		t.Error("not closed though the clock is right")
	}
}

func TestTheReceiptHoldsCountsAlone(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	furnish(t, h, c)
	c.PostForm("/settings/closing", url.Values{"name": {apptest.Business}})
	pass(t, h, 14*24*time.Hour+time.Minute)
	h.Lock() // nothing is destroyed that could not be noted
	if err := h.App.Team.EndBusiness(t.Context(), team.EndBusiness{}); err == nil || isClosed(t, h) {
		t.Errorf("with a locked vault: %v", err)
	}
	if err := h.App.Vault().Unlock(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	endBusiness(t, h)
	done, err := h.Store().Closing(t.Context())
	if err != nil || done.PurgedAt == 0 || done.AskedBy != "" {
		t.Fatalf("%+v, %v", done, err)
	}
	var receipt privacy.Purged
	if err := json.Unmarshal([]byte(done.Receipt), &receipt); err != nil || receipt.Tables["messages"] == 0 || receipt.Tables["users"] != 1 {
		t.Errorf("%s, %v", done.Receipt, err)
	}
}
