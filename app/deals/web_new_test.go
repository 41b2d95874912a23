package deals_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stead/store"
)

// refusing sends the form of a new deal, in which something is to be mended, and
// expects these words.
func refusing(t *testing.T, in url.Values, want ...string) {
	t.Helper()
	_, c, _ := house(t)
	in.Set("stage", "first")
	p := c.PostForm("/deals", in)
	if p.Status != http.StatusUnprocessableEntity {
		t.Fatalf("%d to %s", p.Status, p.Location)
	}
	for _, words := range want {
		if !strings.Contains(p.Body, words) {
			t.Errorf("no %q", words)
		}
	}
}

// A new deal says whom or what it is about; what else was typed stays.
func TestANewDealIsAboutSomething(t *testing.T) {
	refusing(t, url.Values{"currency": {"EUR"}, "amount": {"75"}, "tags": {"Hot"}}, "Say whom it is about, or give it a title.", `value="75"`, `value="Hot"`, `id="title-problem"`)
	refusing(t, url.Values{"currency": {"EUR"}, "amount": {"a lot"}}, "Say whom it is about, or give it a title.", "Enter an amount in EUR")
}

// An amount in another currency than is chosen beside it says so.
func TestAnAmountInAnotherCurrencySaysSo(t *testing.T) {
	refusing(t, url.Values{"title": {"Roof"}, "currency": {"USD"}, "amount": {"€ 20"}}, "This is in EUR; choose EUR as the currency, or write the amount in USD.", `value="€ 20"`)
}

func TestATitleIsNoNovel(t *testing.T) {
	long := strings.Repeat("ü", 301)
	refusing(t, url.Values{"title": {long}, "currency": {"EUR"}}, "Use at most 300 characters.", long)
	_, c, _ := house(t)
	if p := c.PostForm("/deals", url.Values{"title": {long[2:]}, "currency": {"EUR"}, "stage": {"first"}}); p.Status != http.StatusSeeOther {
		t.Errorf("300 characters: %d", p.Status)
	}
	if p := c.PostForm("/deals/d1", url.Values{"title": {long}, "currency": {"EUR"}, "version": {"1"}}); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, long) {
		t.Errorf("edited: %d", p.Status)
	}
}

// The page is called as the deal is, be it by its number.
func TestThePageOfADealIsCalledAsItIs(t *testing.T) {
	h, c, _ := house(t)
	h.Change("deal.created", "d2", func(tx *store.Tx) error {
		_, err := tx.InsertDeal(t.Context(), store.Deal{ID: "d2", PipelineID: "pp", StageID: "first", Currency: "EUR", Source: "manual", CreatedAt: 1}, "s2")
		return err
	})
	for at, want := range map[string]string{"/deals/d1": "Window", "/deals/d2": "Deal 1002"} {
		page := c.Get(at).Body
		if title := between(t, page, "<title>", "</title>"); !strings.Contains(title, want) {
			t.Errorf("%s: the window is called %q", at, title)
		}
		if crumb := between(t, page, `<li aria-current="page">`, "</li>"); strings.TrimSpace(crumb) != want {
			t.Errorf("%s: the last crumb is %q", at, crumb)
		}
	}
}

// Only the stages in which a deal has been are ticked.
func TestOnlyStagesThatADealHasBeenInAreTicked(t *testing.T) {
	h, c, _ := house(t)
	h.Change("stage.created", "second", func(tx *store.Tx) error {
		return tx.SaveStage(t.Context(), store.Stage{ID: "second", PipelineID: "pp", Name: "Offer", Kind: store.DealOpen, Probability: 50, CreatedAt: 1})
	})
	if p := c.PostForm("/deals/d1/move", url.Values{"stage": {"good"}, "version": {"1"}}); p.Status != http.StatusSeeOther {
		t.Fatalf("won: %d", p.Status)
	}
	stages := between(t, c.Get("/deals/d1").Body, `class="stages"`, "</ol>")
	if strings.Count(stages, `class="past"`) != 1 || !strings.Contains(between(t, stages, `class="past"`, "</li>"), "New") {
		t.Error(stages)
	}
}
