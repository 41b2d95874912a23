package store_test

import (
	"errors"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func TestInboundEventsAreAQueue(t *testing.T) {
	st := storetest.New(t)
	add := func(e store.Inbound) (fresh bool) {
		inTx(t, st, func(tx *store.Tx) (err error) {
			fresh, err = tx.InsertInbound(t.Context(), e)
			return err
		})
		return fresh
	}
	for _, id := range []string{"1", "2", "3"} {
		if !add(store.Inbound{ID: id, Provider: "twilio", KeyHash: "k" + id, Kind: "sms", PeerHash: "p", Sealed: []byte("x"), ReceivedAt: 10}) {
			t.Errorf("%s is not new", id)
		}
	}
	if add(store.Inbound{ID: "4", Provider: "twilio", KeyHash: "k2"}) || !add(store.Inbound{ID: "5", Provider: "other", KeyHash: "k2"}) {
		t.Error("a key is known by provider, once")
	}
	waiting := func(after string) (ids string) {
		rows, err := st.NewInbound(t.Context(), "twilio", after, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			ids += r.ID
		}
		return ids
	}
	if got := waiting("") + "|" + waiting("1"); got != "123|23" {
		t.Errorf("waiting %s", got)
	}
	inTx(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.FinishInbound(t.Context(), "1", 20), tx.NoteInbound(t.Context(), "2", "fault"), tx.ParkInbound(t.Context(), "3", "later", 20))
	})
	if got := waiting(""); got != "2" {
		t.Errorf("waiting %s", got)
	}
	if err := st.InTx(t.Context(), func(tx *store.Tx) error { return tx.FinishInbound(t.Context(), "1", 30) }); !errors.Is(err, store.ErrConflict) {
		t.Errorf("finished twice: %v", err)
	}
	var back int64
	inTx(t, st, func(tx *store.Tx) (err error) {
		back, err = tx.Unpark(t.Context(), "twilio", "later")
		return err
	})
	if got := waiting(""); back != 1 || got != "23" {
		t.Errorf("%d came back, waiting %s", back, got)
	}
}

func TestErasingAPersonsEventsKeepsTheirKeys(t *testing.T) {
	st := storetest.New(t)
	var erased int64
	inTx(t, st, func(tx *store.Tx) (err error) {
		for id, peer := range map[string]string{"1": "mine", "2": "theirs", "3": "mine"} {
			if _, err := tx.InsertInbound(t.Context(), store.Inbound{ID: id, Provider: "twilio", KeyHash: id, PeerHash: peer, Sealed: []byte("x"), ReceivedAt: 1}); err != nil {
				return err
			}
		}
		if err := tx.FinishInbound(t.Context(), "3", 2); err != nil {
			return err
		}
		erased, err = tx.EraseInbound(t.Context(), "mine", 5)
		return err
	})
	rows, err := st.NewInbound(t.Context(), "twilio", "", 10)
	if err != nil || erased != 2 || len(rows) != 1 || rows[0].ID != "2" || rows[0].PeerHash != "theirs" {
		t.Errorf("erased %d, left %+v, %v", erased, rows, err)
	}
	inTx(t, st, func(tx *store.Tx) error {
		fresh, err := tx.InsertInbound(t.Context(), store.Inbound{ID: "9", Provider: "twilio", KeyHash: "1", Sealed: []byte("again")})
		if fresh {
			t.Error("a replay is new")
		}
		return err
	})
}
