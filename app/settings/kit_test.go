package settings_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/ids"
	"stead/app/port"
	"stead/app/settings"
	"stead/app/vault"
	"stead/app/web"
	"stead/store"
	"stead/store/storetest"
	"stead/views/ui"
)

const (
	account = "AC0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d"
	token   = "12345678901234567890123456789012"
	line    = "+15035550100"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// provider is what Twilio says of credentials, and what a test callback meets.
type provider struct {
	mu       sync.Mutex
	checked  port.Checked
	err      error
	hookErr  error
	tokens   []string
	accounts []port.Account
	open     []bool // whether the call carried a disclosure
}

func (p *provider) Check(ctx context.Context, a port.Account, token []byte, _ []string) (port.Checked, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, told := port.DisclosureOf(ctx)
	p.tokens, p.accounts, p.open = append(p.tokens, string(token)), append(p.accounts, a), append(p.open, told)
	return p.checked, p.err
}

func (p *provider) TestHook(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, told := port.DisclosureOf(ctx)
	p.open = append(p.open, told)
	return p.hookErr
}

type kit struct {
	*settings.Service
	t        *testing.T
	store    *store.Store
	vault    *vault.Vault
	provider *provider
	now      time.Time
	caughtUp int
	router   *web.Router
	actor    access.Actor
}

func newKit(t *testing.T) *kit {
	t.Helper()
	ctx := t.Context()
	k := &kit{t: t, store: storetest.New(t), now: noon, provider: &provider{checked: port.Checked{State: "active"}}, actor: access.Owner("u1")}
	v, err := vault.Open(ctx, k.store, filepath.Join(t.TempDir(), "stead.key"), func() time.Time { return k.now })
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Create(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close(context.Background()) })
	k.vault = v
	business := store.Business{Name: "Brightwater Medical", Country: "US", Currency: "USD", Timezone: "America/Los_Angeles", Hours: store.DefaultHours(), CreatedAt: 1, UpdatedAt: 1}
	if err := k.store.InTx(ctx, func(tx *store.Tx) error { return tx.InsertBusiness(ctx, business) }); err != nil {
		t.Fatal(err)
	}
	k.Service = settings.New(settings.Deps{
		Store: k.store, Vault: v, Checker: k.provider, Tester: k.provider, Now: func() time.Time { return k.now }, NewID: ids.New,
		URL: "https://crm.example.com", CatchUp: func() { k.caughtUp++ },
		Places: func() settings.Places {
			return settings.Places{
				Countries:  []ui.Option{{Label: "Choose"}, {Value: "PT", Label: "Portugal"}, {Value: "US", Label: "United States"}},
				Currencies: []ui.Option{{Label: "Choose"}, {Value: "EUR", Label: "EUR"}, {Value: "USD", Label: "USD"}},
				Zones:      []ui.Option{{Label: "Choose"}, {Value: "Europe/Lisbon", Label: "Europe/Lisbon"}},
			}
		},
	})
	k.router = web.NewRouter(slog.New(slog.DiscardHandler))
	k.router.Confirm = func(http.ResponseWriter, *http.Request) (bool, error) { return true, nil } // they have just proved who they are
	k.Routes(k.router)
	return k
}

// answer is what a page answered.
type answer struct {
	status   int
	location string
	body     string
}

func (k *kit) send(method, path string, form url.Values, partial bool) answer {
	k.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, path, body).WithContext(web.WithActor(k.t.Context(), k.actor))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if partial {
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Request-Type", "partial")
	}
	w := httptest.NewRecorder()
	k.router.ServeHTTP(w, r)
	return answer{w.Code, w.Header().Get("Location"), w.Body.String()}
}

func (k *kit) get(path string) answer { k.t.Helper(); return k.send(http.MethodGet, path, nil, false) }

func (k *kit) post(path string, form url.Values) answer {
	k.t.Helper()
	return k.send(http.MethodPost, path, form, false)
}

func (k *kit) partial(path string, form url.Values) answer {
	k.t.Helper()
	return k.send(http.MethodPost, path, form, true)
}

func (a answer) want(t *testing.T, status int, texts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("status %d, want %d", a.status, status)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("%q is not on the page", text)
		}
	}
}

func (a answer) without(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			t.Errorf("%q is on the page", text)
		}
	}
}

// connected is a kit with an account.
func connected(t *testing.T) *kit {
	t.Helper()
	k := newKit(t)
	if err := k.Connect(t.Context(), k.actor, good()); err != nil {
		t.Fatal(err)
	}
	return k
}

func good() settings.Twilio {
	return settings.Twilio{AccountSID: account, Numbers: []string{"(503) 555-0100"}, ForwardTo: []string{"+15035550111", "503-555-0112"}, Token: vault.Secret(token)}
}

// recorded are the actions of the events about a subject.
func (k *kit) recorded(subject string) []string {
	k.t.Helper()
	events, err := k.store.EventsOf(k.t.Context(), subject)
	if err != nil {
		k.t.Fatal(err)
	}
	var kinds []string
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func (k *kit) auditLength() int64 {
	k.t.Helper()
	seq, _, err := k.store.AuditHead(k.t.Context())
	if err != nil {
		k.t.Fatal(err)
	}
	return seq
}
