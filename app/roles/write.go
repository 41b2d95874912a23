package roles

import (
	"context"
	"errors"
	"slices"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// Create adds a role of the business and returns its id. Whoever has less than
// it holds is refused with errs.Invalid, as is a name that is taken. A form that
// comes twice, by its key, makes one role.
func (s *Service) Create(ctx context.Context, actor access.Actor, in Draft, key string) (string, error) {
	if err := mayWrite(actor); err != nil {
		return "", err
	}
	row, err := in.read(actor)
	if err != nil {
		return "", err
	}
	row.ID = s.NewID()
	act := s.act(actor, EventCreated, row.ID)
	row.CreatedAt = act.at
	return s.Store.Once(ctx, key, row.ID, act.at, func(tx *store.Tx) error {
		now, err := again(ctx, tx, actor, mayWrite)
		if err != nil {
			return err
		}
		if _, err := in.read(now); err != nil {
			return err
		}
		if err := tx.InsertRole(ctx, row); err != nil {
			return taken(err, "There is a role of this name already.")
		}
		return act.record(ctx, tx)
	})
}

// Change saves what the editor of a version made of a role. It is a Conflict of
// CodeChanged when there is a newer version, and Denied for a role that the
// actor has, or that holds more than the actor does.
func (s *Service) Change(ctx context.Context, actor access.Actor, id string, version int64, in Draft) error {
	if err := mayWrite(actor); err != nil {
		return err
	}
	row, err := in.read(actor)
	if err != nil {
		return err
	}
	act := s.act(actor, EventChanged, id)
	row.ID, row.Version, row.UpdatedAt = id, version, act.at
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		now, err := again(ctx, tx, actor, mayWrite)
		if err != nil {
			return err
		}
		if _, err := in.read(now); err != nil {
			return err
		}
		if _, err := editable(ctx, &tx.Reader, now, id); err != nil {
			return err
		}
		err = tx.UpdateRole(ctx, row)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return &errs.Error{Kind: errs.Conflict, Code: CodeChanged, Message: "Someone else saved this role while you were editing.", Err: err}
		case err != nil:
			return taken(err, "There is a role of this name already.")
		}
		return act.record(ctx, tx)
	})
}

// Delete removes a role that nobody has and nobody is invited to; else it is a
// Conflict of CodeHeld.
func (s *Service) Delete(ctx context.Context, actor access.Actor, id string) error {
	if err := mayWrite(actor); err != nil {
		return err
	}
	act := s.act(actor, EventDeleted, id)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		now, err := again(ctx, tx, actor, mayWrite)
		if err != nil {
			return err
		}
		if _, err := editable(ctx, &tx.Reader, now, id); err != nil {
			return err
		}
		holders, err := tx.RoleHolders(ctx, id)
		if err != nil {
			return err
		}
		if len(holders) > 0 {
			return &errs.Error{Kind: errs.Conflict, Code: CodeHeld, Message: "Somebody still has this role. Give them another one first."}
		}
		required, err := tx.SecondFactorRoles(ctx)
		if err != nil {
			return err
		}
		if left := without(required, id); len(left) != len(required) {
			if err := tx.SetSecondFactorRoles(ctx, left, act.at); err != nil {
				return err
			}
		}
		if err := tx.DeleteRole(ctx, id); err != nil {
			return err
		}
		return act.record(ctx, tx)
	})
}

// RequireSecondFactor says which of the offered roles need a second factor to
// sign in; others stay as they are. It is Denied for a role that holds more
// than the actor does, and owners alone end the need: nobody else eases it for
// a role, least of all for their own.
func (s *Service) RequireSecondFactor(ctx context.Context, actor access.Actor, offered, required []string) error {
	if err := mayWrite(actor); err != nil {
		return err
	}
	changes := make([]act, len(offered))
	for i, id := range offered {
		changes[i] = s.act(actor, EventSecondFactor, id)
	}
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		who, err := again(ctx, tx, actor, mayWrite)
		if err != nil {
			return err
		}
		now, err := tx.SecondFactorRoles(ctx)
		if err != nil {
			return err
		}
		for i, id := range offered {
			want := slices.Contains(required, id)
			if want == slices.Contains(now, id) {
				continue
			}
			role, err := access.RoleOf(ctx, &tx.Reader, id)
			if err != nil {
				return err
			}
			if !access.Covers(who, role) {
				return denied("This role may do more than you, so it is not yours to change.")
			}
			if !want && !ownsRules(who) {
				return denied("Only an owner can let a role sign in without a second factor.")
			}
			changes[i].kind, changes[i].data = EventFactorWaived, `{"required":false}`
			if now = without(now, id); want {
				changes[i].kind = EventSecondFactor
				now, changes[i].data = append(now, id), `{"required":true}`
			}
			if err := tx.SetSecondFactorRoles(ctx, now, changes[i].at); err != nil {
				return err
			}
			if err := changes[i].record(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// ownsRules tells whether the actor is an owner, or the machine's operator.
func ownsRules(actor access.Actor) bool {
	return actor.Role == access.RoleOwner || actor.Kind == access.Terminal
}

// editable returns a role of the business that the actor may change.
func editable(ctx context.Context, r *store.Reader, actor access.Actor, id string) (access.Role, error) {
	role, err := access.RoleOf(ctx, r, id)
	switch {
	case err != nil:
		return access.Role{}, err
	case role.Own:
		return access.Role{}, denied("This role is part of Stead and does not change. Make one of your own from it.")
	case actor.Role == id:
		return access.Role{}, denied("You have this role yourself, so somebody else must change it.")
	case !access.Covers(actor, role):
		return access.Role{}, denied("This role may do more than you, so it is not yours to change.")
	}
	return role, nil
}

// again judges who acts once more within the transaction, as they are now.
func again(ctx context.Context, tx *store.Tx, actor access.Actor, may func(access.Actor) error) (access.Actor, error) {
	now, err := access.AsOfNow(ctx, &tx.Reader, actor)
	if err != nil {
		return now, err
	}
	return now, may(now)
}

func mayWrite(actor access.Actor) error {
	return access.Allow(actor, access.RolesWrite, access.Object{})
}

func without(list []string, id string) []string {
	out := make([]string, 0, len(list))
	for _, x := range list {
		if x != id {
			out = append(out, x)
		}
	}
	return out
}

// taken is a name that somebody else has, beside its field.
func taken(err error, message string) error {
	if errors.Is(err, store.ErrConflict) {
		return errs.Form(map[string]string{"name": message})
	}
	return err
}
