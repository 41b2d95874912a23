package web

import (
	"log/slog"
	"testing"
	"time"

	"stead/store"
	"stead/store/storetest"
)

// A request has read the session's row when the sign-out overtakes it: what it
// read must not answer the requests after it.
func TestSessionThatEndedMeanwhileStaysEnded(t *testing.T) {
	st, ctx := storetest.New(t), t.Context()
	s := NewSessions(st, false, func() time.Time { return time.UnixMilli(1000) }, slog.New(slog.DiscardHandler))
	row := store.Session{TokenHash: "k", UserID: "u", Data: []byte{}, ExpiresAt: 1_000_000, LastSeenAt: 1000}
	err := st.InTx(ctx, func(tx *store.Tx) error {
		user := store.User{ID: "u", Name: "Ana", Email: "a@x", EmailKey: "a@x", PasswordHash: "h", Role: "owner"}
		if err := tx.InsertUser(ctx, user); err != nil {
			return err
		}
		return tx.PutSession(ctx, row)
	})
	if err != nil {
		t.Fatal(err)
	}
	turn := s.turns
	read, err := st.Session(ctx, "k")
	if err != nil {
		t.Fatal(err)
	}
	if err := (scsStore{s}).DeleteCtx(ctx, "k"); err != nil {
		t.Fatal(err)
	}
	if got := s.keep(read, turn); got.TokenHash != "k" {
		t.Errorf("the request itself lost its session: %+v", got)
	}
	if s.Holds(ctx, "k") {
		t.Error("the session is back after its sign-out")
	}
}

func TestSessionIsKeptInMemory(t *testing.T) {
	s := NewSessions(storetest.New(t), false, func() time.Time { return time.UnixMilli(1000) }, slog.New(slog.DiscardHandler))
	first := s.keep(store.Session{TokenHash: "k"}, s.turns)
	if again, err := s.find(t.Context(), "k"); err != nil || again != first {
		t.Errorf("read anew: %v, %v", again, err)
	}
}
