package web_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"stead/app/web"
)

// slow are the limits of a site whose tests run into its rate.
var slow = func() web.Limits {
	l := web.Usual
	l.Rate, l.Burst = 10, 100
	return l
}()

func TestUsualLimitsAreThoseThatWerePromised(t *testing.T) {
	want := web.Limits{
		Header: 16 << 10, ReadHeader: 5 * time.Second, Read: 30 * time.Second, Write: time.Minute, Idle: time.Minute,
		Form: 256 << 10, Stranger: 8 << 10, JSON: 1 << 20, Webhook: 1 << 20, Upload: 1<<30 + 1<<20,
		Page: 200, Streams: 12, StreamWrite: 5 * time.Second, Conns: 2048, NetConns: 64, PlainConns: 256, H2Streams: 100,
		Rate: 100, Burst: 1000, TokenRate: 2, TokenBurst: 120,
	}
	if web.Usual != want {
		t.Errorf("limits are %+v", web.Usual)
	}
	srv := web.NewServer(t.Context(), http.NotFoundHandler(), web.Usual)
	if srv.ReadHeaderTimeout != want.ReadHeader || srv.ReadTimeout != want.Read || srv.WriteTimeout != want.Write || srv.IdleTimeout != want.Idle || srv.HTTP2.MaxConcurrentStreams != want.H2Streams {
		t.Errorf("the server has others: %+v", srv)
	}
	for _, row := range web.Usual.Table() {
		if row[0] == "" || row[1] == "" || strings.HasPrefix(row[1], "0") {
			t.Errorf("row %q", row)
		}
	}
}

// door is a server on a port of its own, under limits that a test can wait for.
func door(t *testing.T, l web.Limits) (addr string) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	rt, hooks := web.NewRouter(log), web.NewRouter(log)
	read := func(w http.ResponseWriter, r *http.Request) error {
		n, err := io.Copy(io.Discard, r.Body)
		if err == nil {
			_, err = fmt.Fprint(w, n)
		}
		return err
	}
	for _, pattern := range []string{"POST /form", "POST /login", "POST /login/code", "POST /join/{token}", "POST /reset/{token}", "POST /setup", "POST /unlock", "POST /api/things", "GET /join/{token}", "GET /form", "POST /contacts/{id}", "POST /contacts/{id}/files", "POST /imports/upload"} {
		rt.Handle(pattern, web.Policy{Public: "test", Raw: true}, read)
	}
	hooks.Handle("POST /hooks/twilio/sms", web.Policy{Public: "test", Raw: true}, read)
	rt.Handle("GET /endless", web.Policy{Public: "test"}, func(w http.ResponseWriter, _ *http.Request) error {
		for block := make([]byte, 64<<10); ; {
			if _, err := w.Write(block); err != nil {
				return err
			}
		}
	})
	s := newSite(t)
	s.Close()
	chain := web.Chain(web.Options{Log: log, Now: func() time.Time { return s.now }, NewID: func() string { return "id" }, Sessions: s.sessions, Limits: l}, rt, hooks)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := web.NewServer(t.Context(), chain, l)
	done := make(chan error, 1)
	go func() { done <- srv.Serve(listener) }()
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		<-done
	})
	return listener.Addr().String()
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

// answer sends a request as it stands and returns the status of the answer; 0
// when the connection was cut instead.
func answer(t *testing.T, addr, head string, body int) int {
	t.Helper()
	c := dial(t, addr)
	go func() {
		_, _ = io.WriteString(c, head)                                      // the server may have had enough
		_, _ = io.Copy(c, bytes.NewReader(bytes.Repeat([]byte("x"), body))) // the same
	}()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

func TestHeadersEndAtTheirLimit(t *testing.T) {
	addr := door(t, web.Usual)
	for size, want := range map[int]int{200: 200, web.Usual.Header - 100: 200, web.Usual.Header + 1<<10: 431, 10 * web.Usual.Header: 431} {
		head := "GET /form HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: "
		head += strings.Repeat("x", size-len(head)-4) + "\r\n\r\n"
		if got := answer(t, addr, head, 0); got != want {
			t.Errorf("%d bytes are answered with %d, want %d", size, got, want)
		}
	}
}

func TestBodiesEndAtTheirLimit(t *testing.T) {
	addr := door(t, web.Usual)
	for path, limit := range map[string]int64{
		"/form": web.Usual.Form, "/login": web.Usual.Stranger, "/login/code": web.Usual.Stranger, "/join/x": web.Usual.Stranger,
		"/reset/x": web.Usual.Stranger, "/setup": web.Usual.Stranger, "/unlock": web.Usual.Stranger,
		"/api/things": web.Usual.JSON, "/hooks/twilio/sms": web.Usual.Webhook,
	} {
		for size, want := range map[int64]int{limit: 200, limit + 1: 413} {
			head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", path, size)
			if got := answer(t, addr, head, int(size)); got != want {
				t.Errorf("%s with %d bytes is answered with %d, want %d", path, size, got, want)
			}
		}
		chunked := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n", path, limit+1)
		if got := answer(t, addr, chunked, int(limit+1)); got != 413 {
			t.Errorf("%s with more than it takes and no length is answered with %d", path, got)
		}
	}
}

// Only a form with files, where files are taken, may be large: any other is read
// into memory, whatever its address ends with.
func TestOnlyFilesMayBeLarge(t *testing.T) {
	l := web.Usual
	l.Upload = 2 * l.Form
	addr := door(t, l)
	const files, words = "multipart/form-data; boundary=b", "application/x-www-form-urlencoded"
	for _, tc := range []struct {
		path, kind string
		want       int
	}{
		{"/contacts/x/files", files, 200},
		{"/imports/upload", files, 200},
		{"/contacts/x/files", words, 413},
		{"/imports/upload", "", 413},
		{"/contacts/upload", files, 413},
		{"/contacts/x%2Ffiles", files, 413},
	} {
		head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", tc.path, tc.kind, l.Form+1)
		if got := answer(t, addr, head, int(l.Form+1)); got != tc.want {
			t.Errorf("%s of %q is answered with %d, want %d", tc.path, tc.kind, got, tc.want)
		}
	}
}

// Whoever sends slowly, or does not read, is cut off.
func TestTimesEndAtTheirLimit(t *testing.T) {
	l := web.Usual
	l.ReadHeader, l.Read, l.Write, l.Idle = 60*time.Millisecond, 120*time.Millisecond, 120*time.Millisecond, 60*time.Millisecond
	addr := door(t, l)
	for name, send := range map[string]string{
		"headers that do not end":       "GET /form HTTP/1.1\r\nHost: x\r\nX-Slow: ",
		"no request at all":             "",
		"a body that does not":          "POST /form HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 100\r\n\r\nabc",
		"a next one that does not come": "GET /form HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := dial(t, addr)
			if _, err := io.WriteString(c, send); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, c); err != nil && isTimeout(err) {
				t.Error("the connection stays open")
			}
		})
	}
	t.Run("an answer that nobody reads", func(t *testing.T) {
		t.Parallel()
		c := dial(t, addr)
		if _, err := io.WriteString(c, "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		first := make([]byte, 1)
		if _, err := io.ReadFull(c, first); err != nil {
			t.Fatal(err)
		}
		cut := make(chan struct{})
		go func() {
			defer close(cut)
			<-time.After(300 * time.Millisecond) // the server has waited in vain
			_, _ = io.Copy(io.Discard, c)        // what was on its way, then the end
		}()
		select {
		case <-cut:
		case <-time.After(8 * time.Second):
			t.Error("it goes on for ever")
		}
	})
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// A network has so many requests, and far fewer tries of links and codes.
func TestRatesEndAtTheirLimit(t *testing.T) {
	l := web.Usual
	l.Burst, l.TokenBurst = 30, 7
	addr := door(t, l)
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	hits := func(method, path string, times int) (passed int) {
		for range times {
			req, err := http.NewRequestWithContext(t.Context(), method, "http://"+addr+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			switch {
			case resp.StatusCode == http.StatusOK:
				passed++
			case resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "":
				t.Fatalf("%s answers %d", path, resp.StatusCode)
			}
		}
		return passed
	}
	if got := hits("GET", "/join/x", 10) + hits("POST", "/login/code", 5); got != 7 {
		t.Errorf("%d tries of links and codes passed, want 7", got)
	}
	if got := hits("GET", "/form", 20); got != 15 {
		t.Errorf("%d further requests passed, want 15", got)
	}
}
