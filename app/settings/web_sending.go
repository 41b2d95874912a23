package settings

import (
	"net/http"

	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/settings"
	"stead/views/ui"
)

func (s *Service) showSending(w http.ResponseWriter, r *http.Request) error {
	return s.renderSending(w, r, http.StatusOK, nil, nil, "")
}

func (s *Service) setPaused(w http.ResponseWriter, r *http.Request) error {
	paused, sentence := true, "All sending is stopped."
	if r.PostFormValue("paused") == "no" {
		paused, sentence = false, "Texts go out again."
	}
	if err := s.SetPaused(r.Context(), web.Actor(r), paused); err != nil {
		return err
	}
	return s.sendingSaved(w, r, sentence)
}

func (s *Service) saveQuiet(w http.ResponseWriter, r *http.Request) error {
	in := store.Quiet{From: r.PostFormValue("from"), To: r.PostFormValue("to")}
	err := s.SaveQuiet(r.Context(), web.Actor(r), in)
	if errs.KindOf(err) == errs.Invalid {
		return s.renderSending(w, r, http.StatusUnprocessableEntity, &in, errs.Fields(err), "")
	}
	if err != nil {
		return err
	}
	return s.sendingSaved(w, r, "The quiet hours were saved.")
}

func (s *Service) sendingSaved(w http.ResponseWriter, r *http.Request, sentence string) error {
	return s.accepted(w, r, "/settings/sending", sentence, func() error {
		return s.renderSending(w, r, http.StatusOK, nil, nil, sentence)
	})
}

// renderSending shows what is stored, or the quiet hours as they were typed.
func (s *Service) renderSending(w http.ResponseWriter, r *http.Request, status int, typed *store.Quiet, fields map[string]string, done string) error {
	if err := mayRead(web.Actor(r)); err != nil {
		return err
	}
	sending, err := s.Store.Sending(r.Context())
	if err != nil {
		return err
	}
	quiet, err := s.Store.Quiet(r.Context())
	if err != nil {
		return err
	}
	if typed != nil {
		quiet = *typed
	}
	page := view.Sending{
		Paused:   sending.Paused,
		From:     ui.Input{Name: "from", Label: "From", Type: "time", Value: quiet.From, Required: true, Problem: fields["from"]},
		To:       ui.Input{Name: "to", Label: "Until", Type: "time", Value: quiet.To, Required: true, Problem: fields["to"]},
		Problems: problems(fields, "from", "to"),
		Done:     done,
	}
	return render(w, r, status, "Sending", web.View{Body: view.SendingPage(page)}, web.View{Body: view.SendingPanel(page)})
}
