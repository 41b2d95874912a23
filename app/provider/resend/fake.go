package resend

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Fake is a stand-in for Resend: the part of its API that Stead uses. It holds
// everything in memory and ends with Close.
type Fake struct {
	http *http.Server
	stop context.Context
	end  context.CancelFunc
	work sync.WaitGroup

	mu     sync.Mutex
	key    string
	narrow bool // the key may only send
	next   []FakeAnswer
	mails  []FakeMail
	taken  map[string]taken // by idempotency key
}

// FakeMail is a mail that was taken.
type FakeMail struct {
	ID, From, To, Subject, Text, HTML string
	Headers                           map[string]string
	Key                               string // idempotency key
}

// FakeAnswer is what the stand-in does instead of taking a mail.
type FakeAnswer struct {
	Status     int    // answered; 0: the mail is taken
	Name       string // of the refusal; empty: an answer that is not Resend's
	RetryAfter int    // seconds
	Lose       bool   // the mail is taken and the connection cut
}

type taken struct {
	sum [sha256.Size]byte
	id  string
}

// NewFake returns a stand-in that accepts one key.
func NewFake(key string) *Fake {
	f := &Fake{key: key, taken: map[string]taken{}}
	f.stop, f.end = context.WithCancel(context.Background())
	return f
}

// Start listens on an address ("127.0.0.1:0" for any free port) and returns the
// base address.
func (f *Fake) Start(addr string) (string, error) {
	var listen net.ListenConfig
	l, err := listen.Listen(f.stop, "tcp", addr)
	if err != nil {
		return "", err
	}
	f.http = &http.Server{Handler: f, ReadHeaderTimeout: 5 * time.Second}
	f.work.Go(func() { _ = f.http.Serve(l) }) // ends with Close
	return "http://" + l.Addr().String(), nil
}

// Close ends the server.
func (f *Fake) Close() {
	f.end()
	if f.http != nil {
		_ = f.http.Close() // nothing is lost that anybody waits for
	}
	f.work.Wait()
}

// Answer says what happens to the next mails, in this order; then they are taken.
func (f *Fake) Answer(next ...FakeAnswer) { f.change(func() { f.next = next }) }

// Narrow has the key be one that may only send.
func (f *Fake) Narrow() { f.change(func() { f.narrow = true }) }

// Mails lists what was taken, oldest first.
func (f *Fake) Mails() []FakeMail {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.mails)
}

func (f *Fake) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

// ServeHTTP answers the API.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer))
	if err != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case r.Header.Get("Authorization") == "":
		say(w, http.StatusUnauthorized, "missing_api_key")
	case subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+f.key)) != 1:
		say(w, http.StatusForbidden, "invalid_api_key")
	case r.Method == http.MethodPost && r.URL.Path == "/emails":
		f.email(w, r, body)
	case r.Method == http.MethodGet && r.URL.Path == "/domains" && f.narrow:
		say(w, http.StatusUnauthorized, restricted)
	case r.Method == http.MethodGet && r.URL.Path == "/domains":
		answer(w, http.StatusOK, map[string]any{"object": "list", "data": []any{}})
	default:
		say(w, http.StatusNotFound, "not_found")
	}
}

// email takes a mail, unless it was told otherwise. The caller holds the lock.
func (f *Fake) email(w http.ResponseWriter, r *http.Request, body []byte) {
	var do FakeAnswer
	if len(f.next) > 0 {
		do, f.next = f.next[0], f.next[1:]
	}
	if do.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(do.RetryAfter))
	}
	switch {
	case do.Status != 0 && do.Name == "":
		http.Error(w, "<html>bad gateway</html>", do.Status)
		return
	case do.Status != 0:
		say(w, do.Status, do.Name)
		return
	}
	id, status, refused := f.take(r.Header.Get("Idempotency-Key"), body)
	switch {
	case do.Lose:
		panic(http.ErrAbortHandler)
	case refused != "":
		say(w, status, refused)
	default:
		answer(w, http.StatusOK, map[string]any{"id": id})
	}
}

// take keeps a mail, once for each key.
func (f *Fake) take(key string, body []byte) (id string, status int, refused string) {
	var l letter
	if json.Unmarshal(body, &l) != nil || l.From == "" || len(l.To) != 1 || l.Subject == "" || len(key) > 256 {
		return "", http.StatusUnprocessableEntity, "validation_error"
	}
	sum := sha256.Sum256(body)
	if before, ok := f.taken[key]; ok && key != "" {
		if before.sum != sum {
			return "", http.StatusConflict, repeated
		}
		return before.id, 0, ""
	}
	id = fmt.Sprintf("5e1f0000-7520-42d8-8898-%012x", len(f.mails)+1)
	f.mails = append(f.mails, FakeMail{
		ID: id, From: l.From, To: l.To[0], Subject: l.Subject, Text: l.Text, HTML: l.HTML, Headers: l.Headers, Key: key,
	})
	f.taken[key] = taken{sum, id}
	return id, 0, ""
}

func say(w http.ResponseWriter, status int, name string) {
	answer(w, status, map[string]any{"statusCode": status, "name": name, "message": "as the name says"})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may have gone
}
