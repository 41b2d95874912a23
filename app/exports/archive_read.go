package exports

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/blob"
	"stead/app/errs"
	"stead/store"
)

// readParams is what the work of reading an archive is asked to do.
type readParams struct {
	File string `json:"file"`
}

// place is where the next step begins: first every sum is checked, then the
// entries are written, row by row, then all is made findable.
type place struct {
	Phase string `json:"phase"` // check, write, index
	Entry int    `json:"entry"`
	Row   int64  `json:"row"`
	After string `json:"after,omitempty"` // id that was indexed last
}

const (
	phaseCheck = "check"
	phaseWrite = "write"
	phaseIndex = "index"
)

// How much one step does.
const (
	checkStep = 16 << 20
	writeStep = 200
)

// reading is an archive that is being read. It can always be begun anew where
// the operation's cursor says.
type reading struct {
	*opened
	file  *blob.At
	check *checking
	lines *bufio.Reader // of the entry that is written
	close io.Closer
	at    place
	idle  *time.Timer // shuts it when no step comes any more
}

// errNotEmpty is the refusal to mix two businesses.
var errNotEmpty = &errs.Error{
	Kind: errs.Conflict, Code: "not_empty",
	Message: "An archive is read into an empty Stead only, and here is data already. Nothing was changed. Set up a new one, or import a list instead.",
}

// BeginRead keeps an archive and begins to read it: errs.Invalid when it is none,
// errs.Conflict when there is data here. It returns the id of the operation.
func (s *Service) BeginRead(ctx context.Context, actor access.Actor, in io.Reader) (string, error) {
	return s.takeIn(ctx, actor, in, s.Work.Start)
}

// begin starts an operation: by a job, or for whoever drives it to its end.
type begin func(ctx context.Context, tx *store.Tx, op store.Operation) error

func inline(ctx context.Context, tx *store.Tx, op store.Operation) error {
	return tx.InsertOperation(ctx, op)
}

func (s *Service) takeIn(ctx context.Context, actor access.Actor, in io.Reader, start begin) (string, error) {
	if err := s.mayRead(ctx, &s.Store.Reader, actor); err != nil {
		return "", err
	}
	now := s.Now()
	f, err := s.Blobs.Put(ctx, in, store.File{
		ID: s.NewID(), Purpose: store.FileImport, Name: "archive.zip", CreatedBy: actor.ID, CreatedAt: now.UnixMilli(), ExpiresAt: now.Add(kept).UnixMilli(),
	})
	if err != nil {
		return "", err
	}
	id, err := s.beginRead(ctx, actor, f, start)
	if err != nil {
		s.Blobs.Discard(f.ID)
	}
	return id, err
}

func (s *Service) beginRead(ctx context.Context, actor access.Actor, f store.File, start begin) (string, error) {
	r, err := s.openRead(ctx, f, place{Phase: phaseCheck})
	if err != nil {
		return "", err
	}
	r.shut()
	params, err := json.Marshal(readParams{f.ID})
	if err != nil {
		return "", err
	}
	op := store.Operation{
		ID: s.NewID(), Kind: kindRead, Actor: actor.ID, Total: 2 * r.total(), // checked, then written
		Params: string(params), CreatedAt: s.Now().UnixMilli(),
	}
	event := store.Event{ID: s.NewID(), Kind: EventRead, Subject: op.ID, Actor: actor.ID, At: op.CreatedAt}
	return op.ID, s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := s.mayRead(ctx, &tx.Reader, actor); err != nil {
			return err
		}
		return errors.Join(tx.InsertFile(ctx, f), tx.Record(ctx, event), start(ctx, tx, op))
	})
}

// mayRead asks for the right to everything, and whether there is nothing yet.
func (s *Service) mayRead(ctx context.Context, r *store.Reader, actor access.Actor) error {
	if err := mayTakeAll(actor); err != nil {
		return err
	}
	empty, err := r.ArchiveEmpty(ctx)
	if err == nil && !empty {
		return errNotEmpty
	}
	return err
}

// ReadArchive keeps an archive and reads it to its end in this very call, for
// the terminal; each hears how far it has come.
func (s *Service) ReadArchive(ctx context.Context, actor access.Actor, in io.Reader, each func(store.Operation)) (store.Operation, error) {
	id, err := s.takeIn(ctx, actor, in, inline) // a job beside would take the same steps
	if err != nil {
		return store.Operation{}, err
	}
	op, err := s.Work.Drive(ctx, id, each)
	if err == nil && op.State != store.OperationDone {
		err = &errs.Error{Kind: errs.Invalid, Code: op.ErrorCode, Message: "The archive could not be read to its end (" + op.ErrorCode + ")."}
	}
	return op, err
}

func (s *Service) openRead(ctx context.Context, f store.File, at place) (*reading, error) {
	file, err := s.Blobs.OpenAt(ctx, f)
	if err != nil {
		return nil, err
	}
	tables, err := s.Store.ArchiveTables(ctx)
	if err == nil {
		var o *opened
		if o, err = openArchive(file, file.Size, tables); err == nil {
			r := &reading{opened: o, file: file, at: at}
			if err = r.seek(); err == nil {
				return r, nil
			}
			r.shut()
			return nil, err
		}
	}
	return nil, errors.Join(err, file.Close())
}

// total is how many bytes it unpacks to.
func (r *reading) total() (n int64) {
	for _, e := range r.manifest.Entries {
		n += e.Size
	}
	return n
}

func (r *reading) shut() {
	if r.close != nil {
		_ = r.close.Close() // was only read
	}
	_ = r.file.Close()
}

// seek goes to the row of the cursor.
func (r *reading) seek() error {
	if r.at.Phase != phaseWrite || r.at.Row == 0 {
		return nil
	}
	if err := r.openLines(); err != nil {
		return err
	}
	for range r.at.Row {
		if _, err := r.line(); err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) openLines() error {
	in, err := r.files[r.at.Entry].Open()
	if err != nil {
		return notArchive("entry %d: %w", r.at.Entry, err)
	}
	r.close, r.lines = in, bufio.NewReaderSize(in, 64<<10)
	return nil
}

// line is the next row, or io.EOF.
func (r *reading) line() ([]byte, error) {
	var out []byte
	for {
		part, err := r.lines.ReadSlice('\n')
		out = append(out, part...)
		switch {
		case len(out) > maxRow:
			return nil, notArchive("a row is too long")
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(out) > 0:
			return nil, notArchive("a row is cut off")
		}
		return out, err
	}
}

// session returns the archive that an operation reads, opened where it goes on.
func (s *Service) session(ctx context.Context, op store.Operation) (*reading, error) {
	at := place{Phase: phaseCheck}
	if op.Cursor != "" {
		if err := json.Unmarshal([]byte(op.Cursor), &at); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	r := s.taking[op.ID]
	delete(s.taking, op.ID) // it comes back when the step is kept
	s.mu.Unlock()
	if r != nil {
		r.idle.Stop()
	}
	if r != nil && r.at == at {
		return r, nil
	}
	if r != nil {
		r.shut()
	}
	var params readParams
	if err := json.Unmarshal([]byte(op.Params), &params); err != nil {
		return nil, err
	}
	f, err := s.Store.File(ctx, params.File)
	if err != nil {
		return nil, err
	}
	return s.openRead(ctx, f, at)
}

// stepRead is one step of reading an archive in.
func (s *Service) stepRead(ctx context.Context, op store.Operation, actor access.Actor) (store.Operation, error) {
	if err := mayTakeAll(actor); err != nil {
		return op, err
	}
	r, err := s.session(ctx, op)
	if err != nil {
		return op, err
	}
	do, err := s.part(ctx, r, &op)
	if err == nil {
		err = s.Store.InTx(ctx, func(tx *store.Tx) error { return do(tx) })
	}
	if err != nil {
		r.shut()
		return op, err
	}
	if op.Ended() {
		r.shut()
		return op, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taking[op.ID] = r
	r.idle = time.AfterFunc(patience, func() { s.leaveTaking(op.ID, r) })
	return op, nil
}

// leaveTaking shuts an archive for which no step comes any more, unless one has it.
func (s *Service) leaveTaking(opID string, r *reading) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taking[opID] == r {
		delete(s.taking, opID)
		r.idle.Stop()
		r.shut()
	}
}

// part prepares what the step does, moves the place on, and returns what is
// written with it.
func (s *Service) part(ctx context.Context, r *reading, op *store.Operation) (func(*store.Tx) error, error) {
	do := func(*store.Tx) error { return nil }
	var err error
	switch r.at.Phase {
	case phaseCheck:
		err = r.checkSome(op)
	case phaseWrite:
		do, err = s.writeSome(ctx, r, op)
	case phaseIndex:
		do, err = s.indexSome(ctx, r, op)
	}
	if err != nil {
		return nil, err
	}
	at, err := json.Marshal(r.at)
	op.Cursor = string(at)
	return func(tx *store.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return tx.SaveOperation(ctx, *op)
	}, err
}

// checkSome makes sums. Nothing is written before all of them are right.
func (r *reading) checkSome(op *store.Operation) (err error) {
	for left := int64(checkStep); left > 0; {
		if r.at.Entry == len(r.files) {
			r.at = place{Phase: phaseWrite}
			return nil
		}
		if r.check == nil {
			if r.check, err = r.opened.check(r.at.Entry); err != nil {
				return err
			}
		}
		before := r.check.n
		done, err := r.check.some(left)
		if err != nil {
			return err
		}
		left -= max(r.check.n-before, 4096)
		op.Done += r.check.n - before
		if done {
			r.check, r.at.Entry = nil, r.at.Entry+1
		}
	}
	return nil
}

// table is the one that an entry holds the rows of, if it is read back.
func (r *reading) table(name string) (string, []store.ArchiveColumn, bool) {
	name, ok := strings.CutSuffix(strings.TrimPrefix(name, dataFolder), ".jsonl")
	switch {
	case !ok:
		return "", nil, false
	case name == colleagues:
		return name, colleagueColumns, true
	case name == optOuts:
		return name, optOutColumns, true
	}
	t, ok := r.tables[name]
	return name, shown(t), ok
}
