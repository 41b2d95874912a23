package team

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"

	"stead/app/access"
	"stead/app/errs"
	"stead/store"
)

var (
	errNoSeed = &errs.Error{Kind: errs.Conflict, Code: "no_seed", Message: "The set-up took too long, or was finished elsewhere. Begin again."}
	errNeeded = &errs.Error{Kind: errs.Denied, Code: "needed", Message: "Your role asks for a second factor, so it stays on. You can move it to another phone."}
	errNoCode = &errs.Error{Kind: errs.Invalid, Code: "wrong_code", Message: "This code does not fit the key that the app has. Wait for the next one, and check that the clock of your phone is right."}
)

// enrolment is a second factor on its way: the page carries it, sealed and bound
// to the person, and nothing is kept until a code of it was typed. What the
// person has until then goes on to count.
type enrolment struct {
	Seed     string `json:"seed"`
	At       int64  `json:"at"`
	Replaces int64  `json:"replaces"` // when the factor that was proved was made; 0: there was none
}

func enrolmentPlace(userID string) string { return "second_factors|" + userID + "|enrolment" }

// BeginFactor makes the seed of a person's app and the ticket that ConfirmFactor
// takes. Who has a factor already proves it first, with a code or a recovery
// code: errs.Invalid when it is not right.
func (s *Service) BeginFactor(ctx context.Context, u store.User, typed string) (seed, ticket string, err error) {
	if s.Vault.Locked() {
		return "", "", errNoVault
	}
	old, err := s.Store.SecondFactor(ctx, u.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return "", "", err
	default:
		if err := s.proveFactor(ctx, u, typed); err != nil {
			return "", "", err
		}
	}
	e := enrolment{Seed: newSeed(), At: s.Now().UnixMilli(), Replaces: old.CreatedAt}
	plain, err := json.Marshal(e)
	if err != nil {
		return "", "", err
	}
	sealed, err := s.Vault.Seal("fields", enrolmentPlace(u.ID), plain)
	return e.Seed, base64.RawURLEncoding.EncodeToString(sealed), err
}

// enrolment opens a ticket: errNoSeed when it is too old, or not this person's.
func (s *Service) enrolment(userID, ticket string) (enrolment, error) {
	var e enrolment
	sealed, err := base64.RawURLEncoding.DecodeString(ticket)
	if err != nil {
		return e, errNoSeed
	}
	plain, err := s.Vault.Unseal("fields", enrolmentPlace(userID), sealed)
	if errs.CodeOf(err) == "locked" {
		return e, errNoVault
	}
	if err != nil || json.Unmarshal(plain, &e) != nil {
		return e, errNoSeed
	}
	if gone := s.Now().UnixMilli() - e.At; gone < 0 || gone > seedFor.Milliseconds() {
		return e, errNoSeed
	}
	return e, nil
}

// ConfirmFactor turns the second factor of a ticket on with a code of its seed,
// ends every session of the person, and returns the recovery codes, once.
// errs.Invalid when the code is not right.
func (s *Service) ConfirmFactor(ctx context.Context, u store.User, ticket, code string) ([]string, error) {
	e, err := s.enrolment(u.ID, ticket)
	if err != nil {
		return nil, err
	}
	keys, err := s.ownKeys(ctx, "factor", u.ID)
	if err != nil {
		return nil, err
	}
	if err := s.reserve(ctx, keys); err != nil {
		return nil, err
	}
	step := matchStep(e.Seed, tidyCode(code), s.Now())
	if step == 0 {
		return nil, errNoCode
	}
	sealed, err := s.Vault.Seal("fields", seedPlace(u.ID), []byte(e.Seed))
	if err != nil {
		return nil, err
	}
	f := store.SecondFactor{UserID: u.ID, Sealed: sealed, LastStep: step, CreatedAt: s.Now().UnixMilli()}
	shown, hashes := newSpares(u.ID)
	id := s.NewID()
	return shown, s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := stillReplaces(ctx, tx, u.ID, e); err != nil {
			return err
		}
		if err := tx.PutSecondFactor(ctx, f); err != nil {
			return err
		}
		if err := tx.ReplaceRecoveryCodes(ctx, u.ID, hashes, f.CreatedAt); err != nil {
			return err
		}
		return factorChanged(ctx, tx, id, EventSecondFactorOn, u.ID, keys, f.CreatedAt)
	})
}

// stillReplaces refuses a ticket that was used, or whose factor is not the one
// that was proved.
func stillReplaces(ctx context.Context, tx *store.Tx, userID string, e enrolment) error {
	now, err := tx.SecondFactor(ctx, userID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if now.CreatedAt != e.Replaces {
		return errNoSeed
	}
	return nil
}

// EndFactor takes the second factor of a person away, who proves it once more
// with a code or a recovery code. errs.Denied where the role asks for one.
func (s *Service) EndFactor(ctx context.Context, u store.User, typed string) error {
	needed, err := s.needsFactor(ctx, u)
	switch {
	case err != nil:
		return err
	case needed:
		return errNeeded
	}
	if err := s.proveFactor(ctx, u, typed); err != nil {
		return err
	}
	at, id := s.Now().UnixMilli(), s.NewID()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.DeleteSecondFactor(ctx, u.ID); err != nil {
			return err
		}
		return factorChanged(ctx, tx, id, EventSecondFactorOff, u.ID, nil, at)
	})
}

// TakeFactor takes the second factor of whoever signs in with an address away,
// for the operator of the machine: they have lost both phone and recovery codes.
// Where the role asks for one, they set up another before anything else.
// errs.NotFound when nobody has the address, or they have no second factor.
func (s *Service) TakeFactor(ctx context.Context, actor access.Actor, email string) error {
	if err := access.Allow(actor, access.SettingsWrite, access.Object{}); err != nil {
		return err
	}
	u, err := s.find(ctx, email)
	if err != nil {
		return err
	}
	d := s.deed(actor, EventSecondFactorOff, u.ID)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if has, err := tx.HasSecondFactor(ctx, u.ID); err != nil {
			return err
		} else if !has {
			return &errs.Error{Kind: errs.NotFound, Message: "They have no second factor."}
		}
		if err := tx.DeleteSecondFactor(ctx, u.ID); err != nil {
			return err
		}
		if err := endAll(ctx, tx, u.ID, d.at); err != nil {
			return err
		}
		return d.note(ctx, tx)
	})
}

// factorChanged ends what began under other rules and tells of the change. The
// browser that asked is let go on by the caller.
func factorChanged(ctx context.Context, tx *store.Tx, id, kind, userID string, keys []throttleKey, at int64) error {
	if err := forgetTries(ctx, tx, keys); err != nil {
		return err
	}
	if err := endAll(ctx, tx, userID, at); err != nil {
		return err
	}
	return tell(ctx, tx, id, kind, userID, at)
}

// needsFactor tells whether the role of a person asks for a second factor.
func (s *Service) needsFactor(ctx context.Context, u store.User) (bool, error) {
	roles, err := s.Store.SecondFactorRoles(ctx)
	return slices.Contains(roles, u.Role), err
}
