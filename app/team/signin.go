package team

import (
	"context"
	"errors"

	"stead/app/email"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
)

var errWrong = &errs.Error{Kind: errs.Invalid, Message: "The email or the password is not right.", Code: "wrong_password"}

// Check returns the user whom an address and a password name. Whatever is wrong, the
// answer and the time it takes are the same: an errs.Invalid. After too many
// tries it is a refusal that says how long to wait.
func (s *Service) Check(ctx context.Context, address, password string) (store.User, error) {
	key := email.Key(address)
	u, err := s.Store.UserByEmail(ctx, key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.User{}, err
	}
	keys, err := s.throttleKeys(ctx, u, key, web.Network(web.Client(ctx)))
	if err != nil {
		return store.User{}, err
	}
	at, err := s.hasher.place(ctx, fromAnywhere(keys))
	if err != nil {
		return store.User{}, err
	}
	defer at.leave()
	giveBack, err := s.take(ctx, keys)
	if err != nil {
		return store.User{}, err
	}
	if len(password) > passwordMax {
		password = "" // nobody has one
	}
	match, stale, err := s.hasher.check(ctx, at, password, u.PasswordHash)
	if err != nil { // nothing was compared
		return store.User{}, errors.Join(err, giveBack(ctx))
	}
	if !match || u.DisabledAt != 0 || u.RemovedAt != 0 {
		if err := s.refuse(ctx, u, keys, match); err != nil {
			return store.User{}, err
		}
		return store.User{}, errWrong
	}
	fresh := ""
	if stale {
		if fresh, err = s.hasher.hash(ctx, password); err != nil {
			return store.User{}, err
		}
	}
	return u, s.admit(ctx, u, keys, fresh)
}

// refuse writes the try down, if it was for somebody who is there. For nobody it
// writes as much elsewhere, so that the time it takes tells nothing.
func (s *Service) refuse(ctx context.Context, u store.User, keys []throttleKey, match bool) error {
	outcome := outcomePassword
	if match {
		outcome = outcomeClosed
	}
	row := s.try(ctx, u.ID, "password", outcome, s.Now().UnixMilli())
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if u.ID != "" {
			return tx.InsertSignIn(ctx, row)
		}
		t, err := tx.Throttle(ctx, keys[0].hash)
		if errors.Is(err, store.ErrNotFound) {
			return nil // somebody of the same bin came in meanwhile
		}
		if err != nil {
			return err
		}
		return tx.PutThrottle(ctx, t)
	})
}

// admit clears the failed tries, and keeps the password hashed as it is today
// unless it was changed while it was compared.
func (s *Service) admit(ctx context.Context, u store.User, keys []throttleKey, freshHash string) error {
	now := s.Now().UnixMilli()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := forgetTries(ctx, tx, keys); err != nil {
			return err
		}
		if freshHash == "" {
			return nil
		}
		return tx.ReplacePasswordHash(ctx, u.ID, u.PasswordHash, freshHash, now)
	})
}

// note records something that a user did to a session.
func (s *Service) note(ctx context.Context, kind, userID string) error {
	now, id := s.Now().UnixMilli(), s.NewID()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		return tell(ctx, tx, id, kind, userID, now)
	})
}
