package outbound

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

// errAddress says that an address is not of the public internet.
var errAddress = errors.New("outbound: the address is not public")

// Ranges that are not of the public internet (IANA special-purpose registries).
var reserved = prefixes(`
	0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
	192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
	2001::/23 2001:db8::/32 2002::/16 3fff::/20`)

// global is all of IPv6 that is handed out; what is outside of it is loopback,
// link-local, site-local, unique local, multicast, or IPv4 in disguise.
var global = netip.MustParsePrefix("2000::/3")

func prefixes(text string) []netip.Prefix {
	var list []netip.Prefix
	for field := range strings.FieldsSeq(text) {
		list = append(list, netip.MustParsePrefix(field))
	}
	return list
}

// public tells whether an address belongs to the public internet.
func public(ip netip.Addr) bool {
	if ip = ip.Unmap(); !ip.IsValid() || ip.Zone() != "" || ip.Is6() && !global.Contains(ip) {
		return false
	}
	for _, p := range reserved {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

// control looks at the address that a name has become, just before the dial:
// whatever way it was written or resolved.
func control(_ context.Context, network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return errAddress
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil || !public(to.Addr()) {
		return errAddress
	}
	return nil
}

// allowList holds "host:port" of what the operator named.
type allowList map[string]bool

func newAllowList(entries []string) allowList {
	list := allowList{}
	for _, entry := range entries {
		if u, err := url.Parse(entry); err == nil && u.Host != "" {
			list[hostPort(u)] = true
			continue
		}
		if host, port, err := net.SplitHostPort(entry); err == nil {
			list[net.JoinHostPort(strings.ToLower(host), port)] = true
			continue
		}
		if host := strings.ToLower(strings.Trim(entry, "[]")); host != "" {
			list[net.JoinHostPort(host, "80")] = true
			list[net.JoinHostPort(host, "443")] = true
		}
	}
	return list
}

// permits tells whether a URL may be asked at all: one that was named, or TLS
// on its usual port and no credentials in it.
func (l allowList) permits(u *url.URL) bool {
	at := hostPort(u)
	if l[at] {
		return u.Scheme == "http" || u.Scheme == "https"
	}
	return u.Scheme == "https" && u.User == nil && u.Hostname() != "" && strings.HasSuffix(at, ":443")
}

// dialer dials what was named as it is, and everything else under control.
func (l allowList) dialer(resolver *net.Resolver) func(ctx context.Context, network, addr string) (net.Conn, error) {
	if resolver == nil {
		resolver = &net.Resolver{PreferGo: true} // the system's reads 0177.0.0.1 as an address
	}
	named := &net.Dialer{Timeout: dialTimeout, Resolver: resolver}
	guarded := &net.Dialer{Timeout: dialTimeout, Resolver: resolver, ControlContext: control}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if l[strings.ToLower(addr)] {
			return named.DialContext(ctx, network, addr)
		}
		return guarded.DialContext(ctx, network, addr)
	}
}

// hostPort is the host of a URL in lower case with its port.
func hostPort(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "http":
		port = "80"
	default:
		port = "443"
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
