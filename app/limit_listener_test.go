package app

import (
	"errors"
	"net"
	"testing"
	"time"
)

func TestConnectionsBeyondTheLimitWaitForAPlace(t *testing.T) {
	inner, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := limit(inner, 2)
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
