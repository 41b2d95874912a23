package settings

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/port"
	"stead/app/vault"
	"stead/app/web"
	"stead/store"
	view "stead/views/settings"
	"stead/views/ui"
)

// signIn is what the page shows beside what is stored.
type signIn struct {
	typed  *SignIn           // what was typed, when it was refused
	fields map[string]string // what is wrong with it
	whole  string            // what is wrong with none of the fields
	tested string            // key of the provider whose test failed
	failed string            // the code of that
	done   string
}

func (s *Service) signInRoutes(rt *web.Router) {
	write := web.Policy{Needs: access.ChannelsWrite, Fresh: true}
	rt.Handle("GET /settings/sign-in", web.Policy{Needs: access.SettingsRead}, s.showSignIn)
	rt.Handle("POST /settings/sign-in", write, s.connectSignIn)
	rt.Handle("POST /settings/sign-in/tests", write, s.testSignIn)
	rt.Handle("POST /settings/sign-in/removal", write, s.removeSignIn)
}

func (s *Service) showSignIn(w http.ResponseWriter, r *http.Request) error {
	return s.renderSignIn(w, r, http.StatusOK, signIn{})
}

func (s *Service) connectSignIn(w http.ResponseWriter, r *http.Request) error {
	in := SignIn{
		Key: r.PostFormValue("provider"), Name: r.PostFormValue("name"), Issuer: r.PostFormValue("issuer"),
		ClientID: r.PostFormValue("client_id"), Secret: vault.Secret(strings.TrimSpace(r.PostFormValue("secret"))),
	}
	defer clear(in.Secret)
	err := s.ConnectSignIn(r.Context(), web.Actor(r), in)
	switch errs.KindOf(err) {
	case errs.Invalid:
		return s.renderSignIn(w, r, http.StatusUnprocessableEntity, signIn{typed: &in, fields: errs.Fields(err), whole: wholeOf(err)})
	case errs.Unavailable:
		return s.renderSignIn(w, r, http.StatusUnprocessableEntity, signIn{typed: &in, whole: errs.Message(err)})
	default: // a fault, or nil
	}
	if err != nil {
		return err
	}
	return s.signInDone(w, r, "People can sign in with this provider. Each connects an account first, under Your account.")
}

func (s *Service) testSignIn(w http.ResponseWriter, r *http.Request) error {
	key := r.PostFormValue("provider")
	err := s.TestSignIn(r.Context(), web.Actor(r), key)
	if errs.KindOf(err) == errs.Unavailable {
		return s.renderSignIn(w, r, http.StatusUnprocessableEntity, signIn{tested: key, failed: errs.CodeOf(err)})
	}
	if err != nil {
		return err
	}
	return s.signInDone(w, r, "The provider answers and calls itself as it should. Whether it takes the client's ID and secret shows at the first sign-in.")
}

func (s *Service) removeSignIn(w http.ResponseWriter, r *http.Request) error {
	if err := s.RemoveSignIn(r.Context(), web.Actor(r), r.PostFormValue("provider")); err != nil {
		return err
	}
	return s.signInDone(w, r, "The provider is removed and its secret destroyed.")
}

func (s *Service) signInDone(w http.ResponseWriter, r *http.Request, sentence string) error {
	return s.accepted(w, r, "/settings/sign-in", sentence, func() error {
		return s.renderSignIn(w, r, http.StatusOK, signIn{done: sentence})
	})
}

func (s *Service) renderSignIn(w http.ResponseWriter, r *http.Request, status int, c signIn) error {
	page, err := s.signInView(r.Context(), web.Actor(r), c)
	if err != nil {
		return err
	}
	return render(w, r, status, "Sign-in", web.View{Body: view.SignInPage(page)}, web.View{Body: view.SignInPanel(page)})
}

// signInView is the only place that knows both the providers and their page.
func (s *Service) signInView(ctx context.Context, actor access.Actor, c signIn) (view.SignIn, error) {
	if err := mayRead(actor); err != nil {
		return view.SignIn{}, err
	}
	list, err := s.Store.SignInProviders(ctx)
	if err != nil {
		return view.SignIn{}, err
	}
	use, err := s.Store.IssuersInUse(ctx)
	if err != nil {
		return view.SignIn{}, err
	}
	page := view.SignIn{
		Redirect: strings.TrimRight(s.URL, "/") + "/login/oidc/callback", May: actor.Has(access.ChannelsWrite), Done: c.done,
		Plain: strings.HasPrefix(s.URL, "http://") && !local(s.URL),
	}
	if c.whole != "" {
		page.Problems = append(page.Problems, ui.Problem{Text: c.whole})
	}
	for _, p := range list {
		row, err := s.providerView(ctx, p, use, c)
		if err != nil {
			return page, err
		}
		page.Rows = append(page.Rows, row)
	}
	page.Google, page.Other = newForms(list, c)
	for _, f := range page.Forms() {
		page.Problems = append(page.Problems, problemsOf(f)...)
	}
	return page, nil
}

// newForms are the forms of what is not set up yet; nil where there is no room.
func newForms(list []store.SignInProvider, c signIn) (google, other *view.SignInForm) {
	const hint = "It goes into the vault and is never shown again."
	others := 0
	for _, p := range list {
		if p.Issuer != Google {
			others++
		}
	}
	if len(list) == others {
		form := signInForm(SignIn{Name: "Google", Issuer: Google}, hint, c)
		google = &form
	}
	if others < maxIssuers {
		form := signInForm(SignIn{}, hint, c)
		other = &form
	}
	return google, other
}

func (s *Service) providerView(ctx context.Context, p store.SignInProvider, use []store.IssuerUse, c signIn) (view.SignInProvider, error) {
	row := view.SignInProvider{Key: p.Key, Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID}
	row.Form = signInForm(SignIn{Key: p.Key, Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID}, "Leave this empty to keep the one in the vault.", c)
	if c.tested == p.Key && c.failed != "" {
		row.Trouble = inWords(SignInTroubleOf(c.failed))
		row.Trouble.Bad, row.Trouble.Href = true, ""
	}
	if i := slices.IndexFunc(use, func(u store.IssuerUse) bool { return u.Issuer == p.Issuer }); i >= 0 {
		row.People, row.NoOther = int(use[i].People), int(use[i].NoOther)
	}
	states, err := s.Store.CredentialStates(ctx, port.Issuer{Key: p.Key}.VaultName())
	if err == nil && len(states) == 1 {
		row.Last4 = states[0].Last4
	}
	return row, err
}

// signInForm is the form of one provider. What was typed comes back in the form
// in which it was, but for the secret.
func signInForm(in SignIn, secretHint string, c signIn) view.SignInForm {
	google := in.Issuer == Google
	mine := c.typed != nil && c.typed.Key == in.Key && (in.Key != "" || google == (c.typed.Issuer == Google))
	id := in.Key
	switch {
	case id != "":
	case google:
		id = "google"
	default:
		id = "other"
	}
	var fields map[string]string
	if mine {
		in, fields = *c.typed, c.fields
	}
	field := func(name, label, value, hint string) ui.Input {
		return ui.Input{Name: name, ID: name + "-" + id, Label: label, Value: value, Hint: hint, Problem: fields[name], Autocomplete: "off", Required: true, Max: 255}
	}
	form := view.SignInForm{
		ID: id, Key: in.Key, Google: google, Open: mine,
		Name:   field("name", "Name on the button", in.Name, ""),
		Issuer: field("issuer", "Issuer", in.Issuer, "The address by which the provider calls itself."),
		Client: field("client_id", "Client ID", in.ClientID, ""),
		Secret: field("secret", "Client secret", "", secretHint),
	}
	form.Name.Max, form.Secret.Type, form.Secret.Required = 40, "password", in.Key == ""
	if google {
		form.Client.Problem = first(form.Client.Problem, form.Issuer.Problem, form.Name.Problem)
	}
	return form
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func problemsOf(f view.SignInForm) []ui.Problem {
	inputs := []ui.Input{f.Name, f.Issuer, f.Client, f.Secret}
	if f.Google {
		inputs = inputs[2:]
	}
	var out []ui.Problem
	for _, in := range inputs {
		if in.Problem != "" {
			out = append(out, ui.Problem{Field: in.ID, Text: in.Problem})
		}
	}
	return out
}
