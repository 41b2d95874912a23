package app_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"

	"stead/app"
	"stead/app/apptest"
	"stead/store/storetest"
)

const (
	pageName = "crm.stead.test"
	hookName = "hooks.stead.test"
)

// authority is a certificate authority on loopback that asks our own doors.
type authority struct {
	*httptest.Server
	roots *x509.CertPool
	root  string // file with the certificate of the authority's own address
}

// newAuthority proves names at the given doors: every name is 127.0.0.1 to it.
func newAuthority(t *testing.T, https, http string) *authority {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	quiet := log.New(io.Discard, "", 0)
	names := nameServer(t)
	memory := db.NewMemoryStore()
	issuer := ca.New(quiet, memory, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "default"}})
	checker := va.New(quiet, portOf(t, http), portOf(t, https), true, names, memory)
	front := wfe.New(quiet, memory, checker, issuer, []string{"pebble.letsencrypt.org"}, true, false, 1, 1)
	a := &authority{roots: x509.NewCertPool()}
	a.Server = httptest.NewTLSServer(front.Handler())
	t.Cleanup(a.Close)
	a.roots.AddCert(issuer.GetRootCert(0).Cert)
	a.root = filepath.Join(t.TempDir(), "authority.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate().Raw})
	if err := os.WriteFile(a.root, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// nameServer says of every name that it is this machine.
func nameServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &dns.Server{Listener: l, Net: "tcp", Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		reply := new(dns.Msg)
		reply.SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			reply.Answer = append(reply.Answer, &dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(127, 0, 0, 1)})
		}
		_ = w.WriteMsg(reply) // whoever asked may have gone
	})}
	go func() { _ = s.ActivateAndServe() }()
	t.Cleanup(func() { _ = s.Shutdown() })
	return l.Addr().String()
}

func portOf(t *testing.T, addr string) int {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// front is a product that serves under a name of its own.
type front struct {
	t           *testing.T
	https, http string
	data        string
	ca          *authority
	out         *safeBuffer
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// startFront runs "stead serve" as an operator would, with the authority of the test.
// The authority asks at both doors, or at one alone.
func startFront(t *testing.T, asksHTTPS, asksHTTP bool) *front {
	t.Helper()
	dir := t.TempDir()
	f := &front{t: t, https: apptest.FreeAddr(t), http: apptest.FreeAddr(t), data: filepath.Join(dir, "data"), out: &safeBuffer{}}
	at := func(ours string, asked bool) string {
		if asked {
			return ours
		}
		return apptest.FreeAddr(t) // where nobody answers
	}
	f.ca = newAuthority(t, at(f.https, asksHTTPS), at(f.http, asksHTTP))
	env := map[string]string{
		"STEAD_DATA": f.data, "STEAD_KEY_FILE": filepath.Join(dir, "keys", "stead.key"), "STEAD_DOMAIN": pageName, "STEAD_HOOK_DOMAIN": hookName,
		"STEAD_ADDR": f.https, "STEAD_HTTP_ADDR": f.http, "STEAD_ACME_URL": f.ca.URL + "/dir", "STEAD_ACME_CA": f.ca.root, "STEAD_ACME_EMAIL": "operator@stead.test",
		"STEAD_TWILIO_URL": "http://127.0.0.1:1",
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan int, 1)
	go func() {
		done <- app.Main(ctx, app.Process{
			Args: []string{"serve"}, Getenv: func(name string) string { return env[name] }, Version: "test", Now: time.Now,
			In: strings.NewReader(""), Out: f.out, Err: f.out,
		})
	}()
	t.Cleanup(func() {
		stop()
		if code := <-done; code != 0 {
			t.Errorf("exit %d:\n%s", code, f.out)
		}
	})
	f.wait(pageName)
	f.wait(hookName)
	return f
}

func (f *front) config(name string) *tls.Config {
	return &tls.Config{ServerName: name, RootCAs: f.ca.roots, MinVersion: tls.VersionTLS12}
}

// wait waits until a name has its certificate.
func (f *front) wait(name string) {
	f.t.Helper()
	deadline, tick := time.After(60*time.Second), time.NewTicker(50*time.Millisecond)
	defer tick.Stop()
	for {
		c, err := tls.Dial("tcp", f.https, f.config(name))
		if err == nil {
			c.Close()
			return
		}
		select {
		case <-deadline:
			f.t.Fatalf("%s has no certificate: %v\n%s", name, err, f.out)
		case <-tick.C:
		}
	}
}

// ask sends a request over a connection for one name, with any Host header, and
// returns the answer.
func (f *front) ask(cfg *tls.Config, host, path string) (*http.Response, error) {
	f.t.Helper()
	c, err := tls.Dial("tcp", f.https, cfg)
	if err != nil {
		return nil, err
	}
	f.t.Cleanup(func() { c.Close() })
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/html\r\nConnection: close\r\n\r\n", path, host); err != nil {
		return nil, err
	}
	return http.ReadResponse(bufio.NewReader(c), nil)
}

// One start is dear, so everything that is seen from outside is seen in one test.
func TestCertificatesComeByThemselves(t *testing.T) {
	f := startFront(t, true, true)
	t.Run("browsers speak TLS 1.3 and get a page with its headers", func(t *testing.T) {
		resp, err := f.ask(f.config(pageName), pageName, "/setup")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Strict-Transport-Security") != "max-age=63072000; includeSubDomains" {
			t.Errorf("%d, %v", resp.StatusCode, resp.Header)
		}
	})
	t.Run("versions", f.versions)
	t.Run("names", f.names)
	t.Run("HTTP/2", f.http2)
	t.Run("plain HTTP", f.plain)
	t.Run("what is kept, and for whom", f.kept)
	t.Run("what was told to whom", f.told)
}

// Where the authority reaches one door alone, that one is enough.
func TestEitherDoorProvesTheName(t *testing.T) {
	t.Run("https", func(t *testing.T) { startFront(t, true, false) })
	t.Run("http", func(t *testing.T) { startFront(t, false, true) })
}

func (f *front) versions(t *testing.T) {
	for name, tc := range map[string]struct {
		name string
		max  uint16
		ok   bool
	}{
		"a page with 1.3":     {pageName, tls.VersionTLS13, true},
		"a page with 1.2":     {pageName, tls.VersionTLS12, false},
		"a callback with 1.3": {hookName, tls.VersionTLS13, true},
		"a callback with 1.2": {hookName, tls.VersionTLS12, true},
		"a callback with 1.1": {hookName, tls.VersionTLS11, false},
	} {
		cfg := f.config(tc.name)
		cfg.MinVersion, cfg.MaxVersion = tls.VersionTLS10, tc.max
		c, err := tls.Dial("tcp", f.https, cfg)
		if (err == nil) != tc.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			if got := c.ConnectionState(); got.Version != tc.max || got.PeerCertificates[0].VerifyHostname(tc.name) != nil {
				t.Errorf("%s: version %x for %v", name, got.Version, got.PeerCertificates[0].DNSNames)
			}
			c.Close()
		}
	}
	weak := f.config(hookName)
	weak.MaxVersion, weak.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_128_GCM_SHA256}
	if c, err := tls.Dial("tcp", f.https, weak); err == nil {
		c.Close()
		t.Error("a weak suite is taken")
	}
}

func (f *front) names(t *testing.T) {
	for name, tc := range map[string]struct {
		met, host, path string
		want            int
	}{
		"a page":                                 {pageName, pageName, "/healthz", 200},
		"no page under the name of callbacks":    {hookName, hookName, "/login", 404},
		"callbacks under their name":             {hookName, hookName, "/hooks/twilio/sms", 405},
		"a page over a connection for callbacks": {hookName, pageName, "/login", 421},
		"another name in the request":            {pageName, "evil.example", "/login", 421},
	} {
		resp, err := f.ask(f.config(tc.met), tc.host, tc.path)
		if err != nil {
			t.Fatal(name, err)
		}
		resp.Body.Close()
		if resp.StatusCode != tc.want {
			t.Errorf("%s: %d, want %d", name, resp.StatusCode, tc.want)
		}
	}
	for _, stranger := range []string{"evil.example", "", "stead.test", "x." + pageName} {
		cfg := f.config(stranger)
		cfg.InsecureSkipVerify = true
		if c, err := tls.Dial("tcp", f.https, cfg); err == nil {
			c.Close()
			t.Errorf("a connection for %q is met", stranger)
		}
	}
}

func (f *front) http2(t *testing.T) {
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: f.config(pageName), ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, f.https)
		},
	}}
	defer client.CloseIdleConnections()
	_, port, _ := net.SplitHostPort(f.https)
	resp, err := client.Get("https://" + net.JoinHostPort(pageName, port) + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.ProtoMajor != 2 || resp.StatusCode != http.StatusOK {
		t.Errorf("%s %d", resp.Proto, resp.StatusCode)
	}
}

func (f *front) plain(t *testing.T) {
	_, port, _ := net.SplitHostPort(f.https)
	for request, want := range map[string]string{
		"GET /inbox?x=1 HTTP/1.1\r\nHost: evil.example":                    "301 https://" + pageName + ":" + port + "/inbox?x=1",
		"GET /login HTTP/1.1\r\nHost: " + pageName:                         "301 https://" + pageName + ":" + port + "/login",
		"POST /login HTTP/1.1\r\nHost: " + pageName:                        "403 ",
		"POST /hooks/twilio/sms HTTP/1.1\r\nHost: " + hookName:             "403 ",
		"GET /.well-known/acme-challenge/x HTTP/1.1\r\nHost: evil.example": "301 https://" + pageName + ":" + port + "/.well-known/acme-challenge/x",
	} {
		c, err := net.Dial("tcp", f.http)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, request+"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		c.Close()
		if got := fmt.Sprintf("%d %s", resp.StatusCode, resp.Header.Get("Location")); got != want {
			t.Errorf("%q: %s, want %s", request, got, want)
		}
	}
}

// Keys are there for their owner alone.
func (f *front) kept(t *testing.T) {
	keys := 0
	err := filepath.WalkDir(filepath.Join(f.data, "tls"), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %04o", d.Name(), info.Mode().Perm())
		}
		if strings.HasSuffix(path, ".key") {
			keys++
		}
		return nil
	})
	if err != nil || keys < 3 { // the account's, and one a name
		t.Errorf("%d keys, %v", keys, err)
	}
	if strings.Contains(f.out.String(), "operator@stead.test") {
		t.Error("the operator's address stands in the log")
	}
}

// What went to the authority is written down as everything that leaves is.
func (f *front) told(t *testing.T) {
	file := filepath.Join(f.data, "stead.db")
	told := strings.Join(storetest.Cells(t, file, "disclosures"), "|")
	if n := strings.Count(told, "|127.0.0.1|certificate|host email|"); n != 2 || strings.Count(told, "|obtained|") != 2 || strings.Contains(told, "operator@") {
		t.Errorf("told %s", told)
	}
	if audit := strings.Join(storetest.Cells(t, file, "audit"), "|"); strings.Count(audit, "|certificate.obtained|system:tls|") != 2 {
		t.Errorf("audit: %.600s", audit)
	}
}
