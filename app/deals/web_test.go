package deals_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stead/store"
)

// A deal and whom it is with are made by one form, once; somebody like them who is
// there already is shown instead.
func TestADealIsMadeWithSomebodyNew(t *testing.T) {
	h, c, _ := house(t)
	in := url.Values{
		"key": {"0123456789abcdef"}, "stage": {"first"}, "currency": {"EUR"}, "amount": {"1,250.50"}, "contact": {""}, "new_name": {"Ann Lee"}, "new_phone": {"(503) 555-0142"},
		"step": {"Send the offer"}, "step_on": {"2026-12-01"},
	}
	p := c.PostForm("/deals", in)
	if p.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", p.Status, p.Body)
	}
	if again := c.PostForm("/deals", in); again.Location != p.Location {
		t.Errorf("sent twice it leads to %s, and to %s first", again.Location, p.Location)
	}
	deal, err := h.Store().Deal(t.Context(), strings.TrimPrefix(p.Location, "/deals/"))
	if err != nil || deal.Title != "Ann Lee" || deal.Amount != 125050 || deal.ContactID == "" {
		t.Errorf("%+v (%v)", deal, err)
	}
	for _, want := range []string{"Ann Lee", "1,250.50", "Send the offer", "aria-current=\"step\""} {
		if page := c.Get(p.Location); !strings.Contains(page.Body, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	in.Set("key", "0123456789abcdeX")
	p = c.PostForm("/deals", in)
	if p.Status != http.StatusConflict || !strings.Contains(p.Body, "Somebody like them is here already") || !strings.Contains(p.Body, deal.ContactID) || !strings.Contains(p.Body, "Send the offer") {
		t.Errorf("somebody who is there: %d", p.Status)
	}
	in.Set("contact", deal.ContactID)
	if p = c.PostForm("/deals", in); p.Status != http.StatusSeeOther {
		t.Errorf("chosen: %d", p.Status)
	}
}

// A new deal begins in the pipeline of the board that it was asked for on.
func TestANewDealBeginsWhereItWasAskedFor(t *testing.T) {
	_, c, _ := house(t)
	for at, want := range map[string]bool{"/deals/new?pipeline=pp": true, "/deals/new?stage=first": true, "/deals/new": false} {
		if got := strings.Contains(c.Get(at).Body, `value="first" selected`); got != want {
			t.Errorf("%s: chosen: %t", at, got)
		}
	}
}

// What is wrong is said beside the input, and what was typed stays.
func TestAFormOfADealKeepsWhatWasTyped(t *testing.T) {
	_, c, _ := house(t)
	p := c.PostForm("/deals", url.Values{"title": {"Roof"}, "stage": {"first"}, "currency": {"EUR"}, "amount": {"a lot"}, "step": {"Call"}, "step_on": {"soon"}})
	if p.Status != http.StatusUnprocessableEntity {
		t.Fatalf("%d", p.Status)
	}
	for _, want := range []string{`value="Roof"`, `value="a lot"`, "Enter an amount in EUR", "Enter a day", `id="amount-problem"`} {
		if !strings.Contains(p.Body, want) {
			t.Errorf("no %q", want)
		}
	}
	if p := c.PostForm("/deals", url.Values{"who": {"Nobody of that name"}, "stage": {"first"}, "currency": {"EUR"}}); p.Status != http.StatusOK || !strings.Contains(p.Body, "Nobody found") {
		t.Errorf("a name that was not looked for yet: %d", p.Status)
	}
}

// Two who edit a deal: the second one is shown both, and saves over it knowingly.
func TestTwoEditADeal(t *testing.T) {
	h, c, _ := house(t)
	edit := url.Values{"title": {"Two windows"}, "currency": {"EUR"}, "amount": {"5"}, "version": {"1"}}
	if p := c.PostForm("/deals/d1", edit); p.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", p.Status, p.Body)
	}
	edit.Set("title", "Three windows")
	p := c.PostForm("/deals/d1", edit)
	if p.Status != http.StatusConflict || !strings.Contains(p.Body, "Someone else changed this deal") || !strings.Contains(p.Body, "Two windows") || !strings.Contains(p.Body, `value="Three windows"`) {
		t.Errorf("%d", p.Status)
	}
	edit.Set("version", "2")
	if p := c.PostForm("/deals/d1", edit); p.Status != http.StatusSeeOther {
		t.Errorf("knowingly: %d", p.Status)
	}
	if d, err := h.Store().Deal(t.Context(), "d1"); err != nil || d.Title != "Three windows" || d.Amount != 500 {
		t.Errorf("%+v (%v)", d, err)
	}
}

// A move by hand, by a menu or from the board is one and the same: the board is
// answered with a toast, or led to what is still asked.
func TestADealMovesFromEverywhere(t *testing.T) {
	h, c, _ := house(t)
	h.Change("stage.created", "second", func(tx *store.Tx) error {
		return tx.SaveStage(t.Context(), store.Stage{ID: "second", PipelineID: "pp", Name: "Offer", Kind: store.DealOpen, Probability: 50, Required: []string{"amount"}, CreatedAt: 1})
	})
	at := func() string {
		t.Helper()
		d, err := h.Store().Deal(t.Context(), "d1")
		if err != nil {
			t.Fatal(err)
		}
		return d.StageID
	}
	p := c.PostForm("/deals/d1/move", url.Values{"stage": {"second"}, "version": {"1"}})
	if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, "This stage asks for it.") || at() != "first" {
		t.Errorf("by hand: %d, %s", p.Status, at())
	}
	p = c.PostForm("/deals/d1/move", url.Values{"stage": {"second"}, "version": {"1"}, "asked": {"yes"}, "amount": {"7.50"}, "currency": {"EUR"}, "next": {"/deals?view=board"}})
	if p.Status != http.StatusSeeOther || p.Location != "/deals?view=board" || at() != "second" {
		t.Errorf("filled in: %d to %s, %s", p.Status, p.Location, at())
	}
	c.Partial = true
	part := c.PostForm("/deals/d1/move", url.Values{"stage": {"bad"}})
	if part.Status != http.StatusNoContent || !strings.Contains(part.Header.Get("HX-Location"), "/deals/d1/move?") {
		t.Errorf("dragged to where a reason is asked: %d to %q", part.Status, part.Header.Get("HX-Location"))
	}
	if part = c.PostForm("/deals/d1/move", url.Values{"stage": {"first"}, "version": {"1"}}); part.Status != http.StatusConflict || !strings.Contains(part.Body, "Someone else changed") {
		t.Errorf("dragged as it was: %d", part.Status)
	}
	if part = c.PostForm("/deals/d1/move", url.Values{"stage": {"first"}}); part.Status != http.StatusOK || !strings.Contains(part.Body, "/undo/") || at() != "first" {
		t.Errorf("dragged: %d, %s", part.Status, at())
	}
}

// A call to return becomes the next step of the deal that is made of it.
func TestADealIsMadeOfACall(t *testing.T) {
	h, c, _ := house(t)
	h.Change("contact.created", "nadia", func(tx *store.Tx) error {
		at := h.Clock.Now().UnixMilli()
		err := tx.InsertContact(t.Context(), store.Contact{ID: "nadia", Name: "Nadia", Source: "call", CreatedAt: at, UpdatedAt: at, LastActivityAt: at}, nil, nil)
		if err != nil {
			return err
		}
		return tx.InsertTask(t.Context(), store.Task{ID: "ring", ContactID: "nadia", Kind: store.TaskCallBack, DueAt: at, CreatedAt: at})
	})
	form := c.Get("/deals/new?source=call&contact=nadia")
	for _, want := range []string{`name="source" value="call"`, `value="nadia" checked`, `value="Nadia"`} {
		if !strings.Contains(form.Body, want) {
			t.Errorf("no %s", want)
		}
	}
	p := c.PostForm("/deals", url.Values{"key": {"0123456789abcdef"}, "source": {"call"}, "contact": {"nadia"}, "title": {"Nadia"}, "stage": {"first"}, "currency": {"EUR"}, "step_on": {"2026-12-01"}})
	if p.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", p.Status, h.Logs.String())
	}
	if page := c.Get(p.Location); !strings.Contains(page.Body, "/tasks/ring") || !strings.Contains(page.Body, "A call") {
		t.Errorf("its page: %d", page.Status)
	}
}
