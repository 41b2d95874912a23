package imports

import (
	"context"
	"io"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/people"
	"stead/store"
)

// Job is a whole import that is asked for at once, as at the terminal.
type Job struct {
	Name          string
	File          io.Reader
	Country       string
	Basis         string // one that the law knows; what shows it behind a colon
	Mode, MatchBy string
	Map           map[string]string // name or number of a column to where it goes
	Tags          []string
	DryRun        bool
}

// Do carries an import out to its end in this very call; each hears how far it
// has come. With DryRun it only counts, and keeps nothing.
func (s *Service) Do(ctx context.Context, actor access.Actor, j Job, each func(done int64)) (store.Import, error) {
	i, operation, err := s.Begin(ctx, actor, j)
	if err != nil {
		return i, err
	}
	if err := s.drive(ctx, operation, each); err != nil {
		if j.DryRun {
			err = s.dropped(ctx, actor, i.ID, err)
		}
		return i, err
	}
	if i, err = s.Store.Import(ctx, i.ID); err != nil || !j.DryRun {
		return i, err
	}
	return i, s.Discard(ctx, actor, i.ID)
}

// Begin uploads a file and begins what is to be done with it; who asks drives
// the operation. What cannot begin leaves nothing behind.
func (s *Service) Begin(ctx context.Context, actor access.Actor, j Job) (i store.Import, operation string, err error) {
	if _, _, err := splitBasis(j.Basis); err != nil { // before a large file is read for nothing
		return i, "", err
	}
	if i, err = s.Upload(ctx, actor, j.Name, j.File); err != nil {
		return i, "", err
	}
	err = s.prepare(ctx, actor, i, j)
	switch {
	case err != nil:
	case j.DryRun:
		operation, err = s.check1(ctx, actor, i.ID, inline)
	default:
		operation, err = s.unchecked(ctx, actor, i.ID)
	}
	if err != nil {
		err = s.dropped(ctx, actor, i.ID, err)
	}
	return i, operation, err
}

// GoOn carries on with an import that was cancelled or that failed, to its end.
func (s *Service) GoOn(ctx context.Context, actor access.Actor, id string) (store.Import, error) {
	operation, err := s.run(ctx, actor, id, inline)
	if err != nil {
		return store.Import{}, err
	}
	if err := s.drive(ctx, operation, nil); err != nil {
		return store.Import{}, err
	}
	return s.Store.Import(ctx, id)
}

// TakeBack undoes an import to its end in this very call.
func (s *Service) TakeBack(ctx context.Context, actor access.Actor, id string, each func(done int64)) (store.Import, error) {
	operation, err := s.undo(ctx, actor, id, inline)
	if err != nil {
		return store.Import{}, err
	}
	if err := s.drive(ctx, operation, each); err != nil {
		return store.Import{}, err
	}
	return s.Store.Import(ctx, id)
}

// dropped takes away what was uploaded for an import that came to nothing.
func (s *Service) dropped(ctx context.Context, actor access.Actor, id string, err error) error {
	if gone := s.Discard(ctx, actor, id); gone != nil && errs.KindOf(gone) == errs.Fault {
		s.Log.WarnContext(ctx, "an upload stays until its end", "code", errs.CodeOf(gone))
	}
	return err
}

func (s *Service) drive(ctx context.Context, operation string, each func(done int64)) error {
	op, err := s.Work.Drive(ctx, operation, func(op store.Operation) {
		if each != nil {
			each(op.Done)
		}
	})
	switch {
	case err != nil:
		return err
	case op.State == store.OperationFailed:
		return &errs.Error{Kind: errs.Invalid, Code: op.ErrorCode, Message: "The import stopped at a problem (" + op.ErrorCode + "). What came in before stays; stead import undo takes it back."}
	case op.State != store.OperationDone:
		return &errs.Error{Kind: errs.Conflict, Code: "import_cancelled", Message: "The import was cancelled. What came in before stays; stead import undo takes it back."}
	}
	return nil
}

// unchecked begins an import that nobody wants to see the check of.
func (s *Service) unchecked(ctx context.Context, actor access.Actor, id string) (string, error) {
	i, err := s.may(ctx, actor, id)
	if err != nil {
		return "", err
	}
	i.State = store.ImportReady
	if err := s.save(ctx, i, store.ImportDraft); err != nil {
		return "", err
	}
	return s.run(ctx, actor, id, inline)
}

func (s *Service) prepare(ctx context.Context, actor access.Actor, i store.Import, j Job) error {
	basis, evidence, err := splitBasis(j.Basis)
	if err != nil {
		return err
	}
	settings, err := readSettings(i)
	if err != nil {
		return err
	}
	fields, err := s.Store.Fields(ctx, "contact")
	if err != nil {
		return err
	}
	in := Columns{Country: j.Country, Header: settings.Header}
	for _, c := range settings.Columns {
		in.Targets = append(in.Targets, c.Target)
	}
	for name, to := range j.Map {
		at := columnAt(settings.Columns, name)
		if at < 0 {
			return errs.Field("map", "The file has no column "+strconv.Quote(name)+".")
		}
		target, ok := targetNamed(to, fields)
		if !ok {
			return errs.Field("map", strconv.Quote(to)+" is no place for a column. There are: "+targetNames(fields)+".")
		}
		in.Targets[at] = target
	}
	if _, err := s.SetColumns(ctx, actor, i.ID, in); err != nil {
		return err
	}
	_, err = s.SetRules(ctx, actor, i.ID, Rules{Basis: basis, Evidence: evidence, Mode: j.Mode, MatchBy: j.MatchBy, Tags: j.Tags})
	return err
}

// splitBasis reads "contract: order of 3 May". It is errs.Invalid for what names no
// basis that the law knows.
func splitBasis(text string) (basis, evidence string, err error) {
	name, rest, _ := strings.Cut(text, ":")
	if basis, ok := people.BasisOf(cleanText(name)); ok && basis != "" {
		return basis, strings.TrimSpace(rest), nil
	}
	var there []string
	for _, b := range people.Bases {
		there = append(there, b.Code)
	}
	return "", "", errs.Field("basis", "That is no reason that the law knows. There are: "+strings.Join(there, ", ")+". What shows it stands behind a colon.")
}

func columnAt(columns []Column, name string) int {
	for at, c := range columns {
		if plain(c.Name) == plain(name) {
			return at
		}
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(columns) {
		return n - 1
	}
	return -1
}

// targetNamed finds where a column goes by what people call it.
func targetNamed(name string, fields []store.Field) (string, bool) {
	wanted := plain(name)
	if wanted == "skip" || wanted == "" {
		return skip, true
	}
	for _, t := range Targets(fields) {
		if t.ID != skip && (wanted == strings.ReplaceAll(t.ID, "_", " ") || wanted == plain(t.Label)) {
			return t.ID, true
		}
	}
	if target := byName[wanted]; target != skip {
		return target, true
	}
	return skip, false
}

func targetNames(fields []store.Field) string {
	names := []string{"skip"}
	for _, t := range Targets(fields) {
		switch _, own := fieldOf(t.ID); {
		case own:
			names = append(names, t.Label)
		case t.ID != skip:
			names = append(names, t.ID)
		}
	}
	return strings.Join(names, ", ")
}
