package duplicates_test

import (
	"net/url"
	"strings"
	"testing"

	"stead/app/apptest"
	"stead/store"
)

// add has somebody in the address book; the number may be shared.
func add(t *testing.T, h *apptest.House, id, name, company, number, owner string) {
	t.Helper()
	err := h.Store().InTx(t.Context(), func(tx *store.Tx) error {
		c := store.Contact{ID: id, Name: name, Company: company, OwnerID: owner, Source: "manual", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1}
		phones := []store.Phone{{ID: id + "-p", Typed: number, E164: number, CreatedAt: 1}}
		if err := tx.InsertContact(t.Context(), c, phones, nil); err != nil {
			return err
		}
		return tx.Emit(t.Context(), store.Event{ID: id + "-e", Kind: "contact.created", Subject: id, ContactID: id, At: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTwoBecomeOneAndTwoAgain(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	add(t, h, "c1", "Ana Reis", "Willow", "+15036230101", "")
	add(t, h, "c2", "Ana Reiss", "Birch", "+15036230101", "")

	list := c.Get("/contacts/duplicates")
	for _, want := range []string{"Ana Reis<", "Ana Reiss<", "Same number", "1 pair", "/contacts/merge?a=c1&amp;b=c2"} {
		if !strings.Contains(list.Body, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	sides := c.Get("/contacts/merge?a=c1&b=c2")
	for _, want := range []string{`name="pick-name"`, "Willow", "Birch", "Kept of both"} {
		if !strings.Contains(sides.Body, want) {
			t.Errorf("the two sides lack %q", want)
		}
	}
	form := url.Values{"kept": {"c1"}, "gone": {"c2"}, "kept-version": {"1"}, "gone-version": {"1"}, "pick-name": {"gone"}}
	if page := c.PostForm("/contacts/merge", form); page.Status != 200 && page.Status != 303 {
		t.Fatalf("merge: %d", page.Status)
	}
	kept, err := h.Store().Contact(t.Context(), "c1")
	if err != nil || kept.Name != "Ana Reiss" || kept.Company != "Willow" {
		t.Errorf("kept %+v, %v", kept, err)
	}
	if page := c.PostForm("/contacts/merge", form); page.Status != 409 && page.Status != 404 || !strings.Contains(page.Body, "merged this contact a moment ago") {
		t.Errorf("the slower of two is told %d", page.Status)
	}
	if page := c.Get("/contacts/c2"); page.Status != 303 || page.Location != "/contacts/c1" {
		t.Errorf("the old address leads to %d %s", page.Status, page.Location)
	}
	var back string
	err = h.Store().InTx(t.Context(), func(tx *store.Tx) error {
		users, err := tx.Users(t.Context())
		if err != nil {
			return err
		}
		undos, err := tx.UndosOf(t.Context(), users[0].ID, store.Page{Limit: 1})
		if err == nil && len(undos) == 1 {
			back = undos[0].ID
		}
		return err
	})
	if err != nil || back == "" {
		t.Fatal("nothing takes it back", err)
	}
	if page := c.PostForm("/undo/"+back, url.Values{}); page.Status != 303 {
		t.Errorf("undo: %d", page.Status)
	}
	if again, err := h.Store().Contact(t.Context(), "c2"); err != nil || again.Name != "Ana Reiss" {
		t.Errorf("taken back: %+v, %v", again, err)
	}
}

func TestWhatIsKeptSeparateStaysSo(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	add(t, h, "c1", "Ana Reis", "", "+15036230101", "")
	add(t, h, "c2", "Bo Reis", "", "+15036230101", "")
	c.PostForm("/contacts/c1/separate/c2", url.Values{})
	if list := c.Get("/contacts/duplicates"); strings.Contains(list.Body, "Bo Reis") {
		t.Error("they are still listed")
	}
	err := h.Store().InTx(t.Context(), func(tx *store.Tx) error { _, err := tx.Compare(t.Context(), "c2", 5); return err })
	if err != nil {
		t.Fatal(err)
	}
	if p, err := h.Store().Pair(t.Context(), "c1", "c2"); err != nil || p.State != store.PairSeparate {
		t.Errorf("after another search: %+v, %v", p, err)
	}
}

// Nobody sees, merges or sets apart what is out of their reach.
func TestNothingOutOfReachIsListedOrMerged(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	agent, me := h.SignedInAs("agent", apptest.Colleague{})
	err := h.Store().InTx(t.Context(), func(tx *store.Tx) error {
		return tx.InsertTeam(t.Context(), store.TeamGroup{ID: "far", Name: "Far", NameKey: "far", CreatedAt: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	other := h.Hire(apptest.Colleague{Role: "agent", Name: "Other", Team: "far"})
	add(t, h, "c1", "Ana Reis", "", "+15036230101", me.ID)
	add(t, h, "c2", "Zqstranger", "", "+15036230101", other.ID)
	for _, path := range []string{"/contacts/duplicates", "/contacts/merge?a=c1&b=c2", "/contacts/merge?a=c2&b=c1"} {
		if page := agent.Get(path); strings.Contains(page.Body, "Zqstranger") {
			t.Errorf("%s shows who is out of reach (%d)", path, page.Status)
		}
	}
	agent.PostForm("/contacts/merge", url.Values{"kept": {"c1"}, "gone": {"c2"}, "kept-version": {"1"}, "gone-version": {"1"}})
	agent.PostForm("/contacts/c1/separate/c2", url.Values{})
	if _, err := h.Store().Contact(t.Context(), "c2"); err != nil {
		t.Error("merged by somebody who may not", err)
	}
	if p, err := h.Store().Pair(t.Context(), "c1", "c2"); err != nil || p.State != store.PairOpen {
		t.Errorf("set apart by somebody who may not: %+v, %v", p, err)
	}
}
