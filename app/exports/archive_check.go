package exports

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"stead/app/errs"
	"stead/store"
)

// The most that an archive may be when it is read: what is in it is known before
// anything of it is unpacked, and checked while it is.
const (
	maxUnpacked = 256 << 30
	maxRatio    = 200      // unpacked to packed: texts reach forty
	spareRatio  = 64 << 20 // that a small archive may have besides
	maxManifest = 64 << 20
	maxRow      = 16 << 20
)

// notArchive is the refusal of a file that is no archive of ours, or not as it
// was made. Nothing of it was kept.
func notArchive(cause string, args ...any) error {
	return &errs.Error{
		Kind: errs.Invalid, Code: "not_an_archive",
		Message: "This is not a whole archive of Stead: it was cut off, changed, or made by another program. Nothing was read.",
		Fields:  map[string]string{"file": "Choose an archive that Stead made."}, Err: fmt.Errorf(cause, args...),
	}
}

// opened is an archive whose table of contents was read and fits.
type opened struct {
	manifest manifest
	files    []*zip.File // as in the manifest
	tables   map[string]store.ArchiveTable
	places   map[string]int // of entries, by name
}

// openArchive reads the table of contents: every entry is one that an archive
// has, none twice, none larger than it may be.
func openArchive(in io.ReaderAt, size int64, tables []store.ArchiveTable) (*opened, error) {
	z, err := zip.NewReader(in, size)
	if err != nil {
		return nil, notArchive("no zip: %w", err)
	}
	o := &opened{tables: map[string]store.ArchiveTable{}, places: map[string]int{}}
	for _, t := range tables {
		o.tables[t.Name] = t
	}
	if len(z.File) == 0 || z.File[len(z.File)-1].Name != manifestName {
		return nil, notArchive("no manifest")
	}
	o.files = z.File[:len(z.File)-1]
	if err := o.readManifest(z.File[len(z.File)-1]); err != nil {
		return nil, err
	}
	if len(o.manifest.Entries) != len(o.files) {
		return nil, notArchive("%d entries, the manifest names %d", len(o.files), len(o.manifest.Entries))
	}
	var total uint64
	for i, f := range o.files {
		said := o.manifest.Entries[i]
		switch {
		case f.Name != said.Name || o.entry(f.Name) >= 0 || !o.known(f.Name) || !f.Mode().IsRegular():
			return nil, notArchive("entry %d has no place in an archive", i)
		case said.Size < 0 || f.UncompressedSize64 != uint64(said.Size):
			return nil, notArchive("entry %d has another size than the manifest says", i)
		}
		o.places[f.Name] = i
		if total += f.UncompressedSize64; f.UncompressedSize64 > maxUnpacked || total > maxUnpacked || total > uint64(size)*maxRatio+spareRatio { //nolint:gosec // a size of a file
			return nil, notArchive("it unpacks to more than it may")
		}
	}
	for _, name := range append([]string{dataFolder + colleagues + ".jsonl", dataFolder + optOuts + ".jsonl", businessName}, o.lines()...) {
		if o.entry(name) < 0 {
			return nil, notArchive("a part is missing")
		}
	}
	return o, nil
}

func (o *opened) readManifest(f *zip.File) error {
	if f.UncompressedSize64 > maxManifest {
		return notArchive("a manifest of %d bytes", f.UncompressedSize64)
	}
	in, err := f.Open()
	if err != nil {
		return notArchive("manifest: %w", err)
	}
	defer in.Close()
	if err := json.NewDecoder(io.LimitReader(in, maxManifest)).Decode(&o.manifest); err != nil {
		return notArchive("manifest: %w", err)
	}
	switch m := o.manifest; {
	case m.Format != archiveForm:
		return notArchive("format %.40q", m.Format)
	case m.Version > archiveVer:
		return &errs.Error{Kind: errs.Invalid, Code: "newer_archive", Message: "This archive was made by a newer version of Stead. Nothing was read."}
	}
	return nil
}

// lines are the tables that must be there.
func (o *opened) lines() []string {
	var out []string
	for name := range o.tables {
		out = append(out, dataFolder+name+".jsonl")
	}
	return out
}

// known tells a name that an archive may have. Nothing is ever unpacked under a
// name from an archive.
func (o *opened) known(name string) bool {
	if slices.Contains([]string{readmeName, schemaName, businessName}, name) {
		return true
	}
	if table, ok := strings.CutPrefix(name, dataFolder); ok {
		for _, ending := range []string{".jsonl", ".csv"} {
			if t, ok := strings.CutSuffix(table, ending); ok {
				_, known := o.tables[t]
				return known || t == colleagues || t == optOuts
			}
		}
	}
	id, ok := strings.CutPrefix(name, filesFolder)
	return ok && validID(id)
}

// validID tells an id as we make them.
func validID(id string) bool {
	return len(id) >= 1 && len(id) <= 64 && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

// entry is where an entry stands; -1: there is none.
func (o *opened) entry(name string) int {
	if i, ok := o.places[name]; ok {
		return i
	}
	return -1
}

// checking is an entry whose sum is being made.
type checking struct {
	in   io.ReadCloser
	sum  hash.Hash
	n    int64
	said entry
}

func (o *opened) check(i int) (*checking, error) {
	in, err := o.files[i].Open()
	if err != nil {
		return nil, notArchive("entry %d: %w", i, err)
	}
	return &checking{in: in, sum: sha256.New(), said: o.manifest.Entries[i]}, nil
}

// some sums up a part of the entry. It is done at its end, and an error when the
// sum is another than the manifest says.
func (c *checking) some(bytes int64) (done bool, err error) {
	n, err := io.CopyN(c.sum, c.in, min(bytes, c.said.Size+1-c.n))
	c.n += n
	switch {
	case c.n > c.said.Size:
		return false, notArchive("an entry is larger than it says")
	case err != nil && !errors.Is(err, io.EOF):
		return false, notArchive("an entry cannot be unpacked: %w", err)
	case err == nil:
		return false, nil
	case c.n != c.said.Size || hex.EncodeToString(c.sum.Sum(nil)) != c.said.SHA256:
		return false, notArchive("an entry has another sum than the manifest says")
	}
	return true, c.in.Close()
}

// readRow reads a JSON line into the cells of a table. Columns that this version
// does not have are refused, ones that it has must be there.
func readRow(line []byte, columns []store.ArchiveColumn) ([]store.Cell, error) {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(line, &values); err != nil {
		return nil, notArchive("a row: %w", err)
	}
	if len(values) != len(columns) {
		return nil, notArchive("a row of %d columns, not %d", len(values), len(columns))
	}
	row := make([]store.Cell, len(columns))
	for i, c := range columns {
		raw, there := values[c.Name]
		var err error
		switch {
		case !there:
			err = errors.New("it is missing")
		case bytes.Equal(raw, []byte("null")):
			row[i].Null = true
		case c.Number:
			err = json.Unmarshal(raw, &row[i].Num)
		default:
			err = json.Unmarshal(raw, &row[i].Text)
		}
		if err != nil {
			return nil, notArchive("column %s: %w", c.Name, err)
		}
	}
	return row, nil
}
