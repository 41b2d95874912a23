package deals_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stead/app/apptest"
	"stead/store"
)

// Without JavaScript: tick rows, say what, get it, take it back; and all that the
// list finds, whatever page they are on.
func TestManyDealsAreChangedFromTheList(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	pipelines, err := h.Store().Pipelines(t.Context())
	if err != nil || len(pipelines) == 0 {
		t.Fatal("no pipeline: ", err)
	}
	p := pipelines[0]
	lost := p.Stages[len(p.Stages)-1]
	h.Change("deal.created", "d1", func(tx *store.Tx) error {
		for _, id := range []string{"d1", "d2", "d3"} {
			d := store.Deal{ID: id, Title: "Roof " + id, PipelineID: p.ID, StageID: p.Stages[0].ID, Currency: p.Currency, Source: "manual", CreatedAt: h.Clock.Now().UnixMilli()}
			if _, err := tx.InsertDeal(t.Context(), d, "stay"+id); err != nil {
				return err
			}
		}
		return nil
	})
	list := "/deals?show=list"
	if page := c.Get(list); !strings.Contains(page.Body, `name="id" value="d1"`) || !strings.Contains(page.Body, `action="/deals/bulk"`) {
		t.Fatal("the list has nothing to tick")
	}
	c.PostForm("/deals/bulk", url.Values{"next": {list}, "do": {"stage"}})
	if page := c.Get(list); !strings.Contains(page.Body, "Choose at least one deal first.") {
		t.Error("nothing was ticked, and nothing is said of it")
	}
	page := c.PostForm("/deals/bulk", url.Values{"next": {list}, "do": {"stage"}, "id": {"d1", "d2"}})
	if page.Status != http.StatusOK || !strings.Contains(page.Body, "2 deals are chosen.") || !strings.Contains(page.Body, lost.ID) {
		t.Fatalf("%d: no form", page.Status)
	}
	typed := url.Values{"next": {list}, "do": {"stage"}, "id": {"d1", "d2", "none"}, "apply": {"yes"}, "value": {lost.ID}, "key": {"k1"}}
	if page := c.PostForm("/deals/bulk", typed); page.Status != http.StatusUnprocessableEntity || !strings.Contains(page.Body, "Say why") || !strings.Contains(page.Body, `value="d2"`) {
		t.Errorf("%d: lost without a reason", page.Status)
	}
	typed.Set("note", "The roof stays as it is")
	c.PostForm("/deals/bulk", typed)
	said := c.Get(list).Body
	if !strings.Contains(said, "2 deals changed. 1 is out of your reach or no longer there.") || !strings.Contains(said, "Undo") {
		t.Error("nothing is said of what was done")
	}
	if status := statusOf(t, h, "d1"); status != lost.Kind {
		t.Errorf("d1 is %s", status)
	}
	all := url.Values{"next": {"/deals?show=list&status=lost"}, "do": {"bin"}, "all": {"1"}, "id": {"d3"}}
	if page := c.PostForm("/deals/bulk", all); !strings.Contains(page.Body, "2 deals are chosen.") || strings.Contains(page.Body, `value="d3"`) {
		t.Error("all that are lost were not found")
	}
}

func statusOf(t *testing.T, h *apptest.House, id string) string {
	t.Helper()
	d, err := h.Store().Deal(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return d.Status
}
