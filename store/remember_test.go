package store_test

import (
	"errors"
	"strconv"
	"sync"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func TestTheAccountIsAsTheLastCommitLeftIt(t *testing.T) {
	st, ctx := storetest.New(t), t.Context()
	none := func(when string) {
		if _, _, err := st.Account(ctx, "twilio"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: err = %v; want none", when, err)
		}
	}
	none("before one was connected")
	connect := func(account string) {
		inTx(t, st, func(tx *store.Tx) error {
			return tx.PutConnection(ctx, store.Connection{Provider: "twilio", Account: account, State: store.Connected})
		})
	}
	var readers sync.WaitGroup
	stop := make(chan struct{})
	for range 2 { // who reads all the time must not keep an old value alive
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_, _, _ = st.Account(ctx, "twilio")
				}
			}
		})
	}
	for i := range 200 {
		account := strconv.Itoa(i)
		connect(account)
		for range 3 {
			if got, _, err := st.Account(ctx, "twilio"); got != account || err != nil {
				t.Errorf("account = %q, %v; want %s", got, err, account)
			}
		}
	}
	close(stop)
	readers.Wait()
	inTx(t, st, func(tx *store.Tx) error { return tx.Disconnect(ctx, "twilio", 1) })
	none("disconnected")
}

func TestATransactionReadsItsOwnWrites(t *testing.T) {
	st, ctx := storetest.New(t), t.Context()
	inTx(t, st, func(tx *store.Tx) error {
		return tx.InsertBusiness(ctx, store.Business{Name: "Before", Country: "PT", Currency: "EUR", Timezone: "UTC"})
	})
	if b, err := st.Business(ctx); b.Name != "Before" || err != nil {
		t.Fatal(b, err)
	}
	inTx(t, st, func(tx *store.Tx) error {
		if err := tx.SetBusiness(ctx, store.Business{Name: "After", Country: "PT", Currency: "EUR", Timezone: "UTC"}); err != nil {
			return err
		}
		if b, err := tx.Business(ctx); b.Name != "After" || err != nil {
			t.Errorf("within: %q, %v", b.Name, err)
		}
		if b, err := st.Business(ctx); b.Name != "Before" || err != nil {
			t.Errorf("outside: %q, %v; want what is committed", b.Name, err)
		}
		return nil
	})
	if b, err := st.Business(ctx); b.Name != "After" || err != nil {
		t.Errorf("later: %q, %v", b.Name, err)
	}
}
