package app

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"
)

func TestConnectionsBeyondTheLimitWaitForAPlace(t *testing.T) {
	inner, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := limit(inner, 2, 1, carriers(nil))
	accepted, ended := make(chan net.Conn, 4), make(chan error, 1)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				ended <- err
				return
			}
			accepted <- conn
		}
	}()
	for range 3 {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	first := <-accepted
	<-accepted
	select {
	case <-accepted:
		t.Fatal("a third was taken")
	case <-time.After(50 * time.Millisecond):
	}
	first.Close()
	first.Close() // gives back one place, not two
	select {
	case <-accepted:
	case <-time.After(5 * time.Second):
		t.Fatal("the place was not given back")
	}
	l.Close() // while Accept waits for a place
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("ended with %v", err)
	}
}

// crowd takes connections from a listener that treats this machine as strangers,
// each address of it as a network.
type crowd struct {
	t        *testing.T
	addr     string
	accepted chan net.Conn
}

func newCrowd(t *testing.T, n, each int) *crowd {
	t.Helper()
	inner, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := limit(inner, n, each, func(netip.Addr) bool { return false })
	c := &crowd{t: t, addr: inner.Addr().String(), accepted: make(chan net.Conn, 64)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.accepted <- conn
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
		for len(c.accepted) > 0 {
			(<-c.accepted).Close()
		}
	})
	return c
}

// from connects from an address of this machine; server is nil when the
// connection was closed instead of taken.
func (c *crowd) from(address string) (client, server net.Conn) {
	c.t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	client, err := d.DialContext(c.t.Context(), "tcp", c.addr)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { client.Close() })
	cut := make(chan struct{})
	go func() {
		defer close(cut)
		_, _ = client.Read(make([]byte, 1)) // ends when it is cut off, or when the test is over
	}()
	select {
	case server = <-c.accepted:
		c.t.Cleanup(func() { server.Close() })
	case <-cut:
	case <-time.After(5 * time.Second):
		c.t.Fatal("neither taken nor closed")
	}
	return client, server
}

// gone tells whether the listener has closed a connection.
func gone(server net.Conn) bool {
	return errors.Is(server.SetDeadline(time.Time{}), net.ErrClosed)
}

func TestOneNetworkHasItsShareOfThePlaces(t *testing.T) {
	c := newCrowd(t, 64, 3)
	_, first := c.from("127.0.0.2")
	for range 2 {
		if _, server := c.from("127.0.0.2"); server == nil {
			t.Fatal("it does not get its share")
		}
	}
	for range 4 {
		if _, server := c.from("127.0.0.2"); server != nil {
			t.Fatal("it gets more than its share")
		}
	}
	if _, server := c.from("127.0.0.3"); server == nil {
		t.Fatal("another network is kept out")
	}
	first.Close()
	if _, server := c.from("127.0.0.2"); server == nil {
		t.Error("what it gave back is lost")
	}
}

func TestWhoIsSilentLongestGivesWay(t *testing.T) {
	c := newCrowd(t, 16, 16)
	var servers []net.Conn
	for range 15 {
		_, server := c.from("127.0.0.2")
		servers = append(servers, server)
	}
	if i := slices.IndexFunc(servers, gone); i >= 0 {
		t.Fatalf("number %d was cut off while there was room", i)
	}
	if _, err := servers[0].Write([]byte("x")); err != nil { // the first is at work
		t.Fatal(err)
	}
	for i, address := range []string{"127.0.0.3", "127.0.0.4", "127.0.0.5"} {
		if _, server := c.from(address); server == nil || gone(servers[0]) || !gone(servers[i+1]) || gone(servers[i+2]) {
			t.Errorf("%s: taken %v; cut off %v %v %v", address, server != nil, gone(servers[0]), gone(servers[i+1]), gone(servers[i+2]))
		}
	}
}

func TestThisMachineAndProxiesCarryEverybody(t *testing.T) {
	ours := carriers([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/28")})
	for address, want := range map[string]bool{"127.0.0.1": true, "::1": true, "192.0.2.9": true, "192.0.2.16": false, "203.0.113.1": false, "2001:db8::1": false} {
		if got := ours(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}
