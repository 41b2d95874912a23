package inbox

import (
	"context"
	"testing"

	"pgregory.net/rapid"

	"stead/app/errs"
	"stead/app/port"
	"stead/store"
)

// Whatever the order, and however often each arrives, a message ends where its
// highest news is, and never goes back.
func TestStatusesInAnyOrderEndRight(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "Hi"})
	words := []string{port.StatusQueued, port.StatusSending, port.StatusSent, port.StatusUndelivered, port.StatusFailed, port.StatusDelivered, port.StatusRead}
	rapid.Check(t, func(r *rapid.T) {
		m := k.send(k.reply(v, "Hello").ID)
		news := rapid.SliceOfN(rapid.SampledFrom(words), 1, 12).Draw(r, "news")
		best := m.Rank
		want := map[int64]string{1: store.MessageSent}
		for _, word := range news {
			if err := k.status(m.ProviderRef, word, ""); err != nil {
				r.Fatal(err)
			}
			rank, state := ranked(word)
			if rank > best {
				best, want[rank] = rank, state
			}
			got := k.message(m.ID)
			if got.Rank != best || best > 1 && got.State != want[best] {
				r.Fatalf("after %s: %s at %d, want %s at %d", word, got.State, got.Rank, want[best], best)
			}
		}
	})
}

func TestNewsOfAnUnknownTextComeLater(t *testing.T) {
	k := newKit(t)
	if err := k.status("SMunknown", port.StatusDelivered, ""); errs.CodeOf(err) != port.CodeGone {
		t.Errorf("while nothing is on its way: %v, want gone", err)
	}
	m := k.reply(k.receive(port.TextEvent{Body: "Hi"}), "Hello")
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.TakeMessage(ctx, m.ID, []string{k.hash(person)}, 1)
		return err
	})
	if err := k.status("SMunknown", port.StatusDelivered, ""); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("while one is being sent: %v, want one that is tried again", err)
	}
}

func TestADeliveredTextSaysThatTheNumberGetsTexts(t *testing.T) {
	k := newKit(t)
	v := k.receive(port.TextEvent{Body: "Hi"})
	m := k.send(k.reply(v, "Hello").ID)
	if err := k.status(m.ProviderRef, port.StatusDelivered, ""); err != nil {
		t.Fatal(err)
	}
	phones, err := k.Store.ContactPhones(t.Context(), v.ContactID)
	if err != nil || phones[0].SMSState != "able" || k.message(m.ID).State != store.MessageDelivered {
		t.Errorf("the phone is %s, the message %s, %v", phones[0].SMSState, k.message(m.ID).State, err)
	}
}
