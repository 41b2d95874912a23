package vault

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"stead/app/errs"
	"stead/store"
)

const token = "9f86d081884c7d659a2feaa0c55ad015"

func (k kit) put(t *testing.T, name, value string) {
	t.Helper()
	must(t, k.st.InTx(t.Context(), func(tx *store.Tx) error { return k.PutSecret(t.Context(), tx, "twilio", name, []byte(value)) }))
}

func (k kit) states(t *testing.T) []store.CredentialState {
	t.Helper()
	states, err := k.st.CredentialStates(t.Context(), "twilio")
	must(t, err)
	return states
}

func TestASecretIsUsedAndWiped(t *testing.T) {
	k := made(t)
	k.put(t, "auth_token", token)
	var kept []byte
	must(t, k.Use(t.Context(), "twilio", "auth_token", "send", func(secret []byte) error {
		if string(secret) != token {
			t.Errorf("got %q", secret)
		}
		kept = secret
		return nil
	}))
	if !bytes.Equal(kept, make([]byte, len(token))) {
		t.Errorf("the secret is still %q", kept)
	}
	own := errors.New("own")
	if err := k.Use(t.Context(), "twilio", "auth_token", "send", func([]byte) error { return own }); !errors.Is(err, own) {
		t.Errorf("the user's error is lost: %v", err)
	}
	err := k.Use(t.Context(), "twilio", "other", "send", func([]byte) error { return nil })
	if errs.KindOf(err) != errs.NotFound || errs.CodeOf(err) != "no_secret" {
		t.Errorf("no secret: %v", err)
	}
}

func TestASecretIsNowhereOnTheDisk(t *testing.T) {
	k := made(t)
	k.put(t, "auth_token", token)
	must(t, k.Use(t.Context(), "twilio", "auth_token", "send", func([]byte) error { return nil }))
	key, err := os.ReadFile(k.keyFile)
	must(t, err)
	lines := bytes.Split(bytes.TrimSpace(key), []byte("\n"))
	must(t, filepath.WalkDir(k.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, needle := range [][]byte{[]byte(token), []byte(token[:16]), lines[len(lines)-1], []byte("AGE-SECRET")} {
			if bytes.Contains(content, needle) {
				t.Errorf("%s holds %.8s…", filepath.Base(path), needle)
			}
		}
		return err
	}))
}

func TestASecretInAnothersRowDoesNotOpen(t *testing.T) {
	k := made(t)
	k.put(t, "auth_token", token)
	k.put(t, "api_key", "another secret of some length")
	one, err := k.st.Credential(t.Context(), "twilio", "auth_token")
	must(t, err)
	other, err := k.st.Credential(t.Context(), "twilio", "api_key")
	must(t, err)
	other.Sealed = one.Sealed
	must(t, k.st.InTx(t.Context(), func(tx *store.Tx) error { return tx.PutCredential(t.Context(), other) }))
	err = reopen(t, k).Use(t.Context(), "twilio", "api_key", "send", func([]byte) error { t.Error("opened"); return nil })
	if !errors.Is(err, ErrUnseal) {
		t.Errorf("got %v", err)
	}
}

func TestEveryUseIsRecordedBeforeItHappens(t *testing.T) {
	k := made(t)
	k.put(t, "auth_token", token)
	for range 3 {
		must(t, k.Use(t.Context(), "twilio", "auth_token", "send", func([]byte) error { return nil }))
	}
	must(t, k.Use(t.Context(), "twilio", "auth_token", "erasure", func([]byte) error {
		uses, err := k.st.SecretUses(t.Context(), k.states(t)[0].ID, 10)
		hour := noon.Truncate(time.Hour).UnixMilli()
		if err != nil || len(uses) != 2 || uses[1] != (store.SecretUse{SecretID: uses[0].SecretID, Purpose: "send", HourAt: hour, Uses: 3, LastAt: noon.UnixMilli()}) {
			t.Errorf("recorded: %+v, %v", uses, err)
		}
		return nil
	}))
	if s := k.states(t)[0]; s.Uses != 4 || s.LastUsedAt != noon.UnixMilli() || s.Last4 != "d015" {
		t.Errorf("shown: %+v", s)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := k.Use(ctx, "twilio", "auth_token", "send", func([]byte) error { t.Error("used without a record"); return nil }); err == nil {
		t.Error("a use that could not be recorded took place")
	}
}

func TestChecksOfCallbacksAreCountedAndWrittenSoon(t *testing.T) {
	k := made(t)
	k.uses.wait = 10 * time.Millisecond
	k.put(t, "auth_token", token)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if err := k.Use(t.Context(), "twilio", "auth_token", PurposeVerify, func([]byte) error { return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(5 * time.Second)
	for k.states(t)[0].Uses != 50 {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("written: %+v", k.states(t))
		}
	}
}

func TestCloseWritesWhatIsCounted(t *testing.T) {
	k := made(t)
	k.put(t, "auth_token", token)
	for range 7 {
		must(t, k.Use(t.Context(), "twilio", "auth_token", PurposeVerify, func([]byte) error { return nil }))
	}
	if got := k.states(t)[0].Uses; got != 0 {
		t.Errorf("%d uses were written at once", got)
	}
	must(t, k.Close(t.Context()))
	if got := k.states(t)[0].Uses; got != 7 || !k.Locked() {
		t.Errorf("%d uses were written, locked %v", got, k.Locked())
	}
}

func TestCountsThatCouldNotBeWrittenAreKept(t *testing.T) {
	k := made(t)
	k.put(t, "auth_token", token)
	must(t, k.Use(t.Context(), "twilio", "auth_token", PurposeVerify, func([]byte) error { return nil }))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := k.uses.flush(ctx); err == nil {
		t.Fatal("written with a context that ended")
	}
	must(t, k.Use(t.Context(), "twilio", "auth_token", PurposeVerify, func([]byte) error { return nil }))
	must(t, k.uses.flush(t.Context()))
	if got := k.states(t)[0].Uses; got != 2 {
		t.Errorf("%d uses were written", got)
	}
}

func TestDroppedAndReplacedSecretsAreGoneAtOnce(t *testing.T) {
	k := made(t)
	k.put(t, "auth_token", token)
	id := k.states(t)[0].ID
	must(t, k.Use(t.Context(), "twilio", "auth_token", PurposeVerify, func([]byte) error { return nil }))
	k.put(t, "auth_token", "short one")
	must(t, k.Use(t.Context(), "twilio", "auth_token", "send", func(secret []byte) error {
		if string(secret) != "short one" {
			t.Errorf("the old secret is used: %q", secret)
		}
		return nil
	}))
	if s := k.states(t)[0]; s.ID != id || s.Last4 != "" {
		t.Errorf("a short secret shows %+v", s)
	}
	must(t, k.st.InTx(t.Context(), func(tx *store.Tx) error { return k.DropSecrets(t.Context(), tx, "twilio") }))
	if err := k.Use(t.Context(), "twilio", "auth_token", "send", func([]byte) error { return nil }); errs.CodeOf(err) != "no_secret" {
		t.Errorf("a dropped secret: %v", err)
	}
	must(t, k.Close(t.Context())) // its last count has no row to go to
	if uses, err := k.st.SecretUses(t.Context(), id, 10); err != nil || len(uses) != 0 {
		t.Errorf("uses of a dropped secret: %+v, %v", uses, err)
	}
}

func TestASecretOfNoSizeIsRefused(t *testing.T) {
	k := made(t)
	for _, value := range []string{"", strings.Repeat("x", maxSecret+1)} {
		err := k.st.InTx(t.Context(), func(tx *store.Tx) error { return k.PutSecret(t.Context(), tx, "twilio", "auth_token", []byte(value)) })
		if errs.KindOf(err) != errs.Invalid {
			t.Errorf("%d bytes: %v", len(value), err)
		}
	}
}

func TestASecretPrintsAsNothing(t *testing.T) {
	s := Secret(token)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s, "in", struct{ S Secret }{s})
	text, err := json.Marshal(map[string]any{"a": s, "b": &s})
	must(t, err)
	for _, printed := range []string{
		fmt.Sprint(s), fmt.Sprintf("%s %v %+v %#v %x %X %q %d", s, s, s, s, s, s, s, s), fmt.Sprintf("%v", struct{ S Secret }{s}),
		fmt.Sprintf("%v", []Secret{s}), string(text), log.String(), fmt.Sprint(&s),
	} {
		if strings.Contains(printed, token) || strings.Contains(printed, "39663836") || !strings.Contains(printed, "[secret]") {
			t.Errorf("printed: %s", printed)
		}
	}
}
