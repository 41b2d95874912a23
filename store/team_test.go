package store_test

import (
	"errors"
	"testing"
	"time"

	"stead/store"
	"stead/store/storetest"
)

func in(t *testing.T, st *store.Store, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := st.InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func TestUsers(t *testing.T) {
	st := storetest.New(t)
	ana := store.User{ID: "u1", Name: "Ana", Email: "Ana@Example.com", EmailKey: "ana@example.com", PasswordHash: "h", Role: "owner", CreatedAt: 5, UpdatedAt: 5}
	in(t, st, func(tx *store.Tx) error { return tx.InsertUser(t.Context(), ana) })
	err := st.InTx(t.Context(), func(tx *store.Tx) error {
		twin := ana
		twin.ID = "u2"
		return tx.InsertUser(t.Context(), twin)
	})
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("a taken address: %v, want a conflict", err)
	}
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.RaiseEpoch(t.Context(), "u1", 6), tx.SetPasswordHash(t.Context(), "u1", "h2", 7), tx.DisableUser(t.Context(), "u1", 8))
	})
	got, err := st.UserByEmail(t.Context(), "ana@example.com")
	if err != nil || got.Epoch != 2 || got.PasswordHash != "h2" || got.DisabledAt != 8 || got.Version != 4 || got.Email != "Ana@Example.com" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := st.User(t.Context(), "u9"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	if all, err := st.Users(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestSessions(t *testing.T) {
	st := storetest.New(t)
	u := store.User{ID: "u1", Name: "Ana", Email: "a@x", EmailKey: "a@x", PasswordHash: "h", Role: "owner"}
	s := store.Session{TokenHash: "t1", UserID: "u1", Epoch: 3, Address: "203.0.113.9", Data: []byte{1, 2}, CreatedAt: 10, LastSeenAt: 10, ExpiresAt: 100}
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.InsertUser(t.Context(), u), tx.PutSession(t.Context(), s), tx.TouchSession(t.Context(), "t1", 50), tx.TouchSession(t.Context(), "t1", 40))
	})
	got, err := st.Session(t.Context(), "t1")
	if err != nil || got.LastSeenAt != 50 || got.Epoch != 3 || got.Address != "203.0.113.9" || got.Device != "" || len(got.Data) != 2 {
		t.Errorf("%+v, %v; want it last seen at 50", got, err)
	}
	for name, tt := range map[string]struct {
		expired, idle int64
		left          int
	}{"neither": {99, 49, 1}, "idle": {99, 50, 0}, "at its end": {100, 0, 0}} {
		t.Run(name, func(t *testing.T) {
			in(t, st, func(tx *store.Tx) error {
				return errors.Join(tx.PutSession(t.Context(), got), tx.DeleteDeadSessions(t.Context(), tt.expired, tt.idle))
			})
			if list, err := st.SessionsOf(t.Context(), "u1"); err != nil || len(list) != tt.left {
				t.Errorf("%d left, %v; want %d", len(list), err, tt.left)
			}
		})
	}
	in(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.PutSession(t.Context(), got), tx.DeleteSession(t.Context(), "t1"), tx.DeleteSession(t.Context(), "t1"))
	})
	if _, err := st.Session(t.Context(), "t1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after its end: %v", err)
	}
}

func TestSetupLinkOpensOnce(t *testing.T) {
	st := storetest.New(t)
	open := func(hash string) bool {
		t.Helper()
		ok, err := st.SetupLinkOpen(t.Context(), hash)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	in(t, st, func(tx *store.Tx) error { return tx.InsertSetupLink(t.Context(), "a", 1) })
	in(t, st, func(tx *store.Tx) error { return tx.InsertSetupLink(t.Context(), "b", 2) })
	if open("a") || !open("b") || open("c") {
		t.Error("only the newest link may be open")
	}
	in(t, st, func(tx *store.Tx) error { return tx.CloseSetupLinks(t.Context(), 3) })
	if open("b") {
		t.Error("a used link is open")
	}
}

func TestThrottles(t *testing.T) {
	st := storetest.New(t)
	if _, err := st.Throttle(t.Context(), "k"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("unknown key: %v", err)
	}
	for _, n := range []int64{1, 2} {
		in(t, st, func(tx *store.Tx) error {
			return tx.PutThrottle(t.Context(), store.Throttle{KeyHash: "k", Failures: n, NextAt: n * 10, UpdatedAt: n})
		})
	}
	if got, err := st.Throttle(t.Context(), "k"); err != nil || got != (store.Throttle{KeyHash: "k", Failures: 2, NextAt: 20, UpdatedAt: 2}) {
		t.Errorf("%+v, %v", got, err)
	}
	in(t, st, func(tx *store.Tx) error { return tx.ForgetThrottle(t.Context(), "k") })
	if _, err := st.Throttle(t.Context(), "k"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a forgotten key: %v", err)
	}
}

func TestSettingsHaveDefaults(t *testing.T) {
	st := storetest.New(t)
	got, err := st.TextBack(t.Context())
	if err != nil || got != store.DefaultTextBack() {
		t.Errorf("%+v, %v; want the default", got, err)
	}
	in(t, st, func(tx *store.Tx) error {
		return tx.SetSetting(t.Context(), "textback", map[string]any{"daily_cap": 7}, 1)
	})
	if got, err := st.TextBack(t.Context()); err != nil || got.DailyCap != 7 || got.CooldownHours != store.DefaultTextBack().CooldownHours {
		t.Errorf("%+v, %v; want one field changed", got, err)
	}
	if q, err := st.Quiet(t.Context()); err != nil || q.From != "21:00" {
		t.Errorf("%+v, %v", q, err)
	}
	if s, err := st.Sending(t.Context()); err != nil || s.Paused {
		t.Errorf("%+v, %v", s, err)
	}
	in(t, st, func(tx *store.Tx) error { return tx.SetSetting(t.Context(), "textback", []int{1}, 1) })
	if _, err := st.TextBack(t.Context()); err == nil {
		t.Error("a value of another shape was read")
	}
}

func TestFormKeyIsUsedOnce(t *testing.T) {
	st := storetest.New(t)
	in(t, st, func(tx *store.Tx) error { return tx.UseFormKey(t.Context(), "k", "made", 1) })
	err := st.InTx(t.Context(), func(tx *store.Tx) error { return tx.UseFormKey(t.Context(), "k", "other", 2) })
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("a second use: %v", err)
	}
	if got, err := st.FormResult(t.Context(), "k"); err != nil || got != "made" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAFormThatComesTwiceDoesOnce(t *testing.T) {
	st := storetest.New(t)
	did := 0
	send := func(key, result string, fail error) (string, error) {
		return st.Once(t.Context(), key, result, 1, func(*store.Tx) error { did++; return fail })
	}
	broken := errors.New("broken")
	if _, err := send("k", "a", broken); !errors.Is(err, broken) {
		t.Errorf("a failure: %v", err)
	}
	for _, result := range []string{"b", "c"} { // what failed did not use the key up
		if made, err := send("k", result, nil); err != nil || made != "b" {
			t.Errorf("%s: %q, %v", result, made, err)
		}
	}
	if did != 2 {
		t.Errorf("done %d times, want 2", did)
	}
	for _, result := range []string{"d", "e"} {
		if made, err := send("", result, nil); err != nil || made != result {
			t.Errorf("without a key: %q, %v", made, err)
		}
	}
}

func TestBusinessIsOne(t *testing.T) {
	st := storetest.New(t)
	if _, err := st.Business(t.Context()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("before set-up: %v", err)
	}
	b := store.Business{Name: "Bright", Country: "PT", Currency: "EUR", Timezone: "Europe/Lisbon", Hours: store.DefaultHours(), CreatedAt: 1, UpdatedAt: 1}
	in(t, st, func(tx *store.Tx) error { return tx.InsertBusiness(t.Context(), b) })
	if err := st.InTx(t.Context(), func(tx *store.Tx) error { return tx.InsertBusiness(t.Context(), b) }); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a second business: %v", err)
	}
	b.Name, b.UpdatedAt = "Brighter", 2
	in(t, st, func(tx *store.Tx) error { return tx.SetBusiness(t.Context(), b) })
	got, err := st.Business(t.Context())
	if err != nil || got.Name != "Brighter" || got.CreatedAt != 1 || got.Hours[4][0] != [2]string{"09:00", "17:00"} || len(got.Hours[5]) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestOpenFollowsTheClockOfTheBusiness(t *testing.T) {
	b := store.Business{Timezone: "America/New_York", Hours: store.DefaultHours()}
	for when, want := range map[string]bool{
		"2026-11-18T13:59:00Z": false, // Wednesday 08:59 there
		"2026-11-18T14:00:00Z": true,
		"2026-11-18T21:59:00Z": true,
		"2026-11-18T22:00:00Z": false,
		"2026-11-21T15:00:00Z": false, // Saturday
		"2026-07-15T13:00:00Z": true,  // summer: 09:00
	} {
		at, err := time.Parse(time.RFC3339, when)
		if err != nil {
			t.Fatal(err)
		}
		if got := b.Open(at); got != want {
			t.Errorf("%s: open %v, want %v", when, got, want)
		}
	}
}
