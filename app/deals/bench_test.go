package deals_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"stead/app/apptest"
	"stead/store"
)

var many = flag.Int("deals", 0, "how many deals the page of one is measured with beside 1,000, such as 100000")

// BenchmarkPage says how much CPU the page of a deal costs beside a handler that
// says hello, in one run of the whole product: one with a person, a company,
// others, stays, notes, tasks, lines, tags and fields. The goal is 30x, whatever
// the number of deals. It goes from one to the next, all over the file.
func BenchmarkPage(b *testing.B) {
	const perRound, opened = 200, 50
	for _, n := range []int{1_000, *many} {
		if n == 0 {
			continue
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h := apptest.Start(b, apptest.Options{})
			plantDeals(b, h, n)
			cookie := h.SignedIn().Cookie()
			page := &apptest.Target{Name: "deal", Cookie: cookie.Name + "=" + cookie.Value, Is: "Release the units"}
			for i := range opened {
				id := fmt.Sprint("deal-", i*(n/opened))
				fillDeal(b, h, id)
				page.All = append(page.All, "/deals/"+id)
			}
			page.URL = h.URL + page.All[0]
			hello := &apptest.Target{Name: "hello", URL: sayHello(b), Is: "hello"}
			for _, t := range []*apptest.Target{hello, page} {
				t.Ready(b, perRound)
			}
			for b.Loop() { // a round: both side by side
				hello.Round(b, 4*perRound)
				h.Clock.Advance(10 * time.Second) // the limit of requests is by this clock
				page.Round(b, perRound)
			}
			b.ReportMetric(float64(hello.Cost().Nanoseconds())/1e3, "hello-µs")
			b.ReportMetric(float64(page.Cost().Nanoseconds())/1e3, "deal-µs")
			b.ReportMetric(float64(page.Size), "bytes")
			b.ReportMetric(float64(page.Cost())/float64(hello.Cost()), "deal/hello")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func sayHello(b *testing.B) string {
	b.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	b.Cleanup(s.Close)
	return s.URL + "/"
}

// inStore writes past the product's own code, which is not what is measured.
func inStore(b *testing.B, h *apptest.House, do func(ctx context.Context, tx *store.Tx) error) {
	b.Helper()
	ctx := context.WithoutCancel(b.Context())
	if err := h.Store().InTx(ctx, func(tx *store.Tx) error { return do(ctx, tx) }); err != nil {
		b.Fatal(err)
	}
}

// plantDeals makes deals that went through three stages each.
func plantDeals(b *testing.B, h *apptest.House, n int) {
	b.Helper()
	now := h.Clock.Now().UnixMilli()
	inStore(b, h, func(ctx context.Context, tx *store.Tx) (err error) {
		for i := range people {
			c := store.Contact{ID: fmt.Sprint("who-", i), Name: fmt.Sprint("Mara Beispiel ", i), Source: "manual", CreatedAt: now, UpdatedAt: now, LastActivityAt: now}
			err = cmp.Or(err, tx.InsertContact(ctx, c, nil, nil))
		}
		return err
	})
	pipelines, err := h.Store().Pipelines(b.Context())
	if err != nil || len(pipelines) == 0 || len(pipelines[0].Stages) < 3 {
		b.Fatal("there is no pipeline: ", err)
	}
	p := pipelines[0]
	for from := 0; from < n; from += 5_000 {
		inStore(b, h, func(ctx context.Context, tx *store.Tx) error {
			for i := from; i < min(from+5_000, n); i++ {
				d := store.Deal{
					ID: fmt.Sprint("deal-", i), Title: fmt.Sprint("Release the units ", i), PipelineID: p.ID, StageID: p.Stages[0].ID, ContactID: fmt.Sprint("who-", i%people),
					Amount: int64(i%977) * 1_250, Currency: p.Currency, Source: "manual", CreatedAt: now - int64(10+i%60)*day, ClosesOn: (now/day + int64(i%120)) * day,
				}
				if _, err := tx.InsertDeal(ctx, d, "stay-"+d.ID); err != nil {
					return err
				}
				for k := 1; k <= 2; k++ {
					m := store.DealMove{DealID: d.ID, StageID: p.Stages[k].ID, StayID: fmt.Sprint("stay", k, d.ID), At: d.CreatedAt + int64(k)*day}
					if _, err := tx.MoveDeal(ctx, m); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
}

// fillDeal gives a deal all that its page can show.
func fillDeal(b *testing.B, h *apptest.House, id string) {
	b.Helper()
	at := h.Clock.Now().UnixMilli() - 3*day
	inStore(b, h, func(ctx context.Context, tx *store.Tx) error {
		d, err := tx.Deal(ctx, id)
		for i := range 6 {
			err = cmp.Or(err, tx.InsertNote(ctx, store.Note{ID: fmt.Sprint("note", i, id), DealID: id, Body: "They want the second release on Thursday and ask for a better price.", CreatedAt: at + int64(i)}))
		}
		for i := range 3 {
			step := store.Task{ID: fmt.Sprint("task", i, id), DealID: id, Title: "Send the offer again", Kind: "todo", DueAt: at + int64(i)*day, CreatedAt: at}
			err = cmp.Or(err, tx.InsertTask(ctx, step))
		}
		lines := make([]store.DealLine, 8)
		for i := range lines {
			lines[i] = store.DealLine{ID: fmt.Sprint("line", i, id), Name: "Phone, refurbished", Unit: "piece", Quantity: 12_000, Price: 19_900, Tax: 1_900, Net: 238_800}
		}
		if err == nil {
			err = tx.SetDealLines(ctx, id, d.Version, lines, at)
		}
		for i := range 3 {
			if err == nil {
				_, err = tx.EnsureTag(ctx, store.Tag{ID: fmt.Sprint("tag", i), Name: fmt.Sprint("Tag ", i), CreatedAt: at})
			}
		}
		err = cmp.Or(err, tx.SetDealTags(ctx, id, []string{"tag0", "tag1", "tag2"}))
		return cmp.Or(err, tx.SetDealContacts(ctx, id, []store.DealContact{
			{DealID: id, ContactID: "who-1", Role: "Decides", CreatedAt: at}, {DealID: id, ContactID: "who-2", Role: "Pays", CreatedAt: at},
		}))
	})
}

const (
	day    = 86_400_000
	people = 1000
)
