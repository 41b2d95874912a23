package vault

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stead/app/errs"
	"stead/store"
	"stead/store/storetest"
)

var noon = time.Date(2026, 11, 21, 12, 30, 0, 0, time.UTC)

func clock() time.Time { return noon }

// kit is a vault on a store of its own, with its key made.
type kit struct {
	*Vault
	st      *store.Store
	dir     string // of the database
	keyFile string
}

func fresh(t *testing.T) kit {
	t.Helper()
	dir := t.TempDir()
	k := kit{st: storetest.At(t, filepath.Join(dir, "stead.db")), dir: dir, keyFile: filepath.Join(t.TempDir(), "keys", "a.key")}
	k.Vault = reopen(t, k)
	return k
}

func made(t *testing.T) kit {
	t.Helper()
	k := fresh(t)
	if err := k.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	return k
}

func reopen(t *testing.T, k kit) *Vault {
	t.Helper()
	v, err := Open(t.Context(), k.st, k.keyFile, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.uses.close(context.Background()) })
	return v
}

func TestSetUpMakesAKeyFileThatOnlyItsOwnerReads(t *testing.T) {
	k := fresh(t)
	if s := k.Status(); s.State != StateEmpty || s.Message == "" || !k.Locked() {
		t.Errorf("before set-up the status is %+v", s)
	}
	if _, err := k.EncryptTo(io.Discard); !errors.Is(err, ErrLocked) {
		t.Errorf("a backup before set-up: %v", err)
	}
	if err := k.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(k.keyFile)
	if err != nil || info.Mode() != 0o600 {
		t.Fatalf("key file: %v, %v", info.Mode(), err)
	}
	folder, _ := os.Stat(filepath.Dir(k.keyFile))
	files, _ := os.ReadDir(filepath.Dir(k.keyFile))
	if folder.Mode().Perm() != 0o700 || len(files) != 1 {
		t.Errorf("its folder has mode %v and %d files", folder.Mode(), len(files))
	}
	if s := k.Status(); s.State != StateOpen || s.Message != "" || k.Locked() {
		t.Errorf("after set-up the status is %+v", s)
	}
	if v := reopen(t, k); v.Locked() || v.Recipient() != k.Recipient() || !strings.HasPrefix(v.Recipient(), "age1pq1") {
		t.Errorf("after a restart: %+v", v.Status())
	}
}

func TestKeysAreNeverMadeAnew(t *testing.T) {
	k := made(t)
	before, _ := os.ReadFile(k.keyFile)
	again := func(v *Vault) {
		t.Helper()
		if err := v.Create(t.Context()); errs.KindOf(err) != errs.Conflict || errs.CodeOf(err) != "keys_exist" {
			t.Errorf("keys made twice: %v", err)
		}
	}
	again(k.Vault)
	if err := os.Remove(k.keyFile); err != nil {
		t.Fatal(err)
	}
	v := reopen(t, k)
	again(v)
	if _, err := os.Stat(k.keyFile); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a lost key file came back: %v", err)
	}
	rows, err := k.st.VaultKeys(t.Context())
	if err != nil || len(rows) != len(purposes) {
		t.Errorf("%d data keys, %v", len(rows), err)
	}
	if err := os.WriteFile(k.keyFile, before, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := v.Unlock(t.Context(), ""); err != nil || v.Locked() {
		t.Errorf("the key file is back: %v", err)
	}
}

func TestASetUpThatWasCutOffGoesOnWithItsKeyFile(t *testing.T) {
	k := fresh(t)
	key, err := createKey(k.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	if k.Recipient() != key.Recipient() {
		t.Error("the key file was replaced")
	}
	if _, err := createKey(k.keyFile); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a key file was written over another: %v", err)
	}
}

func TestAVaultWithoutItsKeyIsLockedAndSaysWhy(t *testing.T) {
	other := made(t)
	foreign, _ := os.ReadFile(other.keyFile)
	for name, tt := range map[string]struct {
		spoil func(t *testing.T, path string, key []byte)
		code  string
	}{
		"missing":        {func(t *testing.T, path string, _ []byte) { must(t, os.Remove(path)) }, "key_missing"},
		"group may read": {func(t *testing.T, path string, _ []byte) { must(t, os.Chmod(path, 0o640)) }, "key_mode"},
		"all may read":   {func(t *testing.T, path string, _ []byte) { must(t, os.Chmod(path, 0o604)) }, "key_mode"},
		"of another":     {func(t *testing.T, path string, _ []byte) { must(t, os.WriteFile(path, foreign, 0o600)) }, "key_wrong"},
		"empty":          {func(t *testing.T, path string, _ []byte) { must(t, os.WriteFile(path, nil, 0o600)) }, "key_malformed"},
		"two keys": {func(t *testing.T, path string, key []byte) {
			must(t, os.WriteFile(path, append(key, foreign...), 0o600))
		}, "key_malformed"},
		"cut":            {func(t *testing.T, path string, key []byte) { must(t, os.WriteFile(path, key[:len(key)-9], 0o600)) }, "key_malformed"},
		"not a file":     {func(t *testing.T, path string, _ []byte) { must(t, os.Remove(path)); must(t, os.Mkdir(path, 0o700)) }, "key_malformed"},
		"something else": {func(t *testing.T, path string, _ []byte) { must(t, os.WriteFile(path, []byte("hello\n"), 0o600)) }, "key_malformed"},
		"a very large line": {func(t *testing.T, path string, _ []byte) {
			must(t, os.WriteFile(path, bytes.Repeat([]byte("A"), 1<<20), 0o600))
		}, "key_malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			k := made(t)
			key, err := os.ReadFile(k.keyFile)
			must(t, err)
			tt.spoil(t, k.keyFile, bytes.Clone(key))
			v := reopen(t, k)
			if s := v.Status(); s.State != StateLocked || s.Code != tt.code || !strings.HasSuffix(s.Message, ".") {
				t.Errorf("status %+v, want %s", s, tt.code)
			}
			err = v.Unlock(t.Context(), k.keyFile)
			if !errors.Is(err, ErrLocked) || errs.CodeOf(err) != tt.code || errs.KindOf(err) != errs.Unavailable {
				t.Errorf("unlock says %v", err)
			}
			if strings.Contains(err.Error(), "AGE-SECRET") {
				t.Error("the error repeats the key")
			}
			everythingIsLocked(t, v, k.st)
			good := filepath.Join(t.TempDir(), "good.key")
			must(t, os.WriteFile(good, key, 0o600))
			if err := v.Unlock(t.Context(), good); err != nil || v.Locked() {
				t.Errorf("the right key does not unlock: %v", err)
			}
		})
	}
}

func everythingIsLocked(t *testing.T, v *Vault, st *store.Store) {
	t.Helper()
	ctx := t.Context()
	_, seal := v.Seal(Fields, "a|b|c", []byte("x"))
	_, unseal := v.Unseal(Fields, "a|b|c", []byte("x"))
	_, hash := v.TryHash("address", "x")
	_, sign := v.Sign([]byte("x"))
	_, decrypt := v.DecryptFrom(strings.NewReader("x"))
	use := v.Use(ctx, "twilio", "auth_token", "send", func([]byte) error { t.Error("used while locked"); return nil })
	put := st.InTx(ctx, func(tx *store.Tx) error { return v.PutSecret(ctx, tx, "twilio", "auth_token", Secret("x")) })
	for name, err := range map[string]error{"seal": seal, "unseal": unseal, "hash": hash, "sign": sign, "decrypt": decrypt, "use": use, "put": put} {
		if !errors.Is(err, ErrLocked) || errs.CodeOf(err) != "locked" {
			t.Errorf("%s: %v", name, err)
		}
	}
	func() {
		defer func() {
			if err, _ := recover().(error); !errors.Is(err, ErrLocked) {
				t.Errorf("a hash of a locked vault: %v", err)
			}
		}()
		v.Hash("address", "x")
	}()
}

func TestALockedVaultStillWritesBackupsAndChecksSignatures(t *testing.T) {
	k := made(t)
	signature, err := k.Sign([]byte("day 1"))
	must(t, err)
	moved := k.keyFile + ".away"
	must(t, os.Rename(k.keyFile, moved))
	v := reopen(t, k)
	if !v.Locked() || !v.Verify([]byte("day 1"), signature) || v.Verify([]byte("day 2"), signature) || v.Verify([]byte("day 1"), nil) {
		t.Error("a locked vault does not check signatures")
	}
	var backup bytes.Buffer
	w, err := v.EncryptTo(&backup)
	must(t, err)
	_, err = io.WriteString(w, "all the rows")
	must(t, errors.Join(err, w.Close()))
	if bytes.Contains(backup.Bytes(), []byte("rows")) {
		t.Error("the backup is readable")
	}
	must(t, v.Unlock(t.Context(), moved))
	for name, decrypt := range map[string]func(io.Reader) (io.Reader, error){"vault": v.DecryptFrom, "key": readKey(t, moved).Decrypt} {
		r, err := decrypt(bytes.NewReader(backup.Bytes()))
		must(t, err)
		if plain, err := io.ReadAll(r); err != nil || string(plain) != "all the rows" {
			t.Errorf("%s reads %q, %v", name, plain, err)
		}
	}
	spoilt := bytes.Clone(backup.Bytes())
	spoilt[len(spoilt)-1] ^= 1
	if r, err := v.DecryptFrom(bytes.NewReader(spoilt)); err == nil {
		if _, err = io.ReadAll(r); err == nil {
			t.Error("a backup that was altered is read")
		}
	}
	if _, err := made(t).DecryptFrom(bytes.NewReader(backup.Bytes())); !errors.Is(err, errKeyWrong) {
		t.Errorf("another instance reads it: %v", err)
	}
}

func TestUnlockTellsThoseWhoWait(t *testing.T) {
	k := made(t)
	told := 0
	k.OnUnlock(func() { told++ })
	k.Lock()
	if s := k.Status(); s.State != StateLocked || s.Code != "key_withdrawn" {
		t.Errorf("status %+v", s)
	}
	everythingIsLocked(t, k.Vault, k.st)
	if err := k.Unlock(t.Context(), "/nowhere"); errs.CodeOf(err) != "key_missing" || told != 0 {
		t.Errorf("unlocked with nothing: %v", err)
	}
	must(t, k.Unlock(t.Context(), k.keyFile))
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	if err := k.Unlock(t.Context(), "/nowhere"); err == nil || k.Locked() {
		t.Errorf("a wrong key closed an open vault: %v", err)
	}
}

func TestSetUpWhereNoKeyFileCanStand(t *testing.T) {
	k := fresh(t)
	must(t, os.WriteFile(filepath.Join(k.dir, "file"), nil, 0o600))
	k.keyFile = filepath.Join(k.dir, "file", "a.key")
	v := reopen(t, k)
	if err := v.Create(t.Context()); !errors.Is(err, ErrLocked) || !strings.Contains(errs.Message(err), ".") {
		t.Errorf("got %v", err)
	}
	if found, err := k.st.HasCiphertext(t.Context()); err != nil || found {
		t.Errorf("keys were stored without their key file: %v", err)
	}
}

func readKey(t *testing.T, path string) *Key {
	t.Helper()
	key, err := ReadKey(path)
	must(t, err)
	return key
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
