// Package twilio speaks to Twilio and understands what Twilio says: texts,
// calls, their statuses, and the history of both. It turns Twilio's words into
// those of package port and back. It keeps nothing, decides nothing about
// people, and never logs or returns a body, a number or a token.
package twilio

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"stead/app/port"
)

// Name is how this provider is called in addresses, rows and the vault.
const Name = "twilio"

// SecretToken names the auth token in the vault: it signs in to the API and
// signs Twilio's callbacks.
const SecretToken = "auth_token"

const officialURL = "https://api.twilio.com"

// The addresses that Twilio calls.
const (
	PathSMS        = "/hooks/twilio/sms"
	PathVoice      = "/hooks/twilio/voice"
	PathDial       = "/hooks/twilio/voice/dial"
	PathStatus     = "/hooks/twilio/status"
	PathCallStatus = "/hooks/twilio/call-status"
)

// Doer sends a request: the client of package outbound.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Accounts tells which account and which of its numbers are ours. Errors are
// errs.NotFound while nothing is connected.
type Accounts interface {
	Account(ctx context.Context) (port.Account, error)
	Lines(ctx context.Context) ([]string, error)
}

// Config is what the provider is given.
type Config struct {
	BaseURL   string // STEAD_TWILIO_URL; empty: Twilio itself
	PublicURL string // STEAD_URL: what Twilio calls us by
	HTTP      Doer
	Secrets   port.Secrets
	Accounts  Accounts
	Now       func() time.Time
	NewID     func() string
	Timeout   time.Duration // of one request; zero: 10 s
}

// Provider is Twilio. It implements port.Messenger, Eraser, Checker, History
// and Source.
type Provider struct {
	cfg   Config
	tests sync.Map // id of a test callback that is under way → chan struct{}
}

var (
	_ port.Messenger = (*Provider)(nil)
	_ port.Eraser    = (*Provider)(nil)
	_ port.Checker   = (*Provider)(nil)
	_ port.History   = (*Provider)(nil)
	_ port.Source    = (*Provider)(nil)
)

// New returns the provider.
func New(cfg Config) *Provider {
	if cfg.BaseURL == "" {
		cfg.BaseURL = officialURL
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	cfg.BaseURL = strings.TrimRight(cfg.BaseURL, "/")
	cfg.PublicURL = strings.TrimRight(cfg.PublicURL, "/")
	return &Provider{cfg: cfg}
}

// Name returns the provider's name.
func (p *Provider) Name() string { return Name }
