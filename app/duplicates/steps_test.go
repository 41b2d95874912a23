package duplicates_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"stead/app/access"
	"stead/app/duplicates"
	"stead/app/ids"
	"stead/app/work"
	"stead/store"
	"stead/store/storetest"
)

// Comparing everybody goes in short steps where it takes long, and meets each once.
func TestSlowStepsBecomeShort(t *testing.T) {
	const all = 230
	st, at := storetest.New(t), time.Unix(1_790_000_000, 0)
	now := func() time.Time { at = at.Add(time.Second); return at }
	w := work.New(work.Deps{Store: st, Now: now, NewID: ids.New, Log: slog.New(slog.DiscardHandler), Wait: func(context.Context, time.Duration) error { return nil }})
	s := duplicates.New(duplicates.Deps{Store: st, Work: w, Now: now, NewID: ids.New})
	err := st.InTx(t.Context(), func(tx *store.Tx) error {
		if err := tx.InsertUser(t.Context(), store.User{ID: "u1", Name: "Una", Email: "u@x.example", Role: access.RoleOwner, CreatedAt: 1, UpdatedAt: 1}); err != nil {
			return err
		}
		for i := range all {
			c := store.Contact{ID: fmt.Sprintf("c%03d", i), Name: "P", Source: "manual", CreatedAt: 1, UpdatedAt: 1, LastActivityAt: 1}
			if err := tx.InsertContact(t.Context(), c, nil, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.Seek(t.Context(), access.Owner("u1"))
	if err != nil {
		t.Fatal(err)
	}
	var did []int64
	op, err := w.Drive(t.Context(), id, func(op store.Operation) { did = append(did, op.Done) })
	if err != nil || op.State != store.OperationDone || op.Done != all || len(did) < 4 || did[2]-did[1] > 20 {
		t.Errorf("%v to %+v, %v", did, op, err)
	}
}
