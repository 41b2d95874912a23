package inbox

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/gate"
	"stead/app/port"
	"stead/app/provider/twilio"
	"stead/app/sms"
	"stead/store"
)

func TestAReplyIsQueuedAndEndsTheWait(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "Hi"})
	k.clock.move(time.Minute)
	m := k.reply(v, "  Yes, we do.  ")
	if m.State != store.MessageQueued || m.Body != "Yes, we do." || m.Peer != person || m.Line != line || m.Class != "reply" || m.Segments != 1 || m.Author != ana.ID {
		t.Errorf("message %+v", m)
	}
	after := k.conv(v.ID)
	if after.Unread != 0 || after.WaitingSince != 0 || after.AnsweredAt != k.clock.now().UnixMilli() || after.LastAt != after.AnsweredAt {
		t.Errorf("conversation %+v", after)
	}
	events, err := k.Store.EventsOf(t.Context(), m.ID)
	if err != nil || len(events) != 1 || events[0].Kind != EventWritten {
		t.Errorf("events %+v, %v", events, err)
	}
	if n, _, err := k.Store.AuditHead(t.Context()); n == 0 || err != nil {
		t.Errorf("audit %d, %v", n, err)
	}
}

func TestAFormThatIsSentTwiceIsOneReply(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "Hi"})
	in := Writing{Body: "Yes", FormKey: "form-key-0000001"}
	first, err := k.Reply(t.Context(), ana, v.ID, in)
	if err != nil {
		t.Fatal(err)
	}
	second, err := k.Reply(t.Context(), ana, v.ID, in)
	if err != nil || second.ID != first.ID || len(k.texts(v, "out")) != 1 {
		t.Errorf("second %s, first %s, %d messages, %v", second.ID, first.ID, len(k.texts(v, "out")), err)
	}
}

func TestAReplyThatCannotBeWrittenChangesNothing(t *testing.T) {
	nobody := access.Actor{ID: "x", May: map[access.Permission]access.Reach{access.InboxRead: access.All}}
	for name, tc := range map[string]struct {
		actor access.Actor
		where string
		body  string
		want  errs.Kind
	}{
		"empty":           {ana, "", " \n ", errs.Invalid},
		"too long":        {ana, "", strings.Repeat("é", sms.MaxBody+1), errs.Invalid},
		"may only read":   {nobody, "", "Hi", errs.Denied},
		"no conversation": {ana, "nope", "Hi", errs.NotFound},
	} {
		k := newKit(t)
		v := k.receive(port.TextEvent{Body: "Hi"})
		where := v.ID
		if tc.where != "" {
			where = tc.where
		}
		_, err := k.Reply(t.Context(), tc.actor, where, Writing{Body: tc.body})
		if got := errs.KindOf(err); got != tc.want {
			t.Errorf("%s: %v (%v), want %v", name, got, err, tc.want)
		}
		if after := k.conv(v.ID); after != v || len(k.texts(v, "out")) != 0 {
			t.Errorf("%s: the conversation is %+v", name, after)
		}
	}
}

func TestTheLongestReplyGoesOut(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "Hi"})
	if m := k.reply(v, strings.Repeat("é", sms.MaxBody)); m.State != store.MessageQueued || m.Segments != 11 {
		t.Errorf("%s in %d parts", m.State, m.Segments)
	}
}

func TestTheGateRefusesAtTheDesk(t *testing.T) {
	for want, spoil := range map[gate.Reason]func(ctx context.Context, tx *store.Tx, k *kit, v store.Conversation) error{
		gate.Restricted: func(ctx context.Context, tx *store.Tx, _ *kit, v store.Conversation) error {
			return tx.SetRestriction(ctx, v.ContactID, "asked", 1)
		},
		gate.Blocked: func(ctx context.Context, tx *store.Tx, _ *kit, v store.Conversation) error {
			return tx.SetBlocked(ctx, v.ContactID, 1)
		},
		gate.Suppressed: func(ctx context.Context, tx *store.Tx, k *kit, _ store.Conversation) error {
			_, err := tx.Suppress(ctx, channel, k.hash(person), "stop", 1)
			return err
		},
		gate.Paused: func(ctx context.Context, tx *store.Tx, _ *kit, _ store.Conversation) error {
			return tx.SetSetting(ctx, "sending", store.Sending{Paused: true}, 1)
		},
		gate.Landline: func(ctx context.Context, tx *store.Tx, _ *kit, _ store.Conversation) error {
			return tx.SetPhoneState(ctx, person, "landline")
		},
		gate.Unreachable: func(ctx context.Context, tx *store.Tx, _ *kit, _ store.Conversation) error {
			return tx.SetPhoneState(ctx, person, "unreachable")
		},
		gate.OwnNumber: func(ctx context.Context, tx *store.Tx, _ *kit, _ store.Conversation) error {
			return tx.SetLines(ctx, twilio.Name, []store.Line{{ID: "line1", Number: line, ForwardTo: []string{person}}})
		},
	} {
		k := newKit(t)
		v := k.receive(port.TextEvent{Body: "Hi"})
		k.tx(func(ctx context.Context, tx *store.Tx) error { return spoil(ctx, tx, k, v) })
		if m := k.reply(v, "Hello"); m.State != store.MessageRefused || m.Gate != string(want) {
			t.Errorf("want %s: the message is %s for %q", want, m.State, m.Gate)
		}
		if after := k.conv(v.ID); after.WaitingSince == 0 {
			t.Errorf("%s: nobody answered, and nobody waits", want)
		}
		if got := k.send(k.texts(v, "out")[0].ID); got.State != store.MessageRefused || len(k.fake.Messages()) != 0 {
			t.Errorf("%s: the job made it %s", want, got.State)
		}
	}
}

// Between writing and sending the person may have asked for silence.
func TestTheGateIsAskedAgainBeforeATextLeaves(t *testing.T) {
	for want, spoil := range map[gate.Reason]func(ctx context.Context, tx *store.Tx, k *kit, v store.Conversation) error{
		gate.Restricted: func(ctx context.Context, tx *store.Tx, _ *kit, v store.Conversation) error {
			return tx.SetRestriction(ctx, v.ContactID, "asked", 1)
		},
		gate.Suppressed: func(ctx context.Context, tx *store.Tx, k *kit, _ store.Conversation) error {
			return k.ReceiveText(ctx, tx, twilio.Name, port.TextEvent{Ref: "SMstop", From: person, To: line, Body: "STOP", At: k.clock.now()})
		},
		gate.Paused: func(ctx context.Context, tx *store.Tx, _ *kit, _ store.Conversation) error {
			return tx.SetSetting(ctx, "sending", store.Sending{Paused: true}, 1)
		},
	} {
		k := newKit(t)
		v := k.receive(port.TextEvent{Body: "Hi"})
		m := k.reply(v, "Hello")
		k.tx(func(ctx context.Context, tx *store.Tx) error { return spoil(ctx, tx, k, v) })
		if got := k.send(m.ID); got.State != store.MessageRefused || got.Gate != string(want) || len(k.fake.Messages()) != 0 {
			t.Errorf("want %s: %s for %q, %d texts left", want, got.State, got.Gate, len(k.fake.Messages()))
		}
	}
}

// TakeMessage alone already refuses: a second look in the statement itself.
func TestTheStatementThatTakesAMessageLooksItself(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "Hi"})
	m := k.reply(v, "Hello")
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.SetRestriction(ctx, v.ContactID, "asked", 1); err != nil {
			return err
		}
		if taken, err := tx.TakeMessage(ctx, m.ID, []string{k.hash(person)}, 2); err != nil || taken {
			t.Errorf("restricted: taken %t, %v", taken, err)
		}
		if err := tx.SetRestriction(ctx, v.ContactID, "", 0); err != nil {
			return err
		}
		if _, err := tx.Suppress(ctx, channel, k.hash(person), "stop", 1); err != nil {
			return err
		}
		if taken, err := tx.TakeMessage(ctx, m.ID, []string{k.hash(person)}, 2); err != nil || taken {
			t.Errorf("suppressed: taken %t, %v", taken, err)
		}
		return nil
	})
}

func TestALockedVaultSendsNothingAndSaysSo(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "Hi"})
	m := k.reply(v, "Hello")
	k.vault.Lock()
	if _, err := k.Reply(t.Context(), ana, v.ID, Writing{Body: "More"}); errs.CodeOf(err) != "locked" {
		t.Errorf("a reply: %v", err)
	}
	if got := k.send(m.ID); got.State != store.MessageQueued {
		t.Errorf("the waiting one is %s", got.State)
	}
	if err := k.Note(t.Context(), ana, v.ID, Writing{Body: "Locked out"}); err != nil {
		t.Errorf("a note: %v", err)
	}
	if thread, err := k.Thread(t.Context(), ana, v.ID, ""); err != nil || thread.Refused != vaultLocked {
		t.Errorf("the thread says %q, %v", thread.Refused, err)
	}
}

func TestRetryIsAMessageOfItsOwnAndHappensOnce(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "Hi"})
	k.fake.Behave(person, twilio.Behaviour{Refuse: 21617, Times: 1})
	failed := k.send(k.reply(v, "Hello").ID)
	if failed.State != store.MessageFailed {
		t.Fatalf("the first is %s", failed.State)
	}
	if err := k.Retry(t.Context(), ana, v.ID, failed.ID); err != nil {
		t.Fatal(err)
	}
	again := k.texts(v, "out")[1]
	if again.RetryOf != failed.ID || again.Body != failed.Body || again.State != store.MessageQueued {
		t.Errorf("the second is %+v", again)
	}
	if err := k.Retry(t.Context(), ana, v.ID, failed.ID); !errors.Is(err, store.ErrConflict) {
		t.Errorf("once more: %v", err)
	}
	if err := k.Retry(t.Context(), ana, v.ID, again.ID); !errors.Is(err, store.ErrConflict) {
		t.Errorf("what is on its way: %v", err)
	}
	if got := k.send(again.ID); got.State != store.MessageSent || k.message(failed.ID).State != store.MessageFailed {
		t.Errorf("after sending: %s, and the first %s", got.State, k.message(failed.ID).State)
	}
}

func TestNotesDoneAndRead(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "Hi"})
	for range 2 {
		if err := k.Note(t.Context(), ana, v.ID, Writing{Body: "Card 4111 1111 1111 1111", FormKey: "form-key-0000002"}); err != nil {
			t.Fatal(err)
		}
	}
	items, err := k.Store.Stream(t.Context(), v.ID, store.Page{})
	notes := 0
	for _, i := range items {
		if i.Note != nil {
			notes++
			if i.Note.Body != "Card •••• 1111" {
				t.Errorf("note %q", i.Note.Body)
			}
		}
	}
	if err != nil || notes != 1 {
		t.Errorf("%d notes, %v", notes, err)
	}
	if err := k.SetDone(t.Context(), ana, v.ID, true); err != nil {
		t.Fatal(err)
	}
	if after := k.conv(v.ID); after.State != "done" || after.Unread != 0 || after.WaitingSince != 0 {
		t.Errorf("done: %+v", after)
	}
	k.receive(port.TextEvent{Body: "One more thing"})
	if after := k.conv(v.ID); after.State != "open" || after.Unread != 1 {
		t.Errorf("written again: %+v", after)
	}
	if err := k.Read(t.Context(), ana, v.ID); err != nil || k.conv(v.ID).Unread != 0 || k.conv(v.ID).WaitingSince == 0 {
		t.Errorf("read: %v, %+v", err, k.conv(v.ID))
	}
}

func TestSegments(t *testing.T) {
	for body, want := range map[string]int64{
		"": 1, "a": 1, strings.Repeat("a", 160): 1, strings.Repeat("a", 161): 2, strings.Repeat("a", 306): 2, strings.Repeat("a", 307): 3,
		strings.Repeat("€", 80): 1, strings.Repeat("€", 81): 2, strings.Repeat("ç", 70): 1, strings.Repeat("ç", 71): 2,
		strings.Repeat("👋", 35): 1, strings.Repeat("👋", 36): 2, "Grüße, señor Ø": 1, strings.Repeat("ж", 134): 2, strings.Repeat("ж", 135): 3,
	} {
		if got := segments(body); got != want {
			t.Errorf("%d × %.1q: %d parts, want %d", len([]rune(body)), body, got, want)
		}
	}
}
