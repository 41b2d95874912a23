package smtp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	server "github.com/emersion/go-smtp"

	"stead/app/errs"
	"stead/app/port"
)

const (
	testUser     = "stead@brightwater.example"
	testPassword = "a password that is long"
)

var testNow = time.Date(2026, 11, 21, 18, 42, 0, 0, time.UTC)

// fake is a mail server on loopback that does as it is told.
type fake struct {
	mu       sync.Mutex
	mails    []letter
	greeted  string
	atMail   error // answers to MAIL, RCPT and DATA
	atRcpt   error
	atData   error
	drop     bool // takes the mail and hangs up without an answer
	hang     bool // takes the mail and never answers
	noAuth   bool
	hangUp   chan struct{}
	tlsState bool // the last session had TLS
}

type letter struct{ from, to, text string }

func (f *fake) NewSession(c *server.Conn) (server.Session, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.greeted = c.Hostname()
	_, f.tlsState = c.TLSConnectionState()
	return &visit{f: f, conn: c}, nil
}

// visit is one connection.
type visit struct {
	f        *fake
	conn     *server.Conn
	signedIn bool
	l        letter
}

func (v *visit) AuthMechanisms() []string {
	if v.f.noAuth {
		return nil
	}
	return []string{sasl.Plain}
}

func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != testUser || password != testPassword {
			return server.ErrAuthFailed
		}
		v.signedIn = true
		return nil
	}), nil
}

func (v *visit) Reset()        {}
func (v *visit) Logout() error { return nil }

func (v *visit) Mail(from string, _ *server.MailOptions) error {
	v.l.from = from
	if v.f.atMail == nil && !v.f.noAuth && !v.signedIn {
		return &server.SMTPError{Code: 530, EnhancedCode: server.EnhancedCode{5, 7, 0}, Message: "sign in first"}
	}
	return v.f.atMail
}

func (v *visit) Rcpt(to string, _ *server.RcptOptions) error {
	v.l.to = to
	return v.f.atRcpt
}

func (v *visit) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	v.l.text = string(text)
	v.f.mu.Lock()
	v.f.mails = append(v.f.mails, v.l)
	v.f.mu.Unlock()
	if v.f.drop {
		return v.conn.Conn().Close()
	}
	if v.f.hang {
		<-v.f.hangUp
	}
	return v.f.atData
}

func (f *fake) got() []letter {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.mails)
}

// kit is a provider and a server that it speaks to.
type kit struct {
	*Provider
	fake    *fake
	account port.MailAccount
	conns   *dialer
	uses    []string
}

// dialer opens connections and keeps what was noted of them.
type dialer struct {
	mu     sync.Mutex
	to     string // instead of where it is asked to
	result string
	open   int
}

func (d *dialer) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if d.to != "" {
		addr = d.to
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, &errs.Error{Kind: errs.Unavailable, Code: "network"}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open++
	return &noted{Conn: conn, d: d}, nil
}

type noted struct {
	net.Conn
	d    *dialer
	once sync.Once
}

func (n *noted) Note(result string) { n.d.mu.Lock(); n.d.result = result; n.d.mu.Unlock() }

func (n *noted) Close() error {
	n.once.Do(func() { n.d.mu.Lock(); n.d.open--; n.d.mu.Unlock() })
	return n.Conn.Close()
}

// Use implements port.Secrets.
func (k *kit) Use(_ context.Context, provider, name, purpose string, use func([]byte) error) error {
	k.uses = append(k.uses, provider+"/"+name+"/"+purpose)
	return use([]byte(testPassword))
}

// how a server listens.
type how struct {
	cert     *tls.Certificate // with STARTTLS; nil: plain
	implicit bool             // TLS from the first byte
	unnamed  bool             // nobody named the host
}

func newKit(t *testing.T, h how) *kit {
	t.Helper()
	f := &fake{hangUp: make(chan struct{})}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := server.NewServer(f)
	s.Domain, s.AllowInsecureAuth, s.ErrorLog = "mail.example", true, log.New(io.Discard, "", 0)
	roots := x509.NewCertPool()
	if h.cert != nil {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*h.cert}}
		roots.AddCert(h.cert.Leaf)
	}
	listen := l
	if h.implicit {
		listen = tls.NewListener(l, s.TLSConfig)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(listen) }()
	t.Cleanup(func() { close(f.hangUp); _ = s.Close(); _ = l.Close(); <-done }) // a test may end before the server has begun
	host, p, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(p)
	if err != nil {
		t.Fatal(err)
	}
	return kitFor(f, h, l.Addr().String(), roots, port.MailAccount{Host: host, Port: number, User: testUser})
}

// kitFor is the provider for a server that listens.
func kitFor(f *fake, h how, addr string, roots *x509.CertPool, account port.MailAccount) *kit {
	k := &kit{fake: f, conns: &dialer{}, account: account}
	cfg := Config{
		Dialer: k.conns, Secrets: k, Host: "crm.example.com", Now: func() time.Time { return testNow },
		Timeout: 2 * time.Second, tls: tlsConfig{roots: roots},
	}
	if h.cert == nil && !h.unnamed {
		cfg.Named = []string{addr}
	}
	if h.implicit {
		k.account.Port, k.conns.to = portTLS, addr
	}
	k.Provider = New(cfg)
	return k
}

// certificate is one for a name or an address, signed by itself.
func certificate(t *testing.T, name string) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func testMail() port.Mail {
	return port.Mail{
		ID: "0193b000-0000-7000-8000-000000000001", From: "Brightwater Repairs <mail@brightwater.example>", To: "Bea Lind <bea@example.com>",
		Subject: "Your invitation to Brightwater Repairs", Text: "Hello Bea,\n\nfollow the link.\n", HTML: "<p>Hello Bea</p>", Class: "account",
	}
}
