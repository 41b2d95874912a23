package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/privacy"
	"stead/app/vault"
	"stead/store"
)

var (
	owner = access.Owner("u1")
	noon  = time.UnixMilli(1_800_000_000_000).UTC()
)

// house is an instance that can be stopped, restored and started.
type house struct {
	t        *testing.T
	dir, key string
	now      time.Time
	ids      int
	st       *store.Store
	l        *store.Ledger
	v        *vault.Vault
	svc      *Service
	privacy  *privacy.Service
	lock     *store.Lock
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), key: filepath.Join(t.TempDir(), "stead.key"), now: noon}
	h.start()
	if err := h.v.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.stop)
	return h
}

func (h *house) clock() time.Time { h.now = h.now.Add(time.Second); return h.now }
func (h *house) newID() string    { h.ids++; return fmt.Sprintf("id%06d", h.ids) }

func (h *house) start() {
	h.t.Helper()
	if err := h.tryStart(); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) tryStart() (err error) {
	ctx := context.Background()
	if h.lock, err = store.LockDir(h.dir); err != nil {
		return err
	}
	if h.st, err = store.OpenSQLite(ctx, filepath.Join(h.dir, databaseName)); err != nil {
		return errors.Join(err, h.lock.Release())
	}
	if h.l, err = h.st.OpenLedger(ctx, filepath.Join(h.dir, store.LedgerFile)); err != nil {
		return errors.Join(err, h.st.Close(), h.lock.Release())
	}
	if h.v, err = vault.Open(ctx, h.st, h.key, h.clock); err != nil {
		return err
	}
	h.svc = New(Deps{Store: h.st, Ledger: h.l, Vault: h.v, Dir: h.dir, Version: "test", Now: h.clock, Log: slog.New(slog.DiscardHandler)})
	h.privacy = h.privacyOf(h.st, h.v, h.dir)
	h.privacy.Ledger, h.privacy.Backups = h.l, h.svc
	return nil
}

func (h *house) privacyOf(st *store.Store, v *vault.Vault, dir string) *privacy.Service {
	return privacy.New(privacy.Deps{Store: st, Vault: v, Dir: dir, Now: h.clock, NewID: h.newID, Log: slog.New(slog.DiscardHandler)})
}

func (h *house) stop() {
	h.t.Helper()
	if h.st == nil {
		return
	}
	if err := errors.Join(h.v.Close(context.Background()), h.l.Close(), h.st.Close(), h.lock.Release()); err != nil {
		h.t.Error(err)
	}
	h.st = nil
}

func (h *house) restorer() *Restorer {
	return &Restorer{
		Dir: h.dir, KeyFile: h.key, Version: "test", Now: h.clock,
		Cleanse: func(ctx context.Context, st *store.Store, v *vault.Vault, dir string, entries []store.LedgerEntry) (Cleansed, error) {
			done, err := h.privacyOf(st, v, dir).Replay(ctx, entries)
			return Cleansed(done), err
		},
	}
}

func (h *house) tx(fn func(ctx context.Context, tx *store.Tx) error) {
	h.t.Helper()
	if err := h.st.InTx(context.Background(), func(tx *store.Tx) error { return fn(context.Background(), tx) }); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) plant(id, name, number string) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		err := tx.InsertContact(ctx, store.Contact{ID: id, Name: name, About: "knows " + name, Source: "manual"},
			[]store.Phone{{ID: id + "-p", Typed: number, E164: number}}, nil)
		if err != nil {
			return err
		}
		v, err := tx.EnsureConversation(ctx, id, id+"-v", 1)
		if err != nil {
			return err
		}
		return tx.InsertMessage(ctx, store.Message{
			ID: id + "-m", ContactID: id, ConversationID: v.ID, Channel: "sms", Direction: "out", Class: "reply",
			Body: "to " + name, Line: "+15550100", Peer: number, State: store.MessageQueued, Provider: "twilio", CreatedAt: 1, UpdatedAt: 1,
		})
	})
}

func (h *house) create(to string) Backup {
	h.t.Helper()
	b, err := h.svc.Create(context.Background(), owner, to)
	if err != nil {
		h.t.Fatal(err)
	}
	return b
}

// files is everything that lies in the folder, with its contents.
func (h *house) files() map[string]string {
	h.t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "stead.lock" {
			return err
		}
		text, err := os.ReadFile(path)
		out[strings.TrimPrefix(path, h.dir+"/")] = string(text)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

const (
	theirName   = "Wilhelmina Featherstonehaugh"
	theirNumber = "+15550177342"
)

func TestCreateListVerify(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber)
	h.v.Lock() // a backup needs no key
	b := h.create("")
	if err := h.v.Unlock(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	list, err := h.svc.List(t.Context(), owner)
	if err != nil || len(list) != 1 || list[0] != b || b.Until.Sub(b.MadeAt) < 27*24*time.Hour || b.Until.Sub(b.MadeAt) > 28*24*time.Hour {
		t.Errorf("list = %+v, %v; want %+v", list, err, b)
	}
	text, err := os.ReadFile(b.Path)
	if err != nil || bytes.Contains(text, []byte("Featherstone")) || !bytes.HasPrefix(text, []byte("age-encryption.org/")) {
		t.Errorf("the backup is not encrypted: %q, %v", text[:20], err)
	}
	if info, err := os.Stat(b.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, %v", info.Mode(), err)
	}
	v, err := h.svc.Verify(t.Context(), owner, b.Name)
	if err != nil || v.Counts["contacts"] != 1 || v.Counts["messages"] != 1 || v.Bytes == 0 || v.Version != "test" {
		t.Errorf("verified = %+v, %v", v, err)
	}
	if left, _ := filepath.Glob(filepath.Join(h.dir, "tmp", "*")); len(left) > 0 {
		t.Errorf("verification left %v", left)
	}
	_, err = h.svc.Create(t.Context(), access.Actor{}, "")
	if errs.KindOf(err) != errs.Denied {
		t.Errorf("nobody may: %v", err)
	}
	h.now = h.now.Add(29 * 24 * time.Hour)
	if err := h.svc.Prune(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list, err := h.svc.List(t.Context(), owner); err != nil || len(list) != 0 {
		t.Errorf("after 29 days: %+v, %v", list, err)
	}
}

// The drill: plant, back up, erase, restore, absent.
func TestRestoreDoesNotBringAnybodyBack(t *testing.T) {
	for name, there := range map[string]string{"from the data folder": "", "from another folder": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.plant("c1", theirName, theirNumber)
			h.plant("c2", "Anna Nowak", "+15550188999")
			h.plant("c3", "Piotr Zielony", "+15550199888")
			h.tx(func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Suppress(ctx, "sms", h.v.Hash("sms", "+15550199888"), "stop", 1)
				return errors.Join(err, tx.LedgerNote(ctx, store.LedgerSuppress, h.v.Hash("sms", "+15550199888"), 1))
			})
			h.tx(func(ctx context.Context, tx *store.Tx) error { // waits, and has no contact of its own
				_, err := tx.InsertInbound(ctx, store.Inbound{
					ID: "in1", Provider: "twilio", KeyHash: "k1", Kind: "sms",
					PeerHash: h.v.Hash("peer", theirNumber), Sealed: []byte("sealed"), ReceivedAt: 1,
				})
				return err
			})
			b := h.create(there)

			receipt, err := h.privacy.Erase(t.Context(), owner, "c1")
			if err != nil || receipt.State != store.ErasureDone {
				t.Fatalf("receipt = %+v, %v", receipt, err)
			}
			h.tx(func(ctx context.Context, tx *store.Tx) error { // an opt-out, an opt-in and a restriction since
				stop, start := h.v.Hash("sms", "+15550188999"), h.v.Hash("sms", "+15550199888")
				_, err := tx.Suppress(ctx, "sms", stop, "stop", 2)
				_, err2 := tx.Unsuppress(ctx, "sms", start)
				return errors.Join(err, err2, tx.LedgerNote(ctx, store.LedgerSuppress, stop, 2), tx.LedgerNote(ctx, store.LedgerUnsuppress, start, 3),
					tx.SetRestriction(ctx, "c3", "asked", 3), tx.LedgerNote(ctx, store.LedgerRestrict, h.v.Hash(store.LedgerPerson, "c3"), 3),
					tx.LedgerNote(ctx, store.LedgerSuppress, h.v.Hash("email", "no@mail.example"), 4)) // who asked for no mail
			})
			h.stop()
			if there != "" { // the machine is lost: only key and the other folder are left
				entries, err := os.ReadDir(h.dir)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range entries {
					if err := os.RemoveAll(filepath.Join(h.dir, e.Name())); err != nil {
						t.Fatal(err)
					}
				}
			}

			done, err := h.restorer().Restore(t.Context(), b.Path)
			if err != nil {
				t.Fatal(err)
			}
			wantEntries := 7 // erase, forget, erased, suppress, unsuppress, restrict, suppress
			if there != "" {
				wantEntries = 3 // the rest was never copied there
			}
			if done.Erased != 1 || done.Hits != 0 || done.Entries != wantEntries || (done.Safety == "") != (there != "") {
				t.Errorf("done = %+v", done)
			}
			h.start()
			if _, err := h.st.Contact(t.Context(), "c1"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("the erased person is back: %v", err)
			}
			if n, err := h.st.InboundHeld(t.Context(), h.v.Hash("peer", theirNumber)); err != nil || n != 0 {
				t.Errorf("%d events of theirs would be processed, %v", n, err)
			}
			at, err := h.st.ForgottenAt(t.Context(), h.v.Hash(store.LedgerPeer, h.v.Hash("peer", theirNumber)))
			if err != nil || at == 0 {
				t.Errorf("what is fetched again would be taken in: %d, %v", at, err)
			}
			for file, text := range h.files() {
				if strings.Contains(strings.ToLower(text), "featherstone") || strings.Contains(text, "5550177342") {
					t.Errorf("a trace in %s", file)
				}
			}
			proof, err := h.privacy.Prove(t.Context(), owner, []string{theirName, theirNumber})
			if err != nil || proof.Hits != 0 {
				t.Errorf("proof = %+v, %v", proof, err)
			}
			if c, err := h.st.Contact(t.Context(), "c2"); err != nil || c.Name != "Anna Nowak" {
				t.Errorf("c2 = %+v, %v", c, err)
			}
			if there == "" {
				if stopped, err := h.st.Suppressed(t.Context(), "sms", h.v.Hash("sms", "+15550188999")); err != nil || !stopped {
					t.Errorf("an opt-out was forgotten: %v", err)
				}
				if stopped, err := h.st.Suppressed(t.Context(), "email", h.v.Hash("email", "no@mail.example")); err != nil || !stopped {
					t.Errorf("who asked for no mail would get one: %v", err)
				}
				if stopped, err := h.st.Suppressed(t.Context(), "sms", h.v.Hash("sms", "+15550199888")); err != nil || stopped {
					t.Errorf("an opt-in was forgotten: %v", err)
				}
				if c, err := h.st.Contact(t.Context(), "c3"); err != nil || c.RestrictedAt == 0 {
					t.Errorf("a restriction was forgotten: %+v, %v", c, err)
				}
			}
			if m, err := h.st.Message(t.Context(), "c2-m"); err != nil || m.State != store.MessageUnconfirmed {
				t.Errorf("an old text would be sent again: %+v, %v", m, err)
			}
			if sending, err := h.st.Sending(t.Context()); err != nil || !sending.Paused {
				t.Errorf("sending goes on: %+v, %v", sending, err)
			}
			if report, err := h.privacy.VerifyAudit(t.Context(), owner); err != nil || report.Problem != "" {
				t.Errorf("audit = %+v, %v", report, err)
			}
			if done.Safety != "" {
				if _, err := h.svc.Verify(t.Context(), owner, done.Safety); err != nil {
					t.Errorf("the safety backup: %v", err)
				}
			}
		})
	}
}

func TestAnOldDatabaseCopiedByHandDoesNotStart(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber)
	h.stop()
	old, err := os.ReadFile(filepath.Join(h.dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	h.start()
	if _, err := h.privacy.Erase(t.Context(), owner, "c1"); err != nil {
		t.Fatal(err)
	}
	b := h.create("")
	h.stop()
	if err := os.WriteFile(filepath.Join(h.dir, databaseName), old, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := h.tryStart(); !errors.Is(err, store.ErrLedger) || !strings.Contains(err.Error(), "stead backup restore") {
		t.Fatalf("err = %v, want a refusal that names the way out", err)
	}
	h.st = nil
	done, err := h.restorer().Restore(t.Context(), b.Path)
	if err != nil || done.Safety == "" {
		t.Fatalf("done = %+v, %v", done, err)
	}
	h.start()
}

func TestRestoreRefuses(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber)
	h.plant("c2", "Anna Nowak", "+15550188999")
	if _, err := h.privacy.Erase(t.Context(), owner, "c1"); err != nil {
		t.Fatal(err)
	}
	good := h.create("")
	text, err := os.ReadFile(good.Path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.restorer().Restore(t.Context(), good.Path); errs.CodeOf(err) != "running" || !strings.Contains(errs.Message(err), "Stop it first") {
		t.Errorf("beside a running instance: %v", err)
	}
	h.stop()

	other := newHouse(t)
	other.plant("x1", "Somebody Else", "+15550111222")
	other.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.LedgerNote(ctx, store.LedgerErase, strings.Repeat("ab", 32), 1)
	})
	foreign := other.create("")
	flipped := func(at int) []byte { b := bytes.Clone(text); b[at] ^= 1; return b }
	for name, tc := range map[string]struct {
		text []byte
		key  string
		want string // code
	}{
		"no such file":          {nil, h.key, "not_found"},
		"no key":                {text, h.key + ".lost", "key"},
		"another key":           {text, other.key, "wrong_key"},
		"another installation":  {read(t, foreign.Path), h.key, "wrong_key"},
		"of another, its key":   {read(t, foreign.Path), other.key, "ledger"},
		"empty":                 {[]byte{}, h.key, "wrong_key"},
		"cut in the middle":     {text[:len(text)/2], h.key, "not_a_backup"},
		"cut by a byte":         {text[:len(text)-1], h.key, "not_a_backup"},
		"a bit in its header":   {flipped(200), h.key, "wrong_key"},
		"a bit in the middle":   {flipped(len(text) / 2), h.key, "not_a_backup"},
		"a bit at the end":      {flipped(len(text) - 1), h.key, "not_a_backup"},
		"something behind it":   {append(bytes.Clone(text), "more"...), h.key, "not_a_backup"},
		"not encrypted at all":  {bytes.Repeat([]byte("SQLite format 3\x00"), 999), h.key, "wrong_key"},
		"a tar with other file": {sealed(t, h.key, "evil"), h.key, "not_a_backup"},
		"a tar with a path":     {sealed(t, h.key, "../../stead.db"), h.key, "not_a_backup"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.age")
			if tc.text != nil {
				if err := os.WriteFile(path, tc.text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			before := h.files()
			r := h.restorer()
			r.KeyFile = tc.key
			done, err := r.Restore(t.Context(), path)
			if err == nil || errs.CodeOf(err) != tc.want {
				t.Errorf("done = %+v, err = %v; want code %s", done, err, tc.want)
			}
			after := h.files()
			if len(before) != len(after) {
				t.Errorf("%d files became %d", len(before), len(after))
			}
			for file, text := range before {
				if after[file] != text {
					t.Errorf("%s changed", file)
				}
			}
		})
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestRestoreFinishesAnErasureThatRanWhenTheBackupWasMade(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber)
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		key := h.v.Hash(store.LedgerPerson, "c1")
		return errors.Join(
			tx.InsertErasure(ctx, store.Erasure{ID: "e1", ContactID: "c1", SubjectKey: key, State: store.ErasurePlanned, Plan: "{}", CreatedAt: 1}),
			tx.LedgerNote(ctx, store.LedgerErase, key, 1))
	})
	b := h.create("")
	h.stop()
	done, err := h.restorer().Restore(t.Context(), b.Path)
	if err != nil || done.Hits != 0 || done.Erased != 1 {
		t.Fatalf("done = %+v, %v", done, err)
	}
	h.start()
	if _, err := h.st.Contact(t.Context(), "c1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the person is back: %v", err)
	}
	if e, err := h.st.Erasure(t.Context(), "e1"); err != nil || e.State != store.ErasureDone {
		t.Errorf("erasure = %+v, %v", e, err)
	}
}

func TestRestoreRefusesADamagedLedgerThatNoCopyMakesUpFor(t *testing.T) {
	h := newHouse(t)
	h.plant("c1", theirName, theirNumber)
	b := h.create(t.TempDir())
	if _, err := h.privacy.Erase(t.Context(), owner, "c1"); err != nil {
		t.Fatal(err)
	}
	h.stop()
	ledger := filepath.Join(h.dir, store.LedgerFile)
	text := read(t, ledger)
	if err := os.WriteFile(ledger, bytes.Replace(text, []byte(`"act":"erase"`), []byte(`"act":"erasE"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	aside := filepath.Join(filepath.Dir(b.Path), store.LedgerFile)
	for _, copied := range []string{aside, filepath.Join(h.dir, "backups", store.LedgerFile)} {
		if err := os.Remove(copied); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.restorer().Restore(t.Context(), b.Path); errs.CodeOf(err) != "ledger" || !strings.Contains(errs.Message(err), "Find another copy") {
		t.Errorf("err = %v, want a refusal", err)
	}
	if err := os.WriteFile(aside, text, 0o600); err != nil { // one was found
		t.Fatal(err)
	}
	if done, err := h.restorer().Restore(t.Context(), b.Path); err != nil || done.Erased != 1 {
		t.Errorf("with the copy: %+v, %v", done, err)
	}
}

func TestOneBadDestinationDoesNotHoldUpTheOthers(t *testing.T) {
	h := newHouse(t)
	first, second := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	h.create(first)
	late := h.create(second)
	if err := os.RemoveAll(first); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(first, []byte("no folder"), 0o600); err != nil { // it cannot be listed nor written
		t.Fatal(err)
	}
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.LedgerNote(ctx, store.LedgerSuppress, h.v.Hash("sms", "x"), 1)
	})
	if n, err := h.svc.LedgerBehind(t.Context()); err != nil || n != 2 {
		t.Errorf("%d destinations are behind (%v), want both", n, err)
	}
	if err := h.svc.LedgerGrew(t.Context()); errs.CodeOf(err) != "destination" {
		t.Errorf("copying says %v, want which is wrong", err)
	}
	if n, err := h.svc.LedgerBehind(t.Context()); err != nil || n != 1 {
		t.Errorf("%d destinations are behind (%v), want the bad one", n, err)
	}
	h.now = h.now.Add(kept + 48*time.Hour)
	if err := h.svc.Prune(t.Context()); errs.CodeOf(err) != "destination" {
		t.Errorf("pruning says %v, want which is wrong", err)
	}
	if _, err := os.Stat(late.Path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the expired backup at the good destination is still there: %v", err)
	}
}

func TestACopyOfTheLedgerThatIsUpToDateIsNotWrittenAgain(t *testing.T) {
	h := newHouse(t)
	h.create("")
	path := filepath.Join(h.dir, "backups", store.LedgerFile)
	note := func() {
		h.tx(func(ctx context.Context, tx *store.Tx) error {
			return tx.LedgerNote(ctx, store.LedgerSuppress, h.v.Hash("sms", "x"), 1)
		})
	}
	note()
	grown := func() os.FileInfo {
		if err := h.svc.LedgerGrew(t.Context()); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	first := grown()
	if again := grown(); !os.SameFile(first, again) {
		t.Error("the copy was written again though nothing had come to it")
	}
	note()
	if later := grown(); later.Size() <= first.Size() {
		t.Error("an entry that came was not copied")
	}
}
