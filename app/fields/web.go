package fields

import (
	"net/http"
	"strconv"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	view "stead/views/fields"
)

const (
	fieldsAt = "/settings/fields"
	tagsAt   = "/settings/tags"
)

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	read, write := web.Policy{Needs: access.SettingsRead}, web.Policy{Needs: access.SettingsWrite}
	rt.Handle("GET /settings/fields", read, s.showFields)
	rt.Handle("GET /settings/fields/new", write, s.showNew)
	rt.Handle("POST /settings/fields", write, s.create)
	rt.Handle("GET /settings/fields/{id}/edit", write, s.showEdit)
	rt.Handle("POST /settings/fields/{id}", write, s.save)
	rt.Handle("POST /settings/fields/{id}/place", write, s.move)
	rt.Handle("POST /settings/fields/{id}/deletion", write, s.remove)
	rt.Handle("POST /settings/fields/{id}/restoration", write, s.restore)
	rt.Handle("GET /settings/tags", read, s.showTags)
	rt.Handle("POST /settings/tags", write, s.createTag)
	rt.Handle("POST /settings/tags/{id}", write, s.saveTag)
	rt.Handle("POST /settings/tags/{id}/merge", write, s.mergeTag)
	rt.Handle("POST /settings/tags/{id}/deletion", write, s.removeTag)
	rt.Handle("POST /settings/tags/{id}/restoration", write, s.restoreTag)
}

func (s *Service) showFields(w http.ResponseWriter, r *http.Request) error {
	page, err := s.page(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Fields", Nav: "settings", Body: view.PageOf(page)})
}

func (s *Service) showNew(w http.ResponseWriter, r *http.Request) error {
	in := Draft{Record: "contact", Kind: "text", Personal: true}
	if of := r.URL.Query().Get("for"); of == "company" || of == "deal" {
		in.Record, in.Personal = of, false
	}
	if b, err := s.Store.Business(r.Context()); err == nil {
		in.Currency = b.Currency
	}
	return s.renderNew(w, r, http.StatusOK, in, nil)
}

func (s *Service) create(w http.ResponseWriter, r *http.Request) error {
	in := draftFrom(r)
	_, undoID, err := s.Create(r.Context(), web.Actor(r), in, web.FormKey(r))
	switch {
	case errs.KindOf(err) == errs.Invalid:
		return s.renderNew(w, r, http.StatusUnprocessableEntity, in, errs.Fields(err))
	case err != nil:
		return err
	}
	return s.Say.Done(w, r, fieldsAt, "The field was created.", undoID)
}

func (s *Service) renderNew(w http.ResponseWriter, r *http.Request, status int, in Draft, problems map[string]string) error {
	form := s.formOf(in, problems)
	form.New, form.Action = true, fieldsAt
	return web.Render(w, r, status, web.View{Title: "New field", Nav: "settings", Body: view.FormPage(form)})
}

func (s *Service) showEdit(w http.ResponseWriter, r *http.Request) error {
	in, version, used, err := s.Form(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	form := s.formOf(in, nil)
	form.Used = used
	return s.renderEdit(w, r, http.StatusOK, version, form)
}

// save saves, or shows what somebody else saved meanwhile: 409 with both.
func (s *Service) save(w http.ResponseWriter, r *http.Request) error {
	id, in, actor := r.PathValue("id"), draftFrom(r), web.Actor(r)
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // none is never the current one
	undoID, err := s.Change(r.Context(), actor, id, version, in)
	if err == nil {
		return s.Say.Done(w, r, fieldsAt, "The field was saved.", undoID)
	}
	invalid := errs.KindOf(err) == errs.Invalid
	if !invalid && errs.CodeOf(err) != CodeChanged {
		return err
	}
	theirs, current, used, formErr := s.Form(r.Context(), actor, id)
	if formErr != nil {
		return formErr
	}
	form := s.formOf(in, errs.Fields(err))
	form.Used = used
	if invalid {
		return s.renderEdit(w, r, http.StatusUnprocessableEntity, version, form)
	}
	form.Saved = changes(theirs, in)
	if len(form.Saved) == 0 { // they saved the same
		return s.Say.Done(w, r, fieldsAt, "", "")
	}
	return s.renderEdit(w, r, http.StatusConflict, current, form)
}

func (s *Service) renderEdit(w http.ResponseWriter, r *http.Request, status int, version int64, form view.Form) error {
	form.Action, form.Version = fieldsAt+"/"+r.PathValue("id"), strconv.FormatInt(version, 10)
	return web.Render(w, r, status, web.View{Title: "Change field", Nav: "settings", Body: view.FormPage(form)})
}

func (s *Service) move(w http.ResponseWriter, r *http.Request) error {
	undoID, err := s.Move(r.Context(), web.Actor(r), r.PathValue("id"), r.PostFormValue("to") == "down")
	if err != nil {
		return err
	}
	return s.Say.Done(w, r, fieldsAt, "The field was moved.", undoID)
}

func (s *Service) remove(w http.ResponseWriter, r *http.Request) error {
	undoID, err := s.Delete(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.Say.Done(w, r, fieldsAt, "The field is in the bin.", undoID)
}

func (s *Service) restore(w http.ResponseWriter, r *http.Request) error {
	undoID, err := s.Restore(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.Say.Done(w, r, fieldsAt, "The field is back.", undoID)
}
