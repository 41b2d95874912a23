package app

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"math"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stead/app/logs"
	"stead/store"
	"stead/store/storetest"
)

// selfSigned is a certificate for a name, and the roots that trust it.
func selfSigned(t *testing.T, names ...string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	blank := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, &blank, &blank, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, roots
}

// certified is an instance whose certificates are there already.
func certified(t *testing.T) (*certificates, *x509.CertPool) {
	t.Helper()
	cfg := named()
	cfg.Data, cfg.ACMEURL, cfg.ACMEEmail = t.TempDir(), "https://ca.example.com/dir", "operator@example.com"
	n := 0
	a := &App{cfg: cfg, Store: storetest.New(t), now: time.Now, newID: func() string { n++; return "id" + string(rune('a'+n)) }, log: slog.New(slog.DiscardHandler)}
	c, err := newCertificates(a, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443}, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	cert, roots := selfSigned(t, cfg.Domain, cfg.HookDomain)
	if _, err := c.magic.CacheUnmanagedTLSCertificate(t.Context(), cert, nil); err != nil {
		t.Fatal(err)
	}
	return c, roots
}

func TestBrowsersNeedTLS13AndCallbacksDoNot(t *testing.T) {
	c, roots := certified(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", c.config())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if tc, ok := conn.(*tls.Conn); ok {
					_ = tc.HandshakeContext(context.Background()) // the test looks from the other side
				}
			}()
		}
	}()
	strong, weak := tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA
	for name, tc := range map[string]struct {
		name  string
		max   uint16
		suite uint16
		ok    bool
	}{
		"a page with 1.3":              {"crm.example.com", tls.VersionTLS13, strong, true},
		"a page in capitals":           {"CRM.example.com", tls.VersionTLS13, strong, true},
		"a page with 1.2":              {"crm.example.com", tls.VersionTLS12, strong, false},
		"a callback with 1.3":          {"hooks.example.com", tls.VersionTLS13, strong, true},
		"a callback with 1.2":          {"hooks.example.com", tls.VersionTLS12, strong, true},
		"a callback with a weak suite": {"hooks.example.com", tls.VersionTLS12, weak, false},
		"a callback with 1.1":          {"hooks.example.com", tls.VersionTLS11, weak, false},
		"another name":                 {"evil.example", tls.VersionTLS13, strong, false},
		"no name":                      {"", tls.VersionTLS13, strong, false},
	} {
		cfg := &tls.Config{ServerName: tc.name, RootCAs: roots, MinVersion: tls.VersionTLS10, MaxVersion: tc.max, CipherSuites: []uint16{tc.suite}, InsecureSkipVerify: tc.name == ""}
		conn, err := tls.Dial("tcp", l.Addr().String(), cfg)
		if (err == nil) != tc.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			conn.Close()
		}
	}
}

// The authority is asked only after that was written down, and what came of it
// is written down too.
func TestWhatTheAuthorityIsToldIsWrittenDown(t *testing.T) {
	c, _ := certified(t)
	ctx, st := t.Context(), c.app.Store
	send := func(event string, data map[string]any) {
		t.Helper()
		data["identifier"] = c.app.cfg.Domain
		if err := c.note(ctx, event, data); err != nil {
			t.Fatal(err)
		}
	}
	send("cert_obtaining", map[string]any{})
	if told, err := st.Processors(ctx, "", 0); err != nil || len(told) != 1 || told[0].Name != "ca.example.com" || told[0].Purpose != "certificate" || !strings.Contains(told[0].Fields, "email") {
		t.Errorf("before anything is asked: %+v, %v", told, err)
	}
	send("cert_failed", map[string]any{"error": errors.New("the authority says no")})
	send("cert_obtaining", map[string]any{"renewal": true})
	send("cert_obtained", map[string]any{})
	send("tls_get_certificate", map[string]any{}) // of no interest
	rows, err := st.AuditRows(ctx, store.Page{})
	if err != nil || len(rows) != 2 || rows[1].Action != eventRefused || rows[0].Action != eventCertificate || rows[0].Actor != "system:tls" || rows[0].Object != "crm.example.com" {
		t.Errorf("audit: %+v, %v", rows, err)
	}
	gone, stop := context.WithCancel(ctx)
	stop()
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.note(gone, "cert_obtaining", map[string]any{"identifier": "crm.example.com"}); err == nil {
		t.Error("it is asked though nothing can be written down")
	}
}

// A fetch whose end nobody told is over when the next begins, and what is
// written to the log says which name and why, in no words of the authority.
func TestAFetchThatWasForgottenIsClosed(t *testing.T) {
	c, _ := certified(t)
	var log bytes.Buffer
	c.app.log = logs.New(&log, "", slog.LevelInfo)
	gone, stop := context.WithCancel(t.Context())
	stop() // the library's own wait is over: it is written down all the same
	asks := map[string]any{"identifier": "crm.example.com"}
	for range 2 {
		if err := c.note(gone, "cert_obtaining", asks); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := pendingDisclosures(t, c.app.Store); err != nil || n != 1 {
		t.Errorf("%d under way, %v", n, err)
	}
	refused := errors.New("HTTP 429 urn:ietf:params:acme:error:rateLimited - too many for operator@example.com")
	if err := c.note(gone, "cert_failed", map[string]any{"identifier": "crm.example.com", "error": refused}); err != nil {
		t.Fatal(err)
	}
	if n, err := pendingDisclosures(t, c.app.Store); err != nil || n != 0 {
		t.Errorf("%d under way, %v", n, err)
	}
	if line := log.String(); !strings.Contains(line, "host=crm.example.com") || !strings.Contains(line, "code=rateLimited") || strings.Contains(line, "operator") || strings.Contains(line, "too many") {
		t.Errorf("log: %s", line)
	}
}

// pendingDisclosures counts what is under way, by giving it up.
func pendingDisclosures(t *testing.T, st *store.Store) (n int64, err error) {
	t.Helper()
	errUndo := errors.New("undo")
	err = st.InTx(t.Context(), func(tx *store.Tx) error {
		if n, err = tx.AbandonDisclosures(t.Context(), math.MaxInt64); err != nil {
			return err
		}
		return errUndo
	})
	if errors.Is(err, errUndo) {
		err = nil
	}
	return n, err
}

func TestTheAuthoritysRootIsAFileWithACertificate(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{empty, empty + ".gone"} {
		if _, err := authorityRoots(file); err == nil || !strings.Contains(err.Error(), "STEAD_ACME_CA") {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
	if pool, err := authorityRoots(""); pool != nil || err != nil {
		t.Errorf("without one: %v, %v", pool, err)
	}
}
