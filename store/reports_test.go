package store_test

import (
	"cmp"
	"context"
	"slices"

	"pgregory.net/rapid"

	"stead/store"
)

const aWeek = 7 * 24 * 60 * 60 * 1000

// flowAgrees counts the stays of deals one by one.
func flowAgrees(t *rapid.T, st *store.Store, p store.Pipeline, ids []string, span store.Span) {
	ctx := context.Background()
	var stages []string
	for _, s := range p.Stages {
		stages = append(stages, s.ID)
	}
	for name, who := range map[string]struct {
		scope store.Scope
		in    func(owner string) bool
	}{
		"all":  {store.Everything, func(string) bool { return true }},
		"own":  {store.OwnedBy("u1"), func(o string) bool { return o == "u1" }},
		"team": {store.OwnedBy("u1", "u2").OrFree(), func(string) bool { return true }},
		"free": {store.OwnedBy("u2").OrFree(), func(o string) bool { return o != "u1" }},
	} {
		sums := map[[2]string]store.Pass{}
		for _, id := range ids {
			d, err := st.Deal(ctx, id)
			if err != nil || d.DeletedAt != 0 || !who.in(d.OwnerID) {
				continue // taken back, or in the bin
			}
			stays, err := st.Stays(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range stays {
				next := ""
				if i < len(stays)-1 {
					next = stays[i+1].StageID
				}
				if s.WentTo != next {
					t.Fatalf("a stay says that it led to %q, and the next one is in %q", s.WentTo, next)
				}
				if s.EnteredAt < span.From || span.To != 0 && s.EnteredAt >= span.To {
					continue
				}
				sum := sums[[2]string{s.StageID, s.WentTo}]
				sum.StageID, sum.WentTo, sum.N = s.StageID, s.WentTo, sum.N+1
				if s.LeftAt != 0 {
					sum.Took += s.LeftAt - s.EnteredAt
				}
				sums[[2]string{s.StageID, s.WentTo}] = sum
			}
		}
		want := make([]store.Pass, 0, len(sums))
		for _, sum := range sums {
			want = append(want, sum)
		}
		got, err := st.Flow(ctx, who.scope, stages, span)
		order := func(a, b store.Pass) int {
			return cmp.Or(cmp.Compare(a.StageID, b.StageID), cmp.Compare(a.WentTo, b.WentTo))
		}
		slices.SortFunc(got, order)
		slices.SortFunc(want, order)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%s, %+v: added up %+v, the stays come to %+v (%v)", name, span, got, want, err)
		}
	}
}
