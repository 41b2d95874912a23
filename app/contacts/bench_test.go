package contacts_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"stead/app/apptest"
	"stead/app/web"
	"stead/assets"
	"stead/store"
	"stead/store/storetest"
	"stead/views/ui"
)

// seeded is how many contacts the pages are measured with: -rows says otherwise.
func seeded() int { return cmp.Or(*extra, 100_000) }

const perRound = 400 // requests for each page

// BenchmarkPages says how much CPU a page costs beside a handler that says
// hello, in one run: goals are 22x for the list and a deep page, 25x for the
// card, session and frame included; search at most 3x the list page. The
// clients' own share, measured against a server that only echoes, is taken off.
func BenchmarkPages(b *testing.B) {
	k := newKit(b)
	start := time.Now()
	k.seed(b)
	b.Logf("seeded %d contacts in %s", seeded(), time.Since(start).Round(time.Millisecond))
	whole, cookie := k.serveSignedIn(b)
	bare := k.serveBare(b)
	deep := k.deep(b)
	views := k.asked(b)
	targets := chosen(append([]*apptest.Target{
		{Name: "hello", URL: whole + "/hello"},
		{Name: "list-bare", URL: bare + "/contacts"},
		{Name: "list", URL: whole + "/contacts", Cookie: cookie},
		{Name: "deep-bare", URL: bare + deep[0]},
		{Name: "deep", URL: whole + deep[0], All: deep, Cookie: cookie},
		{Name: "card-bare", URL: bare + "/contacts/" + busiest},
		{Name: "card", URL: whole + "/contacts/" + busiest, Cookie: cookie},
		{Name: "search", URL: whole + views["search"], Cookie: cookie},
		{Name: "digits", URL: whole + views["digits"], Cookie: cookie},
	}, pairs(whole, cookie, views)...))
	for _, t := range targets {
		if t.Name != "hello" {
			t.Is = rowOrStory(t)
		}
		t.Ready(b, perRound)
	}
	for b.Loop() { // a round: all of them side by side
		for _, t := range targets {
			n := perRound
			if t.Name == "hello" {
				n *= 4 // all others are measured by it
			}
			t.Round(b, n)
		}
	}
	hello := targets[0].Cost()
	b.ReportMetric(float64(hello.Nanoseconds())/1e3, "hello-µs")
	for _, t := range targets[1:] {
		cpu := t.Cost()
		b.ReportMetric(float64(cpu)/float64(hello), t.Name+"/hello")
		b.Logf("%-10s %8.1f µs CPU, %6d bytes, %5.1fx hello", t.Name, float64(cpu.Nanoseconds())/1e3, t.Size, float64(cpu)/float64(hello))
	}
	b.ReportMetric(0, "ns/op")
}

// chosen keeps hello and what STEAD_BENCH_PAGES names, for a profile of one page.
func chosen(all []*apptest.Target) []*apptest.Target {
	only := os.Getenv("STEAD_BENCH_PAGES")
	return slices.DeleteFunc(all, func(t *apptest.Target) bool {
		return only != "" && t.Name != "hello" && !slices.Contains(strings.Split(only, ","), t.Name)
	})
}

// rowOrStory stands in the right answer of a page.
func rowOrStory(t *apptest.Target) string {
	if strings.HasPrefix(t.Name, "card") {
		return "tl-item"
	}
	return "/contacts/0000"
}

// busiest is the contact whose card is full.
const busiest = "00000000-0000-7000-8000-000000000007"

func contactID(i int) string { return storetest.CrowdID(i) }

// asks are what is searched, and the pairs of a filter and an order that an index
// leads through.
var asks = map[string]store.Question{
	"search": {Find: "mar"}, "digits": {Find: "0177"},
	"owner-name": one("name", "owner", store.OpAny, "user-2"), "owner-activity": one("-activity", "owner", store.OpAny, "user-2"),
	"begins-name": one("name", "name", store.OpBegins, "mar"), "tag-created": one("-created", "tag", store.OpAny, storetest.CrowdTag(1)),
	"source-created": one("-created", "source", store.OpAny, "manual"),
	"field-field":    one("f."+storetest.CrowdSize, "f."+storetest.CrowdSize, store.OpLeast, ""),
}

func one(sort, field, op, value string) store.Question {
	return store.Question{Sort: sort, Conditions: []store.Condition{{Field: field, Op: op, Values: []string{value}}}}
}

// asked makes views of them and returns their addresses.
func (k kit) asked(b *testing.B) map[string]string {
	out := map[string]string{}
	inTx(b, k.st, func(tx *store.Tx) error {
		for name, q := range asks {
			if name == "field-field" { // as many have a size, in a crowd of any number
				q = one(q.Sort, q.Sort, store.OpLeast, strconv.Itoa(min(seeded(), 100_000)/2*1_000_000))
			}
			text, err := q.Text()
			if err != nil {
				return err
			}
			v := store.View{ID: "view-" + name, Record: "contact", Name: name, OwnerID: "u1", Shared: true, Query: text, Hash: name, CreatedAt: 1}
			if err := tx.InsertView(b.Context(), v); err != nil {
				return err
			}
			out[name] = "/contacts?view=" + v.ID
		}
		return nil
	})
	return out
}

func pairs(whole, cookie string, views map[string]string) (out []*apptest.Target) {
	for _, name := range slices.Sorted(maps.Keys(views)) {
		if asks[name].Find == "" {
			out = append(out, &apptest.Target{Name: name, URL: whole + views[name], Cookie: cookie})
		}
	}
	return out
}

func (k kit) seed(b *testing.B) {
	storetest.Crowd(b, k.st, seeded())
	k.fillCard(b)
}

// fillCard gives one contact a long story, and some numbers opt-outs.
func (k kit) fillCard(b *testing.B) {
	inTx(b, k.st, func(tx *store.Tx) error {
		for i := range 500 {
			if _, err := tx.Suppress(b.Context(), "sms", hashed(fmt.Sprintf("+3519%08d", (i*(seeded()/500)*7919)%100_000_000)), "stop", noon); err != nil {
				return err
			}
		}
		return nil
	})
	k.longStory(b, busiest)
}

// longStory gives a contact 200 texts and as many missed calls.
func (k kit) longStory(b *testing.B, id string) {
	inTx(b, k.st, func(tx *store.Tx) error {
		v, err := tx.EnsureConversation(b.Context(), id, "v"+id, noon)
		for i := range 200 {
			if err != nil {
				return err
			}
			at := noon - int64(i)*3_600_000
			m := store.Message{
				ID: fmt.Sprint("m", i, id), ContactID: id, ConversationID: v.ID, Channel: "sms", Direction: "in", State: "received",
				Body: "The inspection report looks good. We can release all twelve units on Thursday.", Provider: "twilio",
				ProviderRef: fmt.Sprint("SM", i, id), CreatedAt: at,
			}
			c := store.Call{
				ID: fmt.Sprint("k", i, id), ContactID: id, ConversationID: v.ID, Provider: "twilio", ProviderRef: fmt.Sprint("CA", i, id),
				Direction: "in", Outcome: "missed", StartedAt: at - 1000,
			}
			if err = tx.InsertMessage(b.Context(), m); err == nil {
				err = tx.InsertCall(b.Context(), c)
			}
		}
		return err
	})
}

// deep are addresses of pages far down the list, by name and by activity.
func (k kit) deep(b *testing.B) []string {
	var out []string
	for i := range 200 {
		at := seeded()/2 + i*(seeded()/500)
		c, err := k.st.Contact(b.Context(), contactID(at))
		if err != nil {
			b.Fatal(err)
		}
		if i%2 == 0 {
			out = append(out, "/contacts?sort=name&after="+store.Cursor("n", 0, c.ID))
		} else {
			out = append(out, "/contacts?after="+store.Cursor("n", c.LastActivityAt, c.ID))
		}
	}
	return out
}

// serveBare serves the routes to an owner without session, log or frame.
func (k kit) serveBare(b *testing.B) string {
	rt := web.NewRouter(slog.New(slog.DiscardHandler))
	k.Routes(rt)
	return serve(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rt.ServeHTTP(w, r.WithContext(web.WithActor(r.Context(), owner)))
	}))
}

// serveSignedIn serves the routes behind all that stands before them in the
// product, and beside them one that says hello to nobody in particular.
func (k kit) serveSignedIn(b *testing.B) (address, cookie string) {
	user := store.User{ID: "u1", Name: "Ines Duarte", Email: "i@example.com", EmailKey: "i@example.com", Role: "owner"}
	inTx(b, k.st, func(tx *store.Tx) error { return tx.InsertUser(b.Context(), user) })
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	sessions := web.NewSessions(k.st, false, time.Now, log)
	rt := web.NewRouter(log)
	k.Routes(rt)
	for _, place := range []string{"/today", "/inbox", "/tasks", "/tasks/new", "/companies", "/companies/new", "/privacy", "/settings", "/imports", "/contacts/duplicates", "/account", "/history", "/bin"} {
		rt.Handle("GET "+place, web.Policy{Public: "the frame asks whether it opens"}, func(http.ResponseWriter, *http.Request) error { return nil })
	}
	rt.Handle("GET /enter", web.Policy{Public: "the benchmark's door"}, func(_ http.ResponseWriter, r *http.Request) error {
		return sessions.SignIn(r.Context(), user, web.Entry{Proved: true})
	})
	chain := web.Chain(web.Options{
		Log: log, Now: time.Now, NewID: func() string { return "0123456789abcdef" }, URL: "http://127.0.0.1", Sessions: sessions,
		Shell: k.shell, Assets: assets.Handler(), AssetsAt: assets.Prefix, Limits: web.Limits{Rate: 1e9, Burst: 1e10, TokenRate: 1, TokenBurst: 1, Form: web.Usual.Form},
	}, rt, web.NewRouter(log))
	mux := http.NewServeMux()
	mux.Handle("/", chain)
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	address = serve(b, mux)
	w, err := http.Get(address + "/enter")
	if err != nil {
		b.Fatal(err)
	}
	defer w.Body.Close()
	return address, w.Cookies()[0].Name + "=" + w.Cookies()[0].Value
}

// shell asks what the product's frame asks.
func (k kit) shell(ctx context.Context, _ *http.Request) ui.Shell {
	f, _ := k.st.Frame(ctx, store.FrameOf{User: "u", Inbox: store.Everything, Tasks: store.Everything, At: noon})
	return ui.Shell{Business: f.Business, Unread: int(f.Unread), Tasks: int(f.Tasks)}
}

func serve(b *testing.B, h http.Handler) string {
	s := httptest.NewServer(h)
	b.Cleanup(s.Close)
	return s.URL
}
