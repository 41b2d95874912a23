package inbox

import (
	"context"
	"testing"
	"time"

	"stead/app/gate"
	"stead/app/port"
	"stead/store"
)

// Texts that were missed are fetched later, so they may arrive in any order:
// what the person said last holds.
func TestTheLastWordOfAPersonHoldsInWhateverOrderItArrives(t *testing.T) {
	type word struct {
		body string
		at   time.Duration
	}
	for name, tc := range map[string]struct {
		words   []word
		stopped bool
	}{
		"stop, then start":                     {[]word{{"STOP", 0}, {"START", time.Minute}}, false},
		"start arrives late":                   {[]word{{"STOP", time.Minute}, {"START", 0}}, true},
		"yes arrives late":                     {[]word{{"STOP", time.Minute}, {"Yes", 0}}, true},
		"start of between two stops":           {[]word{{"STOP", 0}, {"STOP", time.Hour}, {"START", time.Minute}}, true},
		"stop arrives late":                    {[]word{{"START", time.Minute}, {"STOP", 0}}, false},
		"a late stop, and then a newer":        {[]word{{"START", time.Minute}, {"STOP", 0}, {"STOP", time.Hour}}, true},
		"a late start, and then a newer":       {[]word{{"STOP", time.Minute}, {"START", 0}, {"START", time.Hour}}, false},
		"both in one moment: silence is safer": {[]word{{"STOP", 0}, {"START", 0}}, true},
		"both in one moment, the other way":    {[]word{{"START", 0}, {"STOP", 0}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			begin := k.clock.now()
			k.clock.move(2 * time.Hour)
			var v store.Conversation
			for _, w := range tc.words {
				v = k.receive(port.TextEvent{Body: w.body, At: begin.Add(w.at)})
			}
			if k.suppressed(person) != tc.stopped {
				t.Errorf("suppressed %t", k.suppressed(person))
			}
			want := map[bool]string{true: "withdrawn", false: "given"}[tc.stopped]
			if last, err := k.Store.LastConsent(t.Context(), v.ContactID, channel); err != nil || last.Act != want && len(tc.words) > 1 && tc.words[0].at != tc.words[1].at {
				t.Errorf("the record says %+v, %v", last, err)
			}
			if m := k.reply(v, "Hello"); (m.Gate == string(gate.Suppressed)) != tc.stopped {
				t.Errorf("a reply is %s for %q", m.State, m.Gate)
			}
		})
	}
}

func TestAnOlderYesIsAnOrdinaryAnswer(t *testing.T) {
	k := newKit(t)
	begin := k.clock.now()
	k.clock.move(time.Hour)
	k.receive(port.TextEvent{Body: "STOP"})
	if v := k.receive(port.TextEvent{Body: "yes", At: begin}); v.WaitingSince == 0 {
		t.Errorf("nobody looks at it: %+v", v)
	}
}

// It is a person who asks for silence, not a telephone.
func TestANumberThatComesAfterAnOptOutIsSilentToo(t *testing.T) {
	const second = "+15035550188"
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "Hi"})
	waiting := k.reply(v, "Hello")
	k.receive(port.TextEvent{Body: "STOP"})
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		c, err := tx.Contact(ctx, v.ContactID)
		if err != nil {
			return err
		}
		return tx.UpdateContact(ctx, c, []store.Phone{{ID: "p1", Typed: person, E164: person}, {ID: "p2", Typed: second, E164: second}}, nil)
	})
	k.clock.move(time.Minute)
	if after := k.receive(port.TextEvent{From: second, Body: "Hi, it is me"}); after.ID != v.ID {
		t.Fatal("the second number is somebody else's")
	}
	if m := k.reply(v, "Hello"); m.Peer != second || m.State != store.MessageRefused || m.Gate != string(gate.Suppressed) {
		t.Errorf("a reply to %s is %s for %q", m.Peer, m.State, m.Gate)
	}
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		taken, err := tx.TakeMessage(ctx, waiting.ID, []string{k.hash(second), k.hash(person)}, 1)
		if taken {
			t.Error("the statement that takes a message does not look at all numbers")
		}
		return err
	})
	k.receive(port.TextEvent{From: second, Body: "START"})
	if m := k.reply(v, "Welcome back"); m.State != store.MessageQueued || k.suppressed(person) {
		t.Errorf("after START a reply is %s for %q", m.State, m.Gate)
	}
}
