package twilio

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stead/app/errs"
	"stead/app/port"
)

// hook is the smallest Stead that the stand-in can call.
type hook struct {
	*httptest.Server
	k      *kit
	answer port.Answer
	mu     sync.Mutex
	stored []string
	codes  []string
	fail   int // answer 503 this often
}

func newHook(t *testing.T, k *kit, a port.Answer) *hook {
	t.Helper()
	h := &hook{k: k, answer: a}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	k.cfg.PublicURL = h.URL
	h.answer.ActionURL = h.URL + PathDial
	k.fake.SetHookURL(h.URL)
	return h
}

func (h *hook) keys() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.stored)
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fail > 0 {
		h.fail--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	body, _ := io.ReadAll(r.Body)
	in := port.Request{URL: h.k.cfg.PublicURL + r.RequestURI, Path: r.URL.Path, Header: r.Header, Body: body}
	if err := h.k.Verify(r.Context(), in); err != nil {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	e, err := h.k.Identify(in)
	if err != nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	h.stored = append(h.stored, e.Kind+" "+e.Key)
	if event, err := h.k.Decode(e.Kind, e.Payload); err == nil && event.Status != nil {
		h.codes = append(h.codes, event.Status.Code)
	}
	kind, text := h.k.Answer(e.Kind, h.answer)
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(text)
}

// until polls for something that another goroutine does.
func until(t *testing.T, done func() bool) {
	t.Helper()
	deadline := time.After(5 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("waited in vain")
		}
	}
}

func TestTheStandInCallsBackWithSignatures(t *testing.T) {
	k := newKit(t)
	h := newHook(t, k, port.Answer{Dial: []string{"+15035550111"}, RingSeconds: 18})
	ctx := context.Background()
	ref, err := k.fake.Text(ctx, FakeText{From: testPerson, To: testLine, Body: "Grüße 👋 a+b & 50%", Repeat: 1})
	if err != nil {
		t.Fatal(err)
	}
	rung, err := k.fake.Call(ctx, FakeRing{From: testPerson, To: testLine, EndFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"sms " + ref, "sms " + ref, "voice " + rung.Sid + "|ringing", "call-status " + rung.Sid + "|ended", "dial " + rung.Sid + "|dialed"}
	if got := h.keys(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !slices.Equal(rung.Dialed, []string{"+15035550111"}) {
		t.Errorf("rung %+v", rung)
	}
	k.fake.SetToken("another")
	if _, err := k.fake.Text(ctx, FakeText{From: testPerson, To: testLine}); err == nil {
		t.Error("a callback signed with another token was taken")
	}
}

func TestTheStandInTellsStatusesAsItIsTold(t *testing.T) {
	k := newKit(t)
	h := newHook(t, k, port.Answer{})
	k.fake.Behave(testPerson, Behaviour{Statuses: []string{"delivered", "sent", "sending"}, Repeat: 1, Delay: time.Millisecond})
	k.fake.Behave("+15035550178", Behaviour{Statuses: []string{"sent", "undelivered"}, ErrorCode: 30003})
	in := text(testPerson)
	in.CallbackURL = h.URL + PathStatus
	one, err := k.SendText(context.Background(), k.account, in)
	if err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return len(h.keys()) == 6 })
	want := []string{"delivered", "delivered", "sent", "sent", "sending", "sending"}
	for i, key := range h.keys() {
		if key != "status "+one.Ref+"|"+want[i] {
			t.Errorf("callback %d is %s, want %s", i, key, want[i])
		}
	}
	if m := k.fake.Messages()[0]; m.Status != "delivered" {
		t.Errorf("ends as %s", m.Status)
	}
	in.To = "+15035550178"
	if _, err := k.SendText(context.Background(), k.account, in); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return len(h.keys()) == 8 })
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Equal(h.codes[6:], []string{"", "30003"}) {
		t.Errorf("codes %v", h.codes)
	}
}

func TestTheStandInRetriesAsTheAddressAsks(t *testing.T) {
	k := newKit(t)
	k.fake.change(func() { k.fake.cfg.Retries = 2 })
	h := newHook(t, k, port.Answer{})
	h.fail = 2
	if _, err := k.fake.Text(context.Background(), FakeText{From: testPerson, To: testLine}); err != nil {
		t.Error(err)
	}
	h.mu.Lock()
	h.fail = 3
	h.mu.Unlock()
	if _, err := k.fake.Text(context.Background(), FakeText{From: testPerson, To: testLine}); err == nil {
		t.Error("three failures in a row were not noticed")
	}
}

func TestTheStandInRefusesTwiliosTestNumbers(t *testing.T) {
	k := newKit(t)
	for number, code := range map[string]string{"+15005550001": "21211", "+15005550004": "21610", "+15005550009": "21614"} {
		_, err := k.SendText(context.Background(), k.account, text(number))
		if errs.CodeOf(err) != code {
			t.Errorf("%s: %v", number, err)
		}
	}
	for name, in := range map[string]port.Text{
		"21606": {From: "+15035550999", To: testPerson, Body: "x"}, "21602": {From: testLine, To: testPerson},
		"21617": {From: testLine, To: testPerson, Body: strings.Repeat("x", 1601)}, "21603": {To: testPerson, Body: "x"}, "21604": {From: testLine, Body: "x"},
	} {
		if _, err := k.SendText(context.Background(), k.account, in); errs.CodeOf(err) != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	k.fake.Behave(testPerson, Behaviour{Refuse: 20500, Times: 1})
	if _, err := k.SendText(context.Background(), k.account, text(testPerson)); errs.CodeOf(err) != "20500" {
		t.Errorf("first: %v", err)
	}
	if _, err := k.SendText(context.Background(), k.account, text(testPerson)); err != nil {
		t.Errorf("second: %v", err)
	}
}

func TestAnswer(t *testing.T) {
	p := New(Config{})
	for _, tt := range []struct {
		name, kind string
		in         port.Answer
		want       string
	}{
		{
			"rings the phones together", "voice",
			port.Answer{Dial: []string{"+15035550111", "+15035550112"}, RingSeconds: 18, ActionURL: "https://crm.example.com/a?b=1&c=2"},
			`<Response><Dial action="https://crm.example.com/a?b=1&amp;c=2" method="POST" timeout="18" answerOnBridge="true"><Number>+15035550111</Number><Number>+15035550112</Number></Dial></Response>`,
		},
		{"says something when there is nobody", "voice", port.Answer{Say: `Ring <later> & "thanks"`}, `<Response><Say>Ring &lt;later&gt; &amp; &#34;thanks&#34;</Say></Response>`},
		{"unset ringing is 20 s", "voice", port.Answer{Dial: []string{"+1"}, ActionURL: "x"}, `<Response><Dial action="x" method="POST" timeout="20" answerOnBridge="true"><Number>+1</Number></Dial></Response>`},
		{"a call with nothing to do", "voice", port.Answer{}, `<Response></Response>`},
		{"a text", "sms", port.Answer{Say: "never sent", Dial: []string{"+1"}}, `<Response></Response>`},
		{"an outcome", "dial", port.Answer{}, `<Response></Response>`},
		{"a status", "status", port.Answer{}, `<Response></Response>`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kind, body := p.Answer(tt.kind, tt.in)
			if want := `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + tt.want; string(body) != want {
				t.Errorf("got %s\nwant %s", body, want)
			}
			if !strings.HasPrefix(kind, "text/xml") {
				t.Errorf("type %s", kind)
			}
		})
	}
}

func TestHookTest(t *testing.T) {
	ctx := context.Background()
	t.Run("it comes through the real hook", func(t *testing.T) {
		k := newKit(t)
		h := newHook(t, k, port.Answer{})
		if err := k.TestHook(ctx); err != nil {
			t.Fatal(err)
		}
		if got := h.keys(); len(got) != 0 {
			t.Errorf("the test was stored as an event: %v", got)
		}
	})
	t.Run("a public address that is not the one we listen on", func(t *testing.T) {
		k := newKit(t)
		h := newHook(t, k, port.Answer{})
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.RequestURI = "/changed" + r.RequestURI // a proxy that rewrites the path
			h.ServeHTTP(w, r)
		}))
		defer proxy.Close()
		k.cfg.PublicURL = proxy.URL
		wantError(t, k.TestHook(ctx), errs.Denied, "hook_refused")
	})
	t.Run("somebody else answers", func(t *testing.T) {
		k := newKit(t)
		other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		defer other.Close()
		k.cfg.PublicURL = other.URL
		wantError(t, k.TestHook(ctx), errs.Invalid, "hook_elsewhere")
	})
	t.Run("nobody answers", func(t *testing.T) {
		k := newKit(t)
		k.cfg.PublicURL = "http://127.0.0.1:1"
		wantError(t, k.TestHook(ctx), errs.Unavailable, "hook_unreachable")
	})
	t.Run("a gateway's error", func(t *testing.T) {
		k := newKit(t)
		h := newHook(t, k, port.Answer{})
		h.fail = 1
		wantError(t, k.TestHook(ctx), errs.Unavailable, "http_503")
	})
	t.Run("a locked vault", func(t *testing.T) {
		k := newKit(t)
		newHook(t, k, port.Answer{})
		k.vault.err = &errs.Error{Kind: errs.Unavailable, Code: "locked"}
		wantError(t, k.TestHook(ctx), errs.Unavailable, "locked")
	})
}
