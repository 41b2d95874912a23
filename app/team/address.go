package team

import (
	"context"
	"errors"
	"strings"

	"stead/app/access"
	"stead/app/email"
	"stead/app/errs"
	"stead/store"
)

// EventAddress says that somebody signs in with another address from now on.
const EventAddress = "user.email_changed"

// SetEmail has whoever signs in with an address sign in with another one, for
// the operator of the machine, and ends every session of theirs. errs.NotFound
// when nobody has the address, errs.Conflict when somebody has the new one.
func (s *Service) SetEmail(ctx context.Context, actor access.Actor, address, to string) error {
	if actor.Kind != access.Terminal {
		return access.Allow(access.Actor{ID: actor.ID}, access.TeamWrite, access.Object{})
	}
	u, err := s.find(ctx, address)
	if err != nil {
		return err
	}
	if to = strings.TrimSpace(to); !email.Valid(to) {
		return invalid(map[string]string{"email": "Enter an email address, like ana@example.com."})
	}
	d := s.deed(actor, EventAddress, u.ID)
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.SetUserEmail(ctx, u.ID, to, email.Key(to), d.at); err != nil {
			return err
		}
		return d.note(ctx, tx)
	})
	if errors.Is(err, store.ErrConflict) {
		return &errs.Error{Kind: errs.Conflict, Message: "Somebody else signs in with this address."}
	}
	return err
}
