package contacts

import (
	"net/http"
	"strconv"

	"stead/app/errs"
	"stead/app/web"
	view "stead/views/contacts"
	"stead/views/ui"
)

func (s *Service) addNote(w http.ResponseWriter, r *http.Request) error {
	id, body := r.PathValue("id"), r.PostFormValue("body")
	saved, err := s.AddNote(r.Context(), web.Actor(r), id, body, web.FormKey(r))
	if errs.KindOf(err) == errs.Invalid {
		in := typed{note: body, noteProblem: errs.Fields(err)["body"]}
		if web.Partial(r) {
			return s.renderActivity(w, r, http.StatusUnprocessableEntity, Place{}, in, nil)
		}
		return s.renderCard(w, r, http.StatusUnprocessableEntity, Place{}, in)
	}
	return s.afterNote(w, r, saved, err)
}

// afterNote shows what happened, with the note as it is now.
func (s *Service) afterNote(w http.ResponseWriter, r *http.Request, saved Saved, err error) error {
	switch {
	case err != nil:
		return err
	case web.Partial(r):
		return s.renderActivity(w, r, http.StatusOK, Place{}, typed{}, &saved)
	}
	s.flashUndo(r, "Saved.", saved)
	web.SeeOther(w, r, contactPath(r.PathValue("id"))+"#activity")
	return nil
}

func (s *Service) pinNote(w http.ResponseWriter, r *http.Request) error {
	saved, err := s.PinNote(r.Context(), web.Actor(r), r.PathValue("id"), r.PathValue("note"), r.PostFormValue("pinned") == "yes")
	return s.afterNote(w, r, saved, err)
}

func (s *Service) showNote(w http.ResponseWriter, r *http.Request) error {
	n, err := s.Note(r.Context(), web.Actor(r), r.PathValue("id"), r.PathValue("note"))
	if err != nil {
		return err
	}
	return renderNote(w, r, http.StatusOK, view.NotePage{Version: strconv.FormatInt(n.Version, 10)}, n.Body, "")
}

// saveNote saves the words of a note, or deletes it.
func (s *Service) saveNote(w http.ResponseWriter, r *http.Request) error {
	id, note, actor, body := r.PathValue("id"), r.PathValue("note"), web.Actor(r), r.PostFormValue("body")
	if r.PostFormValue("delete") == "yes" {
		saved, err := s.DeleteNote(r.Context(), actor, id, note)
		if err != nil {
			return err
		}
		s.flashUndo(r, "Note deleted.", saved)
		web.SeeOther(w, r, contactPath(id)+"#activity")
		return nil
	}
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // none is never the current one
	saved, err := s.EditNote(r.Context(), actor, id, note, body, version)
	page := view.NotePage{Version: strconv.FormatInt(version, 10)}
	switch {
	case errs.KindOf(err) == errs.Invalid:
		return renderNote(w, r, http.StatusUnprocessableEntity, page, body, errs.Fields(err)["body"])
	case errs.CodeOf(err) == CodeChanged:
		now, err := s.Note(r.Context(), actor, id, note)
		if err != nil {
			return err
		}
		page.Version, page.Theirs = strconv.FormatInt(now.Version, 10), now.Body
		return renderNote(w, r, http.StatusConflict, page, body, "")
	}
	return s.afterNote(w, r, saved, err)
}

func renderNote(w http.ResponseWriter, r *http.Request, status int, page view.NotePage, body, problem string) error {
	back := contactPath(r.PathValue("id"))
	page.Action, page.Back = back+"/notes/"+r.PathValue("note"), back+"#activity"
	page.Body = ui.Input{Name: "body", Label: "Note", Value: body, Problem: problem, Rows: 6}
	if problem != "" {
		page.Problems = []ui.Problem{{Field: "body", Text: problem}}
	}
	return web.Render(w, r, status, web.View{Title: "Edit note", Nav: "contacts", Body: view.EditNote(page)})
}
