package team

import (
	"context"
	"errors"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// Why a link of an invitation opens nothing. Whoever has no link that works
// learns nothing from the answer but that.
var (
	errJoinUnknown = &errs.Error{Kind: errs.NotFound, Code: "invitation_unknown", Message: "This invitation does not work. It was used, taken back or replaced by a newer one, or the link is not whole."}
	errJoinExpired = &errs.Error{Kind: errs.Conflict, Code: "invitation_expired", Message: "This invitation has expired."}
)

// tokenLength is that of newToken.
const tokenLength = 43

// Join is what somebody answers to an invitation.
type Join struct{ Name, Password, Again string }

// openInvitation returns the invitation that a link opens now.
func (s *Service) openInvitation(ctx context.Context, r *store.Reader, token string, now int64) (store.Invitation, error) {
	if len(token) != tokenLength {
		return store.Invitation{}, errJoinUnknown
	}
	i, err := r.InvitationByToken(ctx, tokenHash(token))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return i, errJoinUnknown
	case err == nil && !i.Open(now):
		return store.Invitation{}, errJoinExpired
	}
	return i, err
}

// Join accepts an invitation by the newest of its links and makes the account,
// once: of a hundred who try it at the same moment one succeeds. What is wrong
// with the answers is errs.Invalid.
func (s *Service) Join(ctx context.Context, token string, in Join) (store.User, error) {
	i, err := s.openInvitation(ctx, &s.Store.Reader, token, s.Now().UnixMilli())
	if err != nil {
		return store.User{}, err
	}
	in.Name = strings.Join(strings.Fields(in.Name), " ")
	if fields := s.joinProblems(ctx, i, in); len(fields) > 0 {
		return store.User{}, invalid(fields)
	}
	hash, err := s.hasher.hash(ctx, in.Password)
	if err != nil {
		return store.User{}, err
	}
	return s.acceptInvitation(ctx, token, in.Name, hash)
}

func (s *Service) joinProblems(ctx context.Context, i store.Invitation, in Join) map[string]string {
	fields := s.newPasswordProblems(ctx, store.User{Name: in.Name, Email: i.Email}, in.Password)
	if problem := nameProblem(in.Name, "Enter your name."); problem != "" {
		fields["name"] = problem
	}
	if in.Again != in.Password && fields["password"] == "" {
		fields["password_again"] = differs
	}
	return fields
}

// acceptInvitation uses the invitation up and adds the user, both or neither.
func (s *Service) acceptInvitation(ctx context.Context, token, name, hash string) (store.User, error) {
	id := s.NewID()
	d := s.deed(access.Actor{ID: id}, EventJoined, id)
	var u store.User
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		i, err := s.openInvitation(ctx, &tx.Reader, token, d.at)
		if err != nil {
			return err
		}
		if err := mayEnrol(ctx, tx, i); err != nil {
			return err
		}
		if err := tx.AcceptInvitation(ctx, i.ID, tokenHash(token), d.at); errors.Is(err, store.ErrConflict) {
			return errJoinUnknown
		} else if err != nil {
			return err
		}
		u = store.User{
			ID: id, Name: name, Email: i.Email, EmailKey: i.EmailKey, PasswordHash: hash, Role: i.Role, TeamID: i.TeamID,
			CreatedAt: d.at, UpdatedAt: d.at,
		}
		if err := tx.InsertUser(ctx, u); err != nil {
			return err
		}
		return d.note(ctx, tx)
	})
	return u, err
}

// mayEnrol looks whether what the invitation promised is still there.
func mayEnrol(ctx context.Context, tx *store.Tx, i store.Invitation) error {
	if _, err := access.RoleOf(ctx, &tx.Reader, i.Role); errors.Is(err, store.ErrNotFound) {
		return errJoinUnknown
	} else if err != nil {
		return err
	}
	if err := stillVouched(ctx, tx, i); err != nil {
		return err
	}
	_, err := tx.UserByEmail(ctx, i.EmailKey)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil {
		return errJoinUnknown
	}
	return err
}

// stillVouched refuses an invitation whose sender could not send it any more:
// nobody gets in by what somebody was allowed to do once.
func stillVouched(ctx context.Context, tx *store.Tx, i store.Invitation) error {
	if i.InvitedBy == access.Operator().ID {
		return nil
	}
	by, err := mayManage(ctx, tx, access.Actor{ID: i.InvitedBy, Kind: access.User})
	if err == nil {
		err = mayGive(ctx, &tx.Reader, by, i.Role)
	}
	if k := errs.KindOf(err); err != nil && (k == errs.Denied || k == errs.Conflict) {
		return errJoinUnknown
	}
	return err
}
