package notes_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/apptest"
	"stead/store"
)

// The notes of a contact, a company and a deal are written, changed, put away and
// brought back in the same way, and tell whom they name at once.
func TestNotesOfEachKindOfRecord(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	boss := h.SignedIn()
	ana, user := h.SignedInAs(access.RoleOwner, apptest.Colleague{Name: "Ines Duarte"})
	live := apptest.Lines(ana.Stream("/live").Body)
	live.Until(t, ": open")
	ways, err := h.Store().Pipelines(t.Context())
	if err != nil || len(ways) == 0 {
		t.Fatal(ways, err)
	}
	now := h.Clock.Now().UnixMilli()
	h.Change("deal.created", "zq", func(tx *store.Tx) error {
		ctx := t.Context()
		if err := tx.InsertContact(ctx, store.Contact{ID: "zq", Name: "Zq", Source: "manual", CreatedAt: now, LastActivityAt: now}, nil, nil); err != nil {
			return err
		}
		d := store.Deal{ID: "zq", Title: "Zq", PipelineID: ways[0].ID, StageID: ways[0].Stages[0].ID, ContactID: "zq", Currency: "EUR", Source: "manual", CreatedAt: now}
		if _, err := tx.InsertDeal(ctx, d, "zq-stay"); err != nil {
			return err
		}
		return tx.InsertCompany(ctx, store.Company{ID: "zq", Name: "Zq Ltd", Source: "manual", CreatedAt: now, LastActivityAt: now}, nil)
	})
	told := 0
	for _, record := range []string{"/contacts/zq", "/companies/zq", "/deals/zq"} {
		t.Run(record, func(t *testing.T) {
			post := func(path string, want int, form ...string) apptest.Page {
				t.Helper()
				in := url.Values{}
				for i := 0; i < len(form); i += 2 {
					in.Set(form[i], form[i+1])
				}
				p := boss.PostForm(record+path, in)
				if p.Status != want {
					t.Fatalf("%s answers %d, want %d", path, p.Status, want)
				}
				return p
			}
			has := func(p apptest.Page, parts ...string) {
				t.Helper()
				for _, part := range parts {
					if !strings.Contains(p.Body, part) {
						t.Errorf("the page lacks %q", part)
					}
				}
			}
			has(post("/notes", http.StatusUnprocessableEntity, "body", " "), "Write something first.")
			has(post("/notes", http.StatusUnprocessableEntity, "body", strings.Repeat("long ", 2001)), "10,000 characters are the most")
			for range 2 { // a form that comes twice makes one
				post("/notes", http.StatusSeeOther, "body", "Wants slate", "key", "0123456789abcdef"+record)
			}
			live.Until(t, "event: notices")
			page := boss.Get(record).Body
			link := regexp.MustCompile(`"` + record + `(/notes/[^/"]+)/edit"`).FindStringSubmatch(page)
			if link == nil || strings.Count(page, "Wants slate") != 1 {
				t.Fatal("there is not one note that can be changed")
			}
			note := link[1]
			has(boss.Get(record+note+"/edit"), "Wants slate")
			post(note, http.StatusSeeOther, "body", "@Ines wants slate", "version", "1")
			live.Until(t, "event: notices")
			told++
			rows, err := h.Store().Notifications(t.Context(), user.ID, store.Page{})
			if err != nil || len(rows) != told || rows[0].Kind != store.NoticeMention {
				t.Errorf("told of %+v, %v", rows, err)
			}
			has(post(note, http.StatusConflict, "body", "Wants tin", "version", "1"), "Wants tin", "@Ines wants slate")
			has(post(note, http.StatusUnprocessableEntity, "body", "", "version", "2"), "Write something first.")
			post(note+"/pin", http.StatusSeeOther, "pinned", "yes")
			has(boss.Get(record), "Unpin")
			post(note, http.StatusSeeOther, "delete", "yes")
			if strings.Contains(boss.Get(record).Body, "wants slate") {
				t.Error("a note in the bin is shown")
			}
			if p := boss.Get(record + note + "/edit"); p.Status != http.StatusNotFound {
				t.Errorf("a note in the bin is edited: %d", p.Status)
			}
		})
	}
}
