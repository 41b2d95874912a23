package team

import (
	"context"
	"net/http"
	"net/url"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/team"
	"stead/views/ui"
)

func (s *Service) showRemoval(w http.ResponseWriter, r *http.Request) error {
	return s.renderRemoval(w, r, http.StatusOK, Heirs{}, nil)
}

func (s *Service) removeMember(w http.ResponseWriter, r *http.Request) error {
	to := heirsOf(r.PostForm)
	err := s.Remove(r.Context(), web.Actor(r), r.PathValue("id"), to)
	if fields := refusal(err, ""); fields != nil {
		return s.renderRemoval(w, r, http.StatusUnprocessableEntity, to, fields)
	}
	if err != nil {
		return err
	}
	return s.said(w, r, teamAt, "Removed. Every sign-in of theirs has ended.")
}

func (s *Service) renderRemoval(w http.ResponseWriter, r *http.Request, status int, to Heirs, fields map[string]string) error {
	ctx, actor := r.Context(), web.Actor(r)
	e, err := s.Estate(ctx, actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	if e.User.ID == actor.ID {
		web.SeeOther(w, r, "/account/leave")
		return nil
	}
	if err := mayDealWith(ctx, &s.Store.Reader, actor, Place{e.User.Role, e.User.TeamID}); err != nil {
		return err
	}
	page := view.Removal{Path: teamAt + "/" + e.User.ID, Name: nameOf(e.User), Heirs: e.view(r, to, fields), Problems: heirProblems(fields)}
	return web.Render(w, r, status, web.View{Title: "Remove a colleague", Nav: "settings", Body: view.RemovalPage(page)})
}

// heirsOf reads who gets what.
func heirsOf(form url.Values) Heirs {
	var to Heirs
	for _, kind := range heirKinds {
		*kind.heir(&to) = form.Get(kind.field)
	}
	return to
}

func heirProblems(fields map[string]string, more ...string) []ui.Problem {
	order := []string{""}
	for _, kind := range heirKinds {
		order = append(order, kind.field)
	}
	return problemsOf(fields, append(order, more...)...)
}

// view asks who gets each kind of work; of what there is none nobody is asked.
func (e Estate) view(r *http.Request, to Heirs, fields map[string]string) []view.Heir {
	var out []view.Heir
	for _, kind := range heirKinds {
		n := int(kind.count(e.Work))
		if n == 0 {
			continue
		}
		options := []ui.Option{{Label: "Nobody: whoever comes first"}}
		for _, u := range *kind.list(&e) {
			options = append(options, ui.Option{Value: u.ID, Label: nameOf(u)})
		}
		hint := ui.Many(r.Context(), n, kind.one, kind.many)
		out = append(out, view.Heir{
			Input:   ui.Input{Name: kind.field, Label: kind.ask, Value: *kind.heir(&to), Hint: hint, Problem: fields[kind.field]},
			Options: options,
		})
	}
	return out
}

func (s *Service) showLeave(w http.ResponseWriter, r *http.Request) error {
	return s.renderLeave(w, r, http.StatusOK, "", Heirs{}, nil)
}

func (s *Service) leave(w http.ResponseWriter, r *http.Request) error {
	typed, to := r.PostFormValue("email"), heirsOf(r.PostForm)
	err := s.Leave(r.Context(), web.Actor(r), typed, to)
	if errs.CodeOf(err) == errLastOwner.Code {
		return s.renderLeave(w, r, http.StatusConflict, typed, to, nil)
	}
	if fields := refusal(err, ""); fields != nil {
		return s.renderLeave(w, r, http.StatusUnprocessableEntity, typed, to, fields)
	}
	if err != nil {
		return err
	}
	if err := s.Sessions.SignOut(r.Context()); err != nil {
		return err
	}
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	web.SeeOther(w, r, "/login?left")
	return nil
}

func (s *Service) renderLeave(w http.ResponseWriter, r *http.Request, status int, typed string, to Heirs, fields map[string]string) error {
	ctx, actor := r.Context(), web.Actor(r)
	u, err := s.Store.User(ctx, actor.ID)
	if err != nil {
		return err
	}
	e, err := s.estate(ctx, u)
	if err != nil {
		return err
	}
	page := view.Leave{
		Heirs: e.view(r, to, fields), Problems: heirProblems(fields, "email"), Closes: actor.Has(access.BusinessClose),
		Confirm: ui.Input{Name: "email", Label: "Type your email address to confirm", Type: "email", Value: typed, Autocomplete: "off", Mode: "email", Required: true, Max: 254, Problem: fields["email"]},
	}
	if page.Last, err = s.isLast(ctx, u); err != nil {
		return err
	}
	return web.Render(w, r, status, web.View{Title: "Delete my account", Nav: "account", Body: view.LeavePage(page)})
}

func (s *Service) isLast(ctx context.Context, u store.User) (bool, error) {
	if u.Role != access.RoleOwner {
		return false, nil
	}
	n, err := s.Store.OtherOwners(ctx, u.ID)
	return n == 0, err
}
