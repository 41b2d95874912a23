package access

import (
	"context"
	"errors"

	"stead/app/errs"
	"stead/store"
)

// ErrNotHere is the answer to whoever acts and may not sign in any more.
var ErrNotHere = &errs.Error{Kind: errs.Conflict, Code: "not_here", Message: "Your own account was changed meanwhile, so nothing was done. Sign in again."}

// AsOfNow is who acts, as the reader of a transaction has them: an owner who was
// made an agent a moment ago, by the one whom they are changing, is none any
// more. It is ErrNotHere for somebody disabled or removed.
func AsOfNow(ctx context.Context, r *store.Reader, actor Actor) (Actor, error) {
	if actor.Kind != User {
		return actor, nil
	}
	u, err := r.User(ctx, actor.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && !u.Active() {
		return Actor{}, ErrNotHere
	}
	if err != nil {
		return Actor{}, err
	}
	return For(ctx, r, u)
}
