package team

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"stead/app/errs"
	"stead/app/web"
	"stead/store"
)

const (
	stepSeconds = 30
	stepSkew    = 1  // steps by which a phone's clock may be wrong, either way
	seedBytes   = 20 // as RFC 4226 asks
	seedFor     = 30 * time.Minute
)

var (
	errVaultLocked = &errs.Error{Kind: errs.Unavailable, Code: "locked", Message: "The vault of this server is locked, so codes from the app cannot be checked just now. A recovery code works."}
	errNoVault     = &errs.Error{Kind: errs.Unavailable, Code: "locked", Message: "The vault of this server is locked, so the key of an app could not be kept safe. Try again when it is open."}
	errWrongCode   = &errs.Error{Kind: errs.Invalid, Code: "wrong_code", Message: "This code is not right. Wait for the next one in the app, and check that the clock of your phone is right."}
	errWrongSpare  = &errs.Error{Kind: errs.Invalid, Code: "wrong_code", Message: "This is not one of your recovery codes, or it was used before."}
)

var seedText = base32.StdEncoding.WithPadding(base32.NoPadding)

// newSeed is what an app and this server share.
func newSeed() string {
	b := make([]byte, seedBytes)
	_, _ = rand.Read(b) // never fails
	return seedText.EncodeToString(b)
}

// seedPlace binds a sealed seed to its row.
func seedPlace(userID string) string { return "second_factors|" + userID + "|sealed" }

// matchStep returns the step whose code was typed, or 0. All steps are looked
// at, whichever matches.
func matchStep(seed, code string, at time.Time) int64 {
	now, found := at.Unix()/stepSeconds, int64(0)
	for step := now - stepSkew; step <= now+stepSkew; step++ {
		if step <= 0 {
			continue
		}
		want, err := hotp.GenerateCodeCustom(seed, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = step
		}
	}
	return found
}

// tidyCode takes the blanks out of a code that was typed.
func tidyCode(text string) string {
	return strings.Map(func(c rune) rune {
		if c == ' ' || c == '-' || c == '\u00a0' || c == '\u2009' {
			return -1
		}
		return c
	}, strings.TrimSpace(text))
}

func isCode(code string) bool {
	return len(code) == 6 && strings.Trim(code, "0123456789") == ""
}

// proof is a code, or a recovery code, as far as it can be judged before the
// transaction that uses it up.
type proof struct {
	step int64  // of the app; 0: none matches
	hash string // of a recovery code; "": it is none
}

// judge looks at what was typed. errs.Unavailable when the vault is locked and
// a code of the app was typed.
func (s *Service) judge(ctx context.Context, userID, typed string) (proof, error) {
	if len(typed) > 64 {
		return proof{}, nil
	}
	code := tidyCode(typed)
	if !isCode(code) {
		return proof{hash: spareHash(userID, code)}, nil
	}
	f, err := s.Store.SecondFactor(ctx, userID)
	if errors.Is(err, store.ErrNotFound) {
		return proof{}, nil
	}
	if err != nil {
		return proof{}, err
	}
	seed, err := s.seed(f)
	return proof{step: matchStep(seed, code, s.Now())}, err
}

func (s *Service) seed(f store.SecondFactor) (string, error) {
	if s.Vault.Locked() {
		return "", errVaultLocked
	}
	plain, err := s.Vault.Unseal("fields", seedPlace(f.UserID), f.Sealed)
	if errs.CodeOf(err) == "locked" {
		return "", errVaultLocked
	}
	return string(plain), err
}

// spend uses a proof up with tx and says how it went: outcomeOK once.
func (p proof) spend(ctx context.Context, tx *store.Tx, userID string, at int64) (outcome string, err error) {
	var ok bool
	switch {
	case p.step != 0:
		ok, err = tx.UseStep(ctx, userID, p.step)
	case p.hash != "":
		ok, err = tx.UseRecoveryCode(ctx, userID, p.hash, at)
	default:
		return outcomeCode, nil
	}
	switch {
	case ok:
		return outcomeOK, err
	case p.step != 0:
		return outcomeUsed, err
	}
	return outcomeCode, err
}

// method is what a proof is called in the history of sign-ins.
func (p proof) method() string {
	if p.hash != "" {
		return "recovery"
	}
	return "code"
}

func (p proof) refusal() error {
	if p.hash != "" {
		return errWrongSpare
	}
	return errWrongCode
}

// perFactor slows down who knows the password and guesses codes: of a million
// codes three are right at any moment. Recovery codes cannot be guessed, so
// these tries keep nobody out who has one.
var perFactor = throttleRule{free: 12, limit: 15 * time.Minute}

// factorKeys name what is counted when a second factor is asked for at signing in.
func (s *Service) factorKeys(ctx context.Context, u store.User, p proof) ([]throttleKey, error) {
	keys, err := s.keysFor(ctx, "factor", u, u.ID, web.Network(web.Client(ctx)), perFactor)
	if err == nil && p.hash != "" {
		keys = keys[:1]
	}
	return keys, err
}

// proveFactor checks a code, or a recovery code, of somebody who is signed in.
// errs.Invalid when it is not right; counted like every try.
func (s *Service) proveFactor(ctx context.Context, u store.User, typed string) error {
	p, err := s.judge(ctx, u.ID, typed)
	if err != nil {
		return err
	}
	keys, err := s.ownKeys(ctx, "factor", u.ID)
	if err != nil {
		return err
	}
	if err := s.reserve(ctx, keys); err != nil {
		return err
	}
	at, id := s.Now().UnixMilli(), s.NewID()
	outcome := ""
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		if outcome, err = p.spend(ctx, tx, u.ID, at); err != nil || outcome != outcomeOK {
			return err
		}
		if err := forgetTries(ctx, tx, keys); err != nil || p.hash == "" {
			return err
		}
		return tell(ctx, tx, id, EventRecoveryUsed, u.ID, at)
	})
	if err == nil && outcome != outcomeOK {
		return p.refusal()
	}
	return err
}
