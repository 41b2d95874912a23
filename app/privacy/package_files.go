package privacy

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"stead/app/blob"
	"stead/app/errs"
	"stead/store"
)

// packing is a package that is being written.
type packing struct {
	archive *zip.Writer
	made    time.Time
	sums    []fileSum
	missing []string // names of files that are not whole on the disk
}

type fileSum struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// step is one file of a package.
type step struct {
	name  string
	write func(io.Writer) error
}

func (p *packing) add(s step) error {
	entry, err := p.archive.CreateHeader(&zip.FileHeader{Name: s.name, Method: zip.Deflate, Modified: p.made})
	if err != nil {
		return err
	}
	sum := sha256.New()
	if err := s.write(io.MultiWriter(entry, sum)); err != nil {
		return err
	}
	p.sums = append(p.sums, fileSum{s.name, hex.EncodeToString(sum.Sum(nil))})
	return nil
}

// filesAbout are the files that go into a package: none without the vault, for
// a package that leaves them out would look whole.
func (s *Service) filesAbout(ctx context.Context, contactID string) ([]store.File, error) {
	files, err := s.Store.FilesAbout(ctx, contactID)
	if err != nil || len(files) == 0 || s.Blobs == nil {
		return nil, err
	}
	return files, s.unlocked()
}

// writeFiles adds the person's files as they were put. One that is missing or
// was altered on the disk is named, and holds up none of the others.
func (p *Package) writeFiles(ctx context.Context, out *packing) error {
	for i, f := range p.files {
		name := fmt.Sprintf("files/%d-%s", i+1, f.Name)
		in, err := p.s.Blobs.Open(ctx, f)
		if err == nil {
			err = errors.Join(out.add(step{name, func(w io.Writer) error { _, err := io.Copy(w, in); return err }}), in.Close())
		}
		switch {
		case errors.Is(err, blob.ErrDamaged), errs.KindOf(err) == errs.NotFound:
			out.missing = append(out.missing, name)
		case err != nil:
			return err
		}
	}
	return nil
}
