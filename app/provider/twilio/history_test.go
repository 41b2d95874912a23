package twilio

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"stead/app/errs"
	"stead/app/port"
)

// keys replays the history and says what each step would be stored as.
func keys(t *testing.T, k *kit, since time.Time) (all []string, events []port.Event) {
	t.Helper()
	err := k.Since(context.Background(), k.account, since, func(r port.Request) error {
		e, err := k.Identify(r)
		if err != nil {
			return err
		}
		event, err := k.Decode(e.Kind, e.Payload)
		all, events = append(all, e.Kind+" "+e.Key), append(events, event)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, events
}

func TestHistoryHasTheKeysOfTheCallbacksThatWereMissed(t *testing.T) {
	k := newKit(t)
	ctx := context.Background()
	sms, _ := k.fake.Text(ctx, FakeText{From: testPerson, To: testLine, Body: "hello 👋", Lost: true, Media: []FakeMedia{{ContentType: "image/png"}}})
	rung, _ := k.fake.Call(ctx, FakeRing{From: testPerson, To: testLine, Lost: true})
	if _, err := k.fake.Text(ctx, FakeText{From: testPerson, To: "+15035550999", Body: "to another number of the account", Lost: true}); err != nil {
		t.Fatal(err)
	}
	all, events := keys(t, k, testNow.Add(-time.Hour))
	want := []string{"sms " + sms, "voice " + rung.Sid + "|ringing", "dial " + rung.Sid + "|dialed", "call-status " + rung.Sid + "|ended"}
	if !slices.Equal(all, want) {
		t.Fatalf("got %v, want %v", all, want)
	}
	if e := events[0].Text; e.Body != "hello 👋" || !e.At.Equal(testNow) || len(e.Media) != 1 || !strings.HasPrefix(e.Media[0].URL, "https://api.twilio.com/2010-04-01/") || strings.HasSuffix(e.Media[0].URL, ".json") {
		t.Errorf("text %+v", e)
	}
	if e := events[2].Call; e.Answered || e.Cause != "no-answer" || !e.At.Equal(testNow) || e.From != testPerson {
		t.Errorf("call %+v", e)
	}
}

func TestHistoryKnowsAnAnsweredCallByItsLegs(t *testing.T) {
	k := newKit(t)
	server := newHook(t, k, port.Answer{Dial: []string{"+15035550111", "+15035550112"}, ActionURL: "/hooks/twilio/voice/dial"})
	if _, err := k.fake.Call(context.Background(), FakeRing{From: testPerson, To: testLine, Answer: true, Seconds: 42}); err != nil {
		t.Fatal(err)
	}
	all, events := keys(t, k, testNow.Add(-time.Hour))
	if !slices.Equal(all, server.keys()) {
		t.Errorf("replayed %v, called back %v", all, server.keys())
	}
	if e := events[1].Call; !e.Answered || e.Seconds != 42 {
		t.Errorf("call %+v", e)
	}
}

func TestHistoryTellsTheStatusOfOurTexts(t *testing.T) {
	k := newKit(t)
	k.fake.Behave("", Behaviour{Statuses: []string{"undelivered"}, ErrorCode: 30034})
	sent, err := k.SendText(context.Background(), k.account, text(testPerson))
	if err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return k.fake.Messages()[0].Status == "undelivered" })
	all, events := keys(t, k, testNow)
	if !slices.Equal(all, []string{"status " + sent.Ref + "|undelivered"}) || events[0].Status.Code != "30034" {
		t.Errorf("got %v", all)
	}
}

func TestHistoryIsPagedOrderedAndEnds(t *testing.T) {
	k := newKit(t)
	now := testNow
	k.fake.change(func() { k.fake.cfg.Now = func() time.Time { return now } })
	var want []string
	for i := range 2*pageSize + 3 {
		now = testNow.Add(time.Duration(i) * time.Second)
		ref, _ := k.fake.Text(context.Background(), FakeText{From: testPerson, To: testLine, Body: fmt.Sprint(i), Lost: true})
		if i > 1 {
			want = append(want, "sms "+ref)
		}
	}
	all, _ := keys(t, k, testNow.Add(2*time.Second+400*time.Millisecond))
	if !slices.Equal(all, want) {
		t.Errorf("got %d, want %d: %v", len(all), len(want), all[:2])
	}
}

func TestHistoryLeavesOutWhatEndedBefore(t *testing.T) {
	k := newKit(t)
	if _, err := k.fake.Call(context.Background(), FakeRing{From: testPerson, To: testLine, Lost: true}); err != nil {
		t.Fatal(err)
	}
	if all, _ := keys(t, k, testNow.Add(time.Second)); len(all) != 0 {
		t.Errorf("got %v", all)
	}
}

func TestHistoryStopsWhereItsReaderStops(t *testing.T) {
	k := newKit(t)
	for range 3 {
		if _, err := k.fake.Text(context.Background(), FakeText{From: testPerson, To: testLine, Body: "x", Lost: true}); err != nil {
			t.Fatal(err)
		}
	}
	stop, seen := &errs.Error{Kind: errs.Unavailable, Code: "full"}, 0
	err := k.Since(context.Background(), k.account, testNow, func(port.Request) error { seen++; return stop })
	wantError(t, err, errs.Unavailable, "full")
	if seen != 1 {
		t.Errorf("went on: %d", seen)
	}
	k.vault.err = &errs.Error{Kind: errs.Unavailable, Code: "locked"}
	wantError(t, k.Since(context.Background(), k.account, testNow, nil), errs.Unavailable, "locked")
}
