package deals_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stead/app/apptest"
	"stead/store"
)

// house is a whole product with one deal that is in a pipeline.
func house(t *testing.T) (*apptest.House, *apptest.Client, string) {
	t.Helper()
	h := apptest.Start(t, apptest.Options{})
	c, ctx := h.SignedIn(), t.Context()
	h.Change("deal.created", "d1", func(tx *store.Tx) error {
		err := tx.InsertPipeline(ctx, store.Pipeline{ID: "pp", Name: "Coats", Currency: "EUR", CreatedAt: 1, Stages: []store.Stage{
			{ID: "first", Name: "New", Kind: store.DealOpen, Probability: 10}, {ID: "good", Name: "Won", Kind: store.DealWon}, {ID: "bad", Name: "Lost", Kind: store.DealLost},
		}})
		if err != nil {
			return err
		}
		_, err = tx.InsertDeal(ctx, store.Deal{ID: "d1", Title: "Window", PipelineID: "pp", StageID: "first", Currency: "EUR", Source: "manual", CreatedAt: 1}, "s1")
		if err != nil {
			return err
		}
		return tx.SaveProduct(ctx, store.Product{ID: "coat", Code: "TC", Name: "Trench coat", Unit: "piece", Price: 14990, Currency: "EUR", Tax: 2300, CreatedAt: 1})
	})
	return h, c, "/deals/d1/lines"
}

func form(act string, rows ...[]string) url.Values {
	v := url.Values{"act": {act}}
	for _, row := range rows {
		for i, name := range []string{"product", "item", "quantity", "unit", "price", "discount", "tax"} {
			cell := ""
			if i < len(row) {
				cell = row[i]
			}
			v.Add(name, cell)
		}
	}
	return v
}

func between(t *testing.T, body, before, after string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, before)
	out, _, end := strings.Cut(rest, after)
	if !ok || !end {
		t.Fatalf("no %q in %s", before, body)
	}
	return out
}

func TestLinesAreTypedWithoutScripts(t *testing.T) {
	h, c, at := house(t)
	page := c.Get(at)
	saw := between(t, page.Body, `name="seen" value="`, `"`)
	typed := form("add", []string{"", "tc", "2"}, []string{"", "Repair", "1.5", "hour", "forty"})
	typed.Set("seen", saw)
	page = c.PostForm(at, typed)
	for _, want := range []string{`value="Trench coat"`, `value="149`, `value="23"`, `value="forty"`, `id="price-1-problem"`, `id="item-2"`, "is not counted", saw} {
		if page.Status != http.StatusOK || !strings.Contains(page.Body, want) {
			t.Errorf("a row more: %d, without %s", page.Status, want)
		}
	}
	typed.Set("act", "up-1")
	page = c.PostForm(at, typed)
	if i, j := strings.Index(page.Body, `value="Repair"`), strings.Index(page.Body, `value="Trench coat"`); i < 0 || j < i {
		t.Error("the second line did not go up")
	}
	typed.Set("act", "save")
	if page = c.PostForm(at, typed); page.Status != http.StatusUnprocessableEntity || !strings.Contains(page.Body, `href="#price-1"`) || !strings.Contains(page.Body, `value="forty"`) {
		t.Errorf("a line that cannot be understood is saved: %d", page.Status)
	}
	typed["price"][1] = "40"
	if page = c.PostForm(at, typed); page.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", page.Status, page.Body)
	}
	rows, err := h.Store().DealLines(t.Context(), "d1")
	d, derr := h.Store().Deal(t.Context(), "d1")
	if err != nil || derr != nil || len(rows) != 2 || rows[0].ProductID != "coat" || d.Amount != 2*14990+6000 {
		t.Errorf("%+v, %+v", rows, d)
	}
}

func TestAConflictOfLinesKeepsWhatWasTyped(t *testing.T) {
	_, c, at := house(t)
	saw := between(t, c.Get(at).Body, `name="seen" value="`, `"`)
	mine, theirs := form("save", []string{"", "Hat", "1", "", "9"}), form("save", []string{"", "Scarf", "3", "", "5"})
	mine.Set("seen", saw)
	theirs.Set("seen", saw)
	if page := c.PostForm(at, theirs); page.Status != http.StatusSeeOther {
		t.Fatal(page.Status)
	}
	page := c.PostForm(at, mine)
	if page.Status != http.StatusConflict || !strings.Contains(page.Body, "3 × Scarf") || !strings.Contains(page.Body, `value="Hat"`) {
		t.Fatalf("%d: %s", page.Status, page.Body)
	}
	mine.Set("seen", between(t, page.Body, `name="seen" value="`, `"`))
	if page := c.PostForm(at, mine); page.Status != http.StatusSeeOther {
		t.Errorf("saved once more: %d", page.Status)
	}
}

func TestTotalsAreSaidWhileLinesAreTyped(t *testing.T) {
	_, c, at := house(t)
	page := c.PostForm(at+"/totals", form("", []string{"", "Coat", "2", "", "100", "10", "23"}, []string{"", "x", "", "", "oops"}))
	for _, want := range []string{"180.00", "41.40", "221.40", `hx-target="#net-0"`, "1 line cannot be understood"} {
		if page.Status != http.StatusOK || !strings.Contains(page.Body, want) {
			t.Errorf("%d, without %s: %s", page.Status, want, page.Body)
		}
	}
}
