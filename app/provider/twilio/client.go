package twilio

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"stead/app/errs"
	"stead/app/port"
)

// maxAnswer bounds what is read of an answer: a page of 1,000 messages is less.
const maxAnswer = 8 << 20

// conn is the transport of one call: it lives as long as the token is unsealed.
// It implements client.BaseClient in place of the SDK's own, which reads the
// environment, follows no context and has one address.
type conn struct {
	ctx     context.Context
	p       *Provider
	account string
	token   string
}

var _ client.BaseClient = (*conn)(nil)

// AccountSid returns the account that requests are for.
func (c *conn) AccountSid() string { return c.account }

// SetTimeout does nothing: time-outs are the provider's.
func (c *conn) SetTimeout(time.Duration) {}

// SetOauth does nothing: the account's token is used.
func (c *conn) SetOauth(client.OAuth) {}

// OAuth returns nil.
func (c *conn) OAuth() client.OAuth { return nil }

// SendRequest sends one request of the SDK. Refusals are *apiError; a POST that
// went out and was not answered is port.ErrUnknown.
func (c *conn) SendRequest(method, rawURL string, data url.Values, _ map[string]any, _ ...byte) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(c.ctx, c.p.cfg.Timeout)
	defer cancel()
	var wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }})
	req, err := c.request(ctx, method, rawURL, data)
	if err != nil {
		return nil, err
	}
	res, err := c.p.cfg.HTTP.Do(req)
	if err != nil {
		return nil, lost(err, method, wrote.Load())
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, lost(err, method, true)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return nil, c.refusal(method, res, answer)
	}
	res.Body = io.NopCloser(bytes.NewReader(answer))
	return res, nil
}

func (c *conn) request(ctx context.Context, method, rawURL string, data url.Values) (*http.Request, error) {
	target := c.p.cfg.BaseURL + strings.TrimPrefix(rawURL, officialURL)
	form := data.Encode()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form)
	} else if form != "" {
		target += "?" + form
	}
	req, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, &errs.Error{Kind: errs.Fault, Code: "address"} // the error would quote the address
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "stead")
	req.SetBasicAuth(c.account, c.token)
	return req, nil
}

// refusal keeps status and code of an answer. A server error that is not in
// Twilio's words comes from something in between: nobody knows what became of a POST.
func (c *conn) refusal(method string, res *http.Response, answer []byte) error {
	var said struct {
		Code int `json:"code"`
	}
	known := json.Unmarshal(answer, &said) == nil && said.Code > 0
	if method == http.MethodPost && !known && res.StatusCode >= 500 && res.StatusCode != http.StatusServiceUnavailable {
		return port.ErrUnknown
	}
	return &apiError{status: res.StatusCode, code: said.Code, retryAfter: retryAfter(res.Header, c.p.cfg.Now())}
}

// lost says what a request without an answer means. The cause is dropped where
// it would quote the address, in which numbers stand.
func lost(err error, method string, wrote bool) error {
	var known *errs.Error
	if errors.As(err, &known) { // the outbound client's own refusal: nothing went out
		return known
	}
	if method == http.MethodPost && wrote {
		return port.ErrUnknown
	}
	code := "network"
	var timed interface{ Timeout() bool }
	if errors.As(err, &timed) && timed.Timeout() {
		code = "timeout"
	}
	return &errs.Error{Kind: errs.Unavailable, Code: code, Message: "Twilio cannot be reached."}
}

// use opens the API with the stored token for as long as do runs.
func (p *Provider) use(ctx context.Context, account port.Account, purpose string, do func(*api.ApiService) error) error {
	return p.cfg.Secrets.Use(ctx, Name, SecretToken, purpose, func(token []byte) error {
		return p.open(ctx, account.ID, token, do)
	})
}

func (p *Provider) open(ctx context.Context, account string, token []byte, do func(*api.ApiService) error) error {
	c := &conn{ctx: ctx, p: p, account: account, token: string(token)}
	// Not client.NewRequestHandler: it reads the environment.
	return public(do(api.NewApiService(&client.RequestHandler{Client: c})))
}

// public turns what came up through the SDK into what callers may see.
func public(err error) error {
	var refused *apiError
	var known *errs.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, port.ErrUnknown):
		return port.ErrUnknown
	case errors.As(err, &refused):
		return refused.public()
	case errors.As(err, &known):
		return known
	}
	return &errs.Error{Kind: errs.Unavailable, Code: "answer", Message: "Twilio gave an answer that cannot be read."}
}
