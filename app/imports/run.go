package imports

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"stead/app/access"
	"stead/store"
)

// How many rows one transaction does.
const (
	fewRows   = 32
	firstRows = 256
	mostRows  = 2000
)

// task is what an operation is about.
type task struct {
	Import string `json:"import"`
}

func taskOf(op store.Operation) (task, error) {
	var t task
	if err := json.Unmarshal([]byte(op.Params), &t); err != nil {
		return t, fmt.Errorf("imports: params: %w", err)
	}
	return t, nil
}

func (t task) params() string {
	text, _ := json.Marshal(t) // a text always can be
	return string(text)
}

// runStep brings the next rows in: they, what became of them, the counts and the
// cursor stand or fall together.
func (s *Service) runStep(ctx context.Context, op store.Operation, actor access.Actor) (store.Operation, error) {
	i, err := s.stepped(ctx, op, actor)
	if err != nil {
		return op, err
	}
	after, _ := strconv.ParseInt(op.Cursor, 10, 64) // none: from the beginning
	r, err := s.reading(ctx, i, op.ID, after)
	if err != nil {
		return op, err
	}
	rows, err := r.take(ctx, s.Work.Share(op.ID, firstRows, fewRows, mostRows))
	switch {
	case err != nil:
		s.drop(i.ID)
		return op, err
	case len(rows) == 0 && r.over():
		return s.finish(ctx, op, i, r)
	case len(rows) == 0:
		return op, nil
	}
	done := s.Work.Turn(ctx)
	began := s.Now()
	next, err := s.write(ctx, op, i, actor, rows)
	took := s.Now().Sub(began)
	done()
	if err != nil {
		s.drop(i.ID) // it begins again at the cursor
		return op, err
	}
	s.Work.Took(op.ID, len(rows), took)
	r.done(rows)
	return next, nil
}

// stepped returns the import that an operation is about, while its actor still
// may import and nobody has begun another operation about it: after a stop, two
// clicks would begin two.
func (s *Service) stepped(ctx context.Context, op store.Operation, actor access.Actor) (store.Import, error) {
	t, err := taskOf(op)
	if err != nil {
		return store.Import{}, err
	}
	i, err := s.may(ctx, actor, t.Import)
	if err == nil && i.OperationID != op.ID {
		err = errBusy
	}
	return i, err
}

// write does some rows in one transaction.
func (s *Service) write(ctx context.Context, op store.Operation, i store.Import, actor access.Actor, rows []row) (store.Operation, error) {
	settings, err := readSettings(i)
	if err != nil {
		return op, err
	}
	subjects, err := s.subjects(ctx, rows)
	if err != nil {
		return op, err
	}
	b := newBatch(i, settings, actor, op.UpdatedAt)
	b.rows, b.subjects, b.ids = rows, subjects, s.newIDs(rows, len(settings.Tags))
	next := op
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		counts, err := b.write(ctx, tx)
		if err != nil {
			return err
		}
		done := i
		done.ImportCounts, done.UpdatedAt = counts, op.UpdatedAt
		if err := tx.SaveImport(ctx, done, store.ImportRunning); err != nil {
			return err
		}
		next = op
		last := rows[len(rows)-1].end
		next.Cursor, next.Done, next.Changed, next.Skipped = strconv.FormatInt(last, 10), last, counts.Created+counts.Updated, counts.Rejected+counts.Suppressed
		next.Total = max(op.Total, last)
		return tx.SaveOperation(ctx, next)
	})
	return next, err
}

// newIDs are ids for what a batch may have to make: tags, companies, and the
// places from which people are known. A transaction that runs twice uses the same.
func (s *Service) newIDs(rows []row, tags int) []string {
	n := tags + len(rows)
	for i := range rows {
		n += len(rows[i].person.Jobs) + len(rows[i].person.Labels)
	}
	out := make([]string, n)
	for i := range out {
		out[i] = s.NewID()
	}
	return out
}

// subjects are, by row, the keyed hashes by which somebody erased is known.
// Where nobody ever was erased there are none.
func (s *Service) subjects(ctx context.Context, rows []row) (map[int][]string, error) {
	any, err := s.Store.AnyForgotten(ctx)
	if err != nil || !any {
		return nil, err
	}
	out := map[int][]string{}
	for i := range rows {
		phones, emails := rows[i].person.Keys()
		for _, key := range append(phones, emails...) {
			subject, err := s.Forgotten(key)
			if err != nil {
				return nil, err
			}
			out[i] = append(out[i], subject)
		}
	}
	return out, nil
}

// gone are subjects that were erased.
type gone map[string]bool

func (g gone) any(subjects []string) bool {
	return slices.ContainsFunc(subjects, func(subject string) bool { return g[subject] })
}

func forgotten(ctx context.Context, r *store.Reader, subjects map[int][]string) (gone, error) {
	var all []string
	for _, some := range subjects {
		all = append(all, some...)
	}
	return r.Forgotten(ctx, all)
}
