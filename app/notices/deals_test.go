package notices_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/apptest"
	"stead/store"
)

// Whoever is given several deals at once is told once, and is led to their own.
func TestManyDealsAreToldOfOnce(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	boss := h.SignedIn()
	ana, user := h.SignedInAs(access.RoleAgent, apptest.Colleague{})
	ways, err := h.Store().Pipelines(t.Context())
	if err != nil || len(ways) == 0 {
		t.Fatal(ways, err)
	}
	form := url.Values{"do": {"owner"}, "value": {user.ID}, "apply": {"yes"}}
	h.Change("deal.created", "zq-0", func(tx *store.Tx) error {
		for _, id := range []string{"zq-0", "zq-1", "zq-2"} {
			form.Add("id", id)
			d := store.Deal{ID: id, Title: "Zq", PipelineID: ways[0].ID, StageID: ways[0].Stages[0].ID, Currency: "EUR", Source: "manual", CreatedAt: 1}
			if _, err := tx.InsertDeal(t.Context(), d, id); err != nil {
				return err
			}
		}
		return nil
	})
	if p := boss.PostForm("/deals/bulk", form); p.Status != http.StatusSeeOther {
		t.Fatal(p.Status, p.Body)
	}
	rows, err := h.Store().Notifications(t.Context(), user.ID, store.Page{})
	if err != nil || len(rows) != 1 || rows[0].Kind != store.NoticeDealsAssigned {
		t.Fatalf("told of %+v, %v", rows, err)
	}
	if page := ana.Get("/notifications").Body; !strings.Contains(page, "3 deals are yours to look after now") {
		t.Error("the page does not say of how many")
	}
	if p := ana.PostForm("/notifications/"+rows[0].ID, nil); p.Location != "/deals?show=list&who=mine" {
		t.Errorf("it leads to %s", p.Location)
	}
}

// Whoever is given a deal by somebody else is told, by what they may see of it, and
// nobody of what they took themselves.
func TestADealThatIsGivenIsToldOf(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	boss := h.SignedIn()
	ana, user := h.SignedInAs(access.RoleAgent, apptest.Colleague{})
	bo, other := h.SignedInAs(access.RoleViewer, apptest.Colleague{})
	ways, err := h.Store().Pipelines(t.Context())
	if err != nil || len(ways) == 0 {
		t.Fatal(ways, err)
	}
	in := url.Values{
		"key": {"0123456789abcdef"}, "stage": {ways[0].Stages[0].ID}, "currency": {"EUR"}, "title": {"Zq Pumps"}, "new_name": {"Zq Ann"}, "new_phone": {"(503) 555-0142"},
		"owner": {user.ID},
	}
	made := boss.PostForm("/deals", in)
	if made.Status != http.StatusSeeOther {
		t.Fatal(made.Status, made.Body)
	}
	told := func(who string, want ...string) {
		t.Helper()
		rows, err := h.Store().Notifications(t.Context(), who, store.Page{})
		if err != nil || len(rows) != len(want) {
			t.Fatalf("told of %+v, %v", rows, err)
		}
		for i, n := range rows {
			if n.Kind != want[i] || n.Subject != strings.TrimPrefix(made.Location, "/deals/") {
				t.Errorf("told of %+v", n)
			}
		}
	}
	told(user.ID, store.NoticeDealAssigned)
	page := ana.Get("/notifications").Body
	for _, want := range []string{"A deal with Zq Ann is yours to look after now", "Zq Pumps"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	rows, err := h.Store().Notifications(t.Context(), user.ID, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	if p := ana.PostForm("/notifications/"+rows[0].ID, nil); p.Location != made.Location {
		t.Errorf("it leads to %s", p.Location)
	}
	give := func(c *apptest.Client, to string) {
		t.Helper()
		if p := c.PostForm(made.Location+"/owner", url.Values{"to": {to}}); p.Status != http.StatusSeeOther {
			t.Fatal(p.Status, p.Body)
		}
	}
	give(boss, other.ID)
	told(other.ID, store.NoticeDealAssigned)
	page = bo.Get("/notifications").Body
	if !strings.Contains(page, "A deal with Zq Ann is yours") || !strings.Contains(page, "#1001") || strings.Contains(page, "Zq Pumps") {
		t.Error("who sees no texts is shown some, or does not know which deal it is")
	}
	give(boss, "")
	told(other.ID, store.NoticeDealAssigned)
	give(ana, user.ID)
	told(user.ID, store.NoticeDealAssigned)
}
