package web

import (
	"bytes"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestAFloodOfRefusedCallbacksIsALineASecond(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(1_790_000_000, 0)
	status := http.StatusForbidden
	h := begin(Options{Limits: Usual}, logged(Options{AssetsAt: "/static/", Log: slog.New(slog.NewTextHandler(&out, nil)), Now: func() time.Time { return now }},
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })))
	hit := func(times int) {
		for range times {
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/hooks/twilio/sms", http.NoBody))
		}
	}
	hit(1000)
	now = now.Add(time.Second)
	hit(1)
	if n := strings.Count(out.String(), "\n"); n != 2 || !strings.Contains(out.String(), "count=1000") {
		t.Errorf("%d lines: %.300s", n, out.String())
	}
	out.Reset()
	status = http.StatusOK
	hit(3)
	if n := strings.Count(out.String(), "\n"); n != 3 {
		t.Errorf("%d lines for three that were taken", n)
	}
}

// stuck is a connection whose reader does not read.
type stuck struct {
	http.ResponseWriter
	pipe net.Conn
}

func (s stuck) Write(b []byte) (int, error)         { return s.pipe.Write(b) }
func (s stuck) SetWriteDeadline(at time.Time) error { return s.pipe.SetWriteDeadline(at) }
func (s stuck) FlushError() error                   { return nil }

func TestAReaderThatDoesNotReadLosesItsStream(t *testing.T) {
	t.Parallel() // it takes as long as a reader is given
	ours, theirs := net.Pipe()
	defer theirs.Close()
	w := stuck{httptest.NewRecorder(), ours}
	sent := make(chan bool, 1)
	go func() { sent <- send(w, http.NewResponseController(w), "event: inbox\n\n") }()
	select {
	case ok := <-sent:
		if ok {
			t.Error("it was sent to nobody")
		}
	case <-time.After(3 * Usual.StreamWrite):
		ours.Close()
		t.Error("it waits for ever")
	}
}
