package roles

import (
	"net/http"
	"strconv"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	view "stead/views/roles"
	"stead/views/ui"
)

// Routes registers the pages of the capability.
func (s *Service) Routes(rt *web.Router) {
	read := web.Policy{Needs: access.TeamRead}
	form, write := web.Policy{Needs: access.RolesWrite}, web.Policy{Needs: access.RolesWrite, Fresh: true}
	teams := web.Policy{Needs: access.TeamWrite, Fresh: true}
	rt.Handle("GET /settings/roles", read, s.showRoles)
	rt.Handle("GET /settings/roles/new", form, s.showNew)
	rt.Handle("POST /settings/roles", write, s.create)
	rt.Handle("POST /settings/roles/second-factor", write, s.requireSecondFactor)
	rt.Handle("GET /settings/roles/{id}/edit", form, s.showEdit)
	rt.Handle("POST /settings/roles/{id}", write, s.save)
	rt.Handle("POST /settings/roles/{id}/deletion", write, s.remove)
	rt.Handle("GET /settings/teams", read, s.showTeams)
	rt.Handle("POST /settings/teams", teams, s.createTeam)
	rt.Handle("POST /settings/teams/{id}", teams, s.renameTeam)
	rt.Handle("POST /settings/teams/{id}/deletion", teams, s.deleteTeam)
}

const rolesAt = "/settings/roles"

func (s *Service) showRoles(w http.ResponseWriter, r *http.Request) error {
	actor := web.Actor(r)
	list, err := s.List(r.Context(), actor)
	if err != nil {
		return err
	}
	routes, err := s.Needs(actor)
	if err != nil {
		return err
	}
	page := view.Page{Edits: actor.Has(access.RolesWrite), Matrix: matrix(list), Needs: needs(routes)}
	for _, e := range list {
		row := view.Role{
			ID: e.ID, Name: e.Name, About: e.About, People: e.People, SecondFactor: e.SecondFactor,
			Mine: e.Mine, Own: e.Own, Offered: page.Edits && e.Covered,
		}
		if page.Edits && e.Covered && !e.Own && !e.Mine {
			row.Edit = editPath(e.ID)
		}
		page.Roles = append(page.Roles, row)
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "Roles", Nav: "settings", Body: view.PageOf(page)})
}

// done leads back to a page that says what happened.
func (s *Service) done(w http.ResponseWriter, r *http.Request, path, sentence string) error {
	s.Say.Once(r.Context(), sentence, "")
	web.SeeOther(w, r, path)
	return nil
}

func editPath(id string) string { return rolesAt + "/" + id + "/edit" }

func (s *Service) showNew(w http.ResponseWriter, r *http.Request) error {
	from := r.URL.Query().Get("from")
	in, err := s.Start(r.Context(), web.Actor(r), from)
	if err != nil {
		return err
	}
	return s.renderNew(w, r, http.StatusOK, in, from, nil)
}

func (s *Service) create(w http.ResponseWriter, r *http.Request) error {
	in := draftFrom(r)
	_, err := s.Create(r.Context(), web.Actor(r), in, web.FormKey(r))
	switch {
	case errs.KindOf(err) == errs.Invalid:
		return s.renderNew(w, r, http.StatusUnprocessableEntity, in, "", errs.Fields(err))
	case err != nil:
		return err
	}
	return s.done(w, r, rolesAt, "The role was created.")
}

func (s *Service) renderNew(w http.ResponseWriter, r *http.Request, status int, in Draft, from string, fields map[string]string) error {
	all, err := access.Roles(r.Context(), &s.Store.Reader)
	if err != nil {
		return err
	}
	form := formOf(web.Actor(r), in, fields)
	form.New, form.Action = true, rolesAt
	form.From = ui.Input{Name: "from", Label: "Start from a role", Value: from}
	form.Starts = []ui.Option{{Label: "Nothing"}}
	for _, role := range all {
		form.Starts = append(form.Starts, ui.Option{Value: role.ID, Label: role.Name})
	}
	return web.Render(w, r, status, web.View{Title: "New role", Nav: "settings", Body: view.FormPage(form)})
}

func (s *Service) showEdit(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	in, version, err := s.Form(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	return s.renderEdit(w, r, http.StatusOK, id, version, formOf(web.Actor(r), in, nil))
}

// save saves, or shows what somebody else saved meanwhile: 409 with both.
func (s *Service) save(w http.ResponseWriter, r *http.Request) error {
	id, in, actor := r.PathValue("id"), draftFrom(r), web.Actor(r)
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // none is never the current one
	err := s.Change(r.Context(), actor, id, version, in)
	switch {
	case err == nil:
		return s.done(w, r, rolesAt, "The role was saved. It holds at once.")
	case errs.KindOf(err) == errs.Invalid:
		if _, _, err := s.Form(r.Context(), actor, id); err != nil { // not theirs to see, whatever they typed
			return err
		}
		return s.renderEdit(w, r, http.StatusUnprocessableEntity, id, version, formOf(actor, in, errs.Fields(err)))
	case errs.CodeOf(err) != CodeChanged:
		return err
	}
	theirs, current, err := s.Form(r.Context(), actor, id)
	if err != nil {
		return err
	}
	form := formOf(actor, in, nil)
	if form.Saved = changes(theirs, in); len(form.Saved) == 0 { // they saved the same
		return s.done(w, r, rolesAt, "The role was saved. It holds at once.")
	}
	return s.renderEdit(w, r, http.StatusConflict, id, current, form)
}

func (s *Service) remove(w http.ResponseWriter, r *http.Request) error {
	id, actor := r.PathValue("id"), web.Actor(r)
	err := s.Delete(r.Context(), actor, id)
	if err == nil {
		return s.done(w, r, rolesAt, "The role was deleted.")
	}
	if errs.CodeOf(err) != CodeHeld {
		return err
	}
	in, version, err := s.Form(r.Context(), actor, id)
	if err != nil {
		return err
	}
	form := formOf(actor, in, nil)
	form.Deletion.Refused = true
	return s.renderEdit(w, r, http.StatusConflict, id, version, form)
}

func (s *Service) renderEdit(w http.ResponseWriter, r *http.Request, status int, id string, version int64, form view.Form) error {
	holders, err := s.Store.RoleHolders(r.Context(), id)
	if err != nil {
		return err
	}
	row, err := s.Store.Role(r.Context(), id)
	if err != nil {
		return err
	}
	form.Title, form.Action, form.Version = row.Name, rolesAt+"/"+id, strconv.FormatInt(version, 10)
	form.Deletion.Action = form.Action + "/deletion"
	for _, h := range holders {
		form.Deletion.Holders = append(form.Deletion.Holders, view.Holder{Name: h.Name, Invited: h.UserID == ""})
	}
	return web.Render(w, r, status, web.View{Title: "Edit role", Nav: "settings", Body: view.FormPage(form)})
}

func (s *Service) requireSecondFactor(w http.ResponseWriter, r *http.Request) error {
	if err := s.RequireSecondFactor(r.Context(), web.Actor(r), r.PostForm["offered"], r.PostForm["required"]); err != nil {
		return err
	}
	return s.done(w, r, rolesAt, "Second factors were saved.")
}
