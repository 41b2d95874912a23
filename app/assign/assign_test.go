package assign_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stead/app/access"
	"stead/app/apptest"
	"stead/store"
)

// Who gives a record to somebody whose records they do not see is led to the list,
// which says so and offers no way back that would be refused. Whatever they still
// see stays open and can be taken back.
func TestARecordIsGivenAway(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	ana, me := h.SignedInAs(access.RoleAgent, apptest.Colleague{Name: "Ana"})
	h.Change("team.created", "shop", func(tx *store.Tx) error {
		return tx.InsertTeam(t.Context(), store.TeamGroup{ID: "shop", Name: "Shop", NameKey: "shop", CreatedAt: 1})
	})
	other := h.Hire(apptest.Colleague{Name: "Bo", Role: access.RoleAgent, Team: "shop"})
	ways, err := h.Store().Pipelines(t.Context())
	if err != nil || len(ways) == 0 {
		t.Fatal(ways, err)
	}
	now := h.Clock.Now().UnixMilli()
	h.Change("deal.created", "zq", func(tx *store.Tx) error {
		ctx := t.Context()
		if err := tx.InsertContact(ctx, store.Contact{ID: "zq", Name: "Zq", Source: "manual", CreatedAt: now, LastActivityAt: now}, nil, nil); err != nil {
			return err
		}
		if _, err := tx.EnsureConversation(ctx, "zq", "zq", now); err != nil {
			return err
		}
		d := store.Deal{ID: "zq", Title: "Zq", PipelineID: ways[0].ID, StageID: ways[0].Stages[0].ID, Currency: "EUR", Source: "manual", CreatedAt: now}
		if _, err := tx.InsertDeal(ctx, d, "zq-stay"); err != nil {
			return err
		}
		return tx.InsertCompany(ctx, store.Company{ID: "zq", Name: "Zq Ltd", Source: "manual", CreatedAt: now, LastActivityAt: now}, nil)
	})
	for _, list := range []string{"/inbox", "/companies", "/deals", "/contacts"} { // the last takes its conversation along
		t.Run(list, func(t *testing.T) {
			record, undone := list+"/zq", list != "/inbox"
			give := func(to string) apptest.Page {
				t.Helper()
				p := ana.PostForm(record+"/owner", url.Values{"to": {to}})
				if p.Status != http.StatusSeeOther {
					t.Fatalf("giving it to %q answers %d", to, p.Status)
				}
				return p
			}
			if p := ana.PostForm(record+"/owner", nil); p.Status != http.StatusUnprocessableEntity {
				t.Errorf("to whom nobody said: %d", p.Status)
			}
			if p := ana.PostForm(record+"/owner", url.Values{"to": {"nobody-here"}}); p.Status != http.StatusUnprocessableEntity {
				t.Errorf("to somebody who is not there: %d", p.Status)
			}
			if p := give(me.ID); p.Location != record {
				t.Errorf("taken, it leads to %s", p.Location)
			}
			if body := ana.Get(record).Body; !strings.Contains(body, "Assigned.") || strings.Contains(body, undo) != undone {
				t.Errorf("taken: undo is offered: %t", strings.Contains(body, undo))
			}
			if p := give(other.ID); p.Location != list {
				t.Errorf("given away, it leads to %s", p.Location)
			}
			body := ana.Get(list).Body
			if !strings.Contains(body, "You do not see this") || strings.Contains(body, undo) {
				t.Errorf("given away: undo is offered: %t", strings.Contains(body, undo))
			}
			if p := ana.Get(record + "/owner"); p.Status != http.StatusNotFound {
				t.Errorf("whose it is now: %d", p.Status)
			}
		})
	}
}

// undo marks the button that takes back what the page has just said.
const undo = "data-undo"
