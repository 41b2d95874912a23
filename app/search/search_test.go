package search_test

import (
	"net/url"
	"strings"
	"testing"

	"stead/app/apptest"
	"stead/store"
)

// world has one contact of each owner, with a text, a note, a task and a deal
// about them.
func world(t *testing.T, h *apptest.House, owners ...string) {
	t.Helper()
	at := h.Clock.Now().UnixMilli() // an older one the sweep takes
	err := h.Store().InTx(t.Context(), func(tx *store.Tx) error {
		stages := []store.Stage{{ID: "s1", Name: "Talking", Kind: store.DealOpen}, {ID: "s2", Name: "Won", Kind: store.DealWon, Probability: 100}, {ID: "s3", Name: "Lost", Kind: store.DealLost}}
		if err := tx.InsertPipeline(t.Context(), store.Pipeline{ID: "pipe", Name: "Of this test", Currency: "EUR", Stages: stages, CreatedAt: at}); err != nil {
			return err
		}
		for i, owner := range owners {
			id := string(rune('a' + i))
			c := store.Contact{ID: id, Name: "Zqperson " + id, OwnerID: owner, Source: "manual", CreatedAt: at, UpdatedAt: at, LastActivityAt: at}
			phones := []store.Phone{{ID: id, Typed: "+1503623010" + id, E164: "+15036230101", CreatedAt: at}}
			if err := tx.InsertContact(t.Context(), c, phones, nil); err != nil {
				return err
			}
			if _, err := tx.EnsureConversation(t.Context(), id, "v"+id, 1); err != nil {
				return err
			}
			m := store.Message{
				ID: "m" + id, ContactID: id, ConversationID: "v" + id, Channel: "sms", Direction: "in", Body: "Zqmessage of " + id,
				State: "received", Provider: "twilio", ProviderRef: "ref" + id, CreatedAt: at, UpdatedAt: at,
			}
			if err := tx.InsertMessage(t.Context(), m); err != nil {
				return err
			}
			if err := tx.InsertNote(t.Context(), store.Note{ID: "n" + id, ContactID: id, ConversationID: "v" + id, Body: "Zqnote of " + id, CreatedAt: at}); err != nil {
				return err
			}
			if err := tx.InsertTask(t.Context(), store.Task{ID: "t" + id, ContactID: id, Kind: "todo", Title: "Zqtask of " + id, OwnerID: owner, DueAt: at, CreatedAt: at}); err != nil {
				return err
			}
			d := store.Deal{ID: "d" + id, Title: "Zqdeal of " + id, PipelineID: "pipe", StageID: "s1", ContactID: id, OwnerID: owner, Currency: "EUR", Source: "manual", CreatedAt: at}
			if _, err := tx.InsertDeal(t.Context(), d, "y"+id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func ask(c *apptest.Client, query string) string {
	return c.PostForm("/search", url.Values{"q": {query}}).Body
}

func TestEveryKindIsFound(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	world(t, h, "")
	for query, want := range map[string]string{
		"zqper": `href="/contacts/a"`, "zqmess": `href="/inbox/va"`, "zqnote": `href="/contacts/a#activity"`, "zqtask": `href="/tasks/ta"`,
		"zqdeal": `href="/deals/da"`, "1001": `href="/deals/da"`, "#1001": `href="/deals/da"`, "zqdael": `href="/deals/da"`,
		"0101": `href="/contacts/a"`, "zqmessgae": `href="/inbox/va"`, // two letters that changed places
	} {
		if body := ask(c, query); !strings.Contains(body, want) {
			t.Errorf("%q does not lead to %s", query, want)
		}
	}
	if body := ask(c, "nobody at all"); !strings.Contains(body, "Nothing found") {
		t.Error("nothing is not said to be nothing")
	}
	if body := c.Get("/search").Body; !strings.Contains(body, "Zqperson a") {
		t.Error("what was last is not offered")
	}
}

func TestNothingOutOfReachIsFound(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	err := h.Store().InTx(t.Context(), func(tx *store.Tx) error {
		return tx.InsertTeam(t.Context(), store.TeamGroup{ID: "far", Name: "Far", NameKey: "far", CreatedAt: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	c, me := h.SignedInAs("agent", apptest.Colleague{})
	other := h.Hire(apptest.Colleague{Role: "agent", Team: "far"})
	world(t, h, me.ID, other.ID)
	for _, query := range []string{"zqperson", "zqmessage", "zqnote", "zqtask", "0101", "zqmessgae", "qmess", "zqdeal", "1001", "1002"} {
		body := ask(c, query)
		for _, leak := range []string{"/contacts/b", "/inbox/vb", "/tasks/tb", "/deals/db", "of b<"} {
			if strings.Contains(body, leak) {
				t.Errorf("%q shows %s", query, leak)
			}
		}
		if query == "1002" {
			continue
		}
		if !strings.Contains(body, "/deals/da") && !strings.Contains(body, "/a") && !strings.Contains(body, "/va") && !strings.Contains(body, "/ta") {
			t.Errorf("%q does not find what is in reach", query)
		}
	}
}

// A note about a deal that is with nobody leads to the deal, for who may see that;
// a deal's title is for who is shown what is written in it.
func TestWhatIsWrittenOfADealIsItsReaders(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	err := h.Store().InTx(t.Context(), func(tx *store.Tx) error {
		return tx.InsertTeam(t.Context(), store.TeamGroup{ID: "far", Name: "Far", NameKey: "far", CreatedAt: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	agent, me := h.SignedInAs("agent", apptest.Colleague{})
	other := h.Hire(apptest.Colleague{Role: "agent", Team: "far"})
	world(t, h, me.ID)
	at := h.Clock.Now().UnixMilli()
	h.Change("deal.created", "far", func(tx *store.Tx) error {
		for id, deal := range map[string]store.Deal{"lone": {OwnerID: other.ID}, "shared": {OwnerID: other.ID, ContactID: "a"}, "own": {OwnerID: me.ID}} {
			deal.ID, deal.Title, deal.PipelineID, deal.StageID, deal.Currency, deal.Source, deal.CreatedAt = id, "Zqroof "+id, "pipe", "s1", "EUR", "manual", at
			if _, err := tx.InsertDeal(t.Context(), deal, "stay"+id); err != nil {
				return err
			}
			if deal.ContactID != "" {
				continue
			}
			if err := tx.InsertNote(t.Context(), store.Note{ID: "note" + id, DealID: id, Body: "Zqslate for " + id, CreatedAt: at}); err != nil {
				return err
			}
		}
		return nil
	})
	owner := h.SignedIn()
	for _, id := range []string{"lone", "own"} {
		if body := ask(owner, "zqslate"); !strings.Contains(body, `href="/deals/`+id+`#notes"`) || !strings.Contains(body, "Zqroof "+id) {
			t.Errorf("the note of %s does not lead to its deal", id)
		}
	}
	body := ask(agent, "zqslate") + ask(agent, "zqroof")
	if strings.Contains(body, "for lone") || strings.Contains(body, "Zqroof lone") || strings.Contains(body, "Zqroof shared") {
		t.Error("an agent finds what is written of another team's deals")
	}
	if !strings.Contains(body, `href="/deals/own#notes"`) || !strings.Contains(body, "Zqroof own") {
		t.Error("an agent does not find what is written of their own deal")
	}
}

// Whoever is not shown what was written does not find it either.
func TestWhoSeesNoPersonalDataFindsNoTexts(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	world(t, h, "")
	c, _ := h.SignedInAs("viewer", apptest.Colleague{})
	for _, query := range []string{"zqmessage", "zqnote", "zqtask", "0101", "zqdeal"} {
		if body := ask(c, query); !strings.Contains(body, "Nothing found") || strings.Contains(body, "Zqperson") {
			t.Errorf("%q is found", query)
		}
	}
	if body := ask(c, "zqperson"); !strings.Contains(body, "Zqperson a") {
		t.Error("the name is not found")
	}
	if body := ask(c, "1001"); !strings.Contains(body, "Deal 1001") || strings.Contains(body, "Zqdeal") {
		t.Error("by its number a deal is not found, or shown with its title")
	}
}

// The palette holds few of a kind and says when the page of the search has more.
func TestThePaletteSaysThatThereIsMore(t *testing.T) {
	h := apptest.Start(t, apptest.Options{})
	c := h.SignedIn()
	c.Partial = true
	world(t, h, "", "", "", "")
	ask := func(query string) string {
		return c.PostForm("/search", url.Values{"q": {query}, "in": {"palette"}}).Body
	}
	body := ask("zqper")
	if n := strings.Count(body, `href="/contacts/`); n != 3 || !strings.HasSuffix(strings.TrimSpace(body), "</div>") || !strings.Contains(body, "See all results") {
		t.Errorf("of four people the palette shows %d, and this: %s", n, body)
	}
	if first, last := strings.LastIndex(body, "data-href"), strings.Index(body, "data-all"); last < first {
		t.Error("the way to all results is not the last line")
	}
	for _, query := range []string{"zqperson a", ""} {
		if body := ask(query); strings.Contains(body, "See all results") {
			t.Errorf("%q: the palette speaks of more where there is none: %s", query, body)
		}
	}
}
