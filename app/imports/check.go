package imports

import (
	"context"
	"hash/fnv"
	"slices"
	"strconv"

	"stead/app/access"
	"stead/store"
)

// checkRows is how many rows one step of a check looks at.
const checkRows = 500

// check is a dry run: what is counted so far, and whom the file has named above
// the row at hand. It lives in memory; a check that a restart cut off begins anew.
type check struct {
	operation string
	after     int64
	counts    store.ImportCounts
	named     map[uint64]marks // hash of a key to the name beside it
}

func keyHash(key string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key))
	return h.Sum64()
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
		c = &check{operation: operation, named: map[uint64]marks{}}
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

// count looks at some rows as batch.one would.
func (s *Service) count(ctx context.Context, c *check, i store.Import, actor access.Actor, rows []row) error {
	subjects, err := s.subjects(ctx, rows)
	if err != nil {
		return err
	}
	gone, err := forgotten(ctx, &s.Store.Reader, subjects)
	if err != nil {
		return err
	}
	h, err := look(ctx, &s.Store.Reader, rows, i.MatchBy)
	if err != nil {
		return err
	}
	would, err := s.would(ctx, i, rows, h)
	if err != nil {
		return err
	}
	for n := range rows {
		r := &rows[n]
		switch {
		case r.reason != "":
			c.counts.Add(store.RowRejected, r.reason)
		case slices.ContainsFunc(subjects[n], func(subject string) bool { return gone[subject] }):
			c.counts.Add(store.RowSuppressed, reasonErased)
		default:
			c.counts.Add(c.outcome(r, h, i, actor, would))
		}
	}
	return nil
}

func (c *check) outcome(r *row, h holders, i store.Import, actor access.Actor, would map[int64]bool) (outcome, reason string) {
	who, known, reason, flag := h.of(r, i.Mode)
	if flag == "" {
		flag = r.flag
	}
	switch {
	case reason != "":
		return store.RowRejected, reason
	case known && !reachable(actor, who):
		return store.RowRejected, reasonTheirs
	case known && would[r.line]:
		return store.RowUpdated, r.flag
	case known:
		return store.RowUnchanged, r.flag
	case c.above(r, i):
		if i.Mode == store.ImportAdd {
			return store.RowUnchanged, r.flag
		}
		return store.RowUpdated, r.flag
	}
	return store.RowCreated, flag
}

// above tells whether the file has named the person of a row before, and notes
// them.
func (c *check) above(r *row, i store.Import) bool {
	name := mark(store.Fold(r.person.Name))
	phones, emails := r.person.Keys()
	if i.MatchBy == store.MatchEmail {
		phones = nil
	}
	if i.MatchBy == store.MatchPhone {
		emails = nil
	}
	found := false
	for _, key := range append(phones, emails...) {
		h := keyHash(key)
		other, known := c.named[h]
		if known && (i.Mode != store.ImportAdd || !strange(other, name)) {
			found = true
		}
		if !known {
			c.named[h] = name
		}
	}
	return found
}

// would tells which rows, by line, would change somebody.
func (s *Service) would(ctx context.Context, i store.Import, rows []row, h holders) (map[int64]bool, error) {
	out := map[int64]bool{}
	if i.Mode == store.ImportAdd {
		return out, nil
	}
	var ids []string
	whose := map[int64]string{}
	var keys []string
	for n := range rows {
		if rows[n].reason != "" {
			continue
		}
		if who, known, _, _ := h.of(&rows[n], i.Mode); known {
			ids, whose[rows[n].line] = append(ids, who.ContactID), who.ContactID
			for _, j := range rows[n].person.Jobs {
				keys = append(keys, store.CompanyKey(j.Company))
			}
		}
	}
	names, err := s.notions(ctx, keys)
	if err != nil {
		return nil, err
	}
	slices.Sort(ids)
	cards := map[string]*store.Card{}
	for some := range slices.Chunk(slices.Compact(ids), 200) {
		found, err := s.Store.Cards(ctx, some)
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			cards[c.ID] = &c
		}
	}
	for n := range rows {
		if c := cards[whose[rows[n].line]]; c != nil {
			out[rows[n].line] = names.merge(c, &rows[n], i.Mode == store.ImportOverwrite, 0)
		}
	}
	return out, nil
}

// notions are the companies and tags that are there; one that is not has no id,
// and is therefore nobody's yet.
func (s *Service) notions(ctx context.Context, companies []string) (notions, error) {
	n := notions{tags: map[string]string{}}
	var err error
	if n.companies, err = s.Store.CompaniesNamed(ctx, companies); err != nil {
		return n, err
	}
	tags, err := s.Store.Tags(ctx)
	for _, t := range tags {
		n.tags[t.NameKey] = t.ID
	}
	return n, err
}
