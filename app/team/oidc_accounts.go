package team

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"stead/app/errs"
	"stead/app/port"
	"stead/app/web"
	"stead/store"
	view "stead/views/team"
)

// Events of accounts elsewhere. Subject is the user.
const (
	EventLinked   = "user.identity_linked"
	EventUnlinked = "user.identity_unlinked"
)

const maxAccounts = 10

func (s *Service) showAccounts(w http.ResponseWriter, r *http.Request) error {
	return s.renderAccounts(w, r, http.StatusOK, "")
}

func (s *Service) renderAccounts(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	ctx := r.Context()
	offered, err := s.accountsOffered(ctx)
	if err != nil {
		return err
	}
	providers, err := s.Store.SignInProviders(ctx)
	if err != nil {
		return err
	}
	mine, err := s.Store.IdentitiesOf(ctx, web.Actor(r).ID)
	if err != nil {
		return err
	}
	page := view.Accounts{Offered: offered, Problem: problem}
	where := s.location(ctx)
	for _, x := range mine {
		row := view.Connected{Key: AccountKey(x), Email: x.Email, Since: when(time.UnixMilli(x.CreatedAt), where)}
		if i := slices.IndexFunc(providers, func(p store.SignInProvider) bool { return p.Issuer == x.Issuer }); i >= 0 {
			row.Name = providers[i].Name
		}
		if x.LastUsedAt > 0 {
			used := when(time.UnixMilli(x.LastUsedAt), where)
			row.Used = &used
		}
		page.Mine = append(page.Mine, row)
	}
	return web.Render(w, r, status, web.View{Title: "Connected accounts", Nav: "account", Body: view.AccountsPage(page)})
}

// AccountKey names one account in a form, without saying whose it is.
func AccountKey(x store.Identity) string { return tokenHash(x.Issuer + "\n" + x.Subject) }

// linkWith connects an account to whoever is signed in and asked for it within
// the last minutes. An address that the issuer has not confirmed counts for
// nothing: there it may belong to anybody.
func (s *Service) linkWith(w http.ResponseWriter, r *http.Request, claims port.Claims) error {
	if web.IsConfined(r.Context()) {
		return errLostWay
	}
	if !claims.Verified || claims.Email == "" {
		return errUnconfirmed
	}
	userID := web.Actor(r).ID
	if err := s.Link(r.Context(), userID, claims); err != nil {
		return err
	}
	s.Sessions.Flash(r.Context(), "The account is connected. You can sign in with it from now on.")
	web.SeeOther(w, r, "/account/accounts")
	return nil
}

var (
	errUnconfirmed = &errs.Error{Kind: errs.Denied, Code: "unverified", Message: "The other account's email address is not confirmed there. Confirm it with that provider, then come back."}
	errTaken       = &errs.Error{Kind: errs.Conflict, Code: "taken", Message: "This account signs in somebody here already. Choose another, or disconnect it there first."}
	errTooMany     = &errs.Error{Kind: errs.Conflict, Code: "too_many", Message: "You have connected 10 accounts. Disconnect one first."}
	errLastWay     = &errs.Error{Kind: errs.Conflict, Code: "last_way", Message: "You have no password, so this account is your only way in. Connect another or set a password first."}
)

// Link lets an account elsewhere sign a user in. errs.Conflict when it signs in
// somebody already, be it the same.
func (s *Service) Link(ctx context.Context, userID string, claims port.Claims) error {
	count, err := s.journeyKey(ctx)
	if err != nil {
		return err
	}
	now, id := s.Now().UnixMilli(), s.NewID()
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		mine, err := tx.IdentitiesOf(ctx, userID)
		if err != nil {
			return err
		}
		if len(mine) >= maxAccounts {
			return errTooMany
		}
		if err := forgetTries(ctx, tx, []throttleKey{count}); err != nil {
			return err
		}
		return connect(ctx, tx, id, userID, claims, now)
	})
	if errors.Is(err, store.ErrConflict) {
		return errTaken
	}
	return err
}

// connect writes a connection and tells of it; store.ErrConflict when the
// account signs in somebody already.
func connect(ctx context.Context, tx *store.Tx, eventID, userID string, claims port.Claims, at int64) error {
	u, err := tx.User(ctx, userID)
	if err != nil {
		return err
	}
	if u.DisabledAt != 0 || u.RemovedAt != 0 {
		return errNoEntry
	}
	row := store.Identity{Issuer: claims.Issuer, Subject: claims.Subject, UserID: userID, Email: claims.Email, CreatedAt: at}
	if err := tx.InsertIdentity(ctx, row); err != nil {
		return err
	}
	return tell(ctx, tx, eventID, EventLinked, userID, at)
}

func (s *Service) unlinkAccount(w http.ResponseWriter, r *http.Request) error {
	err := s.Unlink(r.Context(), web.Actor(r).ID, r.PostFormValue("account"))
	if errs.KindOf(err) == errs.Conflict {
		return s.renderAccounts(w, r, http.StatusConflict, errs.Message(err))
	}
	if err != nil {
		return err
	}
	s.Sessions.Flash(r.Context(), "The account is disconnected. Other browsers that came in with such an account are signed out.")
	web.SeeOther(w, r, "/account/accounts")
	return nil
}

// Unlink takes an account's way in from a user, and ends the sessions that
// began with one: whoever took it over is out. errs.NotFound when it is not
// theirs, errs.Conflict when it is their only way in.
func (s *Service) Unlink(ctx context.Context, userID, key string) error {
	now, id := s.Now().UnixMilli(), s.NewID()
	current := web.SessionKey(ctx)
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		u, err := tx.User(ctx, userID)
		if err != nil {
			return err
		}
		mine, err := tx.IdentitiesOf(ctx, userID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(mine, func(x store.Identity) bool { return AccountKey(x) == key })
		if i < 0 {
			return &errs.Error{Kind: errs.NotFound}
		}
		if err := otherWay(ctx, tx, u, slices.Delete(slices.Clone(mine), i, i+1)); err != nil {
			return err
		}
		if _, err := tx.DeleteIdentity(ctx, userID, mine[i].Issuer, mine[i].Subject); err != nil {
			return err
		}
		if err := s.endElsewhere(ctx, tx, userID, current); err != nil {
			return err
		}
		return tell(ctx, tx, id, EventUnlinked, userID, now)
	})
}

// otherWay refuses to leave somebody without any: rest are the accounts that stay.
func otherWay(ctx context.Context, tx *store.Tx, u store.User, rest []store.Identity) error {
	if u.PasswordHash != "" {
		return nil
	}
	offered, err := tx.SignInProviders(ctx)
	if err != nil {
		return err
	}
	for _, x := range rest {
		if slices.ContainsFunc(offered, func(p store.SignInProvider) bool { return p.Issuer == x.Issuer }) {
			return nil
		}
	}
	return errLastWay
}

// endElsewhere ends the other sessions of a user that began at an identity provider.
func (s *Service) endElsewhere(ctx context.Context, tx *store.Tx, userID, current string) error {
	list, err := tx.SessionsOf(ctx, userID)
	if err != nil {
		return err
	}
	for _, one := range list {
		if one.Method != byProvider || one.TokenHash == current {
			continue
		}
		if err := s.Sessions.Revoke(ctx, tx, userID, one.TokenHash); err != nil {
			return err
		}
	}
	return nil
}
