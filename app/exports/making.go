package exports

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// making is a file that is being written beside the steps of its operation: each
// step gives it a turn, in which it writes some rows, and waits until it rests.
// After a crash it is begun anew: nothing was changed by it.
type making struct {
	turn, rest chan struct{}
	done       chan error // once: how it ended
	file       store.File
	rows       int64

	stop context.CancelFunc
	idle *time.Timer // ends it when no step comes any more
}

var errAbandoned = errors.New("exports: nobody waits for this file any more")

// patience is how long what is held for an operation waits for its next step.
const patience = 5 * time.Minute

// stepRows is how many rows are written in one turn.
const stepRows = 4 * batch

// filler writes a file and tells pace how far it has come.
type filler func(ctx context.Context, w io.Writer, p pace) error

// begin writes the file of an operation with what fill writes, a turn at a time.
func (s *Service) begin(ctx context.Context, opID string, f store.File, fill filler) *making {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	m := &making{turn: make(chan struct{}), rest: make(chan struct{}), done: make(chan error, 1), stop: stop}
	m.idle = time.AfterFunc(patience, func() {
		stop()
		s.leaveMaking(opID, m)
	})
	out, in := io.Pipe()
	go func() {
		in.CloseWithError(m.fill(ctx, in, fill)) // nil is the end of the file
	}()
	go func() {
		var err error
		m.file, err = s.Blobs.Put(ctx, out, f)
		out.CloseWithError(errAbandoned) // whoever still writes hears of it
		m.done <- err
	}()
	return m
}

func (m *making) fill(ctx context.Context, w io.Writer, fill filler) error {
	if err := take(ctx, m.turn); err != nil {
		return err
	}
	left := stepRows
	return fill(ctx, w, func(rows int) error {
		m.rows += int64(rows)
		if left -= rows; left > 0 {
			return nil
		}
		left = stepRows
		select {
		case m.rest <- struct{}{}:
		case <-ctx.Done():
			return errAbandoned
		}
		return take(ctx, m.turn)
	})
}

func take(ctx context.Context, turn chan struct{}) error {
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		return errAbandoned
	}
}

// drop ends a file that comes to nothing, or is done.
func (m *making) drop() {
	m.idle.Stop()
	m.stop()
}

// advance gives the file a turn and tells whether that was its last.
func (m *making) advance(ctx context.Context) (ended bool, err error) {
	m.idle.Reset(patience)
	select {
	case m.turn <- struct{}{}:
	case err := <-m.done:
		return true, err
	case <-ctx.Done():
		return false, ctx.Err()
	}
	select {
	case <-m.rest:
		return false, nil
	case err := <-m.done:
		return true, err
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// result is what an operation leaves: the file to be fetched.
type result struct {
	File string `json:"file"`
	Rows int64  `json:"rows"`
}

// step goes on with the file of an operation, begins it with begin, and keeps it
// with the operation's end.
func (s *Service) step(ctx context.Context, op store.Operation, actor access.Actor, name string, fill filler) (store.Operation, error) {
	s.mu.Lock()
	m := s.making[op.ID]
	delete(s.making, op.ID) // it comes back when the step is kept
	s.mu.Unlock()
	if m == nil {
		now := s.Now()
		m = s.begin(ctx, op.ID, store.File{
			ID: s.NewID(), Purpose: store.FileExport, Name: name, CreatedBy: actor.ID, CreatedAt: now.UnixMilli(), ExpiresAt: now.Add(kept).UnixMilli(),
		}, fill)
	}
	ended, err := m.advance(ctx)
	if err != nil {
		m.drop()
		if errors.Is(err, context.Canceled) || errors.Is(err, errAbandoned) {
			err = &errs.Error{Kind: errs.Unavailable, Code: "begun_anew", Message: "The file is made anew.", Err: err}
		}
		return op, err
	}
	op.Done = m.rows
	if op.Total > 0 {
		op.Done = min(m.rows, op.Total)
	}
	if err := s.keep(ctx, &op, m, ended); err != nil {
		m.drop()
		if ended {
			s.Blobs.Discard(m.file.ID)
		}
		return op, err
	}
	if ended {
		m.drop()
		return op, nil
	}
	s.mu.Lock()
	s.making[op.ID] = m
	s.mu.Unlock()
	return op, nil
}

// leaveMaking ends a file for which no step comes any more, unless one has it.
func (s *Service) leaveMaking(opID string, m *making) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.making[opID] == m {
		delete(s.making, opID)
		m.drop()
	}
}

// React is a store.Reaction: what is held for an operation that has ended,
// whatever way, is let go of.
func (s *Service) React(_ context.Context, tx *store.Tx, e store.Event) error {
	if e.Kind == store.EventOperationDone || e.Kind == store.EventOperationStopped {
		tx.AfterCommit(func() { s.leave(e.Subject) })
	}
	return nil
}

func (s *Service) leave(opID string) {
	s.mu.Lock()
	m, r := s.making[opID], s.taking[opID]
	s.mu.Unlock()
	if m != nil {
		s.leaveMaking(opID, m)
	}
	if r != nil {
		s.leaveTaking(opID, r)
	}
}

// keep notes how far an operation has come and, at its end, the file.
func (s *Service) keep(ctx context.Context, op *store.Operation, m *making, ended bool) error {
	if ended {
		text, err := json.Marshal(result{m.file.ID, m.rows})
		if err != nil {
			return err
		}
		op.State, op.Result, op.Changed = store.OperationDone, string(text), m.rows
	}
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if ended {
			if err := tx.InsertFile(ctx, m.file); err != nil {
				return err
			}
		}
		return tx.SaveOperation(ctx, *op)
	})
}
