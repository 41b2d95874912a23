package inbox

import (
	"context"
	"testing"
	"time"

	"stead/app/errs"
	"stead/app/port"
	"stead/app/provider/twilio"
	"stead/store"
)

// A text and its repeat say the same to the same number; what the provider
// lists belongs to the one that was on its way then.
func TestALookUpTellsATextFromItsRepeat(t *testing.T) {
	taken, lost := twilio.Behaviour{Lose: true, Times: 1}, twilio.Behaviour{Hang: true, Times: 1}
	for name, tc := range map[string]struct{ first, second twilio.Behaviour }{
		"only the repeat left": {lost, taken},
		"only the first left":  {taken, lost},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			v := k.receive(port.TextEvent{Body: "Hi"})
			k.fake.Behave(person, tc.first)
			first := k.send(k.reply(v, "Hello").ID)
			k.clock.move(20 * time.Second)
			if err := k.Retry(t.Context(), ana, v.ID, first.ID); err != nil {
				t.Fatal(err)
			}
			k.fake.Behave(person, tc.second)
			second := k.send(k.texts(v, "out")[1].ID)
			if first.State != store.MessageUnconfirmed || second.State != store.MessageUnconfirmed {
				t.Fatalf("before: %s, %s", first.State, second.State)
			}
			wrong, right := first, second
			if tc.first.Lose {
				wrong, right = second, first
			}
			for _, id := range []string{wrong.ID, right.ID} {
				if err := k.LookUp(t.Context(), LookUpText{Message: id, Look: len(lookUps) - 1}); err != nil {
					t.Fatal(err)
				}
			}
			if got := k.message(wrong.ID); got.State != store.MessageFailed || got.ProviderRef != "" {
				t.Errorf("what did not leave is %s with ref %q", got.State, got.ProviderRef)
			}
			if got := k.message(right.ID); got.State == store.MessageFailed || got.ProviderRef == "" {
				t.Errorf("what left is %s with ref %q", got.State, got.ProviderRef)
			}
		})
	}
}

// What became of a hand-over could not be noted, on a full disk say.
func TestATextThatIsBeingSentForTooLongIsLookedUp(t *testing.T) {
	k := newKit(t)
	m := k.reply(k.receive(port.TextEvent{Body: "Hi"}), "Hello")
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.TakeMessage(ctx, m.ID, []string{k.hash(person)}, k.clock.now().UnixMilli())
		return err
	})
	k.clock.move(stuckAfter - time.Second)
	if err := k.Unstick(t.Context()); err != nil || k.message(m.ID).State != store.MessageSending {
		t.Fatalf("too early: %s, %v", k.message(m.ID).State, err)
	}
	k.clock.move(2 * time.Second)
	if err := k.Unstick(t.Context()); err != nil || k.message(m.ID).State != store.MessageUnconfirmed {
		t.Fatalf("after two minutes: %s, %v", k.message(m.ID).State, err)
	}
	if got := k.send(m.ID); got.State != store.MessageUnconfirmed || len(k.fake.Messages()) != 0 {
		t.Errorf("it was sent blindly: %s", got.State)
	}
	for look := range lookUps {
		if err := k.LookUp(t.Context(), LookUpText{Message: m.ID, Look: look}); err != nil {
			t.Fatal(err)
		}
	}
	if got := k.message(m.ID); got.State != store.MessageFailed || got.ErrorCode != "not_sent" {
		t.Errorf("in the end it is %s %q", got.State, got.ErrorCode)
	}
}

func TestWhatNeedsTheVaultSaysThatItIsLocked(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "stop with these offers, and stop by"})
	k.fake.Behave(person, twilio.Behaviour{Refuse: 21617, Times: 1})
	failed := k.send(k.reply(v, "Hello").ID)
	k.vault.Lock()
	for name, err := range map[string]error{
		"opt-out": k.OptOut(t.Context(), ana, v.ID, k.texts(v, "in")[0].ID),
		"retry":   k.Retry(t.Context(), ana, v.ID, failed.ID),
	} {
		if errs.KindOf(err) != errs.Unavailable || errs.CodeOf(err) != "locked" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
