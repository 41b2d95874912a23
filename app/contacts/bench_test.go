package contacts_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"stead/app/web"
	"stead/assets"
	"stead/store"
	"stead/store/storetest"
	"stead/views/ui"
)

// seeded is how many contacts the pages are measured with: -rows says otherwise.
func seeded() int { return cmp.Or(*extra, 100_000) }

const (
	perRound = 400 // requests for each page
	atATime  = 4   // connections
)

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
	targets := chosen(append([]*target{
		{name: "hello", url: whole + "/hello"},
		{name: "list-bare", url: bare + "/contacts"},
		{name: "list", url: whole + "/contacts", cookie: cookie},
		{name: "deep-bare", url: bare + deep[0]},
		{name: "deep", url: whole + deep[0], all: deep, cookie: cookie},
		{name: "card-bare", url: bare + "/contacts/" + busiest},
		{name: "card", url: whole + "/contacts/" + busiest, cookie: cookie},
		{name: "search", url: whole + views["search"], cookie: cookie},
		{name: "digits", url: whole + views["digits"], cookie: cookie},
	}, pairs(whole, cookie, views)...))
	for _, t := range targets {
		t.check(b)
		t.client = clientShare(b, t.size)
	}
	for b.Loop() { // a round: all of them side by side
		for _, t := range targets {
			n := perRound
			if t.name == "hello" {
				n *= 4 // all others are measured by it
			}
			t.cpu = append(t.cpu, measure(b, t, n)-t.client)
		}
	}
	hello := median(targets[0].cpu)
	b.ReportMetric(float64(hello.Nanoseconds())/1e3, "hello-µs")
	for _, t := range targets[1:] {
		cpu := median(t.cpu)
		b.ReportMetric(float64(cpu)/float64(hello), t.name+"/hello")
		b.Logf("%-10s %8.1f µs CPU, %6d bytes, %5.1fx hello", t.name, float64(cpu.Nanoseconds())/1e3, t.size, float64(cpu)/float64(hello))
	}
	b.ReportMetric(0, "ns/op")
}

// chosen keeps hello and what STEAD_BENCH_PAGES names, for a profile of one page.
func chosen(all []*target) []*target {
	only := os.Getenv("STEAD_BENCH_PAGES")
	return slices.DeleteFunc(all, func(t *target) bool {
		return only != "" && t.name != "hello" && !slices.Contains(strings.Split(only, ","), t.name)
	})
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

func pairs(whole, cookie string, views map[string]string) (out []*target) {
	for _, name := range slices.Sorted(maps.Keys(views)) {
		if asks[name].Find == "" {
			out = append(out, &target{name: name, url: whole + views[name], cookie: cookie})
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

// target is one page and what it was measured to cost.
type target struct {
	name, url, cookie string
	all               []string // other paths, taken in turn
	size              int
	client            time.Duration
	cpu               []time.Duration
}

func (t *target) requests() [][]byte {
	base, path, _ := strings.Cut(strings.TrimPrefix(t.url, "http://"), "/")
	paths := t.all
	if paths == nil {
		paths = []string{"/" + path}
	}
	var out [][]byte
	for _, p := range paths {
		text := "GET " + p + " HTTP/1.1\r\nHost: " + base + "\r\n"
		if t.cookie != "" {
			text += "Cookie: " + t.cookie + "\r\n"
		}
		out = append(out, []byte(text+"\r\n"))
	}
	return out
}

// check asks once, as a person would, and notes the size of the answer.
func (t *target) check(b *testing.B) {
	r, err := http.NewRequest(http.MethodGet, t.url, http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Cookie", t.cookie)
	r.Header.Set("Accept-Encoding", "identity")
	w, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		b.Fatal(err)
	}
	defer w.Body.Close()
	body, err := io.ReadAll(w.Body)
	if err != nil || w.StatusCode != http.StatusOK || t.name != "hello" && !bytes.Contains(body, []byte("/contacts/0000")) && !bytes.Contains(body, []byte("tl-item")) {
		b.Fatalf("%s: %s, %v\n%.2000s", t.name, w.Status, err, body)
	}
	t.size = len(body)
}

// measure returns the CPU that one request costs this process.
func measure(b *testing.B, t *target, n int) time.Duration {
	host, _, _ := strings.Cut(strings.TrimPrefix(t.url, "http://"), "/")
	requests := t.requests()
	var wait sync.WaitGroup
	before := cpu(b)
	for w := range atATime {
		wait.Go(func() { exchange(b, host, requests[w%len(requests):], n/atATime) })
	}
	wait.Wait()
	return (cpu(b) - before) / time.Duration(n/atATime*atATime)
}

// exchange sends requests over one connection and reads the answers with as
// little work as can be.
func exchange(b *testing.B, host string, requests [][]byte, n int) {
	c, err := net.Dial("tcp", host)
	if err != nil {
		b.Error(err)
		return
	}
	defer c.Close()
	r := bufio.NewReaderSize(c, 64<<10)
	for i := range n {
		if _, err := c.Write(requests[i%len(requests)]); err != nil {
			b.Error(err)
			return
		}
		if err := skipAnswer(r); err != nil {
			b.Error(err)
			return
		}
	}
}

var lengthOf = []byte("Content-Length: ")

func skipAnswer(r *bufio.Reader) error {
	length, chunked := 0, true
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if bytes.HasPrefix(line, lengthOf) {
			length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(lengthOf):])))
			if err != nil {
				return err
			}
			chunked = false
		}
		if len(line) == 2 {
			break
		}
	}
	for chunked {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return err
		}
		if _, err := r.Discard(int(size) + 2); err != nil || size == 0 {
			return err
		}
	}
	_, err := r.Discard(length)
	return err
}

// clientShare is what the clients cost for answers of a size: half of an
// exchange with a server that does the same as they do.
func clientShare(b *testing.B, size int) time.Duration {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	answer := []byte(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", size, bytes.Repeat([]byte{'x'}, size)))
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buf := make([]byte, 4096)
				for {
					if _, err := c.Read(buf); err != nil {
						return
					}
					if _, err := c.Write(answer); err != nil {
						return
					}
				}
			}()
		}
	}()
	t := &target{url: "http://" + l.Addr().String() + "/"}
	var all []time.Duration
	for range 5 {
		all = append(all, measure(b, t, 4*perRound))
	}
	return median(all) / 2
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(os.NewSyscallError("getrusage", err))
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func median(d []time.Duration) time.Duration {
	d = slices.Clone(d)
	slices.Sort(d)
	return d[len(d)/2]
}
