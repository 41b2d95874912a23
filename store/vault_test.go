package store_test

import (
	"bytes"
	"errors"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func TestDataKeysAreListedByPurposeAndVersion(t *testing.T) {
	st := storetest.New(t)
	if found, err := st.HasCiphertext(t.Context()); err != nil || found {
		t.Fatalf("an empty store holds ciphertext: %v", err)
	}
	inTx(t, st, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertVaultKey(t.Context(), store.VaultKey{ID: "b", Purpose: "fields", Version: 1, Sealed: []byte("2"), CreatedAt: 7}),
			tx.InsertVaultKey(t.Context(), store.VaultKey{ID: "c", Purpose: "creds", Version: 2, Sealed: []byte("3"), CreatedAt: 7}),
			tx.InsertVaultKey(t.Context(), store.VaultKey{ID: "a", Purpose: "creds", Version: 1, Sealed: []byte("1"), CreatedAt: 7}))
	})
	keys, err := st.VaultKeys(t.Context())
	if err != nil || len(keys) != 3 || keys[0].ID != "a" || keys[1].ID != "c" || keys[2].ID != "b" || string(keys[2].Sealed) != "2" || keys[0].RetiredAt != 0 {
		t.Errorf("listed: %+v, %v", keys, err)
	}
	err = st.InTx(t.Context(), func(tx *store.Tx) error {
		return tx.InsertVaultKey(t.Context(), store.VaultKey{ID: "d", Purpose: "creds", Version: 2, Sealed: []byte("4")})
	})
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("a version came twice: %v", err)
	}
	if found, err := st.HasCiphertext(t.Context()); err != nil || !found {
		t.Errorf("data keys do not count: %v", err)
	}
}

func TestACredentialIsReplacedInPlaceAndItsUsesAreCounted(t *testing.T) {
	st := storetest.New(t)
	first := store.Credential{ID: "s1", Provider: "twilio", Name: "auth_token", Sealed: []byte("one"), Last4: "d015", CreatedAt: 5}
	use := func(purpose string, hour, uses, last int64) store.SecretUse {
		return store.SecretUse{SecretID: "s1", Purpose: purpose, HourAt: hour, Uses: uses, LastAt: last}
	}
	inTx(t, st, func(tx *store.Tx) error {
		return errors.Join(
			tx.PutCredential(t.Context(), first),
			tx.AddSecretUses(t.Context(), use("send", 0, 1, 10)),
			tx.AddSecretUses(t.Context(), use("send", 0, 2, 30)),
			tx.AddSecretUses(t.Context(), use("send", 0, 1, 20)),
			tx.AddSecretUses(t.Context(), use("verify", 100, 5, 110)),
			tx.AddSecretUses(t.Context(), store.SecretUse{SecretID: "gone", Purpose: "send", Uses: 1}))
	})
	second := first
	second.Sealed, second.CreatedAt = []byte("two"), 6
	inTx(t, st, func(tx *store.Tx) error { return tx.PutCredential(t.Context(), second) })
	got, err := st.Credential(t.Context(), "twilio", "auth_token")
	if err != nil || !bytes.Equal(got.Sealed, second.Sealed) || got.CreatedAt != 6 || got.ID != "s1" {
		t.Errorf("got %+v, %v", got, err)
	}
	states, err := st.CredentialStates(t.Context(), "twilio")
	if err != nil || len(states) != 1 || states[0] != (store.CredentialState{ID: "s1", Provider: "twilio", Name: "auth_token", Last4: "d015", CreatedAt: 6, Uses: 9, LastUsedAt: 110}) {
		t.Errorf("shown: %+v, %v", states, err)
	}
	uses, err := st.SecretUses(t.Context(), "s1", 10)
	if err != nil || len(uses) != 2 || uses[0] != use("verify", 100, 5, 110) || uses[1] != use("send", 0, 4, 30) {
		t.Errorf("uses: %+v, %v", uses, err)
	}
}

func TestDeletedCredentialsLeaveNothing(t *testing.T) {
	st := storetest.New(t)
	inTx(t, st, func(tx *store.Tx) error {
		return errors.Join(
			tx.PutCredential(t.Context(), store.Credential{ID: "s1", Provider: "twilio", Name: "a", Sealed: []byte("x")}),
			tx.PutCredential(t.Context(), store.Credential{ID: "s2", Provider: "other", Name: "a", Sealed: []byte("y")}),
			tx.AddSecretUses(t.Context(), store.SecretUse{SecretID: "s1", Purpose: "send", Uses: 1}))
	})
	inTx(t, st, func(tx *store.Tx) error {
		n, err := tx.DeleteCredentials(t.Context(), "twilio")
		if n != 1 {
			t.Errorf("deleted %d", n)
		}
		return err
	})
	if _, err := st.Credential(t.Context(), "twilio", "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("still there: %v", err)
	}
	if uses, err := st.SecretUses(t.Context(), "s1", 10); err != nil || len(uses) != 0 {
		t.Errorf("uses are still there: %+v, %v", uses, err)
	}
	if _, err := st.Credential(t.Context(), "other", "a"); err != nil {
		t.Errorf("another provider's is gone: %v", err)
	}
}
