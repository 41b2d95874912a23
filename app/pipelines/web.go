package pipelines

import (
	"net/http"
	"strconv"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/pipelines"
	"stead/views/ui"
)

const at = "/settings/pipelines"

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	read, write := web.Policy{Needs: access.SettingsRead}, web.Policy{Needs: access.SettingsWrite}
	rt.Handle("GET /settings/pipelines", read, s.showAll)
	rt.Handle("GET /settings/pipelines/new", write, s.showNew)
	rt.Handle("POST /settings/pipelines", write, s.create)
	rt.Handle("GET /settings/pipelines/{id}", read, s.showOne)
	rt.Handle("POST /settings/pipelines/{id}", write, s.save)
	rt.Handle("POST /settings/pipelines/{id}/place", write, s.move)
	rt.Handle("POST /settings/pipelines/{id}/deletion", write, s.remove)
	rt.Handle("GET /settings/pipelines/{id}/stages/new", write, s.showNewStage)
	rt.Handle("POST /settings/pipelines/{id}/stages", write, s.createStage)
	rt.Handle("GET /settings/stages/{id}", write, s.showStage)
	rt.Handle("POST /settings/stages/{id}", write, s.saveStage)
	rt.Handle("POST /settings/stages/{id}/place", write, s.moveStage)
	rt.Handle("POST /settings/stages/{id}/deletion", write, s.removeStage)
	rt.Handle("POST /settings/reasons", write, s.addReason)
	rt.Handle("POST /settings/reasons/{id}", write, s.saveReason)
	rt.Handle("POST /settings/reasons/{id}/deletion", write, s.dropReason)
}

func versionOf(r *http.Request) int64 {
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // none is never the current one
	return version
}

func (s *Service) showAll(w http.ResponseWriter, r *http.Request) error {
	return s.renderAll(w, r, http.StatusOK, "", "", "")
}

func (s *Service) renderAll(w http.ResponseWriter, r *http.Request, status int, kind, typed, problem string) error {
	page, err := s.page(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	for _, list := range []*view.Reasons{&page.Won, &page.Lost} {
		if list.Kind == kind {
			list.New.Value, list.New.Problem = typed, problem
		}
	}
	return web.Render(w, r, status, web.View{Title: "Pipelines", Nav: "settings", Body: view.PageOf(page)})
}

func (s *Service) showNew(w http.ResponseWriter, r *http.Request) error {
	in := Draft{Template: "sales"}
	if b, err := s.Store.Business(r.Context()); err == nil {
		in.Currency = b.Currency
	}
	return s.renderNew(w, r, http.StatusOK, in, nil)
}

func (s *Service) renderNew(w http.ResponseWriter, r *http.Request, status int, in Draft, problems map[string]string) error {
	form := s.formOf(in, problems)
	form.New, form.Action, form.Edits = true, at, true
	return web.Render(w, r, status, web.View{Title: "New pipeline", Nav: "settings", Body: view.FormPage(form)})
}

func draftFrom(r *http.Request) Draft {
	return Draft{Name: r.PostFormValue("name"), Currency: r.PostFormValue("currency"), Template: r.PostFormValue("template")}
}

func (s *Service) create(w http.ResponseWriter, r *http.Request) error {
	in := draftFrom(r)
	id, undoID, err := s.Create(r.Context(), web.Actor(r), in, web.FormKey(r))
	switch {
	case errs.KindOf(err) == errs.Invalid:
		return s.renderNew(w, r, http.StatusUnprocessableEntity, in, errs.Fields(err))
	case err != nil:
		return err
	}
	return s.Say.Done(w, r, at+"/"+id, "The pipeline was created.", undoID)
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Pipeline(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.renderOne(w, r, http.StatusOK, p, Draft{Name: p.Name, Currency: p.Currency}, nil, nil)
}

func (s *Service) renderOne(w http.ResponseWriter, r *http.Request, status int, p store.Pipeline, in Draft, problems map[string]string, saved []ui.Change) error {
	form := s.formOf(in, problems)
	form.Action, form.Version = at+"/"+p.ID, strconv.FormatInt(p.Version, 10)
	form.Edits = web.Actor(r).Has(access.SettingsWrite)
	form.Deletes, form.Stages, form.Saved = form.Edits, s.stagesOf(r.Context(), p), saved
	return web.Render(w, r, status, web.View{Title: p.Name, Nav: "settings", Body: view.FormPage(form)})
}

// save saves, or shows what somebody else saved meanwhile: 409 with both.
func (s *Service) save(w http.ResponseWriter, r *http.Request) error {
	id, in, actor := r.PathValue("id"), draftFrom(r), web.Actor(r)
	undoID, err := s.Change(r.Context(), actor, id, versionOf(r), in)
	if err == nil {
		return s.Say.Done(w, r, at+"/"+id, "The pipeline was saved.", undoID)
	}
	invalid := errs.KindOf(err) == errs.Invalid
	if !invalid && errs.CodeOf(err) != CodeChanged {
		return err
	}
	p, findErr := s.Pipeline(r.Context(), actor, id)
	if findErr != nil {
		return findErr
	}
	if invalid {
		p.Version = versionOf(r)
		return s.renderOne(w, r, http.StatusUnprocessableEntity, p, in, errs.Fields(err), nil)
	}
	return s.renderOne(w, r, http.StatusConflict, p, in, nil, ui.Changes([3]string{"Name", p.Name, in.Name}, [3]string{"Currency", p.Currency, in.Currency}))
}

func (s *Service) move(w http.ResponseWriter, r *http.Request) error {
	undoID, err := s.Move(r.Context(), web.Actor(r), r.PathValue("id"), r.PostFormValue("to") == "down")
	if err != nil {
		return err
	}
	return s.Say.Done(w, r, at, "The pipeline was moved.", undoID)
}

func (s *Service) remove(w http.ResponseWriter, r *http.Request) error {
	undoID, err := s.Delete(r.Context(), web.Actor(r), r.PathValue("id"), versionOf(r))
	if err != nil {
		return err
	}
	return s.Say.Done(w, r, at, "The pipeline was deleted.", undoID)
}

func (s *Service) addReason(w http.ResponseWriter, r *http.Request) error {
	return s.keepReason(w, r, "")
}

func (s *Service) saveReason(w http.ResponseWriter, r *http.Request) error {
	return s.keepReason(w, r, r.PathValue("id"))
}

func (s *Service) keepReason(w http.ResponseWriter, r *http.Request, id string) error {
	kind, name := r.PostFormValue("kind"), r.PostFormValue("reason")
	undoID, err := s.SaveReason(r.Context(), web.Actor(r), id, kind, name)
	switch {
	case errs.KindOf(err) == errs.Invalid:
		return s.renderAll(w, r, http.StatusUnprocessableEntity, kind, name, errs.Fields(err)["reason"])
	case err != nil:
		return err
	}
	return s.Say.Done(w, r, at+"#reasons-"+kind, "The reason was saved.", undoID)
}

func (s *Service) dropReason(w http.ResponseWriter, r *http.Request) error {
	undoID, err := s.DropReason(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.Say.Done(w, r, at, "The reason is no longer offered.", undoID)
}
