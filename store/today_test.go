package store_test

import (
	"fmt"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func TestMissedSinceTellsWhatBecameOfThem(t *testing.T) {
	st := storetest.New(t)
	for i, id := range []string{"wrote", "called", "silent", "before"} {
		addContact(t, st, store.Contact{ID: id}, fmt.Sprint("+1415555010", i))
	}
	inTx(t, st, func(tx *store.Tx) error {
		for _, id := range []string{"wrote", "called", "silent", "before"} {
			if _, err := tx.EnsureConversation(t.Context(), id, "v-"+id, 1); err != nil {
				return err
			}
		}
		call := func(id, contact, outcome string, at int64) error {
			c := store.Call{ID: id, ContactID: contact, Provider: "twilio", ProviderRef: id, Direction: "in", Outcome: outcome, StartedAt: at}
			if contact != "" {
				c.ConversationID = "v-" + contact
			}
			return tx.InsertCall(t.Context(), c)
		}
		text := func(id, contact string, at int64) error {
			return tx.InsertMessage(t.Context(), store.Message{
				ID: id, ContactID: contact, ConversationID: "v-" + contact, Channel: "sms", Direction: "in",
				State: store.MessageReceived, Provider: "twilio", ProviderRef: id, CreatedAt: at,
			})
		}
		for _, err := range []error{
			call("k0", "before", store.CallMissed, 99),
			call("k1", "wrote", store.CallMissed, 100), text("m1", "wrote", 105),
			tx.InsertDecision(t.Context(), store.Decision{CallID: "k1", Verdict: "texted", At: 101}),
			call("k2", "called", store.CallMissed, 100), call("k3", "called", store.CallAnswered, 110),
			text("m0", "silent", 90), call("k4", "silent", store.CallMissed, 120),
			call("k5", "", store.CallMissed, 130), call("k6", "", store.CallMissed, 140),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	got, err := st.MissedSince(t.Context(), store.Everything, 100)
	if want := (store.DayCalls{Missed: 5, Texted: 1, Recovered: 2, Hidden: 2}); err != nil || got != want {
		t.Errorf("missed = %+v, %v; want %+v", got, err, want)
	}
	hidden, err := st.HiddenSince(t.Context(), store.Everything, 100, store.Page{})
	if fmt.Sprint(hidden) != "[140 130]" || err != nil {
		t.Errorf("hidden = %v, %v; want the latest first", hidden, err)
	}
}

func TestFrameCountsWhatWaits(t *testing.T) {
	st := storetest.New(t)
	if f, err := st.Frame(t.Context(), store.FrameOf{Inbox: store.Everything, Tasks: store.Everything}); f != (store.Frame{}) || err != nil {
		t.Errorf("before set-up: %+v, %v", f, err)
	}
	addContact(t, st, store.Contact{ID: "c"}, "+14155550100")
	inTx(t, st, func(tx *store.Tx) error {
		if err := tx.InsertBusiness(t.Context(), store.Business{Name: "Brightwater", Country: "PT", Currency: "EUR", Timezone: "UTC"}); err != nil {
			return err
		}
		v, err := tx.EnsureConversation(t.Context(), "c", "v", 1)
		if err != nil {
			return err
		}
		if err := tx.MoveConversation(t.Context(), v.ID, store.Move{At: 2, Unread: 3}); err != nil {
			return err
		}
		return tx.InsertTask(t.Context(), store.Task{ID: "t", ContactID: "c", Kind: "call_back"})
	})
	if f, err := st.Frame(t.Context(), store.FrameOf{Inbox: store.Everything, Tasks: store.Everything}); f != (store.Frame{Business: "Brightwater", Unread: 1, Tasks: 1}) || err != nil {
		t.Errorf("frame = %+v, %v", f, err)
	}
	for name, tt := range map[string]struct {
		scope store.Scope
		want  int64
	}{
		"none":                {store.Scope{}, 0},
		"own":                 {store.OwnedBy("u"), 0},
		"the team's":          {store.OwnedBy("u", "w").OrFree(), 1},
		"another team's free": {store.OwnedBy("x").OrFree(), 1},
	} {
		if f, err := st.Frame(t.Context(), store.FrameOf{Inbox: tt.scope, Tasks: tt.scope}); f.Unread != tt.want || f.Tasks != tt.want || err != nil {
			t.Errorf("%s: %+v, %v; want %d of each", name, f, err, tt.want)
		}
	}
	inTx(t, st, func(tx *store.Tx) error { return tx.AssignConversation(t.Context(), "v", "w") })
	if f, err := st.Frame(t.Context(), store.FrameOf{Inbox: store.OwnedBy("u").OrFree(), Tasks: store.OwnedBy("u").OrFree()}); f.Unread != 0 || f.Tasks != 1 || err != nil {
		t.Errorf("assigned to somebody else: %+v, %v", f, err)
	}
}
