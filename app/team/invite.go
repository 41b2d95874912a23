package team

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"stead/app/access"
	"stead/app/email"
	"stead/app/errs"
	"stead/store"
)

// What happens to invitations; the subject is the invitation. Mail goes out on
// EventInvited.
const (
	EventInvited         = "user.invited"
	EventInviteRenewed   = "user.invitation_renewed"
	EventInviteRevoked   = "user.invitation_revoked"
	EventJoined          = "user.joined"
	invitationLasts      = 7 * 24 * time.Hour
	maxName              = 120
	eventInviteLinkShown = EventInviteRenewed // a link to copy makes every older one worthless
)

// Invite is what is asked when somebody is to join.
type Invite struct {
	Name, Email, Role, TeamID string
	Key                       string // of the form: the same one twice makes one invitation
}

func (in *Invite) tidy() {
	in.Name, in.Email = strings.Join(strings.Fields(in.Name), " "), strings.TrimSpace(in.Email)
}

// problems are keyed by form field.
func (in Invite) problems() map[string]string {
	fields := map[string]string{}
	if problem := nameProblem(in.Name, "Enter the name of your colleague."); problem != "" {
		fields["name"] = problem
	}
	if !email.Valid(in.Email) {
		fields["email"] = "Enter an email address, like ana@example.com."
	}
	if in.Role == "" {
		fields["role"] = "Choose a role."
	}
	return fields
}

// nameProblem says what is wrong with somebody's name, or "". Any letters will
// do, in any script.
func nameProblem(name, missing string) string {
	switch {
	case name == "":
		return missing
	case utf8.RuneCountInString(name) > maxName:
		return "Use at most 120 characters."
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unseen):
		return "Use letters, spaces and signs that can be seen."
	}
	return ""
}

// unseen finds what steers the display instead of being seen: controls, and the
// marks that turn the direction of writing.
func unseen(c rune) bool { return unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) }

var errInvitationOver = &errs.Error{Kind: errs.Conflict, Code: "invitation_over", Message: "This invitation was accepted or taken back meanwhile."}

// Invite asks somebody to join, in the place of any older invitation to the
// same address, and returns its id. Its link comes by mail, or see
// ShowInviteLink.
func (s *Service) Invite(ctx context.Context, actor access.Actor, in Invite) (string, error) {
	in.tidy()
	if fields := in.problems(); len(fields) > 0 {
		return "", invalid(fields)
	}
	d := s.deed(actor, EventInvited, s.NewID())
	row := store.Invitation{
		ID: d.subject, Name: in.Name, Email: in.Email, EmailKey: email.Key(in.Email), Role: in.Role, TeamID: in.TeamID,
		InvitedBy: actor.ID, CreatedAt: d.at, ExpiresAt: d.at + invitationLasts.Milliseconds(),
	}
	made := ""
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		err := mayPlace(ctx, tx, actor, Place{in.Role, in.TeamID})
		if err != nil {
			return err
		}
		made, err = tx.Once(ctx, in.Key, row.ID, d.at, func() error { return insertInvitation(ctx, tx, row, d) })
		return err
	})
	return made, err
}

func insertInvitation(ctx context.Context, tx *store.Tx, row store.Invitation, d deed) error {
	if err := mustBeFree(ctx, &tx.Reader, row.EmailKey); err != nil {
		return err
	}
	if err := tx.InsertInvitation(ctx, row); err != nil {
		return err
	}
	return d.note(ctx, tx)
}

// mustBeFree refuses the address of somebody who is of the business.
func mustBeFree(ctx context.Context, r *store.Reader, key string) error {
	u, err := r.UserByEmail(ctx, key)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	case u.DisabledAt != 0:
		return errs.Field("email", "A colleague with this address is in the team, disabled. Enable the account instead.")
	}
	return errs.Field("email", "A colleague with this address is in the team already.")
}

// ongoing is an invitation that an actor may deal with: whoever could not have
// sent it must not get at its link.
func ongoing(ctx context.Context, tx *store.Tx, actor access.Actor, id string) (store.Invitation, error) {
	now, err := mayManage(ctx, tx, actor)
	if err != nil {
		return store.Invitation{}, err
	}
	i, err := tx.Invitation(ctx, id)
	if err != nil {
		return i, err
	}
	if err := mayDealWith(ctx, &tx.Reader, now, Place{i.Role, i.TeamID}); err != nil {
		return i, err
	}
	if i.AcceptedAt != 0 || i.RevokedAt != 0 {
		return i, errInvitationOver
	}
	return i, nil
}

// Resend sends an invitation again, with another seven days. Every link that
// went out before is worthless.
func (s *Service) Resend(ctx context.Context, actor access.Actor, id string) error {
	d := s.deed(actor, EventInvited, id)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		i, err := ongoing(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if err := mustBeFree(ctx, &tx.Reader, i.EmailKey); err != nil {
			return err
		}
		if err := tx.RenewInvitation(ctx, id, actor.ID, d.at+invitationLasts.Milliseconds()); err != nil {
			return err
		}
		return d.note(ctx, tx)
	})
}

// Revoke makes an invitation worthless.
func (s *Service) Revoke(ctx context.Context, actor access.Actor, id string) error {
	d := s.deed(actor, EventInviteRevoked, id)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := ongoing(ctx, tx, actor, id); err != nil {
			return err
		}
		if err := tx.RevokeInvitation(ctx, id, d.at); err != nil {
			return err
		}
		return d.note(ctx, tx)
	})
}

// ShowInviteLink makes a link for somebody to copy, with another seven days,
// and returns its path. Every link that went out before is worthless.
func (s *Service) ShowInviteLink(ctx context.Context, actor access.Actor, id string) (string, error) {
	d, token := s.deed(actor, eventInviteLinkShown, id), newToken()
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		if _, err := ongoing(ctx, tx, actor, id); err != nil {
			return err
		}
		if err := tx.RenewInvitation(ctx, id, actor.ID, d.at+invitationLasts.Milliseconds()); err != nil {
			return err
		}
		if err := tx.LinkInvitation(ctx, id, tokenHash(token)); err != nil {
			return err
		}
		// A mail that left later would make a link of its own, and end this one.
		if err := tx.SupersedeMails(ctx, store.Mail{Template: "invitation", InvitationID: id, CreatedAt: d.at}); err != nil {
			return err
		}
		return d.note(ctx, tx)
	})
	return joinPath(token), err
}

// InviteLink makes the link of an invitation that is about to be mailed, in the
// place of any earlier one, and returns its path: errs.Conflict when there is
// nothing to accept any more.
func (s *Service) InviteLink(ctx context.Context, invitationID string) (string, error) {
	now, token := s.Now().UnixMilli(), newToken()
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		i, err := tx.Invitation(ctx, invitationID)
		if err != nil {
			return err
		}
		if !i.Open(now) {
			return errInvitationOver
		}
		return tx.LinkInvitation(ctx, i.ID, tokenHash(token))
	})
	return joinPath(token), err
}

func joinPath(token string) string { return "/join/" + token }
