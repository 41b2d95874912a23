package crashtest

import (
	"path/filepath"
	"testing"

	"stead/app/provider/twilio"
	"stead/store"
)

// settled tells whether nothing is on its way any more: every event is
// processed and every text has left the queue.
func settled(t *testing.T, in *installation) bool {
	t.Helper()
	st := in.open()
	defer st.Close()
	waiting, err := st.InboundCount(t.Context(), "new")
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{store.MessageQueued, store.MessageSending} {
		rows, err := st.MessagesIn(t.Context(), state, 1)
		if err != nil {
			t.Fatal(err)
		}
		waiting += int64(len(rows))
	}
	return waiting == 0
}

func (in *installation) open() *store.Store {
	in.t.Helper()
	st, err := store.OpenSQLite(in.t.Context(), filepath.Join(in.dir, "data", "stead.db"))
	if err != nil {
		in.t.Fatal(err)
	}
	return st
}

// compare holds what the senders were told, and what the provider was told,
// against what is stored.
func compare(t *testing.T, in *installation, b *book, fake *twilio.Fake) {
	t.Helper()
	st := in.open()
	defer st.Close()
	if parked, err := st.InboundCount(t.Context(), "parked"); err != nil || parked > 0 {
		t.Errorf("%d events are parked (%v)", parked, err)
	}
	for _, sid := range acknowledged(b.texts) {
		if _, err := st.MessageByRef(t.Context(), "twilio", sid); err != nil {
			t.Errorf("text %s was acknowledged and is lost: %v", sid, err)
		}
	}
	answered := map[string]int{} // texts that the provider took, by number
	for _, m := range fake.Messages() {
		answered[m.To]++
	}
	var sent, unconfirmed int
	for _, sid := range acknowledged(b.calls) {
		call, err := st.CallByRef(t.Context(), "twilio", sid)
		if err != nil || call.Outcome != "missed" {
			t.Errorf("call %s was acknowledged as missed and is %q (%v)", sid, call.Outcome, err)
			continue
		}
		decision, err := st.Decision(t.Context(), call.ID)
		if err != nil {
			t.Errorf("nothing was decided about call %s: %v", sid, err)
			continue
		}
		if decision.Verdict != "texted" {
			continue
		}
		text, err := textOf(t, st, call)
		if err != nil {
			t.Errorf("call %s was answered by a text that is lost: %v", sid, err)
			continue
		}
		switch n := answered[call.Peer]; {
		case n > 1:
			t.Errorf("call %s was answered by %d texts", sid, n)
		case text.State == store.MessageUnconfirmed:
			unconfirmed++
		case n == 0 && text.State != store.MessageFailed:
			t.Errorf("the text for call %s is %q, but the provider never got it", sid, text.State)
		default:
			sent++
		}
	}
	t.Logf("acknowledged: %d texts, %d missed calls; answered by a text: %d, unconfirmed: %d",
		len(acknowledged(b.texts)), len(acknowledged(b.calls)), sent, unconfirmed)
	if sent == 0 {
		t.Error("no missed call was answered: the test shows nothing")
	}
}

// textOf finds the text that answered a missed call.
func textOf(t *testing.T, st *store.Store, call store.Call) (store.Message, error) {
	t.Helper()
	stream, err := st.Stream(t.Context(), call.ConversationID, store.Page{Limit: 200})
	if err != nil {
		return store.Message{}, err
	}
	for _, item := range stream {
		if m := item.Message; m != nil && m.CallID == call.ID {
			return *m, nil
		}
	}
	return store.Message{}, store.ErrNotFound
}
