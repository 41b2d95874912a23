// Package apptest boots the whole product in the test's own process, on a
// folder of its own, with a stand-in for Twilio and a clock that only the test
// moves. Tests speak to it over HTTP, as browsers and providers do. Nothing of
// the product may import it.
package apptest

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"stead/app"
	"stead/app/ids"
	"stead/app/logs"
	"stead/app/provider/twilio"
	"stead/app/team"
	"stead/store"
)

// What the house that Start builds is made of.
const (
	Business = "Brightwater Repairs"
	Owner    = "Ana Costa"
	Email    = "ana@brightwater.example"
	Password = "kettle blue harbour seven"
	Account  = "AC00000000000000000000000000000001"
	Token    = "0123456789abcdef0123456789abcdef"
	Line     = "+15550100001" // the business's number
	Phone    = "+15550100002" // rung when somebody calls it
)

// Options say how the house differs from the usual one: set up, an open vault,
// nothing connected.
type Options struct {
	NotSetUp bool
	Now      time.Time         // zero: a Wednesday morning in November 2026
	Config   func(*app.Config) // changes the configuration
}

// House is a running product.
type House struct {
	App    *app.App
	Config app.Config
	URL    string
	Clock  *Clock
	Logs   *Logs
	Twilio *twilio.Fake

	t      testing.TB
	server *httptest.Server
}

// Start boots a product that ends with the test.
func Start(t testing.TB, o Options) *House {
	t.Helper()
	if o.Now.IsZero() {
		o.Now = time.Date(2026, 11, 18, 10, 0, 0, 0, time.UTC)
	}
	h := &House{t: t, Clock: &Clock{now: o.Now}, Logs: &Logs{}}
	h.server = httptest.NewUnstartedServer(nil)
	h.URL = "http://" + h.server.Listener.Addr().String()
	h.startTwilio()
	dir := t.TempDir()
	h.Config = h.config(dir, o)
	h.open(o)
	h.server.Config.Handler = h.App.Handler()
	h.server.Start()
	t.Cleanup(h.server.Close)
	return h
}

func (h *House) startTwilio() {
	h.Twilio = twilio.NewFake(twilio.FakeConfig{
		Account: Account, Token: Token, Numbers: []string{Line}, HookURL: h.URL, HTTP: &http.Client{Timeout: 20 * time.Second}, Now: h.Clock.Now,
	})
	h.t.Cleanup(h.Twilio.Close)
}

func (h *House) config(dir string, o Options) app.Config {
	h.t.Helper()
	address, err := h.Twilio.Start("127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	env := map[string]string{
		"STEAD_DATA": filepath.Join(dir, "data"), "STEAD_KEY_FILE": filepath.Join(dir, "keys", "stead.key"),
		"STEAD_URL": h.URL, "STEAD_TWILIO_URL": address, "STEAD_LOG": "json", "STEAD_LOG_LEVEL": "debug",
	}
	cfg, err := app.LoadConfig(func(name string) string { return env[name] })
	if err != nil {
		h.t.Fatal(err)
	}
	if o.Config != nil {
		o.Config(&cfg)
	}
	return cfg
}

func (h *House) open(o Options) {
	h.t.Helper()
	ctx := context.WithoutCancel(h.t.Context())
	var patience time.Duration
	if _, test := h.t.(*testing.T); test { // a benchmark measures the budgets too
		patience = time.Minute
	}
	a, err := app.Open(ctx, app.Deps{
		Config: h.Config, Now: h.Clock.Now, NewID: ids.New, Log: logs.New(h.Logs, "json", slog.LevelDebug), Version: "test", Patience: patience,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.App = a
	h.t.Cleanup(func() {
		if err := a.Close(ctx); err != nil {
			h.t.Error(err)
		}
	})
	if !o.NotSetUp {
		h.setUp()
	}
	if err := a.Start(ctx); err != nil {
		h.t.Fatal(err)
	}
	<-a.Resumed() // what a test queues is never taken by the start
}

func (h *House) setUp() {
	h.t.Helper()
	_, err := h.App.Team.SetUp(h.t.Context(), "", team.SetUp{
		Business: Business, Country: "US", Currency: "USD", Timezone: "America/New_York", Hours: store.DefaultHours(),
		OwnerName: Owner, OwnerEmail: Email, Password: Password,
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// Store is the database of the house, for what no page shows.
func (h *House) Store() *store.Store { return h.App.Store }

// Clock stands still until a test moves it.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now is the time of the house. It moves by a microsecond each time, so that
// nothing happens at quite the same moment.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Microsecond)
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Logs keeps every line that was logged.
type Logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write keeps p.
func (l *Logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// String is all that was logged.
func (l *Logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// eventually is far above what anything takes: a test that waits fails by its
// state and not by the speed of the machine.
const eventually = 2 * time.Minute

// Eventually waits until ok, or fails the test with what was waited for.
func (h *House) Eventually(what string, ok func() bool) {
	h.t.Helper()
	deadline := time.After(eventually)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			h.t.Fatalf("did not happen within %s: %s", eventually, what)
		case <-tick.C:
		}
	}
}
