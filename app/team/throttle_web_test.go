package team_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"stead/app"
	"stead/app/apptest"
	"stead/store"
)

// from tries to sign in as somebody behind a proxy would, from an address.
func from(h *apptest.House, address, email, password string) int {
	c := h.Visitor()
	c.Header.Set("X-Forwarded-For", address)
	return c.PostForm("/login", login(email, password)).Status
}

func behindProxy(t *testing.T) *apptest.House {
	t.Helper()
	return apptest.Start(t, apptest.Options{Config: func(c *app.Config) {
		c.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	}})
}

// TestStrangersDoNotKeepTheOwnerOut: failures from all over the world slow down
// the world, not the network that the owner is signed in from.
func TestStrangersDoNotKeepTheOwnerOut(t *testing.T) {
	h := behindProxy(t)
	if got := from(h, "203.0.113.7", apptest.Email, apptest.Password); got != http.StatusSeeOther {
		t.Fatalf("the owner's sign-in answers %d", got)
	}
	for i := range 16 {
		from(h, fmt.Sprintf("198.51.100.%d", i), apptest.Email, "not the password at all")
	}
	if got := from(h, "198.51.100.200", apptest.Email, apptest.Password); got != http.StatusTooManyRequests {
		t.Errorf("a stranger's try answers %d, want 429", got)
	}
	if got := from(h, "203.0.113.7", apptest.Email, apptest.Password); got != http.StatusSeeOther {
		t.Errorf("the owner at home gets %d", got)
	}
	h.Clock.Advance(31 * time.Second)
	if got := from(h, "192.0.2.9", apptest.Email, apptest.Password); got != http.StatusSeeOther {
		t.Errorf("half a minute later the owner on the road gets %d", got)
	}
}

// poll has strangers use up what everybody may try, and tells whether they did.
func poll(t *testing.T, h *apptest.House) {
	t.Helper()
	for i := range 16 {
		from(h, fmt.Sprintf("198.51.100.%d", i), apptest.Email, "not the password at all")
	}
	if got := from(h, "198.51.100.200", apptest.Email, apptest.Password); got != http.StatusTooManyRequests {
		t.Fatalf("a stranger's try answers %d, want 429", got)
	}
}

// TestWhereSomebodyWasTheyAreNoStranger: no session is needed for it, and not
// the network either where the browser is one that stays signed in.
func TestWhereSomebodyWasTheyAreNoStranger(t *testing.T) {
	h := behindProxy(t)
	c := h.Visitor()
	c.Header.Set("X-Forwarded-For", "203.0.113.7")
	if p := c.PostForm("/login", with(asOwner, "remember", "on")); p.Status != http.StatusSeeOther {
		t.Fatalf("the owner's sign-in answers %d", p.Status)
	}
	id := owner(t, h).ID
	write(t, h, func(tx *store.Tx) error { return tx.DeleteSessionsOf(t.Context(), id, "") })
	h.Clock.Advance(20 * 24 * time.Hour)
	poll(t, h)
	if got := from(h, "203.0.113.7", apptest.Email, apptest.Password); got != http.StatusSeeOther {
		t.Errorf("the owner at home gets %d", got)
	}
	c.Header.Set("X-Forwarded-For", "192.0.2.9")
	poll(t, h)
	if p := c.PostForm("/login", asOwner); p.Status != http.StatusSeeOther {
		t.Errorf("the owner's own browser elsewhere gets %d", p.Status)
	}
	h.Clock.Advance(91 * 24 * time.Hour)
	write(t, h, func(tx *store.Tx) error {
		return errors.Join(tx.DeleteSessionsOf(t.Context(), id, ""), tx.DeleteRememberedOf(t.Context(), id, ""))
	})
	poll(t, h)
	if got := from(h, "203.0.113.7", apptest.Email, apptest.Password); got != http.StatusTooManyRequests {
		t.Errorf("a network of long ago gets %d", got)
	}
}

// TestOneSiteIsCountedWhole: a /48 holds 65,536 networks.
func TestOneSiteIsCountedWhole(t *testing.T) {
	h := behindProxy(t)
	refused := 0
	for i := range 20 {
		if from(h, fmt.Sprintf("2001:db8:7:%x::1", i), apptest.Email, "not the password at all") == http.StatusTooManyRequests {
			refused++
		}
		h.Clock.Advance(31 * time.Second) // the account is free again
	}
	if refused == 0 {
		t.Error("twenty networks of one site are not told to wait")
	}
	if got := from(h, "2001:db8:8::1", apptest.Email, apptest.Password); got != http.StatusSeeOther {
		t.Errorf("another site gets %d", got)
	}
}

// TestThrottleTellsNobodyApart: an email that somebody has and one that nobody
// has are answered alike, try by try.
func TestThrottleTellsNobodyApart(t *testing.T) {
	h := behindProxy(t)
	for i := range 16 {
		address := fmt.Sprintf("198.51.100.%d", i)
		known := from(h, address, apptest.Email, "not the password at all")
		unknown := from(h, address, "somebody@else.example", "not the password at all")
		if known != unknown {
			t.Errorf("try %d: %d for an account, %d for none", i+1, known, unknown)
		}
	}
}
