package privacy

import (
	"archive/zip"
	"context"
	"encoding/json"
	"io"
	"time"

	"stead/app/access"
	"stead/store"
	view "stead/views/privacy"
)

// Package is everything that is held about a person, for that person.
type Package struct {
	report Report
	files  []store.File
	made   time.Time
	note   string // id of the row that says that it was made
	show   shower
	s      *Service
}

// Package gathers a person's package and notes that it leaves the house. It is
// written by WriteTo.
func (s *Service) Package(ctx context.Context, actor access.Actor, contactID string) (*Package, error) {
	report, err := s.report(ctx, actor, access.PrivacyExport, contactID)
	if err != nil {
		return nil, err
	}
	files, err := s.filesAbout(ctx, contactID)
	if err != nil {
		return nil, err
	}
	show, err := s.shower(ctx)
	if err != nil {
		return nil, err
	}
	p := &Package{report: report, files: files, made: s.Now().UTC(), note: s.NewID(), show: show, s: s}
	at := p.made.UnixMilli()
	event := store.Event{ID: s.NewID(), Kind: EventExported, Subject: p.note, ContactID: contactID, Actor: actor.ID, At: at} // owners are told
	return p, s.Store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := s.bare(ctx, &tx.Reader, actor, access.PrivacyExport, contactID); err != nil {
			return err
		}
		err := tx.InsertDisclosure(ctx, store.Disclosure{
			ID: p.note, ContactID: contactID, Processor: "package", Purpose: "access", Fields: "everything", Result: store.DisclosurePending, At: at,
		})
		if err != nil {
			return err
		}
		return tx.Record(ctx, event)
	})
}

// Name is a file name that says nothing about the person.
func (p *Package) Name() string { return "personal-data-" + p.made.Format("20060102-150405") + ".zip" }

// Write writes the package: a page to read, the same for machines, the person's
// files, and the sums of all.
func (p *Package) Write(ctx context.Context, w io.Writer) error {
	counted := &countingWriter{w: w}
	err := p.write(ctx, counted)
	result := "made"
	if err != nil {
		result = "interrupted"
	}
	ctx = context.WithoutCancel(ctx)
	noted := p.s.Store.InTx(ctx, func(tx *store.Tx) error {
		return tx.SetDisclosureResult(ctx, p.note, result, counted.n)
	})
	if err == nil {
		err = noted
	}
	return err
}

func (p *Package) write(ctx context.Context, w io.Writer) error {
	out := &packing{archive: zip.NewWriter(w), made: p.made, missing: []string{}}
	steps := []step{
		{"person.html", func(w io.Writer) error { return view.DocumentPage(p.show.document(p.report, p.made)).Render(ctx, w) }},
		{"person.json", p.writeJSON},
		{"style.css", func(w io.Writer) error { _, err := io.WriteString(w, view.DocumentStyle); return err }},
	}
	for _, step := range steps {
		if err := out.add(step); err != nil {
			return err
		}
	}
	if err := p.writeFiles(ctx, out); err != nil {
		return err
	}
	manifest := step{"manifest.json", func(w io.Writer) error {
		return indented(w, map[string]any{"format": 1, "made_at": p.made.Format(time.RFC3339), "files": out.sums, "missing": out.missing})
	}}
	if err := out.add(manifest); err != nil {
		return err
	}
	return out.archive.Close()
}

// writeJSON writes every record with its column names, times in UTC.
func (p *Package) writeJSON(w io.Writer) error {
	type table struct {
		Table   string              `json:"table"`
		Title   string              `json:"title"`
		Purpose string              `json:"purpose"`
		Kept    string              `json:"kept"`
		Rows    []map[string]string `json:"rows"`
	}
	tables := []table{}
	for _, section := range p.report.Sections {
		t := table{Table: section.Table, Title: section.Title, Purpose: section.Purpose, Kept: section.Kept, Rows: []map[string]string{}}
		for _, row := range section.Rows {
			values := map[string]string{}
			for _, v := range row.Values {
				values[v.Column] = v.Text
			}
			t.Rows = append(t.Rows, values)
		}
		tables = append(tables, t)
	}
	return indented(w, map[string]any{
		"made_at": p.made.Format(time.RFC3339), "person": p.report.Person, "source": p.report.Source,
		"held": tables, "recipients": recipients(p.report.Recipients), "withheld": withheld(p.report.Withheld),
	})
}

func recipients(list []store.Processor) []map[string]any {
	out := []map[string]any{}
	for _, r := range list {
		out = append(out, map[string]any{"name": r.Name, "purpose": r.Purpose, "fields": r.Fields, "times": r.Times, "last_at": stamp(r.LastAt)})
	}
	return out
}

func withheld(list []Withheld) []map[string]string {
	out := []map[string]string{}
	for _, w := range list {
		out = append(out, map[string]string{"table": w.Table, "column": w.Column, "why": w.Why})
	}
	return out
}

func indented(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
