package team

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/team"
)

// triesEach is how many codes may be typed before the password is asked anew.
const triesEach = 5

// waiting is a sign-in between password and code.
type waiting struct {
	road
	Epoch int64 `json:"epoch"` // of the person when they proved the rest
}

// challenge has a person go on to where the code is asked for. The browser
// holds the token, the store its hash.
func (s *Service) challenge(w http.ResponseWriter, r *http.Request, u store.User, rd road) error {
	data, err := json.Marshal(waiting{rd, u.Epoch})
	if err != nil {
		return fmt.Errorf("team: challenge: %w", err)
	}
	token, now := newToken(), s.Now()
	c := store.Challenge{
		TokenHash: tokenHash(token), Kind: store.ChallengeSecondFactor, UserID: u.ID, Data: string(data),
		CreatedAt: now.UnixMilli(), ExpiresAt: now.Add(web.ChallengeCookie.Lasts).UnixMilli(),
	}
	ctx := r.Context()
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := mayEnter(ctx, tx, u); err != nil {
			return err
		}
		return tx.InsertChallenge(ctx, c)
	})
	if err != nil {
		return err
	}
	s.jar().Set(w, web.ChallengeCookie, token)
	web.SeeOther(w, r, "/login/code")
	return nil
}

// errOver says that a sign-in must begin again.
var errOver = &errs.Error{Kind: errs.Conflict, Code: "over", Message: "This took too long, or too many codes were wrong. Sign in again."}

// waiting returns the sign-in that the browser of a request has begun, or errOver.
func (s *Service) waiting(r *http.Request) (c store.Challenge, x waiting, u store.User, err error) {
	token := s.jar().Get(r, web.ChallengeCookie)
	if token == "" {
		return c, x, u, errOver
	}
	c, err = s.Store.Challenge(r.Context(), store.ChallengeSecondFactor, tokenHash(token))
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && !s.open(c):
		return c, x, u, errOver
	case err != nil:
		return c, x, u, err
	}
	if err := json.Unmarshal([]byte(c.Data), &x); err != nil {
		return c, x, u, fmt.Errorf("team: challenge: %w", err)
	}
	u, err = s.Store.User(r.Context(), c.UserID)
	if err == nil && (u.Epoch != x.Epoch || u.DisabledAt != 0 || u.RemovedAt != 0) {
		err = errOver
	}
	return c, x, u, err
}

func (s *Service) open(c store.Challenge) bool {
	now := s.Now().UnixMilli()
	return c.Tries < triesEach && c.CreatedAt <= now && now < c.ExpiresAt
}

func (s *Service) showCode(w http.ResponseWriter, r *http.Request) error {
	_, _, _, err := s.waiting(r)
	if errors.Is(err, errOver) {
		return s.startOver(w, r)
	}
	if err != nil {
		return err
	}
	return s.renderCode(w, r, http.StatusOK, view.Code{})
}

// startOver leads back to the password.
func (s *Service) startOver(w http.ResponseWriter, r *http.Request) error {
	s.jar().Clear(w, web.ChallengeCookie)
	web.SeeOther(w, r, "/login?again")
	return nil
}

func (s *Service) enterCode(w http.ResponseWriter, r *http.Request) error {
	c, x, u, err := s.waiting(r)
	if errors.Is(err, errOver) {
		return s.startOver(w, r)
	}
	if err != nil {
		return err
	}
	typed, field := r.PostFormValue("code"), "code"
	if spare := r.PostFormValue("recovery"); typed == "" && spare != "" {
		typed, field = spare, "recovery"
	}
	method, err := s.tryCode(r.Context(), c, u, typed)
	var refused *web.StatusError
	switch {
	case errors.Is(err, errOver):
		return s.startOver(w, r)
	case errors.As(err, &refused):
		web.RetryAfter(w, refused.RetryAfter)
		return s.renderCode(w, r, refused.Status, view.Code{Wait: refused.Message})
	case errs.KindOf(err) == errs.Unavailable:
		return s.renderCode(w, r, http.StatusServiceUnavailable, view.Code{Wait: errs.Message(err), Recovery: true})
	case errs.KindOf(err) == errs.Invalid:
		return s.renderCode(w, r, http.StatusUnprocessableEntity, view.Code{Field: field, Problem: errs.Message(err), Recovery: field == "recovery"})
	case err != nil:
		return err
	}
	s.jar().Clear(w, web.ChallengeCookie)
	x.Second = true
	if method == "recovery" {
		x.Method = method
		if err := s.sayLeft(r.Context(), u.ID); err != nil {
			return err
		}
	}
	return s.enter(w, r, u, x.road)
}

// tryCode uses up what was typed, and with it the challenge. It returns what it
// was: code or recovery. errOver when the challenge is no longer open.
func (s *Service) tryCode(ctx context.Context, c store.Challenge, u store.User, typed string) (string, error) {
	p, err := s.judge(ctx, u.ID, typed)
	if err != nil {
		return "", err
	}
	keys, err := s.factorKeys(ctx, u, p)
	if err != nil {
		return "", err
	}
	if err := s.reserve(ctx, keys); err != nil {
		return "", err
	}
	at, id := s.Now().UnixMilli(), s.NewID()
	row := s.try(ctx, u.ID, p.method(), "", at)
	over := false
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		now, err := tx.Challenge(ctx, c.Kind, c.TokenHash)
		if over = errors.Is(err, store.ErrNotFound) || err == nil && now.Tries >= triesEach; over {
			return nil
		}
		if err != nil {
			return err
		}
		if row.Outcome, err = p.spend(ctx, tx, u.ID, at); err != nil {
			return err
		}
		if row.Outcome != outcomeOK {
			return firstOf(func() error { return tx.TryChallenge(ctx, c.TokenHash) }, func() error { return tx.InsertSignIn(ctx, row) })
		}
		if _, err := tx.EndChallenge(ctx, c.TokenHash); err != nil {
			return err
		}
		if err := forgetTries(ctx, tx, keys); err != nil || p.hash == "" {
			return err
		}
		return tell(ctx, tx, id, EventRecoveryUsed, u.ID, at)
	})
	switch {
	case err != nil:
		return "", err
	case over:
		return "", errOver
	case row.Outcome != outcomeOK:
		return "", p.refusal()
	}
	return p.method(), nil
}

// sayLeft tells on the next page how many recovery codes there are.
func (s *Service) sayLeft(ctx context.Context, userID string) error {
	left, err := s.Store.RecoveryCodesLeft(ctx, userID)
	if err != nil {
		return err
	}
	sentence := fmt.Sprintf("You have %d recovery codes left. Make new ones under Your account.", left)
	switch left {
	case 0:
		sentence = "That was your last recovery code. Make new ones under Your account."
	case 1:
		sentence = "You have 1 recovery code left. Make new ones under Your account."
	}
	s.Sessions.Flash(ctx, sentence)
	return nil
}

func (s *Service) renderCode(w http.ResponseWriter, r *http.Request, status int, page view.Code) error {
	page.Host = s.host()
	page.Locked = s.Vault.Locked()
	title := "Second factor"
	if page.Problem != "" {
		title = "Error: Second factor"
	}
	return web.Render(w, r, status, web.View{Title: title, Body: view.SecondStep(page), Bare: true})
}
