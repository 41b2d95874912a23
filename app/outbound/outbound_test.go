package outbound

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"stead/app/errs"
	"stead/app/port"
	"stead/store"
	"stead/store/storetest"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// kit is a client over a store of its own, and a server that stands for a provider.
type kit struct {
	*Client
	st  *store.Store
	log *bytes.Buffer
}

func newKit(t *testing.T, change func(*Config), allow ...string) kit {
	t.Helper()
	k := kit{st: storetest.New(t), log: &bytes.Buffer{}}
	var n atomic.Int64
	c := Config{
		Store: k.st, Now: func() time.Time { return noon }, NewID: func() string { return "id" + strconv.FormatInt(n.Add(1), 10) },
		Log: slog.New(slog.NewTextHandler(k.log, nil)), Allow: allow,
		resolver: &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no DNS here") }},
	}
	if change != nil {
		change(&c)
	}
	k.Client = New(c)
	return k
}

var told = port.Disclosure{Processor: "twilio", Subjects: []string{"c1"}, Purpose: "reply", Fields: []string{"phone", "body"}, Ref: "m1"}

// answer is what a test looks at.
type answer struct{ Body io.ReadCloser }

// send posts a body under a disclosure, or none when it has no processor. The
// answer is closed when the test ends.
func (k kit) send(t *testing.T, d port.Disclosure, method, address, body string) (answer, error) {
	t.Helper()
	ctx := t.Context()
	if d.Processor != "" || d.Purpose != "" {
		ctx = port.WithDisclosure(ctx, d)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Basic c2VjcmV0")
	res, err := k.Do(req)
	if err != nil {
		return answer{}, err
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return answer{res.Body}, nil
}

func (k kit) rows(t *testing.T) []store.Disclosure {
	t.Helper()
	rows, err := k.st.Disclosures(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func TestARequestIsWrittenDownBeforeItGoesOut(t *testing.T) {
	var k kit
	rowsNow := func() []store.Disclosure { return k.rows(t) }
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		rows := rowsNow()
		want := store.Disclosure{ID: "id1", ContactID: "c1", Processor: "twilio", Purpose: "reply", Fields: "phone body", Ref: "m1", Result: "pending", Bytes: 11, At: noon.UnixMilli()}
		if len(rows) != 1 || rows[0] != want {
			t.Errorf("while it goes out: %+v", rows)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "answer")
	})
	k = newKit(t, nil, s.URL)
	res, err := k.send(t, told, "POST", s.URL+"/x", "hello there")
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(res.Body); err != nil || string(body) != "answer" {
		t.Errorf("got %q, %v", body, err)
	}
	if rows := k.rows(t); len(rows) != 1 || rows[0].Result != "201" || rows[0].Bytes != 11 {
		t.Errorf("after it: %+v", rows)
	}
	rows, err := k.st.DisclosuresOf(t.Context(), "c1", 10)
	if err != nil || len(rows) != 1 {
		t.Errorf("the person's own: %+v, %v", rows, err)
	}
}

func TestARowForEachPersonAndOneForNobody(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	k := newKit(t, nil, s.URL)
	for _, subjects := range [][]string{{"c1", "c2"}, nil} {
		if _, err := k.send(t, port.Disclosure{Processor: "twilio", Subjects: subjects, Purpose: "check"}, "GET", s.URL, ""); err != nil {
			t.Fatal(err)
		}
	}
	var who []string
	for _, row := range k.rows(t) {
		who = append(who, row.ContactID+" "+row.Result)
	}
	if got := strings.Join(who, ","); got != "c1 200,c2 200, 200" {
		t.Errorf("rows: %s", got)
	}
}

func TestWithoutADisclosureNothingGoesOut(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request went out") })
	k := newKit(t, nil, s.URL)
	for name, d := range map[string]port.Disclosure{"none": {}, "no purpose": {Processor: "twilio"}, "no processor": {Purpose: "reply"}} {
		_, err := k.send(t, d, "POST", s.URL, "x")
		if errs.KindOf(err) != errs.Fault || errs.CodeOf(err) != "no_disclosure" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := k.st.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := k.send(t, told, "POST", s.URL, "x"); errs.CodeOf(err) != "not_recorded" || errs.KindOf(err) != errs.Unavailable {
		t.Errorf("with no place to write it down: %v", err)
	}
}

// forbidden panics when it is used: the process's own way out.
type forbidden struct{}

func (forbidden) RoundTrip(*http.Request) (*http.Response, error) {
	panic("the default transport was used")
}

func TestTheProcesssOwnWayOutIsNotUsed(t *testing.T) {
	own := http.DefaultTransport
	http.DefaultTransport = forbidden{}
	t.Cleanup(func() { http.DefaultTransport = own })
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"}) })
	k := newKit(t, nil, s.URL)
	if _, err := k.send(t, told, "GET", s.URL, ""); err != nil {
		t.Fatal(err)
	}
	if k.http.Jar != nil {
		t.Error("cookies are kept")
	}
}

func TestWhatBecameOfARequestWithoutAnAnswer(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	hang := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/hang" {
			<-hang
			return
		}
		w.WriteHeader(http.StatusOK) // never sent
		panic(http.ErrAbortHandler)
	})
	t.Cleanup(func() { close(hang) })
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	k := newKit(t, func(c *Config) { c.Timeout = 300 * time.Millisecond }, s.URL, gone.URL, strings.Replace(plain.URL, "http:", "https:", 1))
	for name, tt := range map[string]struct {
		address, code, result string
		unknown               bool
	}{
		"nobody listens":      {gone.URL, "network", "network", false},
		"the answer is late":  {s.URL + "/hang", "", "unknown timeout", true},
		"the connection ends": {s.URL + "/abort", "", "unknown network", true},
		"no TLS there":        {strings.Replace(plain.URL, "http:", "https:", 1), "tls", "tls", false},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(k.rows(t))
			_, err := k.send(t, told, "POST", tt.address+"?To=%2B351912345678", "x")
			if got := errors.Is(err, port.ErrUnknown); err == nil || got != tt.unknown {
				t.Fatalf("unknown %v: %v", got, err)
			}
			if tt.unknown == errors.As(err, new(*errs.Error)) || !tt.unknown && (errs.CodeOf(err) != tt.code || errs.KindOf(err) != errs.Unavailable) {
				t.Errorf("says %v", err)
			}
			if strings.Contains(err.Error(), "912345678") || strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("the error quotes the address: %v", err)
			}
			if rows := k.rows(t); len(rows) != before+1 || !hasResult(rows, tt.result) {
				t.Errorf("rows: %+v", rows)
			}
		})
	}
}

func hasResult(rows []store.Disclosure, result string) bool {
	for _, row := range rows {
		if row.Result == result {
			return true
		}
	}
	return false
}

func TestAnAnswerHasALimit(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("n"))
		_, _ = w.Write(bytes.Repeat([]byte("x"), n))
	})
	k := newKit(t, func(c *Config) { c.MaxBody = 1000 }, s.URL)
	for n, want := range map[int]error{0: nil, 999: nil, 1000: nil, 1001: ErrTooLarge, 500_000: ErrTooLarge} {
		res, err := k.send(t, told, "GET", s.URL+"?n="+strconv.Itoa(n), "")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if !errors.Is(err, want) || (want == nil) != (err == nil) || len(body) != min(n, 1000) {
			t.Errorf("%d bytes: read %d, %v", n, len(body), err)
		}
		if _, again := res.Body.Read(make([]byte, 8)); want != nil && !errors.Is(again, want) {
			t.Errorf("%d bytes: then %v", n, again)
		}
		if errors.As(err, new(*errs.Error)) {
			t.Error("an answer that is too large reads as if nothing had gone out")
		}
	}
}

func TestAnAnswerThatBreaksOffIsAnError(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
	})
	k := newKit(t, nil, s.URL)
	res, err := k.send(t, told, "POST", s.URL, "x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(res.Body); !errors.Is(err, port.ErrUnknown) {
		t.Errorf("got %v", err)
	}
}

func TestRecoverMarksWhatNobodyWaitsFor(t *testing.T) {
	k := newKit(t, nil)
	err := k.st.InTx(t.Context(), func(tx *store.Tx) error {
		for id, result := range map[string]string{"a": "pending", "b": "201"} {
			if err := tx.InsertDisclosure(t.Context(), store.Disclosure{ID: id, Processor: "twilio", Purpose: "reply", Result: result, At: 5}); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, Recover(t.Context(), k.st, noon)); err != nil {
		t.Fatal(err)
	}
	if rows := k.rows(t); len(rows) != 2 || rows[0].Result != "unknown" || rows[1].Result != "201" {
		t.Errorf("rows: %+v", rows)
	}
}
