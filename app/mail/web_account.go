package mail

import (
	"net/http"
	"slices"

	"stead/app/web"
	view "stead/views/mail"
)

func (s *Service) showAccount(w http.ResponseWriter, r *http.Request) error {
	return s.renderAccount(w, r, "")
}

func (s *Service) choose(w http.ResponseWriter, r *http.Request) error {
	wants, sentence := true, "You get notices again."
	if r.PostFormValue("notice") != "on" {
		wants, sentence = false, "You get no more notices."
	}
	if err := s.SetWants(r.Context(), web.Actor(r), wants); err != nil {
		return err
	}
	if web.Partial(r) {
		return s.renderAccount(w, r, sentence)
	}
	s.Say.Once(r.Context(), sentence, "")
	web.SeeOther(w, r, "/account/mail")
	return nil
}

func (s *Service) renderAccount(w http.ResponseWriter, r *http.Request, done string) error {
	wants, err := s.Wants(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	choice, err := s.reminders(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	p := view.Account{Reminders: choice, Wants: wants, On: s.Ready(r.Context()), Classes: classes(), Done: done}
	v := web.View{Title: "Mail", Nav: "account", Body: view.AccountPage(p)}
	if web.Partial(r) {
		v.Body = view.AccountPanel(p)
	}
	return web.Render(w, r, http.StatusOK, v)
}

// classes says what each class of mail tells of.
func classes() []view.Class {
	out := []view.Class{
		{Key: string(classNotice), Title: "Notices", Refusable: true, Text: "Work that somebody gave you. Each of these mails has a link that ends them."},
		{Key: string(classAccount), Title: "Your account", Text: "What you asked for, and what was done to your account. These cannot be switched off: without them you would not know how to get in, or why you cannot."},
		{Key: string(classSecurity), Title: "Security alerts", Text: "Changes that you should know of if somebody else made them. These cannot be switched off: whoever got into your account could switch them off first."},
	}
	for _, t := range slices.Concat(toThePerson, ofTheTeam, ofTheBusiness) {
		for i := range out {
			if out[i].Key == string(t.class()) {
				out[i].Tells = append(out[i].Tells, t.letter().when)
			}
		}
	}
	return out
}

// askEnding only asks: programs that look at links before people do open this too.
func (s *Service) askEnding(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	if _, err := s.holder(r.Context(), token); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "No more notices?", Bare: true, Body: view.EndingPage(view.Ending{Action: unsubscribePath + token})})
}

// end acts at once, whatever the body says: mail programs send one of their own
// and follow nothing.
func (s *Service) end(w http.ResponseWriter, r *http.Request) error {
	if err := s.Unsubscribe(r.Context(), r.PathValue("token")); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "You get no more notices", Bare: true, Body: view.EndingPage(view.Ending{})})
}
