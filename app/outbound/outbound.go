// Package outbound is the only way out of the building. Its client refuses a
// request or a connection that does not say what it discloses, writes that down before anything
// goes out, and reaches public addresses only, unless the operator named the
// host. It knows no provider, and no body ever reaches a log or an error.
package outbound

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"stead/store"
)

// Config is what the client needs. Zero limits mean the usual ones.
type Config struct {
	Store *store.Store
	Now   func() time.Time
	NewID func() string
	Log   *slog.Logger
	// Allow names hosts that may be private and spoken to without TLS:
	// "host:port", "host" for the usual ports, or an address such as
	// "http://127.0.0.1:4010". They come from STEAD_*_URL, never from data.
	Allow []string

	Timeout  time.Duration // of a request with its redirects and its answer; 15 s
	MaxBody  int64         // bytes of an answer; 8 MiB
	MaxTalk  int64         // bytes of a connection, each way; 1 MiB
	resolver *net.Resolver // tests; nil: Go's own
}

const (
	usualTimeout = 15 * time.Second
	usualMaxBody = 8 << 20
	usualMaxTalk = 1 << 20
	dialTimeout  = 5 * time.Second
	maxRedirects = 3
)

// ErrTooLarge says that an answer was longer than the limit.
var ErrTooLarge = errors.New("outbound: the answer is too large")

// errRedirect says that an answer sent us where we do not go.
var errRedirect = errors.New("outbound: a redirect was not followed")

// Client sends requests and opens connections.
type Client struct {
	http      *http.Client
	timeout   time.Duration
	transport *transport
}

// New returns the client. Each request needs a context with a port.Disclosure.
//
// An error that holds an *errs.Error means that nothing went out: kind
// Unavailable with code "network", "timeout", "tls", "address_refused" or
// "not_recorded", or Fault with code "no_disclosure" or "address". Any other
// means that the request, or a part of it, may have arrived.
func New(c Config) *Client {
	if c.Timeout == 0 {
		c.Timeout = usualTimeout
	}
	if c.MaxBody == 0 {
		c.MaxBody = usualMaxBody
	}
	if c.MaxTalk == 0 {
		c.MaxTalk = usualMaxTalk
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	allow := newAllowList(c.Allow)
	t := &transport{cfg: c, allow: allow, next: base(allow, c.resolver)}
	return &Client{timeout: c.Timeout, transport: t, http: &http.Client{Transport: t, CheckRedirect: checkRedirect}}
}

// Do sends a request. The body of the answer must be closed.
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), c.timeout) // http.Client's own would hide the cause
	res, err := c.http.Do(req.WithContext(ctx))
	if err != nil {
		cancel()
		var quoting *url.Error
		if errors.As(err, &quoting) {
			err = quoting.Err // without the address, in which numbers may stand
		}
		return nil, err
	}
	res.Body = &ending{ReadCloser: res.Body, cancel: cancel}
	return res, nil
}

// ending is an answer whose time is over when it is closed.
type ending struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (e *ending) Close() error {
	defer e.cancel()
	return e.ReadCloser.Close()
}

// base is a transport without proxies, cookies or surprises.
func base(allow allowList, resolver *net.Resolver) *http.Transport {
	return &http.Transport{
		DialContext:            allow.dialer(resolver),
		Proxy:                  nil,
		TLSHandshakeTimeout:    dialTimeout,
		ResponseHeaderTimeout:  usualTimeout,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        30 * time.Second,
		MaxIdleConnsPerHost:    4,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// checkRedirect follows a few redirects. Credentials stay with the host that
// they were meant for, and a body is never sent on to another.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return errRedirect
	}
	req.Header.Del("Referer")
	for _, earlier := range append(via[1:], req) {
		if sameOrigin(earlier, via[0]) {
			continue
		}
		for _, name := range []string{"Authorization", "Proxy-Authorization", "Cookie", "Cookie2", "Www-Authenticate"} {
			req.Header.Del(name)
		}
		if req.Body != nil && req.Body != http.NoBody {
			return errRedirect
		}
	}
	return nil
}

func sameOrigin(a, b *http.Request) bool {
	return a.URL.Scheme == b.URL.Scheme && hostPort(a.URL) == hostPort(b.URL)
}
