package browsertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"stead/app/apptest"
	"stead/store"
)

// A form is made, pasted into a foreign page, filled in there by a stranger, and is
// a deal; on its own page it says what is wrong, and keeps what was typed.
func TestAFormOnAForeignPageBecomesADeal(t *testing.T) {
	hands(t, func(t *testing.T, h *apptest.House, p hand) {
		h.Change("pipeline.created", "p", func(tx *store.Tx) error {
			return tx.InsertPipeline(t.Context(), store.Pipeline{ID: "p", Name: "Sales", Currency: "EUR", CreatedAt: 1, Stages: []store.Stage{
				{ID: "new", Name: "New", Kind: store.DealOpen, Probability: 10}, {ID: "won", Name: "Won", Kind: store.DealWon, Probability: 100}, {ID: "lost", Name: "Lost", Kind: store.DealLost},
			}})
		})
		p.visit("/settings/leads")
		p.sound("lead-sources")
		p.use(`a[href="/settings/leads/new?kind=form"]`)
		p.write("#name", "Website")
		p.sound("lead-source-new")
		p.use("main form button.primary")
		p.write("#policy", "https://shop.example/privacy")
		p.use("#on")
		p.use("#posts")
		p.sound("lead-source")
		p.use(`main form button.primary`)
		p.see("#plain")
		snippet := ask[string](p.page, `document.querySelector('#plain').value`)
		address := ask[string](p.page, `document.querySelector('a[href*="/f/"]').getAttribute('href')`)
		address = address[strings.Index(address, "/f/"):]

		foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Shop</title><h1 id="shop">Shop</h1>%s</html>`, snippet)
		}))
		t.Cleanup(foreign.Close)
		p.do("open the foreign page", chromedp.Navigate(foreign.URL))
		p.see("#shop")
		p.fill(`input[type="text"]`, "Zq Stranger")
		p.fill(`input[type="email"]`, "stranger@example.com")
		p.click("form button")
		p.says("h1", "Thank you")
		p.sound("lead-thanks")

		p.visit(address)
		h.Clock.Advance(5 * time.Second)
		p.write(`[autocomplete="name"]`, "Zq Second")
		p.use("form button")
		p.says(".error-summary", "This is missing.")
		if got := ask[string](p.page, `document.querySelector('[autocomplete="name"]').value`); got != "Zq Second" {
			t.Errorf("what was typed is %q", got)
		}
		p.sound("lead-form")
		h.Clock.Advance(5 * time.Second)
		p.write(`[type="email"]`, "second@example.com")
		p.use("form button")
		p.says("h1", "Thank you")

		p.visit("/leads")
		p.says("main ul.list", "Zq Stranger")
		p.says("main ul.list", "Deal made")
		p.sound("leads")
		p.use("main ul.list a")
		p.says("main", "second@example.com")
		p.sound("lead")
	})
}
