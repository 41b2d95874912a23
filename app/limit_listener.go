package app

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"stead/app/web"
)

// limited is a listener that leaves further connections waiting while as many
// as it has places are open, which bounds the memory that strangers can take.
// One network has a share of the places; and when few are free, whoever has
// been silent longest gives theirs up, so that silence keeps nobody out.
type limited struct {
	net.Listener
	places chan struct{}
	closed chan struct{}
	once   sync.Once

	each  int                   // places of one network
	ours  func(netip.Addr) bool // carries everybody: has no share and is not cut off
	clock atomic.Int64          // counts what is read and written, to tell who did last

	mu   sync.Mutex
	open map[*placed]struct{} // of strangers
	held map[string]int       // by network
}

func limit(l net.Listener, n, each int, ours func(netip.Addr) bool) *limited {
	return &limited{
		Listener: l, places: make(chan struct{}, n), closed: make(chan struct{}),
		each: each, ours: ours, open: map[*placed]struct{}{}, held: map[string]int{},
	}
}

// carriers are this machine and the proxies that we run.
func carriers(trusted []netip.Prefix) func(netip.Addr) bool {
	return func(a netip.Addr) bool {
		return a.IsLoopback() || slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(a) })
	}
}

// Accept returns the next connection when there is a place for it. One of a
// network that holds its share already is closed.
func (l *limited) Accept() (net.Conn, error) {
	for {
		select {
		case l.places <- struct{}{}:
		case <-l.closed:
			return nil, net.ErrClosed
		}
		conn, err := l.Listener.Accept()
		if err != nil {
			<-l.places
			return nil, err
		}
		if c := l.admit(conn); c != nil {
			return c, nil
		}
		_ = conn.Close() // nothing was said on it
		<-l.places
	}
}

// admit takes a connection in, or returns nil when its network has its share.
func (l *limited) admit(conn net.Conn) *placed {
	c := &placed{Conn: conn, clock: &l.clock}
	at, _ := netip.ParseAddrPort(conn.RemoteAddr().String()) // what is no address is a network of its own
	addr := at.Addr().Unmap().WithZone("")
	if l.ours(addr) {
		c.leave = sync.OnceFunc(func() { <-l.places })
		return c
	}
	network := web.Network(addr)
	l.mu.Lock()
	if l.held[network] >= l.each {
		l.mu.Unlock()
		return nil
	}
	silent := l.silent()
	c.last.Store(l.clock.Add(1))
	l.open[c] = struct{}{}
	l.held[network]++
	l.mu.Unlock()
	c.leave = sync.OnceFunc(func() { l.leave(c, network) })
	if silent != nil {
		_ = silent.Close() // its place is what counts
	}
	return c
}

func (l *limited) leave(c *placed, network string) {
	l.mu.Lock()
	delete(l.open, c)
	if l.held[network]--; l.held[network] <= 0 {
		delete(l.held, network)
	}
	l.mu.Unlock()
	<-l.places
}

// silent is the stranger who has been silent longest, when hardly a place is
// free. The caller holds the lock.
func (l *limited) silent() (longest *placed) {
	if free := cap(l.places) - len(l.places); free >= max(1, cap(l.places)/16) {
		return nil
	}
	for c := range l.open {
		if longest == nil || c.last.Load() < longest.last.Load() {
			longest = c
		}
	}
	return longest
}

// Close ends Accept, also one that waits for a place.
func (l *limited) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// placed is a connection that gives its place back once.
type placed struct {
	net.Conn
	leave func()
	clock *atomic.Int64
	last  atomic.Int64 // when something was read or written, by the clock
}

// Read reads, and notes that something was said.
func (c *placed) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.said(n)
	return n, err
}

// Write writes, and notes that something was said.
func (c *placed) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.said(n)
	return n, err
}

func (c *placed) said(n int) {
	if n > 0 {
		c.last.Store(c.clock.Add(1))
	}
}

// Close closes the connection and frees its place.
func (c *placed) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
