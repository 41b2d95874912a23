package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"stead/app/blob"
	"stead/app/errs"
	"stead/store"
)

// An archive is a tar of the database, the erasure ledger, the files that have a
// row in that database and, as its last entry, the manifest: one that was cut
// off has none.
const (
	databaseName = "stead.db"
	manifestName = "manifest.json"
	filesFolder  = blob.Folder
	formatOf     = 1
	maxManifest  = 64 << 20 // some 400,000 files
)

// Manifest says what a backup holds. It has no names and no texts.
type Manifest struct {
	Format  int              `json:"format"`
	Version string           `json:"version"`
	MadeAt  string           `json:"made_at"`
	Files   []FileSum        `json:"files"`
	Counts  map[string]int64 `json:"counts"`            // rows by table
	Ledger  int              `json:"ledger"`            // entries
	Missing int              `json:"missing,omitempty"` // rows of files that had no file any more
}

// FileSum is one file of a backup.
type FileSum struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// packer writes an archive and remembers what it wrote.
type packer struct {
	tar   *tar.Writer
	files []FileSum
	at    time.Time
}

func (p *packer) add(name string, size int64, write func(io.Writer) error) error {
	if err := p.tar.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: p.at, Format: tar.FormatPAX}); err != nil {
		return err
	}
	sum := sha256.New()
	if err := write(io.MultiWriter(p.tar, sum)); err != nil {
		return err
	}
	p.files = append(p.files, FileSum{name, size, hex.EncodeToString(sum.Sum(nil))})
	return nil
}

func (p *packer) addText(name string, text []byte) error {
	return p.add(name, int64(len(text)), func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

func (p *packer) addFile(path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return p.add(name, info.Size(), func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
}

// house writes a whole archive: the database, the ledger, the files in dir and
// the manifest, which says of them what m does not.
func (p *packer) house(ctx context.Context, snap *store.Snapshot, ledger []byte, dir string, m Manifest) error {
	counts, err := snap.Counts(ctx)
	if err != nil {
		return err
	}
	ids, err := snap.Files(ctx)
	if err != nil {
		return err
	}
	err = p.add(databaseName, snap.Size(), func(w io.Writer) error {
		_, err := snap.WriteTo(w)
		return err
	})
	if err != nil {
		return err
	}
	if err := p.addText(store.LedgerFile, ledger); err != nil {
		return err
	}
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := p.addFile(filepath.Join(dir, filesFolder, id), filesFolder+"/"+id)
		if errors.Is(err, fs.ErrNotExist) { // deleted since the moment of the snapshot
			m.Missing++
			continue
		}
		if err != nil {
			return err
		}
	}
	m.MadeAt, m.Counts = p.at.Format(time.RFC3339), counts
	return p.finish(m)
}

// finish writes the manifest and the end of the archive.
func (p *packer) finish(m Manifest) error {
	m.Format, m.Files = formatOf, p.files
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return errors.Join(p.addText(manifestName, text), p.tar.Close())
}

var errNotABackup = &errs.Error{Kind: errs.Invalid, Code: "not_a_backup", Message: "This is not a whole backup: it was cut off or changed. Nothing was done."}

func damaged(err error) error {
	return &errs.Error{Kind: errs.Invalid, Code: "not_a_backup", Message: errNotABackup.Message, Err: err}
}

// unpack writes the files of an archive into an empty folder and checks them
// against the manifest. Nothing in the folder may be used when it fails.
func unpack(r io.Reader, dir string) (Manifest, error) {
	var m Manifest
	seen := []FileSum{}
	archive := tar.NewReader(r)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return m, damaged(err)
		}
		if m.Format != 0 || header.Typeflag != tar.TypeReg {
			return m, damaged(fmt.Errorf("%q behind the manifest or no file", header.Name))
		}
		switch name := header.Name; {
		case name == manifestName:
			if err := json.NewDecoder(io.LimitReader(archive, maxManifest)).Decode(&m); err != nil {
				return m, damaged(err)
			}
		case name == databaseName, name == store.LedgerFile, isFile(name):
			sum, err := unpackFile(archive, filepath.Join(dir, filepath.FromSlash(name)))
			if err != nil {
				return m, err
			}
			seen = append(seen, FileSum{name, header.Size, sum})
		default:
			return m, damaged(fmt.Errorf("unknown file %q", header.Name))
		}
	}
	// What is encrypted is verified to its last byte only when it was read to its end.
	if _, err := io.Copy(io.Discard, r); err != nil {
		return m, damaged(err)
	}
	if m.Format != formatOf || len(seen) < 2 || seen[0].Name != databaseName || seen[1].Name != store.LedgerFile || !slices.Equal(m.Files, seen) {
		return m, damaged(errors.New("the manifest does not fit"))
	}
	return m, nil
}

// isFile tells the name of a file in an archive: "files/" and one that stays there.
func isFile(name string) bool {
	id, ok := strings.CutPrefix(name, filesFolder+"/")
	return ok && id != "" && id[0] != '.' && !strings.ContainsAny(id, `/\`) && filepath.IsLocal(id)
}

func unpackFile(r io.Reader, path string) (sum string, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) { // one name twice
		return "", damaged(err)
	}
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(&markedWriter{f: f, also: h}, r)
	var local *localError
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil && !errors.As(err, &local) {
		return "", damaged(err)
	}
	return hex.EncodeToString(h.Sum(nil)), err
}

// markedWriter tells a full disk of ours from a damaged backup.
type markedWriter struct {
	f    *os.File
	also io.Writer
}

type localError struct{ error }

func (e *localError) Unwrap() error { return e.error }

func (m *markedWriter) Write(p []byte) (int, error) {
	n, err := m.f.Write(p)
	if err != nil {
		return n, &localError{err}
	}
	return m.also.Write(p)
}
