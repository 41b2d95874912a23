package twilio

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// FakeConfig is what the stand-in is given.
type FakeConfig struct {
	Account, Token string
	Numbers        []string // that the account owns
	HookURL        string   // the public address of the Stead that it calls
	HTTP           Doer     // how it calls
	Now            func() time.Time
	Retries        int           // of a callback that failed, as "#rc=" says
	RetryDelay     time.Duration // zero: 100 ms
}

// Fake is a stand-in for Twilio: the API that Stead uses, and the callbacks
// that Twilio would make, signed as Twilio signs them. It holds everything in
// memory and ends with Close.
type Fake struct {
	cfg  FakeConfig
	mux  *http.ServeMux
	http *http.Server
	stop context.Context
	end  context.CancelFunc
	work sync.WaitGroup

	mu         sync.Mutex
	state      string // of the account
	serial     int
	messages   []*FakeMessage
	calls      []*FakeCall
	told       []Told
	behaviours map[string]Behaviour
}

// Told is one request that the stand-in got.
type Told struct {
	Method, Path string
	Form         map[string][]string
	Status       int // what it answered; 0 while it has not
}

// FakeMessage is a text, either way.
type FakeMessage struct {
	Sid, From, To, Body, Direction, Status, Service, Callback string
	ErrorCode                                                 int
	Media                                                     []FakeMedia
	Created                                                   time.Time
}

// FakeMedia is an attachment.
type FakeMedia struct{ Sid, ContentType string }

// FakeCall is a call or a leg of one.
type FakeCall struct {
	Sid, Parent, From, To, Direction, Status string
	Seconds                                  int
	Started, Ended                           time.Time
}

// Behaviour is what happens to a text to some number. The zero value takes it
// and reports it sent and delivered.
type Behaviour struct {
	Refuse     int           // error code: answered at once instead of being taken
	RetryAfter int           // seconds, beside Refuse
	Gateway    bool          // taken, but something in between answers 502 in HTML
	Hang       bool          // not taken and never answered
	Lose       bool          // taken and never answered
	Times      int           // how often the above happens; zero: always
	Statuses   []string      // callbacks in this order; nil: sent, delivered
	ErrorCode  int           // told with undelivered and failed
	Delay      time.Duration // before each callback
	Repeat     int           // how often more each callback is sent
}

// NewFake returns a stand-in. Numbers that Twilio keeps for tests behave as
// Twilio says: +15005550001 is invalid, +15005550004 has opted out,
// +15005550009 cannot get texts.
func NewFake(cfg FakeConfig) *Fake {
	if cfg.RetryDelay == 0 {
		cfg.RetryDelay = 100 * time.Millisecond
	}
	f := &Fake{cfg: cfg, state: "active", behaviours: map[string]Behaviour{
		"+15005550001": {Refuse: 21211}, "+15005550004": {Refuse: 21610}, "+15005550009": {Refuse: 21614},
	}}
	f.stop, f.end = context.WithCancel(context.Background())
	f.routes()
	return f
}

// Start listens on an address ("127.0.0.1:0" for any free port) and returns the
// base address, for STEAD_TWILIO_URL.
func (f *Fake) Start(addr string) (string, error) {
	var listen net.ListenConfig
	l, err := listen.Listen(f.stop, "tcp", addr)
	if err != nil {
		return "", err
	}
	f.http = &http.Server{Handler: f, ReadHeaderTimeout: 5 * time.Second}
	f.run(func() { _ = f.http.Serve(l) }) // ends with Close
	return "http://" + l.Addr().String(), nil
}

// run starts work that Close waits for; none starts after Close.
func (f *Fake) run(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stop.Err() == nil {
		f.work.Go(do)
	}
}

// Close ends the server and all callbacks that are under way.
func (f *Fake) Close() {
	f.change(f.end)
	if f.http != nil {
		_ = f.http.Close() // nothing is lost that anybody waits for
	}
	f.work.Wait()
}

// SetHookURL says where Stead is, when that is known later.
func (f *Fake) SetHookURL(address string) { f.change(func() { f.cfg.HookURL = address }) }

// SetToken changes the account's token, as rotating it at Twilio does.
func (f *Fake) SetToken(token string) { f.change(func() { f.cfg.Token = token }) }

// SetState suspends or closes the account, or makes it active again.
func (f *Fake) SetState(state string) { f.change(func() { f.state = state }) }

// Behave says what happens to texts to a number; "" is every number that has
// no behaviour of its own.
func (f *Fake) Behave(to string, b Behaviour) { f.change(func() { f.behaviours[to] = b }) }

// Told lists the requests so far.
func (f *Fake) Told() []Told {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.told)
}

// Messages lists the texts so far, both ways, oldest first.
func (f *Fake) Messages() []FakeMessage {
	f.mu.Lock()
	defer f.mu.Unlock()
	return values(f.messages)
}

// Calls lists the calls and their legs so far, oldest first.
func (f *Fake) Calls() []FakeCall {
	f.mu.Lock()
	defer f.mu.Unlock()
	return values(f.calls)
}

func values[T any](pointers []*T) []T {
	out := make([]T, 0, len(pointers))
	for _, p := range pointers {
		out = append(out, *p)
	}
	return out
}

func (f *Fake) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

// sid makes an id of Twilio's shape. The caller holds the lock.
func (f *Fake) sid(prefix string) string {
	f.serial++
	return fmt.Sprintf("%s%032x", prefix, f.serial)
}

// ServeHTTP answers the API.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		refuse(w, 20001, 0)
		return
	}
	f.mu.Lock()
	at := len(f.told)
	f.told = append(f.told, Told{Method: r.Method, Path: r.URL.Path, Form: r.Form})
	account, token, state := f.cfg.Account, f.cfg.Token, f.state
	f.mu.Unlock()
	answer := &watched{ResponseWriter: w}
	user, pass, _ := r.BasicAuth()
	same := subtle.ConstantTimeCompare([]byte(user+":"+pass), []byte(account+":"+token)) == 1
	reads := r.Method == http.MethodGet && strings.Count(r.URL.Path, "/") == 3 // the account itself
	switch {
	case !same || state != "active" && !reads:
		refuse(answer, 20003, 0)
	default:
		f.mux.ServeHTTP(answer, r)
	}
	f.change(func() { f.told[at].Status = answer.status })
}

// watched remembers the status of an answer.
type watched struct {
	http.ResponseWriter
	status int
}

func (w *watched) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *watched) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}
