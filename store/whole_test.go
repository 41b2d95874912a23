package store_test

import (
	"errors"
	"reflect"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func TestAWholeContactIsTheirCardAndWhatStandsBesideIt(t *testing.T) {
	st, ctx := storetest.New(t), t.Context()
	withNotions(t, st)
	inTx(t, st, func(tx *store.Tx) error {
		words := store.Field{ID: "words", Record: "contact", Name: "Words", Kind: "text"}
		full := fullCard("c1")
		full.Values["words"] = store.Value{Words: "Tea", WordsKey: "tea"}
		err := errors.Join(tx.InsertField(ctx, words),
			tx.InsertCard(ctx, full, store.Provenance{ID: "s2", Source: "import", Ref: "i1", Actor: "u1", At: 9}),
			tx.InsertProvenance(ctx, store.Provenance{ID: "s1", ContactID: "c1", Source: "merge", At: 2}),
			tx.InsertContact(ctx, store.Contact{ID: "c2", Source: "call", CreatedAt: 4}, nil, nil))
		_, err2 := tx.EnsureConversation(ctx, "c1", "v1", 1)
		err = errors.Join(err, err2)
		for i, id := range []string{"n1", "n2", "n3"} {
			err = errors.Join(err, tx.InsertNote(ctx, store.Note{ID: id, ContactID: "c1", Body: "said " + id, Author: "u1", CreatedAt: 3}))
			if id != "n2" {
				_, err2 = tx.PinNote(ctx, id, true, int64(5+i))
				err = errors.Join(err, err2)
			}
		}
		return err
	})
	same := func(when string) store.Whole {
		t.Helper()
		for _, id := range []string{"c1", "c2"} {
			card, err := st.Card(ctx, id)
			whole, err2 := st.Whole(ctx, id)
			if err := errors.Join(err, err2); err != nil || !reflect.DeepEqual(card, whole.Card) {
				t.Errorf("%s: %v\n%+v, want\n%+v", when, err, whole.Card, card)
			}
			tags, err := st.TagsOf(ctx, []string{id})
			from, err2 := st.Provenances(ctx, id)
			if err := errors.Join(err, err2); err != nil || !reflect.DeepEqual(tags[id], whole.Tagged) || !reflect.DeepEqual(from, whole.From) {
				t.Errorf("%s: %v, tags %+v, want %+v; from %+v, want %+v", when, err, whole.Tagged, tags[id], whole.From, from)
			}
		}
		whole, err := st.Whole(ctx, "c1")
		if err != nil {
			t.Fatal(err)
		}
		return whole
	}
	whole := same("full")
	if whole.Conversation.ID != "v1" || whole.Conversation.OwnerID != "u1" || len(whole.Fields) != 2 {
		t.Errorf("conversation %+v, fields %+v", whole.Conversation, whole.Fields)
	}
	if p := whole.Pinned; len(p) != 2 || p[0].ID != "n3" || p[1].ID != "n1" || p[0].Body != "said n3" || p[0].Author != "u1" || p[0].PinnedAt != 7 || p[0].CreatedAt != 3 {
		t.Errorf("pinned %+v", p)
	}
	inTx(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.BinTag(ctx, "tag", 7), setDeleted(t, tx, "field", 7), tx.BinContacts(ctx, []string{"c2"}, "u1", 7))
	})
	if whole = same("with a tag and a field in the bin"); len(whole.Tags) != 0 || len(whole.Values) != 1 || len(whole.Fields) != 1 {
		t.Errorf("tags %v, values %v, fields %v", whole.Tags, whole.Values, whole.Fields)
	}
	if _, err := st.Whole(ctx, "gone"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
}

// setDeleted puts a field into the bin, or takes it out.
func setDeleted(t *testing.T, tx *store.Tx, id string, at int64) error {
	f, err := tx.Field(t.Context(), id)
	f.DeletedAt = at
	return errors.Join(err, tx.UpdateField(t.Context(), f))
}

// What is kept in memory of the business is never older than the last commit
// that changed it, whatever else is written.
func TestFieldsAndPeopleAreAsTheLastCommitLeftThem(t *testing.T) {
	st, ctx := storetest.New(t), t.Context()
	is := func(when string, fields, people int) {
		t.Helper()
		f, err := st.Fields(ctx, "contact")
		p, err2 := st.People(ctx)
		if err := errors.Join(err, err2); err != nil || len(f) != fields || len(p) != people {
			t.Errorf("%s: %d fields and %d people, want %d and %d; %v", when, len(f), len(p), fields, people, err)
		}
	}
	is("at first", 0, 0)
	inTx(t, st, func(tx *store.Tx) error {
		return tx.InsertField(ctx, store.Field{ID: "a", Record: "contact", Name: "Size", Kind: "number", Personal: true})
	})
	is("a field", 1, 0)
	inTx(t, st, func(tx *store.Tx) error {
		return tx.InsertContact(ctx, store.Contact{ID: "c1", Source: "call"}, nil, nil)
	})
	is("somebody called", 1, 0)
	inTx(t, st, func(tx *store.Tx) error {
		return errors.Join(setDeleted(t, tx, "a", 1), tx.InsertUser(ctx, store.User{ID: "u1", Name: "Ines", Email: "i@example.com", EmailKey: "i@example.com", Role: "owner"}))
	})
	is("deleted", 0, 1)
	refused := errors.New("refused")
	err := st.InTx(ctx, func(tx *store.Tx) error {
		return errors.Join(setDeleted(t, tx, "a", 0), refused)
	})
	if !errors.Is(err, refused) {
		t.Fatal(err)
	}
	is("what was rolled back", 0, 1)
	inTx(t, st, func(tx *store.Tx) error { return setDeleted(t, tx, "a", 0) })
	is("restored", 1, 1)
}
