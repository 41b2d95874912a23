package store

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// remembered keeps what was read until a commit that may change it: what every
// page or every callback asks is read once for all of them.
type remembered[T any] struct {
	mu    sync.Mutex
	at    int64 // commits that had been when the values were read
	known map[string]T
}

// recall returns what was read under key since the last of some commits, or
// reads it. An error is not kept.
func recall[T any](commits *atomic.Int64, m *remembered[T], key string, read func() (T, error)) (T, error) {
	at := commits.Load()
	m.mu.Lock()
	v, ok := m.known[key]
	ok = ok && m.at == at
	m.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := read()
	if err != nil {
		return v, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at < at || m.known == nil || len(m.known) >= mostKnown {
		m.at, m.known = at, map[string]T{}
	}
	if m.at == at { // a commit while we read moves commits on: then this counts for nothing
		m.known[key] = v
	}
	return v, nil
}

// mostKnown is how much is remembered of one kind: then all is read anew.
const mostKnown = 500

// memory is what a Store remembers. A Tx reads for itself.
type memory struct {
	commits  atomic.Int64
	frame    remembered[Frame]
	business rowsOf[Business]
	people   rowsOf[[]User]
	fields   rowsOf[[]Field]
	tags     rowsOf[map[string]Tag]

	pipelines rowsOf[[]Pipeline]
	stages    rowsOf[map[string]Stage]
	reasons   rowsOf[[]Reason]
	views     rowsOf[[]View]
	sums      rowsOf[[]Sum]
	months    remembered[[]Month] // since the same commits
	pages     rowsOf[DealPage]    // first ones

	connects atomic.Int64 // commits that connected or disconnected
	accounts remembered[Connection]
}

// rowsOf is what is remembered of a table until something is written to it.
type rowsOf[T any] struct {
	remembered[T]
	commits atomic.Int64 // that wrote to the table
}

// committed has what tx wrote to read anew.
func (m *memory) committed(tx *Tx) {
	m.commits.Add(1)
	for _, of := range []struct {
		table   string
		commits *atomic.Int64
	}{
		{"business", &m.business.commits},
		{"users", &m.people.commits},
		{"fields", &m.fields.commits},
		{"tags", &m.tags.commits},
		{"pipelines", &m.pipelines.commits},
		{"stages", &m.pipelines.commits},
		{"stages", &m.stages.commits},
		{"deal_reasons", &m.reasons.commits},
		{"views", &m.views.commits},
		{"view_choices", &m.views.commits},
		{"deals", &m.sums.commits},
		{"deals", &m.pages.commits},
		{"tasks", &m.pages.commits},
		{"contacts", &m.pages.commits},
		{"companies", &m.pages.commits},
	} {
		if tx.wrote.any(of.table) {
			of.commits.Add(1)
		}
	}
}

// frameFor is how long a task that falls due may take to be counted when nothing
// else happens.
const frameFor = 60_000

// Frame is Reader.Frame as it was after the last commit.
func (s *Store) Frame(ctx context.Context, of FrameOf) (Frame, error) {
	key := of.User + " " + strconv.FormatInt(of.At/frameFor, 10) + of.Inbox.key() + of.Tasks.key() + strconv.FormatBool(of.Leads)
	return recall(&s.memory.commits, &s.memory.frame, key, func() (Frame, error) { return s.Reader.Frame(ctx, of) })
}

// Business is Reader.Business as it was after the last commit.
func (s *Store) Business(ctx context.Context) (Business, error) {
	return recall(&s.memory.business.commits, &s.memory.business.remembered, "", func() (Business, error) { return s.Reader.Business(ctx) })
}

// People is Users as they were after the last commit. The list is shared: it is
// to be read alone.
func (s *Store) People(ctx context.Context) ([]User, error) {
	return recall(&s.memory.people.commits, &s.memory.people.remembered, "", func() ([]User, error) { return s.Users(ctx) })
}

// Fields is Reader.Fields as it was after the last commit. The list is shared: it
// is to be read alone.
func (s *Store) Fields(ctx context.Context, record string) ([]Field, error) {
	return s.ownFields(ctx, record)
}

// ownFields is Fields, as a Store remembers them or as a Tx reads them.
func (r *Reader) ownFields(ctx context.Context, record string) ([]Field, error) {
	if r.shared == nil {
		return r.Fields(ctx, record)
	}
	return recall(&r.shared.fields.commits, &r.shared.fields.remembered, record, func() ([]Field, error) { return r.Fields(ctx, record) })
}

// Tag is Reader.Tag as it was after the last commit.
func (s *Store) Tag(ctx context.Context, id string) (Tag, error) {
	tags, err := s.tagsByID(ctx)
	if tag, live := tags[id]; live || err != nil {
		return tag, err
	}
	return s.Reader.Tag(ctx, id)
}

// Pipelines is Reader.Pipelines as they were after the last commit. The list is
// shared: it is to be read alone.
func (s *Store) Pipelines(ctx context.Context) ([]Pipeline, error) {
	return recall(&s.memory.pipelines.commits, &s.memory.pipelines.remembered, "", func() ([]Pipeline, error) { return s.Reader.Pipelines(ctx) })
}

// StagesByID is Reader.StagesByID as they were after the last commit. The map is
// shared: it is to be read alone.
func (s *Store) StagesByID(ctx context.Context) (map[string]Stage, error) {
	return recall(&s.memory.stages.commits, &s.memory.stages.remembered, "", func() (map[string]Stage, error) { return s.Reader.StagesByID(ctx) })
}

// Reasons is Reader.Reasons as they were after the last commit. The list is
// shared: it is to be read alone.
func (s *Store) Reasons(ctx context.Context) ([]Reason, error) {
	return recall(&s.memory.reasons.commits, &s.memory.reasons.remembered, "", func() ([]Reason, error) { return s.Reader.Reasons(ctx) })
}

// Views is Reader.Views as they were after the last commit. The list is shared:
// it is to be read alone.
func (s *Store) Views(ctx context.Context, userID, record string) ([]View, error) {
	return recall(&s.memory.views.commits, &s.memory.views.remembered, record+" "+userID, func() ([]View, error) { return s.Reader.Views(ctx, userID, record) })
}

// sumTime is how long sums may take that are remembered.
const sumTime = 2 * time.Second

// DealSums is Reader.DealSums as they were after the last commit, where they
// depend on the deals alone: where nothing but Also is asked, of a deal's own
// columns. The list is shared: it is to be read alone.
func (s *Store) DealSums(ctx context.Context, scope Scope, q Question, since int64) ([]Sum, bool, error) {
	return rememberSums(&s.memory.sums.commits, &s.memory.sums.remembered, q, strconv.FormatInt(since, 10)+" "+scope.Key(), func(q Question) ([]Sum, bool, error) {
		return s.Reader.DealSums(ctx, scope, q, since)
	})
}

// Forecast is Reader.Forecast as it was after the last commit, as DealSums is.
func (s *Store) Forecast(ctx context.Context, scope Scope, q Question) ([]Month, bool, error) {
	return rememberSums(&s.memory.sums.commits, &s.memory.months, q, scope.Key(), func(q Question) ([]Month, bool, error) {
		return s.Reader.Forecast(ctx, scope, q)
	})
}

func rememberSums[T any](commits *atomic.Int64, m *remembered[[]T], q Question, key string, read func(Question) ([]T, bool, error)) ([]T, bool, error) {
	if !q.ofDealsAlone() {
		return read(q)
	}
	out, err := recall(commits, m, key+q.alsoKey(), func() ([]T, error) {
		q.Time = max(q.Time, sumTime)
		sums, cut, err := read(q)
		if cut {
			err = errCut // the next one may have the time
		}
		return sums, err
	})
	if errors.Is(err, errCut) {
		return nil, true, nil
	}
	return out, false, err
}

// alsoKey is the same for questions of which Also is.
func (q Question) alsoKey() (key string) {
	for _, c := range q.Also {
		key += " " + c.Field + " " + c.Op + "=" + strings.Join(c.Values, "=")
	}
	return key
}

// Lane is Reader.Lane; the first page of what depends on no condition is as it
// was after the last commit. Its rows are shared: they are to be read alone.
func (s *Store) Lane(ctx context.Context, scope Scope, q Question, stageID string, since int64, page Page) (DealPage, error) {
	read := func() (DealPage, error) { return s.Reader.Lane(ctx, scope, q, stageID, since, page) }
	if page.After != "" || !q.ofDealsAlone() {
		return read()
	}
	key := "lane " + stageID + " " + strconv.FormatInt(since, 10) + " " + strconv.Itoa(page.limit()) + " " + scope.Key() + q.alsoKey()
	return recall(&s.memory.pages.commits, &s.memory.pages.remembered, key, read)
}

// Deals is Reader.Deals, remembered as Lane is.
func (s *Store) Deals(ctx context.Context, scope Scope, q Question, page Page) (DealPage, error) {
	read := func() (DealPage, error) { return s.Reader.Deals(ctx, scope, q, page) }
	if page.After != "" || q.Time != 0 || !q.ofDealsAlone() {
		return read()
	}
	key := "list " + q.Sort + " " + strconv.Itoa(page.limit()) + " " + scope.Key() + q.alsoKey()
	return recall(&s.memory.pages.commits, &s.memory.pages.remembered, key, read)
}

var errCut = errors.New("store: time was up")

// ofDealsAlone tells that nothing is asked but Also, of columns of a deal that do
// not move with the time.
func (q Question) ofDealsAlone() bool {
	for _, c := range q.Also {
		if dealColumnOf[c.Field] == "" || c.Op == OpWithin {
			return false
		}
	}
	return len(q.Conditions) == 0
}

// tagsByID is Tags by id, as a Store remembers them or as a Tx reads them. The
// map is shared.
func (r *Reader) tagsByID(ctx context.Context) (map[string]Tag, error) {
	read := func() (map[string]Tag, error) {
		tags, err := r.Tags(ctx)
		out := make(map[string]Tag, len(tags))
		for _, t := range tags {
			out[t.ID] = t
		}
		return out, err
	}
	if r.shared == nil {
		return read()
	}
	return recall(&r.shared.tags.commits, &r.shared.tags.remembered, "", read)
}

// Account returns which account and service of a provider are connected:
// ErrNotFound while none is.
func (s *Store) Account(ctx context.Context, provider string) (account, service string, err error) {
	c, err := recall(&s.memory.connects, &s.memory.accounts, provider, func() (Connection, error) { return s.Connection(ctx, provider) })
	if err == nil && c.State == Disconnected {
		err = ErrNotFound
	}
	return c.Account, c.Service, err
}

// reconnects has Account read anew once tx is committed.
func (tx *Tx) reconnects() { tx.AfterCommit(func() { tx.memory.connects.Add(1) }) }
