package notices_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/apptest"
	"stead/store"
)

// Whoever is given many contacts at once is told once, of how many: of a few that
// are done while somebody waits, as of all, in the background.
func TestManyContactsAreToldOfOnce(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	boss := h.SignedIn()
	ana, user := h.SignedInAs(access.RoleOwner, apptest.Colleague{})
	at := h.Clock.Now().UnixMilli()
	const n = 230
	id := func(i int) string { return fmt.Sprintf("0197c0de-0003-7000-8000-%012d", i) }
	h.Change("contact.created", id(0), func(tx *store.Tx) error {
		for i := range n {
			c := store.Contact{ID: id(i), Name: "Zq Person", Source: "manual", CreatedAt: at, UpdatedAt: at, LastActivityAt: at}
			if err := tx.InsertContact(t.Context(), c, nil, nil); err != nil {
				return err
			}
		}
		return nil
	})
	give := func(form url.Values) {
		t.Helper()
		form.Set("what", "owner")
		form.Set("value", user.ID)
		form.Set("stage", "apply")
		if p := boss.PostForm("/contacts/bulk", form); p.Status != http.StatusSeeOther {
			t.Fatal(p.Status, p.Body)
		}
	}
	told := func() int {
		rows, err := h.Store().Notifications(t.Context(), user.ID, store.Page{})
		if err != nil {
			t.Fatal(err)
		}
		return len(rows)
	}
	before := told()
	give(url.Values{"id": {id(0), id(1), id(2)}})
	if got := told() - before; got != 1 {
		t.Errorf("told %d times of three", got)
	}
	give(url.Values{"all": {"1"}})
	h.Eventually("the rest is told", func() bool { return told()-before > 1 })
	if got := told() - before; got != 2 {
		t.Errorf("told %d times", got)
	}
	page := ana.Get("/notifications").Body
	for _, sentence := range []string{"3 contacts are yours to look after now", "227 contacts are yours to look after now"} {
		if !strings.Contains(page, sentence) {
			t.Errorf("the page does not say %q", sentence)
		}
	}
}
