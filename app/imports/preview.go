package imports

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/custom"
	"stead/app/email"
	"stead/app/phone"
	"stead/store"
)

// How much of a file a preview looks at.
const (
	previewRows   = 20
	previewSample = 1000
	previewTime   = 700 * time.Millisecond
)

// Preview is what the columns of a file would make of its first rows.
type Preview struct {
	Import   store.Import
	Settings Settings
	Columns  []ColumnCheck
	Fields   []store.Field
	Rows     []PreviewRow
	Sample   int // rows that were looked at; all of them where Whole
	Whole    bool
}

// ColumnCheck tells what stands in a column, among the rows of the sample.
type ColumnCheck struct {
	Column
	Sample             string // the first value that is not empty
	Good, Empty, Wrong int    // Wrong: kept as text, or refused
}

// PreviewRow is a row as it would be saved, or why it would not.
type PreviewRow struct {
	Line                         int64
	Name, Phones, Emails, Jobs   string
	Places, Tags, More           string
	Reason, ReasonColumn, Notice string
}

// Preview reads the beginning of a file.
func (s *Service) Preview(ctx context.Context, actor access.Actor, id string) (Preview, error) {
	i, err := s.may(ctx, actor, id)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Import: i}
	if p.Settings, err = readSettings(i); err != nil {
		return p, err
	}
	if p.Fields, err = s.Store.Fields(ctx, "contact"); err != nil {
		return p, err
	}
	for _, c := range p.Settings.Columns {
		p.Columns = append(p.Columns, ColumnCheck{Column: c})
	}
	src, file, err := s.open(ctx, i, p.Settings.Format)
	if err != nil {
		return p, err
	}
	defer file.Close()
	defer src.Close()
	r := newReader(p.Settings, i, p.Fields)
	until := s.Now().Add(previewTime)
	for p.Sample < previewSample && s.Now().Before(until) {
		rec, err := src.Next()
		if errors.Is(err, io.EOF) {
			p.Whole = true
			break
		}
		if err != nil {
			return p, fileProblem(err)
		}
		p.Sample++
		for at := range p.Columns {
			if at < len(rec.Cells) {
				p.Columns[at].look(rec.Cells[at], r)
			}
		}
		if len(p.Rows) < previewRows {
			p.Rows = append(p.Rows, p.show(r.read(rec), i.Country))
		}
	}
	return p, nil
}

// look counts one cell.
func (c *ColumnCheck) look(cell string, r reader) {
	cell = tidy(cell)
	switch {
	case cell == "":
		c.Empty++
		return
	case c.Sample == "":
		c.Sample = shorten(cell)
	}
	if c.holds(cell, r) {
		c.Good++
	} else {
		c.Wrong++
	}
}

func (c *ColumnCheck) holds(cell string, r reader) bool {
	switch c.Target {
	case "phone":
		for _, value := range splitNumbers(cell) {
			if isScientific(value) {
				return false
			}
			if _, err := phone.Parse(r.number(value, ""), r.rules.Country); err != nil && !phone.ShortCode(value) {
				return false
			}
		}
		return true
	case "email":
		for _, value := range splitMails(cell) {
			if !email.Like(value) {
				return false
			}
		}
		return true
	}
	if id, ok := fieldOf(c.Target); ok {
		for _, f := range r.rules.Fields {
			if f.ID == id {
				_, err := custom.Parse(f, cell, r.rules.How)
				return err == nil
			}
		}
	}
	return true
}

// show is a row in the words in which it would be saved.
func (p Preview) show(r row, country string) PreviewRow {
	out := PreviewRow{Line: r.line}
	if r.reason != "" {
		code, name := reasonParts(r.reason, p.Settings)
		out.Reason, out.ReasonColumn = ReasonWords(code), name
		return out
	}
	if r.flag != "" {
		code, name := reasonParts(r.flag, p.Settings)
		out.Notice, out.ReasonColumn = ReasonWords(code), name
	}
	out.Name = r.person.Name
	var phones, emails, jobs, places, more []string
	for _, n := range r.person.Phones {
		shown := n.Typed
		if n.E164 != "" {
			shown = phone.Display(n.E164, country)
		}
		phones = append(phones, shown)
	}
	for _, e := range r.person.Emails {
		emails = append(emails, e.Typed)
	}
	for _, j := range r.person.Jobs {
		jobs = append(jobs, strings.Trim(j.Company+", "+j.Role, ", "))
	}
	for _, a := range r.person.Addresses {
		places = append(places, strings.Trim(join(strings.ReplaceAll(a.Street, "\n", ", ")+",", a.Postcode, a.City, a.Country), ", "))
	}
	for _, f := range p.Fields {
		if v, ok := r.person.Values[f.ID]; ok {
			more = append(more, f.Name+": "+custom.Format(f, v, custom.For(country)))
		}
	}
	if r.person.About != "" {
		more = append(more, shorten(r.person.About))
	}
	out.Phones, out.Emails, out.Jobs = strings.Join(phones, ", "), strings.Join(emails, ", "), strings.Join(jobs, "; ")
	out.Places, out.Tags, out.More = strings.Join(places, "; "), strings.Join(r.person.Labels, ", "), strings.Join(more, "; ")
	return out
}

// shorten keeps what fits into a cell of a table.
func shorten(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 80 {
		return string(runes[:79]) + "…"
	}
	return text
}

// Rows lists a page of what became of the records behind a line: those with an
// outcome, those that need a look ("flagged"), or all.
func (s *Service) Rows(ctx context.Context, actor access.Actor, id, outcome string, after int64) ([]store.ImportRow, error) {
	if _, err := s.may(ctx, actor, id); err != nil {
		return nil, err
	}
	if outcome == "flagged" {
		return s.Store.FlaggedImportRows(ctx, id, after, rowsPage+1)
	}
	return s.Store.ImportRows(ctx, id, outcome, after, rowsPage+1)
}

const rowsPage = 100
