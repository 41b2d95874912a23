package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

func serve(rt *Router, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	rt.ServeHTTP(w, r)
	return w
}

func as(r *http.Request, a access.Actor) *http.Request {
	return r.WithContext(WithActor(r.Context(), a))
}

func TestNoPolicyNoRoute(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a route without a policy was registered")
		}
	}()
	NewRouter(nil).Handle("GET /x", Policy{Raw: true}, nil)
}

func TestErrorsHaveTheirStatus(t *testing.T) {
	secret := errors.New("dial 10.0.0.7: ana@example.com")
	for name, tt := range map[string]struct {
		err  error
		want int
	}{
		"an unknown error":   {secret, 500},
		"a fault":            {&errs.Error{Err: secret}, 500},
		"invalid":            {&errs.Error{Kind: errs.Invalid, Err: secret}, 422},
		"denied":             {&errs.Error{Kind: errs.Denied, Err: secret}, 403},
		"not found":          {fmt.Errorf("op: %w", store.ErrNotFound), 404},
		"conflict":           {fmt.Errorf("op: %w", store.ErrConflict), 409},
		"unavailable":        {&errs.Error{Kind: errs.Unavailable, Err: secret, RetryAfter: 90 * time.Second}, 502},
		"a locked vault":     {&errs.Error{Kind: errs.Unavailable, Code: "locked"}, 503},
		"too many":           {TooMany(1500*time.Millisecond, "Wait."), 429},
		"a body too large":   {&http.MaxBytesError{Limit: 1}, 413},
		"too many, rounding": {TooMany(time.Millisecond, "Wait."), 429},
	} {
		t.Run(name, func(t *testing.T) {
			for _, accept := range []string{"text/html", "application/json"} {
				rt := NewRouter(nil)
				rt.Handle("GET /x", Policy{Public: "test"}, func(http.ResponseWriter, *http.Request) error { return tt.err })
				r := httptest.NewRequest("GET", "/x", nil)
				r.Header.Set("Accept", accept)
				w := serve(rt, r)
				if w.Code != tt.want {
					t.Errorf("%s: status %d, want %d", accept, w.Code, tt.want)
				}
				if strings.Contains(w.Body.String(), "10.0.0.7") || strings.Contains(w.Body.String(), "ana@") {
					t.Errorf("%s: the cause is shown: %s", accept, w.Body)
				}
				if isJSON := strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json"); isJSON != (accept != "text/html") {
					t.Errorf("%s is answered with %s", accept, w.Header().Get("Content-Type"))
				}
				if d := errs.RetryAfter(tt.err); d > 0 && w.Header().Get("Retry-After") != "90" {
					t.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
				}
			}
		})
	}
}

func TestPolicyIsAskedFirst(t *testing.T) {
	rt := NewRouter(nil)
	rt.Handle("GET /contacts/{id}", Policy{Needs: access.ContactsRead}, func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
	get := func(change func(*http.Request)) *http.Request {
		r := httptest.NewRequest("GET", "/contacts/7?q=Jane", nil)
		change(r)
		return r
	}
	w := serve(rt, get(func(*http.Request) {}))
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/login?next=%2Fcontacts%2F7" {
		t.Errorf("nobody gets %d to %q; want the sign-in page, and no query in next", w.Code, w.Header().Get("Location"))
	}
	w = serve(rt, get(func(r *http.Request) {
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Current-URL", "http://127.0.0.1/inbox?q=Jane")
	}))
	if w.Code != http.StatusUnauthorized || w.Header().Get("HX-Redirect") != "/login?next=%2Finbox" {
		t.Errorf("htmx gets %d to %q", w.Code, w.Header().Get("HX-Redirect"))
	}
	w = serve(rt, get(func(r *http.Request) { r.Header.Set("Accept", "application/json") }))
	if w.Code != http.StatusUnauthorized {
		t.Errorf("a program gets %d, want 401", w.Code)
	}
	onlooker := access.Actor{ID: "u", May: map[access.Permission]access.Reach{access.InboxRead: access.All}}
	if w := serve(rt, as(get(func(*http.Request) {}), onlooker)); w.Code != http.StatusForbidden {
		t.Errorf("without the permission: %d, want 403", w.Code)
	}
	if w := serve(rt, as(get(func(*http.Request) {}), access.Owner("u"))); w.Code != http.StatusNoContent {
		t.Errorf("the owner gets %d, want 204", w.Code)
	}
}

func TestUnknownAddressesHavePages(t *testing.T) {
	rt := NewRouter(nil)
	rt.Handle("GET /known", Policy{Public: "test"}, func(http.ResponseWriter, *http.Request) error { return nil })
	if w := serve(rt, httptest.NewRequest("GET", "/unknown", nil)); w.Code != 404 || !strings.Contains(w.Body.String(), "<html") {
		t.Errorf("unknown: %d", w.Code)
	}
	if w := serve(rt, httptest.NewRequest("POST", "/known", nil)); w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("another method: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func TestFormsThatCannotBeRead(t *testing.T) {
	rt := NewRouter(nil)
	rt.Handle("POST /x", Policy{Public: "test"}, func(http.ResponseWriter, *http.Request) error { return nil })
	post := func(body string, limit int64) int {
		r := httptest.NewRequest("POST", "/x", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		rt.ServeHTTP(w, r)
		return w.Code
	}
	if got := post("a=%zz", 100); got != http.StatusBadRequest {
		t.Errorf("broken escapes: %d, want 400", got)
	}
	if got := post("a="+strings.Repeat("x", 200), 100); got != http.StatusRequestEntityTooLarge {
		t.Errorf("too long: %d, want 413", got)
	}
	if got := post("a=b", 100); got != http.StatusOK {
		t.Errorf("a good form: %d", got)
	}
}

func TestSafeNext(t *testing.T) {
	for next, ok := range map[string]bool{
		"/": true, "/a": true, "/a?b=//c": true, "/a/%2F": true,
		"": false, "a": false, "//a": false, `/\a`: false, `/a\b`: false, "/%5Ca": false, "/a\r\nb": false, "/\x00": false, "http://a": false,
		"/%2Fa": false, "/" + strings.Repeat("a", 600): false, "/%": false, "/\t/a": false,
	} {
		if got := SafeNext(next, "no") != "no"; got != ok {
			t.Errorf("SafeNext(%q) = %v, want %v", next, got, ok)
		}
	}
}

func FuzzSafeNext(f *testing.F) {
	for _, s := range []string{"/", "//x", `/\x`, "/%2F%2Fx", "/a?b", "\t/x"} {
		f.Add(s)
	}
	base, err := url.Parse("http://stead.example/login")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := SafeNext(next, "/home")
		u, err := base.Parse(got)
		if err != nil || u.Host != base.Host || u.Scheme != base.Scheme || strings.HasPrefix(u.Path, "//") {
			t.Errorf("SafeNext(%q) = %q leads to %v, %v", next, got, u, err)
		}
	})
}

func TestClientIsTheRightmostUntrustedHop(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	for name, tt := range map[string]struct {
		remote  string
		forward []string
		trusted []netip.Prefix
		want    string
	}{
		"no proxy":                        {"203.0.113.9:1", nil, trusted, "203.0.113.9"},
		"a stranger's word is not taken":  {"203.0.113.9:1", []string{"198.51.100.1"}, trusted, "203.0.113.9"},
		"nobody is trusted":               {"127.0.0.1:1", []string{"198.51.100.1"}, nil, "127.0.0.1"},
		"our proxy says":                  {"127.0.0.1:1", []string{"198.51.100.1"}, trusted, "198.51.100.1"},
		"what stands left was made up":    {"127.0.0.1:1", []string{"1.1.1.1, 198.51.100.1"}, trusted, "198.51.100.1"},
		"past two proxies of ours":        {"127.0.0.1:1", []string{"1.1.1.1, 198.51.100.1, 10.1.2.3"}, trusted, "198.51.100.1"},
		"several headers are one list":    {"127.0.0.1:1", []string{"198.51.100.1", "10.1.2.3"}, trusted, "198.51.100.1"},
		"nonsense ends the walk":          {"127.0.0.1:1", []string{"198.51.100.1, unknown"}, trusted, "127.0.0.1"},
		"IPv4 within IPv6 is the same":    {"[::ffff:127.0.0.1]:1", []string{"198.51.100.1"}, trusted, "198.51.100.1"},
		"all of it is ours":               {"127.0.0.1:1", []string{"10.9.9.9"}, trusted, "10.9.9.9"},
		"a zone does not make it another": {"[fe80::1%eth0]:1", nil, trusted, "fe80::1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = tt.remote
			for _, f := range tt.forward {
				r.Header.Add("X-Forwarded-For", f)
			}
			if got := clientOf(r, tt.trusted).String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestNetworkOfIPv6IsTheCustomers(t *testing.T) {
	for addr, want := range map[string]string{"2001:db8:1:2:3::4": "2001:db8:1:2::/64", "203.0.113.9": "203.0.113.9", "::ffff:203.0.113.9": "203.0.113.9"} {
		if got := Network(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
}

func TestLimiter(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLimiter(2, 4, func() time.Time { return now })
	for i := range 4 {
		if l.take("a") != 0 {
			t.Fatalf("request %d of the burst waits", i)
		}
	}
	if l.take("a") == 0 {
		t.Error("the fifth goes through")
	}
	if l.take("b") != 0 {
		t.Error("another network waits for the first")
	}
	now = now.Add(time.Second)
	if first, second, third := l.take("a"), l.take("a"), l.take("a"); first != 0 || second != 0 || third == 0 {
		t.Error("a second does not bring two back")
	}
	now = now.Add(2 * time.Minute)
	l.take("c")
	if len(l.buckets) != 1 {
		t.Errorf("%d buckets are kept, want 1", len(l.buckets))
	}
}

func TestSessionDataRoundTrip(t *testing.T) {
	end := time.UnixMilli(1_800_000_000_123)
	b, err := codec{}.Encode(end, map[string]any{"user": "u1", "": ""})
	if err != nil {
		t.Fatal(err)
	}
	at, values, err := codec{}.Decode(b)
	if err != nil || !at.Equal(end) || values["user"] != "u1" || len(values) != 2 {
		t.Errorf("%v %v %v", at, values, err)
	}
	for n := range len(b) - 1 {
		if _, v, err := (codec{}).Decode(b[:n+1]); err == nil && len(v) == 2 {
			t.Errorf("cut after %d bytes it is still whole", n+1)
		}
	}
	if _, err := (codec{}).Encode(end, map[string]any{"n": 1}); err == nil {
		t.Error("a number was taken")
	}
}

func FuzzSessionData(f *testing.F) {
	f.Add([]byte("12345678\x04user\x02u1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		end, values, err := codec{}.Decode(b)
		if err != nil {
			return
		}
		again, err := codec{}.Encode(end, values)
		if err != nil {
			t.Fatal(err)
		}
		if _, v, err := (codec{}).Decode(again); err != nil || len(v) != len(values) {
			t.Errorf("%v, %v", v, err)
		}
	})
}

func TestDevice(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0":                                                                  "Firefox, Linux",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1": "Safari, iPhone",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0":                               "Edge, Windows",
		"curl/8.0": "curl", "": "", "<script>": "",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("User-Agent", agent)
		if got := AgentOf(r).String(); got != want {
			t.Errorf("%q: %q, want %q", agent, got, want)
		}
	}
}
