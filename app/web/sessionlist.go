package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"stead/app/errs"
	"stead/store"
)

// Signed is one browser of a user's.
type Signed struct {
	Key string // hash of the token: it opens nothing
	Agent
	Address, TimeZone, Method string
	Selector                  string // of the remembered browser that it came from
	Since, LastSeen           time.Time
	Current                   bool
}

// List returns the sessions of a user that hold, the one that asks first.
func (s *Sessions) List(ctx context.Context, userID string) ([]Signed, error) {
	rows, err := s.st.SessionsOf(ctx, userID)
	if err != nil {
		return nil, err
	}
	p, err := s.person(ctx, userID)
	if err != nil {
		return nil, err
	}
	var out []Signed
	mine := SessionKey(ctx)
	for _, row := range rows {
		if !s.holds(row, p) {
			continue
		}
		one := Signed{
			Key: row.TokenHash, Agent: Agent{row.Device, row.System, row.Browser}, Address: row.Address, TimeZone: row.TimeZone, Method: row.Method, Selector: row.Selector, Current: row.TokenHash == mine,
			Since: time.UnixMilli(row.CreatedAt), LastSeen: time.UnixMilli(s.lastSeen(row)),
		}
		if one.Current {
			out = append([]Signed{one}, out...)
		} else {
			out = append(out, one)
		}
	}
	return out, nil
}

// Revoke ends one session of a user with tx, and the remembered browser that it
// came from: errs.NotFound when it is not theirs.
func (s *Sessions) Revoke(ctx context.Context, tx *store.Tx, userID, key string) error {
	row, err := tx.Session(ctx, key)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && row.UserID != userID:
		return &errs.Error{Kind: errs.NotFound}
	case err != nil:
		return err
	}
	if row.Selector != "" {
		if _, err := tx.DeleteRemembered(ctx, userID, row.Selector); err != nil {
			return err
		}
	}
	if err := tx.DeleteSession(ctx, key); err != nil {
		return err
	}
	tx.AfterCommit(func() { s.drop(key) })
	return nil
}

// RevokeOthers ends every session of a user with tx but the one that asks, and
// forgets every browser but this one.
func (s *Sessions) RevokeOthers(ctx context.Context, tx *store.Tx, userID string) error {
	mine, keep := SessionKey(ctx), ""
	if ses := currentOf(ctx).session; ses != nil {
		keep = ses.Selector
	}
	if err := tx.DeleteSessionsOf(ctx, userID, mine); err != nil {
		return err
	}
	if err := tx.DeleteRememberedOf(ctx, userID, keep); err != nil {
		return err
	}
	tx.AfterCommit(func() { s.dropOthers(userID, mine) })
	return nil
}

func (s *Sessions) dropOthers(userID, except string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, ses := range s.live {
		if ses.UserID == userID && key != except {
			delete(s.live, key)
			delete(s.dirty, key)
		}
	}
	s.turns++
}

// Browser is what the browser of a request says of itself.
func Browser(ctx context.Context) Agent { return currentOf(ctx).agent }

// SessionKey names the session of a request, or "".
func SessionKey(ctx context.Context) string { return currentOf(ctx).key }

// said is a sentence for the next page, and the change that its button takes back.
type said struct{ sentence, undo string }

// Flash has the next page say a sentence once, with no button.
func (s *Sessions) Flash(ctx context.Context, sentence string) { s.Say(ctx, sentence, "") }

// Say is a Say: undoID is that of store.Undo.
func (s *Sessions) Say(ctx context.Context, sentence, undoID string) {
	cur := currentOf(ctx)
	cur.flash = said{sentence, undoID}
	if cur.session != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		cur.session.flash = said{sentence, undoID}
	}
}

func (s *Sessions) takeFlash(ses *session) said {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := ses.flash
	ses.flash = said{}
	return last
}

// Middleware says who asks, for every handler behind it.
func (s *Sessions) Middleware(next http.Handler) http.Handler {
	inner := s.sm.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cur := currentOf(r.Context()); cur.person != nil {
			r = r.WithContext(WithActor(r.Context(), cur.person.actor))
		}
		next.ServeHTTP(w, r)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cur := &current{}
		cur.agent = AgentOf(r)
		inner.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), currentKey{}, cur)))
	})
}

const (
	touchEvery = 30 * time.Second
	flushEvery = 45 * time.Second
	flushBatch = 200
)

// touch notes a use in memory.
func (s *Sessions) touch(key string) {
	now := s.now().UnixMilli()
	s.mu.Lock()
	defer s.mu.Unlock()
	if ses := s.live[key]; ses != nil && now-ses.LastSeenAt >= touchEvery.Milliseconds() {
		ses.LastSeenAt = now
		s.dirty[key] = true
	}
}

func (s *Sessions) drop(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.live, key)
	delete(s.dirty, key)
	s.turns++
}

// Run writes behind until ctx ends; Flush once more after the last request.
func (s *Sessions) Run(ctx context.Context) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := s.Flush(ctx); err != nil && ctx.Err() == nil {
				s.log.ErrorContext(ctx, "sessions not written", "err", err)
			}
		}
	}
}

// Flush writes when sessions were last used, and forgets those that ended.
func (s *Sessions) Flush(ctx context.Context) error {
	for {
		batch := s.takeDirty()
		if len(batch) == 0 {
			return nil
		}
		now := s.now()
		err := s.st.InTx(ctx, func(tx *store.Tx) error {
			for key, at := range batch {
				if err := tx.TouchSession(ctx, key, at); err != nil {
					return err
				}
			}
			return tx.DeleteDeadSessions(ctx, now.UnixMilli(), now.Add(-IdleLimit).UnixMilli())
		})
		if err != nil {
			s.putBack(batch)
			return err
		}
	}
}

func (s *Sessions) takeDirty() map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch := map[string]int64{}
	for key := range s.dirty {
		if len(batch) == flushBatch {
			break
		}
		if ses := s.live[key]; ses != nil {
			batch[key] = ses.LastSeenAt
		}
		delete(s.dirty, key)
	}
	return batch
}

func (s *Sessions) putBack(batch map[string]int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range batch {
		s.dirty[key] = true
	}
}
