package store

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
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
	if m.at < at || m.known == nil {
		m.at, m.known = at, map[string]T{}
	}
	if m.at == at { // a commit while we read moves commits on: then this counts for nothing
		m.known[key] = v
	}
	return v, nil
}

// memory is what a Store remembers. A Tx reads for itself.
type memory struct {
	commits  atomic.Int64
	frame    remembered[Frame]
	business rowsOf[Business]
	people   rowsOf[[]User]
	fields   rowsOf[[]Field]
	tags     rowsOf[map[string]Tag]

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
	}{{"business", &m.business.commits}, {"users", &m.people.commits}, {"fields", &m.fields.commits}, {"tags", &m.tags.commits}} {
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
	key := of.User + " " + strconv.FormatInt(of.At/frameFor, 10) + of.Inbox.key() + of.Tasks.key()
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
