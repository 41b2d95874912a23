package leads

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"stead/app/cards"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/leads"
	"stead/views/ui"
)

// Open registers the addresses that anybody may open: they have no session and no
// cookie, and what is posted to them may come from a foreign page.
func (s *Service) Open(rt *web.Router) {
	public := web.Policy{Public: "anybody may ask the business for something; the token says by which form, and opens nothing else", Raw: true}
	rt.Handle("GET /f/{token}", public, s.showForm)
	rt.Handle("POST /f/{token}", public, s.sendForm)
	rt.Handle("GET /f/thanks/{token}", public, s.thanks)
	confirm := web.Policy{Public: "whoever holds the token in the address has read the mail that asks for a confirmation"}
	rt.Handle("GET /f/confirm/{token}", confirm, s.showConfirm)
	rt.Handle("POST /f/confirm/{token}", confirm, s.confirm)
	rt.Handle("POST /in/{token}", web.Policy{Public: "a signature over the body proves who sends it", Raw: true}, s.receive)
}

// The names of what a form sends beside its answers.
const (
	trapName  = "website" // nobody sees it
	stampName = "stamp"
	keyName   = "key"
	askName   = "f-" // and the id of the field
)

var errForms = &web.StatusError{Status: http.StatusTooManyRequests, RetryAfter: time.Minute, Message: "Too many forms were sent. Wait a minute, then send it again: go back, and what you wrote is still there."}

func (s *Service) showForm(w http.ResponseWriter, r *http.Request) error {
	src, err := s.Form(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	return s.renderForm(w, r, http.StatusOK, src, nil, nil)
}

// renderForm shows a form with what was typed in it.
func (s *Service) renderForm(w http.ResponseWriter, r *http.Request, status int, src store.LeadSource, typed url.Values, problems map[string]string) error {
	b, err := s.Store.Business(r.Context())
	if err != nil {
		return err
	}
	stamp, err := s.stamp(src, s.Now().UnixMilli())
	if err != nil {
		return err
	}
	t := ui.Words(r.Context())
	f := view.Form{
		Business: b.Name, Title: src.Name, Intro: src.Intro, Button: src.Button, Policy: src.PolicyURL, Action: "/f/" + src.Token, Key: typed.Get(keyName), Stamp: stamp, OptIn: src.OptIn,
	}
	if f.Button == "" {
		f.Button = t("Send")
	}
	if f.Key == "" {
		f.Key = s.NewID()
	}
	for _, field := range src.Fields {
		name := askName + field.ID
		a := view.Ask{
			Name: name, Label: field.Label, Hint: field.Hint, Kind: field.Kind, Value: typed.Get(name), Problem: problems[field.ID], Choices: field.Choices,
			Required: field.Required, Wording: field.WordingID, Ticked: typed.Get(name) != "",
		}
		if field.Kind == "line" && field.Target == ToName {
			a.Kind = "name"
		}
		f.Asks = append(f.Asks, a)
		if a.Problem != "" {
			f.Problems = append(f.Problems, ui.Problem{Field: name, Text: a.Problem})
		}
	}
	if text := problems[""]; text != "" {
		f.Problems = append(f.Problems, ui.Problem{Text: text})
	}
	return s.public(w, r, status, src, view.FormPage(f))
}

// drawn is a page of package views/leads.
type drawn interface {
	Render(ctx context.Context, w io.Writer) error
}

// public answers with a page that belongs to a form: without scripts, and in a
// frame of the pages that the form names alone.
func (s *Service) public(w http.ResponseWriter, r *http.Request, status int, src store.LeadSource, page drawn) error {
	var buf bytes.Buffer
	if err := page.Render(r.Context(), &buf); err != nil {
		return err
	}
	frames := "'none'"
	if len(src.Origins) > 0 {
		frames = strings.Join(src.Origins, " ")
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "+frames)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = buf.WriteTo(w) // the client may have gone
	return nil
}

func (s *Service) sendForm(w http.ResponseWriter, r *http.Request) error {
	src, err := s.Form(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	if s.byNetwork.Take(src.ID+" "+web.Network(web.Client(r.Context()))) > 0 || s.byForm.Take(src.ID) > 0 {
		return errForms
	}
	typed, hasFile, err := formOf(r)
	if err != nil {
		return err
	}
	if hasFile {
		return s.renderForm(w, r, http.StatusUnprocessableEntity, src, typed, map[string]string{"": "Files cannot be sent by this form. Write text instead."})
	}
	in, err := s.sent(r.Context(), src, typed)
	if err != nil {
		return err
	}
	_, err = s.TakeForm(r.Context(), src, in)
	switch {
	case errs.KindOf(err) == errs.Invalid:
		return s.renderForm(w, r, http.StatusUnprocessableEntity, src, typed, errs.Fields(err))
	case err != nil:
		return err
	}
	http.Redirect(w, r, "/f/thanks/"+src.Token, http.StatusSeeOther)
	return nil
}

// formOf reads a form of either kind, within what a form may have.
func formOf(r *http.Request) (url.Values, bool, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var err error
	switch kind {
	case "multipart/form-data":
		err = r.ParseMultipartForm(web.Usual.Form)
	case "application/x-www-form-urlencoded":
		err = r.ParseForm()
	default:
		return nil, false, &web.StatusError{Status: http.StatusUnsupportedMediaType, Message: "Send this as a form of a web page does."}
	}
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return nil, false, &web.StatusError{Status: http.StatusRequestEntityTooLarge, Message: "That is more than this form takes. Go back, and write less."}
	case err != nil:
		return nil, false, &web.StatusError{Status: http.StatusBadRequest, Message: "The form could not be read. Go back, and send it again."}
	}
	hasFile := false
	if r.MultipartForm != nil {
		for _, files := range r.MultipartForm.File {
			for _, f := range files {
				hasFile = hasFile || f.Size > 0 || f.Filename != ""
			}
		}
		_ = r.MultipartForm.RemoveAll() // nothing of it was wanted
	}
	return r.PostForm, hasFile, nil
}

const maxExtras = 20

// sent is what a form sent: answers to its questions, and what else a foreign page
// has in it.
func (s *Service) sent(ctx context.Context, src store.LeadSource, typed url.Values) (Sent, error) {
	in := Sent{Stamp: typed.Get(stampName), Bot: strings.TrimSpace(typed.Get(trapName)) != ""}
	if key := typed.Get(keyName); len(key) >= 16 && len(key) <= 64 {
		in.Key = key
	}
	known := map[string]bool{stampName: true, trapName: true, keyName: true}
	for _, f := range src.Fields {
		name := askName + f.ID
		known[name] = true
		value := clean(typed.Get(name))
		if strings.TrimSpace(value) == "" {
			continue
		}
		a := Answer{Key: f.ID, Label: f.Label, Value: value}
		if f.Kind == "consent" {
			words, err := s.Store.LeadWording(ctx, value) // as they stood on the page that was sent
			if errors.Is(err, store.ErrNotFound) || err == nil && words.FieldID != f.ID {
				continue
			}
			if err != nil {
				return in, err
			}
			a.Label, a.Value, a.Wording = words.Words, "yes", words.ID
		}
		in.Answers = append(in.Answers, a)
	}
	if !src.Posts {
		return in, nil
	}
	var extras []string
	for name := range typed {
		if !known[name] && len(name) <= maxKey {
			extras = append(extras, name)
		}
	}
	slices.Sort(extras)
	for _, name := range extras[:min(len(extras), maxExtras)] {
		value := []rune(clean(typed.Get(name)))
		name = clean(name)
		in.Answers = append(in.Answers, Answer{Key: "+" + name, Label: name, Value: string(value[:min(len(value), maxLine)])})
	}
	return in, nil
}

// clean makes text of what a stranger sent, without numbers of payment cards.
func clean(value string) string {
	return cards.Mask(strings.ReplaceAll(strings.ToValidUTF8(value, "\uFFFD"), "\x00", ""))
}

func (s *Service) thanks(w http.ResponseWriter, r *http.Request) error {
	src, err := s.Form(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	t := ui.Words(r.Context())
	text := t("It has reached us. We come back to you.")
	if src.OptIn {
		text = t("Look into your mail: there is a link in it. Nothing happens until you confirm it there.")
	}
	if src.Thanks != "" {
		text = src.Thanks
	}
	return s.say(w, r, src, view.Said{Title: t("Thank you"), Text: text})
}

func (s *Service) say(w http.ResponseWriter, r *http.Request, src store.LeadSource, page view.Said) error {
	b, err := s.Store.Business(r.Context())
	if err != nil {
		return err
	}
	page.Business = b.Name
	return s.public(w, r, http.StatusOK, src, view.SaidPage(page))
}

func (s *Service) showConfirm(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	src, err := s.Waiting(r.Context(), token)
	if err != nil {
		return err
	}
	t := ui.Words(r.Context())
	w.Header().Set("Referrer-Policy", "no-referrer")
	return s.say(w, r, store.LeadSource{}, view.Said{
		Title: src.Name, Text: t("Somebody wrote to us with this address of mail. Was it you?"), Action: confirmPath + token,
		Yes: t("Yes, that was me"), No: t("No. Do not write to me again"),
	})
}

func (s *Service) confirm(w http.ResponseWriter, r *http.Request) error {
	refuse := r.PostFormValue("answer") == "no"
	if !refuse && r.PostFormValue("answer") != "yes" {
		return &errs.Error{Kind: errs.Invalid, Message: "Press one of the two buttons."}
	}
	src, err := s.Confirm(r.Context(), r.PathValue("token"), refuse)
	if err != nil {
		return err
	}
	t := ui.Words(r.Context())
	page := view.Said{Title: t("Thank you"), Text: t("It is confirmed. We come back to you.")}
	if refuse {
		page = view.Said{Title: src.Name, Text: t("What was written is gone, and no mail of this kind comes to you again.")}
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	return s.say(w, r, store.LeadSource{}, page)
}
