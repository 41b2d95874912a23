package team

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/team"
	"stead/views/ui"
)

const triesAPage = 25

// methodWords say how somebody came, or tried to.
var methodWords = map[string]string{
	"password": "Password", "code": "Code from the app", "recovery": "Recovery code", "oidc": "Account elsewhere",
	"remembered": "Stayed signed in", "setup": "Set-up", "invitation": "Invitation", "reset": "New password by link",
}

// outcomeWords say what became of a try, and how bad that is.
var outcomeWords = map[string]ui.Option{
	outcomeOK:       {Value: "ok", Label: "Signed in"},
	outcomePassword: {Value: "warn", Label: "Wrong password"},
	outcomeCode:     {Value: "warn", Label: "Wrong code"},
	outcomeUsed:     {Value: "warn", Label: "Code used twice"},
	outcomeClosed:   {Value: "bad", Label: "Account disabled"},
	outcomeStolen:   {Value: "bad", Label: "Old cookie: everything signed out"},
}

func methodWord(method string) string {
	if word, ok := methodWords[method]; ok {
		return word
	}
	return "Another way"
}

func outcomeWord(outcome string) ui.Option {
	if word, ok := outcomeWords[outcome]; ok {
		return word
	}
	return ui.Option{Value: "warn", Label: "Refused"}
}

func (s *Service) showSessions(w http.ResponseWriter, r *http.Request) error {
	before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	older := err == nil && before > 0
	if !older {
		before = s.Now().UnixMilli() + 1
	}
	page, err := s.devices(r.Context(), web.Actor(r).ID, before)
	if err != nil {
		return err
	}
	if older {
		page.Prev = "/account/sessions#tries-title"
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Devices and sign-ins", Nav: "account", Body: view.DevicesPage(page)})
}

// devices is everything that a person came in with, and the tries before a moment.
func (s *Service) devices(ctx context.Context, userID string, before int64) (view.Devices, error) {
	where := s.location(ctx)
	page := view.Devices{Zone: where.String()}
	list, err := s.Sessions.List(ctx, userID)
	if err != nil {
		return page, err
	}
	inUse := map[string]bool{}
	for _, one := range list {
		inUse[one.Selector] = true
		page.Browsers = append(page.Browsers, view.Browser{
			Key: one.Key, Device: one.Device, System: one.System, Browser: one.Browser,
			Address: one.Address, TimeZone: one.TimeZone, Method: methodWord(one.Method),
			Current: one.Current, Stays: one.Selector != "",
			Since: when(one.Since, where), Seen: when(one.LastSeen, where),
		})
	}
	if page.Kept, err = s.keptBrowsers(ctx, userID, inUse); err != nil {
		return page, err
	}
	return page, s.tries(ctx, userID, before, &page)
}

// keptBrowsers are those that stay signed in and have no session at the moment.
func (s *Service) keptBrowsers(ctx context.Context, userID string, inUse map[string]bool) ([]view.KeptBrowser, error) {
	u, err := s.Store.User(ctx, userID)
	if err != nil {
		return nil, err
	}
	rows, err := s.Store.RememberedOf(ctx, userID)
	where, now := s.location(ctx), s.Now().UnixMilli()
	var out []view.KeptBrowser
	for _, row := range rows {
		if inUse[row.Selector] || row.Epoch != u.Epoch || row.ExpiresAt <= now {
			continue
		}
		out = append(out, view.KeptBrowser{
			Key: row.Selector, Device: row.Device, Address: row.Address,
			Seen: whenMs(row.LastUsedAt, where), Until: whenMs(row.ExpiresAt, where),
		})
	}
	return out, err
}

func (s *Service) tries(ctx context.Context, userID string, before int64, page *view.Devices) error {
	where := s.location(ctx)
	rows, err := s.Store.SignInsOf(ctx, userID, s.Now().Add(-knownFor).UnixMilli(), before, triesAPage+1)
	if len(rows) > triesAPage {
		rows = rows[:triesAPage]
		page.Next = "/account/sessions?before=" + strconv.FormatInt(rows[triesAPage-1].At, 10) + "#tries-title"
	}
	for _, row := range rows {
		word := outcomeWord(row.Outcome)
		page.Tries = append(page.Tries, view.Try{
			At: whenMs(row.At, where), Outcome: word.Label, Kind: word.Value, Method: methodWord(row.Method),
			Device: web.Agent{System: row.System, Browser: row.Browser}.String(), Address: row.Address,
		})
	}
	return err
}

func whenMs(ms int64, where *time.Location) ui.When { return when(time.UnixMilli(ms), where) }

// endSession signs one browser of the person out.
func (s *Service) endSession(w http.ResponseWriter, r *http.Request) error {
	key := r.PostFormValue("session")
	return s.ended(w, r, "Signed out there.", func(ctx context.Context, tx *store.Tx, userID string) error {
		return s.Sessions.Revoke(ctx, tx, userID, key)
	})
}

// forgetBrowser ends a browser that stays signed in.
func (s *Service) forgetBrowser(w http.ResponseWriter, r *http.Request) error {
	key := r.PostFormValue("browser")
	return s.ended(w, r, "Signed out there.", func(ctx context.Context, tx *store.Tx, userID string) error {
		found, err := tx.DeleteRemembered(ctx, userID, key)
		if err == nil && !found {
			return &errs.Error{Kind: errs.NotFound}
		}
		return err
	})
}

// endOthers signs the person out everywhere else.
func (s *Service) endOthers(w http.ResponseWriter, r *http.Request) error {
	return s.ended(w, r, "Signed out everywhere else.", func(ctx context.Context, tx *store.Tx, userID string) error {
		if err := s.Sessions.RevokeOthers(ctx, tx, userID); err != nil {
			return err
		}
		return tx.EndChallengesOf(ctx, userID)
	})
}

func (s *Service) ended(w http.ResponseWriter, r *http.Request, sentence string, end func(context.Context, *store.Tx, string) error) error {
	ctx, userID := r.Context(), web.Actor(r).ID
	at, id := s.Now().UnixMilli(), s.NewID()
	err := s.Store.InTx(ctx, func(tx *store.Tx) error {
		if err := end(ctx, tx, userID); err != nil {
			return err
		}
		return tell(ctx, tx, id, EventRevoked, userID, at)
	})
	if err != nil {
		return err
	}
	s.Sessions.Flash(ctx, sentence)
	web.SeeOther(w, r, "/account/sessions")
	return nil
}
