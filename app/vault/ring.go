package vault

import (
	"bytes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"stead/store"
)

const (
	keySize = 32
	idSize  = 4
	nonceAt = 1 + idSize
	textAt  = nonceAt + chacha20poly1305.NonceSizeX
	version = 0x01
)

// ErrUnseal says that a ciphertext does not open: it was altered, cut, moved to
// another row, or sealed for another purpose.
var ErrUnseal = errors.New("vault: the ciphertext does not open here")

// A dataKey serves one purpose. Its id stands in each of its ciphertexts.
type dataKey struct {
	id      string // four bytes in hex
	purpose string
	secret  []byte
	aead    cipher.AEAD
}

// A ring is a vault that is open.
type ring struct {
	key   *Key
	write map[string]*dataKey // by purpose: the newest
	byID  map[string]*dataKey
}

// newDataKey makes a data key and its row.
func newDataKey(key *Key, purpose string, at int64) (store.VaultKey, error) {
	id := make([]byte, idSize)
	secret := make([]byte, keySize)
	_, _ = rand.Read(id) // never fails
	_, _ = rand.Read(secret)
	defer wipe(secret)
	row := store.VaultKey{ID: hex.EncodeToString(id), Purpose: purpose, Version: 1, CreatedAt: at}
	var sealed bytes.Buffer
	w, err := key.Encrypt(&sealed)
	if err != nil {
		return row, err
	}
	_, err = w.Write(append(label(row), secret...))
	err = errors.Join(err, w.Close())
	row.Sealed = sealed.Bytes()
	return row, err
}

// label binds a data key to its row: age has no associated data.
func label(row store.VaultKey) []byte {
	return fmt.Appendf(nil, "stead1|%s|%s|%d\n", row.ID, row.Purpose, row.Version)
}

// openRing opens every data key. One that does not open is an errKeyWrong, one
// that is not there an errKeyIncomplete.
func openRing(key *Key, rows []store.VaultKey) (*ring, error) {
	r := &ring{key: key, write: map[string]*dataKey{}, byID: map[string]*dataKey{}}
	for _, row := range rows {
		k, err := openDataKey(key, row)
		if err != nil {
			r.wipe()
			return nil, err
		}
		r.byID[k.id] = k
		if row.RetiredAt == 0 {
			r.write[k.purpose] = k // rows come oldest version first
		}
	}
	for _, purpose := range purposes {
		if r.write[purpose] == nil {
			r.wipe()
			return nil, fmt.Errorf("%w: %s", errKeyIncomplete, purpose)
		}
	}
	return r, nil
}

func openDataKey(key *Key, row store.VaultKey) (*dataKey, error) {
	opened, err := key.Decrypt(bytes.NewReader(row.Sealed))
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(io.LimitReader(opened, 1024))
	if err != nil {
		return nil, errKeyWrong
	}
	defer wipe(plain)
	secret, ok := bytes.CutPrefix(plain, label(row))
	if !ok || len(secret) != keySize {
		return nil, errKeyWrong
	}
	secret = bytes.Clone(secret)
	aead, err := chacha20poly1305.NewX(secret)
	return &dataKey{id: row.ID, purpose: row.Purpose, secret: secret, aead: aead}, err
}

// seal encrypts: version, key id, nonce, ciphertext and tag.
func (r *ring) seal(purpose, aad string, plain []byte) ([]byte, error) {
	k := r.write[purpose]
	id, err := hex.DecodeString(k.id)
	if err != nil {
		return nil, err
	}
	out := make([]byte, textAt, textAt+len(plain)+chacha20poly1305.Overhead)
	out[0] = version
	copy(out[1:], id)
	_, _ = rand.Read(out[nonceAt:textAt]) // never fails
	return k.aead.Seal(out, out[nonceAt:textAt], plain, bind(purpose, aad)), nil
}

// unseal is the reverse of seal for the same purpose and row, or ErrUnseal.
func (r *ring) unseal(purpose, aad string, sealed []byte) ([]byte, error) {
	if len(sealed) < textAt+chacha20poly1305.Overhead || sealed[0] != version {
		return nil, ErrUnseal
	}
	k := r.byID[hex.EncodeToString(sealed[1:nonceAt])]
	if k == nil || k.purpose != purpose {
		return nil, ErrUnseal
	}
	plain, err := k.aead.Open(nil, sealed[nonceAt:textAt], sealed[textAt:], bind(purpose, aad))
	if err != nil {
		return nil, ErrUnseal
	}
	return plain, nil
}

func bind(purpose, aad string) []byte { return []byte("stead1|" + purpose + "|" + aad) }

func (r *ring) public() ed25519.PublicKey {
	return r.signer().Public().(ed25519.PublicKey)
}

func (r *ring) signer() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(r.write[AuditSign].secret)
}

// wipe clears the keys that are ours to clear.
func (r *ring) wipe() {
	if r == nil {
		return
	}
	for _, k := range r.byID {
		wipe(k.secret)
	}
}

func wipe(b []byte) { clear(b) }
