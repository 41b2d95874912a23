package leads_test

import (
	"context"
	"testing"

	"pgregory.net/rapid"

	"stead/app/access"
	"stead/app/leads"
	"stead/store"
)

const caller = "+351912345679"

// A missed call of somebody without an open deal becomes one, once: its next step
// is to call back.
func TestAMissedCallBecomesADealOnce(t *testing.T) {
	h := start(t)
	h.Connect()
	s := h.source(store.LeadCall, nil)
	ctx := t.Context()
	h.Miss(caller)
	var c store.Contact
	h.Eventually("a deal is there", func() bool {
		found, err := h.Store().Matches(ctx, store.Everything, []string{caller}, nil, "", "", 1)
		if err != nil || len(found) == 0 {
			return false
		}
		c, err = h.Store().Contact(ctx, found[0].ID)
		has, err2 := h.Store().HasOpenDeal(ctx, c.ID)
		return err == nil && err2 == nil && has
	})
	mine, err := h.Store().Notifications(ctx, h.boss.ID, store.Page{})
	if err != nil || len(mine) != 1 || mine[0].Kind != store.NoticeLead {
		t.Fatalf("%+v (%v)", mine, err)
	}
	d, err := h.Store().Deal(ctx, mine[0].Subject)
	if err != nil || d.ContactID != c.ID || d.Source != "call" || d.SourceID != s.ID || d.OwnerID != h.boss.ID || d.StageID != "new" || d.ConversationID == "" {
		t.Errorf("%+v (%v)", d, err)
	}
	tasks, err := h.Store().OpenTasksOfDeal(ctx, d.ID)
	if err != nil || len(tasks) != 1 || tasks[0].Kind != store.TaskCallBack || tasks[0].OwnerID != h.boss.ID || tasks[0].CallID == "" {
		t.Fatalf("%+v (%v)", tasks, err)
	}
	// The job once more, and another call: still one deal.
	if err := h.service().Missed(ctx, leads.MissedCall{Call: tasks[0].CallID}); err != nil {
		t.Fatal(err)
	}
	h.Miss(caller)
	h.Eventually("the second call is missed", func() bool {
		all, err := h.Store().OpenTasksOf(ctx, c.ID)
		return err == nil && len(all) == 2
	})
	for _, task := range h.tasks(c.ID) {
		if err := h.service().Missed(ctx, leads.MissedCall{Call: task.CallID}); err != nil {
			t.Fatal(err)
		}
	}
	if open, err := h.Store().OpenDealsOf(ctx, []string{h.boss.ID}); err != nil || open[h.boss.ID] != 1 {
		t.Errorf("%v (%v)", open, err)
	}
}

// Without a rule that is on, nothing is made of a call.
func TestNothingIsMadeOfCallsUntilSomebodySaysSo(t *testing.T) {
	h := start(t)
	h.Connect()
	h.source(store.LeadCall, func(d *leads.Draft) { d.Enabled = false })
	h.Miss(caller)
	ctx := t.Context()
	var id string
	h.Eventually("the call is missed", func() bool {
		found, err := h.Store().Matches(ctx, store.Everything, []string{caller}, nil, "", "", 1)
		if err != nil || len(found) == 0 {
			return false
		}
		id = found[0].ID
		all, err := h.Store().OpenTasksOf(ctx, id)
		return err == nil && len(all) == 1
	})
	if err := h.service().Missed(ctx, leads.MissedCall{Call: h.tasks(id)[0].CallID}); err != nil {
		t.Fatal(err)
	}
	if has, err := h.Store().HasOpenDeal(ctx, id); err != nil || has {
		t.Error("a deal was made", err)
	}
}

func (h house) tasks(contactID string) []store.Task {
	h.t.Helper()
	all, err := h.Store().OpenTasksOf(h.t.Context(), contactID)
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// However many messages come at once: in turns, nobody has two more than another;
// by open deals, nobody does either who began with as many.
func TestDealsAreSharedFairly(t *testing.T) {
	h := start(t)
	team := []string{h.boss.ID}
	for range 3 {
		team = append(team, h.Hire(colleague()).ID)
	}
	run, ctx := 0, context.Background()
	rapid.Check(t, func(rt *rapid.T) {
		run++
		how := rapid.SampledFrom([]string{store.AssignTurns, store.AssignLeast}).Draw(rt, "how")
		members := team[:rapid.IntRange(1, 4).Draw(rt, "members")]
		s, secret := h.hook(func(d *leads.Draft) { d.Assign, d.Members = how, members })
		before, err := h.Store().OpenDealsOf(ctx, members)
		if err != nil {
			rt.Fatal(err)
		}
		n := rapid.IntRange(1, 8).Draw(rt, "messages")
		h.flood(s, secret, run, n)
		after, err := h.Store().OpenDealsOf(ctx, members)
		if err != nil {
			rt.Fatal(err)
		}
		total := int64(0)
		for _, a := range members {
			total += after[a] - before[a]
			for _, b := range members {
				fair := after[a]-before[a] <= after[b]-before[b]+1
				if how == store.AssignLeast { // who got one had no more than anybody
					fair = after[a] == before[a] || after[a] <= after[b]+1
				}
				if !fair {
					rt.Fatalf("%s: %v became %v", how, before, after)
				}
			}
		}
		if total != int64(n) {
			rt.Fatalf("%d deals of %d messages", total, n)
		}
		if _, err := h.service().Delete(ctx, access.Owner(h.boss.ID), s.ID, s.Version); err != nil {
			rt.Fatal(err)
		}
	})
}
