package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"stead/store"
	"stead/store/storetest"
)

func withAna(t *testing.T) *store.Store {
	t.Helper()
	st := storetest.New(t)
	in(t, st, func(tx *store.Tx) error {
		return tx.InsertUser(t.Context(), store.User{ID: "u1", Name: "Ana", Email: "a@x", EmailKey: "a@x", PasswordHash: "h", Role: "owner"})
	})
	return st
}

func TestStepsOnlyGoUp(t *testing.T) {
	st := withAna(t)
	use := func(step int64) (ok bool) {
		in(t, st, func(tx *store.Tx) (err error) { ok, err = tx.UseStep(t.Context(), "u1", step); return err })
		return ok
	}
	if use(1) {
		t.Error("a step without a factor")
	}
	in(t, st, func(tx *store.Tx) error {
		return tx.PutSecondFactor(t.Context(), store.SecondFactor{UserID: "u1", Sealed: []byte{7}, LastStep: 10, CreatedAt: 1})
	})
	for _, tt := range []struct {
		step int64
		want bool
	}{{10, false}, {9, false}, {11, true}, {11, false}, {10, false}, {13, true}, {12, false}} {
		if got := use(tt.step); got != tt.want {
			t.Errorf("step %d: %t, want %t", tt.step, got, tt.want)
		}
	}
	if f, err := st.SecondFactor(t.Context(), "u1"); err != nil || f.LastStep != 13 || len(f.Sealed) != 1 {
		t.Errorf("%+v, %v", f, err)
	}
	in(t, st, func(tx *store.Tx) error { return tx.DeleteSecondFactor(t.Context(), "u1") })
	if has, err := st.HasSecondFactor(t.Context(), "u1"); err != nil || has {
		t.Errorf("after its end: %t, %v", has, err)
	}
}

func TestRecoveryCodeIsUsedOnceByAHundred(t *testing.T) {
	st := withAna(t)
	in(t, st, func(tx *store.Tx) error { return tx.ReplaceRecoveryCodes(t.Context(), "u1", []string{"a", "b"}, 1) })
	if n := winners(t, st, func(tx *store.Tx) (bool, error) { return tx.UseRecoveryCode(t.Context(), "u1", "a", 2) }); n != 1 {
		t.Errorf("%d of a hundred get in with one code, want 1", n)
	}
	if left, err := st.RecoveryCodesLeft(t.Context(), "u1"); err != nil || left != 1 {
		t.Errorf("%d left, %v", left, err)
	}
	in(t, st, func(tx *store.Tx) error { return tx.ReplaceRecoveryCodes(t.Context(), "u1", []string{"c"}, 3) })
	if n := winners(t, st, func(tx *store.Tx) (bool, error) { return tx.UseRecoveryCode(t.Context(), "u1", "b", 4) }); n != 0 {
		t.Error("a code that was replaced works")
	}
}

func TestChallengeEndsOnce(t *testing.T) {
	st := withAna(t)
	c := store.Challenge{TokenHash: "t", Kind: store.ChallengeSecondFactor, UserID: "u1", Data: "{}", CreatedAt: 10, ExpiresAt: 20}
	in(t, st, func(tx *store.Tx) error { return tx.InsertChallenge(t.Context(), c) })
	in(t, st, func(tx *store.Tx) error { return tx.TryChallenge(t.Context(), "t") })
	if got, err := st.Challenge(t.Context(), store.ChallengeSecondFactor, "t"); err != nil || got.Tries != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := st.Challenge(t.Context(), store.ChallengeOIDC, "t"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of the other kind: %v", err)
	}
	if n := winners(t, st, func(tx *store.Tx) (bool, error) { return tx.EndChallenge(t.Context(), "t") }); n != 1 {
		t.Errorf("it ends %d times, want 1", n)
	}
	in(t, st, func(tx *store.Tx) error { return tx.InsertChallenge(t.Context(), c) })
	late := store.Challenge{TokenHash: "t2", Kind: store.ChallengeOIDC, Data: "{}", CreatedAt: 20, ExpiresAt: 30}
	in(t, st, func(tx *store.Tx) error { return tx.InsertChallenge(t.Context(), late) })
	if _, err := st.Challenge(t.Context(), store.ChallengeSecondFactor, "t"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("one that is over stays: %v", err)
	}
}

func TestRememberedBrowserRotatesOnce(t *testing.T) {
	st := withAna(t)
	v := store.Remembered{Selector: "s", UserID: "u1", ValidatorHash: "v1", Address: "203.0.113.9", Device: "Firefox, Linux", CreatedAt: 10, ExpiresAt: 100}
	in(t, st, func(tx *store.Tx) error { return tx.InsertRemembered(t.Context(), v) })
	if n := winners(t, st, func(tx *store.Tx) (bool, error) {
		return tx.RotateRemembered(t.Context(), "s", "v1", "v2", "198.51.100.1", 20)
	}); n != 1 {
		t.Errorf("%d of a hundred replace the validator, want 1", n)
	}
	in(t, st, func(tx *store.Tx) error { return tx.MarkRemembered(t.Context(), "s") })
	got, err := st.Remembered(t.Context(), "s")
	if err != nil || got.ValidatorHash != "v2" || got.PreviousHash != "v1" || got.RotatedAt != 20 || got.Address != "198.51.100.1" || !got.SecondFactor || got.ExpiresAt != 100 {
		t.Errorf("%+v, %v", got, err)
	}
	in(t, st, func(tx *store.Tx) error { return tx.DeleteRememberedOf(t.Context(), "u1", "s") })
	if n := winners(t, st, func(tx *store.Tx) (bool, error) { return tx.DeleteRemembered(t.Context(), "u2", "s") }); n != 0 {
		t.Error("somebody else forgot it")
	}
	if list, err := st.RememberedOf(t.Context(), "u1"); err != nil || len(list) != 1 {
		t.Errorf("%v, %v; want the one that was excepted", list, err)
	}
}

// winners counts for how many of a hundred at once something works.
func winners(t *testing.T, st *store.Store, do func(tx *store.Tx) (bool, error)) int64 {
	t.Helper()
	var n atomic.Int64
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			var ok bool
			err := st.InTx(t.Context(), func(tx *store.Tx) (err error) { ok, err = do(tx); return err })
			if err != nil {
				t.Error(err)
			}
			if ok {
				n.Add(1)
			}
		})
	}
	all.Wait()
	return n.Load()
}
