package deals_test

import (
	"net/url"
	"strings"
	"testing"

	"stead/app/access"
	"stead/store"
)

// After a person was erased, the page of their deal says so and on which day; what
// the plan promises to stay is there, and what it promises to go is not.
func TestAfterAnErasureTheDealSaysWhatStays(t *testing.T) {
	h, c := calling(t)
	h.Change("deal.created", "d2", func(tx *store.Tx) error {
		for id, stage := range map[string]string{"sold": "good", "open": "first"} {
			d := store.Deal{ID: id, Title: "Coat of Zq Ada", PipelineID: "pp", StageID: stage, ContactID: "ring", Currency: "EUR", Source: "manual", CreatedAt: h.Clock.Now().UnixMilli()}
			if _, err := tx.InsertDeal(t.Context(), d, "stay-"+id); err != nil {
				return err
			}
		}
		return tx.SetDealLines(t.Context(), "sold", 1, []store.DealLine{
			{ID: "l1", DealID: "sold", ProductID: "coat", Name: "Coat for Zq Ada", Quantity: 1000, Price: 100_00, Net: 100_00, CreatedAt: 1},
			{ID: "l2", DealID: "sold", Name: "Sewing for Zq Ada", Quantity: 1000, Price: 23_45, Net: 23_45, CreatedAt: 1},
		}, h.Clock.Now().UnixMilli())
	})
	plan, err := h.App.Privacy.Plan(t.Context(), access.Operator(), "ring")
	if err != nil || len(plan.Stays) == 0 || !strings.Contains(plan.Stays[0].What, "products of deals") || plan.Stays[0].Count != 2 {
		t.Fatalf("%+v, %v", plan.Stays, err)
	}
	if _, err := h.App.Privacy.Erase(t.Context(), access.Operator(), "ring"); err != nil {
		t.Fatal(err)
	}
	sold, open := c.Get("/deals/sold").Body, c.Get("/deals/open").Body
	for _, want := range []string{"The person of this deal was erased on ", "stay until ", "Erased person", "Trench coat", "Erased words", "123.45"} {
		if !strings.Contains(sold, want) {
			t.Errorf("the deal that was won does not say %q", want)
		}
	}
	for _, want := range []string{"The person of this deal was erased on ", "It is still open: win it or lose it", "Erased person"} {
		if !strings.Contains(open, want) {
			t.Errorf("the open deal does not say %q", want)
		}
	}
	for _, bad := range []string{"Zq Ada", "Nobody yet.", "None planned"} {
		if strings.Contains(sold+open, bad) {
			t.Errorf("a page says %q", bad)
		}
	}
	if grid := c.Get("/deals/sold/lines").Body; !strings.Contains(grid, `value="Trench coat"`) || !strings.Contains(grid, `value="Erased words"`) {
		t.Error("the lines cannot be changed as they are")
	}
	for _, at := range []string{"/deals?pipeline=pp", "/deals?show=list&pipeline=pp"} {
		if !strings.Contains(c.Get(at).Body, "Erased person") {
			t.Errorf("%s does not say it", at)
		}
	}
	if p := c.PostForm("/deals/open", url.Values{"title": {"Coat"}, "currency": {"EUR"}, "amount": {"5"}, "version": {"1"}}); p.Location != "/deals/open" {
		t.Errorf("edited: %d", p.Status)
	}
}
