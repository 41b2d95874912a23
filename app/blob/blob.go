// Package blob keeps the contents of files in the data folder: each as an age
// stream to an identity of its own, which stands sealed in the file's row, so
// that with the row the file is gone. What a file is about, and who may have it,
// is not known here; nothing is ever opened to be shown, and no name that
// somebody gave a file becomes the name of one on the disk.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"filippo.io/age"

	"stead/app/errs"
	"stead/app/vault"
	"stead/store"
)

// Folder is where the files lie, below the data folder.
const Folder = "files"

// The most that may be put, by purpose. An export has no such limit: its end is
// that of the disk.
const (
	MaxAttachment = 50 << 20
	MaxImport     = 1 << 30
)

var limits = map[string]int64{store.FileAttachment: MaxAttachment, store.FileImport: MaxImport}

// ErrDamaged says that a file is not what was put: it was altered, cut, or
// changed places with another.
var ErrDamaged = errors.New("blob: the file was altered or cut off")

// Sealer seals the identities of files; it is the vault.
type Sealer interface {
	Seal(purpose, aad string, plain []byte) ([]byte, error)
	Unseal(purpose, aad string, sealed []byte) ([]byte, error)
	TryHash(purpose string, parts ...string) (string, error)
}

// Deps are what the files need.
type Deps struct {
	Store *store.Store
	Vault Sealer
	Dir   string // the data folder
	Now   func() time.Time
	Log   *slog.Logger
}

// Files are the files of an instance.
type Files struct{ Deps }

// New returns the files, and has them follow their rows.
func New(d Deps) *Files {
	b := &Files{d}
	d.Store.OnFilesGone(b.remove)
	return b
}

func (b *Files) folder() string { return filepath.Join(b.Dir, Folder) }

// path is where a file lies. Ids are made by us; one that is not is no file.
func (b *Files) path(id string) (string, error) {
	if id == "" || id[0] == '.' || filepath.Base(id) != id {
		return "", fmt.Errorf("blob: %w", store.ErrNotFound)
	}
	return filepath.Join(b.folder(), id), nil
}

func place(id string) string { return "files|" + id + "|sealed_key" }

// Put writes what r holds, durably, under f.ID, and returns the row that the
// caller then inserts: with size, content type, hash and sealed key filled in,
// and a name that is fit to be shown. It is errs.Invalid when the file is too
// large for its purpose or of a type that is refused, and vault.ErrLocked while
// the vault is locked. Whatever fails, nothing of it stays.
func (b *Files) Put(ctx context.Context, r io.Reader, f store.File) (store.File, error) {
	path, err := b.path(f.ID)
	if err != nil {
		return f, err
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return f, err
	}
	f.SealedKey, err = b.Vault.Seal(vault.Files, place(f.ID), []byte(identity.String()))
	if err != nil {
		return f, err
	}
	if err := os.MkdirAll(b.folder(), 0o700); err != nil {
		return f, full(err)
	}
	f.Name = CleanName(f.Name)
	in := &meter{r: r, ctx: ctx, limit: limits[f.Purpose], sum: sha256.New()}
	if f.ContentType, err = in.sniff(f); err != nil {
		return f, err
	}
	err = store.ReplaceFile(path, func(out *os.File) error {
		sealed, err := age.Encrypt(out, identity.Recipient())
		if err != nil {
			return err
		}
		if _, err := io.Copy(sealed, in); err != nil {
			return err
		}
		if err := sealed.Close(); err != nil {
			return err
		}
		return os.Chtimes(out.Name(), b.Now(), b.Now()) // what the tidying goes by
	})
	if err != nil {
		return f, full(err)
	}
	f.Size = in.n
	f.SHA256, err = b.Vault.TryHash("file", hex.EncodeToString(in.sum.Sum(nil)))
	return f, err
}

// full names a disk that is full.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("blob: %w: %w", store.ErrFull, err)
	}
	return err
}

// Open returns what is in a file, as a stream. One that was altered, cut or put
// in the place of another ends in ErrDamaged before its end: nothing may be
// taken for whole before io.EOF. A file that is not on the disk is errs.NotFound
// with code "file_missing".
func (b *Files) Open(_ context.Context, f store.File) (io.ReadCloser, error) {
	lies, identity, err := b.lies(f)
	if err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(lies, identity)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrDamaged, err), lies.Close())
	}
	return &reader{plain: plain, lies: lies, left: f.Size}, nil
}

// At is a file that is read here and there.
type At struct {
	io.ReaderAt
	io.Closer
	Size int64
}

// OpenAt is Open for a reader that goes to and fro, as that of a ZIP file does.
// Each part that is read is known to be as it was put; what was cut off is
// noticed at once.
func (b *Files) OpenAt(_ context.Context, f store.File) (*At, error) {
	lies, identity, err := b.lies(f)
	if err != nil {
		return nil, err
	}
	info, err := lies.Stat()
	if err != nil {
		return nil, errors.Join(err, lies.Close())
	}
	plain, size, err := age.DecryptReaderAt(lies, info.Size(), identity)
	if err == nil && size != f.Size {
		err = errors.New("another size")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrDamaged, err), lies.Close())
	}
	return &At{plain, lies, size}, nil
}

// lies opens a file as it lies on the disk, and what decrypts it.
func (b *Files) lies(f store.File) (*os.File, *age.X25519Identity, error) {
	path, err := b.path(f.ID)
	if err != nil {
		return nil, nil, err
	}
	text, err := b.Vault.Unseal(vault.Files, place(f.ID), f.SealedKey)
	if errors.Is(err, vault.ErrUnseal) {
		return nil, nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err != nil {
		return nil, nil, err
	}
	identity, err := age.ParseX25519Identity(string(text))
	clear(text)
	if err != nil {
		return nil, nil, ErrDamaged // the parser's own words repeat parts of the key
	}
	lies, err := os.Open(path) //nolint:gosec // named by an id of ours
	if errors.Is(err, fs.ErrNotExist) {
		err = &errs.Error{Kind: errs.NotFound, Code: "file_missing", Message: "This file is missing from the data folder. A backup may have it.", Err: err}
	}
	return lies, identity, err
}

// reader is a file on its way out. It tells a file that ended from one that was
// cut.
type reader struct {
	plain io.Reader
	lies  *os.File
	left  int64
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.plain.Read(p)
	r.left -= int64(n)
	switch {
	case r.left < 0:
		return 0, ErrDamaged
	case errors.Is(err, io.EOF) && r.left > 0:
		return n, ErrDamaged
	case err != nil && !errors.Is(err, io.EOF):
		return n, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return n, err
}

func (r *reader) Close() error { return r.lies.Close() }

// meter counts and sums what passes, ends with its context, and stops what is
// too large.
type meter struct {
	r     io.Reader
	ctx   context.Context //nolint:containedctx // a reader has no other way to it
	n     int64
	limit int64
	sum   hash.Hash
}

func (m *meter) Read(p []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := m.r.Read(p)
	m.n += int64(n)
	m.sum.Write(p[:n])
	if m.limit > 0 && m.n > m.limit {
		return 0, tooLarge(m.limit)
	}
	return n, err
}

func tooLarge(limit int64) error {
	text := fmt.Sprintf("This file is too large: %d MB is the most.", limit>>20)
	return &errs.Error{Kind: errs.Invalid, Code: "file_too_large", Message: text, Fields: map[string]string{"file": text}}
}
