package apptest

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/web"
)

// As asks a route as any actor, past the session, and returns the status.
func (h *House) As(a access.Actor, method, path string) int {
	h.t.Helper()
	r := httptest.NewRequest(method, path, http.NoBody)
	w := httptest.NewRecorder()
	h.App.Pages().ServeHTTP(w, r.WithContext(web.WithActor(r.Context(), a)))
	return w.Code
}

// Lock takes the vault's key away until somebody unlocks it.
func (h *House) Lock() { h.App.Vault().Lock() }

// Stream is a response that is read line by line while it is open.
type Stream struct {
	lines chan string
}

// Lines reads a body that does not end.
func Lines(body io.Reader) *Stream {
	s := &Stream{lines: make(chan string, 256)}
	go func() {
		defer close(s.lines)
		for in := bufio.NewScanner(body); in.Scan(); {
			s.lines <- in.Text()
		}
	}()
	return s
}

// Until waits for a line that begins with text, and returns those before it.
func (s *Stream) Until(t testing.TB, text string) (before []string) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case line, ok := <-s.lines:
			if !ok {
				t.Fatalf("the stream ended before %q", text)
			}
			if strings.HasPrefix(line, text) {
				return before
			}
			before = append(before, line)
		case <-deadline:
			t.Fatalf("no %q on the stream", text)
		}
	}
}

// Ended waits for the end of the stream.
func (s *Stream) Ended(within time.Duration) bool {
	deadline := time.After(within)
	for {
		select {
		case _, ok := <-s.lines:
			if !ok {
				return true
			}
		case <-deadline:
			return false
		}
	}
}
