package contacts

import (
	"net/http"
	"strconv"

	"stead/app/errs"
	"stead/app/people"
	"stead/app/web"
	"stead/store"
	view "stead/views/contacts"
	"stead/views/ui"
)

// showNew asks for a new contact. What was typed into the box on the list comes
// along by POST, see quickNew.
func (s *Service) showNew(w http.ResponseWriter, r *http.Request) error {
	form, err := s.newForm(r, people.Draft{}, nil)
	if err != nil {
		return err
	}
	return renderForm(w, r, http.StatusOK, form)
}

// quickNew takes the one box for a name, a number or an address of mail into the
// form, beside whoever it may be.
func (s *Service) quickNew(w http.ResponseWriter, r *http.Request) error {
	country, err := s.country(r.Context())
	if err != nil {
		return err
	}
	in := people.Quick(r.PostFormValue("quick"), country)
	form, err := s.newForm(r, in, nil)
	if err != nil {
		return err
	}
	if form.Matches, err = s.matches(r, in); err != nil {
		return err
	}
	return renderForm(w, r, http.StatusOK, form)
}

// createContact creates, or shows who is there already: 409 with what was typed.
func (s *Service) createContact(w http.ResponseWriter, r *http.Request) error {
	fields, err := s.Store.Fields(r.Context(), "contact")
	if err != nil {
		return err
	}
	in, _ := draftIn(r, fields)
	how := Creation{Key: web.FormKey(r), Anyway: r.PostFormValue("anyway") == "yes"}
	saved, err := s.Create(r.Context(), web.Actor(r), in, how)
	problems := errs.Fields(err)
	switch {
	case err == nil:
		s.Say.Change(r, "Contact created.", saved.Undo)
		web.SeeOther(w, r, contactPath(saved.ID))
		return nil
	case errs.KindOf(err) != errs.Invalid && errs.CodeOf(err) != CodeKnown:
		return err
	}
	form, failed := s.newForm(r, in, problems)
	if failed != nil {
		return failed
	}
	if problems != nil {
		return renderForm(w, r, http.StatusUnprocessableEntity, form)
	}
	form.Known, form.Problems = true, []ui.Problem{{Text: errs.Message(err)}}
	if form.Matches, err = s.matches(r, in); err != nil {
		return err
	}
	return renderForm(w, r, http.StatusConflict, form)
}

// showMatches is asked while somebody types.
func (s *Service) showMatches(w http.ResponseWriter, r *http.Request) error {
	in, _ := draftIn(r, nil)
	found, err := s.matches(r, in)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, web.View{Title: "New contact", Nav: "contacts", Body: view.MatchList(found)})
}

var reasonWords = map[string]string{
	store.SamePhone: "Same number", store.SameEmail: "Same email address", store.SameNameCompany: "Same name and company", store.SameNamePlace: "Same name and town",
}

func (s *Service) matches(r *http.Request, in people.Draft) (view.Matches, error) {
	found, err := s.Matches(r.Context(), web.Actor(r), in)
	if err != nil {
		return view.Matches{}, err
	}
	show, err := s.shower(r.Context())
	if err != nil {
		return view.Matches{}, err
	}
	out := view.Matches{Others: found.Others, Veiled: found.Veiled}
	for i := range found.Rows {
		row := view.MatchRow{Row: show.row(&found.Rows[i].ContactRow, nil)}
		for _, reason := range found.Rows[i].Reasons {
			row.Reasons = append(row.Reasons, reasonWords[reason])
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

func (s *Service) showEdit(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	form, err := s.Form(r.Context(), web.Actor(r), id, people.SlotName)
	if err != nil {
		return err
	}
	page, err := s.editForm(r, id, form, form.Draft, nil)
	if err != nil {
		return err
	}
	return renderForm(w, r, http.StatusOK, page.Form)
}

// saveContact saves, or shows what somebody else saved meanwhile: 409 with both.
func (s *Service) saveContact(w http.ResponseWriter, r *http.Request) error {
	id, actor := r.PathValue("id"), web.Actor(r)
	now, err := s.Form(r.Context(), actor, id, people.SlotName)
	if err != nil {
		return err
	}
	e := editionIn(r, now.Fields)
	saved, err := s.Edit(r.Context(), actor, id, e)
	problems := errs.Fields(err)
	switch {
	case err == nil:
		s.Say.Change(r, "Saved.", saved.Undo)
		web.SeeOther(w, r, contactPath(id))
		return nil
	case errs.KindOf(err) == errs.Invalid:
		page, err := s.editForm(r, id, now, now.filled(e), problems)
		if err != nil {
			return err
		}
		page.keep(e)
		return renderForm(w, r, http.StatusUnprocessableEntity, page.Form)
	case errs.CodeOf(err) != CodeChanged:
		return err
	}
	if now, err = s.Form(r.Context(), actor, id, people.SlotName); err != nil {
		return err
	}
	page, err := s.editForm(r, id, now, now.merged(e), nil)
	if err != nil {
		return err
	}
	page.Saved = changes(now, e)
	return renderForm(w, r, http.StatusConflict, page.Form)
}

func renderForm(w http.ResponseWriter, r *http.Request, status int, form view.Form) error {
	body := view.Edit(form)
	if web.Partial(r) {
		body = view.EditForm(form)
	}
	return web.Render(w, r, status, web.View{Title: form.Title, Nav: "contacts", Body: body})
}

func (s *Service) newForm(r *http.Request, in people.Draft, problems map[string]string) (view.Form, error) {
	fields, err := s.Store.Fields(r.Context(), "contact")
	if err != nil {
		return view.Form{}, err
	}
	asks, err := s.asker(r.Context(), fields, problems)
	form := view.Form{
		New: true, Title: "New contact", Action: "/contacts", Back: "/contacts", Save: "Create contact",
		Parts: asks.parts(in, people.Slots(fields)), Problems: asks.summary(),
	}
	return form, err
}

// edits is a form on which somebody edits what is there.
type edits struct{ view.Form }

func (s *Service) editForm(r *http.Request, id string, now Form, in people.Draft, problems map[string]string) (edits, error) {
	asks, err := s.asker(r.Context(), now.Fields, problems)
	if err != nil {
		return edits{}, err
	}
	asks.seen = &now.Draft
	also, err := s.also(r, now.Of)
	return edits{view.Form{
		Also:  also,
		Title: "Edit contact", Action: contactPath(id), Back: contactPath(id), Version: strconv.FormatInt(now.Version, 10), Save: "Save contact",
		Parts: asks.parts(in, people.Slots(now.Fields)), Problems: asks.summary(),
	}}, err
}

// also is what the whole form cannot save: it is changed at once, beside it.
func (s *Service) also(r *http.Request, c store.Contact) (*view.Also, error) {
	card := Card{Card: store.Card{Contact: c}}
	if err := s.staff(r.Context(), web.Actor(r), &card); err != nil {
		return nil, err
	}
	return &view.Also{Path: contactPath(c.ID), Owner: ownerOf(web.Actor(r), card), Blocked: c.BlockedAt != 0}, nil
}

// keep has a form that was refused remember what its editor saw at first.
func (f edits) keep(e Edition) {
	for i := range f.Parts {
		if mark, ok := e.Seen[f.Parts[i].Name]; ok {
			f.Parts[i].Mark = mark
		}
	}
}

// filled is the contact with the parts that were sent.
func (f Form) filled(e Edition) people.Draft {
	out := f.Draft
	for _, part := range e.Parts {
		out = out.With(part, e.Draft)
	}
	return out
}

// merged is the contact as it stands now, with what this editor changed of it.
func (f Form) merged(e Edition) people.Draft {
	out := f.Draft
	for _, part := range e.Parts {
		if seen, marked := e.Seen[part]; !marked || e.Draft.Mark(part) != seen {
			out = out.With(part, e.Draft)
		}
	}
	return out
}

// changes are the parts in which what stands and what somebody made of it differ.
func changes(now Form, e Edition) (out []view.Change) {
	yours := now.merged(e)
	for _, part := range e.Parts {
		a, b := now.Draft.Text(part), yours.Text(part)
		if a == b {
			continue
		}
		label, own := partLabel(part, now.Fields)
		out = append(out, view.Change{Label: label, Own: own, Theirs: say(part, a, now.Fields), Yours: say(part, b, now.Fields)})
	}
	return out
}
