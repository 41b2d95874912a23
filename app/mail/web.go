package mail

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/vault"
	"stead/app/web"
	"stead/store"
	view "stead/views/mail"
	"stead/views/ui"
)

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	write, fresh := web.Policy{Needs: access.ChannelsWrite}, web.Policy{Needs: access.MailRoute, Fresh: true}
	rt.Handle("GET /settings/mail", web.Policy{Needs: access.SettingsRead}, s.showSettings)
	rt.Handle("POST /settings/mail", fresh, s.connect)
	rt.Handle("POST /settings/mail/tests", write, s.test)
	rt.Handle("POST /settings/mail/disconnection", fresh, s.disconnect)
	rt.Handle("POST /settings/mail/{id}/retry", write, s.retry)
	own := web.Policy{Self: "everybody chooses what mail they get"}
	rt.Handle("GET /account/mail", own, s.showAccount)
	rt.Handle("POST /account/mail", own, s.choose)
	rt.Handle("POST /account/mail/reminders", own, s.chooseReminders)
	byToken := "the token in the address says whose notices end, and opens nothing else"
	rt.Handle("GET "+unsubscribePath+"{token}", web.Policy{Public: byToken}, s.askEnding)
	rt.Handle("POST "+unsubscribePath+"{token}", web.Policy{Public: byToken, Raw: true}, s.end)
}

// shown is what the page shows beside what is stored.
type shown struct {
	typed  *Connection       // what was typed, when it was refused
	fields map[string]string // what is wrong with it
	whole  string            // what is wrong with none of the fields
	failed string            // code of a test that failed
	done   string
}

func (s *Service) showSettings(w http.ResponseWriter, r *http.Request) error {
	return s.render(w, r, http.StatusOK, shown{})
}

func (s *Service) connect(w http.ResponseWriter, r *http.Request) error {
	in := Connection{
		Provider: r.PostFormValue("provider"), Host: r.PostFormValue("host"), Port: r.PostFormValue("port"), User: r.PostFormValue("user"),
		FromName: r.PostFormValue("from_name"), From: r.PostFormValue("from"), Secret: vault.Secret(strings.TrimSpace(r.PostFormValue("secret"))),
	}
	defer clear(in.Secret)
	err := s.Connect(r.Context(), web.Actor(r), in)
	switch errs.KindOf(err) {
	case errs.Invalid:
		x := shown{typed: &in, fields: errs.Fields(err)}
		if len(x.fields) == 0 {
			x.whole = errs.Message(err)
		}
		return s.render(w, r, http.StatusUnprocessableEntity, x)
	case errs.Unavailable:
		return s.render(w, r, http.StatusUnprocessableEntity, shown{typed: &in, whole: errs.Message(err)})
	default: // a fault, or nil
	}
	if err != nil {
		return err
	}
	return s.accepted(w, r, "Mail goes out. Send a test to yourself to see it arrive.")
}

func (s *Service) test(w http.ResponseWriter, r *http.Request) error {
	err := s.Test(r.Context(), web.Actor(r))
	if err == nil {
		return s.accepted(w, r, "The test was handed over. Look into your mailbox, and among what it takes for advertising.")
	}
	if kind := errs.KindOf(err); kind == errs.Fault && !isOutcome(err) || kind == errs.Denied && errs.CodeOf(err) == "denied" {
		return err
	}
	code := errs.CodeOf(err)
	if isOutcome(err) {
		code = codeUnknown
	}
	return s.render(w, r, http.StatusUnprocessableEntity, shown{failed: code})
}

func (s *Service) disconnect(w http.ResponseWriter, r *http.Request) error {
	if err := s.Disconnect(r.Context(), web.Actor(r)); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return s.accepted(w, r, "Mail is off and its credentials are destroyed.")
}

func (s *Service) retry(w http.ResponseWriter, r *http.Request) error {
	if err := s.Retry(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	return s.accepted(w, r, "It is on its way again.")
}

// accepted answers a form that was saved: the fresh part in place, or the page
// again with a sentence on it.
func (s *Service) accepted(w http.ResponseWriter, r *http.Request, sentence string) error {
	if web.Partial(r) {
		return s.render(w, r, http.StatusOK, shown{done: sentence})
	}
	s.Say.Once(r.Context(), sentence, "")
	web.SeeOther(w, r, "/settings/mail")
	return nil
}

func (s *Service) render(w http.ResponseWriter, r *http.Request, status int, x shown) error {
	p, err := s.settingsView(r, x)
	if err != nil {
		return err
	}
	v := web.View{Title: "Mail", Nav: "settings", Body: view.SettingsPage(p)}
	if web.Partial(r) {
		v.Body = view.SettingsPanel(p)
	}
	return web.Render(w, r, status, v)
}

// clockOf is the clock of a page; before set-up it goes by UTC.
func (s *Service) clockOf(ctx context.Context) ui.Clock {
	zone := time.UTC
	if b, err := s.Store.Business(ctx); err == nil {
		if where, err := time.LoadLocation(b.Timezone); err == nil {
			zone = where
		}
	}
	return ui.NewClock(s.Now(), zone)
}
