package inbound

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"stead/app/errs"
	"stead/app/port"
	"stead/app/provider/twilio"
	"stead/store"
)

func (k *kit) text(n int, from, body string) {
	k.t.Helper()
	if w := k.post(twilio.PathSMS, sms(n, from, body)); w.Code != 200 {
		k.t.Fatalf("answered %d", w.Code)
	}
}

// pass has the drainer look once.
func (k *kit) pass() time.Duration {
	k.t.Helper()
	pause, err := k.drainers[0].pass(context.Background())
	if err != nil {
		k.t.Fatal(err)
	}
	return pause
}

func TestEventsOfAPersonKeepTheirOrder(t *testing.T) {
	k := newKit(t)
	var want []string
	for n := range 60 {
		body := fmt.Sprintf("text %d", n)
		k.text(n, fmt.Sprintf("+1503555010%d", n%3), body)
		want = append(want, body)
	}
	k.pass()
	if got := k.seen.bodies(); !slices.Equal(got, want) {
		t.Errorf("processed %v", got)
	}
	if k.count("done") != 60 || k.count("new") != 0 {
		t.Errorf("%d done, %d new", k.count("done"), k.count("new"))
	}
}

func TestAFailingEventHoldsUpItsOwnPersonAlone(t *testing.T) {
	k := newKit(t)
	k.seen.fail = func(body string) error {
		if strings.HasPrefix(body, "bad") {
			return errors.New("boom")
		}
		return nil
	}
	k.text(1, "+15035550101", "bad")
	k.text(2, "+15035550101", "behind it")
	k.text(3, "+15035550102", "of somebody else")
	if pause := k.pass(); pause != firstPause {
		t.Errorf("it is tried again after %v, want %v", pause, firstPause)
	}
	if got := k.seen.bodies(); !slices.Equal(got, []string{"of somebody else"}) {
		t.Fatalf("processed %v", got)
	}
	k.pass() // too early: nothing is tried
	for range maxAttempts - 1 {
		k.clock.move(2 * time.Minute)
		k.pass()
	}
	if got := k.seen.bodies(); !slices.Equal(got, []string{"of somebody else", "behind it"}) {
		t.Errorf("after parking: %v", got)
	}
	parked, err := k.st.ParkedInbound(t.Context(), 5)
	if err != nil || len(parked) != 1 || parked[0].Attempts != maxAttempts || parked[0].ErrorCode != "fault" {
		t.Errorf("parked %+v, %v", parked, err)
	}
}

func TestAnEventThatIsEarlyHoldsUpNobody(t *testing.T) {
	k := newKit(t)
	early := true
	k.seen.fail = func(body string) error {
		if body == "early" && early {
			return &errs.Error{Kind: errs.Unavailable, Code: "unknown_message"}
		}
		return nil
	}
	k.text(1, caller, "early")
	k.text(2, caller, "next")
	k.pass()
	if got := k.seen.bodies(); !slices.Equal(got, []string{"next"}) {
		t.Fatalf("processed %v", got)
	}
	early = false
	k.clock.move(time.Minute)
	k.pass()
	if got := k.seen.bodies(); !slices.Equal(got, []string{"next", "early"}) {
		t.Errorf("processed %v", got)
	}
}

func TestWhatCannotBeUnderstoodIsParkedAtOnce(t *testing.T) {
	for name, fail := range map[string]error{
		"invalid": &errs.Error{Kind: errs.Invalid, Code: "nonsense"},
	} {
		k := newKit(t)
		k.seen.fail = func(string) error { return fail }
		k.text(1, caller, name)
		k.pass()
		if parked, err := k.st.ParkedInbound(t.Context(), 5); err != nil || len(parked) != 1 || parked[0].ErrorCode != "nonsense" {
			t.Errorf("%s: parked %+v, %v", name, parked, err)
		}
	}
	k := newKit(t)
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.InsertInbound(ctx, store.Inbound{ID: "a", Provider: "twilio", KeyHash: "a", Kind: "sms"}); err != nil {
			return err
		}
		_, err := tx.InsertInbound(ctx, store.Inbound{ID: "b", Provider: "twilio", KeyHash: "b", Kind: "sms", Sealed: []byte("moved from another row")})
		return err
	})
	k.pass()
	parked, err := k.st.ParkedInbound(t.Context(), 5)
	if err != nil || len(parked) != 2 || parked[0].ErrorCode != "unsealable" || parked[1].ErrorCode != "no_payload" {
		t.Errorf("parked %+v, %v", parked, err)
	}
}

func TestAPanicIsAFailureOfItsEventAlone(t *testing.T) {
	k := newKit(t)
	k.seen.fail = func(body string) error {
		if body == "bad" {
			panic("boom")
		}
		return nil
	}
	k.text(1, "+15035550101", "bad")
	k.text(2, "+15035550102", "good")
	k.pass()
	if got := k.seen.bodies(); !slices.Equal(got, []string{"good"}) {
		t.Errorf("processed %v", got)
	}
	rows, err := k.st.NewInbound(t.Context(), twilio.Name, "", 5)
	if err != nil || len(rows) != 1 || rows[0].ErrorCode != "panic" || rows[0].Attempts != 1 {
		t.Errorf("waiting %+v, %v", rows, err)
	}
}

// The effects and the done-mark are one transaction: whoever dies between them
// starts from the event again.
func TestAnEventWhoseEffectsWereRolledBackRunsAgain(t *testing.T) {
	k := newKit(t)
	k.text(1, caller, "Hi")
	died := errors.New("the process ends here")
	k.seen.fail = func(string) error { return died }
	k.pass()
	if k.count("new") != 1 || len(k.seen.bodies()) != 0 {
		t.Fatalf("%d new, effects %v", k.count("new"), k.seen.bodies())
	}
	k.seen.fail = nil
	k.Service = k.open(nil) // as after a restart: nothing is remembered but the rows
	k.pass()
	k.pass()
	if got := k.seen.bodies(); !slices.Equal(got, []string{"Hi"}) {
		t.Errorf("processed %v", got)
	}
}

func TestALockedVaultLeavesTheQueueAlone(t *testing.T) {
	k := newKit(t)
	k.text(1, caller, "Hi")
	k.vault.Lock()
	k.pass()
	rows, err := k.st.NewInbound(t.Context(), twilio.Name, "", 5)
	if err != nil || len(rows) != 1 || rows[0].Attempts != 0 {
		t.Errorf("waiting %+v, %v", rows, err)
	}
}

func TestTheDrainerIsWokenByTheCommit(t *testing.T) {
	k := newKit(t)
	k.Start()
	for n := range 20 {
		k.text(n, caller, fmt.Sprint(n))
	}
	until(t, "all are processed", func() bool { return len(k.seen.bodies()) == 20 })
}

func TestForgettingAPersonReachesWhatWaits(t *testing.T) {
	k := newKit(t)
	k.text(1, caller, "mine")
	k.text(2, "+15035550199", "of somebody else")
	var forgotten int64
	k.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		forgotten, err = tx.EraseInbound(ctx, k.vault.Hash("peer", caller), k.clock.now().UnixMilli())
		return err
	})
	k.pass()
	if got := k.seen.bodies(); forgotten != 1 || !slices.Equal(got, []string{"of somebody else"}) {
		t.Errorf("forgot %d, processed %v", forgotten, got)
	}
	k.text(1, caller, "mine") // the provider repeats itself
	k.pass()
	if got := k.seen.bodies(); len(got) != 1 {
		t.Errorf("the replay did something: %v", got)
	}
}

// history is a provider that lists what it could not tell.
type history struct {
	requests []port.Request
	since    []time.Time
	err      error
}

func (h *history) Since(ctx context.Context, _ port.Account, since time.Time, each func(port.Request) error) error {
	if d, ok := port.DisclosureOf(ctx); !ok || d.Purpose != "catch_up" {
		return errors.New("not disclosed")
	}
	h.since = append(h.since, since)
	for _, r := range h.requests {
		if err := each(r); err != nil {
			return err
		}
	}
	return h.err
}

func TestWhatWasMissedIsFetchedOnce(t *testing.T) {
	k := newKit(t)
	missed := func(n int, body string) port.Request {
		return port.Request{
			URL: public + twilio.PathSMS, Path: twilio.PathSMS, Body: []byte(sms(n, caller, body).Encode()),
			Header: map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}},
		}
	}
	k.text(1, caller, "told")
	nonsense := missed(9, "")
	nonsense.Body = []byte("%zz")
	h := &history{requests: []port.Request{missed(1, "told"), nonsense, missed(2, "missed")}}
	k.Service = k.open(h)
	connected := k.clock.now()
	k.clock.move(3 * time.Hour)
	if err := k.fetchers[0].fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.pass()
	if got := k.seen.bodies(); !slices.Equal(got, []string{"told", "missed"}) {
		t.Errorf("processed %v", got)
	}
	if want := connected.Add(-overlap); !h.since[0].Equal(want) {
		t.Errorf("asked since %v, want %v", h.since[0], want)
	}
	c, err := k.st.Connection(t.Context(), twilio.Name)
	if err != nil || c.CaughtUpAt != k.clock.now().UnixMilli() {
		t.Errorf("caught up at %d, %v", c.CaughtUpAt, err)
	}
}

func TestAFetchThatFailsIsBegunAgainFromTheSamePlace(t *testing.T) {
	k := newKit(t)
	h := &history{err: &errs.Error{Kind: errs.Unavailable, Code: "20503"}}
	k.Service = k.open(h)
	before, _ := k.st.Connection(t.Context(), twilio.Name)
	k.clock.move(40 * 24 * time.Hour)
	for range 2 {
		if err := k.fetchers[0].fetch(t.Context()); errs.CodeOf(err) != "20503" {
			t.Fatalf("fetch: %v", err)
		}
	}
	after, _ := k.st.Connection(t.Context(), twilio.Name)
	if want := k.clock.now().Add(-longestAway); before.CaughtUpAt != after.CaughtUpAt || !h.since[1].Equal(want) {
		t.Errorf("caught up at %d, asked since %v; want %d and %v", after.CaughtUpAt, h.since[1], before.CaughtUpAt, want)
	}
}

func TestNobodyIsAskedWhileLockedOrDisconnected(t *testing.T) {
	k := newKit(t)
	h := &history{}
	k.Service = k.open(h)
	k.vault.Lock()
	if err := k.fetchers[0].fetch(t.Context()); err != nil || len(h.since) != 0 {
		t.Errorf("locked: %v, %d asked", err, len(h.since))
	}
	if err := k.vault.Unlock(t.Context(), k.keyFile); err != nil {
		t.Fatal(err)
	}
	k.tx(func(ctx context.Context, tx *store.Tx) error { return tx.Disconnect(ctx, twilio.Name, 1) })
	if err := k.fetchers[0].fetch(t.Context()); err != nil || len(h.since) != 0 {
		t.Errorf("disconnected: %v, %d asked", err, len(h.since))
	}
}

func TestAHiddenCallersTroubleHoldsUpNoOtherHiddenCaller(t *testing.T) {
	k := newKit(t)
	step := func(n int) string {
		form := ring(n)
		form.Set("From", "anonymous")
		if w := k.post(twilio.PathVoice, form); w.Code != 200 {
			t.Fatalf("answered %d", w.Code)
		}
		return form.Get("CallSid")
	}
	bad, good := step(1), step(2)
	var done []string
	k.OnCall = func(_ context.Context, _ *store.Tx, _ string, e port.CallEvent) error {
		if e.Ref == bad {
			return errors.New("boom")
		}
		done = append(done, e.Ref)
		return nil
	}
	k.pass()
	if !slices.Equal(done, []string{good}) {
		t.Errorf("processed %v, want the other caller's", done)
	}
}

// News of a text whose person was erased come to nobody, and nothing of them
// is kept.
func TestNewsThatConcernNobodyLeaveQuietly(t *testing.T) {
	k := newKit(t)
	k.seen.fail = func(string) error { return &errs.Error{Kind: errs.NotFound, Code: port.CodeGone} }
	k.text(1, caller, "about somebody who was erased")
	k.pass()
	if k.count("done") != 1 || k.count("new") != 0 || k.count("parked") != 0 {
		t.Fatalf("%d done, %d new, %d parked", k.count("done"), k.count("new"), k.count("parked"))
	}
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		if n, err := tx.EraseInbound(ctx, k.vault.Hash("peer", caller), 1); err != nil || n != 0 {
			t.Errorf("%d rows still name the number, %v", n, err)
		}
		return nil
	})
	k.text(1, caller, "about somebody who was erased") // the provider repeats itself
	if k.count("new") != 0 {
		t.Error("a repeat is looked at again")
	}
}
