package contacts

import (
	"net/http"
	"slices"

	"stead/app/errs"
	"stead/app/people"
	"stead/app/web"
	"stead/store"
	view "stead/views/contacts"
)

// showPart asks for one part of a contact, where it stands on the card or on a
// page of its own; with ?shown it is shown again as it is.
func (s *Service) showPart(w http.ResponseWriter, r *http.Request) error {
	id, part, actor := r.PathValue("id"), r.PathValue("part"), web.Actor(r)
	if web.Partial(r) && r.URL.Query().Has("shown") {
		return s.partShown(w, r, part, Saved{})
	}
	form, err := s.Form(r.Context(), actor, id, part)
	if err != nil {
		return err
	}
	if !isPart(part, form.Fields) {
		return store.ErrNotFound
	}
	return s.renderPart(w, r, http.StatusOK, part, form, Edition{Draft: form.Draft}, nil)
}

// savePart saves one part; 409 shows what somebody else made of it meanwhile.
func (s *Service) savePart(w http.ResponseWriter, r *http.Request) error {
	id, part, actor := r.PathValue("id"), r.PathValue("part"), web.Actor(r)
	now, err := s.Form(r.Context(), actor, id, part)
	if err != nil {
		return err
	}
	if !isPart(part, now.Fields) {
		return store.ErrNotFound
	}
	e := editionIn(r, now.Fields)
	if !slices.Contains(e.Parts, part) {
		return &errs.Error{Kind: errs.Invalid, Message: "Nothing was sent to be saved."}
	}
	e.Parts = []string{part}
	saved, err := s.Edit(r.Context(), actor, id, e)
	switch {
	case err == nil && web.Partial(r):
		return s.partShown(w, r, part, saved)
	case err == nil:
		s.Say.Change(r, "Saved.", saved.Undo)
		web.SeeOther(w, r, contactPath(id))
		return nil
	case errs.KindOf(err) == errs.Invalid:
		return s.renderPart(w, r, http.StatusUnprocessableEntity, part, now, e, errs.Fields(err))
	case errs.CodeOf(err) != CodeChanged:
		return err
	}
	if now, err = s.Form(r.Context(), actor, id, part); err != nil {
		return err
	}
	e.Seen = nil // saving again puts it in the place of theirs
	return s.renderPart(w, r, http.StatusConflict, part, now, e, nil)
}

// renderPart draws the form of one part with what was typed.
func (s *Service) renderPart(w http.ResponseWriter, r *http.Request, status int, part string, now Form, e Edition, problems map[string]string) error {
	id := r.PathValue("id")
	asks, err := s.asker(r.Context(), now.Fields, problems)
	if err != nil {
		return err
	}
	asks.seen = &now.Draft
	parts := asks.parts(e.Draft, []string{part})
	if mark, ok := e.Seen[part]; ok {
		parts[0].Mark = mark
	}
	for i := range parts {
		parts[i].More = false
	}
	label, own := partLabel(part, now.Fields)
	page := view.InPlace{Fact: view.Fact{Name: part, Label: label, Own: own}, Action: partPath(id, part), Parts: parts}
	if status == http.StatusConflict {
		page.Saved = []view.Change{{Label: label, Own: own, Theirs: say(part, now.Draft.Text(part), now.Fields), Yours: say(part, e.Draft.Text(part), now.Fields)}}
	}
	if web.Partial(r) {
		body := view.EditFact(page)
		if part == people.SlotName {
			body = view.EditName(page, now.Draft.Name)
		}
		return web.Render(w, r, status, web.View{Body: body})
	}
	form := view.Form{
		Title: "Edit contact", Name: now.Draft.Name, Action: page.Action, Back: contactPath(id), Save: "Save",
		Parts: parts, Problems: asks.summary(), Saved: page.Saved,
	}
	return renderForm(w, r, status, form)
}

// partShown answers with a part as the card shows it, and, when it was saved,
// with what else of the card it changed.
func (s *Service) partShown(w http.ResponseWriter, r *http.Request, part string, saved Saved) error {
	page, card, err := s.partsPage(r, typed{})
	if err != nil {
		return err
	}
	if !isPart(part, card.Fields) {
		return store.ErrNotFound
	}
	page.FocusName = part == people.SlotName
	news := view.News{Card: page, Part: part}
	for _, f := range page.Facts {
		if f.Name == part {
			f.Focus = true
			news.Fact = f
		}
	}
	if saved.Undo != "" {
		news.Sentence, news.Undo = "Saved.", saved.Undo
	}
	return web.Render(w, r, http.StatusOK, web.View{Body: view.ShownPart(news)})
}

// partsPage is what of the card's page shows what is known of the contact.
func (s *Service) partsPage(r *http.Request, in typed) (view.Card, Card, error) {
	actor := web.Actor(r)
	card, err := s.Parts(r.Context(), actor, r.PathValue("id"))
	if err != nil {
		return view.Card{}, Card{}, err
	}
	show, err := s.shower(r.Context())
	if err != nil {
		return view.Card{}, Card{}, err
	}
	return show.card(actor, card, in), card, nil
}

// showTags lists the tags of the business, for who types one.
func (s *Service) showTags(w http.ResponseWriter, r *http.Request) error {
	if !web.Partial(r) {
		web.SeeOther(w, r, "/contacts")
		return nil
	}
	names, err := s.knownTags(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, web.View{Body: view.KnownTags(names)})
}

// setTags puts a tag on, or takes one off, where they stand on the card.
func (s *Service) setTags(w http.ResponseWriter, r *http.Request) error {
	id, actor := r.PathValue("id"), web.Actor(r)
	add, remove := r.PostFormValue("add"), r.PostFormValue("remove")
	do, name := s.AddTag, add
	if remove != "" {
		do, name = s.RemoveTag, remove
	}
	saved, err := do(r.Context(), actor, id, name)
	in, status := typed{}, http.StatusOK
	switch {
	case errs.KindOf(err) == errs.Invalid:
		in, status = typed{tag: add, tagProblem: errs.Fields(err)["tags"]}, http.StatusUnprocessableEntity
	case err != nil:
		return err
	case !web.Partial(r):
		s.Say.Change(r, "Saved.", saved.Undo)
		web.SeeOther(w, r, contactPath(id))
		return nil
	}
	if !web.Partial(r) {
		return s.renderCard(w, r, status, Place{}, in)
	}
	page, _, err := s.partsPage(r, in)
	if err != nil {
		return err
	}
	page.Tags.Focus = true
	news := view.News{Card: page, Part: people.SlotTags}
	if saved.Undo != "" {
		news.Sentence, news.Undo = "Saved.", saved.Undo
	}
	return web.Render(w, r, status, web.View{Body: view.ShownPart(news)})
}
