package privacy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/port"
	"stead/app/vault"
	"stead/store"
)

var (
	owner    = access.Owner("u1")
	onlooker = access.Actor{ID: "u2", May: map[access.Permission]access.Reach{access.ContactsRead: access.All}}
	noon     = time.UnixMilli(1_800_000_000_000).UTC()
)

// house is an instance in a folder, with a provider that can be told to fail.
type house struct {
	t    *testing.T
	dir  string
	key  string
	now  time.Time
	ids  int
	far  *farSide
	log  bytes.Buffer
	st   *store.Store
	l    *store.Ledger
	v    *vault.Vault
	svc  *Service
	base string // of ids
}

// farSide is a provider's account.
type farSide struct {
	err     error
	deleted []string
}

func (f *farSide) DeleteText(_ context.Context, a port.Account, ref string) error {
	return f.drop(a, "text "+ref)
}

func (f *farSide) DeleteCall(_ context.Context, a port.Account, ref string) error {
	return f.drop(a, "call "+ref)
}

func (f *farSide) drop(a port.Account, what string) error {
	if f.err == nil {
		f.deleted = append(f.deleted, a.ID+" "+what)
	}
	return f.err
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), key: filepath.Join(t.TempDir(), "stead.key"), now: noon, far: &farSide{}, base: "id"}
	h.open()
	if err := h.v.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.PutConnection(ctx, store.Connection{Provider: "twilio", Account: "AC1", State: store.Connected, UpdatedAt: h.ms()})
	})
	t.Cleanup(h.close)
	return h
}

func (h *house) ms() int64 { return h.now.UnixMilli() }

// open starts the instance, as a process does.
func (h *house) open() {
	h.t.Helper()
	ctx := context.Background()
	var err error
	if h.st, err = store.OpenSQLite(ctx, filepath.Join(h.dir, "stead.db")); err != nil {
		h.t.Fatal(err)
	}
	if h.l, err = h.st.OpenLedger(ctx, filepath.Join(h.dir, store.LedgerFile)); err != nil {
		h.t.Fatal(err)
	}
	now := func() time.Time { return h.now }
	if h.v, err = vault.Open(ctx, h.st, h.key, now); err != nil {
		h.t.Fatal(err)
	}
	h.svc = New(Deps{
		Store: h.st, Ledger: h.l, Vault: h.v, Dir: h.dir, Erasers: map[string]port.Eraser{"twilio": h.far},
		Now: now, NewID: func() string { h.ids++; return fmt.Sprintf("%s%06d", h.base, h.ids) },
		Log: slog.New(slog.NewTextHandler(&h.log, nil)),
	})
}

func (h *house) close() {
	h.t.Helper()
	if err := errors.Join(h.v.Close(context.Background()), h.l.Close(), h.st.Close()); err != nil {
		h.t.Error(err)
	}
}

// restart ends the process and starts it again.
func (h *house) restart() {
	h.t.Helper()
	h.close()
	h.open()
}

func (h *house) tx(fn func(ctx context.Context, tx *store.Tx) error) {
	h.t.Helper()
	if err := h.st.InTx(context.Background(), func(tx *store.Tx) error { return fn(context.Background(), tx) }); err != nil {
		h.t.Fatal(err)
	}
}

// plant makes a person with something in every corner of the product.
func (h *house) plant(id, name, number, email string) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		sealed, err := h.v.Seal("fields", id+"-in", []byte(`{"From":"`+number+`","Body":"secret of `+name+`"}`))
		if err != nil {
			return err
		}
		_, err = tx.InsertInbound(ctx, store.Inbound{
			ID: id + "-in", Provider: "twilio", KeyHash: h.v.Hash("event", id), Kind: "sms",
			PeerHash: h.v.Hash("peer", number), Sealed: sealed, ReceivedAt: h.ms(),
		})
		steps := []error{
			err,
			tx.InsertContact(ctx, store.Contact{ID: id, Name: name, Company: name + " & Daughters", About: "lives behind the mill, " + name, Source: "manual", CreatedAt: h.ms(), LastActivityAt: h.ms()},
				[]store.Phone{{ID: id + "-p", Typed: number, E164: number, Label: "mobile"}}, []store.Email{{ID: id + "-e", Typed: email}}),
		}
		conv, err := tx.EnsureConversation(ctx, id, id+"-v", h.ms())
		steps = append(steps, err,
			tx.InsertCall(ctx, store.Call{
				ID: id + "-c", ContactID: id, ConversationID: conv.ID, Provider: "twilio", ProviderRef: "CA" + id, Direction: "in",
				Line: "+15550100", Peer: number, Outcome: store.CallMissed, StartedAt: h.ms(),
			}),
			tx.InsertMessage(ctx, store.Message{
				ID: id + "-m", ContactID: id, ConversationID: conv.ID, Channel: "sms", Direction: "in", Body: "the boiler of " + name + " leaks",
				Line: "+15550100", Peer: number, State: store.MessageReceived, Provider: "twilio", ProviderRef: "SM" + id, CreatedAt: h.ms(), UpdatedAt: h.ms(),
			}),
			tx.InsertMessage(ctx, store.Message{
				ID: id + "-q", ContactID: id, ConversationID: conv.ID, Channel: "sms", Direction: "out", Class: "reply", Body: "dear " + name + ", we come",
				Line: "+15550100", Peer: number, State: store.MessageQueued, Provider: "twilio", CreatedAt: h.ms(), UpdatedAt: h.ms(),
			}),
			tx.InsertNote(ctx, store.Note{ID: id + "-n", ContactID: id, ConversationID: conv.ID, Body: "ring twice at " + name + "'s", Author: "u1", CreatedAt: h.ms()}),
			tx.InsertTask(ctx, store.Task{ID: id + "-t", ContactID: id, CallID: id + "-c", Kind: "call_back", DueAt: h.ms(), CreatedAt: h.ms()}),
			tx.Emit(ctx, store.Event{ID: id + "-ev", Kind: "contact.created", Subject: id, ContactID: id, At: h.ms()}),
			tx.Audit(ctx, store.AuditEntry{Action: "contact.created", Actor: "u1", Object: id, ContactID: id, At: h.ms()}),
			tx.InsertDisclosure(ctx, store.Disclosure{ID: id + "-d", ContactID: id, Processor: "twilio", Purpose: "reply", Fields: "phone body", Ref: id + "-m", Result: "201", At: h.ms()}),
		)
		return errors.Join(steps...)
	})
}

const (
	theirName   = "Wilhelmina Featherstonehaugh"
	theirNumber = "+15550177342"
	theirEmail  = "wilhelmina@mill.example"
)

// traces are the files of the folder in which words of the person stand, told
// by reading the bytes, apart from the prover.
func (h *house) traces() []string {
	h.t.Helper()
	var out []string
	err := filepath.WalkDir(h.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		text, err := io.ReadAll(f)
		for _, word := range []string{"wilhelmina", "featherstone", "5550177342", "243771055"} {
			if bytes.Contains(bytes.ToLower(text), []byte(word)) {
				out = append(out, filepath.Base(path)+": "+word)
			}
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

func wantKind(t *testing.T, err error, want errs.Kind) {
	t.Helper()
	if got := errs.KindOf(err); err == nil || got != want {
		t.Errorf("err = %v (%v), want %v", err, got, want)
	}
}

// ledger is the acts in the ledger file, in order.
func (h *house) ledger() string {
	h.t.Helper()
	entries, err := store.ReadLedger(filepath.Join(h.dir, store.LedgerFile))
	if err != nil {
		h.t.Fatal(err)
	}
	var acts []string
	for _, e := range entries {
		acts = append(acts, e.Act)
	}
	return strings.Join(acts, " ")
}
