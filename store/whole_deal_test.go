package store_test

import (
	"errors"
	"reflect"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

// A whole deal is what is read of it piece by piece.
func TestAWholeDealIsItsPieces(t *testing.T) {
	st, ctx := storetest.New(t), t.Context()
	inTx(t, st, func(tx *store.Tx) error {
		p := store.Pipeline{ID: "p", Name: "Sales", Currency: "EUR", CreatedAt: 1, Stages: []store.Stage{
			{ID: "new", Name: "New", Kind: store.DealOpen, Probability: 10}, {ID: "won", Name: "Won", Kind: store.DealWon}, {ID: "lost", Name: "Lost", Kind: store.DealLost},
		}}
		_, err := tx.EnsureTag(ctx, store.Tag{ID: "t1", Name: "Big", CreatedAt: 1})
		_, err2 := tx.EnsureTag(ctx, store.Tag{ID: "t2", Name: "Again", CreatedAt: 1})
		ann := tx.InsertContact(ctx, store.Contact{ID: "ann", Name: "Ann", OwnerID: "u2", Source: "manual", CreatedAt: 1}, nil, nil)
		_, err3 := tx.EnsureConversation(ctx, "ann", "talk", 1)
		return errors.Join(err, err2, ann, tx.InsertPipeline(ctx, p),
			tx.InsertContact(ctx, store.Contact{ID: "bob", Name: "Bob", OwnerID: "u3", Source: "manual", CreatedAt: 1}, nil, nil), err3,
			tx.InsertCompany(ctx, store.Company{ID: "firm", Name: "Firm", OwnerID: "u4", Source: "manual", CreatedAt: 1}, nil),
			tx.InsertField(ctx, store.Field{ID: "f1", Record: "deal", Name: "Roof", Kind: "text"}))
	})
	inTx(t, st, func(tx *store.Tx) error {
		full := store.Deal{
			ID: "d1", Title: "Roof", PipelineID: "p", StageID: "new", ContactID: "ann", CompanyID: "firm", ConversationID: "talk", OwnerID: "u1", Amount: 1_000, Currency: "EUR",
			Probability: 37, OwnProbability: true, ClosesOn: 86_400_000, Source: "form", SourceID: "s1", CreatedBy: "u1", CreatedAt: 5,
		}
		_, err := tx.InsertDeal(ctx, full, "stay1")
		_, err2 := tx.InsertDeal(ctx, store.Deal{ID: "d2", PipelineID: "p", StageID: "new", Currency: "EUR", Source: "manual", CreatedAt: 5}, "stay2")
		for i, stage := range []string{"won", "new", "lost"} {
			name := "move" + stage
			_, err3 := tx.MoveDeal(ctx, store.DealMove{DealID: "d1", StageID: stage, StayID: name, OutcomeID: name, By: "u1", Note: "so it is", At: int64(10 + i)})
			err = errors.Join(err, err3)
		}
		d, err3 := tx.Deal(ctx, "d1")
		err = errors.Join(err, err2, err3, tx.SetDealTags(ctx, "d1", []string{"t1", "t2"}), tx.SetValue(ctx, "deal", "d1", "f1", &store.Value{Words: "Slate", WordsKey: "slate"}),
			tx.SetDealContacts(ctx, "d1", []store.DealContact{{DealID: "d1", ContactID: "bob", Role: "Pays", CreatedAt: 6}}),
			tx.SetDealLines(ctx, "d1", d.Version, []store.DealLine{
				{ID: "l1", Name: "Slate", Unit: "kg", Quantity: 2_000, Price: 5, Discount: 100, Tax: 1_900, Net: 10, CreatedAt: 7}, {ID: "l2", Name: "Work", Quantity: 1_000, Price: 9, Net: 9, CreatedAt: 7},
			}, 20))
		for _, id := range []string{"n1", "n2", "n3"} {
			err = errors.Join(err, tx.InsertNote(ctx, store.Note{ID: id, DealID: "d1", Body: "said " + id, Author: "u1", CreatedAt: 3}))
		}
		_, err2 = tx.PinNote(ctx, "n2", true, 9)
		return errors.Join(err, err2)
	})
	for _, id := range []string{"d1", "d2"} {
		whole, err := st.WholeDeal(ctx, id)
		d, err2 := st.Deal(ctx, id)
		others, err3 := st.DealContacts(ctx, id)
		stays, err4 := st.Stays(ctx, id)
		outcomes, err5 := st.Outcomes(ctx, id)
		lines, err6 := st.DealLines(ctx, id)
		pinned, err7 := st.DealNotes(ctx, id, true, store.Page{})
		notes, err8 := st.DealNotes(ctx, id, false, store.Page{})
		tags, err9 := st.DealTags(ctx, id)
		values, err10 := st.FieldValues(ctx, "deal", []string{id})
		if err := errors.Join(err, err2, err3, err4, err5, err6, err7, err8, err9, err10); err != nil {
			t.Fatal(err)
		}
		for name, pair := range map[string][2]any{
			"deal": {whole.Deal, d}, "others": {whole.Others, others}, "stays": {whole.Stays, stays}, "outcomes": {whole.Outcomes, outcomes}, "lines": {whole.Lines, lines},
			"pinned": {whole.Pinned, pinned}, "notes": {whole.Notes, notes}, "tags": {whole.Tagged, tags}, "values": {whole.Values, values[id]},
		} {
			if !reflect.DeepEqual(pair[0], pair[1]) {
				t.Errorf("%s: %s are %+v, piece by piece %+v", id, name, pair[0], pair[1])
			}
		}
	}
	whole, err := st.WholeDeal(ctx, "d1")
	if err != nil || whole.Person == nil || whole.Person.Name != "Ann" || whole.Person.OwnerID != "u2" || whole.Company == nil || whole.Company.OwnerID != "u4" || !whole.Talks {
		t.Errorf("%+v, %v", whole, err)
	}
	if _, err := st.WholeDeal(ctx, "nothing"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a deal that is not there: %v", err)
	}
}
