package imports

import (
	"context"
	"strconv"

	"stead/app/access"
	"stead/store"
)

// checkRows is how many rows one step of a check looks at.
const checkRows = 500

// check is a dry run: what is counted so far, and what the rows above the one at
// hand would have done. It lives in memory; a check that a restart cut off begins
// anew.
type check struct {
	operation string
	after     int64
	counts    store.ImportCounts
	memory    memory
}

// checkStep counts what would become of the next rows, and writes no more than
// how far it came.
func (s *Service) checkStep(ctx context.Context, op store.Operation, actor access.Actor) (store.Operation, error) {
	i, err := s.stepped(ctx, op, actor)
	if err != nil {
		return op, err
	}
	c := s.check(i.ID, op.ID)
	r, err := s.reading(ctx, i, op.ID, c.after)
	if err != nil {
		return op, s.checkFailed(i.ID, err)
	}
	rows, err := r.take(ctx, checkRows)
	if err != nil {
		return op, s.checkFailed(i.ID, err)
	}
	if len(rows) > 0 {
		if err := s.count(ctx, c, i, actor, rows); err != nil {
			return op, s.checkFailed(i.ID, err)
		}
		r.done(rows)
		c.after = rows[len(rows)-1].end
	}
	op.Cursor, op.Done = strconv.FormatInt(c.after, 10), c.after
	if !r.over() {
		return op, s.Store.InTx(ctx, func(tx *store.Tx) error { return tx.SaveOperation(ctx, op) })
	}
	i.ImportCounts = c.counts
	i.Lines, i.Header, i.Blank = r.counts.Lines, r.counts.Header, r.counts.Blank
	i.State, i.UpdatedAt = store.ImportReady, op.UpdatedAt
	op.State, op.Total, op.Done = store.OperationDone, i.Lines, i.Lines
	s.forgetCheck(i.ID)
	return op, s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.SaveImport(ctx, i, store.ImportChecking); err != nil {
			return err
		}
		return tx.SaveOperation(ctx, op)
	})
}

func (s *Service) check(id, operation string) *check {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.checks[id]
	if c == nil || c.operation != operation {
		c = &check{operation: operation, memory: newMemory()}
		s.checks[id] = c
	}
	return c
}

func (s *Service) forgetCheck(id string) {
	s.drop(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.checks, id)
}

func (s *Service) checkFailed(id string, err error) error {
	s.forgetCheck(id)
	return err
}

// count looks at some rows as a batch would.
func (s *Service) count(ctx context.Context, c *check, i store.Import, actor access.Actor, rows []row) error {
	settings, err := readSettings(i)
	if err != nil {
		return err
	}
	subjects, err := s.subjects(ctx, rows)
	if err != nil {
		return err
	}
	gone, err := forgotten(ctx, &s.Store.Reader, subjects)
	if err != nil {
		return err
	}
	erased := func(at int) bool { return gone.any(subjects[at]) }
	t := &trial{course: course{Import: i, settings: settings, actor: actor}, memory: &c.memory, store: s.Store}
	t.scene = t
	if err := t.prepare(ctx, rows, erased); err != nil {
		return err
	}
	for n := range rows {
		rows[n].person.ID = c.memory.next()
		out, err := t.decide(ctx, &rows[n], erased(n))
		if err != nil {
			return err
		}
		c.counts.Add(out.Outcome, out.Reason)
	}
	return nil
}
