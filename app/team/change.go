package team

import (
	"context"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

// ChangePassword replaces a user's own password, ends every session of theirs
// and returns the user as they are then; the caller lets the browser that asked
// go on. Tries are counted apart from those at signing in. Who has none yet,
// and signs in with an account elsewhere, has proved themselves to the caller. What is wrong is errs.Invalid with the fields current, password and
// password_again.
func (s *Service) ChangePassword(ctx context.Context, userID, current, password, again string) (store.User, error) {
	u, err := s.Store.User(ctx, userID)
	if err != nil {
		return u, err
	}
	fields := s.newPasswordProblems(ctx, u, password)
	if again != password {
		fields["password_again"] = differs
	}
	if len(fields) > 0 {
		return u, invalid(fields)
	}
	if u.PasswordHash != "" {
		err := s.provePassword(ctx, u, current)
		if errs.KindOf(err) == errs.Invalid {
			return u, invalid(map[string]string{"current": errs.Message(err)})
		}
		if err != nil {
			return u, err
		}
	}
	if err := s.replacePassword(ctx, u, u.ID, password, nil); err != nil {
		return u, err
	}
	return s.Store.User(ctx, userID)
}

// SetPassword replaces the password of whoever signs in with an address, for
// the operator of the machine, and ends every session of theirs. errs.NotFound
// when nobody has the address.
func (s *Service) SetPassword(ctx context.Context, actor access.Actor, address, password string) error {
	if err := access.Allow(actor, access.SettingsWrite, access.Object{}); err != nil {
		return err
	}
	u, err := s.find(ctx, address)
	if err != nil {
		return err
	}
	if fields := s.newPasswordProblems(ctx, u, password); len(fields) > 0 {
		return invalid(fields)
	}
	keys, err := s.throttleKeys(ctx, u, u.EmailKey, "")
	if err != nil {
		return err
	}
	return s.replacePassword(ctx, u, actor.ID, password, keys)
}

const differs = "This is not the same password as above."

func invalid(fields map[string]string) error {
	return &errs.Error{Kind: errs.Invalid, Message: "Something is missing or not right.", Fields: fields}
}

func (s *Service) newPasswordProblems(ctx context.Context, u store.User, password string) map[string]string {
	business := ""
	if b, err := s.Store.Business(ctx); err == nil {
		business = b.Name
	}
	fields := map[string]string{}
	if problem := passwordProblem(password, u.Name, u.Email, business); problem != "" {
		fields["password"] = problem
	}
	return fields
}

// replacePassword writes the new hash and ends everything that began with the
// old one, so that whoever knew it is out at the next request.
func (s *Service) replacePassword(ctx context.Context, u store.User, actor, password string, keys []throttleKey) error {
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	now, id := s.Now().UnixMilli(), s.NewID()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := forgetTries(ctx, tx, keys); err != nil {
			return err
		}
		if err := tx.SetPasswordHash(ctx, u.ID, hash, now); err != nil {
			return err
		}
		if err := endAll(ctx, tx, u.ID, now); err != nil {
			return err
		}
		return tx.Record(ctx, store.Event{ID: id, Kind: EventPassword, Subject: u.ID, Actor: actor, At: now})
	})
}
