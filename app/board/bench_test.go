package board_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/apptest"
	"stead/app/board"
	"stead/app/ids"
	"stead/app/web"
	"stead/assets"
	"stead/store"
	"stead/store/storetest"
	"stead/views/ui"
)

var many = flag.Int("deals", 0, "how many deals the pages are measured with beside 1,000 and 5,000, such as 100000")

const perRound = 400 // requests for each page

// BenchmarkPages says how much CPU the board (the lanes in sight), the list and
// the forecast cost beside a handler that says hello, in one run, session and
// frame included. The goal is 30x, whatever the number of deals; of each 5,000
// are open at most.
func BenchmarkPages(b *testing.B) {
	for _, n := range []int{1_000, 5_000, *many} {
		if n == 0 {
			continue
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			st := storetest.New(b)
			seed(b, st, n)
			base, cookie := serve(b, st)
			targets := []*apptest.Target{
				{Name: "hello", URL: base + "/hello", Is: "hello"},
				{Name: "board", URL: base + "/deals", Cookie: cookie, Is: "deal-link"},
				{Name: "list", URL: base + "/deals?show=list", Cookie: cookie, Is: "rowheader"},
				{Name: "forecast", URL: base + "/deals?show=forecast", Cookie: cookie, Is: "rowheader"},
			}
			for _, t := range targets {
				t.Ready(b, perRound)
			}
			for b.Loop() { // a round: all of them side by side
				for _, t := range targets {
					t.Round(b, perRound)
				}
			}
			hello := targets[0].Cost()
			b.ReportMetric(float64(hello.Nanoseconds())/1e3, "hello-µs")
			for _, t := range targets[1:] {
				b.ReportMetric(float64(t.Cost())/float64(hello), t.Name+"/hello")
				b.Logf("%-10s %8.1f µs CPU, %6d bytes, %5.1fx hello", t.Name, float64(t.Cost().Nanoseconds())/1e3, t.Size, float64(t.Cost())/float64(hello))
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

const noon = int64(1_790_000_000_000)

var stages = []store.Stage{
	{ID: "new", Name: "New", Kind: store.DealOpen, Probability: 10, IdleDays: 5},
	{ID: "visit", Name: "Visit", Kind: store.DealOpen, Probability: 20},
	{ID: "offer", Name: "Offer", Kind: store.DealOpen, Probability: 50, IdleDays: 9},
	{ID: "talk", Name: "Talks", Kind: store.DealOpen, Probability: 70},
	{ID: "agreed", Name: "Agreed", Kind: store.DealOpen, Probability: 90},
	{ID: "won", Name: "Won", Kind: store.DealWon, Probability: 100},
	{ID: "lost", Name: "Lost", Kind: store.DealLost},
}

// seed makes deals: 5,000 of them open, the others closed over three years.
func seed(b *testing.B, st *store.Store, n int) {
	b.Helper()
	const day = 86_400_000
	storetest.Crowd(b, st, 1000)
	write(b, st, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.InsertUser(ctx, store.User{ID: "u1", Name: "Ines Duarte", Email: "i@example.com", EmailKey: "i@example.com", Role: access.RoleOwner}); err != nil {
			return err
		}
		return tx.InsertPipeline(ctx, store.Pipeline{ID: "p", Name: "Sales", Currency: "EUR", CreatedAt: 1, Stages: stages})
	})
	for from := 0; from < n; from += 5_000 {
		write(b, st, func(ctx context.Context, tx *store.Tx) error {
			for i := from; i < min(from+5_000, n); i++ {
				d := store.Deal{
					ID: fmt.Sprintf("deal-%06d", i), Title: fmt.Sprint("Repair of roof ", i), PipelineID: "p", StageID: stages[i%5].ID, ContactID: storetest.CrowdID(i % 1000), OwnerID: "u1",
					Amount: int64(i%977) * 1_250, Currency: "EUR", Source: "manual", CreatedAt: noon - int64(i%60)*day, ClosesOn: (noon/day + int64(i%120)) * day,
				}
				if i >= 5_000 {
					d.StageID, d.CreatedAt = stages[5+i%2].ID, noon-int64(i%1000)*day
				}
				if _, err := tx.InsertDeal(ctx, d, "stay-"+d.ID); err != nil {
					return err
				}
				if i%3 > 0 && i < 5_000 {
					step := store.Task{ID: "step-" + d.ID, DealID: d.ID, Title: "Call back", Kind: "todo", OwnerID: "u1", DueAt: noon + int64(i%9-2)*day, CreatedAt: noon}
					if err := tx.InsertTask(ctx, step); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
}

func write(b *testing.B, st *store.Store, do func(context.Context, *store.Tx) error) {
	b.Helper()
	if err := st.InTx(b.Context(), func(tx *store.Tx) error { return do(b.Context(), tx) }); err != nil {
		b.Fatal(err)
	}
}

// serve serves the deals behind all that stands before them in the product, and
// beside them what says hello to nobody in particular.
func serve(b *testing.B, st *store.Store) (address, cookie string) {
	b.Helper()
	log, now := slog.New(slog.NewJSONHandler(io.Discard, nil)), func() time.Time { return time.UnixMilli(noon) }
	sessions := web.NewSessions(st, false, time.Now, log)
	rt := web.NewRouter(log)
	board.New(board.Deps{Store: st, Now: now, NewID: ids.New, Say: sessions.Say, Log: log}).Routes(rt)
	for _, place := range []string{"/today", "/inbox", "/tasks", "/contacts", "/companies", "/privacy", "/settings", "/products", "/account", "/history", "/bin"} {
		rt.Handle("GET "+place, web.Policy{Public: "the frame asks whether it opens"}, func(http.ResponseWriter, *http.Request) error { return nil })
	}
	rt.Handle("GET /enter", web.Policy{Public: "the benchmark's door"}, func(_ http.ResponseWriter, r *http.Request) error {
		return sessions.SignIn(r.Context(), store.User{ID: "u1", Name: "Ines Duarte", Role: access.RoleOwner}, web.Entry{Proved: true})
	})
	shell := func(ctx context.Context, _ *http.Request) ui.Shell {
		f, _ := st.Frame(ctx, store.FrameOf{User: "u", Inbox: store.Everything, Tasks: store.Everything, At: noon}) // nothing is counted where it fails
		return ui.Shell{Business: f.Business, Unread: int(f.Unread), Tasks: int(f.Tasks)}
	}
	mux := http.NewServeMux()
	mux.Handle("/", web.Chain(web.Options{
		Log: log, Now: time.Now, NewID: func() string { return "0123456789abcdef" }, URL: "http://127.0.0.1", Sessions: sessions,
		Shell: shell, Assets: assets.Handler(), AssetsAt: assets.Prefix, Limits: web.Limits{Rate: 1e9, Burst: 1e10, TokenRate: 1, TokenBurst: 1, Form: web.Usual.Form},
	}, rt, web.NewRouter(log)))
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	s := httptest.NewServer(mux)
	b.Cleanup(s.Close)
	w, err := http.Get(s.URL + "/enter")
	if err != nil {
		b.Fatal(err)
	}
	defer w.Body.Close()
	c := w.Cookies()[0]
	return s.URL, c.Name + "=" + c.Value
}
