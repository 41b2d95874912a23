package fields

import (
	"net/http"
	"strconv"

	"stead/app/access"
	"stead/app/errs"
	"stead/app/web"
	view "stead/views/fields"
	"stead/views/ui"
)

// typedTag is what was refused: the tag's id ("" for a new one), what was typed
// and what is wrong with it.
type typedTag struct {
	id, name, colour string
	problems         map[string]string
	changed          bool // somebody else saved it
}

func (s *Service) showTags(w http.ResponseWriter, r *http.Request) error {
	return s.renderTags(w, r, http.StatusOK, typedTag{})
}

func (s *Service) createTag(w http.ResponseWriter, r *http.Request) error {
	in := typedTag{name: r.PostFormValue("name"), colour: r.PostFormValue("colour")}
	undoID, err := s.CreateTag(r.Context(), web.Actor(r), in.name, in.colour, web.FormKey(r))
	if err == nil {
		return s.Say.Done(w, r, tagsAt, "The tag was created.", undoID)
	}
	return s.refusedTag(w, r, in, err)
}

// saveTag saves, or shows what somebody else saved meanwhile: 409 with both.
func (s *Service) saveTag(w http.ResponseWriter, r *http.Request) error {
	in := typedTag{id: r.PathValue("id"), name: r.PostFormValue("name"), colour: r.PostFormValue("colour")}
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // none is never the current one
	undoID, err := s.ChangeTag(r.Context(), web.Actor(r), in.id, version, in.name, in.colour)
	if err == nil {
		return s.Say.Done(w, r, tagsAt, "The tag was saved.", undoID)
	}
	return s.refusedTag(w, r, in, err)
}

func (s *Service) mergeTag(w http.ResponseWriter, r *http.Request) error {
	in := typedTag{id: r.PathValue("id")}
	merged, err := s.MergeTags(r.Context(), web.Actor(r), in.id, r.PostFormValue("into"))
	switch {
	case err != nil:
		return s.refusedTag(w, r, in, err)
	case merged.Operation != "":
		return s.Say.Done(w, r, "/work/"+merged.Operation, "The tags are being merged.", merged.Undo)
	}
	return s.Say.Done(w, r, tagsAt, "The tags were merged.", merged.Undo)
}

func (s *Service) refusedTag(w http.ResponseWriter, r *http.Request, in typedTag, err error) error {
	switch {
	case errs.KindOf(err) == errs.Invalid:
		in.problems = errs.Fields(err)
		return s.renderTags(w, r, http.StatusUnprocessableEntity, in)
	case errs.CodeOf(err) == CodeChanged:
		in.changed = true
		return s.renderTags(w, r, http.StatusConflict, in)
	}
	return err
}

func (s *Service) removeTag(w http.ResponseWriter, r *http.Request) error {
	undoID, err := s.DeleteTag(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.Say.Done(w, r, tagsAt, "The tag is in the bin.", undoID)
}

func (s *Service) restoreTag(w http.ResponseWriter, r *http.Request) error {
	undoID, err := s.RestoreTag(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.Say.Done(w, r, tagsAt, "The tag is back.", undoID)
}

func (s *Service) renderTags(w http.ResponseWriter, r *http.Request, status int, in typedTag) error {
	actor := web.Actor(r)
	list, err := s.Tags(r.Context(), actor)
	if err != nil {
		return err
	}
	page := view.Tags{Edits: actor.Has(access.SettingsWrite)}
	page.New, page.Colour = tagInputs("new", "", "", nil)
	if in.id == "" {
		page.New, page.Colour = tagInputs("new", in.name, in.colour, in.problems)
		page.Problems = problemsOf(page.New, page.Colour)
	}
	for _, t := range list.Tags {
		row := view.Tag{
			ID: t.ID, Name: t.Name, Colour: t.Colour, Version: strconv.FormatInt(t.Version, 10),
			People: count(r, t.People, "%s person", "%s people"), Companies: count(r, t.Companies, "%s company", "%s companies"),
			Deals: count(r, t.Deals, "%s deal", "%s deals"),
			Into:  ui.Input{ID: "into-" + t.ID}, Others: []ui.Option{{Label: "Choose a tag"}},
		}
		for _, o := range list.Tags {
			if o.ID != t.ID {
				row.Others = append(row.Others, ui.Option{Value: o.ID, Label: o.Name})
			}
		}
		row.Rename, row.Paint = tagInputs(t.ID, t.Name, t.Colour, nil)
		if t.ID == in.id {
			page.Problems = refuse(&row, in)
		}
		page.Rows = append(page.Rows, row)
	}
	for _, t := range list.Bin {
		page.Bin = append(page.Bin, view.Binned{ID: t.ID, Name: t.Name, Until: until(t.DeletedAt)})
	}
	return web.Render(w, r, status, web.View{Title: "Tags", Nav: "settings", Body: view.TagsPage(page)})
}

func count(r *http.Request, n int, one, many string) string {
	if n > counted {
		return ui.Say(r.Context(), many, Many(n))
	}
	return ui.Many(r.Context(), n, one, many)
}

func tagInputs(id, name, colour string, problems map[string]string) (in, paint ui.Input) {
	return ui.Input{ID: "name-" + id, Name: "name", Label: "Name", Value: name, Required: true, Autocomplete: "off", Problem: problems["name"]},
		ui.Input{ID: "colour-" + id, Name: "colour", Label: "Colour", Value: colour, Problem: problems["colour"]}
}

func problemsOf(inputs ...ui.Input) []ui.Problem {
	var out []ui.Problem
	for _, in := range inputs {
		if in.Problem != "" {
			out = append(out, ui.Problem{Field: in.ID, Text: in.Problem})
		}
	}
	return out
}

// refuse shows in a tag's forms what was typed and what is wrong with it.
func refuse(row *view.Tag, in typedTag) []ui.Problem {
	row.Open = true
	if row.Into.Problem = in.problems["into"]; row.Into.Problem != "" {
		return problemsOf(row.Into)
	}
	row.Rename, row.Paint = tagInputs(row.ID, in.name, in.colour, in.problems)
	if in.changed {
		row.Saved = []ui.Change{{Label: "Name", Theirs: row.Name, Yours: in.name}, {Label: "Colour", Theirs: row.Colour, Yours: in.colour}}
	}
	return problemsOf(row.Rename, row.Paint)
}
