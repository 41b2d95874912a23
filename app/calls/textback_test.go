package calls

import (
	"context"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/gate"
	"stead/app/inbox"
	"stead/app/port"
	"stead/store"
)

func TestAMissedCallIsAnsweredWithEvidence(t *testing.T) {
	for name, tc := range map[string]struct {
		at      time.Time
		wording string
		says    string
	}{
		"open":    {time.Date(2026, 11, 18, 15, 0, 0, 0, time.UTC), "open", "How can we help?"},
		"closed":  {time.Date(2026, 11, 18, 21, 0, 0, 0, time.UTC), "closed", "closed"},
		"weekend": {time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), "closed", "closed"},
	} {
		k := newKit(t)
		k.clock.at = tc.at
		c := k.ring("CA1", caller, ringing, missed)
		texts := k.texts(c)
		if len(texts) != 1 {
			t.Fatalf("%s: %d texts", name, len(texts))
		}
		m := texts[0]
		if m.CallID != c.ID || m.Class != "reply" || m.State != store.MessageQueued || m.Peer != caller || m.Line != line || m.Author != "" {
			t.Errorf("%s: text %+v", name, m)
		}
		for _, part := range []string{tc.says, "Brightwater", "STOP"} {
			if !strings.Contains(m.Body, part) {
				t.Errorf("%s: %q lacks %q", name, m.Body, part)
			}
		}
		if d := k.decision(c); d.Verdict != "texted" || d.Reason != "" || d.Wording != tc.wording {
			t.Errorf("%s: decision %+v", name, d)
		}
		e, err := k.Store.LastConsent(t.Context(), c.ContactID, "sms")
		if err != nil || e.Act != "given" || e.Purpose != "reply" || e.Source != "call" || e.Evidence != c.ID || !strings.HasPrefix(e.Wording, tc.wording+":") {
			t.Errorf("%s: evidence %+v, %v", name, e, err)
		}
	}
}

// Each guard, alone: what makes it refuse, and the reason that the thread shows.
func TestEachGuardHasItsReason(t *testing.T) {
	known := func(ctx context.Context, tx *store.Tx, _ *kit) (string, error) {
		id := "known"
		return id, tx.InsertContact(ctx, store.Contact{ID: id, Name: "Mira", Source: "manual"}, []store.Phone{{ID: "p1", Typed: caller, E164: caller}}, nil)
	}
	settings := func(change func(*store.TextBack)) func(context.Context, *store.Tx, *kit) error {
		return func(ctx context.Context, tx *store.Tx, _ *kit) error {
			v := store.DefaultTextBack()
			change(&v)
			return tx.SetSetting(ctx, "textback", v, 1)
		}
	}
	on := func(change func(context.Context, *store.Tx, *kit, string) error) func(context.Context, *store.Tx, *kit) error {
		return func(ctx context.Context, tx *store.Tx, k *kit) error {
			id, err := known(ctx, tx, k)
			if err != nil {
				return err
			}
			return change(ctx, tx, k, id)
		}
	}
	for name, tc := range map[string]struct {
		from  string
		spoil func(context.Context, *store.Tx, *kit) error
		want  gate.Reason
	}{
		"nothing in the way": {caller, nil, gate.Go},
		"kill switch": {caller, func(ctx context.Context, tx *store.Tx, _ *kit) error {
			return tx.SetSetting(ctx, "sending", store.Sending{Paused: true}, 1)
		}, gate.Paused},
		"text-back switched off": {caller, settings(func(v *store.TextBack) { v.Enabled = false }), gate.Paused},
		"restricted": {caller, on(func(ctx context.Context, tx *store.Tx, _ *kit, id string) error {
			return tx.SetRestriction(ctx, id, "asked", 1)
		}), gate.Restricted},
		"opted out": {caller, func(ctx context.Context, tx *store.Tx, k *kit) error {
			_, err := tx.Suppress(ctx, "sms", k.Vault.Hash("sms", caller), "stop", 1)
			return err
		}, gate.Suppressed},
		"blocked":              {caller, on(func(ctx context.Context, tx *store.Tx, _ *kit, id string) error { return tx.SetBlocked(ctx, id, 1) }), gate.Blocked},
		"our own line":         {line, nil, gate.OwnNumber},
		"a phone of our desk":  {desk, nil, gate.OwnNumber},
		"landline by the plan": {"+442079460958", nil, gate.Landline},
		"landline by experience": {caller, on(func(ctx context.Context, tx *store.Tx, _ *kit, _ string) error {
			return tx.SetPhoneState(ctx, caller, "landline")
		}), gate.Landline},
		"unreachable by experience": {caller, on(func(ctx context.Context, tx *store.Tx, _ *kit, _ string) error {
			return tx.SetPhoneState(ctx, caller, "unreachable")
		}), gate.Unreachable},
		"a short code": {"24365", nil, gate.Unreachable},
		"somebody is talking with them": {caller, on(func(ctx context.Context, tx *store.Tx, k *kit, id string) error {
			if _, err := tx.EnsureConversation(ctx, id, "v1", 1); err != nil {
				return err
			}
			return tx.MoveConversation(ctx, "v1", store.Move{At: k.clock.now().Add(-59 * time.Minute).UnixMilli(), Answered: true})
		}), gate.OpenThread},
		"somebody did, but it is done": {caller, on(func(ctx context.Context, tx *store.Tx, k *kit, id string) error {
			if _, err := tx.EnsureConversation(ctx, id, "v1", 1); err != nil {
				return err
			}
			if err := tx.MoveConversation(ctx, "v1", store.Move{At: k.clock.now().Add(-59 * time.Minute).UnixMilli(), Answered: true}); err != nil {
				return err
			}
			return tx.SetConversationState(ctx, "v1", "done")
		}), gate.Go},
		"somebody did, over an hour ago": {caller, on(func(ctx context.Context, tx *store.Tx, k *kit, id string) error {
			if _, err := tx.EnsureConversation(ctx, id, "v1", 1); err != nil {
				return err
			}
			return tx.MoveConversation(ctx, "v1", store.Move{At: k.clock.now().Add(-61 * time.Minute).UnixMilli(), Answered: true})
		}), gate.Go},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			if tc.spoil != nil {
				k.tx(func(ctx context.Context, tx *store.Tx) error { return tc.spoil(ctx, tx, k) })
			}
			c := k.ring("CA1", tc.from, ringing, missed)
			texts := len(k.texts(c))
			if d := k.decision(c); d.Reason != string(tc.want) || (d.Verdict == "texted") != (tc.want == gate.Go) || (texts == 1) != (tc.want == gate.Go) {
				t.Errorf("%s for %q with %d texts, want %q", d.Verdict, d.Reason, texts, tc.want)
			}
			wantTasks := 1
			if tc.want == gate.Blocked {
				wantTasks = 0
			}
			if n := k.openTasks(c); n != wantTasks {
				t.Errorf("%d tasks, want %d", n, wantTasks)
			}
		})
	}
}

func TestOneTextPerCallerWithinTheCooldown(t *testing.T) {
	k := newKit(t)
	first := k.ring("CA1", caller, ringing, missed)
	k.clock.move(3*time.Hour + 59*time.Minute)
	second := k.ring("CA2", caller, ringing, missed)
	if d := k.decision(second); d.Reason != string(gate.Cooldown) {
		t.Errorf("within four hours: %+v", d)
	}
	if d := k.decision(k.ring("CA3", "+15035550178", ringing, missed)); d.Verdict != "texted" {
		t.Errorf("somebody else: %+v", d)
	}
	k.clock.move(2 * time.Minute)
	if d := k.decision(k.ring("CA4", caller, ringing, missed)); d.Verdict != "texted" {
		t.Errorf("after four hours: %+v", d)
	}
	if n := len(k.texts(first)); n != 2 {
		t.Errorf("%d texts, want 2", n)
	}
}

func TestTheDaysLimitCountsTheBusinesssDay(t *testing.T) {
	k := newKit(t)
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		v := store.DefaultTextBack()
		v.DailyCap = 2
		return tx.SetSetting(ctx, "textback", v, 1)
	})
	for i, want := range []string{"texted", "texted", "refused"} {
		from := "+1503555020" + string(rune('0'+i))
		if d := k.decision(k.ring("CA"+from, from, ringing, missed)); d.Verdict != want {
			t.Errorf("call %d: %+v, want %s", i, d, want)
		}
	}
	k.clock.move(9 * time.Hour) // midnight
	if d := k.decision(k.ring("CA9", "+15035550209", ringing, missed)); d.Verdict != "texted" {
		t.Errorf("the next day: %+v", d)
	}
}

func TestACallOfLongAgoIsNotAnsweredByAText(t *testing.T) {
	k := newKit(t)
	for _, e := range []port.CallEvent{ringing, missed, ended} {
		e.Ref, e.At = "CA1", k.clock.now().Add(-2*time.Hour)
		k.step(e)
	}
	c := k.call("CA1")
	if d := k.decision(c); d.Reason != string(gate.Late) || len(k.texts(c)) != 0 || k.openTasks(c) != 1 {
		t.Errorf("decision %+v, %d texts, %d tasks", d, len(k.texts(c)), k.openTasks(c))
	}
}

func TestAPersonWhoIsAnsweredByHandIsNotTexted(t *testing.T) {
	k := newKit(t)
	c := k.ring("CA1", caller, ringing, missed)
	if _, err := k.inbox.Reply(t.Context(), access.Owner("ana"), c.ConversationID, inbox.Writing{Body: "I call you back"}); err != nil {
		t.Fatal(err)
	}
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		v := store.DefaultTextBack()
		v.CooldownHours = 0
		return tx.SetSetting(ctx, "textback", v, 1)
	})
	k.clock.move(30 * time.Minute)
	if d := k.decision(k.ring("CA2", caller, ringing, missed)); d.Reason != string(gate.OpenThread) {
		t.Errorf("decision %+v", d)
	}
}

func TestEveryFirstTextSaysWhoWritesAndHowToStop(t *testing.T) {
	for template, want := range map[string]string{
		"Hi, this is {business}. Reply STOP to end.": "Hi, this is Brightwater. Reply STOP to end.",
		"Sorry, we missed you":                       "Brightwater: Sorry, we missed you Reply STOP for no more texts.",
		"{business} here":                            "Brightwater here Reply STOP for no more texts.",
		"":                                           "Brightwater: Reply STOP for no more texts.",
	} {
		if got := compose(template, "Brightwater"); got != want {
			t.Errorf("%q becomes %q, want %q", template, got, want)
		}
	}
	if a := version("open", "a"); a == version("open", "b") || a != version("open", "a") {
		t.Error("the version does not tell wordings apart")
	}
}
