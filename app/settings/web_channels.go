package settings

import (
	"errors"
	"net/http"
	"strings"

	"stead/app/errs"
	"stead/app/vault"
	"stead/app/web"
	"stead/store"
	view "stead/views/settings"
)

// channels is what the page shows beside the stored connection.
type channels struct {
	typed  *Twilio           // what was typed, when it was refused
	fields map[string]string // what is wrong with it
	whole  string            // what is wrong with none of the fields
	failed string            // code of a test that failed
	done   string
}

func (s *Service) showChannels(w http.ResponseWriter, r *http.Request) error {
	return s.renderChannels(w, r, http.StatusOK, channels{})
}

func (s *Service) connectTwilio(w http.ResponseWriter, r *http.Request) error {
	in := Twilio{
		AccountSID: r.PostFormValue("account_sid"), Service: r.PostFormValue("service"),
		Numbers: lines(r.PostFormValue("numbers")), ForwardTo: lines(r.PostFormValue("forward_to")),
		Token: vault.Secret(strings.TrimSpace(r.PostFormValue("token"))),
	}
	defer clear(in.Token)
	err := s.Connect(r.Context(), web.Actor(r), in)
	switch errs.KindOf(err) {
	case errs.Invalid:
		return s.renderChannels(w, r, http.StatusUnprocessableEntity, channels{typed: &in, fields: errs.Fields(err), whole: wholeOf(err)})
	case errs.Unavailable, errs.Conflict:
		return s.renderChannels(w, r, http.StatusUnprocessableEntity, channels{typed: &in, whole: errs.Message(err)})
	default: // a fault, or nil
	}
	if err != nil {
		return err
	}
	return s.channelsDone(w, r, "Twilio is connected.")
}

// wholeOf is the message of an error that names no field.
func wholeOf(err error) string {
	if len(errs.Fields(err)) > 0 {
		return ""
	}
	return errs.Message(err)
}

func (s *Service) testTwilio(w http.ResponseWriter, r *http.Request) error {
	err := s.Test(r.Context(), web.Actor(r))
	if kind := errs.KindOf(err); kind == errs.Unavailable || kind == errs.Invalid || strings.HasPrefix(errs.CodeOf(err), "hook_") {
		return s.renderChannels(w, r, http.StatusUnprocessableEntity, channels{failed: errs.CodeOf(err)})
	}
	if err != nil {
		return err
	}
	return s.channelsDone(w, r, "The test callback came through.")
}

func (s *Service) disconnectTwilio(w http.ResponseWriter, r *http.Request) error {
	if err := s.Disconnect(r.Context(), web.Actor(r), twilio); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return s.channelsDone(w, r, "Twilio is disconnected and its token destroyed.")
}

func (s *Service) channelsDone(w http.ResponseWriter, r *http.Request, sentence string) error {
	return s.accepted(w, r, "/settings/channels", sentence, func() error {
		return s.renderChannels(w, r, http.StatusOK, channels{done: sentence})
	})
}

func (s *Service) renderChannels(w http.ResponseWriter, r *http.Request, status int, c channels) error {
	page, err := s.channelsView(r, c)
	if err != nil {
		return err
	}
	return render(w, r, status, "Channels", web.View{Body: view.ChannelsPage(page)}, web.View{Body: view.ChannelsPanel(page)})
}

// lines splits what was typed into a text area. Spaces stand inside numbers.
func lines(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return c == '\n' || c == '\r' || c == ',' || c == ';' })
}
