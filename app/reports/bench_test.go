package reports_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"stead/app/apptest"
	"stead/store"
	"stead/store/storetest"
)

// BenchmarkFunnelPage says how much CPU the funnel of a year over 100,000 deals with
// 1,000,000 changes of stage costs beside the list of those deals, in one run of
// the whole product. The goal is 10x; the parts of weeks at both ends, and the
// middle of what stays took, are counted from the rows and cost most of it.
func BenchmarkFunnelPage(b *testing.B) {
	const perRound = 40
	h := apptest.Start(b, apptest.Options{})
	plant(b, h, 100_000)
	cookie := h.SignedIn().Cookie()
	targets := []*apptest.Target{
		{Name: "list", URL: h.URL + "/deals?show=list&pipeline=p", Is: "/deals/d99"},
		{Name: "funnel", URL: h.URL + "/reports?pipeline=p", Is: "Talks"},
		{Name: "past-year", URL: h.URL + "/reports?pipeline=p&period=days&from=2025-03-06&to=2026-03-05", Is: "Talks"},
	}
	for _, t := range targets {
		t.Cookie = cookie.Name + "=" + cookie.Value
		t.Ready(b, perRound)
	}
	for b.Loop() { // a round: all of them side by side
		for _, t := range targets {
			h.Clock.Advance(10 * time.Second) // the limit of requests is by this clock
			t.Round(b, perRound)
		}
	}
	list := targets[0].Cost()
	b.ReportMetric(float64(list.Nanoseconds())/1e3, "list-µs")
	for _, t := range targets {
		b.ReportMetric(float64(t.Cost())/float64(list), t.Name+"/list")
		b.Logf("%-10s %8.1f µs CPU, %6d bytes, %5.1fx the list", t.Name, float64(t.Cost().Nanoseconds())/1e3, t.Size, float64(t.Cost())/float64(list))
	}
	b.ReportMetric(0, "ns/op")
}

var steps = []store.Stage{
	{ID: "s0", Name: "New", Kind: store.DealOpen, Probability: 10},
	{ID: "s1", Name: "Visit", Kind: store.DealOpen, Probability: 20},
	{ID: "s2", Name: "Offer", Kind: store.DealOpen, Probability: 50},
	{ID: "s3", Name: "Talks", Kind: store.DealOpen, Probability: 70},
	{ID: "s4", Name: "Gained", Kind: store.DealWon, Probability: 100},
	{ID: "s5", Name: "Gone", Kind: store.DealLost},
}

// plant makes deals with ten stays each, over the three years before now; rows are
// written beside the product's own code, and then added up by it.
func plant(b *testing.B, h *apptest.House, deals int) {
	b.Helper()
	ctx := b.Context()
	h.Change("pipeline.created", "p", func(tx *store.Tx) error {
		return tx.InsertPipeline(ctx, store.Pipeline{ID: "p", Name: "Roofs", Currency: "EUR", CreatedAt: 1, Stages: steps})
	})
	gap := int64(3 * 365 * day / deals)
	begin := h.Clock.Now().UnixMilli() - gap*int64(deals) - 9*day
	n := fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d), k(j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM k WHERE j < 9) `, deals)
	for _, statement := range []string{
		fmt.Sprintf(`INSERT INTO deals (id, number, title, title_key, pipeline_id, stage_id, status, entered_at, owner_id, amount, currency, probability, source, created_at, updated_at, last_activity_at)
			SELECT 'd' || i, 1000 + i, 'Roof ' || i, 'roof ' || i, 'p', 's3', 'open', %[1]d + i * %[2]d, CASE WHEN i %% 9 > 0 THEN 'u' || (i %% 8) END, i, 'EUR', 10, 'manual', %[1]d + i * %[2]d, 1, %[1]d + i * %[2]d FROM n`, begin, gap),
		fmt.Sprintf(`INSERT INTO deal_stays (id, deal_id, pipeline_id, stage_id, entered_at, left_at, went_to)
			SELECT 'd' || i || '-' || j, 'd' || i, 'p', 's' || (j %% 6), %[1]d + i * %[2]d + j * %[3]d, CASE WHEN j < 9 THEN %[1]d + i * %[2]d + (j + 1) * %[3]d END,
			CASE WHEN j < 9 THEN 's' || ((j + 1) %% 6) END FROM n, k`, begin, gap, day),
	} {
		storetest.Exec(b, filepath.Join(h.Config.Data, "stead.db"), n+statement)
	}
	h.Change("pipeline.created", "p", func(tx *store.Tx) error { return tx.MendFlow(context.WithoutCancel(ctx)) })
}
