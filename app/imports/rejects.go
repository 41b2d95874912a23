package imports

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/tabular"
	"stead/store"
)

// writing is a file of refused lines that is being written.
type writing struct {
	done chan struct{}
	file store.File
	err  error
}

const (
	writeFor  = 20 * time.Minute
	writeWait = 2 * time.Second // of one step
)

// finish ends an import that has read everything: what was not taken goes into a
// file of its own, and what was uploaded goes.
func (s *Service) finish(ctx context.Context, op store.Operation, i store.Import, r *reading) (store.Operation, error) {
	i.Lines, i.Header, i.Blank = r.counts.Lines, r.counts.Header, r.counts.Blank
	var file store.File
	if i.Rejected+i.Suppressed > 0 {
		if r.rejects == nil {
			r.rejects = s.writeRejects(ctx, i)
		}
		select {
		case <-r.rejects.done:
		case <-time.After(writeWait):
			return op, nil
		case <-ctx.Done():
			return op, ctx.Err()
		}
		if r.rejects.err != nil {
			err := r.rejects.err
			r.rejects = nil
			return op, err
		}
		file = r.rejects.file
	}
	upload := i.FileID
	i.State, i.FileID, i.RejectsID, i.UpdatedAt, i.FinishedAt = store.ImportDone, "", file.ID, op.UpdatedAt, op.UpdatedAt
	op.State, op.Total, op.Done = store.OperationDone, i.Lines, i.Lines
	eventID := s.NewID()
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		if file.ID != "" {
			if err := tx.InsertFile(ctx, file); err != nil {
				return err
			}
		}
		if err := tx.SaveImport(ctx, i, store.ImportRunning); err != nil {
			return err
		}
		if err := tx.DeleteFiles(ctx, upload); err != nil {
			return err
		}
		if err := s.record(ctx, tx, eventID, EventDone, i.ID, op.Actor, op.UpdatedAt); err != nil {
			return err
		}
		return tx.SaveOperation(ctx, op)
	})
	if err == nil {
		s.drop(i.ID)
	}
	return op, err
}

// writeRejects reads the upload once more beside the steps, since what is refused
// may be much, and writes each refused line with why.
func (s *Service) writeRejects(ctx context.Context, i store.Import) *writing {
	w := &writing{done: make(chan struct{})}
	now := s.Now()
	f := store.File{
		ID: s.NewID(), Purpose: store.FileRejects, Name: "not imported.csv", CreatedBy: i.CreatedBy,
		CreatedAt: now.UnixMilli(), ExpiresAt: now.Add(keepRejects).UnixMilli(),
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeFor)
	from, to := io.Pipe()
	go func() {
		out := bufio.NewWriterSize(to, 64<<10)
		err := s.rejects(ctx, i, out)
		to.CloseWithError(errors.Join(err, out.Flush()))
	}()
	go func() {
		defer close(w.done)
		defer cancel()
		w.file, w.err = s.Files.Put(ctx, from, f)
		from.CloseWithError(context.Canceled)
	}()
	return w
}

// rejects writes what was not taken: the line, why, of which column, and the text
// as it stood in the file. Of who was erased nothing but the line is said.
func (s *Service) rejects(ctx context.Context, i store.Import, out io.Writer) error {
	settings, err := readSettings(i)
	if err != nil {
		return err
	}
	src, file, err := s.open(ctx, i, settings.Format)
	if err != nil {
		return err
	}
	defer file.Close()
	defer src.Close()
	if _, err := io.WriteString(out, "\uFEFF"); err != nil { // so that spreadsheets read it as UTF-8
		return err
	}
	w := csv.NewWriter(out)
	w.UseCRLF = true
	head := slices.Clone(rejectHead)
	for _, c := range settings.Columns[ownColumns(settings):] {
		head = append(head, neutral(c.Name))
	}
	if err := w.Write(head); err != nil {
		return err
	}
	refused := &refusals{store: s.Store, id: i.ID}
	for {
		rec, err := src.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		row, ok, err := refused.at(ctx, rec.Line)
		if err != nil {
			return err
		}
		if ok {
			if err := w.Write(rejectRow(row, rec, settings)); err != nil {
				return err
			}
		}
	}
	w.Flush()
	return w.Error()
}

// rejectHead is what stands before the columns of the file.
var rejectHead = []string{"Line", "Reason", "Column", "Original text"}

// ownColumns is how many columns an earlier file of refused lines put before those
// of the file: such a file is mended and imported again, and they do not pile up.
func ownColumns(settings Settings) int {
	if len(settings.Columns) < len(rejectHead) {
		return 0
	}
	for n, name := range rejectHead {
		if settings.Columns[n].Name != name {
			return 0
		}
	}
	return len(rejectHead)
}

func rejectRow(row store.ImportRow, rec tabular.Record, settings Settings) []string {
	code, name := reasonParts(row.Reason, settings)
	out := []string{strconv.FormatInt(row.Line, 10), ReasonWords(code), neutral(name), ""}
	if row.Outcome == store.RowSuppressed {
		return out
	}
	if out[3] = neutral(rec.Raw); rec.Raw == "" {
		out[3] = neutral(tabular.Raw(rec.Cells))
	}
	cells := append(rec.Cells, rec.Pieces...) // it has either
	if own := ownColumns(settings); own > 0 && len(cells) >= own {
		out[3], cells = neutral(cells[own-1]), cells[own:]
	}
	for _, cell := range cells {
		out = append(out, neutral(cell))
	}
	return out
}

// neutral has a spreadsheet take a cell for text. A number with its plus stays.
func neutral(cell string) string {
	if !computes(cell) || cell[0] == '+' && strings.Trim(cell[1:], "0123456789 ()-./") == "" {
		return cell
	}
	return "'" + cell
}

// computes tells whether a spreadsheet may take a cell for a formula, whatever
// blanks stand before it.
func computes(cell string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(cell, " \u00a0\u3000\u200b\ufeff"))
	return strings.ContainsRune("=+-@\t\r\n＝＋－＠|%", first)
}

// refusals walks what was not taken, in the order of the file.
type refusals struct {
	store *store.Store
	id    string
	lists [2]struct {
		rows []store.ImportRow
		last int64
		over bool
	}
}

func (r *refusals) at(ctx context.Context, line int64) (store.ImportRow, bool, error) {
	for n, outcome := range []string{store.RowRejected, store.RowSuppressed} {
		l := &r.lists[n]
		for !l.over && (len(l.rows) == 0 || l.rows[0].Line < line) {
			if len(l.rows) > 0 {
				l.rows = l.rows[1:]
				continue
			}
			more, err := r.store.ImportRows(ctx, r.id, outcome, l.last, 1000)
			if err != nil {
				return store.ImportRow{}, false, err
			}
			l.rows, l.over = more, len(more) == 0
			if len(more) > 0 {
				l.last = more[len(more)-1].Line
			}
		}
		if len(l.rows) > 0 && l.rows[0].Line == line {
			return l.rows[0], true, nil
		}
	}
	return store.ImportRow{}, false, nil
}

// Rejects opens the file of what was not taken; that somebody fetched it stands
// in the audit log.
func (s *Service) Rejects(ctx context.Context, actor access.Actor, id string) (io.ReadCloser, store.File, error) {
	i, err := s.may(ctx, actor, id)
	if err != nil {
		return nil, store.File{}, err
	}
	gone := &errs.Error{Kind: errs.Conflict, Code: "rejects_gone", Message: "There is no such file, or it is not kept any more."}
	if i.RejectsID == "" {
		return nil, store.File{}, gone
	}
	f, err := s.Store.File(ctx, i.RejectsID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, store.File{}, gone
	}
	if err != nil {
		return nil, store.File{}, err
	}
	in, err := s.Files.Open(ctx, f)
	if err != nil {
		return nil, f, err
	}
	now, eventID := s.Now().UnixMilli(), s.NewID()
	err = s.Store.InTx(ctx, func(tx *store.Tx) error { return s.record(ctx, tx, eventID, EventFetched, id, actor.ID, now) })
	return in, f, err
}
