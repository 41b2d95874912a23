package store_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func fullCard(id string) store.Card {
	return store.Card{
		Contact: store.Contact{
			ID: id, Name: "Ana Sousa", About: "tea", Source: "manual", OwnerID: "u1", Language: "pt", TimeZone: "Europe/Lisbon", Basis: "consent", BasisEvidence: "paper",
			BasisAt: 5, DoNotCallAt: 6, MinorAt: 7, CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1, Company: "Willow",
		},
		Phones:    []store.Phone{{ID: "p" + id, Typed: "912345678 x2", E164: "+351912345678", Label: "mobile", CreatedAt: 1}, {ID: "q" + id, Typed: "61234", CreatedAt: 1}},
		Emails:    []store.Email{{ID: "e" + id, Typed: "Ana@example.com", CreatedAt: 1}},
		Addresses: []store.Address{{ID: "a" + id, Street: "Rua 1", City: "Funchal", CreatedAt: 1}},
		Companies: []store.ContactCompany{{CompanyID: "firm", Name: "Willow", Role: "Nurse", CreatedAt: 1}},
		Tags:      []string{"tag"}, Values: map[string]store.Value{"field": {Num: 3_000_000, IsNum: true}},
	}
}

func withNotions(t *testing.T, st *store.Store) {
	t.Helper()
	err := st.InTx(t.Context(), func(tx *store.Tx) error {
		_, _, err := tx.EnsureCompany(t.Context(), store.Company{ID: "firm", Name: "Willow", Source: "manual"})
		_, err2 := tx.EnsureTag(t.Context(), store.Tag{ID: "tag", Name: "VIP"})
		return errors.Join(err, err2, tx.InsertField(t.Context(), store.Field{ID: "field", Record: "contact", Name: "Size", Kind: "number"}))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestACardComesBackAsItWasWritten(t *testing.T) {
	st := storetest.New(t)
	withNotions(t, st)
	err := st.InTx(t.Context(), func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertCard(t.Context(), fullCard("c1"), store.Provenance{ID: "s1", Source: "import", Ref: "i1", Actor: "u1", At: 9}),
			tx.InsertContact(t.Context(), store.Contact{ID: "c2", Source: "call", CreatedAt: 4}, nil, nil),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	cards, err := st.Cards(t.Context(), []string{"c2", "gone", "c1"})
	if err != nil || len(cards) != 2 || cards[0].ID != "c2" {
		t.Fatalf("cards = %+v, %v", cards, err)
	}
	got, want := cards[1], fullCard("c1")
	if got.Basis != want.Basis || got.DoNotCallAt != 6 || got.MinorAt != 7 || got.Phones[0].Label != "mobile" || got.Phones[1].MatchKey != "raw:61234" ||
		got.Addresses[0].City != "Funchal" || got.Companies[0].Role != "Nurse" || !reflect.DeepEqual(got.Tags, want.Tags) || got.Values["field"].Num != 3_000_000 || got.Version != 1 {
		t.Errorf("card = %+v", got)
	}
	for id, source := range map[string]string{"c1": "import", "c2": "call"} {
		from, err := st.Provenances(t.Context(), id)
		if err != nil || len(from) != 1 || from[0].Source != source {
			t.Errorf("%s came from %+v, %v", id, from, err)
		}
	}
	for _, query := range []string{"funchal", "willow", "vip", "0912345678", "61234", "example"} {
		if found, err := st.Search(t.Context(), store.Everything, "contact", query, store.Page{}); err != nil || strings.Join(found, " ") != "c1" {
			t.Errorf("%q finds %v, %v", query, found, err)
		}
	}
}

func TestASavedCardKeepsTheRowsOfWhatStays(t *testing.T) {
	st := storetest.New(t)
	withNotions(t, st)
	save := func(change func(*store.Card)) error {
		return st.InTx(t.Context(), func(tx *store.Tx) error {
			c, err := tx.Card(t.Context(), "c1")
			if err != nil {
				return err
			}
			change(&c)
			return tx.SaveCard(t.Context(), c)
		})
	}
	if err := st.InTx(t.Context(), func(tx *store.Tx) error {
		return errors.Join(tx.InsertCard(t.Context(), fullCard("c1"), store.Provenance{ID: "s1", Source: "manual"}), tx.SetPhoneState(t.Context(), "+351912345678", "able"))
	}); err != nil {
		t.Fatal(err)
	}
	err := save(func(c *store.Card) {
		c.Phones = []store.Phone{{ID: "new", Typed: "913000111", E164: "+351913000111", CreatedAt: 2}, {ID: "other", Typed: "+351 912 345 678", E164: "+351912345678", CreatedAt: 2}}
		c.Tags, c.Values, c.Addresses, c.Companies, c.Company = nil, nil, nil, nil, ""
		c.OwnerID = "somebody else"
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := st.Card(t.Context(), "c1")
	if err != nil || len(c.Phones) != 2 || c.Phones[1].ID != "pc1" || c.Phones[1].SMSState != "able" || c.Phones[1].Typed != "+351 912 345 678" {
		t.Errorf("phones = %+v, %v", c.Phones, err)
	}
	if len(c.Tags)+len(c.Values)+len(c.Addresses)+len(c.Companies) != 0 || c.Company != "" || c.Version != 2 || c.OwnerID != "u1" {
		t.Errorf("card = %+v", c)
	}
	if found, err := st.Search(t.Context(), store.Everything, "contact", "funchal", store.Page{}); err != nil || len(found) != 0 {
		t.Errorf("a place that is gone finds %v, %v", found, err)
	}
	if err := save(func(c *store.Card) { c.Version = 1 }); !errors.Is(err, store.ErrConflict) {
		t.Errorf("an older version: %v", err)
	}
}

func TestAStoryIsOneOrderOfItsKinds(t *testing.T) {
	st := storetest.New(t)
	err := st.InTx(t.Context(), func(tx *store.Tx) error {
		ctx := t.Context()
		err := tx.InsertContact(ctx, store.Contact{ID: "c1", Source: "call"}, nil, nil)
		v, err2 := tx.EnsureConversation(ctx, "c1", "v1", 1)
		return errors.Join(err, err2,
			tx.InsertMessage(ctx, store.Message{ID: "m", ContactID: "c1", ConversationID: v.ID, Channel: "sms", Direction: "in", State: "received", Provider: "twilio", ProviderRef: "a", CreatedAt: 50}),
			tx.InsertCall(ctx, store.Call{ID: "k", ContactID: "c1", ConversationID: v.ID, Provider: "twilio", ProviderRef: "b", Direction: "in", Outcome: "missed", StartedAt: 40}),
			tx.InsertNote(ctx, store.Note{ID: "n", ContactID: "c1", ConversationID: v.ID, Body: "x", CreatedAt: 30}),
			tx.InsertTask(ctx, store.Task{ID: "t", ContactID: "c1", Kind: "todo", DoneAt: 20}),
			tx.InsertTask(ctx, store.Task{ID: "open", ContactID: "c1", Kind: "todo"}),
			tx.Emit(ctx, store.Event{ID: "e", Kind: "contact.changed", Subject: "c1", ContactID: "c1", At: 10}),
			tx.Emit(ctx, store.Event{ID: "x", Kind: "contact.noted", Subject: "n", ContactID: "c1", At: 30}),
			tx.Emit(ctx, store.Event{ID: "y", Kind: "message.received", Subject: "m", ContactID: "c1", At: 50}),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	story := func(talk string, page store.Page, kinds ...string) (ids string) {
		items, err := st.Story(t.Context(), "c1", talk, kinds, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range items {
			ids += i.ID + " "
		}
		return strings.TrimSpace(ids)
	}
	all := store.StoryKinds()
	for name, tc := range map[string][2]string{
		"all":               {story("v1", store.Page{}, all...), "m k n t e"},
		"without the talk":  {story("", store.Page{}, all...), "n t e"},
		"what is older":     {story("v1", store.Page{After: store.Cursor(int64(40), "k"), Limit: 2}, all...), "n t"},
		"texts":             {story("v1", store.Page{}, store.StoryMessages), "m"},
		"calls":             {story("v1", store.Page{}, store.StoryCalls), "k"},
		"tasks and changes": {story("v1", store.Page{}, store.StoryTasks, store.StoryChanges), "t e"},
	} {
		if tc[0] != tc[1] {
			t.Errorf("%s: %q, want %q", name, tc[0], tc[1])
		}
	}
}
