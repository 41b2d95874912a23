package deals_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/apptest"
	"stead/store"
)

// calling is a house that somebody without a name has called.
func calling(t *testing.T) (*apptest.House, *apptest.Client) {
	t.Helper()
	h, c, _ := house(t)
	h.Change("contact.created", "ring", func(tx *store.Tx) error {
		at := h.Clock.Now().UnixMilli()
		who := store.Contact{ID: "ring", Source: "call", CreatedAt: at, UpdatedAt: at, LastActivityAt: at}
		return tx.InsertContact(t.Context(), who, []store.Phone{{ID: "ph", ContactID: "ring", Typed: "+15035550177", E164: "+15035550177", CreatedAt: at}}, nil)
	})
	return h, c
}

func named(t *testing.T, h *apptest.House, want string) {
	t.Helper()
	if c, err := h.Store().Contact(t.Context(), "ring"); err != nil || c.Name != want {
		t.Errorf("the caller is %q (%v), want %q", c.Name, err, want)
	}
}

// A caller without a name is named by the form of their first deal, as their card
// would, and their number is no title of it.
func TestACallerIsNamedByTheirFirstDeal(t *testing.T) {
	h, c := calling(t)
	form := c.Get("/deals/new?source=call&contact=ring").Body
	for _, want := range []string{"Name of the caller", `name="caller_of" value="ring"`, " autofocus", "(503) 555-0177", `placeholder="What it is about"`} {
		if !strings.Contains(form, want) {
			t.Errorf("no %s", want)
		}
	}
	if title := between(t, form, `<label for="title"`, "<div"); strings.Contains(title, "555") || strings.Contains(form, "Somebody new") {
		t.Errorf("the title is %s, or somebody new is asked for", title)
	}
	in := url.Values{"key": {"0123456789abcdef"}, "source": {"call"}, "contact": {"ring"}, "caller_of": {"ring"}, "caller": {strings.Repeat("x", 1001)}, "stage": {"first"}, "currency": {"EUR"}}
	if p := c.PostForm("/deals", in); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, `id="caller-problem"`) || !strings.Contains(p.Body, in.Get("caller")) {
		t.Errorf("a name without end: %d", p.Status)
	}
	in.Set("caller", "Ada  Berg")
	in.Set("amount", "a lot")
	if p := c.PostForm("/deals", in); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, `value="Ada  Berg"`) {
		t.Errorf("a deal that cannot be: %d", p.Status)
	}
	named(t, h, "")
	in.Set("amount", "7")
	p := c.PostForm("/deals", in)
	if p.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", p.Status, p.Body)
	}
	named(t, h, "Ada Berg")
	if again := c.PostForm("/deals", in); again.Location != p.Location {
		t.Errorf("sent twice it leads to %s", again.Location)
	}
	d, err := h.Store().Deal(t.Context(), strings.TrimPrefix(p.Location, "/deals/"))
	if err != nil || d.Title != "" || d.ContactID != "ring" {
		t.Errorf("%+v, %v", d, err)
	}
	if card := c.Get("/contacts/ring").Body; !strings.Contains(card, "Ada Berg") {
		t.Error("the card does not say it")
	}
	if next := c.Get("/deals/new?source=call&contact=ring").Body; strings.Contains(next, "Name of the caller") || !strings.Contains(next, `value="Ada Berg"`) {
		t.Error("the next deal asks for the name again")
	}
}

// Whom a colleague has named meanwhile keeps that name, and the form says so.
func TestACallerWhomAColleagueNamedMeanwhile(t *testing.T) {
	h, c := calling(t)
	h.Change("contact.changed", "ring", func(tx *store.Tx) error {
		card, err := tx.Card(t.Context(), "ring")
		if err == nil {
			card.Name = "Ada Berg"
			err = tx.SaveCard(t.Context(), card)
		}
		return err
	})
	in := url.Values{"source": {"call"}, "contact": {"ring"}, "caller_of": {"ring"}, "caller": {"Eve"}, "stage": {"first"}, "currency": {"EUR"}, "amount": {"77"}}
	p := c.PostForm("/deals", in)
	if p.Status != http.StatusConflict || !strings.Contains(p.Body, "named this caller meanwhile") || !strings.Contains(p.Body, "Ada Berg") || !strings.Contains(p.Body, `value="77"`) {
		t.Errorf("%d", p.Status)
	}
	in.Set("contact", "")
	in.Set("title", "Somebody else's")
	if p := c.PostForm("/deals", in); p.Status != http.StatusSeeOther {
		t.Errorf("with nobody: %d", p.Status)
	}
	named(t, h, "Ada Berg")
}

// Who may not write contacts is not asked for a name, and names nobody by hand.
func TestOnlyWhoWritesContactsNamesACaller(t *testing.T) {
	h, _ := calling(t)
	h.Change("role.created", "seller", func(tx *store.Tx) error {
		grants := map[access.Permission]access.Reach{}
		for _, p := range []access.Permission{access.ContactsRead, access.DealsRead, access.DealsWrite, access.PersonalSee, access.MoneySee} {
			grants[p] = access.All
		}
		return tx.InsertRole(t.Context(), store.Role{ID: "seller", Name: "Seller", NameKey: "seller", Grants: access.FormatGrants(grants), CreatedAt: 1})
	})
	c, _ := h.SignedInAs("seller", apptest.Colleague{})
	if form := c.Get("/deals/new?source=call&contact=ring").Body; strings.Contains(form, "Name of the caller") || !strings.Contains(form, "(503) 555-0177") {
		t.Error("the form asks for the name, or does not say the number")
	}
	in := url.Values{"source": {"call"}, "contact": {"ring"}, "caller_of": {"ring"}, "caller": {"Eve"}, "stage": {"first"}, "currency": {"EUR"}}
	if p := c.PostForm("/deals", in); p.Status != http.StatusForbidden {
		t.Errorf("by hand: %d", p.Status)
	}
	named(t, h, "")
}
