package vault

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"stead/app/errs"
	"stead/app/ids"
	"stead/store"
)

// PurposeVerify is the use of a secret to check a callback. It happens often,
// so it is counted in memory and written within five seconds; every other use
// is written before the secret is opened.
const PurposeVerify = "verify"

// Secret is a value that prints as nothing, however it is printed.
type Secret []byte

const hidden = "[secret]"

// String hides the value.
func (Secret) String() string { return hidden }

// GoString hides the value.
func (Secret) GoString() string { return hidden }

// Format hides the value from every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// MarshalText hides the value, in JSON too.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue hides the value.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

const maxSecret = 8 << 10

// PutSecret seals a provider's secret, in place of an earlier one of the same
// name. It can be used from the commit on and never be read back. The value is
// the caller's to wipe.
func (v *Vault) PutSecret(ctx context.Context, tx *store.Tx, provider, name string, value Secret) error {
	if len(value) == 0 || len(value) > maxSecret {
		return &errs.Error{Kind: errs.Invalid, Code: "secret_size", Message: "Paste the whole secret, and nothing else."}
	}
	c := store.Credential{ID: ids.New(), Provider: provider, Name: name, Last4: last4(value), CreatedAt: v.now().UnixMilli()}
	old, err := tx.Credential(ctx, provider, name)
	switch {
	case err == nil:
		c.ID = old.ID
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	if c.Sealed, err = v.seal(Creds, place(c), value); err != nil {
		return err
	}
	tx.AfterCommit(func() { v.creds.forget() })
	return tx.PutCredential(ctx, c)
}

// DropSecrets destroys all secrets of a provider. From the commit on none of
// them can be used.
func (v *Vault) DropSecrets(ctx context.Context, tx *store.Tx, provider string) error {
	tx.AfterCommit(func() { v.creds.forget() })
	_, err := tx.DeleteCredentials(ctx, provider)
	return err
}

// Use opens a secret for one call of use, after the use was recorded, and wipes
// it. It returns what use returns; ErrLocked while the vault is locked;
// errs.NotFound with code "no_secret" when there is none. It must not be called
// in a transaction.
func (v *Vault) Use(ctx context.Context, provider, name, purpose string, use func(secret []byte) error) error {
	if v.Locked() {
		return ErrLocked
	}
	c, err := v.creds.get(ctx, v.store, provider, name)
	if errors.Is(err, store.ErrNotFound) {
		return &errs.Error{Kind: errs.NotFound, Code: "no_secret", Message: "There are no credentials for this provider. Connect it in the settings."}
	}
	if err != nil {
		return err
	}
	if err := v.record(ctx, c.ID, purpose); err != nil {
		return err
	}
	secret, err := v.unseal(Creds, place(c), c.Sealed)
	if err != nil {
		return err
	}
	defer wipe(secret)
	return use(secret)
}

func (v *Vault) record(ctx context.Context, secretID, purpose string) error {
	at := v.now().UnixMilli()
	u := store.SecretUse{SecretID: secretID, Purpose: purpose, HourAt: at - at%3_600_000, Uses: 1, LastAt: at}
	if purpose == PurposeVerify {
		v.uses.add(u) // written after this request is over
		return nil
	}
	return v.store.InTx(ctx, func(tx *store.Tx) error { return tx.AddSecretUses(ctx, u) })
}

// place binds a secret to its row and to whom and what it is for.
func place(c store.Credential) string {
	return fmt.Sprintf("secrets|%s %q %q|sealed", c.ID, c.Provider, c.Name)
}

// last4 is what an owner tells a secret by; too much of a short one.
func last4(value []byte) string {
	if len(value) < 16 {
		return ""
	}
	end := value[len(value)-4:]
	for _, b := range end {
		if b <= ' ' || b > '~' {
			return ""
		}
	}
	return string(end)
}

// credentialCache keeps rows as they are stored, sealed: a burst of callbacks
// need not read the same row for each.
type credentialCache struct {
	mu    sync.Mutex
	epoch int
	known map[[2]string]store.Credential
}

func (c *credentialCache) get(ctx context.Context, st *store.Store, provider, name string) (store.Credential, error) {
	key := [2]string{provider, name}
	c.mu.Lock()
	found, ok := c.known[key]
	epoch := c.epoch
	c.mu.Unlock()
	if ok {
		return found, nil
	}
	row, err := st.Credential(ctx, provider, name)
	if err != nil {
		return row, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if epoch == c.epoch { // else it was changed while it was read
		if c.known == nil {
			c.known = map[[2]string]store.Credential{}
		}
		c.known[key] = row
	}
	return row, nil
}

func (c *credentialCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	c.known = nil
}
