package inbox

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/ids"
	"stead/app/outbound"
	"stead/app/port"
	"stead/app/provider/twilio"
	"stead/app/vault"
	"stead/store"
	"stead/store/storetest"
)

const (
	account = "AC0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d"
	token   = "12345678901234567890123456789012"
	line    = "+15035550100"
	desk    = "+15035550111" // rings when the line is called
	person  = "+15035550177"
)

var ana = access.Owner("ana")

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// kit is the capability with the real vault and provider, and a stand-in for
// the provider's server.
type kit struct {
	*Service
	t       testing.TB
	vault   *vault.Vault
	keyFile string
	clock   *clock
	fake    *twilio.Fake
	refs    int
}

type accounts struct{ st *store.Store }

func (a accounts) Account(ctx context.Context) (port.Account, error) {
	c, err := a.st.Connection(ctx, twilio.Name)
	return port.Account{ID: c.Account, Service: c.Service}, err
}

func (a accounts) Lines(context.Context) ([]string, error) { return []string{line}, nil }

func newKit(t testing.TB) *kit {
	t.Helper()
	k := &kit{t: t, keyFile: filepath.Join(t.TempDir(), "a.key"), clock: &clock{at: time.Date(2026, 11, 18, 15, 0, 0, 0, time.UTC)}}
	st := storetest.New(t)
	ctx := context.Background()
	v, err := vault.Open(ctx, st, k.keyFile, k.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close(ctx) })
	if err := v.Create(ctx); err != nil {
		t.Fatal(err)
	}
	k.vault = v
	k.fake = twilio.NewFake(twilio.FakeConfig{
		Account: account, Token: token, Numbers: []string{line}, Now: k.clock.now, HTTP: &http.Client{Timeout: time.Second},
	})
	base, err := k.fake.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.fake.Close)
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	p := twilio.New(twilio.Config{
		BaseURL: base, PublicURL: "https://crm.example.com", Secrets: v, Accounts: accounts{st}, Now: k.clock.now, NewID: ids.New, Timeout: 500 * time.Millisecond,
		HTTP: outbound.New(outbound.Config{Store: st, Now: k.clock.now, NewID: ids.New, Log: log, Allow: []string{base}}),
	})
	k.Service = New(Deps{
		Store: st, Vault: v, Messengers: map[string]port.Messenger{twilio.Name: p}, Now: k.clock.now, NewID: ids.New, Log: log,
		StatusURL: func(string) string { return "" }, // the stand-in tells nothing by itself
	})
	k.setUp()
	return k
}

func (k *kit) setUp() {
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		now := k.clock.now().UnixMilli()
		business := store.Business{Name: "Brightwater", Country: "US", Currency: "USD", Timezone: "UTC", Hours: store.DefaultHours(), CreatedAt: now, UpdatedAt: now}
		if err := tx.InsertBusiness(ctx, business); err != nil {
			return err
		}
		if err := k.vault.PutSecret(ctx, tx, twilio.Name, twilio.SecretToken, vault.Secret(token)); err != nil {
			return err
		}
		if err := tx.PutConnection(ctx, store.Connection{Provider: twilio.Name, Account: account, State: store.Connected, UpdatedAt: now}); err != nil {
			return err
		}
		return tx.SetLines(ctx, twilio.Name, []store.Line{{ID: "line1", Number: line, ForwardTo: []string{desk}, CreatedAt: now}})
	})
}

func (k *kit) tx(do func(ctx context.Context, tx *store.Tx) error) {
	k.t.Helper()
	ctx := context.Background()
	if err := k.Store.InTx(ctx, func(tx *store.Tx) error { return do(ctx, tx) }); err != nil {
		k.t.Fatal(err)
	}
}

// receive has a text arrive and returns its conversation.
func (k *kit) receive(e port.TextEvent) store.Conversation {
	k.t.Helper()
	if e.From == "" {
		e.From = person
	}
	if e.Ref == "" {
		k.refs++
		e.Ref = "SM" + ids.New()
	}
	if e.To = line; e.At.IsZero() {
		e.At = k.clock.now()
	}
	k.tx(func(ctx context.Context, tx *store.Tx) error { return k.ReceiveText(ctx, tx, twilio.Name, e) })
	m, err := k.Store.MessageByRef(context.Background(), twilio.Name, e.Ref)
	if err != nil {
		k.t.Fatal(err)
	}
	return k.conv(m.ConversationID)
}

func (k *kit) conv(id string) store.Conversation {
	k.t.Helper()
	v, err := k.Store.Conversation(context.Background(), id)
	if err != nil {
		k.t.Fatal(err)
	}
	return v
}

// reply writes to a person and returns the message.
func (k *kit) reply(v store.Conversation, body string) store.Message {
	k.t.Helper()
	m, err := k.Reply(context.Background(), ana, v.ID, Writing{Body: body})
	if err != nil {
		k.t.Fatal(err)
	}
	return m
}

// send does the job of a message and returns what became of it.
func (k *kit) send(id string) store.Message {
	k.t.Helper()
	if err := k.Send(context.Background(), SendText{Message: id}); err != nil {
		k.t.Fatal(err)
	}
	return k.message(id)
}

func (k *kit) message(id string) store.Message {
	k.t.Helper()
	m, err := k.Store.Message(context.Background(), id)
	if err != nil {
		k.t.Fatal(err)
	}
	return m
}

// texts are the messages of a conversation in a direction, oldest first.
func (k *kit) texts(v store.Conversation, direction string) []store.Message {
	k.t.Helper()
	items, err := k.Store.Stream(context.Background(), v.ID, store.Page{Limit: 200})
	if err != nil {
		k.t.Fatal(err)
	}
	var out []store.Message
	for _, i := range items {
		if i.Message != nil && i.Message.Direction == direction {
			out = append([]store.Message{*i.Message}, out...)
		}
	}
	return out
}

func (k *kit) status(ref, status, code string) error {
	return k.Store.InTx(context.Background(), func(tx *store.Tx) error {
		return k.MergeStatus(context.Background(), tx, twilio.Name, port.StatusEvent{Ref: ref, Status: status, Code: code, To: person})
	})
}

func (k *kit) suppressed(number string) bool {
	k.t.Helper()
	yes, err := k.Store.Suppressed(context.Background(), channel, k.hash(number))
	if err != nil {
		k.t.Fatal(err)
	}
	return yes
}
