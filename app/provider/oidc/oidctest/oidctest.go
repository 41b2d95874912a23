// Package oidctest is an identity provider for tests: a server on loopback that
// signs in whoever the test says, and misbehaves as the test asks. It is never
// part of the product.
package oidctest

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"
)

// The client that the server knows, and its secret.
const (
	ClientID = "stead-client"
	Secret   = "a-secret-that-only-these-two-know"
)

// Person is who signs in there.
type Person struct {
	Subject, Email, Name string
	Verified             any // as it is written: true, "true", false, or nil for not at all
}

// Behaviour is how the server errs. The zero value is an honest server.
type Behaviour struct {
	Claims      map[string]any // put into the token in place of its own; nil values are left out
	Algorithm   string         // in the header: "none" and "HS256" are signed accordingly
	StrangeKey  bool           // signed by a key that the server does not publish
	KeyID       string         // named in the header in place of the right one
	NoToken     bool           // the code is taken and nothing is said of the person
	Error       string         // to the browser, in place of a code
	Issuer      string         // the "iss" parameter to the browser; "-" for none
	NamesItself bool           // promises that parameter
	Reuse       bool           // codes may be used again
	Lax         bool           // neither verifier nor redirect address is checked
	At          string         // where the server says that it stands
	Name        string         // the issuer that discovery names
	Keys        string         // jwks_uri
	Token       string         // token_endpoint
	Status      int            // of every answer to a program
	Huge        bool           // such answers have no end
	Hang        bool           // such questions are not answered
	Redirect    string         // where such questions are sent
	Basic       bool           // takes the secret in the header alone
}

// Server is the provider.
type Server struct {
	URL string // its issuer

	now  func() time.Time
	stop context.Context
	mu   sync.Mutex
	who  Person
	odd  Behaviour
	code map[string]*grant
	seen []Seen
	next int
}

// Seen is one request that a program made.
type Seen struct {
	Method, Path string
	Form         url.Values
}

type grant struct {
	person                               Person
	nonce, challenge, redirect, clientID string
	used                                 bool
}

var (
	rightKey = sync.OnceValue(newKey)
	wrongKey = sync.OnceValue(newKey)
)

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic("oidctest: no key: " + err.Error())
	}
	return key
}

// Start begins a server that ends with the test.
func Start(t testing.TB, now func() time.Time) *Server {
	t.Helper()
	stop, end := context.WithCancel(context.Background())
	var listen net.ListenConfig
	l, err := listen.Listen(stop, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{URL: "http://" + l.Addr().String(), now: now, stop: stop, code: map[string]*grant{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", s.toPrograms(s.discovery))
	mux.HandleFunc("GET /keys", s.toPrograms(s.keys))
	mux.HandleFunc("POST /token", s.toPrograms(s.token))
	mux.HandleFunc("GET /authorize", s.authorize)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // ends with Close
	}()
	t.Cleanup(func() {
		end()
		_ = server.Close() // nobody waits for an answer any more
		<-done
	})
	return s
}

// Be says who signs in from now on.
func (s *Server) Be(p Person) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.who = p
}

// Behave says how the server errs from now on.
func (s *Server) Behave(b Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.odd = b
}

// Seen lists what programs asked so far.
func (s *Server) Seen() []Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Seen(nil), s.seen...)
}

func (s *Server) odds() Behaviour {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.odd
}

// Visit follows an address as a browser would whose person agrees to
// everything, and returns where it is sent: the callback with its query.
func (s *Server) Visit(t testing.TB, address string) *url.URL {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	to, err := res.Location()
	if err != nil {
		t.Fatalf("the provider answered %d and sent the browser nowhere", res.StatusCode)
	}
	return to
}

// toPrograms is what the server does wrong with every answer to a program.
func (s *Server) toPrograms(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // an empty form is refused further down
		s.mu.Lock()
		s.seen = append(s.seen, Seen{Method: r.Method, Path: r.URL.Path, Form: r.PostForm})
		odd := s.odd
		s.mu.Unlock()
		switch {
		case odd.Hang:
			select {
			case <-r.Context().Done():
			case <-s.stop.Done():
			}
		case odd.Redirect != "":
			http.Redirect(w, r, odd.Redirect, http.StatusTemporaryRedirect)
		case odd.Status != 0:
			http.Error(w, "an answer that quotes jane@example.com", odd.Status)
		case odd.Huge:
			s.endless(w, r)
		default:
			next(w, r)
		}
	}
}

func (s *Server) endless(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	part := make([]byte, 64<<10)
	for i := range part {
		part[i] = ' '
	}
	for r.Context().Err() == nil && s.stop.Err() == nil {
		if _, err := w.Write(part); err != nil {
			return
		}
	}
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may have gone
}
