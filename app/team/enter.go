package team

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"stead/app/errs"
	"stead/app/web"
	"stead/store"
)

// Events of coming in. Subject is the user.
const (
	EventSignedIn        = "user.signed_in"
	EventSignedOut       = "user.signed_out"
	EventRevoked         = "user.session_revoked"
	EventNewDevice       = "user.new_device"
	EventSecondFactorOn  = "user.second_factor_on"
	EventSecondFactorOff = "user.second_factor_off"
	EventRecoveryUsed    = "user.recovery_used"
	EventRecoveryRenewed = "user.recovery_renewed"
	EventRememberStolen  = "user.remember_stolen"
	EventRenamed         = "user.renamed"
)

// road is how a person came to the one door: by what, and what they chose.
type road struct {
	Method   string `json:"method"`              // password, oidc, remembered, invitation, setup, reset
	Second   bool   `json:"second,omitempty"`    // it proves a second factor too
	Remember bool   `json:"remember,omitempty"`  // the browser is to stay signed in
	TimeZone string `json:"time_zone,omitempty"` // as the browser said
	Next     string `json:"next,omitempty"`      // where they wanted to go
	Selector string `json:"selector,omitempty"`  // of the remembered browser that they came with
}

// proves tells whether the person has just proved who they are. A browser that
// was remembered proves nothing of the person in front of it.
func (rd road) proves() bool { return rd.Method != "remembered" }

// Outcomes of a try, in the history of sign-ins.
const (
	outcomeOK       = "ok"
	outcomePassword = "wrong_password"
	outcomeCode     = "wrong_code"
	outcomeUsed     = "code_used" // a code that was right once
	outcomeClosed   = "no_entry"  // disabled
	outcomeStolen   = "stolen"    // a remembered browser's cookie that was used before
)

const knownFor = 90 * 24 * time.Hour // how long a browser that was seen is no news

var errNoEntry = &errs.Error{Kind: errs.Invalid, Message: "This account cannot be used to sign in. Ask the owner of your business.", Code: "no_entry"}

// complete is where every road of signing in ends, and the only way to where a
// session begins: u is the person as they were when they proved who they are.
// Who has a second factor is asked for it, unless the road proved one. It
// answers the request. errs.Invalid when the account may not be used, or was
// changed meanwhile.
func (s *Service) complete(w http.ResponseWriter, r *http.Request, u store.User, rd road) error {
	has, err := s.Store.HasSecondFactor(r.Context(), u.ID)
	switch {
	case err != nil:
		return err
	case has && !rd.Second:
		return s.challenge(w, r, u, rd)
	}
	return s.enter(w, r, u, rd)
}

// enter begins the session. Where the role asks for a second factor that is not
// set up, web leads every page to where that is done.
func (s *Service) enter(w http.ResponseWriter, r *http.Request, u store.User, rd road) error {
	var keep keepsake
	if rd.Remember {
		keep = s.keepsake(r.Context(), u, rd)
		rd.Selector = keep.row.Selector
	}
	if err := s.begin(r.Context(), u, rd, keep.row); err != nil {
		return err
	}
	entry := web.Entry{Method: rd.Method, TimeZone: rd.TimeZone, Selector: rd.Selector, Proved: rd.proves()}
	if err := s.Sessions.SignIn(r.Context(), u, entry); err != nil {
		return err
	}
	if keep.cookie != "" {
		s.jar().Set(w, web.RememberCookie, keep.cookie)
	}
	web.SeeOther(w, r, web.SafeNext(rd.Next, "/"))
	return nil
}

// begin writes down that somebody comes in, and what of their browser is kept.
func (s *Service) begin(ctx context.Context, u store.User, rd road, keep store.Remembered) error {
	now := s.Now()
	at := now.UnixMilli()
	row := s.try(ctx, u.ID, rd.Method, outcomeOK, at)
	row.TimeZone = rd.TimeZone
	in, device := s.NewID(), s.NewID()
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := mayEnter(ctx, tx, u); err != nil {
			return err
		}
		fresh, err := newDevice(ctx, tx, row, now.Add(-knownFor).UnixMilli())
		if err != nil {
			return err
		}
		if err := tx.InsertSignIn(ctx, row); err != nil {
			return err
		}
		if err := remember(ctx, tx, rd, keep); err != nil {
			return err
		}
		if err := tell(ctx, tx, in, EventSignedIn, u.ID, at); err != nil || !fresh {
			return err
		}
		return tell(ctx, tx, device, EventNewDevice, u.ID, at)
	})
}

// mayEnter refuses who was disabled or removed, or whose sessions all ended,
// since u was read.
func mayEnter(ctx context.Context, tx *store.Tx, u store.User) error {
	now, err := tx.User(ctx, u.ID)
	switch {
	case err != nil:
		return err
	case now.DisabledAt != 0 || now.RemovedAt != 0 || now.Epoch != u.Epoch:
		return errNoEntry
	}
	return nil
}

// newDevice tells whether the person never came with this browser from this
// network lately. Who comes for the first time has no device that is not new.
func newDevice(ctx context.Context, tx *store.Tx, row store.SignIn, since int64) (bool, error) {
	seen, err := tx.SeenOf(ctx, row.UserID, outcomeOK, since)
	if err != nil || len(seen) == 0 {
		return false, err
	}
	return !slices.ContainsFunc(seen, func(v store.Seen) bool {
		return v.Browser == row.Browser && v.System == row.System && networkOf(v.Address) == networkOf(row.Address)
	}), nil
}

// try is a row of the history of sign-ins.
func (s *Service) try(ctx context.Context, userID, method, outcome string, at int64) store.SignIn {
	b := web.Browser(ctx)
	return store.SignIn{
		ID: s.NewID(), UserID: userID, Method: method, Outcome: outcome, At: at,
		Address: store.OriginOf(ctx), Device: b.Device, System: b.System, Browser: b.Browser,
	}
}

// tell records something that a person did to their own account.
func tell(ctx context.Context, tx *store.Tx, id, kind, userID string, at int64) error {
	return tx.Record(ctx, store.Event{ID: id, Kind: kind, Subject: userID, Actor: userID, At: at})
}

// zoneOf takes a time zone that a browser names, if there is such a one.
func zoneOf(name string) string {
	if name = strings.TrimSpace(name); len(name) > 64 || !isZone(name) {
		return ""
	}
	return name
}
