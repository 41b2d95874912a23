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
	least time.Duration // the pause after each, also of those that go by
}

var (
	perNetwork = throttleRule{free: 4, limit: 15 * time.Minute}  // one account from one network
	perSite    = throttleRule{free: 12, limit: 15 * time.Minute} // one account from all that a provider may give one customer
	perAccount = throttleRule{free: 12, limit: 30 * time.Second} // one account from everywhere that it was never used from
)

const throttleForgets = 24 * time.Hour

func (r throttleRule) pause(failures int64) time.Duration {
	over := failures - r.free
	switch {
	case over <= 0:
		return r.least
	case over > 20:
		return r.limit
	}
	return max(r.least, min(r.limit, time.Second<<(over-1)))
}

type throttleKey struct {
	hash string
	rule throttleRule
}

// reserve counts a try as failed before it is looked at, so that a hundred at
// once count as a hundred, and refuses it while an earlier one must be waited
// for. The failures are kept in the store: a restart forgets nothing.
func (s *Service) reserve(ctx context.Context, keys []throttleKey) error {
	_, err := s.take(ctx, keys)
	return err
}

// take is reserve with a way back, for a try that nobody came to look at.
func (s *Service) take(ctx context.Context, keys []throttleKey) (giveBack func(context.Context) error, err error) {
	now := s.Now()
	if err := s.waitsAlready(ctx, keys, now); err != nil {
		return nil, err
	}
	before, after := make([]store.Throttle, len(keys)), make([]store.Throttle, len(keys))
	var wait time.Duration
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		wait = 0
		for i, k := range keys {
			left, err := standing(ctx, tx, k, now, &before[i])
			if err != nil {
				return err
			}
			wait = max(wait, left)
		}
		if wait > 0 {
			return nil
		}
		for i, k := range keys {
			after[i] = k.count(before[i], now)
			if err := tx.PutThrottle(ctx, after[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && wait > 0 {
		err = tooMany(wait)
	}
	return func(ctx context.Context) error { return s.giveBack(ctx, before, after) }, err
}

// giveBack takes a try back that was not looked at. Where others were counted
// meanwhile, their wait stays.
func (s *Service) giveBack(ctx context.Context, before, after []store.Throttle) error {
	ctx = context.WithoutCancel(ctx) // who went away is not counted either
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		for i, then := range after {
			row, err := tx.Throttle(ctx, then.KeyHash)
			switch {
			case errors.Is(err, store.ErrNotFound):
				continue
			case err != nil:
				return err
			case row == then:
				row = before[i]
			default:
				row.Failures = max(0, row.Failures-1)
			}
			if err := tx.PutThrottle(ctx, row); err != nil {
				return err
			}
		}
		return nil
	})
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

// keysFor name what is counted, without saying what it is. what is the kind of
// try, who is whom it is for: an email or an id. It falls into one of 65,536
// bins that only this instance can compute, whether somebody has it or not:
// inventing emails does not fill the disk, and a bin tells nothing. Strangers
// are counted by network first and from everywhere last. A network that the
// person came in from, and a browser that stays signed in, are counted alone and
// under another name: no stranger keeps them out.
func (s *Service) keysFor(ctx context.Context, what string, u store.User, who, network string, everywhere throttleRule) ([]throttleKey, error) {
	hash, err := s.counter(ctx)
	if err != nil {
		return nil, err
	}
	bin := hash(what, who)[:4]
	known, err := s.knows(ctx, u, network)
	switch own := broughtBy(ctx, u); {
	case err != nil:
		return nil, err
	case own != "":
		return []throttleKey{{hash("browser", what, own), perNetwork}}, nil
	case known:
		return []throttleKey{{hash("known", what, bin, network), perNetwork}}, nil
	}
	keys := []throttleKey{{hash("network", what, bin, network), perNetwork}}
	if site := siteOf(network); site != "" {
		keys = append(keys, throttleKey{hash("site", what, bin, site), perSite})
	}
	return append(keys, throttleKey{hash("account", what, bin), everywhere}), nil
}

// ownKeys name what is counted when somebody who is signed in proves who they
// are: each browser alone, so that nobody's tries at signing in hold them up.
func (s *Service) ownKeys(ctx context.Context, what, userID string) ([]throttleKey, error) {
	hash, err := s.counter(ctx)
	return []throttleKey{{hash("own", what, userID, web.SessionKey(ctx)), perNetwork}}, err
}

// counter returns the hash by which this instance names what it counts.
func (s *Service) counter(ctx context.Context) (func(parts ...string) string, error) {
	var salt throttleSalt
	_, err := s.Store.Setting(ctx, throttleSetting, &salt)
	return func(parts ...string) string {
		m := hmac.New(sha256.New, []byte(salt.Key))
		for _, p := range parts {
			m.Write([]byte(p))
			m.Write([]byte{0})
		}
		return hex.EncodeToString(m.Sum(nil))
	}, err
}

// fromAnywhere tells that a try comes from where the person never came in from.
func fromAnywhere(keys []throttleKey) bool { return len(keys) > 1 }

// knows tells whether somebody is signed in from a network, came in from it
// lately, or has a browser there that stays signed in; it costs as much for
// nobody.
func (s *Service) knows(ctx context.Context, u store.User, network string) (bool, error) {
	now := s.Now()
	sessions, err1 := s.Store.SessionsOf(ctx, u.ID)
	seen, err2 := s.Store.SeenOf(ctx, u.ID, outcomeOK, now.Add(-knownFor).UnixMilli())
	kept, err3 := s.Store.RememberedOf(ctx, u.ID)
	if err := errors.Join(err1, err2, err3); err != nil || network == "" {
		return false, err
	}
	return slices.ContainsFunc(sessions, func(v store.Session) bool { return networkOf(v.Address) == network }) ||
		slices.ContainsFunc(seen, func(v store.Seen) bool { return networkOf(v.Address) == network }) ||
		slices.ContainsFunc(kept, func(v store.Remembered) bool {
			return networkOf(v.Address) == network && v.Epoch == u.Epoch && now.UnixMilli() < v.ExpiresAt
		}), nil
}

// siteOf is the /48 around a network of IPv6, which a provider may give one
// customer whole; "" for others.
func siteOf(network string) string {
	p, err := netip.ParsePrefix(network)
	if err != nil || !p.Addr().Is6() {
		return ""
	}
	return netip.PrefixFrom(p.Addr(), 48).Masked().String()
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
