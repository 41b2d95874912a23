package inbox

import (
	"context"
	"strings"
	"testing"
	"time"

	"stead/app/gate"
	"stead/app/port"
	"stead/app/provider/twilio"
	"stead/store"
)

// textBack queues the text that answers a missed call of a person, who has
// just called, and returns it.
func (k *kit) textBack(from string) store.Message {
	k.t.Helper()
	v := k.receive(port.TextEvent{From: from, Body: "Hi"})
	id := k.NewID()
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		at := k.clock.now().UnixMilli()
		call := store.Call{
			ID: id, ContactID: v.ContactID, ConversationID: v.ID, Provider: twilio.Name, ProviderRef: id, Direction: "in",
			Line: line, Peer: from, Outcome: store.CallMissed, StartedAt: at, EndedAt: at,
		}
		if err := tx.InsertCall(ctx, call); err != nil {
			return err
		}
		return k.QueueText(ctx, tx, store.Message{
			ContactID: v.ContactID, ConversationID: v.ID, Class: string(gate.Reply), CallID: id, Body: "Sorry, we missed you",
			Line: line, Peer: from, Provider: twilio.Name,
		})
	})
	out := k.texts(v, "out")
	return out[len(out)-1]
}

func (k *kit) connection(state string) {
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.PutConnection(ctx, store.Connection{Provider: twilio.Name, Account: account, State: state, UpdatedAt: k.clock.now().UnixMilli()})
	})
}

func (k *kit) setTextBack(change func(*store.TextBack)) {
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		v := store.DefaultTextBack()
		change(&v)
		return tx.SetSetting(ctx, "textback", v, 1)
	})
}

// What guards against automatic texts guards when they leave too: much may
// have happened since they were written.
func TestAnAutomaticTextIsAskedForAgainWithAllItsGuards(t *testing.T) {
	for want, spoil := range map[gate.Reason]func(k *kit, m store.Message){
		gate.Go: func(*kit, store.Message) {},
		gate.Late: func(k *kit, m store.Message) {
			k.connection(store.Failing)
			k.send(m.ID)
			k.clock.move(61 * time.Minute)
			k.connection(store.Connected)
			if err := k.Resume(k.t.Context()); err != nil {
				k.t.Fatal(err)
			}
		},
		gate.OpenThread: func(k *kit, m store.Message) { k.reply(k.conv(m.ConversationID), "I call you back") },
		gate.Paused:     func(k *kit, _ store.Message) { k.setTextBack(func(v *store.TextBack) { v.Enabled = false }) },
		gate.DailyCap: func(k *kit, m store.Message) {
			k.setTextBack(func(v *store.TextBack) { v.DailyCap = 1 })
			k.tx(func(ctx context.Context, tx *store.Tx) error {
				other := m
				other.ID, other.CallID, other.CreatedAt = "0", "", m.CreatedAt-1
				return tx.InsertMessage(ctx, other)
			})
			k.setTextBack(func(v *store.TextBack) { v.DailyCap, v.CooldownHours = 1, 0 })
		},
		gate.Cooldown: func(k *kit, m store.Message) {
			k.tx(func(ctx context.Context, tx *store.Tx) error {
				other := m
				other.ID, other.CallID, other.CreatedAt = "0", "", m.CreatedAt-1
				return tx.InsertMessage(ctx, other)
			})
		},
	} {
		k := newKit(t)
		m := k.textBack(person)
		spoil(k, m)
		got := k.send(m.ID)
		if sent := got.State == store.MessageSent; sent != (want == gate.Go) || got.Gate != string(want) {
			t.Errorf("want %q: it is %s for %q", want, got.State, got.Gate)
		}
	}
}

func TestWhatAPersonWroteIsNeverTooLate(t *testing.T) {
	k := newKit(t)
	m := k.reply(k.receive(port.TextEvent{Body: "Hi"}), "Hello")
	k.clock.move(72 * time.Hour)
	if got := k.send(m.ID); got.State != store.MessageSent {
		t.Errorf("it is %s for %q", got.State, got.Gate)
	}
}

func TestMarketingWaitsForNoQuietHoursToPass(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "Hi"})
	for day, tc := range []struct {
		hour int
		want gate.Reason
	}{{20, gate.Go}, {21, gate.QuietHours}, {3, gate.QuietHours}, {8, gate.Go}} {
		hour, want := tc.hour, tc.want
		k.clock.at = time.Date(2026, 11, 20+day, hour, 0, 0, 0, time.UTC)
		k.tx(func(ctx context.Context, tx *store.Tx) error {
			return k.QueueText(ctx, tx, store.Message{
				ContactID: v.ContactID, ConversationID: v.ID, Class: string(gate.Marketing), Author: ana.ID, Body: "Sale", Line: line, Peer: person, Provider: twilio.Name,
			})
		})
		last, err := k.Store.LastText(t.Context(), v.ID, "out")
		if err != nil {
			t.Fatal(err)
		}
		if got := k.send(last.ID); got.Gate != string(want) {
			t.Errorf("at %d: it is %s for %q, want %q", hour, got.State, got.Gate, want)
		}
	}
}

func TestARepeatIsNotHeldByWhatItRepeats(t *testing.T) {
	k := newKit(t)
	k.setTextBack(func(v *store.TextBack) { v.DailyCap = 1 })
	first := k.send(k.textBack(person).ID)
	if err := k.status(first.ProviderRef, port.StatusUndelivered, "30003"); err != nil {
		t.Fatal(err)
	}
	out := k.texts(k.conv(first.ConversationID), "out")
	k.clock.move(10 * time.Minute)
	if got := k.send(out[len(out)-1].ID); got.RetryOf != first.ID || got.State != store.MessageSent {
		t.Errorf("the repeat is %s for %q", got.State, got.Gate)
	}
}

// Whoever asks for help right after a text-back, as it invites to, is answered.
func TestHelpIsAnsweredAfterATextBack(t *testing.T) {
	k := newKit(t)
	back := k.textBack(person)
	if got := k.send(back.ID); got.State != store.MessageSent {
		t.Fatalf("the text-back is %s for %q", got.State, got.Gate)
	}
	k.clock.move(time.Minute)
	for range 2 {
		k.receive(port.TextEvent{Body: "HELP"})
		k.clock.move(time.Minute)
	}
	out := k.texts(k.conv(back.ConversationID), "out")
	if len(out) != 2 || !strings.Contains(out[1].Body, "a person will answer") {
		t.Fatalf("texts %+v", out)
	}
	if got := k.send(out[1].ID); got.State != store.MessageSent {
		t.Errorf("the answer is %s for %q", got.State, got.Gate)
	}
	k.clock.move(23*time.Hour + 58*time.Minute)
	k.receive(port.TextEvent{Body: "HELP"})
	if n := len(k.texts(k.conv(back.ConversationID), "out")); n != 3 {
		t.Errorf("%d texts a day later, want 3", n)
	}
}

func TestHelpOfLongAgoIsNotAnswered(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "HELP", At: k.clock.now().Add(-3 * time.Hour)})
	if out := k.texts(v, "out"); len(out) != 0 {
		t.Errorf("answers %+v", out)
	}
}
