package vault

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
)

// keyError is why a key file does not serve; it is also the code of the status.
type keyError string

func (e keyError) Error() string { return "vault: " + string(e) }

const (
	errKeyMode       keyError = "key_mode"
	errKeyMalformed  keyError = "key_malformed"
	errKeyWrong      keyError = "key_wrong"
	errKeyIncomplete keyError = "key_incomplete"
	errKeyUnwritable keyError = "key_unwritable"
)

// Key is a master identity: it opens data keys and backups.
type Key struct{ identity *age.HybridIdentity }

// ReadKey reads a key file. It refuses one that others than its owner may read,
// and one that does not hold exactly one key.
func ReadKey(path string) (*Key, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, errKeyMalformed
	case info.Mode().Perm()&0o077 != 0:
		return nil, errKeyMode
	}
	return parseKey(io.LimitReader(f, 64<<10))
}

func parseKey(r io.Reader) (*Key, error) {
	var key *Key
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		identity, err := age.ParseHybridIdentity(line)
		if err != nil || key != nil {
			return nil, errKeyMalformed // the parser's own words repeat parts of the key
		}
		key = &Key{identity}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, bufio.ErrTooLong) {
		return nil, err
	}
	if key == nil {
		return nil, errKeyMalformed
	}
	return key, nil
}

// createKey makes a key file of mode 0600, whole or not at all. One that is
// there already is never replaced: fs.ErrExist.
func createKey(path string) (*Key, error) {
	identity, err := age.GenerateHybridIdentity()
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	text := "# Key of a Stead instance. Keep a copy in a safe place that is not its data folder:\n" +
		"# without it, stored credentials and backups cannot be read by anyone.\n" + identity.String() + "\n"
	draft := filepath.Join(dir, ".stead-key-"+rand.Text())
	defer os.Remove(draft) // it is gone, or a second name
	if err := writeSynced(draft, text); err != nil {
		return nil, err
	}
	if err := publishFile(draft, path); err != nil {
		return nil, err
	}
	return &Key{identity}, syncDir(dir)
}

// publishFile gives a file its name, unless the name is taken.
func publishFile(draft, path string) error {
	err := os.Link(draft, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, taken := os.Lstat(path); taken == nil { // a file system without links
		return fs.ErrExist
	}
	return os.Rename(draft, path)
}

func writeSynced(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // beside the operator's file
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // the folder of the operator's file
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// keyFor returns the key of a new instance: the one that the file holds
// already, as when a set-up was cut off, or a new one.
func keyFor(path string) (*Key, error) {
	key, err := ReadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if key, err = createKey(path); err != nil {
		return nil, fmt.Errorf("%w: %w", errKeyUnwritable, err)
	}
	return key, nil
}

// Recipient is the public half, to which anyone can encrypt.
func (k *Key) Recipient() string { return k.identity.Recipient().String() }

// Encrypt returns a writer that encrypts to the key's public half. What is
// written is complete only after Close.
func (k *Key) Encrypt(w io.Writer) (io.WriteCloser, error) {
	return age.Encrypt(w, k.identity.Recipient())
}

// Decrypt returns a reader of what was encrypted to the key, or an error when
// it was encrypted to another. A part that was tampered with is an error when
// the reader comes to it: nothing may be acted upon before io.EOF.
func (k *Key) Decrypt(r io.Reader) (io.Reader, error) {
	plain, err := age.Decrypt(r, k.identity)
	if err != nil {
		if errors.As(err, new(*age.NoIdentityMatchError)) {
			return nil, errKeyWrong
		}
		return nil, fmt.Errorf("vault: not an encrypted file: %w", err)
	}
	return plain, nil
}

// encryptTo is Encrypt for a public half in its text.
func encryptTo(recipient string, w io.Writer) (io.WriteCloser, error) {
	r, err := age.ParseHybridRecipient(recipient)
	if err != nil {
		return nil, errors.New("vault: the recipient of backups is damaged")
	}
	return age.Encrypt(w, r)
}
