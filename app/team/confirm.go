package team

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/team"
)

// The fields in which a person proves who they are, on the page of step-up.
const (
	confirmPassword = "confirm_password"
	confirmCode     = "confirm_code"
)

// confirm is web.Router.Confirm: it has a person prove once more who they are
// before what matters most. A form comes back sealed with all that was typed, so
// that nothing is lost and nothing of it stands in a page; it goes on in the same
// request when the proof came with it.
func (s *Service) confirm(w http.ResponseWriter, r *http.Request) (bool, error) {
	if r.Method != http.MethodPost {
		web.SeeOther(w, r, "/confirm?next="+url.QueryEscape(web.SafeNext(r.URL.EscapedPath(), "/")))
		return false, nil
	}
	proof := url.Values{}
	for _, field := range []string{confirmPassword, confirmCode} {
		if r.PostForm.Has(field) {
			proof[field] = r.PostForm[field]
		}
		r.PostForm.Del(field)
		r.Form.Del(field)
	}
	if err := s.openForm(r); err != nil {
		return false, err
	}
	if web.IsFresh(r.Context(), s.Sessions) { // proved meanwhile, in another window
		return true, nil
	}
	page, err := s.confirmPage(r.Context(), web.Actor(r).ID)
	if err != nil {
		return false, err
	}
	page.Action, page.Next = r.URL.RequestURI(), cameFrom(r)
	if page.Kept, page.Dropped, err = s.sealForm(r); err != nil {
		return false, err
	}
	if len(proof) == 0 {
		return false, s.renderConfirm(w, r, http.StatusUnauthorized, page)
	}
	return s.proveHere(w, r, proof, &page)
}

// proveHere checks the proof that came with a request and notes it in the
// session. It answers, and returns false, when it is not right.
func (s *Service) proveHere(w http.ResponseWriter, r *http.Request, proof url.Values, page *view.Confirm) (bool, error) {
	err := s.proveAgain(r.Context(), web.Actor(r).ID, proof)
	var refused *web.StatusError
	switch {
	case errors.As(err, &refused):
		page.Wait = refused.Message
		web.RetryAfter(w, refused.RetryAfter)
		return false, s.renderConfirm(w, r, refused.Status, *page)
	case errs.KindOf(err) == errs.Unavailable:
		page.Wait = errs.Message(err)
		return false, s.renderConfirm(w, r, http.StatusServiceUnavailable, *page)
	case errs.KindOf(err) == errs.Invalid:
		page.Problem, page.AtCode = errs.Message(err), !errors.Is(err, errNotYours)
		return false, s.renderConfirm(w, r, http.StatusUnprocessableEntity, *page)
	case err != nil:
		return false, err
	}
	return true, s.Sessions.Prove(r.Context())
}

var errNotYours = &errs.Error{Kind: errs.Invalid, Code: "wrong_password", Message: "This is not your password."}

// proveAgain checks the password of somebody who is signed in, or the code of
// somebody who has none. Tries are counted apart from those at signing in.
func (s *Service) proveAgain(ctx context.Context, userID string, form url.Values) error {
	u, err := s.Store.User(ctx, userID)
	if err != nil {
		return err
	}
	if u.PasswordHash == "" {
		return s.proveFactor(ctx, u, form.Get(confirmCode))
	}
	if err := s.provePassword(ctx, u, form.Get(confirmPassword)); err != nil {
		return err
	}
	both, err := s.asksBoth(ctx, u)
	if err != nil || !both {
		return err
	}
	return s.proveFactor(ctx, u, form.Get(confirmCode))
}

// asksBoth tells that a password alone is too little: the browser stays signed
// in, so nobody gave it the second factor that the person has.
func (s *Service) asksBoth(ctx context.Context, u store.User) (bool, error) {
	if web.Method(ctx) != "remembered" {
		return false, nil
	}
	return s.Store.HasSecondFactor(ctx, u.ID)
}

// provePassword checks a password of somebody who is signed in: errs.Invalid
// when it is not theirs.
func (s *Service) provePassword(ctx context.Context, u store.User, password string) error {
	keys, err := s.ownKeys(ctx, "password", u.ID)
	if err != nil {
		return err
	}
	at, err := s.hasher.place(ctx, false)
	if err != nil {
		return err
	}
	defer at.leave()
	giveBack, err := s.take(ctx, keys)
	if err != nil {
		return err
	}
	if len(password) > passwordMax {
		password = ""
	}
	match, _, err := s.hasher.check(ctx, at, password, u.PasswordHash)
	switch {
	case err != nil:
		return errors.Join(err, giveBack(ctx))
	case !match:
		if err := s.refuse(ctx, u, keys, false); err != nil {
			return err
		}
		return errNotYours
	}
	return s.Store.InTx(ctx, func(tx *store.Tx) error { return forgetTries(ctx, tx, keys) })
}

func (s *Service) confirmPage(ctx context.Context, userID string) (view.Confirm, error) {
	u, err := s.Store.User(ctx, userID)
	if err != nil {
		return view.Confirm{}, err
	}
	page := view.Confirm{Password: u.PasswordHash != "", Email: u.Email}
	if page.Code, err = s.Store.HasSecondFactor(ctx, userID); err != nil {
		return page, err
	}
	if page.Both, err = s.asksBoth(ctx, u); err != nil {
		return page, err
	}
	page.Elsewhere, err = s.confirmsElsewhere(ctx, u)
	return page, err
}

// renderConfirm asks for the proof in a whole page, also where htmx waits for a
// part of one.
func (s *Service) renderConfirm(w http.ResponseWriter, r *http.Request, status int, page view.Confirm) error {
	if web.Partial(r) {
		w.Header().Set("HX-Retarget", "#main")
		w.Header().Set("HX-Reswap", "innerHTML show:window:top")
	}
	title := "Confirm it is you"
	if page.Problem != "" {
		title = "Error: Confirm it is you"
	}
	return web.Render(w, r, status, web.View{Title: title, Nav: "settings", Body: view.ConfirmPage(page)})
}

func (s *Service) showConfirm(w http.ResponseWriter, r *http.Request) error {
	next := web.SafeNext(r.URL.Query().Get("next"), "/")
	if web.IsFresh(r.Context(), s.Sessions) {
		web.SeeOther(w, r, next)
		return nil
	}
	page, err := s.confirmPage(r.Context(), web.Actor(r).ID)
	if err != nil {
		return err
	}
	page.Action, page.Kept, page.Next = "/confirm", []view.Kept{{Name: "next", Value: next}}, next
	return s.renderConfirm(w, r, http.StatusOK, page)
}

func (s *Service) doConfirm(w http.ResponseWriter, r *http.Request) error {
	next := web.SafeNext(r.PostFormValue("next"), "/")
	page, err := s.confirmPage(r.Context(), web.Actor(r).ID)
	if err != nil {
		return err
	}
	page.Action, page.Kept, page.Next = "/confirm", []view.Kept{{Name: "next", Value: next}}, next
	if ok, err := s.proveHere(w, r, r.PostForm, &page); err != nil || !ok {
		return err
	}
	web.SeeOther(w, r, next)
	return nil
}
