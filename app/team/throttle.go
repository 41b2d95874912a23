package team

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
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
	perAccount = throttleRule{free: 12, limit: 10 * time.Minute} // one account from everywhere
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
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		for _, k := range keys {
			t, err := tx.Throttle(ctx, k.hash)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if wait := t.NextAt - now.UnixMilli(); wait > 0 {
				return web.TooMany(time.Duration(wait)*time.Millisecond, "Too many tries. Wait a moment, then try again.")
			}
			if now.UnixMilli()-t.UpdatedAt > throttleForgets.Milliseconds() {
				t.Failures = 0
			}
			t.Failures, t.UpdatedAt = t.Failures+1, now.UnixMilli()
			t.NextAt = now.Add(k.rule.pause(t.Failures)).UnixMilli()
			if err := tx.PutThrottle(ctx, t); err != nil {
				return err
			}
		}
		return nil
	})
}

// throttleKeys name what is counted, without saying what it is.
func (s *Service) throttleKeys(ctx context.Context, account, network string) ([]throttleKey, error) {
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
	return []throttleKey{{hash("network", account, network), perNetwork}, {hash("account", account), perAccount}}, nil
}

const throttleSetting = "sign_in"

// throttleSalt is this instance's own, so that the hashes of two differ.
type throttleSalt struct {
	Key string `json:"key"`
}
