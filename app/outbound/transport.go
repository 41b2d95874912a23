package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"stead/app/errs"
	"stead/app/port"
	"stead/store"
)

// transport sends one request, a redirect being another, and writes down what
// it disclosed.
type transport struct {
	cfg   Config
	allow allowList
	next  http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	d, ok := port.DisclosureOf(req.Context())
	if !ok || d.Processor == "" || d.Purpose == "" {
		return nil, unsent(req, &errs.Error{Kind: errs.Fault, Code: "no_disclosure", Message: "A request did not say what it discloses, so it was not sent."})
	}
	if !t.allow.permits(req.URL) {
		return nil, unsent(req, &errs.Error{Kind: errs.Fault, Code: "address", Message: "A request was meant for an address that is not allowed, so it was not sent."})
	}
	rows, err := t.begin(req.Context(), d, max(req.ContentLength, 0))
	if err != nil {
		return nil, unsent(req, &errs.Error{Kind: errs.Unavailable, Code: "not_recorded", Message: "What the request discloses could not be written down, so it was not sent.", Err: err})
	}
	res, size, err := t.send(req)
	var result string
	if err != nil {
		result = resultOf(err)
	} else {
		result = strconv.Itoa(res.StatusCode)
		res.Body = &limited{ReadCloser: res.Body, left: t.cfg.MaxBody}
	}
	t.finish(req.Context(), rows, result, size)
	return res, err
}

// unsent closes the body of a request that did not go out. A redirect comes
// after a request that did.
func unsent(req *http.Request, e *errs.Error) error {
	if req.Body != nil {
		_ = req.Body.Close() // nothing was read from it
	}
	if req.Response != nil {
		return errRedirect
	}
	return e
}

// send hands the request on and tells how many bytes of its body were read.
func (t *transport) send(req *http.Request) (*http.Response, int64, error) {
	var wrote atomic.Bool
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }})
	out := req.Clone(ctx)
	var body *counted
	if req.Body != nil && req.Body != http.NoBody {
		body = &counted{ReadCloser: req.Body}
		out.Body = body
	}
	res, err := t.next.RoundTrip(out)
	if err != nil {
		return nil, body.size(), failure(err, wrote.Load() || req.Response != nil)
	}
	return res, body.size(), nil
}

// failure hides an error, which would quote addresses, behind its class.
func failure(err error, sent bool) error {
	code := classOf(err)
	if sent {
		return &lostError{code: code, cause: err}
	}
	message := "The provider cannot be reached."
	if code == "address_refused" {
		message = "The provider's address is not a public one, so nothing was sent. Name its host in the settings of the server if it is right."
	}
	return &errs.Error{Kind: errs.Unavailable, Code: code, Message: message}
}

// lostError is a request that may have arrived.
type lostError struct {
	code  string
	cause error
}

func (e *lostError) Error() string { return "outbound: no answer (" + e.code + ")" }

// Is makes it a port.ErrUnknown, and what ended it: a deadline or a stop.
func (e *lostError) Is(target error) bool {
	return target == port.ErrUnknown || (target == context.Canceled || target == context.DeadlineExceeded) && errors.Is(e.cause, target)
}

// Timeout is for those who ask every network error.
func (e *lostError) Timeout() bool { return e.code == "timeout" }

func classOf(err error) string {
	var timed interface{ Timeout() bool }
	switch {
	case errors.Is(err, errAddress):
		return "address_refused"
	case errors.As(err, new(*tls.CertificateVerificationError)), errors.As(err, new(tls.RecordHeaderError)), errors.As(err, new(tls.AlertError)):
		return "tls"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timed) && timed.Timeout():
		return "timeout"
	}
	return "network"
}

// resultOf is what the row of a request without an answer says.
func resultOf(err error) string {
	var lost *lostError
	if errors.As(err, &lost) {
		return store.DisclosureUnknown + " " + lost.code
	}
	return errs.CodeOf(err)
}

// begin writes a row for each person before the request goes out; one without a
// person where nobody's data does.
func (t *transport) begin(ctx context.Context, d port.Disclosure, size int64) ([]string, error) {
	subjects := d.Subjects
	if len(subjects) == 0 {
		subjects = []string{""}
	}
	at := t.cfg.Now().UnixMilli()
	ids := make([]string, len(subjects))
	for i := range ids {
		ids[i] = t.cfg.NewID()
	}
	err := t.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		for i, subject := range subjects {
			err := tx.InsertDisclosure(ctx, store.Disclosure{
				ID: ids[i], ContactID: subject, Processor: d.Processor, Purpose: d.Purpose, Fields: strings.Join(d.Fields, " "),
				Ref: d.Ref, Result: store.DisclosurePending, Bytes: size, At: at,
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return ids, err
}

// finish notes the result. The request is over, so a failure here is logged and
// the row stays pending until the next start.
func (t *transport) finish(ctx context.Context, ids []string, result string, size int64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dialTimeout)
	defer cancel()
	err := t.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		for _, id := range ids {
			if err := tx.SetDisclosureResult(ctx, id, result, size); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.cfg.Log.ErrorContext(ctx, "the result of a request was not noted", "result", result, "err", err)
	}
}

// Recover marks the requests that were under way when the last process ended:
// nobody knows what became of them. It is called at start.
func Recover(ctx context.Context, st *store.Store, now time.Time) error {
	return st.InTx(ctx, func(tx *store.Tx) error {
		_, err := tx.AbandonDisclosures(ctx, now.UnixMilli())
		return err
	})
}

// counted counts what is read of a body, by the goroutine that sends it.
type counted struct {
	io.ReadCloser
	n atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n.Add(int64(n))
	return n, err
}

func (c *counted) size() int64 {
	if c == nil {
		return 0
	}
	return c.n.Load()
}

// limited is an answer that ends in ErrTooLarge where it becomes too long.
type limited struct {
	io.ReadCloser
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, ErrTooLarge
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.ReadCloser.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n - 1, ErrTooLarge
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("outbound: the answer broke off: %w", &lostError{code: classOf(err), cause: err})
	}
	return n, err
}
