package store_test

import (
	"errors"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func TestViewsOfWhoGoes(t *testing.T) {
	st := storetest.New(t)
	ctx := t.Context()
	inTx(t, st, func(tx *store.Tx) error {
		for _, v := range []store.View{
			{ID: "private", Name: "Mine", OwnerID: "u1"},
			{ID: "shared", Name: "Ours", OwnerID: "u1", Shared: true},
			{ID: "draft", OwnerID: "u1", Hash: "h", UsedAt: 5},
			{ID: "other", Name: "Theirs", OwnerID: "u2"},
		} {
			v.Record, v.Query, v.CreatedAt = "contact", `{"v":1,"record":"contact"}`, 1
			if err := tx.InsertView(ctx, v); err != nil {
				return err
			}
		}
		return tx.ChooseView(ctx, "u2", "contact", "shared", true, true)
	})
	names := func(user string) (out string) {
		views, err := st.Views(ctx, user, "contact")
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range views {
			out += v.Name + " "
		}
		return out
	}
	if got := names("u2"); got != "Ours Theirs " {
		t.Errorf("before: %s", got)
	}
	if _, err := st.View(ctx, "u2", "private"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("somebody else's view: %v", err)
	}
	inTx(t, st, func(tx *store.Tx) error { return tx.LeaveViews(ctx, "u1") })
	v, err := st.View(ctx, "u2", "shared")
	if err != nil || v.OwnerID != "" || !v.Pinned || !v.First {
		t.Errorf("%+v, %v; want it nobody's and still pinned", v, err)
	}
	if got := names("u1"); got != "Ours " {
		t.Errorf("after: %s", got)
	}
	if _, err := st.View(ctx, "u1", "draft"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a draft of who went: %v", err)
	}
}

func TestOneDraftForOneQuestion(t *testing.T) {
	st := storetest.New(t)
	draft := func(id, user, hash string, at int64) (made string) {
		inTx(t, st, func(tx *store.Tx) (err error) {
			made, err = tx.DraftView(t.Context(), store.View{ID: id, Record: "contact", OwnerID: user, Hash: hash, Query: "{}", UsedAt: at, CreatedAt: at})
			return err
		})
		return made
	}
	if a, b := draft("a", "u1", "h", 5), draft("b", "u1", "h", 9); a != "a" || b != "a" {
		t.Errorf("drafts %s, %s; want one", a, b)
	}
	if c, d := draft("c", "u2", "h", 9), draft("d", "u1", "other", 9); c != "c" || d != "d" {
		t.Errorf("drafts %s, %s of somebody else, and of another question", c, d)
	}
	v, err := st.View(t.Context(), "u1", "a")
	if err != nil || v.UsedAt != 9 {
		t.Errorf("used at %d, %v; want it kept for longer", v.UsedAt, err)
	}
	v.Name, v.UsedAt = "Named", 0
	inTx(t, st, func(tx *store.Tx) error { return tx.UpdateView(t.Context(), v) })
	if err := st.InTx(t.Context(), func(tx *store.Tx) error { return tx.UpdateView(t.Context(), v) }); !errors.Is(err, store.ErrConflict) {
		t.Errorf("of a version that is over: %v", err)
	}
}
