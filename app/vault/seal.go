package vault

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"

	"stead/app/errs"
	"stead/store"
)

// Create makes the key file and the data keys of a new instance and opens the
// vault. A key file that is there already is used, never replaced; where
// anything is sealed already it refuses with errs.Conflict, for new keys would
// make that unreadable for ever.
func (v *Vault) Create(ctx context.Context) error {
	if err := refuseCiphertext(ctx, &v.store.Reader); err != nil {
		return err
	}
	file := v.Status().KeyFile
	key, err := keyFor(file)
	if err != nil {
		return refusal(lockedBy(StateEmpty, codeOf(err), file))
	}
	at := v.now().UnixMilli()
	var rows []store.VaultKey
	for _, purpose := range purposes {
		row, err := newDataKey(key, purpose, at)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	r, err := openRing(key, rows)
	if err != nil {
		return err
	}
	err = v.store.InTx(ctx, func(tx *store.Tx) error {
		if err := refuseCiphertext(ctx, &tx.Reader); err != nil {
			return err
		}
		for _, row := range rows {
			if err := tx.InsertVaultKey(ctx, row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		r.wipe()
		return err
	}
	return v.opened(ctx, r, key, file)
}

func refuseCiphertext(ctx context.Context, r *store.Reader) error {
	found, err := r.HasCiphertext(ctx)
	if err == nil && found {
		return &errs.Error{Kind: errs.Conflict, Code: "keys_exist", Message: "This instance has its keys already. They are never made anew while something is sealed with them."}
	}
	return err
}

// errPurpose guards credentials: they are reached through Use alone.
var errPurpose = errors.New("vault: sealing is for fields and files")

// Seal encrypts a value for one place: aad is "table|row|column". It is
// ErrLocked while the vault is locked.
func (v *Vault) Seal(purpose, aad string, plain []byte) ([]byte, error) {
	if purpose != Fields && purpose != Files {
		return nil, errPurpose
	}
	return v.seal(purpose, aad, plain)
}

// Unseal decrypts what Seal made for the same purpose and place. It is
// ErrLocked while the vault is locked and ErrUnseal for anything else.
func (v *Vault) Unseal(purpose, aad string, sealed []byte) ([]byte, error) {
	if purpose != Fields && purpose != Files {
		return nil, errPurpose
	}
	return v.unseal(purpose, aad, sealed)
}

func (v *Vault) seal(purpose, aad string, plain []byte) ([]byte, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.ring == nil {
		return nil, ErrLocked
	}
	return v.ring.seal(purpose, aad, plain)
}

func (v *Vault) unseal(purpose, aad string, sealed []byte) ([]byte, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.ring == nil {
		return nil, ErrLocked
	}
	return v.ring.unseal(purpose, aad, sealed)
}

// Hash is the keyed hash of parts for a purpose, in hex: equal parts have equal
// hashes, and without the key nothing can be guessed from one. It panics with
// ErrLocked while the vault is locked, since a wrong hash would be stored; jobs
// and requests turn that panic into "locked". Where a locked vault is to be
// expected, use TryHash.
func (v *Vault) Hash(purpose string, parts ...string) string {
	hash, err := v.TryHash(purpose, parts...)
	if err != nil {
		panic(err)
	}
	return hash
}

// TryHash is Hash with ErrLocked as an error.
func (v *Vault) TryHash(purpose string, parts ...string) (string, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.ring == nil {
		return "", ErrLocked
	}
	mac := hmac.New(sha256.New, v.ring.write[IndexHMAC].secret)
	text := binary.BigEndian.AppendUint32(nil, uint32(len(purpose))) //nolint:gosec // a constant of the code
	mac.Write(append(text, purpose...))
	for _, part := range parts {
		text = binary.BigEndian.AppendUint64(text[:0], uint64(len(part)))
		mac.Write(append(text, part...))
	}
	return hex.EncodeToString(mac.Sum(nil)), nil
}

// Sign signs a message with the key of the audit.
func (v *Vault) Sign(message []byte) ([]byte, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.ring == nil {
		return nil, ErrLocked
	}
	return ed25519.Sign(v.ring.signer(), message), nil
}

// Verify tells whether Sign made the signature. A locked vault can tell too.
func (v *Vault) Verify(message, signature []byte) bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return len(v.signer) == ed25519.PublicKeySize && ed25519.Verify(v.signer, message, signature)
}

// Recipient is the public half of the master identity, or empty before set-up.
func (v *Vault) Recipient() string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.recipient
}

// EncryptTo returns a writer that encrypts to the master identity, also while
// the vault is locked. What is written is complete only after Close.
func (v *Vault) EncryptTo(w io.Writer) (io.WriteCloser, error) {
	recipient := v.Recipient()
	if recipient == "" {
		return nil, refusal(v.Status())
	}
	return encryptTo(recipient, w)
}

// DecryptFrom returns a reader of what EncryptTo wrote. Nothing may be acted
// upon before it came to io.EOF without another error.
func (v *Vault) DecryptFrom(r io.Reader) (io.Reader, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.ring == nil {
		return nil, ErrLocked
	}
	return v.ring.key.Decrypt(r)
}
