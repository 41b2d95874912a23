package team

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"
	"time"

	"stead/app/web"
	"stead/store"
)

// The browser of two tabs that were opened at once sends the validator of a
// moment ago.
const previousFor = 30 * time.Second

// keepsake is what a browser that stays signed in gets, and what is kept of it.
type keepsake struct {
	cookie string
	row    store.Remembered
}

// keepsake makes one for the browser of the request.
func (s *Service) keepsake(ctx context.Context, u store.User, rd road) keepsake {
	selector, validator := newToken(), newToken()
	now := s.Now()
	return keepsake{selector + "." + validator, store.Remembered{
		Selector: tokenHash(selector), UserID: u.ID, ValidatorHash: tokenHash(validator), Epoch: u.Epoch, SecondFactor: rd.Second,
		Address: store.OriginOf(ctx), Device: web.Browser(ctx).String(),
		CreatedAt: now.UnixMilli(), ExpiresAt: now.Add(web.RememberCookie.Lasts).UnixMilli(),
	}}
}

// remember keeps what was made, or notes that a code was typed in a browser
// that was remembered without one.
func remember(ctx context.Context, tx *store.Tx, rd road, keep store.Remembered) error {
	switch {
	case keep.Selector != "":
		return tx.InsertRemembered(ctx, keep)
	case rd.Selector != "" && rd.Second:
		return tx.MarkRemembered(ctx, rd.Selector)
	}
	return nil
}

// recognise lets a remembered browser in, if the request comes from one, and
// tells whether it has answered.
func (s *Service) recognise(w http.ResponseWriter, r *http.Request, next string) (bool, error) {
	cookie := s.jar().Get(r, web.RememberCookie)
	if cookie == "" || r.Method != http.MethodGet || strings.Contains(r.Header.Get("Sec-Purpose"), "prefetch") {
		return false, nil
	}
	u, row, renewed, err := s.recall(r.Context(), cookie)
	if err != nil {
		return false, err
	}
	if u.ID == "" {
		s.jar().Clear(w, web.RememberCookie)
		return false, nil
	}
	if renewed != "" {
		s.jar().Set(w, web.RememberCookie, renewed)
	}
	err = s.complete(w, r, u, road{Method: "remembered", Second: row.SecondFactor, Selector: row.Selector, Next: next})
	if errors.Is(err, errNoEntry) {
		s.jar().Clear(w, web.RememberCookie)
		return false, nil
	}
	return err == nil, err
}

type broughtKey struct{}

// brought carries along what the browser of a request is remembered by, if it
// holds; it is not used up.
func (s *Service) brought(r *http.Request) (context.Context, error) {
	ctx := r.Context()
	selector, validator, _ := strings.Cut(s.jar().Get(r, web.RememberCookie), ".")
	if validator == "" {
		return ctx, nil
	}
	row, err := s.Store.Remembered(ctx, tokenHash(selector))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return ctx, nil
	case err != nil:
		return ctx, err
	case s.Now().UnixMilli() >= row.ExpiresAt || !same(tokenHash(validator), row.ValidatorHash):
		return ctx, nil
	}
	return context.WithValue(ctx, broughtKey{}, row), nil
}

// broughtBy names the remembered browser that a person comes with, or "".
func broughtBy(ctx context.Context, u store.User) string {
	row, ok := ctx.Value(broughtKey{}).(store.Remembered)
	if !ok || u.ID == "" || row.UserID != u.ID || row.Epoch != u.Epoch {
		return ""
	}
	return row.Selector
}

// recall returns whose browser a cookie names and the cookie that replaces it:
// nobody when it does not hold, and no cookie when another tab has just got one.
func (s *Service) recall(ctx context.Context, cookie string) (u store.User, row store.Remembered, renewed string, err error) {
	selector, validator, _ := strings.Cut(cookie, ".")
	row, err = s.Store.Remembered(ctx, tokenHash(selector))
	if errors.Is(err, store.ErrNotFound) {
		return u, row, "", nil
	}
	if err != nil {
		return u, row, "", err
	}
	found, err := s.Store.User(ctx, row.UserID)
	now := s.Now()
	if err != nil || found.Epoch != row.Epoch || found.DisabledAt != 0 || found.RemovedAt != 0 || now.UnixMilli() >= row.ExpiresAt {
		return u, row, "", err
	}
	shown := tokenHash(validator)
	if same(shown, row.ValidatorHash) {
		fresh := newToken()
		won, err := s.rotate(ctx, row, tokenHash(fresh), now)
		switch {
		case err != nil:
			return u, row, "", err
		case won:
			return found, row, selector + "." + fresh, nil
		}
		return found, row, "", nil // another tab was quicker, a moment ago
	}
	if gone := now.UnixMilli() - row.RotatedAt; same(shown, row.PreviousHash) && gone < previousFor.Milliseconds() { // a clock set back makes no thief
		return found, row, "", nil
	}
	return u, row, "", s.stolen(ctx, found)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func (s *Service) rotate(ctx context.Context, row store.Remembered, to string, now time.Time) (won bool, err error) {
	address := store.OriginOf(ctx)
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		won, err = tx.RotateRemembered(ctx, row.Selector, row.ValidatorHash, to, address, now.UnixMilli())
		return err
	})
	return won, err
}

// stolen acts on a cookie that was used before: there are two copies of it, so
// nobody who came in as this person stays.
func (s *Service) stolen(ctx context.Context, u store.User) error {
	at, id := s.Now().UnixMilli(), s.NewID()
	row := s.try(ctx, u.ID, "remembered", outcomeStolen, at)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.InsertSignIn(ctx, row); err != nil {
			return err
		}
		if err := endAll(ctx, tx, u.ID, at); err != nil {
			return err
		}
		return tell(ctx, tx, id, EventRememberStolen, u.ID, at)
	})
}

// endAll ends everything that a person came in with, or is about to.
func endAll(ctx context.Context, tx *store.Tx, userID string, at int64) error {
	return firstOf(
		func() error { return tx.RaiseEpoch(ctx, userID, at) },
		func() error { return tx.DeleteSessionsOf(ctx, userID, "") },
		func() error { return tx.DeleteRememberedOf(ctx, userID, "") },
		func() error { return tx.EndChallengesOf(ctx, userID) },
		func() error { return tx.DropResets(ctx, userID) },
	)
}

// firstOf does one thing after the other until one fails.
func firstOf(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// forget ends what the browser of the request is remembered by.
func (s *Service) forget(w http.ResponseWriter, r *http.Request) error {
	cookie := s.jar().Get(r, web.RememberCookie)
	if cookie == "" {
		return nil
	}
	s.jar().Clear(w, web.RememberCookie)
	selector, _, _ := strings.Cut(cookie, ".")
	row, err := s.Store.Remembered(r.Context(), tokenHash(selector))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.Store.InTx(r.Context(), func(tx *store.Tx) error {
		_, err := tx.DeleteRemembered(r.Context(), row.UserID, row.Selector)
		return err
	})
}

// jar sets the cookies of sign-in.
func (s *Service) jar() web.Jar { return web.Jar{Secure: strings.HasPrefix(s.URL, "https://")} }
