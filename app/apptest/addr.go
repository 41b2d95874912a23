package apptest

import (
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"testing"
)

var lastPort atomic.Int64

// FreeAddr returns a loopback address for a server that a test starts, and may
// start again, itself. Its port lies below those that a system hands out for
// outgoing connections and for port 0: none of these takes it meanwhile. Each
// process of tests begins elsewhere.
func FreeAddr(t testing.TB) string {
	t.Helper()
	const first, count = 10_000, 20_000
	begin := int64(os.Getpid()) * 61
	for range count {
		addr := fmt.Sprintf("127.0.0.1:%d", first+(begin+lastPort.Add(1))%count)
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", addr)
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return addr
	}
	t.Fatal("no port is free")
	return ""
}
