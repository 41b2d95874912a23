package web

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"stead/app/errs"
	"stead/store"
	"stead/views/ui"
)

// Options are what the chain in front of every handler needs.
type Options struct {
	Log      *slog.Logger
	Now      func() time.Time
	NewID    func() string
	URL      string         // public base address; https turns on HSTS
	Trusted  []netip.Prefix // proxies whose word on the client is taken
	Sessions *Sessions
	Shell    func(ctx context.Context, r *http.Request) ui.Shell // what surrounds each page
	Open     *Router                                             // what strangers are sent to, under openPaths; nil: nothing
	Assets   http.Handler                                        // what pages are dressed with, under AssetsAt
	AssetsAt string                                              // "/static/"
	Limits   Limits                                              // the zero value: Usual
}

// Chain puts the layers before the handlers, in the one order that holds
// everywhere: recover, reference, headers, log, rate limit, session,
// cross-origin check, handler. Callbacks of providers and assets stand before
// the session, and so does what is open to strangers: they have no cookie and need
// none, so that nothing of anybody's is done when another site sends them a form.
func Chain(o Options, pages, hooks *Router) http.Handler {
	pages.Sessions = o.Sessions
	secure := strings.HasPrefix(o.URL, "https://")
	behind := o.Sessions.Middleware(crossOrigin(o.URL, pages, dress(o, pages)))
	if o.Limits == (Limits{}) {
		o.Limits = Usual
	}
	floods := newLimiter(o.Limits.Rate, o.Limits.Burst, o.Now)
	tries := newLimiter(o.Limits.TokenRate, o.Limits.TokenBurst, o.Now)
	top := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/hooks/"):
			hooks.ServeHTTP(w, r)
		case o.AssetsAt != "" && strings.HasPrefix(r.URL.Path, o.AssetsAt):
			trace(r).pattern = o.AssetsAt
			o.Assets.ServeHTTP(w, r)
		default:
			from := Network(Client(r.Context()))
			wait := floods.take(from)
			if wait == 0 && Guessable(r.URL.Path) {
				wait = tries.take(from)
			}
			if wait > 0 {
				pages.fail(w, r, TooMany(wait, "Too many requests. Wait a moment, then try again."))
				return
			}
			if o.Open != nil && within(r.URL.Path, openPaths) {
				o.Open.ServeHTTP(w, r)
				return
			}
			behind.ServeHTTP(w, r)
		}
	})
	return begin(o, headers(secure, logged(o, recovered(pages, top))))
}

// begin gives the request its reference, its client and the end of its body.
func begin(o Options, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := withTrace(r.Context(), &traced{id: reference()})
		client := clientOf(r, o.Trusted)
		ctx = context.WithValue(ctx, clientKey{}, client)
		if client.IsValid() {
			ctx = store.From(ctx, client.String())
		}
		r = r.WithContext(ctx)
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = http.MaxBytesReader(w, r.Body, o.Limits.body(r))
		}
		next.ServeHTTP(w, r)
	})
}

// reference is random letters: digits in it would look like a telephone number.
func reference() string {
	const letters = "bcdfghjkmnpqrstvwxz"
	b := make([]byte, 10)
	_, _ = rand.Read(b) // never fails
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b)
}

// logged writes one line a request: the pattern, never the path or the query.
// Callbacks that are refused share one line a second, since anybody can make them.
func logged(o Options, next http.Handler) http.Handler {
	var refused tally
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := o.Now()
		seen := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(seen, r)
		level, end := slog.LevelInfo, o.Now()
		if p := trace(r).pattern; p == o.AssetsAt || p == "GET /healthz" || p == "GET /readyz" {
			level = slog.LevelDebug
		}
		if within(r.URL.Path, []string{"/hooks/", "/in/"}) && seen.status >= http.StatusBadRequest {
			if n := refused.add(end); n > 0 {
				o.Log.LogAttrs(r.Context(), level, "callbacks refused", slog.Int("count", n), slog.Int("status", seen.status))
			}
			level = slog.LevelDebug
		}
		o.Log.LogAttrs(r.Context(), level, "request",
			slog.String("route", trace(r).pattern), slog.Int("status", seen.status),
			slog.Int64("ms", end.Sub(start).Milliseconds()), slog.String("request_id", trace(r).id))
	})
}

// tally counts what is worth a line a second.
type tally struct {
	mu   sync.Mutex
	n    int
	last time.Time
}

// add returns how many there were since the last line, or 0 when it is too
// early for another.
func (t *tally) add(now time.Time) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n++
	if gone := now.Sub(t.last); gone >= 0 && gone < time.Second {
		return 0
	}
	n := t.n
	t.n, t.last = 0, now
	return n
}

// recovered turns a panic into an answer, unless one has begun.
func recovered(pages *Router, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				pages.panicked(w, r, causeOf(v))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// causeOf is a locked vault, which panics rather than make a wrong hash, or
// errPanic.
func causeOf(v any) error {
	if err, ok := v.(error); ok && errs.KindOf(err) == errs.Unavailable && errs.CodeOf(err) == "locked" {
		return err
	}
	return errPanic
}

func (rt *Router) panicked(w http.ResponseWriter, r *http.Request, cause error) {
	if seen, ok := w.(*statusWriter); ok && seen.status != 0 {
		rt.Fault(r, cause)
		return
	}
	rt.fail(w, r, cause)
}

// errPanic holds nothing of the panic's value, which may print a record.
var errPanic = &errs.Error{Kind: errs.Fault, Code: "panic"}

// crossOrigin refuses forms that another site sent.
func crossOrigin(public string, pages *Router, next http.Handler) http.Handler {
	c := http.NewCrossOriginProtection()
	if public != "" {
		if err := c.AddTrustedOrigin(strings.TrimRight(public, "/")); err != nil {
			pages.Log.Warn("address is no origin", "err", err)
		}
	}
	c.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages.fail(w, r, &errs.Error{Kind: errs.Denied, Message: "This came from another site, so nothing was done."})
	}))
	return c.Handler(next)
}

// dress puts into the context what pages are drawn with.
func dress(o Options, pages *Router) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := ui.WithFormKeys(r.Context(), o.NewID)
		ctx = ui.WithDoors(ctx, func(path string) bool { return pages.Opens(r, path) })
		ctx = context.WithValue(ctx, shellKey{}, shellMaker{o.Shell, o.Sessions})
		pages.ServeHTTP(w, r.WithContext(ctx))
	})
}

// statusWriter remembers the status that was sent.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the first status.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends a body; without a status it is 200.
func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
