package store_test

import (
	"errors"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func TestDisclosuresOfAPersonAreListedLatestFirst(t *testing.T) {
	st := storetest.New(t)
	row := func(id, contact string, at int64) store.Disclosure {
		return store.Disclosure{ID: id, ContactID: contact, Processor: "twilio", Purpose: "reply", Fields: "phone body", Ref: "m" + id, Result: "pending", Bytes: 3, At: at}
	}
	inTx(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.InsertDisclosure(t.Context(), row("1", "c1", 10)), tx.InsertDisclosure(t.Context(), row("2", "c1", 20)),
			tx.InsertDisclosure(t.Context(), row("3", "c2", 15)), tx.InsertDisclosure(t.Context(), row("4", "", 30)))
	})
	inTx(t, st, func(tx *store.Tx) error { return tx.SetDisclosureResult(t.Context(), "2", "201", 40) })
	want := row("2", "c1", 20)
	want.Result, want.Bytes = "201", 40
	of, err := st.DisclosuresOf(t.Context(), "c1", 10)
	if err != nil || len(of) != 2 || of[0] != want || of[1] != row("1", "c1", 10) {
		t.Errorf("of the person: %+v, %v", of, err)
	}
	if of, err := st.DisclosuresOf(t.Context(), "c1", 1); err != nil || len(of) != 1 || of[0].ID != "2" {
		t.Errorf("the latest one: %+v, %v", of, err)
	}
	inTx(t, st, func(tx *store.Tx) error {
		n, err := tx.AbandonDisclosures(t.Context(), 30)
		if n != 2 {
			t.Errorf("abandoned %d", n)
		}
		return err
	})
	all, err := st.Disclosures(t.Context(), 15, 10)
	if err != nil || len(all) != 3 || all[0].Result != "unknown" || all[1].Result != "201" || all[2].Result != "pending" || all[2].ContactID != "" {
		t.Errorf("since 15: %+v, %v", all, err)
	}
}
