package twilio

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"stead/app/errs"
	"stead/app/port"
)

const (
	testAccount = "AC0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d"
	testToken   = "12345678901234567890123456789012"
	testLine    = "+15035550100"
	testPerson  = "+15035550177"
)

var testNow = time.Date(2026, 11, 21, 18, 42, 0, 0, time.UTC)

// vaultKit hands out one token, or an error, and counts.
type vaultKit struct {
	mu    sync.Mutex
	token string
	err   error
	uses  []string
}

func (v *vaultKit) Use(_ context.Context, provider, name, purpose string, use func([]byte) error) error {
	v.mu.Lock()
	token, err := v.token, v.err
	v.uses = append(v.uses, provider+"/"+name+"/"+purpose)
	v.mu.Unlock()
	if err != nil {
		return err
	}
	return use([]byte(token))
}

// accountKit is the connected account.
type accountKit struct {
	account port.Account
	lines   []string
	err     error
}

func (a *accountKit) Account(context.Context) (port.Account, error) { return a.account, a.err }
func (a *accountKit) Lines(context.Context) ([]string, error)       { return a.lines, a.err }

type kit struct {
	*Provider
	fake     *Fake
	vault    *vaultKit
	accounts *accountKit
	account  port.Account
}

// newKit is a provider that talks to a stand-in over HTTP.
func newKit(t *testing.T) *kit {
	t.Helper()
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	fake := NewFake(FakeConfig{
		Account: testAccount, Token: testToken, Numbers: []string{testLine}, HTTP: client,
		Now: func() time.Time { return testNow }, RetryDelay: time.Millisecond,
	})
	address, err := fake.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	k := &kit{fake: fake, vault: &vaultKit{token: testToken}, account: port.Account{ID: testAccount}}
	k.accounts = &accountKit{account: k.account, lines: []string{testLine}}
	k.Provider = New(Config{
		BaseURL: address, PublicURL: "https://crm.example.com/", HTTP: client, Secrets: k.vault, Accounts: k.accounts,
		Now: func() time.Time { return testNow }, NewID: func() string { return "01a2b3c4-0000-7000-8000-000000000001" }, Timeout: 300 * time.Millisecond,
	})
	return k
}

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(text) // a posted form has no line end
}

func wantError(t *testing.T, err error, kind errs.Kind, code string) {
	t.Helper()
	if err == nil || errs.KindOf(err) != kind || errs.CodeOf(err) != code {
		t.Errorf("error %v (%v, %s), want %v with code %s", err, errs.KindOf(err), errs.CodeOf(err), kind, code)
	}
}
