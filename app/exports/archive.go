package exports

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"stead/app/tabular"
	"stead/store"
)

// An archive is a ZIP file of these, the manifest last. Nothing in it tells when
// or where it was made, so that equal data make equal archives.
const (
	readmeName   = "README.txt"
	schemaName   = "schema.json"
	businessName = "business.json"
	manifestName = "manifest.json"
	dataFolder   = "data/"
	archiveForm  = "stead-archive"
	archiveVer   = 1

	filesFolder = "files/"
	colleagues  = "colleagues"
	optOuts     = "opt_outs"
	texts       = "sms" // the channel of opt-outs
)

// manifest says what an archive holds.
type manifest struct {
	Format  string  `json:"format"`
	Version int     `json:"version"`
	Entries []entry `json:"entries"`
}

type entry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// pace is called after each part of some rows; an error of it ends the work.
type pace func(rows int) error

// archiver writes an archive.
type archiver struct {
	s    *Service
	r    *store.Reader
	zip  *zip.Writer
	sums []entry
	pace pace
}

// batch is how many rows are read at once: all that is held in memory.
const batch = 500

// writeArchive writes everything, as it is at one moment: what points at something
// finds it there. That moment is held for as long as it takes, see store.Still:
// the write-ahead log meanwhile grows by all that is written beside it.
func (s *Service) writeArchive(ctx context.Context, w io.Writer, p pace) error {
	return s.Store.Still(ctx, func(r *store.Reader) error {
		a := &archiver{s: s, r: r, zip: zip.NewWriter(w), pace: p}
		return a.write(ctx)
	})
}

func (a *archiver) write(ctx context.Context) error {
	tables, err := a.r.ArchiveTables(ctx)
	if err != nil {
		return err
	}
	parts := []func() error{
		func() error { return a.add(readmeName, text(readme())) },
		func() error {
			return a.add(schemaName, func(w io.Writer) error { return indented(w, schemaOf(tables)) })
		},
		func() error { return a.add(businessName, func(w io.Writer) error { return a.business(ctx, w) }) },
		func() error { return a.colleagues(ctx, tables) },
		func() error { return a.optOuts(ctx) },
	}
	for _, t := range tables {
		parts = append(parts, func() error { return a.table(ctx, t) })
	}
	parts = append(parts, func() error { return a.files(ctx) }, a.manifest, a.zip.Close)
	for _, part := range parts {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func indented(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// add writes one entry and remembers its sum. Its time is always the same.
func (a *archiver) add(name string, write func(io.Writer) error) error {
	w, err := a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Time{}})
	if err != nil {
		return err
	}
	sum, n := sha256.New(), &count{}
	if err := write(io.MultiWriter(w, sum, n)); err != nil {
		return err
	}
	a.sums = append(a.sums, entry{name, n.n, hex.EncodeToString(sum.Sum(nil))})
	return nil
}

type count struct{ n int64 }

func (c *count) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

func (a *archiver) manifest() error {
	m := manifest{archiveForm, archiveVer, a.sums}
	return a.add(manifestName, func(w io.Writer) error { return indented(w, m) })
}

// rows is a table of the archive as it is read: in portions, or the end.
type rows func(ctx context.Context) ([][]store.Cell, error)

// both writes a table as JSON lines and as CSV.
func (a *archiver) both(ctx context.Context, name string, columns []store.ArchiveColumn, open func() rows) error {
	for _, form := range []struct {
		ending string
		to     func(io.Writer, []store.ArchiveColumn) sheet
	}{{".jsonl", newLines}, {".csv", newPlain}} {
		err := a.add(dataFolder+name+form.ending, func(w io.Writer) error {
			out, next := form.to(w, columns), open()
			for {
				some, err := next(ctx)
				if err != nil || len(some) == 0 {
					if err == nil {
						err = out.end()
					}
					return err
				}
				for _, row := range some {
					if err := out.row(row); err != nil {
						return err
					}
				}
				if err := a.pace(len(some)); err != nil {
					return err
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *archiver) table(ctx context.Context, t store.ArchiveTable) error {
	return a.both(ctx, t.Name, shown(t), func() rows {
		var after []any
		begun, done := false, false
		return func(ctx context.Context) (some [][]store.Cell, err error) {
			if done || begun && after == nil {
				return nil, nil
			}
			begun = true
			some, after, err = a.r.ArchiveRows(ctx, t, after, batch)
			done = len(some) < batch
			if err == nil && t.Name == "consent_events" {
				err = a.unhash(ctx, t, some)
			}
			return some, err
		}
	})
}

// address is what stands in an archive for the keyed hash of a number.
const address = "address"

// shown are the columns as the archive names them.
func shown(t store.ArchiveTable) []store.ArchiveColumn {
	out := append([]store.ArchiveColumn{}, t.Columns...)
	if i := t.Column("address_hash"); i >= 0 {
		out[i].Name, out[i].Category = address, store.PhoneNumber
	}
	return out
}

// unhash puts numbers in the place of their keyed hashes, as far as the person
// still has them.
func (a *archiver) unhash(ctx context.Context, t store.ArchiveTable, some [][]store.Cell) error {
	whose, hash := t.Column("contact_id"), t.Column("address_hash")
	var people []string
	for _, row := range some {
		people = append(people, row[whose].Text)
	}
	keys, err := a.r.KeysOfContacts(ctx, people)
	if err != nil {
		return err
	}
	for _, row := range some {
		known := ""
		for _, key := range keys[row[whose].Text] {
			h, err := a.s.Vault.TryHash(texts, key)
			if err != nil {
				return err
			}
			if h == row[hash].Text {
				known = key
			}
		}
		row[hash] = store.Cell{Text: known}
	}
	return nil
}

// once is rows that are there already.
func once(all [][]store.Cell) func() rows {
	return func() rows {
		left := all
		return func(context.Context) ([][]store.Cell, error) {
			n := min(batch, len(left))
			some := left[:n]
			left = left[n:]
			return some, nil
		}
	}
}

func (a *archiver) colleagues(ctx context.Context, tables []store.ArchiveTable) error {
	list, err := a.r.ArchiveColleagues(ctx, tables)
	if err != nil {
		return err
	}
	var all [][]store.Cell
	for _, c := range list {
		all = append(all, []store.Cell{{Text: c.ID}, {Text: c.Name}})
	}
	return a.both(ctx, colleagues, colleagueColumns, once(all))
}

var (
	colleagueColumns = []store.ArchiveColumn{{Name: "id", Category: store.Plain}, {Name: "name", Category: store.Staff}}
	optOutColumns    = []store.ArchiveColumn{
		{Name: "channel", Category: store.Plain}, {Name: address, Category: store.PhoneNumber}, {Name: "reason", Category: store.Plain}, {Name: "created_at", Number: true, Category: store.Plain},
	}
)

// optOuts writes the numbers that want no texts: their hashes mean nothing in
// another instance.
func (a *archiver) optOuts(ctx context.Context) error {
	return a.both(ctx, optOuts, optOutColumns, func() rows {
		after, done := "", false
		return func(ctx context.Context) ([][]store.Cell, error) {
			for !done {
				keys, err := a.r.PhoneKeys(ctx, after, batch)
				if err != nil || len(keys) == 0 {
					return nil, err
				}
				done, after = len(keys) < batch, keys[len(keys)-1]
				some, err := a.optedOut(ctx, keys)
				if err != nil || len(some) > 0 {
					return some, err
				}
			}
			return nil, nil
		}
	})
}

func (a *archiver) optedOut(ctx context.Context, keys []string) (some [][]store.Cell, err error) {
	hashes := make([]string, len(keys))
	for i, key := range keys {
		if hashes[i], err = a.s.Vault.TryHash(texts, key); err != nil {
			return nil, err
		}
	}
	out, err := a.r.OptedOutHashes(ctx, texts, hashes)
	for i, key := range keys {
		if o, ok := out[hashes[i]]; ok {
			some = append(some, []store.Cell{{Text: texts}, {Text: key}, {Text: o.Reason}, {Num: o.At}})
		}
	}
	return some, err
}

// business is what is kept of the business itself.
type business struct {
	Name           string                     `json:"name"`
	Country        string                     `json:"country"`
	Currency       string                     `json:"currency"`
	Timezone       string                     `json:"timezone"`
	PrivacyContact string                     `json:"privacy_contact"`
	Hours          store.Hours                `json:"hours"`
	Settings       map[string]json.RawMessage `json:"settings"`
}

// settings are the business's, not the machine's.
var settings = []string{"quiet", "textback"}

func (a *archiver) business(ctx context.Context, w io.Writer) error {
	b, err := a.r.Business(ctx)
	if err != nil {
		return err
	}
	out := business{b.Name, b.Country, b.Currency, b.Timezone, b.PrivacyContact, b.Hours, map[string]json.RawMessage{}}
	for _, name := range settings {
		var value json.RawMessage
		if there, err := a.r.Setting(ctx, name, &value); err != nil {
			return err
		} else if there {
			out.Settings[name] = value
		}
	}
	return indented(w, out)
}

// files writes what is in the attachments.
func (a *archiver) files(ctx context.Context) error {
	for after := ""; ; {
		ids, err := a.r.ArchivedIDs(ctx, "files", after, batch)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			f, err := a.r.File(ctx, id)
			if err != nil {
				return err
			}
			if f.Purpose != store.FileAttachment {
				continue
			}
			if err := a.file(ctx, f); err != nil {
				return err
			}
		}
		after = ids[len(ids)-1]
	}
}

func (a *archiver) file(ctx context.Context, f store.File) error {
	in, err := a.s.Blobs.Open(ctx, f)
	if err != nil {
		return err
	}
	defer in.Close()
	return a.add(filesFolder+f.ID, func(w io.Writer) error {
		for {
			n, err := io.CopyN(w, in, 4<<20)
			if n > 0 && err == nil {
				err = a.pace(batch)
			}
			if err == io.EOF { //nolint:errorlint // CopyN returns it bare
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
}

// sheet takes rows.
type sheet interface {
	row([]store.Cell) error
	end() error
}

// lines is a table as JSON, a line a row.
type lines struct {
	w       io.Writer
	columns [][]byte // names, quoted
	numbers []bool
	buf     bytes.Buffer
}

func newLines(w io.Writer, columns []store.ArchiveColumn) sheet {
	l := &lines{w: w}
	for _, c := range columns {
		l.columns, l.numbers = append(l.columns, strconv.AppendQuote(nil, c.Name)), append(l.numbers, c.Number)
	}
	return l
}

func (l *lines) row(cells []store.Cell) error {
	l.buf.Reset()
	for i, c := range cells {
		mark := byte(',')
		if i == 0 {
			mark = '{'
		}
		l.buf.WriteByte(mark)
		l.buf.Write(l.columns[i])
		l.buf.WriteByte(':')
		switch {
		case c.Null:
			l.buf.WriteString("null")
		case l.numbers[i]:
			l.buf.Write(strconv.AppendInt(nil, c.Num, 10))
		default:
			quoted, err := json.Marshal(c.Text)
			if err != nil {
				return err
			}
			l.buf.Write(quoted)
		}
	}
	l.buf.WriteString("}\n")
	_, err := l.w.Write(l.buf.Bytes())
	return err
}

func (*lines) end() error { return nil }

// plain is a table as CSV for people to look at; the JSON lines beside it are
// what is read back, so formulas may be defused here.
type plain struct {
	w       *csv.Writer
	numbers []bool
	record  []string
}

func newPlain(w io.Writer, columns []store.ArchiveColumn) sheet {
	_, _ = io.WriteString(w, tabular.BOM) // an error comes again at the first row
	p := &plain{w: csv.NewWriter(w), record: make([]string, len(columns))}
	p.w.UseCRLF = true
	for i, c := range columns {
		p.record[i], p.numbers = c.Name, append(p.numbers, c.Number)
	}
	_ = p.w.Write(p.record) // as above
	return p
}

func (p *plain) row(cells []store.Cell) error {
	for i, c := range cells {
		switch {
		case c.Null:
			p.record[i] = ""
		case p.numbers[i]:
			p.record[i] = strconv.FormatInt(c.Num, 10)
		default:
			p.record[i] = tabular.Defuse(c.Text)
		}
	}
	return p.w.Write(p.record)
}

func (p *plain) end() error {
	p.w.Flush()
	return p.w.Error()
}

// schemaOf says what stands in each column.
func schemaOf(tables []store.ArchiveTable) any {
	type column struct {
		Name  string `json:"name"`
		Type  string `json:"type"`
		Tells string `json:"tells"`
	}
	type table struct {
		Name    string   `json:"name"`
		Purpose string   `json:"purpose"`
		Columns []column `json:"columns"`
	}
	purposes := map[string]string{colleagues: "who a record names", optOuts: "keeping opt-outs"}
	for _, t := range store.DataMap() {
		purposes[t.Name] = t.Purpose
	}
	describe := func(name string, columns []store.ArchiveColumn) table {
		out := table{Name: name, Purpose: purposes[name], Columns: []column{}}
		for _, c := range columns {
			kind := "text"
			if c.Number {
				kind = "integer"
			}
			if strings.HasSuffix(c.Name, "_at") {
				kind = "integer: milliseconds since 1970 in UTC"
			}
			out.Columns = append(out.Columns, column{c.Name, kind, tells[c.Category]})
		}
		return out
	}
	out := []table{describe(colleagues, colleagueColumns), describe(optOuts, optOutColumns)}
	for _, t := range tables {
		out = append(out, describe(t.Name, shown(t)))
	}
	return map[string]any{"format": archiveForm, "version": archiveVer, "tables": out}
}

var tells = map[store.Category]string{
	store.Plain: "nothing by itself", store.PersonName: "a name", store.PhoneNumber: "a phone number", store.EmailAddress: "an email address",
	store.Content: "free text", store.Firm: "a company", store.Staff: "a colleague", store.Tech: "address or device", store.Hash: "a keyed hash",
}

// readme is for whoever opens the archive without Stead.
func readme() string {
	var b strings.Builder
	b.WriteString(`Everything that a business keeps in Stead.

data/*.jsonl   each table, a JSON object a line; this is what is read back
data/*.csv     the same for spreadsheets: UTF-8, a cell that would be a formula begins with an apostrophe
files/         what was attached, by the id in data/files
business.json  the business itself and its settings
schema.json    what stands in each column
manifest.json  size and SHA-256 of every other file here

Times are milliseconds since 1970 in UTC. data/colleagues names those whom records
name; in the instance that reads this archive they are former colleagues. Texts that
waited to be sent stand here as failed: nothing is sent twice.

An empty instance reads it back: stead import FILE.zip, or Settings. Equal data make
equal archives.

Not in here, on purpose:
`)
	for _, t := range store.DataMap() {
		why := store.ArchiveLeftOut(t.Name)
		if why != "" && !strings.HasPrefix(why, "made anew") && (t.Engine == "" || t.Engine == "sqlite") {
			fmt.Fprintf(&b, "  %-18s %s\n", t.Name, why)
		}
	}
	b.WriteString("  search, jobs       made anew by the instance itself\n")
	b.WriteString("Opt-outs of numbers that no contact has are kept as keyed hashes alone and cannot leave.\n")
	return b.String()
}
