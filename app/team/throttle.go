package team

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"stead/app/web"
	"stead/store"
)

// A rule lets some tries go by and then doubles the pause with each more, up to
// a limit: nobody is ever locked out for good.
type throttleRule struct {
	free  int64
	limit time.Duration
}

var (
	perNetwork = throttleRule{free: 4, limit: 15 * time.Minute}  // one account from one network
	perAccount = throttleRule{free: 12, limit: 30 * time.Second} // one account from everywhere nobody signed in from
)

const throttleForgets = 24 * time.Hour

func (r throttleRule) pause(failures int64) time.Duration {
	over := failures - r.free
	switch {
	case over <= 0:
		return 0
	case over > 20:
		return r.limit
	}
	return min(r.limit, time.Second<<(over-1))
}

type throttleKey struct {
	hash string
	rule throttleRule
}

// reserve counts a try as failed before it is looked at, so that a hundred at
// once count as a hundred, and refuses it while an earlier one must be waited
// for. The failures are kept in the store: a restart forgets nothing.
func (s *Service) reserve(ctx context.Context, keys []throttleKey) error {
	now := s.Now()
	if err := s.waitsAlready(ctx, keys, now); err != nil {
		return err
	}
	var wait time.Duration
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		rows := make([]store.Throttle, len(keys))
		wait = 0
		for i, k := range keys {
			left, err := standing(ctx, tx, k, now, &rows[i])
			if err != nil {
				return err
			}
			wait = max(wait, left)
		}
		if wait > 0 {
			return nil
		}
		for i, k := range keys {
			if err := tx.PutThrottle(ctx, k.count(rows[i], now)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && wait > 0 {
		return tooMany(wait)
	}
	return err
}

// waitsAlready refuses without writing anything: who must wait costs little.
func (s *Service) waitsAlready(ctx context.Context, keys []throttleKey, now time.Time) error {
	for _, k := range keys {
		t, err := s.Store.Throttle(ctx, k.hash)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if wait := time.Duration(t.NextAt-now.UnixMilli()) * time.Millisecond; wait > 0 && wait <= k.rule.limit {
			return tooMany(wait)
		}
	}
	return nil
}

// standing reads what is counted under a key and how long must be waited. A
// clock that was set back makes nobody wait longer than the rule's limit.
func standing(ctx context.Context, tx *store.Tx, k throttleKey, now time.Time, t *store.Throttle) (time.Duration, error) {
	var err error
	*t, err = tx.Throttle(ctx, k.hash)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return 0, err
	}
	t.KeyHash = k.hash
	wait := time.Duration(t.NextAt-now.UnixMilli()) * time.Millisecond
	if wait <= k.rule.limit {
		return wait, nil
	}
	t.NextAt, t.UpdatedAt = now.Add(k.rule.limit).UnixMilli(), now.UnixMilli()
	return k.rule.limit, tx.PutThrottle(ctx, *t)
}

// count adds a failure.
func (k throttleKey) count(t store.Throttle, now time.Time) store.Throttle {
	if now.UnixMilli()-t.UpdatedAt > throttleForgets.Milliseconds() {
		t.Failures = 0
	}
	t.Failures, t.UpdatedAt = t.Failures+1, now.UnixMilli()
	t.NextAt = now.Add(k.rule.pause(t.Failures)).UnixMilli()
	return t
}

// forgetTries clears what was counted: the person was the right one.
func forgetTries(ctx context.Context, tx *store.Tx, keys []throttleKey) error {
	for _, k := range keys {
		if err := tx.ForgetThrottle(ctx, k.hash); err != nil {
			return err
		}
	}
	return nil
}

// tooMany says how long to wait, rounded up.
func tooMany(wait time.Duration) error {
	n, unit := int64((wait+time.Second-1)/time.Second), "second"
	if n > 90 {
		n, unit = (n+59)/60, "minute"
	}
	if n != 1 {
		unit += "s"
	}
	return web.TooMany(wait, fmt.Sprintf("Too many tries. Wait %d %s, then try again.", n, unit))
}

// throttleKeys name what is counted when somebody signs in with a password.
func (s *Service) throttleKeys(ctx context.Context, u store.User, email, network string) ([]throttleKey, error) {
	return s.keysFor(ctx, "email", u, email, network, perAccount)
}

// keysFor name what is counted, without saying what it is: the first key is of
// one network, the second of everywhere. what is the kind of try, who is whom it
// is for: an email or an id. It falls into one of 65,536 bins that only this
// instance can compute, whether somebody has it or not: inventing emails does
// not fill the disk, and a bin tells nothing. A network that the person is
// signed in from is not counted with the rest of the world, so that a stranger
// cannot keep them out.
func (s *Service) keysFor(ctx context.Context, what string, u store.User, who, network string, everywhere throttleRule) ([]throttleKey, error) {
	var salt throttleSalt
	if _, err := s.Store.Setting(ctx, throttleSetting, &salt); err != nil {
		return nil, err
	}
	hash := func(parts ...string) string {
		m := hmac.New(sha256.New, []byte(salt.Key))
		for _, p := range parts {
			m.Write([]byte(p))
			m.Write([]byte{0})
		}
		return hex.EncodeToString(m.Sum(nil))
	}
	bin := hash(what, who)[:4]
	keys := []throttleKey{{hash("network", what, bin, network), perNetwork}}
	if known, err := s.knows(ctx, u, network); err != nil || known {
		return keys, err
	}
	return append(keys, throttleKey{hash("account", what, bin), everywhere}), nil
}

// fromAnywhere tells that a try comes from a network that the person is not
// signed in from.
func fromAnywhere(keys []throttleKey) bool { return len(keys) > 1 }

// knows tells whether somebody is signed in from a network; it costs as much
// for nobody.
func (s *Service) knows(ctx context.Context, u store.User, network string) (bool, error) {
	sessions, err := s.Store.SessionsOf(ctx, u.ID)
	return network != "" && slices.ContainsFunc(sessions, func(v store.Session) bool {
		return networkOf(v.Address) == network
	}), err
}

// networkOf is the part of an address that throttles count by; "" for none.
func networkOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	return web.Network(a)
}

const throttleSetting = "sign_in"

// throttleSalt is this instance's own, so that the hashes of two differ.
type throttleSalt struct {
	Key string `json:"key"`
}
