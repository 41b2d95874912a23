package team

import (
	"context"
	"errors"
	"time"

	"stead/app/access"
	"stead/app/email"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
)

// EventResetAsked says that somebody is to get a link to choose a new password;
// mail goes out on it.
const EventResetAsked = "user.reset_asked"

// EventResetShown says that a colleague was shown such a link, to hand it over.
const EventResetShown = "user.reset_link_shown"

const resetLasts = 30 * time.Minute

// resetKept is how long a link is not replaced because somebody asks for another.
const resetKept = 10 * time.Minute

// resetsPerAccount is how often links go to one address, whoever asks: nobody's
// mailbox is filled, and nobody waits for one longer than some hours.
var resetsPerAccount = throttleRule{free: 4, limit: 3 * time.Hour, least: resetKept}

var (
	errResetUnknown = &errs.Error{Kind: errs.NotFound, Code: "reset_unknown", Message: "This link does not work. It was used or replaced by a newer one, or it is not whole."}
	errResetExpired = &errs.Error{Kind: errs.Conflict, Code: "reset_expired", Message: "This link has expired: it works for 30 minutes."}
)

// AskReset has a link sent to whoever signs in with an address, soon, unless one
// was a moment ago or there were many. Neither that nor whether there is anybody
// shows in the answer or its time: both ways the same is read and as much is
// written, and a job does the rest.
func (s *Service) AskReset(ctx context.Context, address string) error {
	key := email.Key(address)
	keys, err := s.keysFor(ctx, "reset", store.User{}, key, web.Network(web.Client(ctx)), resetsPerAccount)
	if err != nil {
		return err
	}
	last := len(keys) - 1
	if err := s.reserve(ctx, keys[:last]); err != nil {
		return err
	}
	err = s.reserve(ctx, keys[last:])
	if refused := (*web.StatusError)(nil); errors.As(err, &refused) {
		return nil // there was a mail; whoever asks is told the same
	}
	if err != nil {
		return err
	}
	nobody, at := s.NewID(), s.Now().UnixMilli()
	id, err := s.Store.ResetTarget(ctx, key, nobody)
	if err != nil {
		return err
	}
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := auditAsked(ctx, tx, id, id == nobody, keys[last], at); err != nil {
			return err
		}
		return tx.Enqueue(ctx, OfferReset{UserID: id})
	})
}

// auditAsked notes where the wish came from: by whom, nobody knows. For nobody
// it writes elsewhere, so that no stranger fills the log.
func auditAsked(ctx context.Context, tx *store.Tx, userID string, nobody bool, k throttleKey, at int64) error {
	if !nobody {
		return tx.Audit(ctx, store.AuditEntry{Action: EventResetAsked, Object: userID, At: at})
	}
	t, err := tx.Throttle(ctx, k.hash)
	if err != nil {
		return err
	}
	return tx.PutThrottle(ctx, t)
}

// OfferReset is the job that has the link sent, if the id is somebody's.
type OfferReset struct{ UserID string }

// Kind names the job.
func (OfferReset) Kind() string { return "team.offer_reset" }

// OfferReset is the job's work. A link that was made a moment ago stays the one
// that works. The wish itself was audited when it came.
func (s *Service) OfferReset(ctx context.Context, job OfferReset) error {
	id, at := s.NewID(), s.Now().UnixMilli()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		u, err := tx.User(ctx, job.UserID)
		if errors.Is(err, store.ErrNotFound) || err == nil && !u.Active() {
			return nil
		}
		if err != nil {
			return err
		}
		open, err := tx.ResetOpen(ctx, u.ID, at-resetKept.Milliseconds(), at)
		if err != nil || open {
			return err
		}
		return tx.Emit(ctx, store.Event{ID: id, Kind: EventResetAsked, Subject: u.ID, At: at})
	})
}

// ResetLink makes the link of a mail that is about to leave, in the place of
// any earlier one, and returns its path. store.ErrNotFound when the person may
// not sign in any more.
func (s *Service) ResetLink(ctx context.Context, userID string) (string, error) {
	now, token := s.Now().UnixMilli(), newToken()
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		u, err := tx.User(ctx, userID)
		if err == nil && !u.Active() {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		return putReset(ctx, tx, userID, token, now)
	})
	return resetPath(token), err
}

func putReset(ctx context.Context, tx *store.Tx, userID, token string, at int64) error {
	return tx.InsertReset(ctx, store.Reset{TokenHash: tokenHash(token), UserID: userID, CreatedAt: at, ExpiresAt: at + resetLasts.Milliseconds()})
}

// HelpIn has a link sent to a colleague who cannot get in. Where no mail goes
// out it is returned instead, to be handed over.
func (s *Service) HelpIn(ctx context.Context, actor access.Actor, id string) (path string, err error) {
	mails, kind := s.mailReady(ctx), EventResetShown
	if mails {
		kind = EventResetAsked
	}
	d, token := s.deed(actor, kind, id), newToken()
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		u, err := target(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if !u.Active() {
			return &errs.Error{Kind: errs.Conflict, Message: "This account is disabled. Enable it first."}
		}
		if !mails {
			if err := putReset(ctx, tx, id, token, d.at); err != nil {
				return err
			}
			// A mail that left later would make a link of its own, and end this one.
			if err := tx.SupersedeMails(ctx, store.Mail{Template: "reset", UserID: id, CreatedAt: d.at}); err != nil {
				return err
			}
		}
		return d.note(ctx, tx)
	})
	if err != nil || mails {
		return "", err
	}
	return resetPath(token), nil
}

// openReset returns the link and whose it is, if it works now.
func (s *Service) openReset(ctx context.Context, r *store.Reader, token string, now int64) (store.User, error) {
	if len(token) != tokenLength {
		return store.User{}, errResetUnknown
	}
	x, err := r.Reset(ctx, tokenHash(token))
	if errors.Is(err, store.ErrNotFound) {
		return store.User{}, errResetUnknown
	}
	if err != nil {
		return store.User{}, err
	}
	u, err := r.User(ctx, x.UserID)
	switch {
	case err != nil:
		return store.User{}, err
	case x.UsedAt != 0 || !u.Active():
		return store.User{}, errResetUnknown
	case !x.Open(now):
		return store.User{}, errResetExpired
	}
	return u, nil
}

// ResetPassword gives whoever holds the newest link a new password, once, and
// ends every sign-in of theirs and every browser that was to stay signed in. It
// returns the user as they are then. What is wrong with the password is
// errs.Invalid.
func (s *Service) ResetPassword(ctx context.Context, token, password, again string) (store.User, error) {
	u, err := s.openReset(ctx, &s.Store.Reader, token, s.Now().UnixMilli())
	if err != nil {
		return u, err
	}
	fields := s.newPasswordProblems(ctx, u, password)
	if again != password && fields["password"] == "" {
		fields["password_again"] = differs
	}
	if len(fields) > 0 {
		return u, invalid(fields)
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return u, err
	}
	d := s.deed(access.Actor{ID: u.ID}, EventPassword, u.ID)
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		if u, err = s.openReset(ctx, &tx.Reader, token, d.at); err != nil {
			return err
		}
		if err := tx.UseReset(ctx, tokenHash(token), d.at); errors.Is(err, store.ErrConflict) {
			return errResetUnknown
		} else if err != nil {
			return err
		}
		if err := errors.Join(tx.SetPasswordHash(ctx, u.ID, hash, d.at), endAll(ctx, tx, u.ID, d.at)); err != nil {
			return err
		}
		if u, err = tx.User(ctx, u.ID); err != nil {
			return err
		}
		return d.note(ctx, tx)
	})
	return u, err
}

func resetPath(token string) string { return "/reset/" + token }

// mailReady tells whether mail goes out from here.
func (s *Service) mailReady(ctx context.Context) bool { return s.MailReady != nil && s.MailReady(ctx) }
