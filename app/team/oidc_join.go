package team

import (
	"context"
	"errors"
	"net/http"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/port"
	"stead/store"
)

// joinWith accepts an invitation by an account elsewhere in place of a password.
// Whoever holds the link is invited, as with a password; the account need not
// have the invitation's address, but an address that is confirmed.
func (s *Service) joinWith(w http.ResponseWriter, r *http.Request, j journey, claims port.Claims) error {
	if !claims.Verified || claims.Email == "" {
		return errUnconfirmed
	}
	u, err := s.acceptWith(r.Context(), j.Join, claims)
	if errors.Is(err, store.ErrConflict) {
		return errTaken
	}
	if err != nil {
		return err
	}
	return s.complete(w, r, u, road{Method: byProvider, TimeZone: j.TimeZone})
}

// acceptWith uses an invitation up, adds the user and connects the account, all
// or nothing. store.ErrConflict when the account signs in somebody already.
func (s *Service) acceptWith(ctx context.Context, hash string, claims port.Claims) (store.User, error) {
	id, eventID := s.NewID(), s.NewID()
	d := s.deed(access.Actor{ID: id}, EventJoined, id)
	var u store.User
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		i, err := tx.InvitationByToken(ctx, hash)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return errJoinUnknown
		case err != nil:
			return err
		case !i.Open(d.at):
			return errJoinExpired
		}
		if err := mayEnrol(ctx, tx, i); err != nil {
			return err
		}
		if err := tx.AcceptInvitation(ctx, i.ID, hash, d.at); errors.Is(err, store.ErrConflict) {
			return errJoinUnknown
		} else if err != nil {
			return err
		}
		u = store.User{ID: id, Name: i.Name, Email: i.Email, EmailKey: i.EmailKey, Role: i.Role, TeamID: i.TeamID, CreatedAt: d.at, UpdatedAt: d.at}
		if u.Name == "" {
			u.Name = claims.Name
		}
		if nameProblem(u.Name, "-") != "" {
			return &errs.Error{Kind: errs.Denied, Code: "no_name", Message: "The other account has no name. Join with a password instead."}
		}
		if err := tx.InsertUser(ctx, u); err != nil {
			return err
		}
		if err := d.note(ctx, tx); err != nil {
			return err
		}
		return connect(ctx, tx, eventID, id, claims, d.at)
	})
	return u, err
}
