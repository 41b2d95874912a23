package outbound

import (
	"errors"
	"net"
	"net/netip"
	"testing"

	"stead/app/errs"
)

func TestNoSpellingOfAPrivateAddressIsReached(t *testing.T) {
	k := newKit(t, nil)
	for _, host := range []string{
		"127.0.0.1", "127.1", "127.255.255.254", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001",
		"127.0.0.1.", "localhost", "LOCALHOST", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
		"[64:ff9b::7f00:1]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2001::1]", "[2001:db8::1]", "[fe80::1]", "[fe80::1%25lo]", "[fec0::1]", "[fc00::1]", "[fd12:3456::1]",
		"[ff02::1]", "[100::1]", "[3fff::1]", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.2.1",
		"198.18.0.1", "198.51.100.1", "203.0.113.7", "224.0.0.1", "255.255.255.255", "240.0.0.1", "①②⑦.⓪.⓪.①",
	} {
		_, err := k.send(t, told, "GET", "https://"+host+"/", "")
		// Go's own resolver asks DNS for the odd ones, and there is none here.
		if code := errs.CodeOf(err); code != "address_refused" && code != "network" {
			t.Errorf("%s: %v", host, err)
		}
		if ip, e := netip.ParseAddr(unbracket(host)); e == nil && errs.CodeOf(err) != "address_refused" {
			t.Errorf("%s is the address %v and was dialled: %v", host, ip, err)
		}
	}
	for _, row := range k.rows(t) {
		if row.Result != "address_refused" && row.Result != "network" {
			t.Errorf("written down as %q", row.Result)
		}
	}
}

func unbracket(host string) string {
	if host[0] == '[' {
		return host[1 : len(host)-1]
	}
	return host
}

func TestAWrongAddressIsNotDialledAtAll(t *testing.T) {
	k := newKit(t, nil, "127.0.0.1:4010")
	for _, address := range []string{
		"http://example.com/", "https://example.com:8443/", "https://example.com:80/", "https://user:pass@example.com/", "https:///x",
		"ftp://example.com/", "http://127.0.0.1/", "http://127.0.0.1:4011/", "ftp://127.0.0.1:4010/", "gopher://127.0.0.1:443/",
	} {
		_, err := k.send(t, told, "GET", address, "")
		if code := errs.CodeOf(err); code != "address" && (err == nil || address != "https:///x") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if rows := k.rows(t); len(rows) != 0 {
		t.Errorf("written down though nothing went out: %+v", rows)
	}
}

func TestTheAddressIsLookedAtJustBeforeTheDial(t *testing.T) {
	for _, tt := range []struct {
		network, address string
		ok               bool
	}{
		{"tcp4", "93.184.215.14:443", true},
		{"tcp6", "[2606:2800:220:1:248:1893:25c8:1946]:443", true},
		{"tcp6", "[::ffff:93.184.215.14]:443", true},
		{"tcp4", "100.63.255.255:443", true},
		{"tcp4", "172.32.0.1:443", true},
		{"tcp6", "[2003::1]:443", true},
		{"tcp4", "127.0.0.1:443", false},
		{"tcp6", "[::1]:443", false},
		{"tcp6", "[fe80::1%eth0]:443", false},
		{"tcp6", "[2606::1%eth0]:443", false},
		{"udp4", "93.184.215.14:443", false},
		{"unix", "/run/x.sock", false},
		{"tcp4", "example.com:443", false},
		{"tcp4", "", false},
	} {
		if err := control(t.Context(), tt.network, tt.address, nil); (err == nil) != tt.ok || err != nil && !errors.Is(err, errAddress) {
			t.Errorf("%s %s: %v", tt.network, tt.address, err)
		}
	}
}

func TestANameThatBecomesAPrivateAddressIsRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	dial := allowList{}.dialer(nil)
	if c, err := dial(t.Context(), "tcp", "localhost:"+port); !errors.Is(err, errAddress) {
		t.Errorf("dialled: %v, %v", c, err)
	}
	c, err := newAllowList([]string{"localhost:" + port}).dialer(nil)(t.Context(), "tcp", "localhost:"+port)
	if err != nil {
		t.Fatalf("a host that was named: %v", err)
	}
	_ = c.Close()
}

func TestAllowedHosts(t *testing.T) {
	list := newAllowList([]string{"http://127.0.0.1:4010", "https://Twilio.Internal/path", "10.0.0.5:8080", "mail.lan", "[fd00::1]", "", "http://[::1]:99/"})
	for _, at := range []string{"127.0.0.1:4010", "twilio.internal:443", "10.0.0.5:8080", "mail.lan:80", "mail.lan:443", "[fd00::1]:443", "[::1]:99"} {
		if !list[at] {
			t.Errorf("%s is not allowed", at)
		}
		delete(list, at)
	}
	delete(list, "[fd00::1]:80")
	if len(list) != 0 {
		t.Errorf("allowed too: %v", list)
	}
}

func FuzzPublic(f *testing.F) {
	for _, seed := range []string{"127.0.0.1", "::1", "::ffff:10.0.0.1", "2002:a00:1::", "8.8.8.8", "2606:4700::1111"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ip, err := netip.ParseAddr(text)
		if err != nil || !public(ip) {
			return
		}
		if u := ip.Unmap(); u.IsPrivate() || u.IsLoopback() || u.IsMulticast() || u.IsLinkLocalUnicast() || u.IsUnspecified() || !u.IsGlobalUnicast() {
			t.Fatalf("%v is public", ip)
		}
	})
}
