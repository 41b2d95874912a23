package browsertest

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"stead/app/apptest"
	"stead/app/ids"
	"stead/store"
)

// sold is a business with a pipeline, a product, and one deal in it that is
// called Shop window. It returns the deal's id.
func sold(t *testing.T, h *apptest.House) (deal string) {
	t.Helper()
	deal, pipeline, ctx := ids.New(), ids.New(), t.Context()
	h.Change("deal.created", deal, func(tx *store.Tx) error {
		err := tx.InsertPipeline(ctx, store.Pipeline{ID: pipeline, Name: "Fitting", Currency: "EUR", CreatedAt: 1, Stages: []store.Stage{
			{ID: ids.New(), Name: "Enquiry", Kind: store.DealOpen, Probability: 20, IdleDays: 7},
			{ID: ids.New(), Name: "Won", Kind: store.DealWon, Probability: 100},
			{ID: ids.New(), Name: "Lost", Kind: store.DealLost},
		}})
		if err != nil {
			return err
		}
		all, err := tx.Pipelines(ctx)
		if err != nil {
			return err
		}
		at := all[len(all)-1]
		_, err = tx.InsertDeal(ctx, store.Deal{
			ID: deal, Title: "Shop window", PipelineID: at.ID, StageID: at.Stages[0].ID, Currency: "EUR", Source: "manual", CreatedAt: h.Clock.Now().UnixMilli(),
		}, ids.New())
		return err
	})
	return deal
}

// lists makes a product by its form.
func lists(t *testing.T, h *apptest.House, form url.Values) {
	t.Helper()
	form.Set("key", ids.New())
	if a := h.SignedIn().PostForm("/products", form); a.Status != http.StatusSeeOther {
		t.Fatalf("a product answers %d: %s", a.Status, a.Body)
	}
}

func TestProductIsMadeChangedAndNoLongerOffered(t *testing.T) {
	hands(t, func(_ *testing.T, _ *apptest.House, p hand) {
		p.visit("/products")
		p.sound("products-none")
		p.use(`.empty a[href="/products/new"]`)
		p.see("#price")
		p.write("#name", "Safety glass")
		p.write("#price", "lots")
		p.use("main button.primary")
		p.see(".error-summary")
		p.says("#price-problem", "Enter an amount in")
		p.sound("product-refused")
		p.fill("#price", "")
		p.write("#price", "84.50")
		p.write("#tax", "23")
		p.use("main button.primary")
		p.see("tbody tr")
		p.says("tbody", "84.50")
		p.sound("products")
		p.use("tbody .act button")
		p.says(".toast", "no longer offered")
		p.undo()
		p.see(`tbody form[action$="/disabling"]`)
	})
}

func TestLinesAreTypedAndSaved(t *testing.T) {
	hands(t, func(t *testing.T, h *apptest.House, p hand) {
		deal := sold(t, h)
		lists(t, h, url.Values{"name": {"Safety glass"}, "code": {"SG"}, "unit": {"m²"}, "price": {"84.50"}, "currency": {"EUR"}, "tax": {"23"}})
		p.visit("/deals/" + deal + "/lines")
		p.sound("lines-none")
		switch {
		case p.keys:
			typedByKeyboard(p)
		case p.scr.NoScripts:
			p.fill("#item-0", "sg")
			p.fill("#quantity-0", "2.5")
			p.click(".lines-foot button[data-add]")
			p.see("#item-1")
			p.fill("#item-1", "Fitting")
			p.fill("#price-1", "120")
			p.click(`button[value="count"]`)
			p.see("#item-2")
		default:
			p.fill("#item-0", "saf")
			p.click("#product-offers [role=option]")
			p.fill("#quantity-0", "2.5")
			p.click("button[data-add]")
			p.fill("#item-1", "Fitting")
			p.fill("#price-1", "120")
		}
		p.says("#line-totals", "331.25")
		p.says("#line-totals", "379.84")
		p.sound("lines")
		p.use("#up-1")
		p.waitFor("have moved a line", `document.querySelector('#item-0').value === 'Fitting'`)
		p.use(`button[value="save"]`)
		h.Eventually("the lines are saved", func() bool {
			rows, err := h.Store().DealLines(t.Context(), deal)
			return err == nil && len(rows) == 2 && rows[0].Name == "Fitting" && rows[1].Quantity == 2500 && rows[1].ProductID != ""
		})
		if d, err := h.Store().Deal(t.Context(), deal); err != nil || d.Amount != 33_125 {
			t.Errorf("the deal comes to %d (%v)", d.Amount, err)
		}
	})
}

// typedByKeyboard types both lines without leaving the keys: the product by its
// beginning, Enter for the next row.
func typedByKeyboard(p hand) {
	p.reach("#item-0")
	p.press("saf")
	p.see("#product-offers [role=option]")
	p.press(kb.ArrowDown)
	p.press(enter)
	p.waitFor("have the price", `document.querySelector('#price-0').value === '84.50'`)
	p.press("2.5")
	p.press(enter)
	if p.see("#item-1"); !ask[bool](p.page, `document.activeElement.id === 'item-1'`) {
		p.t.Error("Enter does not go on to the next row")
	}
	p.press("Fitting")
	p.press(tab)
	p.press(tab)
	p.press(tab)
	p.press("120")
	p.press(enter)
	p.see("#item-2")
	p.press(enter) // of an empty row: on to saving
	p.waitFor("lead to saving", `document.activeElement.value === 'save'`)
}
