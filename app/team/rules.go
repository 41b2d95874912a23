package team

import (
	"context"
	"errors"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// What stands in the way of a change to somebody's account.
var (
	errLastOwner  = &errs.Error{Kind: errs.Conflict, Code: "last_owner", Message: "This is the last owner who can sign in, so nothing was changed. Make somebody else an owner first."}
	errOwnersOnly = &errs.Error{Kind: errs.Denied, Code: "owners_only", Message: "Only an owner can do that to an owner."}
	errYourself   = &errs.Error{Kind: errs.Denied, Code: "yourself", Message: "Somebody else must do that to your own account."}
	errBeyond     = &errs.Error{Kind: errs.Denied, Code: "beyond", Message: "That role may do more than yours, so you cannot give it or take it."}
	errOtherTeam  = &errs.Error{Kind: errs.Denied, Code: "other_team", Message: "Your role reaches your own team alone, and this concerns another one."}
	errNobody     = &errs.Error{Kind: errs.NotFound, Message: "There is no such colleague."}
)

// mayManage returns who acts, if they may change accounts at all.
func mayManage(ctx context.Context, tx *store.Tx, actor access.Actor) (access.Actor, error) {
	now, err := access.AsOfNow(ctx, &tx.Reader, actor)
	if err != nil {
		return now, err
	}
	return now, access.Allow(now, access.TeamWrite, access.Object{})
}

// mayGive tells whether an actor may hand a role out or take it away: owners
// are made and changed by owners, and nobody gives more than they have.
func mayGive(ctx context.Context, r *store.Reader, actor access.Actor, roleID string) error {
	if roleID == access.RoleOwner && actor.Kind == access.User && actor.Role != access.RoleOwner {
		return errOwnersOnly
	}
	role, err := access.RoleOf(ctx, r, roleID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if !access.Covers(actor, role) { // a role that is gone allows nothing
		return errBeyond
	}
	return nil
}

// inReach refuses, to somebody whose rights end at their team, what concerns
// another one: they would read its records through whom they place or let in.
func inReach(ctx context.Context, r *store.Reader, actor access.Actor, teams ...string) error {
	if !access.Narrow(actor) {
		return nil
	}
	u, err := r.User(ctx, actor.ID)
	if err != nil {
		return err
	}
	for _, team := range teams {
		if team != u.TeamID {
			return errOtherTeam
		}
	}
	return nil
}

// mayDealWith tells whether an actor may do with somebody of a role and a team,
// or invited to them, as they like.
func mayDealWith(ctx context.Context, r *store.Reader, actor access.Actor, at Place) error {
	if err := mayGive(ctx, r, actor, at.Role); err != nil {
		return err
	}
	return inReach(ctx, r, actor, at.TeamID)
}

// target is the colleague whom somebody wants to change, if they may.
func target(ctx context.Context, tx *store.Tx, actor access.Actor, id string) (store.User, error) {
	now, err := mayManage(ctx, tx, actor)
	if err != nil {
		return store.User{}, err
	}
	u, err := tx.User(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && u.RemovedAt != 0:
		return u, errNobody
	case err != nil:
		return u, err
	case u.ID == now.ID:
		return u, errYourself
	}
	return u, mayDealWith(ctx, &tx.Reader, now, Place{u.Role, u.TeamID})
}

// keepsAnOwner refuses what would leave the business without an owner who can
// sign in. It counts within the transaction: of two owners who end each other
// at once, one stays.
func keepsAnOwner(ctx context.Context, tx *store.Tx, u store.User) error {
	if u.Role != access.RoleOwner || !u.Active() {
		return nil
	}
	n, err := tx.OtherOwners(ctx, u.ID)
	if err == nil && n == 0 {
		return errLastOwner
	}
	return err
}

// deed is a change to an account as it is written down.
type deed struct {
	id, kind, subject, actor, data string
	at                             int64
}

// deed prepares what is written down; its time and id are taken before the
// transaction begins.
func (s *Service) deed(actor access.Actor, kind, subject string) deed {
	return deed{id: s.NewID(), kind: kind, subject: subject, actor: actor.ID, at: s.Now().UnixMilli()}
}

// note writes the deed down, in the transaction that does it.
func (d deed) note(ctx context.Context, tx *store.Tx) error {
	return tx.Record(ctx, store.Event{ID: d.id, Kind: d.kind, Subject: d.subject, Actor: d.actor, At: d.at, Data: d.data})
}
