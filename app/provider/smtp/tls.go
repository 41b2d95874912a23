package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
)

// tlsConfig says whose certificates count; the zero value: the system's.
type tlsConfig struct{ roots *x509.CertPool }

func (c tlsConfig) of(host string) *tls.Config {
	return &tls.Config{ServerName: host, RootCAs: c.roots, MinVersion: tls.VersionTLS12}
}

// client begins TLS on a connection.
func (c tlsConfig) client(ctx context.Context, raw net.Conn, host string) (net.Conn, error) {
	conn := tls.Client(raw, c.of(host))
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return conn, nil
}
