package app

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/exports"
	"stead/store"
)

type exportCmd struct {
	Out  string `required:"" help:"The file to write. Everything there is goes into a .zip, a list into .csv, .xlsx or .vcf." placeholder:"FILE"`
	List string `enum:"contacts,companies,deals," default:"" help:"Export a list instead of everything: contacts, companies or deals (as .csv)." placeholder:"LIST"`
	View string `help:"Only what a saved view finds: its id, as in its address." placeholder:"ID"`
	JSON bool   `name:"json" help:"Answer as JSON."`
}

type exportIn struct{ Path, List, View string }

type exportOut struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
}

var askWriteOut = register("export", func(ctx context.Context, a *App, in exportIn) (exportOut, error) {
	out := exportOut{Path: in.Path}
	if _, err := os.Lstat(in.Path); err == nil {
		return out, &errs.Error{Kind: errs.Conflict, Message: "There is a file of that name already. Nothing was written."}
	}
	err := store.ReplaceFile(in.Path, func(f *os.File) error { return writeExport(ctx, a, in, f) })
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		err = &errs.Error{Kind: errs.Invalid, Message: "The file cannot be written there by the user who runs Stead.", Err: err}
	}
	if err != nil {
		return out, err
	}
	info, err := os.Stat(in.Path)
	if err == nil {
		out.Bytes = info.Size()
	}
	return out, err
})

// listForms are the endings that a list is written with.
var listForms = map[string]string{".csv": exports.CSV, ".xlsx": exports.XLSX, ".vcf": exports.VCard}

func writeExport(ctx context.Context, a *App, in exportIn, w io.Writer) error {
	if in.List == "" {
		return a.Exports.WriteArchive(ctx, access.Operator(), w)
	}
	if in.List == "deals" {
		return a.Board.Leave(ctx, access.Operator(), in.View, w)
	}
	form := listForms[strings.ToLower(filepath.Ext(in.Path))]
	record := map[string]string{"contacts": "contact", "companies": "company"}[in.List]
	return a.Exports.WriteList(ctx, access.Operator(), exports.List{Record: record, View: in.View, Form: form}, w)
}

// Run writes everything, or a list, into a file.
func (c *exportCmd) Run(ctx context.Context, p *Process) error {
	path, err := absolute(c.Out)
	if err != nil {
		return err
	}
	ending := strings.ToLower(filepath.Ext(path))
	if c.List == "" && ending != ".zip" {
		return usage("Everything goes into a .zip file. Name --list for anything else.")
	}
	if c.List != "" && listForms[ending] == "" {
		return usage("A list goes into a .csv, .xlsx or .vcf file.")
	}
	if c.List == "deals" && ending != ".csv" {
		return usage("A list of deals goes into a .csv file.")
	}
	out, err := askWriteOut.ask(ctx, p, exportIn{Path: path, List: c.List, View: c.View})
	if err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(out)
	}
	p.say("%s (%d bytes). It is not encrypted: whoever has it can read it.", out.Path, out.Bytes)
	return nil
}

type archiveOut struct {
	Records int64 `json:"records"`
}

// askReadArchive reads back what stead export wrote.
var askReadArchive = register("import/archive", func(ctx context.Context, a *App, in pathIn) (archiveOut, error) {
	f, err := os.Open(in.Path)
	if err != nil {
		return archiveOut{}, fileError(err)
	}
	defer f.Close()
	op, err := a.Exports.ReadArchive(ctx, access.Operator(), f, func(store.Operation) {})
	return archiveOut{op.Changed}, err
})
