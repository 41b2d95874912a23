package inbox

import (
	"context"
	"testing"
	"time"

	"stead/app/gate"
	"stead/app/port"
	"stead/app/provider/twilio"
	"stead/store"
)

func TestATextGoesOutOnceAndIsDisclosed(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "Hi"})
	m := k.reply(v, "Hello")
	got := k.send(m.ID)
	if got.State != store.MessageSent || got.ProviderRef == "" || got.SentAt == 0 {
		t.Errorf("message %+v", got)
	}
	k.send(m.ID) // the job runs again after a crash
	if texts := k.fake.Messages(); len(texts) != 1 || texts[0].Body != "Hello" || texts[0].To != person || texts[0].From != line {
		t.Errorf("the provider has %+v", texts)
	}
	told, err := k.Store.DisclosuresOf(t.Context(), v.ContactID, 10)
	if err != nil || len(told) != 1 || told[0].Ref != m.ID || told[0].Fields != "phone body" || told[0].Purpose != "reply" {
		t.Errorf("disclosed %+v, %v", told, err)
	}
}

// Every code of the provider's list and what we do about it.
func TestWhatWeDoAboutEachErrorCode(t *testing.T) {
	for code, want := range map[int]struct {
		message, connection, phone string
		suppressed                 bool
		again                      int // messages after it
	}{
		20003: {message: store.MessageQueued, connection: store.Failing},
		20005: {message: store.MessageQueued, connection: store.Failing},
		20404: {message: store.MessageFailed},
		20429: {message: store.MessageQueued},
		20500: {message: store.MessageQueued},
		20503: {message: store.MessageQueued},
		21211: {message: store.MessageFailed, phone: "invalid"},
		21217: {message: store.MessageFailed, phone: "invalid"},
		21614: {message: store.MessageFailed, phone: "invalid"},
		21408: {message: store.MessageFailed},
		21606: {message: store.MessageFailed},
		21659: {message: store.MessageFailed},
		21660: {message: store.MessageFailed},
		21661: {message: store.MessageFailed},
		21610: {message: store.MessageFailed, suppressed: true},
		21617: {message: store.MessageFailed},
		21605: {message: store.MessageFailed},
		30001: {message: store.MessageQueued},
		30003: {message: store.MessageFailed, again: 1},
		30005: {message: store.MessageFailed, phone: "unreachable"},
		30006: {message: store.MessageFailed, phone: "landline"},
		30007: {message: store.MessageFailed},
		30008: {message: store.MessageFailed, again: 1},
		30032: {message: store.MessageFailed},
		30034: {message: store.MessageFailed},
		30485: {message: store.MessageFailed},
		39999: {message: store.MessageFailed}, // one that nobody knows yet
	} {
		k := newKit(t)
		v := k.receive(port.TextEvent{Body: "Hi"})
		k.fake.Behave(person, twilio.Behaviour{Refuse: code, RetryAfter: 7})
		m := k.send(k.reply(v, "Hello").ID)
		if m.State != want.message || m.ErrorCode == "" {
			t.Errorf("%d: the message is %s with code %q, want %s", code, m.State, m.ErrorCode, want.message)
		}
		if want.connection == "" {
			want.connection = store.Connected
		}
		if c, err := k.Store.Connection(t.Context(), twilio.Name); err != nil || c.State != want.connection {
			t.Errorf("%d: the connection is %s, %v", code, c.State, err)
		}
		if want.phone == "" {
			want.phone = "unknown"
		}
		if phones, err := k.Store.ContactPhones(t.Context(), v.ContactID); err != nil || phones[0].SMSState != want.phone {
			t.Errorf("%d: the phone is %s, %v", code, phones[0].SMSState, err)
		}
		if k.suppressed(person) != want.suppressed {
			t.Errorf("%d: suppressed %t", code, k.suppressed(person))
		}
		if n := len(k.texts(v, "out")); n != 1+want.again {
			t.Errorf("%d: %d messages", code, n)
		}
	}
}

func TestAnAccountThatIsRefusedHaltsTheQueueUntilItWorks(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "Hi"})
	k.fake.SetToken("another-token-another-token-1234")
	first := k.send(k.reply(v, "One").ID)
	second := k.send(k.reply(v, "Two").ID)
	if first.State != store.MessageQueued || second.State != store.MessageQueued || second.ErrorCode != "" {
		t.Fatalf("%s %q, %s %q", first.State, first.ErrorCode, second.State, second.ErrorCode)
	}
	k.fake.SetToken(token)
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.PutConnection(ctx, store.Connection{Provider: twilio.Name, Account: account, State: store.Connected, UpdatedAt: 1})
	})
	if err := k.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a, b := k.send(first.ID), k.send(second.ID); a.State != store.MessageSent || b.State != store.MessageSent {
		t.Errorf("%s, %s", a.State, b.State)
	}
}

func TestADisconnectionEndsWhatWaits(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "Hi"})
	m := k.reply(v, "Hello")
	k.tx(func(ctx context.Context, tx *store.Tx) error { return tx.Disconnect(ctx, twilio.Name, 1) })
	if got := k.send(m.ID); got.State != store.MessageFailed || got.ErrorCode != "disconnected" || len(k.fake.Messages()) != 0 {
		t.Errorf("%s %q", got.State, got.ErrorCode)
	}
}

func TestAProviderThatStaysAwayFailsTheMessageInTheEnd(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "Hi"})
	k.fake.Behave(person, twilio.Behaviour{Refuse: 20503})
	m := k.reply(v, "Hello")
	for attempt := range maxAttempts {
		if err := k.Send(t.Context(), SendText{Message: m.ID, Attempt: attempt}); err != nil {
			t.Fatal(err)
		}
		want := store.MessageQueued
		if attempt == maxAttempts-1 {
			want = store.MessageFailed
		}
		if got := k.message(m.ID); got.State != want || got.ErrorCode != "20503" {
			t.Fatalf("attempt %d: %s %q", attempt, got.State, got.ErrorCode)
		}
	}
}

func TestAnUnclearEndIsLookedUpAndNeverRepeated(t *testing.T) {
	for name, tc := range map[string]struct {
		behaviour twilio.Behaviour
		found     bool
	}{
		"taken, and the answer was lost":  {twilio.Behaviour{Lose: true, Times: 1}, true},
		"taken, and a gateway answered":   {twilio.Behaviour{Gateway: true, Times: 1}, true},
		"not taken, and nobody could say": {twilio.Behaviour{Hang: true, Times: 1}, false},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			v := k.receive(port.TextEvent{Body: "Hi"})
			k.fake.Behave(person, tc.behaviour)
			m := k.send(k.reply(v, "Hello").ID)
			if m.State != store.MessageUnconfirmed {
				t.Fatalf("the message is %s", m.State)
			}
			if got := k.send(m.ID); got.State != store.MessageUnconfirmed {
				t.Fatalf("after another run of the job: %s", got.State)
			}
			looks := 1
			if !tc.found {
				looks = len(lookUps)
			}
			for look := range looks {
				if err := k.LookUp(t.Context(), LookUpText{Message: m.ID, Look: look}); err != nil {
					t.Fatal(err)
				}
			}
			got := k.message(m.ID)
			switch {
			case tc.found && (got.State == store.MessageUnconfirmed || got.State == store.MessageFailed || got.ProviderRef == ""):
				t.Errorf("it was sent, and is %s with ref %q", got.State, got.ProviderRef)
			case !tc.found && (got.State != store.MessageFailed || got.ErrorCode != "not_sent"):
				t.Errorf("it was not sent, and is %s %q", got.State, got.ErrorCode)
			}
			if n := len(k.fake.Messages()); n > 1 {
				t.Errorf("the person got %d texts", n)
			}
		})
	}
}

func TestWhatWasBeingSentWhenTheProcessDiedIsUnconfirmed(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "Hi"})
	m := k.reply(v, "Hello")
	k.tx(func(ctx context.Context, tx *store.Tx) error { // and here the power went
		_, err := tx.TakeMessage(ctx, m.ID, []string{k.hash(person)}, 1)
		return err
	})
	if err := k.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := k.send(m.ID); got.State != store.MessageUnconfirmed || len(k.fake.Messages()) != 0 {
		t.Errorf("it is %s, and %d texts left", got.State, len(k.fake.Messages()))
	}
}

func TestALineThatUSCarriersRefuseRestsForADay(t *testing.T) {
	k := newKit(t)
	us := k.receive(port.TextEvent{Body: "Hi"})
	elsewhere := k.receive(port.TextEvent{From: "+447700900318", Body: "Hi"})
	first := k.send(k.reply(us, "One").ID)
	if err := k.status(first.ProviderRef, port.StatusUndelivered, "30034"); err != nil {
		t.Fatal(err)
	}
	if got := k.send(k.reply(us, "Two").ID); got.State != store.MessageFailed || got.ErrorCode != "30034" {
		t.Errorf("to the US: %s %q", got.State, got.ErrorCode)
	}
	if got := k.send(k.reply(elsewhere, "Three").ID); got.State != store.MessageSent {
		t.Errorf("elsewhere: %s", got.State)
	}
	if c, err := k.Store.Connection(t.Context(), twilio.Name); err != nil || c.State != store.Connected || c.ErrorCode != "30034" {
		t.Errorf("the connection is %s with %q, %v", c.State, c.ErrorCode, err)
	}
	k.clock.move(holdFor + time.Minute)
	if got := k.send(k.reply(us, "Four").ID); got.State != store.MessageSent {
		t.Errorf("a day later: %s", got.State)
	}
}

func TestTheSystemRepeatsOnce(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "Hi"})
	first := k.send(k.reply(v, "Hello").ID)
	if err := k.status(first.ProviderRef, port.StatusUndelivered, "30003"); err != nil {
		t.Fatal(err)
	}
	out := k.texts(v, "out")
	if len(out) != 2 || out[1].RetryOf != first.ID || out[1].State != store.MessageQueued {
		t.Fatalf("after the first failure: %+v", out)
	}
	second := k.send(out[1].ID)
	if err := k.status(second.ProviderRef, port.StatusUndelivered, "30003"); err != nil {
		t.Fatal(err)
	}
	if n := len(k.texts(v, "out")); n != 2 {
		t.Errorf("%d messages after the second failure", n)
	}
	if got := gate.Reason(k.message(second.ID).Gate); got != gate.Go {
		t.Errorf("gate %q", got)
	}
}
