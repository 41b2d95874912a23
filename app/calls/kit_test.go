package calls

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"stead/app/ids"
	"stead/app/inbox"
	"stead/app/port"
	"stead/app/vault"
	"stead/store"
	"stead/store/storetest"
)

const (
	provider = "twilio"
	line     = "+15035550100"
	desk     = "+15035550111" // rings when the line is called
	caller   = "+15035550177"
)

// clock is a time that tests move. It begins on a Wednesday at 15:00.
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

// kit is the capability over the real inbox, which queues what it sends.
type kit struct {
	*Service
	t     testing.TB
	inbox *inbox.Service
	clock *clock
}

func newKit(t testing.TB) *kit {
	t.Helper()
	k := &kit{t: t, clock: &clock{at: time.Date(2026, 11, 18, 15, 0, 0, 0, time.UTC)}}
	st := storetest.New(t)
	v, err := vault.Open(context.Background(), st, filepath.Join(t.TempDir(), "a.key"), k.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close(context.Background()) })
	if err := v.Create(context.Background()); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	k.inbox = inbox.New(inbox.Deps{
		Store: st, Vault: v, Messengers: map[string]port.Messenger{provider: nil}, Now: k.clock.now, NewID: ids.New, Log: log,
		StatusURL: func(string) string { return "" },
	})
	k.Service = New(Deps{Store: st, Vault: v, Texter: k.inbox, Now: k.clock.now, NewID: ids.New, Log: log})
	k.tx(func(ctx context.Context, tx *store.Tx) error {
		now := k.clock.now().UnixMilli()
		business := store.Business{Name: "Brightwater", Country: "US", Currency: "USD", Timezone: "UTC", Hours: store.DefaultHours(), CreatedAt: now, UpdatedAt: now}
		if err := tx.InsertBusiness(ctx, business); err != nil {
			return err
		}
		if err := tx.PutConnection(ctx, store.Connection{Provider: provider, Account: "AC1", State: store.Connected, UpdatedAt: now}); err != nil {
			return err
		}
		return tx.SetLines(ctx, provider, []store.Line{{ID: "line1", Number: line, ForwardTo: []string{desk}, CreatedAt: now}})
	})
	return k
}

func (k *kit) tx(do func(ctx context.Context, tx *store.Tx) error) {
	k.t.Helper()
	ctx := context.Background()
	if err := k.Store.InTx(ctx, func(tx *store.Tx) error { return do(ctx, tx) }); err != nil {
		k.t.Fatal(err)
	}
}

// step has one step of a call arrive.
func (k *kit) step(e port.CallEvent) {
	k.t.Helper()
	if e.From == "" {
		e.From = caller
	}
	if e.To == "" {
		e.To = line
	}
	if e.At.IsZero() {
		e.At = k.clock.now()
	}
	k.tx(func(ctx context.Context, tx *store.Tx) error { return k.Step(ctx, tx, provider, e) })
}

var (
	ringing  = port.CallEvent{Step: "ringing"}
	missed   = port.CallEvent{Step: "dialed", Cause: "no-answer"}
	answered = port.CallEvent{Step: "dialed", Answered: true, Seconds: 64}
	ended    = port.CallEvent{Step: "ended", Seconds: 71}
	canceled = port.CallEvent{Step: "ended", Cause: "canceled"}
)

// ring has all steps of one call arrive.
func (k *kit) ring(ref, from string, steps ...port.CallEvent) store.Call {
	k.t.Helper()
	for _, e := range steps {
		e.Ref, e.From = ref, from
		k.step(e)
	}
	return k.call(ref)
}

func (k *kit) call(ref string) store.Call {
	k.t.Helper()
	c, err := k.Store.CallByRef(context.Background(), provider, ref)
	if err != nil {
		k.t.Fatal(err)
	}
	return c
}

// settle does the job of a call.
func (k *kit) settle(c store.Call) store.Call {
	k.t.Helper()
	if err := k.Settle(context.Background(), SettleCall{Call: c.ID}); err != nil {
		k.t.Fatal(err)
	}
	return k.call(c.ProviderRef)
}

func (k *kit) decision(c store.Call) store.Decision {
	k.t.Helper()
	d, err := k.Store.Decision(context.Background(), c.ID)
	if err != nil {
		k.t.Fatal(err)
	}
	return d
}

// texts are what was queued for the caller.
func (k *kit) texts(c store.Call) []store.Message {
	k.t.Helper()
	if c.ConversationID == "" {
		return nil
	}
	items, err := k.Store.Stream(context.Background(), c.ConversationID, store.Page{Limit: 200})
	if err != nil {
		k.t.Fatal(err)
	}
	var out []store.Message
	for _, i := range items {
		if i.Message != nil && i.Message.Direction == "out" {
			out = append(out, *i.Message)
		}
	}
	return out
}

func (k *kit) openTasks(c store.Call) int {
	k.t.Helper()
	tasks, err := k.Store.OpenTasksOf(context.Background(), c.ContactID)
	if err != nil {
		k.t.Fatal(err)
	}
	return len(tasks)
}
