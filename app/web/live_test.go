package web_test

import (
	"bufio"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/web"
	"stead/store"
	"stead/store/storetest"
	"stead/views/ui"
)

// site is a small server with the whole chain before it.
type site struct {
	*httptest.Server
	st       *store.Store
	sessions *web.Sessions
	live     *web.Live
	now      time.Time
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{st: storetest.New(t), now: time.Unix(1_790_000_000, 0)}
	clock := func() time.Time { return s.now }
	log := slog.New(slog.DiscardHandler)
	s.sessions = web.NewSessions(s.st, false, clock, log)
	s.live = web.NewLive(s.st, s.sessions, func(e store.Event) []string { return []string{e.Kind} },
		func(_ context.Context, a access.Actor, topic string) bool {
			return topic != "privacy" || a.Has(access.PrivacyRead)
		})
	rt, hooks := web.NewRouter(log), web.NewRouter(log)
	rt.Handle("GET /live", web.Policy{Needs: access.InboxRead}, s.live.Serve)
	rt.Handle("POST /in", web.Policy{Public: "test"}, func(_ http.ResponseWriter, r *http.Request) error {
		u, err := s.st.User(r.Context(), "u1")
		return errors.Join(err, s.sessions.SignIn(r.Context(), u, web.Entry{Proved: true}))
	})
	rt.Handle("GET /who", web.Policy{Public: "test"}, func(w http.ResponseWriter, r *http.Request) error {
		_, err := w.Write([]byte(web.Actor(r).ID))
		return err
	})
	rt.Handle("GET /panic", web.Policy{Public: "test"}, func(http.ResponseWriter, *http.Request) error { panic("ana@example.com") })
	rt.Handle("POST /size", web.Policy{Public: "test"}, func(http.ResponseWriter, *http.Request) error { return nil })
	s.Server = httptest.NewServer(web.Chain(web.Options{
		Log: log, Now: clock, NewID: func() string { return "0193b000-0000-7000-8000-000000000001" }, Sessions: s.sessions,
		Shell: func(context.Context, *http.Request) ui.Shell { return ui.Shell{} }, Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Limits: slow,
	}, rt, hooks))
	t.Cleanup(s.Close)
	err := s.st.InTx(t.Context(), func(tx *store.Tx) error {
		return tx.InsertUser(t.Context(), store.User{ID: "u1", Name: "Ana", Email: "a@x", EmailKey: "a@x", PasswordHash: "h", Role: "owner"})
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// do sends a request from an address and returns the answer.
func (s *site) do(t *testing.T, method, path, cookie, from string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	req.Header.Set("X-Forwarded-For", from)
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func (s *site) signIn(t *testing.T) (cookie string) {
	t.Helper()
	resp := s.do(t, "POST", "/in", "", "203.0.113.9")
	cookie, _, _ = strings.Cut(resp.Header.Get("Set-Cookie"), ";")
	if cookie == "" {
		t.Fatalf("no cookie: %d", resp.StatusCode)
	}
	return cookie
}

func (s *site) who(t *testing.T, cookie string) string {
	t.Helper()
	in := bufio.NewScanner(s.do(t, "GET", "/who", cookie, "203.0.113.10").Body)
	in.Scan()
	return in.Text()
}

func (s *site) emit(t *testing.T, kind, subject string, also func(tx *store.Tx) error) {
	t.Helper()
	err := s.st.InTx(t.Context(), func(tx *store.Tx) error {
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		return tx.Emit(t.Context(), store.Event{ID: kind + subject, Kind: kind, Subject: subject, At: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSessionSurvivesARestart(t *testing.T) {
	s := newSite(t)
	cookie := s.signIn(t)
	if got := s.who(t, cookie); got != "u1" {
		t.Fatalf("signed in as %q", got)
	}
	s.now = s.now.Add(time.Minute)
	s.who(t, cookie)
	if err := s.sessions.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := s.st.SessionsOf(t.Context(), "u1")
	if err != nil || len(rows) != 1 || rows[0].LastSeenAt != s.now.UnixMilli() || rows[0].Address != "203.0.113.9" {
		t.Fatalf("%+v, %v; want it last seen now", rows, err)
	}
	if strings.Contains(cookie, rows[0].TokenHash) {
		t.Error("the token itself is stored")
	}
	again := web.NewSessions(s.st, false, func() time.Time { return s.now }, slog.New(slog.DiscardHandler))
	if !again.Holds(t.Context(), rows[0].TokenHash) {
		t.Error("another process does not know it")
	}
}

func TestSessionDiesWithItsUser(t *testing.T) {
	for name, change := range map[string]func(tx *store.Tx) error{
		"disabled":     func(tx *store.Tx) error { return tx.DisableUser(context.Background(), "u1", 9) },
		"epoch raised": func(tx *store.Tx) error { return tx.RaiseEpoch(context.Background(), "u1", 9) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			cookie := s.signIn(t)
			stream := s.do(t, "GET", "/live", cookie, "203.0.113.9")
			in := bufio.NewScanner(stream.Body)
			in.Scan()
			s.emit(t, "user.changed", "u1", change)
			if got := s.who(t, cookie); got != "" {
				t.Errorf("the next request is still %q's", got)
			}
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				for in.Scan() { // to the end
				}
			}()
			select {
			case <-ended:
			case <-time.After(5 * time.Second):
				t.Error("the stream is open after 5 s")
			}
		})
	}
}

func TestForeignTokensAreNobody(t *testing.T) {
	s := newSite(t)
	cookie := s.signIn(t)
	for _, c := range []string{"", "session=", "session=AAAA", cookie + "A", "session=" + strings.Repeat("x", 5000)} {
		if got := s.who(t, c); got != "" {
			t.Errorf("%.40q is %q", c, got)
		}
	}
}

func TestPanicIsAnAnswer(t *testing.T) {
	s := newSite(t)
	resp := s.do(t, "GET", "/panic", "", "203.0.113.9")
	body := new(strings.Builder)
	in := bufio.NewScanner(resp.Body)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		body.WriteString(in.Text())
	}
	if resp.StatusCode != http.StatusInternalServerError || strings.Contains(body.String(), "ana@") || !strings.Contains(body.String(), "Reference ") {
		t.Errorf("%d: %s", resp.StatusCode, body)
	}
}

func TestFloodIsTurnedAway(t *testing.T) {
	s := newSite(t)
	status := func(from string) int { return s.do(t, "GET", "/who", "", from).StatusCode }
	for range 100 {
		status("198.51.100.1")
	}
	if got := status("198.51.100.1"); got != http.StatusTooManyRequests {
		t.Errorf("request 101 of the burst answers %d, want 429", got)
	}
	if got := status("198.51.100.2"); got != http.StatusOK {
		t.Errorf("another network answers %d", got)
	}
}

func TestStreamsAreCapped(t *testing.T) {
	s := newSite(t)
	cookie := s.signIn(t)
	for i := range 12 {
		if resp := s.do(t, "GET", "/live", cookie, "203.0.113.9"); resp.StatusCode != http.StatusOK {
			t.Fatalf("stream %d: %d", i, resp.StatusCode)
		}
	}
	if resp := s.do(t, "GET", "/live", cookie, "203.0.113.9"); resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("stream 13: %d, want 429", resp.StatusCode)
	}
	s.live.Close()
	if resp := s.do(t, "GET", "/live", cookie, "203.0.113.9"); resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("a stream after the end: %d", resp.StatusCode)
	}
}

func TestStreamTellsWhatHappenedAndWhatWasMissed(t *testing.T) {
	s := newSite(t)
	cookie := s.signIn(t)
	first := bufio.NewScanner(s.do(t, "GET", "/live", cookie, "203.0.113.9").Body)
	wait := func(in *bufio.Scanner, line string) {
		t.Helper()
		for in.Scan() {
			if in.Text() == line {
				return
			}
		}
		t.Fatalf("no %q", line)
	}
	wait(first, ": open")
	s.emit(t, "message.received", "m1", nil)
	wait(first, "event: message.received")
	wait(first, "id: 1")

	req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/live", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", cookie)
	req.Header.Set("Last-Event-ID", "0")
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	wait(bufio.NewScanner(resp.Body), "event: catchup")
}
