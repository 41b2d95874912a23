package privacy

import (
	"context"
	"fmt"
	"testing"
	"time"

	"stead/app/errs"
	"stead/store"
)

// Two years after the last contact a person goes as completely as if somebody
// had asked for it; the opt-out stays.
func TestASweptPersonLeavesNoByte(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	hash := h.v.Hash("sms", theirNumber)
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Suppress(ctx, "sms", hash, "stop", h.ms()); err != nil {
			return err
		}
		return tx.FinishInbound(ctx, "c1-in", h.ms())
	})
	h.now = h.now.Add(731 * day)
	h.plant("c2", "Anna Nowak", "+15550188999", "anna@example.org")
	h.tx(func(ctx context.Context, tx *store.Tx) error { // noise that made nobody active: its payload is still there
		_, err := tx.InsertInbound(ctx, store.Inbound{
			ID: "x", Provider: "twilio", KeyHash: "x", Kind: "sms", PeerHash: h.v.Hash("peer", theirNumber),
			Sealed: []byte("sealed"), ReceivedAt: h.ms(),
		})
		if err != nil {
			return err
		}
		return tx.ParkInbound(ctx, "x", "unsealable", h.ms())
	})
	before := snapshotOf(t, h, "c2")
	if _, err := h.svc.Sweep(t.Context(), owner, true); err != nil {
		t.Fatal(err)
	}
	if left := h.traces(); len(left) > 0 {
		t.Errorf("traces are left: %v", left)
	}
	if n, err := h.st.ScrubAll(t.Context()); n != 0 || err != nil {
		t.Errorf("bytes of what went are left between the rows of %d pages, %v", n, err)
	}
	if held := snapshotOf(t, h, "c1"); held != "null" {
		t.Errorf("held: %s", held)
	}
	if n, err := h.st.InboundHeld(t.Context(), h.v.Hash("peer", theirNumber)); err != nil || n != 0 {
		t.Errorf("%d payloads are left, %v", n, err)
	}
	if stopped, err := h.st.Suppressed(t.Context(), "sms", hash); err != nil || !stopped {
		t.Errorf("the opt-out went: %v", err)
	}
	if after := snapshotOf(t, h, "c2"); after != before {
		t.Errorf("another person's rows changed:\n%s\n%s", before, after)
	}
	if report, err := h.st.VerifyAudit(t.Context(), nil); err != nil || report.Problem != "" {
		t.Errorf("audit: %+v, %v", report, err)
	}
}

// A call that waits to be understood is no old contact: it makes a new one.
func TestASweepLeavesWhatWaitsToBeProcessed(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	h.now = h.now.Add(731 * day)
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.InsertInbound(ctx, store.Inbound{
			ID: "y", Provider: "twilio", KeyHash: "y", Kind: "sms", PeerHash: h.v.Hash("peer", theirNumber),
			Sealed: []byte("sealed"), ReceivedAt: h.ms(),
		})
		return err
	})
	if _, err := h.svc.Sweep(t.Context(), owner, true); err != nil {
		t.Fatal(err)
	}
	if n, err := h.st.InboundHeld(t.Context(), h.v.Hash("peer", theirNumber)); err != nil || n != 1 {
		t.Errorf("%d events wait, %v; want the new one", n, err)
	}
}

func TestASweepLeavesAPersonWhoseErasureIsUnderWay(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	if _, err := h.svc.intend(t.Context(), owner, "c1"); err != nil {
		t.Fatal(err)
	}
	h.now = h.now.Add(731 * day)
	if _, err := h.svc.Sweep(t.Context(), owner, true); err != nil {
		t.Fatal(err)
	}
	if err := h.svc.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if done, err := h.st.Erasures(t.Context(), store.Page{}); err != nil || len(done) != 1 || done[0].State != store.ErasureDone {
		t.Errorf("erasures = %+v, %v; want it proved", done, err)
	}
}

func TestPersonsAreNotSweptWhileTheVaultIsLocked(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber, theirEmail)
	h.now = h.now.Add(731 * day)
	h.v.Lock()
	_, err := h.svc.Sweep(t.Context(), owner, true)
	wantKind(t, err, errs.Unavailable)
	if _, err := h.st.Contact(t.Context(), "c1"); err != nil {
		t.Errorf("went without what hangs on the number: %v", err)
	}
}

// Many persons go the way that leaves the search fast, which is settled after.
func TestASweepOfManyPersonsIsABulkThatEnds(t *testing.T) {
	h := newHouse(t)
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		for i := range sweepBatch + 100 {
			id := fmt.Sprintf("m%04d", i)
			err := tx.InsertContact(ctx, store.Contact{ID: id, Name: "Wilhelmina " + id, Source: "manual", CreatedAt: h.ms(), LastActivityAt: h.ms()}, nil, nil)
			if err != nil {
				return err
			}
		}
		return nil
	})
	h.now = h.now.Add(731 * day)
	bulk := false
	clock := h.svc.Now
	h.svc.Now = func() time.Time {
		dirty, err := h.st.InBulk(context.Background())
		bulk = bulk || dirty || err != nil
		return clock()
	}
	if _, err := h.svc.Sweep(t.Context(), owner, true); err != nil {
		t.Fatal(err)
	}
	if !bulk {
		t.Error("each name was taken out of the search by itself")
	}
	if dirty, err := h.st.InBulk(t.Context()); err != nil || dirty {
		t.Errorf("the bulk was not ended: %v", err)
	}
	if left := h.traces(); len(left) > 0 {
		t.Errorf("traces are left: %v", left)
	}
}
