package team

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"stead/app/errs"
	"stead/app/web"
	view "stead/views/team"
)

// formWaits is how long a form waits for the proof of who sent it.
const formWaits = 10 * time.Minute

// waitingForm is what was typed, as it is sealed.
type waitingForm struct {
	At   int64      `json:"at"`
	Form url.Values `json:"form"`
}

var (
	errFormOver   = &errs.Error{Kind: errs.Conflict, Code: "form_over", Message: "This form waited too long, or it is not yours. Go back to where you began and send it again."}
	errFormLocked = &errs.Error{Kind: errs.Unavailable, Code: "locked", Message: "The vault was locked meanwhile. Unlock it, then send the form again."}
)

// formPlace binds a form to whose it is and where it goes.
func formPlace(r *http.Request) string {
	return "confirm|" + web.Actor(r).ID + "|" + r.Method + " " + r.URL.EscapedPath()
}

// sealForm is what goes along with the page of a confirmation: the form of a
// request in one sealed field. While the vault is locked its fields go as they
// are, but for those that may hold a secret: dropped tells that some were.
func (s *Service) sealForm(r *http.Request) (fields []view.Kept, dropped bool, err error) {
	if len(r.PostForm) == 0 {
		return nil, false, nil
	}
	if s.Vault.Locked() {
		fields, dropped = harmless(r.PostForm)
		return fields, dropped, nil
	}
	plain, err := json.Marshal(waitingForm{s.Now().UnixMilli(), r.PostForm})
	if err != nil {
		return nil, false, err
	}
	sealed, err := s.Vault.Seal("fields", formPlace(r), plain)
	return []view.Kept{{Name: web.SealedForm, Value: base64.RawURLEncoding.EncodeToString(sealed)}}, false, err
}

// openForm puts a form that waited in the place of the field that held it.
// errs.Conflict when it is too old, or was made for somebody or somewhere else.
func (s *Service) openForm(r *http.Request) error {
	if !r.PostForm.Has(web.SealedForm) {
		return nil
	}
	sealed, err := base64.RawURLEncoding.DecodeString(r.PostForm.Get(web.SealedForm))
	if err != nil {
		return errFormOver
	}
	plain, err := s.Vault.Unseal("fields", formPlace(r), sealed)
	if errs.CodeOf(err) == "locked" {
		return errFormLocked
	}
	var f waitingForm
	if err != nil || json.Unmarshal(plain, &f) != nil {
		return errFormOver
	}
	if gone := s.Now().UnixMilli() - f.At; gone < 0 || gone > formWaits.Milliseconds() {
		return errFormOver
	}
	r.PostForm, r.Form = f.Form, url.Values{}
	for name, values := range r.URL.Query() {
		r.Form[name] = values
	}
	for name, values := range f.Form {
		r.Form[name] = append(slices.Clone(values), r.Form[name]...)
	}
	return nil
}

// secretNames are parts of the names of fields that no page may hold.
var secretNames = []string{"token", "secret", "pass", "code", "recovery", "key", "ticket", "seed", "credential", "pin", "auth"}

// harmless lists what a form held, in a steady order, without what may be secret.
func harmless(form url.Values) (out []view.Kept, dropped bool) {
	for name, values := range form {
		lower := strings.ToLower(name)
		if slices.ContainsFunc(secretNames, func(part string) bool { return strings.Contains(lower, part) }) {
			dropped = true
			continue
		}
		for _, value := range values {
			out = append(out, view.Kept{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(out, func(a, b view.Kept) int { return strings.Compare(a.Name, b.Name) })
	return out, dropped
}
