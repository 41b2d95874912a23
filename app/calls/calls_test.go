package calls

import (
	"errors"
	"testing"

	"stead/app/port"
	"stead/store"

	"pgregory.net/rapid"
)

func TestStepsInAnyOrderMakeOneCall(t *testing.T) {
	for name, tc := range map[string]struct {
		steps   []port.CallEvent
		settles bool
		outcome string
		texts   int
		tasks   int
	}{
		"nobody answers":                         {[]port.CallEvent{ringing, missed, ended}, false, store.CallMissed, 1, 1},
		"answered":                               {[]port.CallEvent{ringing, answered, ended}, false, store.CallAnswered, 0, 0},
		"the end overtakes the outcome":          {[]port.CallEvent{ringing, ended, missed}, false, store.CallMissed, 1, 1},
		"the end overtakes the answer":           {[]port.CallEvent{ringing, ended, answered}, true, store.CallAnswered, 0, 0},
		"the outcome comes first":                {[]port.CallEvent{missed, ringing, ended}, false, store.CallMissed, 1, 1},
		"every step twice":                       {[]port.CallEvent{ringing, ringing, missed, missed, ended, ended}, true, store.CallMissed, 1, 1},
		"the caller hangs up while it rings":     {[]port.CallEvent{ringing, canceled}, false, store.CallMissed, 1, 1},
		"ended, and no outcome ever came":        {[]port.CallEvent{ringing, ended}, true, store.CallMissed, 1, 1},
		"still ringing":                          {[]port.CallEvent{ringing}, false, store.CallRinging, 0, 0},
		"ringing for ever: the outcome is lost":  {[]port.CallEvent{ringing}, true, store.CallMissed, 1, 1},
		"missed, then it was answered after all": {[]port.CallEvent{ringing, canceled, answered}, false, store.CallAnswered, 1, 0},
		"answered, then a late no":               {[]port.CallEvent{ringing, answered, missed, canceled}, true, store.CallAnswered, 0, 0},
		"nothing but the end":                    {[]port.CallEvent{canceled}, false, store.CallMissed, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			c := k.ring("CA1", caller, tc.steps...)
			if tc.settles {
				c = k.settle(c)
			}
			if c.Outcome != tc.outcome || len(k.texts(c)) != tc.texts || k.openTasks(c) != tc.tasks {
				t.Errorf("%s with %d texts and %d tasks, want %s, %d, %d", c.Outcome, len(k.texts(c)), k.openTasks(c), tc.outcome, tc.texts, tc.tasks)
			}
			if _, err := k.Store.Decision(t.Context(), c.ID); (err == nil) != (tc.texts > 0) {
				t.Errorf("decision: %v", err)
			}
		})
	}
}

// Any steps in any order: one decision at most, one text at most, and an
// answered call stays answered.
func TestNoOrderOfStepsTextsTwice(t *testing.T) {
	k := newKit(t)
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		steps := rapid.SliceOfN(rapid.SampledFrom([]port.CallEvent{ringing, missed, answered, ended, canceled}), 1, 10).Draw(r, "steps")
		from := "+1503555" + string([]byte{byte('0' + n/1000%10), byte('0' + n/100%10), byte('0' + n/10%10), byte('0' + n%10)})
		if from == line || from == desk {
			return
		}
		ref := "CA" + from
		was := false
		for _, step := range steps {
			c := k.ring(ref, from, step)
			if was && c.Outcome != store.CallAnswered {
				r.Fatalf("%s after it was answered", c.Outcome)
			}
			was = c.Outcome == store.CallAnswered
		}
		c := k.settle(k.call(ref))
		if len(k.texts(c)) > 1 || c.Outcome == store.CallRinging || k.openTasks(c) > 1 {
			r.Fatalf("%s with %d texts and %d tasks", c.Outcome, len(k.texts(c)), k.openTasks(c))
		}
	})
}

func TestANewCallerBecomesAContactThatWaits(t *testing.T) {
	k := newKit(t)
	c := k.ring("CA1", caller, ringing, missed)
	contact, p, err := k.Store.ContactByPhone(t.Context(), caller)
	if err != nil || contact.Source != "call" || p.E164 != caller || contact.ID != c.ContactID {
		t.Errorf("contact %+v, %v", contact, err)
	}
	v, err := k.Store.Conversation(t.Context(), c.ConversationID)
	if err != nil || v.Unread != 1 || v.WaitingSince == 0 || v.State != "open" {
		t.Errorf("conversation %+v, %v", v, err)
	}
	events, err := k.Store.EventsOf(t.Context(), c.ID)
	if err != nil || len(events) != 2 || events[0].Kind != EventRinging || events[1].Kind != EventMissed || events[1].ContactID != contact.ID {
		t.Errorf("events %+v, %v", events, err)
	}
	again := k.ring("CA2", caller, ringing, answered)
	if again.ContactID != c.ContactID {
		t.Error("the second call made another contact")
	}
	if v, _ := k.Store.Conversation(t.Context(), c.ConversationID); v.WaitingSince != 0 || v.AnsweredAt == 0 {
		t.Errorf("after the answered call %+v", v)
	}
}

func TestAHiddenCallerHasNoContactAndGetsNoText(t *testing.T) {
	for _, from := range []string{"anonymous", "Restricted", "+266696687", "+7378742833", "", "sip:x@y.example", "client:z"} {
		k := newKit(t)
		e := ringing
		for _, step := range []port.CallEvent{e, missed, ended} {
			step.Ref, step.From, step.To, step.At = "CA1", from, line, k.clock.now()
			err := k.Store.InTx(t.Context(), func(tx *store.Tx) error { return k.Step(t.Context(), tx, provider, step) })
			if err != nil {
				t.Fatal(err)
			}
		}
		c := k.call("CA1")
		if d := k.decision(c); c.ContactID != "" || d.Reason != "hidden" || d.Verdict != "refused" || c.Outcome != store.CallMissed {
			t.Errorf("%q: call %+v, decision %+v", from, c, d)
		}
		if n, err := k.Store.CountOpenTasks(t.Context(), store.Everything); n != 0 || err != nil {
			t.Errorf("%q: %d tasks, %v", from, n, err)
		}
	}
}

func TestSettlingACallThatIsGoneIsNoError(t *testing.T) {
	k := newKit(t)
	if err := k.Settle(t.Context(), SettleCall{Call: "nope"}); err != nil {
		t.Error(err)
	}
	if _, err := k.Store.Call(t.Context(), "nope"); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
}
