package mail_test

import (
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const (
	mailUser     = "stead@brightwater.example"
	mailPassword = "Zk7-planted-password-of-the-mail-server"
)

// post is a mail server on loopback that lets one user in.
type post struct {
	addr string

	mu      sync.Mutex
	letters []letter
	attempt []string // passwords that were tried
}

type letter struct {
	to, head, text string
}

// startPost listens until the test ends.
func startPost(t *testing.T) *post {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &post{addr: l.Addr().String()}
	s := smtp.NewServer(p)
	s.Domain, s.AllowInsecureAuth, s.ErrorLog = "mail.example", true, log.New(io.Discard, "", 0)
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close(); _ = l.Close(); <-done })
	return p
}

// NewSession implements smtp.Backend.
func (p *post) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{p: p}, nil }

type session struct {
	p  *post
	in bool
	to string
}

// AuthMechanisms implements smtp.AuthSession.
func (*session) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth implements smtp.AuthSession.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		s.p.mu.Lock()
		defer s.p.mu.Unlock()
		s.p.attempt = append(s.p.attempt, password)
		if user != mailUser || password != mailPassword {
			return smtp.ErrAuthFailed
		}
		s.in = true
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (s *session) Mail(string, *smtp.MailOptions) error {
	if !s.in {
		return smtp.ErrAuthRequired
	}
	return nil
}

// Rcpt implements smtp.Session.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error { s.to = to; return nil }

// Data implements smtp.Session.
func (s *session) Data(r io.Reader) error {
	m, err := netmail.ReadMessage(r)
	if err != nil {
		return err
	}
	text, err := plain(m)
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return err
	}
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.p.letters = append(s.p.letters, letter{to: s.to, head: subject, text: text})
	return nil
}

// plain is the text of a mail of two parts.
func plain(m *netmail.Message) (string, error) {
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return "", err
	}
	part, err := multipart.NewReader(m.Body, params["boundary"]).NextRawPart()
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(quotedprintable.NewReader(part))
	return strings.ReplaceAll(string(text), "\r\n", "\n"), err
}

// Reset implements smtp.Session.
func (*session) Reset() {}

// Logout implements smtp.Session.
func (*session) Logout() error { return nil }

// find returns the newest letter to an address whose subject begins so.
func (p *post) find(to, head string) (letter, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.letters) - 1; i >= 0; i-- {
		if l := p.letters[i]; l.to == to && strings.HasPrefix(l.head, head) {
			return l, true
		}
	}
	return letter{}, false
}
