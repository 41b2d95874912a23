package companies

import (
	"net/http"
	"net/url"
	"strconv"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/mention"
	"stead/app/web"
	"stead/store"
	"stead/views/ui"
)

// noteRoutes registers what is done with the notes of a company.
func (s *Service) noteRoutes(rt *web.Router) {
	write := web.Policy{Needs: access.ContactsWrite}
	rt.Handle("POST /companies/{id}/notes", write, s.addNote)
	rt.Handle("GET /companies/{id}/notes/{note}/edit", write, s.showNote)
	rt.Handle("POST /companies/{id}/notes/{note}", write, s.saveNote)
	rt.Handle("POST /companies/{id}/notes/{note}/pin", write, s.pinNote)
}

// notesOf is the part of the card with the notes; in is what was refused.
func (s *Service) notesOf(r *http.Request, sh shower, id string, in ui.NoteTyped) (ui.Notes, error) {
	actor := web.Actor(r)
	notes, err := s.Notes(r.Context(), actor, id, r.URL.Query().Get("notes"))
	if err != nil {
		return ui.Notes{}, err
	}
	out := ui.Notes{Path: companyPath(id) + "/notes", May: notes.May, In: in}
	if notes.May {
		out.Colleagues = mention.Offered(actor, notes.People)
	}
	for _, n := range append(notes.Pinned, notes.Rows...) {
		out.Rows = append(out.Rows, sh.note(out.Path, n, notes))
	}
	if notes.Next != "" {
		out.Older = companyPath(id) + "?notes=" + url.QueryEscape(notes.Next) + "#notes"
	}
	return out, nil
}

func (sh shower) note(path string, n store.Note, of Notes) ui.NoteRow {
	out := ui.NoteRow{
		Words: mention.Mark(n.Body, of.People), By: of.People.Name(n.Author), At: sh.clock.When(sh.ctx, n.CreatedAt),
		Edited: n.UpdatedAt != 0, Pinned: n.PinnedAt != 0,
	}
	if of.May {
		at := path + "/" + url.PathEscape(n.ID)
		out.Pin, out.Edit = at+"/pin", at+"/edit"
	}
	return out
}

func (s *Service) addNote(w http.ResponseWriter, r *http.Request) error {
	id, body := r.PathValue("id"), r.PostFormValue("body")
	saved, err := s.AddNote(r.Context(), web.Actor(r), id, body, web.FormKey(r))
	if errs.KindOf(err) == errs.Invalid {
		return s.renderWith(w, r, http.StatusUnprocessableEntity, "", ui.NoteTyped{Body: body, Problem: errs.Fields(err)["body"]})
	}
	return s.afterNote(w, r, saved, err, "The note was saved.")
}

func (s *Service) afterNote(w http.ResponseWriter, r *http.Request, saved Saved, err error, sentence string) error {
	if err != nil {
		return err
	}
	return s.done(w, r, companyPath(r.PathValue("id"))+"#notes", sentence, saved.Undo)
}

func (s *Service) pinNote(w http.ResponseWriter, r *http.Request) error {
	saved, err := s.PinNote(r.Context(), web.Actor(r), r.PathValue("id"), r.PathValue("note"), r.PostFormValue("pinned") == "yes")
	return s.afterNote(w, r, saved, err, "The note was saved.")
}

func (s *Service) showNote(w http.ResponseWriter, r *http.Request) error {
	n, err := s.Note(r.Context(), web.Actor(r), r.PathValue("id"), r.PathValue("note"))
	if err != nil {
		return err
	}
	return renderNote(w, r, http.StatusOK, ui.NotePage{Version: strconv.FormatInt(n.Version, 10)}, n.Body, "")
}

// saveNote saves the words of a note, or deletes it.
func (s *Service) saveNote(w http.ResponseWriter, r *http.Request) error {
	id, note, actor, body := r.PathValue("id"), r.PathValue("note"), web.Actor(r), r.PostFormValue("body")
	if r.PostFormValue("delete") == "yes" {
		saved, err := s.DeleteNote(r.Context(), actor, id, note)
		return s.afterNote(w, r, saved, err, "The note is in the bin.")
	}
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // none is never the current one
	saved, err := s.EditNote(r.Context(), actor, id, note, body, version)
	page := ui.NotePage{Version: strconv.FormatInt(version, 10)}
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
	return s.afterNote(w, r, saved, err, "The note was saved.")
}

func renderNote(w http.ResponseWriter, r *http.Request, status int, p ui.NotePage, body, problem string) error {
	back := companyPath(r.PathValue("id"))
	p.Action, p.Back = back+"/notes/"+url.PathEscape(r.PathValue("note")), back+"#notes"
	p.Body = ui.Input{Name: "body", Label: "Note", Value: body, Problem: problem, Rows: 6}
	if problem != "" {
		p.Problems = []ui.Problem{{Field: "body", Text: problem}}
	}
	return web.Render(w, r, status, page("Edit note", ui.EditNote(p)))
}
