package notes

import (
	"net/http"
	"net/url"
	"strconv"

	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	"stead/views/ui"
)

// Pages are the pages on which the notes of one kind of record are written.
type Pages struct {
	Book
	Path func(id string) string // of a record
	Part string                 // where on its page its notes stand: "#notes"
	Nav  string
	// Refused shows the page of the record with what was typed and refused.
	Refused func(w http.ResponseWriter, r *http.Request, in ui.NoteTyped) error
	// Done shows what happened, and offers to take it back.
	Done func(w http.ResponseWriter, r *http.Request, sentence string, saved Saved) error
}

// Routes registers the pages below that of a record, whose address has its {id}.
func (p Pages) Routes(rt *web.Router, record string, write web.Policy) {
	rt.Handle("POST "+record+"/notes", write, p.add)
	rt.Handle("GET "+record+"/notes/{note}/edit", write, p.edit)
	rt.Handle("POST "+record+"/notes/{note}", write, p.save)
	rt.Handle("POST "+record+"/notes/{note}/pin", write, p.pin)
}

func (p Pages) add(w http.ResponseWriter, r *http.Request) error {
	body := r.PostFormValue("body")
	saved, err := p.AddNote(r.Context(), web.Actor(r), r.PathValue("id"), body, web.FormKey(r))
	if errs.KindOf(err) == errs.Invalid {
		return p.Refused(w, r, ui.NoteTyped{Body: body, Problem: errs.Fields(err)["body"]})
	}
	return p.done(w, r, "The note was saved.", saved, err)
}

func (p Pages) done(w http.ResponseWriter, r *http.Request, sentence string, saved Saved, err error) error {
	if err != nil {
		return err
	}
	return p.Done(w, r, sentence, saved)
}

func (p Pages) pin(w http.ResponseWriter, r *http.Request) error {
	saved, err := p.PinNote(r.Context(), web.Actor(r), r.PathValue("id"), r.PathValue("note"), r.PostFormValue("pinned") == "yes")
	return p.done(w, r, "The note was saved.", saved, err)
}

func (p Pages) edit(w http.ResponseWriter, r *http.Request) error {
	n, err := p.Note(r.Context(), web.Actor(r), r.PathValue("id"), r.PathValue("note"))
	if err != nil {
		return err
	}
	return p.render(w, r, http.StatusOK, form{note: n, body: n.Body})
}

// save saves the words of a note, or deletes it.
func (p Pages) save(w http.ResponseWriter, r *http.Request) error {
	id, note, actor, body := r.PathValue("id"), r.PathValue("note"), web.Actor(r), r.PostFormValue("body")
	if r.PostFormValue("delete") == "yes" {
		saved, err := p.DeleteNote(r.Context(), actor, id, note)
		return p.done(w, r, "The note is in the bin.", saved, err)
	}
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // none is never the current one
	saved, err := p.EditNote(r.Context(), actor, id, note, body, version)
	switch {
	case errs.KindOf(err) == errs.Invalid:
		f := form{note: store.Note{Version: version}, body: body, problem: errs.Fields(err)["body"]}
		return p.render(w, r, http.StatusUnprocessableEntity, f)
	case errs.CodeOf(err) == CodeChanged:
		now, err := p.Note(r.Context(), actor, id, note)
		if err != nil {
			return err
		}
		return p.render(w, r, http.StatusConflict, form{note: now, body: body, theirs: now.Body})
	}
	return p.done(w, r, "The note was saved.", saved, err)
}

// form is a note that is being edited: which version, what is typed, what is wrong
// with it, and what somebody else saved meanwhile.
type form struct {
	note                  store.Note
	body, problem, theirs string
}

func (p Pages) render(w http.ResponseWriter, r *http.Request, status int, f form) error {
	record := p.Path(r.PathValue("id"))
	v := ui.NotePage{
		Action: record + "/notes/" + url.PathEscape(r.PathValue("note")), Back: record + p.Part,
		Version: strconv.FormatInt(f.note.Version, 10), Theirs: f.theirs,
		Body: ui.Input{Name: "body", Label: "Note", Value: f.body, Problem: f.problem, Rows: 6},
	}
	if f.problem != "" {
		v.Problems = []ui.Problem{{Field: "body", Text: f.problem}}
	}
	return web.Render(w, r, status, web.View{Title: "Edit note", Nav: p.Nav, Body: ui.EditNote(v)})
}
