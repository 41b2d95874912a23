package store_test

import (
	"errors"
	"slices"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func TestIdentityIsIssuerAndSubject(t *testing.T) {
	st := storetest.New(t)
	ctx := t.Context()
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertUser(ctx, store.User{ID: "u1", Name: "Ana", Email: "a@x", EmailKey: "a@x", PasswordHash: "h", Role: "owner"}),
			tx.InsertUser(ctx, store.User{ID: "u2", Name: "Ben", Email: "b@x", EmailKey: "b@x", Role: "agent"}),
			tx.InsertIdentity(ctx, store.Identity{Issuer: "https://one.example", Subject: "1", UserID: "u1", Email: "ana@one.example", CreatedAt: 5}),
			tx.InsertIdentity(ctx, store.Identity{Issuer: "https://two.example", Subject: "1", UserID: "u2", CreatedAt: 6}),
			tx.TouchIdentity(ctx, "https://one.example", "1", 9))
	})
	if got, err := st.Identity(ctx, "https://one.example", "1"); err != nil || got.UserID != "u1" || got.LastUsedAt != 9 || got.Email != "ana@one.example" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, other := range [][2]string{{"https://one.example", "2"}, {"https://one.example/", "1"}, {"", "1"}} {
		if _, err := st.Identity(ctx, other[0], other[1]); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: %v", other, err)
		}
	}
	err := st.InTx(ctx, func(tx *store.Tx) error {
		return tx.InsertIdentity(ctx, store.Identity{Issuer: "https://one.example", Subject: "1", UserID: "u2"})
	})
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("an account of two people: %v", err)
	}
	use, err := st.IssuersInUse(ctx)
	if want := []store.IssuerUse{{Issuer: "https://one.example", People: 1}, {Issuer: "https://two.example", People: 1, NoOther: 1}}; err != nil || !slices.Equal(use, want) {
		t.Errorf("in use %+v, %v", use, err)
	}
	err = st.InTx(ctx, func(tx *store.Tx) error {
		there, err := tx.DeleteIdentity(ctx, "u2", "https://one.example", "1")
		if there {
			t.Error("somebody disconnected another's account")
		}
		return errors.Join(err, tx.DeleteIdentitiesOf(ctx, "u1"))
	})
	if left, _ := st.IdentitiesOf(ctx, "u1"); err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
	if left, _ := st.IdentitiesOf(ctx, "u2"); len(left) != 1 {
		t.Errorf("of the other %v", left)
	}
}

func TestSignInProvidersAreASetting(t *testing.T) {
	st := storetest.New(t)
	ctx := t.Context()
	if got, err := st.SignInProviders(ctx); err != nil || len(got) != 0 {
		t.Errorf("at first %v, %v", got, err)
	}
	want := []store.SignInProvider{{Key: "k", Name: "Google", Issuer: "https://accounts.google.com", ClientID: "c"}}
	in(t, st, func(tx *store.Tx) error { return tx.SetSignInProviders(ctx, want, 1) })
	if got, err := st.SignInProviders(ctx); err != nil || !slices.Equal(got, want) {
		t.Errorf("then %v, %v", got, err)
	}
}
