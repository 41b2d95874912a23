package imports

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

func itoa(n int) string { return strconv.Itoa(n) }

// begin starts an operation: by a job or, at the terminal, by who asks.
type begin func(ctx context.Context, tx *store.Tx, op store.Operation) error

func inline(ctx context.Context, tx *store.Tx, op store.Operation) error {
	return tx.InsertOperation(ctx, op)
}

// Check begins a dry run: the file is read to its end and nothing is written but
// the counts.
func (s *Service) Check(ctx context.Context, actor access.Actor, id string) error {
	_, err := s.check1(ctx, actor, id, s.Work.Start)
	return err
}

func (s *Service) check1(ctx context.Context, actor access.Actor, id string, start begin) (string, error) {
	i, err := s.may(ctx, actor, id)
	if err != nil {
		return "", err
	}
	op := store.Operation{ID: s.NewID(), Kind: kindCheck, Actor: actor.ID, Params: task{id}.params(), CreatedAt: s.Now().UnixMilli()}
	i.State, i.OperationID, i.UpdatedAt, i.ImportCounts = store.ImportChecking, op.ID, op.CreatedAt, store.ImportCounts{}
	s.drop(id)
	return op.ID, s.begin(ctx, i, op, start, "", store.ImportDraft, store.ImportReady)
}

// Run begins the import itself, or goes on with one that was cancelled or failed
// where it stopped.
func (s *Service) Run(ctx context.Context, actor access.Actor, id string) error {
	_, err := s.run(ctx, actor, id, s.Work.Start)
	return err
}

func (s *Service) run(ctx context.Context, actor access.Actor, id string, start begin) (string, error) {
	i, err := s.may(ctx, actor, id)
	if err != nil {
		return "", err
	}
	state, _, err := s.state(ctx, i)
	if err != nil {
		return "", err
	}
	op := store.Operation{ID: s.NewID(), Kind: kindRun, Actor: actor.ID, Params: task{id}.params(), CreatedAt: s.Now().UnixMilli(), Total: i.Lines}
	again := state == store.ImportCancelled || state == store.ImportFailed
	switch {
	case again && i.FileID != "":
		to, err := s.Store.ImportedTo(ctx, id)
		if err != nil {
			return "", err
		}
		op.Cursor, op.Done = strconv.FormatInt(to, 10), to
	case state != store.ImportReady:
		return "", errBusy
	default:
		i.ImportCounts = store.ImportCounts{Lines: i.Lines}
		i.UndoID = s.NewID()
	}
	was := i.State
	i.State, i.OperationID, i.UpdatedAt, i.FinishedAt = store.ImportRunning, op.ID, op.CreatedAt, 0
	s.drop(id)
	if again {
		return op.ID, s.begin(ctx, i, op, start, EventStarted, was)
	}
	return op.ID, s.first(ctx, i, op, start)
}

// first begins an import that never ran: with what takes it back, and with the
// fields that columns are to become.
func (s *Service) first(ctx context.Context, i store.Import, op store.Operation, start begin) error {
	settings, err := readSettings(i)
	if err != nil {
		return err
	}
	var fields []store.Field
	for n := range settings.Columns {
		c := &settings.Columns[n]
		kind, fresh := strings.CutPrefix(c.Target, newTarget)
		if !fresh {
			continue
		}
		f := store.Field{ID: s.NewID(), Record: "contact", Name: c.Name, Kind: kind, Personal: true, CreatedAt: op.CreatedAt}
		if f.Name == "" {
			f.Name = "Column " + itoa(n+1)
		}
		fields, c.Target = append(fields, f), fieldTarget+f.ID
	}
	i.Settings = settings.write()
	return s.begin(ctx, i, op, func(ctx context.Context, tx *store.Tx, op store.Operation) error {
		if _, err := tx.Undoable(ctx, store.Undo{ID: i.UndoID, Kind: EventDone, At: op.CreatedAt}); err != nil {
			return err
		}
		u, err := tx.Undoable(ctx, store.Undo{ID: i.ID, Kind: EventStarted, At: op.CreatedAt})
		if err != nil {
			return err
		}
		for _, f := range fields {
			if err := u.Watch(ctx, "fields", "id", f.ID); err != nil {
				return err
			}
			if err := tx.InsertField(ctx, f); err != nil {
				return err
			}
		}
		if err := u.Close(ctx); err != nil {
			return err
		}
		return start(ctx, tx, op)
	}, EventStarted, store.ImportReady)
}

func (s *Service) begin(ctx context.Context, i store.Import, op store.Operation, start begin, kind string, from ...string) error {
	eventID := s.NewID()
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.SaveImport(ctx, i, from...); err != nil {
			return err
		}
		if err := start(ctx, tx, op); err != nil {
			return err
		}
		if kind == "" {
			return nil
		}
		return s.record(ctx, tx, eventID, kind, i.ID, op.Actor, op.CreatedAt)
	})
	if errors.Is(err, store.ErrConflict) {
		return errBusy
	}
	return err
}

// state is what an import really is at: its operation may have been cancelled,
// or have failed, without it.
func (s *Service) state(ctx context.Context, i store.Import) (string, store.Operation, error) {
	if i.OperationID == "" || i.State != store.ImportRunning && i.State != store.ImportChecking {
		return i.State, store.Operation{}, nil
	}
	op, err := s.Store.Operation(ctx, i.OperationID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		op.State = store.OperationCancelled
	case err != nil:
		return i.State, op, err
	}
	if i.State == store.ImportChecking {
		if op.State == store.OperationCancelled || op.State == store.OperationFailed {
			return store.ImportDraft, op, nil
		}
		return i.State, op, nil
	}
	switch op.State {
	case store.OperationCancelled:
		return store.ImportCancelled, op, nil
	case store.OperationFailed:
		return store.ImportFailed, op, nil
	}
	return i.State, op, nil
}

// Cancel stops a check or an import before its next step. What came in stays
// until it is taken back.
func (s *Service) Cancel(ctx context.Context, actor access.Actor, id string) error {
	i, err := s.may(ctx, actor, id)
	if err != nil {
		return err
	}
	now := s.Now().UnixMilli()
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		on, err := tx.CancelOperation(ctx, i.OperationID, now)
		if err != nil || !on {
			return err
		}
		current, err := tx.Import(ctx, id) // counts as of the last step
		if err != nil {
			return err
		}
		switch i.State {
		case store.ImportChecking:
			current.State = store.ImportDraft
		case store.ImportRunning:
			current.State, current.FinishedAt = store.ImportCancelled, now
		default:
			return nil
		}
		current.UpdatedAt = now
		return tx.SaveImport(ctx, current, i.State)
	})
	s.forgetCheck(id)
	if errors.Is(err, store.ErrConflict) {
		return errBusy
	}
	return err
}

// Undo begins to take an import back: what it changed and nobody has changed
// since, and whom it brought in and nobody has touched since.
func (s *Service) Undo(ctx context.Context, actor access.Actor, id string) error {
	_, err := s.undo(ctx, actor, id, s.Work.Start)
	return err
}

// halfBack tells that taking an import back was cancelled, or failed, before its
// end: it can be gone on with.
func (s *Service) halfBack(ctx context.Context, i store.Import) (bool, error) {
	if i.State != store.ImportUndone {
		return false, nil
	}
	op, err := s.Store.Operation(ctx, i.OperationID)
	if errors.Is(err, store.ErrNotFound) { // as old as that, nothing can be taken back any more
		return false, nil
	}
	return op.State == store.OperationCancelled || op.State == store.OperationFailed, err
}

func (s *Service) undo(ctx context.Context, actor access.Actor, id string, start begin) (string, error) {
	i, err := s.may(ctx, actor, id)
	if err != nil {
		return "", err
	}
	state, _, err := s.state(ctx, i)
	if err != nil {
		return "", err
	}
	half, err := s.halfBack(ctx, i)
	if err != nil {
		return "", err
	}
	switch {
	case i.State == store.ImportUndone && !half:
		return "", &errs.Error{Kind: errs.Conflict, Code: "import_undone", Message: "This import was taken back already."}
	case state == store.ImportRunning, i.UndoID == "":
		return "", errBusy
	case s.Now().UnixMilli()-i.CreatedAt > keepRejects.Milliseconds():
		return "", &errs.Error{Kind: errs.Invalid, Code: "import_old", Message: "This import is more than 30 days old and cannot be taken back any more."}
	}
	op := store.Operation{ID: s.NewID(), Kind: kindUndo, Actor: actor.ID, Params: task{id}.params(), CreatedAt: s.Now().UnixMilli(), Total: i.Created + i.Updated}
	was := i.State
	i.State, i.OperationID, i.UpdatedAt = store.ImportUndone, op.ID, op.CreatedAt
	return op.ID, s.begin(ctx, i, op, start, EventUndone, was)
}
