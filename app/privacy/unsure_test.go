package privacy

import (
	"context"
	"strings"
	"testing"
	"time"

	"stead/app/errs"
	"stead/store"
)

// unsure is a text of c1 of which nobody saw the end of the hand-over.
func (h *house) unsure(state string) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertMessage(ctx, store.Message{
			ID: "c1-u", ContactID: "c1", ConversationID: "c1-v", Channel: "sms", Direction: "out", Class: "reply", Body: "did this leave?",
			Line: "+15550100", Peer: theirNumber, State: state, Provider: "twilio", CreatedAt: h.ms(), UpdatedAt: h.ms(),
		})
	})
}

func gapOf(gaps []Gap, word string) Gap {
	for _, g := range gaps {
		if strings.Contains(g.What, word) {
			return g
		}
	}
	return Gap{}
}

func TestATextThatIsBeingHandedOverPutsTheErasureOff(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	h.unsure(store.MessageSending)
	h.svc.settling = time.Millisecond
	_, err := h.svc.Erase(t.Context(), owner, "c1")
	wantKind(t, err, errs.Unavailable)
	if errs.CodeOf(err) != "sending" {
		t.Errorf("err = %v", err)
	}
	if _, err := h.st.Contact(t.Context(), "c1"); err != nil {
		t.Errorf("the person is gone already: %v", err)
	}
}

func TestAnUnconfirmedTextIsLookedUpBeforeItIsForgotten(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	h.unsure(store.MessageUnconfirmed)
	h.svc.LookUp = func(_ context.Context, id string) error {
		h.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.AcceptMessage(ctx, id, store.Accepted{Ref: "SMfound", State: store.MessageSent, Rank: 3, At: h.ms()})
			return err
		})
		return nil
	}
	receipt, err := h.svc.Erase(t.Context(), owner, "c1")
	if err != nil || !strings.Contains(strings.Join(h.far.deleted, ", "), "SMfound") || gapOf(receipt.Gaps, "nobody knows").Count != 0 {
		t.Errorf("receipt = %+v, %v; deleted %v", receipt, err, h.far.deleted)
	}
}

func TestATextThatNobodyFoundIsOnTheReceipt(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	h.unsure(store.MessageUnconfirmed)
	plan, err := h.svc.Plan(t.Context(), owner, "c1")
	if err != nil || gapOf(plan.Stays, "nobody knows").Count != 1 {
		t.Errorf("plan = %+v, %v; want the text among what stays", plan.Stays, err)
	}
	receipt, err := h.svc.Erase(t.Context(), owner, "c1")
	if err != nil || gapOf(receipt.Gaps, "nobody knows").Count != 1 {
		t.Fatalf("gaps = %+v, %v; want the text", receipt.Gaps, err)
	}
	want := map[RemoteCount]bool{{"twilio", store.RemoteDone, 2}: true, {"twilio", store.RemoteFailed, 1}: true}
	for _, c := range receipt.Remotes {
		delete(want, c)
	}
	if len(want) > 0 {
		t.Errorf("remotes = %+v, lacks %v", receipt.Remotes, want)
	}
	again, err := h.svc.ProveAgain(t.Context(), owner, receipt.ID)
	if err != nil || gapOf(again.Gaps, "nobody knows").Count != 1 || len(h.far.deleted) != 2 {
		t.Errorf("again = %+v, %v, deleted %v; there is nothing to delete by", again.Gaps, err, h.far.deleted)
	}
}

// What names a copy that the provider did not delete is said to stay, and goes
// after 35 days though the provider never answers.
func TestTheReferenceOfAFailedDeletionIsOnTheReceiptAndAges(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	h.far.err = &errs.Error{Kind: errs.Denied, Code: "20003"}
	receipt, err := h.svc.Erase(t.Context(), owner, "c1")
	if err != nil {
		t.Fatal(err)
	}
	if g := gapOf(receipt.Gaps, "References"); g.Count != 2 || g.Until != date(h.now.Add(35*day)) {
		t.Errorf("gap = %+v, want both and until when", g)
	}
	h.now = h.now.Add(36 * day)
	if _, err := h.svc.Sweep(t.Context(), owner, true); err != nil {
		t.Fatal(err)
	}
	h.far.err = nil
	later, err := h.svc.ProveAgain(t.Context(), owner, receipt.ID)
	if err != nil || gapOf(later.Gaps, "References").Count != 0 || len(h.far.deleted) != 0 {
		t.Errorf("gaps after 36 days = %+v, %v, deleted %v", later.Gaps, err, h.far.deleted)
	}
	if len(later.Remotes) != 1 || later.Remotes[0] != (RemoteCount{"twilio", store.RemoteFailed, 2}) {
		t.Errorf("remotes = %+v; that it failed stays known", later.Remotes)
	}
}
