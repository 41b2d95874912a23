package web

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"stead/store"
)

const userValue = "user"

// current is filled in by scsStore while scs loads a request's session.
type current struct {
	key     string
	session *session
	person  *person
	entry   Entry
	epoch   int64 // of the user who signs in, as they were when they proved who they are
	agent   Agent
	carried bool // session goes on under the token that this request gives it
	flash   said // for the session that begins with this request
}

type currentKey struct{}

func currentOf(ctx context.Context) *current {
	if c, ok := ctx.Value(currentKey{}).(*current); ok {
		return c
	}
	return &current{}
}

// scsStore lets scs see only the sessions that hold.
type scsStore struct{ s *Sessions }

// FindCtx returns a session's data, notes that it was used, and tells the
// request whose it is.
func (c scsStore) FindCtx(ctx context.Context, key string) ([]byte, bool, error) {
	ses, err := c.s.find(ctx, key)
	if err != nil || ses == nil {
		return nil, false, err
	}
	p, err := c.s.person(ctx, ses.UserID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	if !c.s.holds(ses.Session, p) {
		c.s.drop(key)
		return nil, false, nil
	}
	c.s.touch(key)
	cur := currentOf(ctx)
	cur.key, cur.session, cur.person = key, ses, p
	return ses.Data, true, nil
}

// CommitCtx writes a session that has just begun, or that goes on under another
// token.
func (c scsStore) CommitCtx(ctx context.Context, key string, data []byte, _ time.Time) error {
	row, err := c.row(ctx, data)
	if err != nil {
		return err
	}
	row.TokenHash, row.Data = key, data
	// The browser may be gone already; the session is begun all the same.
	ctx = context.WithoutCancel(ctx)
	err = c.s.st.InTx(ctx, func(tx *store.Tx) error { return tx.PutSession(ctx, row) })
	if last := currentOf(ctx).flash; err == nil && last.sentence != "" {
		c.s.greet(ctx, key, last)
	}
	return err
}

func (c scsStore) row(ctx context.Context, data []byte) (store.Session, error) {
	cur := currentOf(ctx)
	if cur.carried {
		return cur.session.Session, nil
	}
	_, values, err := codec{}.Decode(data)
	if err != nil {
		return store.Session{}, err
	}
	id, _ := values[userValue].(string)
	now := c.s.now()
	row := store.Session{
		UserID: id, Epoch: cur.epoch, Address: store.OriginOf(ctx),
		CreatedAt: now.UnixMilli(), LastSeenAt: now.UnixMilli(), ExpiresAt: now.Add(AbsoluteLimit).UnixMilli(),
	}
	if cur.entry.Proved {
		row.ProvedAt = row.CreatedAt
	}
	cur.describe(&row)
	return row, nil
}

// describe fills in how and with what somebody came in.
func (c *current) describe(row *store.Session) {
	row.Device, row.System, row.Browser = c.agent.Device, c.agent.System, c.agent.Browser
	row.Method, row.TimeZone, row.Selector = c.entry.Method, c.entry.TimeZone, c.entry.Selector
}

// greet hands a sentence to a session that has just begun; without it the
// session is as good.
func (s *Sessions) greet(ctx context.Context, key string, last said) {
	ses, err := s.find(ctx, key)
	if err != nil || ses == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ses.flash = last
}

// DeleteCtx ends a session.
func (c scsStore) DeleteCtx(ctx context.Context, key string) error {
	ctx = context.WithoutCancel(ctx)
	if err := c.s.st.InTx(ctx, func(tx *store.Tx) error { return tx.DeleteSession(ctx, key) }); err != nil {
		return err
	}
	c.s.drop(key)
	return nil
}

// The forms without a context are never called: scs prefers the others.

// Find is FindCtx without a request.
func (c scsStore) Find(key string) ([]byte, bool, error) { return c.FindCtx(context.Background(), key) }

// Commit is CommitCtx without a request.
func (c scsStore) Commit(key string, data []byte, end time.Time) error {
	return c.CommitCtx(context.Background(), key, data, end)
}

// Delete is DeleteCtx without a request.
func (c scsStore) Delete(key string) error { return c.DeleteCtx(context.Background(), key) }

// codec writes what a session carries: its end, and short texts by name. gob,
// the default of scs, costs more than the whole rest of a request's session.
type codec struct{}

var errCodec = errors.New("web: session data not understood")

// Encode writes the end in milliseconds, then name and value with their lengths.
func (codec) Encode(end time.Time, values map[string]any) ([]byte, error) {
	b := binary.BigEndian.AppendUint64(nil, uint64(end.UnixMilli())) //nolint:gosec // a time after 1970
	for name, v := range values {
		text, ok := v.(string)
		if !ok || len(name) > 255 || len(text) > 255 {
			return nil, errCodec
		}
		b = append(b, byte(len(name)))
		b = append(b, name...)
		b = append(b, byte(len(text)))
		b = append(b, text...)
	}
	return b, nil
}

// Decode reads what Encode wrote.
func (codec) Decode(b []byte) (time.Time, map[string]any, error) {
	if len(b) < 8 {
		return time.Time{}, nil, errCodec
	}
	end := time.UnixMilli(int64(binary.BigEndian.Uint64(b))) //nolint:gosec // written by Encode
	values := map[string]any{}
	for b = b[8:]; len(b) > 0; {
		var name, text string
		var ok1, ok2 bool
		name, b, ok1 = short(b)
		text, b, ok2 = short(b)
		if !ok1 || !ok2 {
			return time.Time{}, nil, errCodec
		}
		values[name] = text
	}
	return end, values, nil
}

func short(b []byte) (text string, rest []byte, ok bool) {
	if len(b) == 0 || len(b) < 1+int(b[0]) {
		return "", nil, false
	}
	n := 1 + int(b[0])
	return string(b[1:n]), b[n:], true
}
