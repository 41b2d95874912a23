package inbound

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"stead/app/ids"
	"stead/app/port"
	"stead/app/provider/twilio"
	"stead/app/vault"
	"stead/app/web"
	"stead/store"
	"stead/store/storetest"
)

const (
	account = "AC0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d"
	token   = "12345678901234567890123456789012"
	line    = "+15035550100"
	caller  = "+15035550177"
	public  = "https://crm.example.com"
)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// kit is the capability with the provider's own signatures and the real vault.
type kit struct {
	*Service
	t       testing.TB
	st      *store.Store
	vault   *vault.Vault
	keyFile string
	clock   *clock
	seen    *seen
	mux     *web.Router
	folder  string
}

func (k *kit) dir() string { return k.folder }

// seen is what the handlers were given, in order.
type seen struct {
	mu    sync.Mutex
	texts []string
	fail  func(body string) error
}

func (s *seen) text(_ context.Context, tx *store.Tx, _ string, e port.TextEvent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		if err := s.fail(e.Body); err != nil {
			return err
		}
	}
	tx.AfterCommit(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.texts = append(s.texts, e.Body)
	})
	return nil
}

func (s *seen) bodies() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.texts...)
}

// accounts answers from the store, as the product does.
type accounts struct{ st *store.Store }

func (a accounts) Account(ctx context.Context) (port.Account, error) {
	id, service, err := a.st.Account(ctx, twilio.Name)
	return port.Account{ID: id, Service: service}, err
}

func (a accounts) Lines(ctx context.Context) ([]string, error) {
	lines, err := a.st.Lines(ctx, twilio.Name)
	var out []string
	for _, l := range lines {
		out = append(out, l.Number)
	}
	return out, err
}

func newKit(t testing.TB) *kit {
	t.Helper()
	folder := t.TempDir()
	k := &kit{t: t, folder: folder, st: storetest.At(t, filepath.Join(folder, "stead.db")), keyFile: filepath.Join(t.TempDir(), "a.key"), clock: &clock{at: time.UnixMilli(1_795_000_000_000)}, seen: &seen{}}
	v, err := vault.Open(context.Background(), k.st, k.keyFile, k.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	k.vault = v
	t.Cleanup(func() { _ = v.Close(context.Background()) })
	if err := v.Create(context.Background()); err != nil {
		t.Fatal(err)
	}
	k.connect()
	k.Service = k.open(nil)
	return k
}

// open starts the capability anew, as the process does.
func (k *kit) open(history port.History) *Service {
	p := twilio.New(twilio.Config{PublicURL: public, Secrets: k.vault, Accounts: accounts{k.st}, Now: k.clock.now, NewID: ids.New})
	nothing := func(context.Context, *store.Tx, string, port.CallEvent) error { return nil }
	s := New(Deps{
		Store: k.st, Vault: k.vault, Now: k.clock.now, NewID: ids.New, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), URL: public,
		Providers: []Provider{{Source: p, History: history}},
		OnText:    k.seen.text, OnCall: nothing,
		OnStatus: func(context.Context, *store.Tx, string, port.StatusEvent) error { return nil },
	})
	k.t.Cleanup(s.Close)
	k.mux = web.NewRouter(slog.New(slog.NewTextHandler(io.Discard, nil)))
	s.Routes(k.mux)
	return s
}

func (k *kit) connect() {
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		if err := k.vault.PutSecret(ctx, tx, twilio.Name, twilio.SecretToken, vault.Secret(token)); err != nil {
			return err
		}
		now := k.clock.now().UnixMilli()
		err := tx.PutConnection(ctx, store.Connection{Provider: twilio.Name, Account: account, State: store.Connected, CaughtUpAt: now, UpdatedAt: now})
		if err != nil {
			return err
		}
		return tx.SetLines(ctx, twilio.Name, []store.Line{{ID: "line1", Number: line, ForwardTo: []string{"+15035550111", "+15035550112"}, CreatedAt: now}})
	})
}

func (k *kit) tx(do func(ctx context.Context, tx *store.Tx) error) {
	k.t.Helper()
	ctx := context.Background()
	if err := k.st.InTx(ctx, func(tx *store.Tx) error { return do(ctx, tx) }); err != nil {
		k.t.Fatal(err)
	}
}

func sms(n int, from, body string) url.Values {
	return url.Values{
		"MessageSid": {fmt.Sprintf("SM%032d", n)}, "AccountSid": {account}, "From": {from}, "To": {line}, "Body": {body},
		"NumMedia": {"0"}, "NumSegments": {"1"}, "SmsStatus": {"received"},
	}
}

func ring(n int) url.Values {
	return url.Values{
		"CallSid": {fmt.Sprintf("CA%032d", n)}, "AccountSid": {account}, "From": {caller}, "To": {line},
		"CallStatus": {"ringing"}, "Direction": {"inbound"},
	}
}

// post sends a callback as the provider does.
func (k *kit) post(path string, form url.Values) *httptest.ResponseRecorder {
	return k.send(path, form.Encode(), twilio.Sign([]byte(token), public+path, form))
}

func (k *kit) send(path, body, signature string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if signature != "" {
		r.Header.Set("X-Twilio-Signature", signature)
	}
	w := httptest.NewRecorder()
	k.mux.ServeHTTP(w, r)
	return w
}

// count is how many events are in a state.
func (k *kit) count(state string) int64 {
	k.t.Helper()
	n, err := k.st.InboundCount(context.Background(), state)
	if err != nil {
		k.t.Fatal(err)
	}
	return n
}

// until waits for something that happens by itself.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("never: %s", what)
		}
	}
}
