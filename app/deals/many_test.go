package deals_test

import (
	"context"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"stead/app/access"
	"stead/app/deals"
	"stead/app/errs"
	"stead/app/ids"
	"stead/store"
)

// Each deal that can be changed is, each other one is counted with its reason, and
// one undo takes all of it back.
func TestManyDealsAreChangedAndTakenBackInOnePiece(t *testing.T) {
	k := newKit(t)
	full := k.made(deals.Draft{Title: "Full", Currency: "EUR", Amount: "5", ContactID: "ann"})
	bare := k.made(deals.Draft{Title: "Bare", Currency: "EUR"})
	gone := k.made(deals.Draft{Title: "Gone", Currency: "EUR"})
	k.change(func(ctx context.Context, tx *store.Tx) error { return tx.BinDeal(ctx, gone, "u1", *k.at) })
	all := []string{bare, full, gone, "none", full}
	for name, tc := range map[string]struct {
		change deals.Change
		n      int
		left   map[string]int
		same   func(store.Deal) bool // of those that changed
	}{
		"a stage that asks": {deals.Change{What: deals.ManyStage, Value: "offer"}, 1, map[string]int{deals.LeftLacks: 1}, func(d store.Deal) bool { return d.StageID == "offer" }},
		"lost":              {deals.Change{What: deals.ManyStage, Value: "lost", ReasonID: "dear"}, 2, nil, func(d store.Deal) bool { return d.Status == store.DealLost }},
		"owner":             {deals.Change{What: deals.ManyOwner, Value: "u2"}, 2, nil, func(d store.Deal) bool { return d.OwnerID == "u2" }},
		"close":             {deals.Change{What: deals.ManyCloses, Day: 86_400_000}, 2, nil, func(d store.Deal) bool { return d.ClosesOn == 86_400_000 }},
		"bin":               {deals.Change{What: deals.ManyBin}, 2, nil, func(d store.Deal) bool { return d.DeletedAt != 0 }},
		"a new tag":         {deals.Change{What: deals.ManyTag, Tag: " Big  one "}, 2, nil, func(d store.Deal) bool { return len(k.tags(d.ID)) == 1 && k.tags(d.ID)[0] == "Big one" }},
	} {
		before := map[string]store.Deal{full: k.deal(full), bare: k.deal(bare)}
		key := ids.New()
		got, err := k.ChangeMany(t.Context(), boss, all, tc.change, key)
		left := map[string]int{deals.LeftBin: 1, deals.LeftReach: 1}
		maps.Copy(left, tc.left)
		if err != nil || got.N != tc.n || !maps.Equal(got.Left, left) || got.Undo == "" {
			t.Fatalf("%s: %+v, %v", name, got, err)
		}
		changed := 0
		for id := range before {
			if tc.same(k.deal(id)) {
				changed++
			}
		}
		if changed != tc.n {
			t.Errorf("%s: %d are so, want %d", name, changed, tc.n)
		}
		if again, err := k.ChangeMany(t.Context(), boss, all, tc.change, key); err != nil || again.N != 0 || again.Undo != got.Undo {
			t.Errorf("%s, sent twice: %+v, %v", name, again, err)
		}
		k.change(func(ctx context.Context, tx *store.Tx) error { _, err := tx.TakeBack(ctx, got.Undo, *k.at); return err })
		for id, was := range before {
			now := k.deal(id)
			if now.Version = was.Version; now != was || len(k.tags(id)) != 0 {
				t.Errorf("%s, taken back: %+v, was %+v", name, now, was)
			}
		}
		if n, err := k.st.FlowDrift(t.Context()); err != nil || n != 0 {
			t.Errorf("%s: the summary is off by %d rows (%v)", name, n, err)
		}
	}
}

func (k kit) tags(id string) (names []string) {
	k.t.Helper()
	tags, err := k.st.DealTags(context.Background(), id)
	if err != nil {
		k.t.Fatal(err)
	}
	for _, t := range tags {
		names = append(names, t.Name)
	}
	return names
}

func TestWhatNoDealCouldUndergoIsRefused(t *testing.T) {
	k := newKit(t)
	id := k.made(deals.Draft{Title: "Full", Currency: "EUR"})
	for name, tc := range map[string]struct {
		change deals.Change
		field  string
	}{
		"nothing":          {deals.Change{}, "what"},
		"lost, no reason":  {deals.Change{What: deals.ManyStage, Value: "lost"}, "reason"},
		"a strange reason": {deals.Change{What: deals.ManyStage, Value: "won", ReasonID: "dear"}, "reason"},
		"no such stage":    {deals.Change{What: deals.ManyStage, Value: "none"}, "value"},
		"no such tag":      {deals.Change{What: deals.ManyTag, Value: "none"}, "value"},
		"no tag":           {deals.Change{What: deals.ManyTag}, "value"},
	} {
		_, err := k.ChangeMany(t.Context(), boss, []string{id}, tc.change, ids.New())
		if errs.KindOf(err) != errs.Invalid || errs.Fields(err)[tc.field] == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := k.ChangeMany(t.Context(), boss, make([]string, 0), deals.Change{What: deals.ManyBin}, ids.New()); errs.CodeOf(err) != "nothing_picked" {
		t.Error(err)
	}
	agent := access.Actor{ID: "u2", May: map[access.Permission]access.Reach{access.DealsRead: access.All, access.DealsWrite: access.Own}}
	got, err := k.ChangeMany(t.Context(), agent, []string{id}, deals.Change{What: deals.ManyCloses, Day: 86_400_000}, ids.New())
	if err != nil || got.N != 0 || got.Left[deals.LeftReach] != 1 || got.Undo != "" || k.deal(id).ClosesOn != 0 {
		t.Errorf("out of reach: %+v, %v", got, err)
	}
	if _, err := k.ChangeMany(t.Context(), agent, []string{id}, deals.Change{What: deals.ManyBin}, ids.New()); errs.KindOf(err) != errs.Denied {
		t.Errorf("without the right: %v", err)
	}
}

// Whatever is changed of many, the sums and the summary agree with the rows.
func TestManyChangesKeepTheSums(t *testing.T) {
	k := newKit(t)
	rapid.Check(t, func(rt *rapid.T) {
		var all []string
		for i := range 3 {
			all = append(all, k.made(deals.Draft{Title: "Roof", Currency: "EUR", Amount: []string{"", "7.50", "1,000"}[i%3], ContactID: []string{"", "ann"}[i%2]}))
		}
		for range rapid.IntRange(1, 3).Draw(rt, "changes") {
			change := rapid.SampledFrom([]deals.Change{
				{What: deals.ManyStage, Value: "offer"},
				{What: deals.ManyStage, Value: "won"},
				{What: deals.ManyStage, Value: "lost", Note: "so"},
				{What: deals.ManyStage, Value: "new"},
				{What: deals.ManyOwner, Value: "u2"},
				{What: deals.ManyOwner},
				{What: deals.ManyTag, Tag: "x"},
				{What: deals.ManyCloses, Day: 864e5},
				{What: deals.ManyBin},
			}).Draw(rt, "change")
			*k.at += 3_600_000
			some := rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, 3, rapid.ID[string]).Draw(rt, "deals")
			got, err := k.ChangeMany(context.Background(), boss, some, change, ids.New())
			if err != nil {
				rt.Fatal(err)
			}
			if got.Undo != "" && rapid.Bool().Draw(rt, "taken back") {
				k.change(func(ctx context.Context, tx *store.Tx) error { _, err := tx.TakeBack(ctx, got.Undo, *k.at); return err })
			}
		}
		k.totals(rt)
		for _, id := range all {
			k.accounted(rt, k.deal(id))
		}
		if n, err := k.st.FlowDrift(context.Background()); err != nil || n != 0 {
			rt.Fatalf("the summary is off by %d rows (%v)", n, err)
		}
	})
}
