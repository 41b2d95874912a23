// Package resend hands mail over to Resend by its HTTP API and turns its
// answers into those of package port. It keeps nothing, decides nothing about
// people, and never logs or returns an address, a text or a key.
package resend

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"stead/app/errs"
	"stead/app/port"
)

// Name is how this provider is called in rows and the vault.
const Name = "resend"

// SecretKey names the API key in the vault.
const SecretKey = "api_key"

const officialURL = "https://api.resend.com"

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// Doer sends a request: the client of package outbound.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Config is what the provider is given.
type Config struct {
	BaseURL string // empty: Resend itself
	HTTP    Doer
	Secrets port.Secrets
	Now     func() time.Time
	Timeout time.Duration // of one request; zero: 10 s
}

// Provider is Resend. It implements port.Mailer.
type Provider struct{ cfg Config }

var _ port.Mailer = (*Provider)(nil)

// New returns the provider.
func New(cfg Config) *Provider {
	if cfg.BaseURL == "" {
		cfg.BaseURL = officialURL
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	cfg.BaseURL = strings.TrimRight(cfg.BaseURL, "/")
	return &Provider{cfg: cfg}
}

// letter is a mail as Resend takes it.
type letter struct {
	From    string            `json:"from"`
	To      []string          `json:"to"`
	Subject string            `json:"subject"`
	Text    string            `json:"text"`
	HTML    string            `json:"html,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
}

// Send hands one mail over and returns Resend's id. The same mail sent again
// within a day is not delivered again: its id goes along as the idempotency key.
func (p *Provider) Send(ctx context.Context, _ port.MailAccount, m port.Mail) (string, error) {
	if !m.Sound() {
		return "", &errs.Error{Kind: errs.Invalid, Code: "header", Message: "A line end in the head of a mail was refused."}
	}
	body, err := json.Marshal(letter{
		From: m.From, To: []string{m.To}, Subject: m.Subject, Text: m.Text, HTML: m.HTML, Headers: headers(m),
	})
	if err != nil {
		return "", err
	}
	var said struct {
		ID string `json:"id"`
	}
	err = p.cfg.Secrets.Use(ctx, Name, SecretKey, "send", func(key []byte) error {
		return p.do(ctx, call{method: http.MethodPost, path: "/emails", body: body, key: key, once: m.ID}, &said)
	})
	if err == nil && said.ID == "" {
		err = port.ErrUnknown // taken, by the status, and yet it has no id
	}
	return said.ID, err
}

// headers are those that Resend does not write by itself.
func headers(m port.Mail) map[string]string {
	h := map[string]string{"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All", "X-Entity-Ref-ID": m.ID}
	if m.Unsubscribe != "" {
		h["List-Unsubscribe"] = "<" + m.Unsubscribe + ">"
		if strings.HasPrefix(m.Unsubscribe, "https://") {
			h["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
		}
	}
	return h
}

// Check asks with a key that was typed, or the stored one, and sends nothing. A
// key that may only send is a good one.
func (p *Provider) Check(ctx context.Context, _ port.MailAccount, secret []byte) error {
	try := func(key []byte) error {
		err := p.do(ctx, call{method: http.MethodGet, path: "/domains", key: key}, nil)
		if errs.CodeOf(err) == restricted {
			return nil
		}
		return err
	}
	if len(secret) > 0 {
		return try(secret)
	}
	return p.cfg.Secrets.Use(ctx, Name, SecretKey, "check", try)
}

// call is one request.
type call struct {
	method, path string
	body, key    []byte
	once         string // idempotency key
}

// do sends a request and reads the answer into out. A mail that went out and
// was not answered is port.ErrUnknown.
func (p *Provider) do(ctx context.Context, c call, out any) error {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, c.method, p.cfg.BaseURL+c.path, bytes.NewReader(c.body))
	if err != nil {
		return &errs.Error{Kind: errs.Fault, Code: "address"}
	}
	req.Header.Set("Authorization", "Bearer "+string(c.key))
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "stead")
	if c.method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", c.once)
	}
	res, err := p.cfg.HTTP.Do(req)
	if err != nil {
		return lost(err, c.method)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return lost(err, c.method)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return refusal(c.method, res, answer, p.cfg.Now())
	}
	if out != nil && json.Unmarshal(answer, out) != nil {
		return port.ErrUnknown
	}
	return nil
}

// lost says what a request without an answer means.
func lost(err error, method string) error {
	var known *errs.Error
	if errors.As(err, &known) { // the outbound client's own refusal: nothing went out
		return known
	}
	if method == http.MethodPost {
		return port.ErrUnknown
	}
	return &errs.Error{Kind: errs.Unavailable, Code: "network", Message: "Resend cannot be reached."}
}
