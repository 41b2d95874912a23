// Package vault keeps what must not be readable in the database: providers'
// credentials, sealed payloads, keyed hashes, the signature of the audit.
//
// A key file outside the data folder holds the master identity M (age). M opens
// the data keys in vault_keys, one for each purpose; a data key seals with
// XChaCha20-Poly1305 and binds the ciphertext to its row. Without the key file
// the vault is locked: everything that needs a key says so, nothing is lost.
//
// No secret leaves this package but as the argument of the function that uses
// it, and none is ever in an error, a log or a string.
package vault

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"sync"
	"time"

	"stead/app/errs"
	"stead/store"
)

// The purposes of data keys.
const (
	Creds     = "creds"      // credentials of providers
	Fields    = "fields"     // single columns, sealed payloads
	Files     = "files"      // keys of attachments
	IndexHMAC = "index-hmac" // keyed hashes
	AuditSign = "audit-sign" // signature of the audit's checkpoints
)

var purposes = []string{Creds, Fields, Files, IndexHMAC, AuditSign}

// Settings in which the public halves stand, so that a locked vault can write
// backups and check signatures.
const (
	settingRecipient = "vault.recipient"
	settingSigner    = "vault.signer"
)

// ErrLocked is the answer of a locked vault.
var ErrLocked = &errs.Error{Kind: errs.Unavailable, Code: "locked", Message: "The vault is locked. Unlock it with its key file; nothing is lost until then."}

// State is what the vault can do at the moment.
type State string

// The states.
const (
	StateEmpty  State = "empty"  // no keys yet: set-up makes them
	StateLocked State = "locked" // there are keys, and none of them is open
	StateOpen   State = "open"
)

// Status says how the vault stands, for people.
type Status struct {
	State   State
	Code    string // of why it is locked: key_missing, key_mode, key_malformed, key_wrong and so on
	Message string // a sentence; empty when open
	KeyFile string // where the key is looked for; for the operator only
}

// Vault is safe for use by many goroutines.
type Vault struct {
	store *store.Store
	now   func() time.Time
	uses  *useLog
	creds credentialCache

	mu        sync.RWMutex
	ring      *ring // nil while locked
	status    Status
	recipient string // age1pq1…: outlives a lock
	signer    []byte // public
	onUnlock  []func()
}

// Open returns the vault of a store, opened with the key file if it can be. A
// key that is missing or wrong is no error: the vault is then locked. An error
// means that the store could not be read.
func Open(ctx context.Context, st *store.Store, keyFile string, now func() time.Time) (*Vault, error) {
	v := &Vault{store: st, now: now, status: Status{KeyFile: keyFile}}
	v.uses = newUseLog(st, flushWithin)
	if err := v.readPublic(ctx); err != nil {
		return nil, err
	}
	err := v.Unlock(ctx, keyFile)
	if err != nil && !errors.As(err, new(*errs.Error)) {
		return nil, err
	}
	return v, nil
}

func (v *Vault) readPublic(ctx context.Context) error {
	var signer string
	if _, err := v.store.Setting(ctx, settingRecipient, &v.recipient); err != nil {
		return err
	}
	if _, err := v.store.Setting(ctx, settingSigner, &signer); err != nil {
		return err
	}
	v.signer, _ = hex.DecodeString(signer) // a damaged one verifies nothing
	return nil
}

// Unlock opens the data keys with a key file; empty means the one that the
// vault was opened with. It returns an *errs.Error of kind Unavailable that
// says why the vault stays locked, or a fault of the store. Functions given to
// OnUnlock run before it returns.
func (v *Vault) Unlock(ctx context.Context, keyFile string) error {
	if keyFile == "" {
		keyFile = v.Status().KeyFile
	}
	rows, err := v.store.VaultKeys(ctx)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		v.set(nil, lockedBy(StateEmpty, "key_none", keyFile))
		return refusal(v.Status())
	}
	key, err := ReadKey(keyFile)
	if err != nil {
		return v.refuse(keyFile, err)
	}
	ring, err := openRing(key, rows)
	if err != nil {
		return v.refuse(keyFile, err)
	}
	return v.opened(ctx, ring, key, keyFile)
}

// refuse notes why the key does not open the vault. A vault that is open stays so.
func (v *Vault) refuse(keyFile string, err error) error {
	status := lockedBy(StateLocked, codeOf(err), keyFile)
	if v.Locked() {
		v.set(nil, status)
	}
	return refusal(status)
}

func (v *Vault) opened(ctx context.Context, r *ring, key *Key, keyFile string) error {
	v.set(r, Status{State: StateOpen, KeyFile: keyFile})
	err := v.publish(ctx, key.Recipient(), hex.EncodeToString(r.public()))
	v.mu.RLock()
	hooks := v.onUnlock
	v.mu.RUnlock()
	for _, hook := range hooks {
		hook()
	}
	return err
}

// publish puts the public halves where a locked vault finds them, if they are
// not there yet: what the key says outweighs what the database says.
func (v *Vault) publish(ctx context.Context, recipient, signer string) error {
	v.mu.Lock()
	same := v.recipient == recipient && hex.EncodeToString(v.signer) == signer
	v.recipient = recipient
	v.signer, _ = hex.DecodeString(signer)
	v.mu.Unlock()
	if same {
		return nil
	}
	at := v.now().UnixMilli()
	return v.store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.SetSetting(ctx, settingRecipient, recipient, at); err != nil {
			return err
		}
		return tx.SetSetting(ctx, settingSigner, signer, at)
	})
}

func (v *Vault) set(r *ring, status Status) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ring.wipe()
	v.ring, v.status = r, status
}

// OnUnlock has fn called each time the vault is opened: to catch up.
func (v *Vault) OnUnlock(fn func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.onUnlock = append(v.onUnlock, fn)
}

// Locked tells whether the vault has no key at hand, be it locked or empty.
func (v *Vault) Locked() bool { return v.Status().State != StateOpen }

// Status says how the vault stands.
func (v *Vault) Status() Status {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.status
}

// Lock forgets the keys until Unlock.
func (v *Vault) Lock() {
	status := lockedBy(StateLocked, "key_withdrawn", v.Status().KeyFile)
	v.set(nil, status)
}

// Close writes the uses that are still to be counted and forgets the keys.
func (v *Vault) Close(ctx context.Context) error {
	err := v.uses.close(ctx)
	v.Lock()
	return err
}

func codeOf(err error) string {
	if e := (keyError)(""); errors.As(err, &e) {
		return string(e)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "key_missing"
	}
	return "key_unreadable"
}

var sentences = map[string]string{
	"key_none":       "Stead is not set up yet: the set-up makes the key file.",
	"key_missing":    "The vault is locked: its key file is not there. Put it back, or say where it is with STEAD_KEY_FILE, then unlock.",
	"key_mode":       "The vault is locked: its key file can be read by others. Set its mode to 0600, then unlock.",
	"key_malformed":  "The vault is locked: its key file does not hold a key. Put the right file back, then unlock.",
	"key_wrong":      "The vault is locked: the key file belongs to another instance. Put the right file back, then unlock.",
	"key_unreadable": "The vault is locked: its key file cannot be read. Look at its owner and mode, then unlock.",
	"key_incomplete": "The vault is locked: one of its data keys is missing from the database. Restore a backup.",
	"key_unwritable": "The key file cannot be written. Say with STEAD_KEY_FILE where it may stand.",
	"key_withdrawn":  "The vault was locked. Unlock it with its key file.",
}

func lockedBy(state State, code, keyFile string) Status {
	return Status{State: state, Code: code, Message: sentences[code], KeyFile: keyFile}
}

func refusal(s Status) error {
	return &errs.Error{Kind: errs.Unavailable, Code: s.Code, Message: s.Message, Err: ErrLocked}
}
