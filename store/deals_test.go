package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"stead/store"
	"stead/store/storetest"
)

// pipes is a pipeline with four open stages, one won, one lost.
func pipes(t testing.TB, st *store.Store, id string) store.Pipeline {
	t.Helper()
	p := store.Pipeline{ID: id, Name: "Pipeline " + id, Currency: "EUR", CreatedAt: 1}
	for i, probability := range []int64{10, 33, 50, 90, 100, 0} {
		kind := store.DealOpen
		switch probability {
		case 100:
			kind = store.DealWon
		case 0:
			kind = store.DealLost
		}
		p.Stages = append(p.Stages, store.Stage{ID: fmt.Sprint(id, "-", i), Name: fmt.Sprint("Stage ", i), Kind: kind, Probability: probability})
	}
	change(t, st, func(ctx context.Context, tx *store.Tx) error { return tx.InsertPipeline(ctx, p) })
	return p
}

func change(t testing.TB, st *store.Store, fn func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := st.InTx(t.Context(), func(tx *store.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func TestAStageThatHoldsDealsStays(t *testing.T) {
	st := storetest.New(t)
	pipes(t, st, "p")
	change(t, st, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.InsertDeal(ctx, store.Deal{ID: "d", PipelineID: "p", StageID: "p-1", Title: "Pumps", Amount: 1003, Currency: "EUR", Source: "manual", CreatedAt: 5}, "s1")
		if n != 1001 {
			t.Errorf("has the number %d", n)
		}
		return err
	})
	for name, do := range map[string]struct {
		do   func(context.Context, *store.Tx) error
		want error
	}{
		"the stage": {func(ctx context.Context, tx *store.Tx) error { return tx.DeleteStage(ctx, "p-1", 1, 9) }, store.ErrHolds},
		"its kind": {func(ctx context.Context, tx *store.Tx) error {
			return tx.SaveStage(ctx, store.Stage{ID: "p-1", PipelineID: "p", Name: "X", Kind: store.DealWon, Probability: 100, Version: 1})
		}, store.ErrHolds},
		"the pipeline":    {func(ctx context.Context, tx *store.Tx) error { return tx.DeletePipeline(ctx, "p", 1, 9) }, store.ErrHolds},
		"the last of won": {func(ctx context.Context, tx *store.Tx) error { return tx.DeleteStage(ctx, "p-4", 1, 9) }, store.ErrConflict},
		"another's stage": {func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.InsertDeal(ctx, store.Deal{ID: "e", PipelineID: "q", StageID: "p-1"}, "s2")
			return err
		}, store.ErrConflict},
		"an empty stage":  {func(ctx context.Context, tx *store.Tx) error { return tx.DeleteStage(ctx, "p-0", 1, 9) }, nil},
		"an old version":  {func(ctx context.Context, tx *store.Tx) error { return tx.DeleteStage(ctx, "p-2", 7, 9) }, store.ErrConflict},
		"no stage at all": {func(ctx context.Context, tx *store.Tx) error { return tx.DeleteStage(ctx, "nowhere", 1, 9) }, store.ErrNotFound},
	} {
		err := st.InTx(t.Context(), func(tx *store.Tx) error { return do.do(t.Context(), tx) })
		if !errors.Is(err, do.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d, err := st.Deal(t.Context(), "d")
	if err != nil || d.Weighted != 331 || d.Probability != 33 { // 330.99
		t.Errorf("%+v (%v)", d, err)
	}
	change(t, st, func(ctx context.Context, tx *store.Tx) error {
		return tx.SaveStage(ctx, store.Stage{ID: "p-1", PipelineID: "p", Name: "Half", Kind: store.DealOpen, Probability: 50, IdleDays: 7, Required: []string{"amount", "closes"}, Version: 1, UpdatedAt: 9})
	})
	if d, err = st.Deal(t.Context(), "d"); err != nil || d.Weighted != 502 || d.Probability != 50 {
		t.Errorf("the stage changed its probability: %+v (%v)", d, err)
	}
	all, err := st.Pipelines(t.Context())
	if err != nil || len(all) != 1 || len(all[0].Stages) != 5 || !slices.Equal(all[0].Stages[0].Required, []string{"amount", "closes"}) {
		t.Errorf("%+v (%v)", all, err)
	}
}

// TestSumsAndStaysAgreeWithTheRows: whatever was done, the sums of the board and
// of the forecast are those of the deals, to the minor unit, and the stays of a
// deal account for all its time.
func TestSumsAndStaysAgreeWithTheRows(t *testing.T) {
	st := storetest.New(t)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		pid := fmt.Sprint("r", round)
		p := pipes(t, st, pid)
		clock := int64(1000)
		known := map[string]store.Deal{}
		var ids []string
		steps := rapid.IntRange(1, 25).Draw(rt, "steps")
		for step := range steps {
			clock += rapid.Int64Range(0, 5).Draw(rt, "later")
			act := rapid.IntRange(0, 5).Draw(rt, "act")
			if len(ids) == 0 {
				act = 0
			}
			id := ""
			if len(ids) > 0 {
				id = rapid.SampledFrom(ids).Draw(rt, "deal")
			}
			stage := rapid.SampledFrom(p.Stages).Draw(rt, "stage").ID
			amount := rapid.Int64Range(-100_000, 100_000).Draw(rt, "amount")
			currency := rapid.SampledFrom([]string{"EUR", "JPY"}).Draw(rt, "currency")
			err := st.InTx(t.Context(), func(tx *store.Tx) error {
				ctx := t.Context()
				switch act {
				case 0:
					id = fmt.Sprint(pid, "-d", step)
					ids = append(ids, id)
					_, err := tx.InsertDeal(ctx, store.Deal{
						ID: id, PipelineID: pid, StageID: stage, Amount: amount, Currency: currency, Source: "manual", CreatedAt: clock,
						ClosesOn: rapid.Int64Range(0, 3).Draw(rt, "month") * 32 * 86_400_000,
					}, id+"s")
					return err
				case 1, 2, 3:
					_, err := tx.MoveDeal(ctx, store.DealMove{DealID: id, StageID: stage, StayID: fmt.Sprint(id, step), OutcomeID: fmt.Sprint(id, step), At: clock})
					return err
				case 4:
					d, err := tx.Deal(ctx, id)
					if err != nil {
						return err
					}
					d.Amount, d.Currency, d.UpdatedAt = amount, currency, clock
					d.OwnProbability, d.Probability = rapid.Bool().Draw(rt, "own"), rapid.Int64Range(0, 100).Draw(rt, "probability")
					return tx.UpdateDeal(ctx, d)
				}
				d, err := tx.Deal(ctx, id)
				if err != nil {
					return err
				}
				lines := make([]store.DealLine, rapid.IntRange(0, 3).Draw(rt, "lines"))
				for i := range lines {
					lines[i] = store.DealLine{ID: fmt.Sprint(id, step, i), Name: "x", Quantity: 1000, Price: amount, Net: amount + int64(i)}
				}
				return tx.SetDealLines(ctx, id, d.Version, lines, clock)
			})
			if err != nil {
				rt.Fatal(err)
			}
		}
		for _, id := range ids {
			d, err := st.Deal(t.Context(), id)
			if err != nil {
				rt.Fatal(err)
			}
			known[id] = d
			staysAccount(rt, st, d)
		}
		agree(rt, st, pid, known)
	})
}

func staysAccount(t *rapid.T, st *store.Store, d store.Deal) {
	stays, err := st.Stays(context.Background(), d.ID)
	if err != nil || len(stays) == 0 {
		t.Fatalf("%d stays (%v)", len(stays), err)
	}
	at := d.CreatedAt
	for i, s := range stays {
		last := i == len(stays)-1
		if s.EnteredAt != at || last != (s.LeftAt == 0) || !last && s.LeftAt < s.EnteredAt {
			t.Fatalf("stay %d of %+v leaves a gap", i, stays)
		}
		at = s.LeftAt
	}
	if now := stays[len(stays)-1]; now.StageID != d.StageID || now.EnteredAt != d.EnteredAt {
		t.Fatalf("is in %s since %d, and its stay in %s since %d", d.StageID, d.EnteredAt, now.StageID, now.EnteredAt)
	}
	outcomes, err := st.Outcomes(context.Background(), d.ID)
	if err != nil {
		t.Fatal(err)
	}
	live := 0
	for _, o := range outcomes {
		if o.ReopenedAt == 0 {
			live++
			if o.Kind != d.Status {
				t.Fatalf("is %s, and its outcome %s", d.Status, o.Kind)
			}
		}
	}
	for i, want := range map[bool]int{true: 0, false: 1} {
		if d.Open() == i && d.ClosedAt == 0 != d.Open() {
			t.Fatalf("%s, closed at %d", d.Status, d.ClosedAt)
		}
		if d.Open() == i && live > want {
			t.Fatalf("%s with %d outcomes", d.Status, live)
		}
	}
}

func agree(t *rapid.T, st *store.Store, pipeline string, known map[string]store.Deal) {
	ctx := context.Background()
	q := store.Question{Record: "deal", Conditions: []store.Condition{{Field: "pipeline", Op: store.OpAny, Values: []string{pipeline}}}}
	type key struct{ stage, currency string }
	want, months := map[key]store.Sum{}, map[string]store.Month{}
	for _, d := range known {
		k := key{d.StageID, d.Currency}
		s := want[k]
		s.Deals, s.Amount, s.Weighted = s.Deals+1, s.Amount+d.Amount, s.Weighted+store.Weighted(d.Amount, d.Probability)
		want[k] = s
		if d.Open() {
			m := months[d.Currency]
			m.Deals, m.Amount, m.Weighted = m.Deals+1, m.Amount+d.Amount, m.Weighted+d.Weighted
			months[d.Currency] = m
		}
	}
	sums, cut, err := st.DealSums(ctx, store.Everything, q, 0)
	if err != nil || cut || len(sums) != len(want) {
		t.Fatalf("%d sums of %d (%v)", len(sums), len(want), err)
	}
	listed := 0
	for _, s := range sums {
		w := want[key{s.StageID, s.Currency}]
		if s.Deals != w.Deals || s.Amount != w.Amount || s.Weighted != w.Weighted {
			t.Fatalf("%+v is not %+v", s, w)
		}
		if s.Currency == sums[0].Currency {
			lane, err := st.Lane(ctx, store.Everything, q, s.StageID, 0, store.Page{Limit: 100})
			if err != nil {
				t.Fatal(err)
			}
			listed += len(lane.Rows)
		}
	}
	forecast, cut, err := st.Forecast(ctx, store.Everything, q)
	if err != nil || cut {
		t.Fatal(err)
	}
	got := map[string]store.Month{}
	for _, f := range forecast {
		m := got[f.Currency]
		m.Deals, m.Amount, m.Weighted = m.Deals+f.Deals, m.Amount+f.Amount, m.Weighted+f.Weighted
		got[f.Currency] = m
	}
	for currency, m := range months {
		if got[currency] != m {
			t.Fatalf("%s is forecast as %+v and is %+v", currency, got[currency], m)
		}
	}
	walked := 0
	for page := (store.Page{Limit: 3}); ; {
		p, err := st.Deals(ctx, store.Everything, q, page)
		if err != nil {
			t.Fatal(err)
		}
		walked += len(p.Rows)
		if page.After = p.Next; p.Next == "" {
			break
		}
	}
	if walked != len(known) {
		t.Fatalf("the list has %d of %d", walked, len(known))
	}
}
