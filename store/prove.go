package store

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Proof says where needles stand. Hits are traces; Shared is what stands in the
// rows of living people too, so that it says nothing of the erased one.
type Proof struct {
	Needles    int
	Hits       int64
	Shared     int64
	Stores     []ProofStore
	Unprovable []int    // needles too short to be looked for byte by byte
	Unread     []string // files that could not be read
	Readers    bool     // a long reader kept old pages in the write-ahead log
}

// ProofStore is one place that was looked through.
type ProofStore struct {
	Store  string `json:"store"`
	Hits   int64  `json:"hits"`
	Shared int64  `json:"shared"`
}

// finding counts, for one place, how often each pattern or term stands there.
type finding struct {
	store  string
	counts []int64
}

// Prove looks for needles in the database file, its write-ahead log, its
// full-text vocabulary and every other file below dir but encrypted backups.
func (s *Store) Prove(ctx context.Context, dir string, needles []Needle) (Proof, error) {
	proof := Proof{Needles: len(needles)}
	var patterns []pattern
	patterns, proof.Unprovable = patternsOf(needles)
	if err := s.Truncate(ctx); errors.Is(err, ErrReaders) {
		proof.Readers = true
	} else if err != nil {
		return proof, err
	}
	found, err := s.scanFiles(ctx, dir, newScanner(patterns), &proof)
	if err != nil {
		return proof, err
	}
	side, err := s.side(ctx)
	if err != nil {
		return proof, err
	}
	if side != nil {
		defer side.Close()
	}
	owned, err := s.owned(ctx, side, patterns, found)
	if err != nil {
		return proof, err
	}
	for _, f := range found {
		proof.add(f, func(i int) bool {
			return owned[i] && (needles[patterns[i].needle].Erased || !patterns[i].whole)
		})
	}
	return proof, s.proveVocabulary(ctx, side, needles, &proof)
}

// add puts the counts of one place on one side or the other.
func (p *Proof) add(f finding, shared func(i int) bool) {
	at := ProofStore{Store: f.store}
	for i, n := range f.counts {
		switch {
		case n == 0:
		case shared(i):
			at.Shared += n
		default:
			at.Hits += n
		}
	}
	p.Hits += at.Hits
	p.Shared += at.Shared
	p.Stores = append(p.Stores, at)
}

// scanFiles looks through every file below dir and through their names.
func (s *Store) scanFiles(ctx context.Context, dir string, scan *scanner, proof *Proof) ([]finding, error) {
	own, err := s.ownFiles(ctx)
	if err != nil {
		return nil, err
	}
	var out []finding
	look := func(name, path string, open func(string) (io.Reader, error)) error {
		f := finding{store: name, counts: make([]int64, len(scan.patterns))}
		r, err := open(path)
		if err == nil {
			err = scan.stream(r, f.counts)
		}
		switch {
		case errors.Is(err, fs.ErrNotExist): // went meanwhile
			return nil
		case err != nil:
			proof.Unread = append(proof.Unread, name)
			return nil //nolint:nilerr // the proof says that it is not whole
		}
		out = append(out, f)
		return ctx.Err()
	}
	for _, file := range own {
		if err := look(file.store, file.path, s.rawReader); err != nil {
			return nil, err
		}
	}
	names := finding{store: "file names", counts: make([]int64, len(scan.patterns))}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || isOwn(own, path) {
			return ignoreGone(err)
		}
		name, _ := filepath.Rel(dir, path)
		scan.bytes([]byte(name), names.counts)
		if !d.Type().IsRegular() || strings.HasSuffix(name, ".age") {
			return nil
		}
		return look(filepath.ToSlash(name), path, openWhole)
	})
	return append(out, names), err
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// ownFile is a file of the database itself.
type ownFile struct{ store, path string }

func isOwn(own []ownFile, path string) bool {
	there, err := os.Stat(path)
	if err != nil {
		return false
	}
	for _, file := range own {
		if info, err := os.Stat(file.path); err == nil && os.SameFile(info, there) {
			return true
		}
	}
	return false
}

// rawReader reads one of the database's own files without ever closing it.
func (s *Store) rawReader(path string) (io.Reader, error) {
	f, err := s.raw.get(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return io.NewSectionReader(f, 0, info.Size()), nil
}

// openWhole opens any other file and closes it at its end.
func openWhole(path string) (io.Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &closingReader{f}, nil
}

type closingReader struct{ f *os.File }

func (c *closingReader) Read(p []byte) (int, error) {
	n, err := c.f.Read(p)
	if err != nil {
		c.f.Close() // was only read
	}
	return n, err
}

// owned tells which of the patterns that were found stand in a row that belongs
// to a living person, to the business or to the schema itself.
func (s *Store) owned(ctx context.Context, side *sql.DB, patterns []pattern, found []finding) ([]bool, error) {
	owned := make([]bool, len(patterns))
	if side == nil {
		return owned, nil
	}
	var some []pattern
	var index []int
	for i, p := range patterns {
		for _, f := range found {
			if f.counts[i] > 0 {
				some, index = append(some, p), append(index, i)
				break
			}
		}
	}
	if len(some) == 0 {
		return owned, nil
	}
	scan := newScanner(some)
	counts := make([]int64, len(some))
	err := s.eachLivingCell(ctx, side, func(cell string) { scan.bytes([]byte(cell), counts) })
	for i, n := range counts {
		owned[index[i]] = n > 0
	}
	return owned, err
}
