package team

import (
	"context"
	"encoding/json"
	"errors"

	"stead/app/access"
	"stead/store"
)

// What happens to accounts of the team.
const (
	EventRoleChanged = "user.role_changed"
	EventChanged     = "user.changed"
	EventDisabled    = "user.disabled"
	EventEnabled     = "user.enabled"
)

// Place is what somebody may do, and with whom they work.
type Place struct{ Role, TeamID string }

// SetPlace changes the role and the team of a colleague. Nobody changes their
// own, and the last owner stays one: errs.Denied and errs.Conflict.
func (s *Service) SetPlace(ctx context.Context, actor access.Actor, id string, to Place) error {
	d := s.deed(actor, EventChanged, id)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		d := d // a second run begins anew
		u, err := target(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if u.Role == to.Role && u.TeamID == to.TeamID {
			return nil
		}
		if err := mayPlace(ctx, tx, actor, to); err != nil {
			return err
		}
		if u.Role != to.Role {
			if err := keepsAnOwner(ctx, tx, u); err != nil {
				return err
			}
			d.kind, d.data = EventRoleChanged, dataOf(map[string]string{"from": u.Role, "to": to.Role})
		}
		if err := tx.SetPlace(ctx, id, to.Role, to.TeamID, d.at); err != nil {
			return err
		}
		return d.note(ctx, tx)
	})
}

// mayPlace tells whether an actor may put somebody into a role and a team, and
// whether there are such.
func mayPlace(ctx context.Context, tx *store.Tx, actor access.Actor, to Place) error {
	now, err := mayManage(ctx, tx, actor)
	if err != nil {
		return err
	}
	if _, err := access.RoleOf(ctx, &tx.Reader, to.Role); errors.Is(err, store.ErrNotFound) {
		return invalid(map[string]string{"role": "Choose a role."})
	} else if err != nil {
		return err
	}
	if err := knownTeam(ctx, &tx.Reader, to.TeamID); err != nil {
		return err
	}
	return mayDealWith(ctx, &tx.Reader, now, to)
}

func knownTeam(ctx context.Context, r *store.Reader, id string) error {
	if id == "" {
		return nil
	}
	teams, err := r.Teams(ctx)
	for _, t := range teams {
		if t.ID == id {
			return nil
		}
	}
	if err != nil {
		return err
	}
	return invalid(map[string]string{"team": "This team is no longer there. Choose another one, or none."})
}

// SetDisabled stops a colleague from signing in and ends every sign-in of
// theirs, or lets them sign in again. The last owner is not disabled:
// errs.Conflict.
func (s *Service) SetDisabled(ctx context.Context, actor access.Actor, id string, disabled bool) error {
	kind := EventEnabled
	if disabled {
		kind = EventDisabled
	}
	d := s.deed(actor, kind, id)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		u, err := target(ctx, tx, actor, id)
		if err != nil || disabled == (u.DisabledAt != 0) {
			return err
		}
		if !disabled {
			if err := tx.EnableUser(ctx, id, d.at); err != nil {
				return err
			}
			return d.note(ctx, tx)
		}
		if err := keepsAnOwner(ctx, tx, u); err != nil {
			return err
		}
		if err := errors.Join(tx.DisableUser(ctx, id, d.at), shutOut(ctx, tx, id, d.at)); err != nil {
			return err
		}
		return d.note(ctx, tx)
	})
}

// shutOut ends every way in that somebody holds or has handed out.
func shutOut(ctx context.Context, tx *store.Tx, id string, at int64) error {
	return errors.Join(endAll(ctx, tx, id, at), tx.RevokeInvitationsBy(ctx, id, at))
}

// Colleagues are who is of the business and who is asked to join it.
type Colleagues struct {
	Members []store.Member
	Waiting []store.Invitation
}

// Colleagues lists the team.
func (s *Service) Colleagues(ctx context.Context, actor access.Actor) (Colleagues, error) {
	if err := access.Allow(actor, access.TeamRead, access.Object{}); err != nil {
		return Colleagues{}, err
	}
	members, err := s.Store.Members(ctx)
	if err != nil {
		return Colleagues{}, err
	}
	waiting, err := s.Store.WaitingInvitations(ctx)
	return Colleagues{members, waiting}, err
}

// Colleague returns one member of the team: errs.NotFound for who is none.
func (s *Service) Colleague(ctx context.Context, actor access.Actor, id string) (store.Member, error) {
	all, err := s.Colleagues(ctx, actor)
	for _, m := range all.Members {
		if m.ID == id {
			return m, err
		}
	}
	if err != nil {
		return store.Member{}, err
	}
	return store.Member{}, errNobody
}

// mayTouch tells whether a page offers to change a colleague; the change asks
// again.
func (s *Service) mayTouch(ctx context.Context, actor access.Actor, u store.User) bool {
	return actor.Has(access.TeamWrite) && u.ID != actor.ID && u.RemovedAt == 0 &&
		mayDealWith(ctx, &s.Store.Reader, actor, Place{u.Role, u.TeamID}) == nil
}

// dataOf is the data of an event.
func dataOf(v map[string]string) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("team: texts cannot be written down") // they always can
	}
	return string(text)
}
