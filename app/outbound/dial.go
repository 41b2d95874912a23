package outbound

import (
	"context"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"stead/app/errs"
	"stead/app/port"
)

// talkTime ends a connection, whatever is going on in it: less than a job has.
const talkTime = 25 * time.Second

// mailPorts are those at which mail is handed over with TLS. Another port is
// spoken to at a host that the operator named with it.
var mailPorts = map[string]bool{"465": true, "587": true, "2525": true}

// Dial opens a connection that is not HTTP: to a mail server. It is under the
// rules of a request. ctx holds a port.Disclosure, which is written down before
// anything goes out; the address is looked at when the name has become one; the
// connection ends after 25 s, and when too much was said on it. It is an
// *errs.Error of New's when nothing was opened.
//
// What came of the connection is noted when it is closed: "closed", or what was
// given to its method Note(string) before, a constant of the code or a number.
func (c *Client) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	t := c.transport
	d, ok := port.DisclosureOf(ctx)
	if !ok || d.Processor == "" || d.Purpose == "" {
		return nil, &errs.Error{Kind: errs.Fault, Code: "no_disclosure", Message: "A connection did not say what it discloses, so it was not opened."}
	}
	_, p, err := net.SplitHostPort(addr)
	if err != nil || network != "tcp" || !t.allow[strings.ToLower(addr)] && !mailPorts[p] {
		return nil, &errs.Error{Kind: errs.Unavailable, Code: "port_refused", Message: "Mail is handed over at port 587 or 465. Name the host with its port in the settings of the server if another one is right."}
	}
	rows, err := t.begin(ctx, d, 0)
	if err != nil {
		return nil, &errs.Error{Kind: errs.Unavailable, Code: "not_recorded", Message: "What the connection discloses could not be written down, so it was not opened.", Err: err}
	}
	raw, err := t.allow.dialer(t.cfg.resolver)(ctx, network, addr)
	if err != nil {
		err = failure(err, false)
		t.finish(ctx, rows, resultOf(err), 0)
		return nil, err
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), talkTime) // who dials may give up the context of the dial
	conn := &talk{Conn: raw, t: t, limit: limit, cancel: cancel, rows: rows, result: "closed"}
	conn.in.Store(t.cfg.MaxTalk)
	conn.out.Store(t.cfg.MaxTalk)
	return conn, conn.SetDeadline(time.Time{})
}

// talk is a connection with an end.
type talk struct {
	net.Conn
	t      *transport
	limit  context.Context //nolint:containedctx // the end of the connection
	cancel context.CancelFunc
	rows   []string

	in, out atomic.Int64 // bytes that may still come and go
	closing sync.Once
	mu      sync.Mutex
	result  string
}

// Note says what the row is to hold; the last word counts.
func (c *talk) Note(result string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result = result
}

// Read ends in ErrTooLarge where the other side says too much.
func (c *talk) Read(p []byte) (int, error) {
	left := c.in.Load()
	if left <= 0 {
		return 0, ErrTooLarge
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), left)])
	c.in.Add(-int64(n))
	return n, err
}

// Write refuses with ErrTooLarge what would be too much.
func (c *talk) Write(p []byte) (int, error) {
	if c.out.Load() < int64(len(p)) {
		return 0, ErrTooLarge
	}
	n, err := c.Conn.Write(p)
	c.out.Add(-int64(n))
	return n, err
}

// SetDeadline moves the deadline, but never past the end.
func (c *talk) SetDeadline(t time.Time) error { return c.Conn.SetDeadline(c.within(t)) }

// SetReadDeadline moves the deadline of reads, but never past the end.
func (c *talk) SetReadDeadline(t time.Time) error { return c.Conn.SetReadDeadline(c.within(t)) }

// SetWriteDeadline moves the deadline of writes, but never past the end.
func (c *talk) SetWriteDeadline(t time.Time) error { return c.Conn.SetWriteDeadline(c.within(t)) }

func (c *talk) within(t time.Time) time.Time {
	if end, _ := c.limit.Deadline(); t.IsZero() || t.After(end) {
		return end
	}
	return t
}

// Close ends the connection and notes what came of it.
func (c *talk) Close() error {
	err := c.Conn.Close()
	c.closing.Do(func() {
		c.mu.Lock()
		result := c.result
		c.mu.Unlock()
		defer c.cancel()
		c.t.finish(c.limit, c.rows, result, c.t.cfg.MaxTalk-c.out.Load())
	})
	return err
}
