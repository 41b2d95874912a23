package imports

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/tabular"
	"stead/store"
)

// CodeArchive is the code of the refusal of a file that is an archive of
// everything: another part of the product reads it.
const CodeArchive = "archive"

// Upload keeps a file, encrypted, until it is done with, guesses how it is
// written and what its columns are, and returns the import that begins with it.
// It is errs.Invalid for what is no table and no list of address cards, and while
// too much waits to be imported.
func (s *Service) Upload(ctx context.Context, actor access.Actor, name string, r io.Reader) (store.Import, error) {
	if err := access.Allow(actor, access.ContactsImport, access.Object{}); err != nil {
		return store.Import{}, err
	}
	r, arrived, err := s.arrive(ctx, actor, r)
	if err != nil {
		return store.Import{}, err
	}
	defer arrived()
	head, whole, err := tabular.Probe(r)
	if err != nil {
		return store.Import{}, err
	}
	if tabular.IsArchive(head) {
		return store.Import{}, &errs.Error{Kind: errs.Invalid, Code: CodeArchive, Message: "This is an archive, not a list. An archive of everything is read by stead import on the machine."}
	}
	format, err := tabular.Sniff(head, Known)
	if err != nil {
		return store.Import{}, fileProblem(err)
	}
	now := s.Now()
	i := store.Import{ID: s.NewID(), FileID: s.NewID(), State: store.ImportDraft, Mode: store.ImportAdd, MatchBy: store.MatchBoth, CreatedBy: actor.ID, CreatedAt: now.UnixMilli()}
	file, err := s.Files.Put(ctx, whole, store.File{
		ID: i.FileID, Purpose: store.FileImport, Name: name, CreatedBy: actor.ID, CreatedAt: i.CreatedAt, ExpiresAt: now.Add(keepUpload).UnixMilli(),
	})
	if err != nil {
		return store.Import{}, err
	}
	if i, err = s.keep(ctx, actor, i, file, format); err != nil {
		s.Files.Discard(file.ID) // one without a row would lie there for a day
	}
	return i, err
}

// keep is Upload of a file that lies on the disk: it gives it and the import their rows.
func (s *Service) keep(ctx context.Context, actor access.Actor, i store.Import, file store.File, format tabular.Format) (store.Import, error) {
	i.FileName, i.Format = file.Name, format.Kind
	settings, err := s.firstLook(ctx, file, Settings{Format: format})
	if err != nil {
		return store.Import{}, err
	}
	if i.Preset, settings.Columns, err = s.guess(ctx, settings); err != nil {
		return store.Import{}, err
	}
	b, err := s.Store.Business(ctx)
	if err != nil {
		return store.Import{}, err
	}
	i.Settings, i.Country = settings.write(), b.Country
	eventID := s.NewID()
	return i, s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.InsertFile(ctx, file); err != nil {
			return err
		}
		if err := tx.InsertImport(ctx, i); err != nil {
			return err
		}
		if err := mayWait(ctx, &tx.Reader, actor); err != nil { // others came in meanwhile
			return err
		}
		return s.record(ctx, tx, eventID, EventUploaded, i.ID, i.CreatedBy, i.CreatedAt)
	})
}

// firstLook reads the header of a file, and the names of a workbook's sheets.
func (s *Service) firstLook(ctx context.Context, file store.File, settings Settings) (Settings, error) {
	if settings.Kind == tabular.XLSX {
		in, err := s.Files.Open(ctx, file)
		if err != nil {
			return settings, err
		}
		settings.Sheets, err = tabular.Sheets(in)
		if err = errors.Join(err, in.Close()); err != nil {
			return settings, fileProblem(err)
		}
		if settings.Sheet == "" {
			settings.Sheet = settings.Sheets[0]
		}
	}
	in, err := s.Files.Open(ctx, file)
	if err != nil {
		return settings, err
	}
	defer in.Close()
	src, err := tabular.Open(in, settings.Format)
	if err != nil {
		return settings, fileProblem(err)
	}
	defer src.Close()
	header := src.Header()
	switch {
	case len(header) == 0:
		return settings, fileProblem(nobodyReads(src))
	case len(header) > tabular.MaxColumns:
		return settings, fileProblem(tabular.ErrWide)
	}
	settings.Columns = nil
	for _, name := range header {
		settings.Columns = append(settings.Columns, Column{Name: name})
	}
	return settings, nil
}

// nobodyReads says why a file has no row from which columns could be learned.
func nobodyReads(src tabular.Source) error {
	r, err := src.Next()
	switch {
	case errors.Is(err, io.EOF):
		return tabular.ErrEmpty
	case err != nil:
		return err
	case r.Reason == tabular.ReasonCells:
		return tabular.ErrWide
	}
	return tabular.ErrFormat
}

func (s *Service) guess(ctx context.Context, settings Settings) (preset string, columns []Column, err error) {
	fields, err := s.Store.Fields(ctx, "contact")
	if err != nil {
		return "", nil, err
	}
	var header []string
	for _, c := range settings.Columns {
		header = append(header, c.Name)
	}
	preset, columns = guess(header, fields)
	if settings.Kind == tabular.VCard {
		preset = "vcard"
	}
	return preset, columns, nil
}

// fileProblem says in words what is wrong with a file.
func fileProblem(err error) error {
	say := func(code, message string) error {
		return &errs.Error{Kind: errs.Invalid, Code: code, Message: message, Fields: map[string]string{"file": message}, Err: err}
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, tabular.ErrTooLarge):
		return say("file_large", "This workbook holds more than can be read at once. Save the sheet as CSV and send that.")
	case errors.Is(err, tabular.ErrEmpty):
		return say("file_empty", "There is nothing in this file. Export it again, and choose the file that has rows.")
	case errors.Is(err, tabular.ErrWide):
		return say("file_wide", "This file has more than 1,000 columns. Take out those that you do not need, save it again and send that.")
	case errors.Is(err, tabular.ErrNoSheet):
		return say("file_sheet", "There is no such sheet in this workbook.")
	case errors.Is(err, tabular.ErrOld):
		return say("file_old", "This is a file of old Office programs, such as .xls, and no CSV, Excel (.xlsx) or vCard file. Open it, save it as .xlsx or CSV, and send that.")
	case errors.Is(err, tabular.ErrFormat):
		return say("file_format", "This is no CSV, Excel (.xlsx) or vCard file that can be read. Save the list as one of these and send that.")
	}
	return err
}

// Discard takes an import away that has not run, with what was uploaded.
func (s *Service) Discard(ctx context.Context, actor access.Actor, id string) error {
	i, err := s.may(ctx, actor, id)
	if err != nil {
		return err
	}
	now, eventID := s.Now().UnixMilli(), s.NewID()
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		if i.OperationID != "" {
			if _, err := tx.CancelOperation(ctx, i.OperationID, now); err != nil {
				return err
			}
		}
		if err := tx.DeleteImport(ctx, id); err != nil {
			return err
		}
		if err := tx.DeleteFiles(ctx, i.FileID); err != nil {
			return err
		}
		return s.record(ctx, tx, eventID, EventDropped, id, actor.ID, now)
	})
	if err == nil {
		s.forgetCheck(id)
	}
	return err
}

// cleanText is a line that somebody typed about the import.
func cleanText(text string) string {
	return strings.Join(strings.Fields(string(bytes.ToValidUTF8([]byte(text), nil))), " ")
}
