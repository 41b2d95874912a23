// Package smtp hands mail over to a mail server: with TLS, signed in, one mail
// a connection. It turns the server's answers into those of package port. It
// keeps nothing, decides nothing about people, and never logs or returns an
// address, a text or a password.
package smtp

import (
	"context"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	wire "github.com/wneessen/go-mail/smtp"

	"stead/app/errs"
	"stead/app/port"
)

// Name is how this provider is called in rows and the vault.
const Name = "smtp"

// SecretPassword names the password in the vault.
const SecretPassword = "password"

// portTLS is where TLS begins with the first byte; elsewhere STARTTLS begins it.
const portTLS = 465

// Dialer opens a connection: the client of package outbound.
type Dialer interface {
	Dial(ctx context.Context, network, addr string) (net.Conn, error)
}

// Config is what the provider is given.
type Config struct {
	Dialer  Dialer
	Secrets port.Secrets
	Host    string   // ours, as we greet with it; never the machine's own name
	Named   []string // "host:port" that the operator named: a loopback one of them is spoken to without TLS
	Now     func() time.Time
	Timeout time.Duration // of a whole conversation; zero: 20 s

	tls tlsConfig // tests
}

// Provider is any mail server. It implements port.Mailer.
type Provider struct{ cfg Config }

var _ port.Mailer = (*Provider)(nil)

// New returns the provider.
func New(cfg Config) *Provider {
	if cfg.Timeout == 0 {
		cfg.Timeout = 20 * time.Second
	}
	return &Provider{cfg: cfg}
}

// Send hands one mail over. The id is that of the mail itself: what servers
// answer is in no common form.
func (p *Provider) Send(ctx context.Context, a port.MailAccount, m port.Mail) (string, error) {
	msg, err := p.message(m)
	if err != nil {
		return "", err
	}
	err = p.password(ctx, a, "send", func(password string) error {
		s, err := p.open(ctx, a, password)
		if err != nil {
			return err
		}
		defer s.close()
		return s.send(msg)
	})
	return m.ID, err
}

// Check signs in with a password that was typed, or the stored one, and sends
// nothing.
func (p *Provider) Check(ctx context.Context, a port.MailAccount, secret []byte) error {
	try := func(password string) error {
		s, err := p.open(ctx, a, password)
		if err != nil {
			return err
		}
		s.note("checked")
		s.close()
		return nil
	}
	if len(secret) > 0 {
		return try(string(secret))
	}
	return p.password(ctx, a, "check", try)
}

// password opens the stored password for as long as do runs. Where nobody signs
// in there is none.
func (p *Provider) password(ctx context.Context, a port.MailAccount, purpose string, do func(string) error) error {
	if a.User == "" {
		return do("")
	}
	return p.cfg.Secrets.Use(ctx, Name, SecretPassword, purpose, func(secret []byte) error { return do(string(secret)) })
}

// session is a connection that is signed in.
type session struct {
	ctx     context.Context //nolint:containedctx // the time that it has
	cancel  context.CancelFunc
	unwatch func() bool
	raw     net.Conn
	client  *gomail.Client
	conn    *wire.Client
}

// open connects and signs in. Its errors mean that no mail went out.
func (p *Provider) open(ctx context.Context, a port.MailAccount, password string) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	s := &session{ctx: ctx, cancel: cancel, unwatch: func() bool { return true }}
	client, err := gomail.NewClient(a.Host, p.options(a, password, s)...)
	if err != nil {
		cancel()
		return nil, &errs.Error{Kind: errs.Invalid, Code: "host", Message: "This is not the name of a mail server."}
	}
	s.client = client
	s.conn, err = client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		err = beforeMail(err)
		s.note(errs.CodeOf(err))
		s.close()
		return nil, err
	}
	return s, nil
}

func (p *Provider) options(a port.MailAccount, password string, s *session) []gomail.Option {
	policy := gomail.TLSMandatory
	switch {
	case a.Port == portTLS:
		policy = gomail.TLSOpportunistic // it is on from the first byte; this has the client see it
	case p.plain(a):
		policy = gomail.NoTLS
	}
	opts := []gomail.Option{
		gomail.WithPort(a.Port), gomail.WithTLSPolicy(policy), gomail.WithTLSConfig(p.cfg.tls.of(a.Host)),
		gomail.WithHELO(greeting(p.cfg.Host)), gomail.WithTimeout(p.cfg.Timeout), gomail.WithoutNoop(), gomail.WithoutRset(),
		gomail.WithDialContextFunc(func(ctx context.Context, _, _ string) (net.Conn, error) { return s.dial(ctx, p, a) }),
	}
	if a.User == "" {
		return opts
	}
	auth := gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover)
	if policy == gomail.NoTLS {
		auth = gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc)
	}
	return append(opts, auth, gomail.WithUsername(a.User), gomail.WithPassword(password))
}

// dial opens the connection, with TLS from the first byte where that is so.
func (s *session) dial(ctx context.Context, p *Provider, a port.MailAccount) (net.Conn, error) {
	raw, err := p.cfg.Dialer.Dial(ctx, "tcp", net.JoinHostPort(a.Host, strconv.Itoa(a.Port)))
	if err != nil {
		return nil, err
	}
	s.raw = raw
	s.unwatch = context.AfterFunc(s.ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) }) //nolint:contextcheck // whatever waits for the server, dialling or not, ends with the session
	if a.Port != portTLS {
		return raw, nil
	}
	return p.cfg.tls.client(ctx, raw, a.Host)
}

// plain tells whether a server is spoken to without TLS: one on this very
// machine that the operator named.
func (p *Provider) plain(a port.MailAccount) bool {
	ip := net.ParseIP(a.Host)
	if a.Host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return false
	}
	return slices.ContainsFunc(p.cfg.Named, func(named string) bool {
		return strings.EqualFold(named, net.JoinHostPort(a.Host, strconv.Itoa(a.Port)))
	})
}

// greeting is a name as EHLO takes it: an address stands in brackets.
func greeting(host string) string {
	ip := net.ParseIP(host)
	switch {
	case ip == nil && host != "":
		return host
	case ip == nil:
		return "localhost"
	case ip.To4() == nil:
		return "[IPv6:" + host + "]"
	}
	return "[" + host + "]"
}

// note says what the row about the connection is to hold.
func (s *session) note(result string) {
	if n, ok := s.raw.(interface{ Note(result string) }); ok {
		n.Note(result)
	}
}

// close ends the connection without another word: after a mail that was not
// sent to its end, a farewell would end it.
func (s *session) close() {
	s.unwatch()
	s.cancel()
	if s.raw != nil {
		_ = s.raw.Close()
	}
}

func (s *session) send(msg *gomail.Msg) error {
	if err := s.ctx.Err(); err != nil {
		return unreached(err)
	}
	err := s.client.SendWithSMTPClient(s.conn, msg)
	if err == nil || msg.IsDelivered() {
		s.note("250")
		_ = s.conn.Quit() // it is over, and well
		return nil
	}
	err = ofMail(err)
	s.note(resultOf(err))
	return err
}
