package mail

import (
	"context"
	"crypto/subtle"
	"errors"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// Wants tells whether a person gets notices.
func (s *Service) Wants(ctx context.Context, actor access.Actor) (bool, error) {
	refuses, err := s.Store.RefusesMail(ctx, actor.ID, string(classNotice))
	return !refuses, err
}

// SetWants has a person get notices, or no more. What waits to be sent goes by it.
func (s *Service) SetWants(ctx context.Context, actor access.Actor, wants bool) error {
	if actor.Kind != access.User {
		return &errs.Error{Kind: errs.Denied, Message: "Sign in first."}
	}
	return s.setWants(ctx, actor.ID, wants)
}

func (s *Service) setWants(ctx context.Context, userID string, wants bool) error {
	at, kind := s.Now().UnixMilli(), EventUnwanted
	if wants {
		kind = EventWanted
	}
	event := store.Event{ID: s.NewID(), Kind: kind, Subject: userID, Actor: userID, At: at}
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		changed, err := tx.SetMailRefusal(ctx, userID, string(classNotice), !wants, at)
		if err != nil || !changed {
			return err
		}
		return tx.Record(ctx, event)
	})
}

var errNoSuchLink = &errs.Error{Kind: errs.NotFound, Code: "no_such_link", Message: "This link is not whole. Sign in and choose what you get under Your account, Mail."}

// holder returns whose a one-click token is. errs.NotFound for any other text,
// and for somebody who has gone; ErrLocked while nobody can tell.
func (s *Service) holder(ctx context.Context, token string) (string, error) {
	userID, _, ok := strings.Cut(token, ".")
	if !ok || len(token) > 200 {
		return "", errNoSuchLink
	}
	want, err := s.unsubscribeToken(userID)
	if err != nil {
		return "", err
	}
	if subtle.ConstantTimeCompare([]byte(want), []byte(token)) != 1 {
		return "", errNoSuchLink
	}
	u, err := s.Store.User(ctx, userID)
	if errors.Is(err, store.ErrNotFound) || err == nil && u.RemovedAt != 0 {
		return "", errNoSuchLink
	}
	return u.ID, err
}

// Unsubscribe ends notices to whoever holds the token of one. Asked again it
// does nothing more.
func (s *Service) Unsubscribe(ctx context.Context, token string) error {
	userID, err := s.holder(ctx, token)
	if err != nil {
		return err
	}
	return s.setWants(ctx, userID, false)
}
