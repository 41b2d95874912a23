package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

// talk is a store with one contact and its conversation, v1.
func talk(t testing.TB) *store.Store {
	t.Helper()
	st := storetest.New(t)
	addContact(t, st, store.Contact{ID: "c1", Name: "Mira", CreatedAt: 1}, "+15550101")
	inTx(t, st, func(tx *store.Tx) error {
		_, err := tx.EnsureConversation(t.Context(), "c1", "v1", 10)
		return err
	})
	return st
}

func text(id string, at int64) store.Message {
	return store.Message{
		ID: id, ContactID: "c1", ConversationID: "v1", Channel: "sms", Direction: "out", Class: "reply", Body: "Hi " + id,
		Line: "+15550100", Peer: "+15550101", State: store.MessageQueued, Provider: "twilio", Segments: 1, CreatedAt: at, UpdatedAt: at,
	}
}

func TestMessageRoundTrip(t *testing.T) {
	st := talk(t)
	m := text("m1", 20)
	m.ProviderRef, m.FormKey, m.Author, m.SentAt, m.Media = "SM1", "form", "ana", 21, 2
	inTx(t, st, func(tx *store.Tx) error {
		if err := tx.InsertMessage(t.Context(), m); err != nil {
			return err
		}
		return tx.InsertMedia(t.Context(), "m1", 0, "image/jpeg", "https://x")
	})
	for name, read := range map[string]func() (store.Message, error){
		"by id":   func() (store.Message, error) { return st.Message(t.Context(), "m1") },
		"by ref":  func() (store.Message, error) { return st.MessageByRef(t.Context(), "twilio", "SM1") },
		"by form": func() (store.Message, error) { return st.MessageByForm(t.Context(), "form") },
		"as last": func() (store.Message, error) { return st.LastText(t.Context(), "v1", "out") },
	} {
		if got, err := read(); err != nil || got != m {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, m)
		}
	}
	for name, twin := range map[string]func(*store.Message){
		"the provider's id": func(m *store.Message) { m.FormKey = "" },
		"the form":          func(m *store.Message) { m.ProviderRef = "" },
	} {
		again := m
		again.ID = "m2"
		twin(&again)
		err := st.InTx(t.Context(), func(tx *store.Tx) error { return tx.InsertMessage(t.Context(), again) })
		if !errors.Is(err, store.ErrConflict) {
			t.Errorf("%s twice: %v", name, err)
		}
	}
}

func TestAMessageIsTakenOnce(t *testing.T) {
	st := talk(t)
	inTx(t, st, func(tx *store.Tx) error { return tx.InsertMessage(t.Context(), text("m1", 20)) })
	take := func() (taken bool) {
		inTx(t, st, func(tx *store.Tx) (err error) {
			taken, err = tx.TakeMessage(t.Context(), "m1", []string{"hash"}, 30)
			return err
		})
		return taken
	}
	if !take() || take() {
		t.Error("a message was taken twice, or never")
	}
	inTx(t, st, func(tx *store.Tx) error {
		ok, err := tx.AcceptMessage(t.Context(), "m1", store.Accepted{Ref: "SM1", State: store.MessageSent, Rank: 1, Segments: 3, At: 40})
		if !ok {
			t.Error("not accepted")
		}
		return err
	})
	m, err := st.Message(t.Context(), "m1")
	if err != nil || m.State != store.MessageSent || m.ProviderRef != "SM1" || m.Segments != 3 || m.SentAt != 40 || m.Rank != 1 {
		t.Errorf("accepted: %+v, %v", m, err)
	}
	raise := func(state string, rank int64) (raised bool) {
		inTx(t, st, func(tx *store.Tx) (err error) {
			raised, err = tx.RaiseMessage(t.Context(), "m1", state, "", rank, 50)
			return err
		})
		return raised
	}
	if !raise(store.MessageDelivered, 5) || raise(store.MessageSent, 3) || raise(store.MessageDelivered, 5) {
		t.Error("a rank was lowered or repeated")
	}
}

func TestMessagesOnTheirWay(t *testing.T) {
	st := talk(t)
	inTx(t, st, func(tx *store.Tx) error {
		for i, state := range []string{store.MessageQueued, store.MessageSending, store.MessageQueued, store.MessageFailed} {
			m := text(fmt.Sprint("m", i), int64(20+i))
			m.State = state
			if err := tx.InsertMessage(t.Context(), m); err != nil {
				return err
			}
		}
		return nil
	})
	for state, want := range map[string]int{store.MessageQueued: 2, store.MessageSending: 1, store.MessageUnconfirmed: 0, store.MessageFailed: 0} {
		got, err := st.MessagesIn(t.Context(), state, 10)
		if err != nil || len(got) != want {
			t.Errorf("%s: %d, %v; want %d", state, len(got), err, want)
		}
	}
	for e, want := range map[store.Earlier]struct {
		since21 int
		last    int64
	}{
		{At: 99}:               {3, 23},
		{At: 23, ID: "m3"}:     {2, 22},
		{At: 23, ID: "m4"}:     {3, 23},
		{At: 99, Except: "m3"}: {2, 22},
		{At: 20}:               {0, 0},
	} {
		if n, err := st.AutoTextsSince(t.Context(), 21, e); n != want.since21 || err != nil {
			t.Errorf("%+v: %d automatic texts, %v; want %d", e, n, err, want.since21)
		}
		if at, err := st.LastAutoText(t.Context(), "c1", "", 0, e); at != want.last || err != nil {
			t.Errorf("%+v: the last at %d, %v; want %d", e, at, err, want.last)
		}
	}
	if at, err := st.LastAutoText(t.Context(), "c1", "help:", 0, store.Earlier{At: 99}); at != 0 || err != nil {
		t.Errorf("the last of a kind that nobody sent at %d, %v", at, err)
	}
}

func TestTheStreamIsOneOrderOfEverything(t *testing.T) {
	st := talk(t)
	inTx(t, st, func(tx *store.Tx) error {
		ctx := t.Context()
		for n := range int64(12) {
			id := fmt.Sprintf("x%02d", n)
			var err error
			switch at := 100 + n/2; n % 3 { // two at each moment
			case 0:
				err = tx.InsertMessage(ctx, text(id, at))
			case 1:
				err = tx.InsertNote(ctx, store.Note{ID: id, ContactID: "c1", ConversationID: "v1", Body: "note", CreatedAt: at})
			default:
				if err = tx.InsertCall(ctx, store.Call{ID: id, ContactID: "c1", ConversationID: "v1", Provider: "twilio", ProviderRef: id, Direction: "in", Outcome: store.CallMissed, StartedAt: at}); err == nil {
					err = tx.InsertDecision(ctx, store.Decision{CallID: id, ContactID: "c1", ConversationID: "v1", Verdict: "refused", Reason: "cooldown", At: at + 1000})
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	all, err := st.Stream(t.Context(), "v1", store.Page{})
	if err != nil || len(all) != 16 {
		t.Fatalf("%d items, %v; want 16", len(all), err)
	}
	var paged []store.StreamItem
	for after := ""; ; {
		page, err := st.Stream(t.Context(), "v1", store.Page{After: after, Limit: 5})
		if err != nil {
			t.Fatal(err)
		}
		paged = append(paged, page...)
		if len(page) < 5 {
			break
		}
		after = page[4].Cursor()
	}
	key := func(i store.StreamItem) string { return fmt.Sprint(i.At, i.ID) }
	if !slices.EqualFunc(all, paged, func(a, b store.StreamItem) bool { return key(a) == key(b) }) {
		t.Error("pages and the whole differ")
	}
	if !slices.IsSortedFunc(all, func(a, b store.StreamItem) int {
		return -slices.Compare([]string{fmt.Sprintf("%09d", a.At), a.ID}, []string{fmt.Sprintf("%09d", b.At), b.ID})
	}) {
		t.Error("not the newest first")
	}
}

func TestConversationsMoveAsPeopleWriteAndAnswer(t *testing.T) {
	st := talk(t)
	move := func(m store.Move) store.Conversation {
		inTx(t, st, func(tx *store.Tx) error { return tx.MoveConversation(t.Context(), "v1", m) })
		v, err := st.Conversation(t.Context(), "v1")
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	base := store.Conversation{ID: "v1", ContactID: "c1", State: "open", StartedAt: 10}
	for i, step := range []struct {
		move store.Move
		want func(*store.Conversation)
	}{
		{store.Move{At: 20, Unread: 1, Waits: true}, func(v *store.Conversation) { v.Unread, v.WaitingSince, v.LastAt = 1, 20, 20 }},
		{store.Move{At: 30, Unread: 1, Waits: true}, func(v *store.Conversation) { v.Unread, v.WaitingSince, v.LastAt = 2, 20, 30 }},
		{store.Move{At: 25, Unread: 1}, func(v *store.Conversation) { v.Unread, v.WaitingSince, v.LastAt = 3, 20, 30 }},
		{store.Move{At: 40, Answered: true}, func(v *store.Conversation) { v.Unread, v.WaitingSince, v.AnsweredAt, v.LastAt = 3, 0, 40, 40 }},
	} {
		step.want(&base)
		if got := move(step.move); got != base {
			t.Errorf("step %d: %+v, want %+v", i, got, base)
		}
	}
	inTx(t, st, func(tx *store.Tx) error { return tx.SetConversationState(t.Context(), "v1", "done") })
	if got := move(store.Move{At: 50}); got.State != "done" || got.Unread != 0 {
		t.Errorf("what we do leaves it done: %+v", got)
	}
	if got := move(store.Move{At: 60, Unread: 1}); got.State != "open" {
		t.Errorf("what they do opens it: %+v", got)
	}
}

func TestTheInboxHasFourViews(t *testing.T) {
	st := storetest.New(t)
	for _, id := range []string{"a", "b", "c", "d"} {
		addContact(t, st, store.Contact{ID: id, Name: "Name " + id, CreatedAt: 1}, "+1555010"+id)
	}
	inTx(t, st, func(tx *store.Tx) error {
		ctx := t.Context()
		for i, id := range []string{"a", "b", "c", "d"} {
			if _, err := tx.EnsureConversation(ctx, id, "v"+id, int64(10+i)); err != nil {
				return err
			}
			m := text("m"+id, int64(20+i))
			m.ContactID, m.ConversationID, m.State = id, "v"+id, store.MessageDelivered
			if id == "c" || id == "d" {
				m.State = store.MessageFailed
			}
			if err := tx.InsertMessage(ctx, m); err != nil {
				return err
			}
		}
		again := text("retry", 30) // of the failed one of d
		again.ContactID, again.ConversationID, again.RetryOf = "d", "vd", "md"
		if err := tx.InsertMessage(ctx, again); err != nil {
			return err
		}
		if err := tx.InsertNote(ctx, store.Note{ID: "n", ContactID: "a", ConversationID: "va", Body: "remember", CreatedAt: 40}); err != nil {
			return err
		}
		if err := tx.MoveConversation(ctx, "vb", store.Move{At: 50, Unread: 1, Waits: true}); err != nil {
			return err
		}
		return tx.SetConversationState(ctx, "va", "done")
	})
	for view, want := range map[string][]string{
		store.InboxOpen: {"vb", "vd", "vc"}, store.InboxWaiting: {"vb"}, store.InboxFailed: {"vc"}, store.InboxDone: {"va"},
	} {
		rows, err := st.Conversations(t.Context(), store.Everything, view, store.Page{})
		var got []string
		for _, r := range rows {
			got = append(got, r.ID)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", view, got, err, want)
		}
	}
	done, err := st.Conversations(t.Context(), store.Everything, store.InboxDone, store.Page{})
	if err != nil || done[0].Last != "note" || done[0].Text != "remember" || done[0].Name != "Name a" || done[0].Phone != "+1555010a" {
		t.Errorf("done: %+v, %v", done, err)
	}
	failed, err := st.Conversations(t.Context(), store.Everything, store.InboxFailed, store.Page{})
	if err != nil || failed[0].Last != "message" || failed[0].MessageFate != store.MessageFailed || failed[0].Text != "Hi mc" {
		t.Errorf("failed: %+v, %v", failed, err)
	}
	if n, err := st.UnreadConversations(t.Context(), store.Everything); n != 1 || err != nil {
		t.Errorf("%d unread, %v", n, err)
	}
	if _, err := st.Conversations(t.Context(), store.Everything, "mine", store.Page{}); err == nil {
		t.Error("a view that there is none of was listed")
	}
}

func TestCallsHaveOneRowAndOneDecision(t *testing.T) {
	st := talk(t)
	c := store.Call{ID: "k1", Provider: "twilio", ProviderRef: "CA1", Direction: "in", Line: "+15550100", Peer: "anonymous", Outcome: store.CallRinging, StartedAt: 5}
	inTx(t, st, func(tx *store.Tx) error { return tx.InsertCall(t.Context(), c) })
	twin := c
	twin.ID = "k2"
	if err := st.InTx(t.Context(), func(tx *store.Tx) error { return tx.InsertCall(t.Context(), twin) }); !errors.Is(err, store.ErrConflict) {
		t.Errorf("the same call twice: %v", err)
	}
	c.Outcome, c.Cause, c.Seconds, c.EndedAt = store.CallMissed, "busy", 3, 9
	d := store.Decision{CallID: "k1", Verdict: "refused", Reason: "hidden", At: 9}
	inTx(t, st, func(tx *store.Tx) error {
		if err := tx.SetCallOutcome(t.Context(), c); err != nil {
			return err
		}
		return tx.InsertDecision(t.Context(), d)
	})
	if got, err := st.CallByRef(t.Context(), "twilio", "CA1"); err != nil || got != c {
		t.Errorf("call %+v, %v", got, err)
	}
	if got, err := st.Decision(t.Context(), "k1"); err != nil || got != d {
		t.Errorf("decision %+v, %v", got, err)
	}
	if err := st.InTx(t.Context(), func(tx *store.Tx) error { return tx.InsertDecision(t.Context(), d) }); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a second decision: %v", err)
	}
}

func TestSuppressionsComeAndGoOnce(t *testing.T) {
	st := talk(t)
	inTx(t, st, func(tx *store.Tx) error {
		for _, step := range []struct {
			do   func() (bool, error)
			want bool
		}{
			{func() (bool, error) { return tx.Suppress(t.Context(), "sms", "h", "stop", 1) }, true},
			{func() (bool, error) { return tx.Suppress(t.Context(), "sms", "h", "provider", 2) }, false},
			{func() (bool, error) { return tx.Suppressed(t.Context(), "sms", "h") }, true},
			{func() (bool, error) { return tx.Unsuppress(t.Context(), "sms", "h") }, true},
			{func() (bool, error) { return tx.Unsuppress(t.Context(), "sms", "h") }, false},
			{func() (bool, error) { return tx.Suppressed(t.Context(), "sms", "h") }, false},
		} {
			if got, err := step.do(); got != step.want || err != nil {
				return fmt.Errorf("%t, %w", got, err)
			}
		}
		e := store.ConsentEvent{ID: "e1", ContactID: "c1", AddressHash: "h", Channel: "sms", Purpose: "all", Act: "withdrawn", Source: "keyword", Evidence: "m1", At: 1}
		return tx.InsertConsent(t.Context(), e)
	})
	if e, err := st.LastConsent(t.Context(), "c1", "sms"); err != nil || e.Act != "withdrawn" {
		t.Errorf("consent %+v, %v", e, err)
	}
}
