package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/imports"
	"stead/app/tabular"
	"stead/store"
)

type importCmd struct {
	File    string            `arg:"" help:"The file: CSV, TSV, XLSX, vCard, or the archive that stead export wrote, for an empty Stead. \"undo\" takes an import back."`
	Batch   string            `arg:"" optional:"" help:"With undo: the import, as it was printed."`
	Country string            `placeholder:"CC" help:"Country of numbers without a country code."`
	Basis   string            `placeholder:"TEXT" help:"Why the law lets you keep these people: consent, contract, legal_obligation, vital_interest, public_task or legitimate_interest; behind a colon what shows it, such as \"contract: orders of 2025\"."`
	Mode    string            `enum:"add,fill,overwrite" default:"add" help:"For those who are here already: leave them (add), fill blanks (fill), take what the file says (overwrite)."`
	Match   string            `enum:"phone,email,both" default:"both" help:"Recognise people by phone, email or both."`
	Map     map[string]string `mapsep:"none" placeholder:"COLUMN=FIELD" help:"Where a column goes; may be given again."`
	Tag     []string          `placeholder:"NAME" help:"Tag for all of them; may be given again."`
	DryRun  bool              `help:"Only say what would happen."`
	Rejects string            `placeholder:"F" help:"Write what was not imported, with reasons, into this file."`
	JSON    bool              `name:"json" help:"Answer as JSON."`
}

type importIn struct {
	Path, Name     string
	Country, Basis string
	Mode, Match    string
	Map            map[string]string
	Tags           []string
	DryRun         bool
	Rejects        bool
}

// importOut is what scripts read.
type importOut struct {
	Lines      int64  `json:"lines"`
	Header     int64  `json:"header_lines"`
	Blank      int64  `json:"blank_lines"`
	Records    int64  `json:"records"`
	Created    int64  `json:"created"`
	Updated    int64  `json:"updated"`
	Unchanged  int64  `json:"unchanged"`
	Rejected   int64  `json:"rejected"`
	Suppressed int64  `json:"suppressed"`
	Flagged    int64  `json:"flagged"`
	Batch      string `json:"batch"`
	Refused    []byte `json:"refused,omitempty"`
}

var askImport = register("import", func(ctx context.Context, a *App, in importIn) (importOut, error) {
	f, err := os.Open(in.Path)
	if err != nil {
		return importOut{}, fileError(err)
	}
	defer f.Close()
	i, err := a.Imports.Do(ctx, access.Operator(), imports.Job{
		Name: in.Name, File: f, Country: in.Country, Basis: in.Basis, Mode: in.Mode, MatchBy: in.Match, Map: in.Map, Tags: in.Tags, DryRun: in.DryRun,
	}, nil)
	if err != nil {
		return importOut{}, err
	}
	out := outOf(i)
	if in.DryRun {
		out.Batch = ""
	}
	if in.Rejects && i.RejectsID != "" {
		out.Refused, err = refusedOf(ctx, a, i.ID)
	}
	return out, err
})

func outOf(i store.Import) importOut {
	return importOut{
		Lines: i.Lines, Header: i.Header, Blank: i.Blank, Records: i.Records, Created: i.Created, Updated: i.Updated, Unchanged: i.Unchanged,
		Rejected: i.Rejected, Suppressed: i.Suppressed, Flagged: i.Flagged, Batch: i.ID,
	}
}

func refusedOf(ctx context.Context, a *App, id string) ([]byte, error) {
	in, _, err := a.Imports.Rejects(ctx, access.Operator(), id)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(in)
}

func fileError(err error) error {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return &errs.Error{Kind: errs.NotFound, Message: "There is no such file."}
	case errors.Is(err, os.ErrPermission):
		return &errs.Error{Kind: errs.Denied, Message: "The file cannot be read by the user who runs Stead."}
	case errors.Is(err, syscall.EISDIR):
		return &errs.Error{Kind: errs.Invalid, Message: "This is a folder: name a file."}
	}
	return err
}

type undoneOut struct {
	Undone int64 `json:"undone"`
	Kept   int64 `json:"kept"`
}

var askImportUndo = register("import/undo", func(ctx context.Context, a *App, in idIn) (undoneOut, error) {
	i, err := a.Imports.TakeBack(ctx, access.Operator(), in.ID, nil)
	return undoneOut{i.Undone, i.Kept}, err
})

// Run imports a file, or takes an import back.
func (c *importCmd) Run(ctx context.Context, p *Process) error {
	if c.File == "undo" && c.Batch != "" {
		return c.undo(ctx, p)
	}
	if c.Batch != "" {
		return usage("Give one file.")
	}
	path, err := filepath.Abs(c.File)
	if err != nil {
		return err
	}
	archive, err := isArchive(path)
	if err != nil {
		return fileError(err)
	}
	if archive {
		return c.archive(ctx, p, path)
	}
	if c.Country == "" || c.Basis == "" {
		return usage("An import of people needs --country and --basis.")
	}
	rejects, err := c.openRejects()
	if err != nil {
		return err
	}
	out, err := askImport.ask(ctx, p, importIn{
		Path: path, Name: filepath.Base(path), Country: c.Country, Basis: c.Basis, Mode: c.Mode, Match: c.Match, Map: c.Map, Tags: c.Tag,
		DryRun: c.DryRun, Rejects: c.Rejects != "",
	})
	if err = errors.Join(err, rejects.keep(out.Refused, err == nil)); err != nil {
		return err
	}
	out.Refused = nil
	if c.JSON {
		return p.printJSON(out)
	}
	c.say(p, out)
	return nil
}

// rejectsFile is where what was not imported goes. It is made before anything is
// imported: what cannot be written then is noticed in time.
type rejectsFile struct{ f *os.File }

func (c *importCmd) openRejects() (rejectsFile, error) {
	if c.Rejects == "" {
		return rejectsFile{}, nil
	}
	f, err := os.OpenFile(c.Rejects, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, os.ErrExist):
		err = &errs.Error{Kind: errs.Conflict, Message: "The file for what is not imported is there already. Nothing was imported."}
	case err != nil:
		err = &errs.Error{Kind: errs.Invalid, Message: "The file for what is not imported cannot be written there. Nothing was imported.", Err: err}
	}
	return rejectsFile{f}, err
}

// keep writes what was refused, or takes the file away again where there is none.
func (r rejectsFile) keep(refused []byte, imported bool) error {
	if r.f == nil {
		return nil
	}
	if !imported || len(refused) == 0 {
		return errors.Join(r.f.Close(), os.Remove(r.f.Name()))
	}
	_, err := r.f.Write(refused)
	return errors.Join(err, r.f.Close())
}

func (c *importCmd) say(p *Process, out importOut) {
	p.say("%d lines: %d of the header, %d blank, the others in %d records.", out.Lines, out.Header, out.Blank, out.Records)
	p.say("%8d  new\n%8d  updated\n%8d  unchanged\n%8d  not imported", out.Created, out.Updated, out.Unchanged, out.Rejected)
	if out.Suppressed > 0 {
		p.say("%8d  not taken in again: erased before", out.Suppressed)
	}
	if out.Flagged > 0 {
		p.say("%d of those imported need a look; the page of the import lists them.", out.Flagged)
	}
	if c.DryRun {
		p.say("Nothing was saved: this was a dry run.")
		return
	}
	p.say("Take it back within 30 days with: stead import undo %s", out.Batch)
}

func (c *importCmd) undo(ctx context.Context, p *Process) error {
	out, err := askImportUndo.ask(ctx, p, idIn{c.Batch})
	if err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(out)
	}
	p.say("The import was taken back: %d contacts. %d were kept, because somebody has worked with them since.", out.Undone, out.Kept)
	return nil
}

func isArchive(path string) (bool, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, err
	}
	return tabular.IsArchive(bytes.Clone(head[:n])), nil
}

func usage(message string) error { return &errs.Error{Kind: errs.Invalid, Message: message} }

// archive reads everything back that stead export wrote.
func (c *importCmd) archive(ctx context.Context, p *Process, path string) error {
	out, err := askReadArchive.ask(ctx, p, pathIn{path})
	if err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(out)
	}
	p.say("The archive was read: %d records.", out.Records)
	return nil
}
