package pipelines

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"stead/app/errs"
	"stead/app/web"
	"stead/store"
	view "stead/views/pipelines"
	"stead/views/ui"
)

func stageFrom(r *http.Request) StageDraft {
	d := StageDraft{Name: r.PostFormValue("name"), Kind: r.PostFormValue("kind"), Probability: r.PostFormValue("probability"), IdleDays: r.PostFormValue("idle")}
	for name := range r.PostForm {
		if key, ok := strings.CutPrefix(name, needs); ok {
			d.Required = append(d.Required, key)
		}
	}
	slices.Sort(d.Required)
	return d
}

func (s *Service) showNewStage(w http.ResponseWriter, r *http.Request) error {
	return s.renderNewStage(w, r, http.StatusOK, StageDraft{Kind: store.DealOpen, Probability: "50", IdleDays: "7"}, nil)
}

func (s *Service) renderNewStage(w http.ResponseWriter, r *http.Request, status int, in StageDraft, problems map[string]string) error {
	p, err := s.Pipeline(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	form, err := s.stageForm(r.Context(), in, problems)
	if err != nil {
		return err
	}
	form.New, form.Back, form.Action = true, at+"/"+p.ID, at+"/"+p.ID+"/stages"
	return web.Render(w, r, status, web.View{Title: "New stage", Nav: "settings", Body: view.StagePage(form)})
}

func (s *Service) createStage(w http.ResponseWriter, r *http.Request) error {
	in := stageFrom(r)
	undoID, err := s.AddStage(r.Context(), web.Actor(r), r.PathValue("id"), in, web.FormKey(r))
	switch {
	case errs.KindOf(err) == errs.Invalid:
		return s.renderNewStage(w, r, http.StatusUnprocessableEntity, in, errs.Fields(err))
	case err != nil:
		return err
	}
	return s.Say.Done(w, r, at+"/"+r.PathValue("id"), "The stage was created.", undoID)
}

func (s *Service) showStage(w http.ResponseWriter, r *http.Request) error {
	st, p, err := s.stage(r)
	if err != nil {
		return err
	}
	return s.renderStage(w, r, http.StatusOK, st, p, draftOf(st), nil, nil)
}

func (s *Service) stage(r *http.Request) (store.Stage, store.Pipeline, error) {
	st, err := s.Store.Stage(r.Context(), r.PathValue("id"))
	if err != nil {
		return st, store.Pipeline{}, err
	}
	p, err := s.Pipeline(r.Context(), web.Actor(r), st.PipelineID)
	if err == nil && st.DeletedAt != 0 {
		err = &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."}
	}
	return st, p, err
}

func (s *Service) renderStage(w http.ResponseWriter, r *http.Request, status int, st store.Stage, p store.Pipeline, in StageDraft, problems map[string]string, saved []ui.Change) error {
	form, err := s.stageForm(r.Context(), in, problems)
	if err != nil {
		return err
	}
	held, err := s.Store.DealsIn(r.Context(), st.ID, mostMoved+1)
	if err != nil {
		return err
	}
	if len(held) > 0 {
		form.Held = ui.Many(r.Context(), len(held), "%s deal is in it. Choose where it goes.", "%s deals are in it. Choose where they go.")
	}
	form.Action, form.Back, form.Version = "/settings/stages/"+st.ID, at+"/"+p.ID, strconv.FormatInt(st.Version, 10)
	form.Alone, form.Saved = alone(p.Stages, st), saved
	form.Into = ui.Input{Name: "into", Label: "Where its deals go", Problem: problems["into"]}
	for _, o := range p.Stages {
		if o.ID != st.ID && o.Kind == st.Kind {
			form.Others = append(form.Others, ui.Option{Value: o.ID, Label: o.Name})
		}
	}
	return web.Render(w, r, status, web.View{Title: st.Name, Nav: "settings", Body: view.StagePage(form)})
}

// saveStage saves, or shows what somebody else saved meanwhile: 409 with both.
func (s *Service) saveStage(w http.ResponseWriter, r *http.Request) error {
	in := stageFrom(r)
	undoID, err := s.ChangeStage(r.Context(), web.Actor(r), r.PathValue("id"), versionOf(r), in)
	invalid := errs.KindOf(err) == errs.Invalid
	if err != nil && !invalid && errs.CodeOf(err) != CodeChanged {
		return err
	}
	st, p, findErr := s.stage(r)
	switch {
	case findErr != nil:
		return findErr
	case err == nil:
		return s.Say.Done(w, r, at+"/"+p.ID, "The stage was saved.", undoID)
	case invalid:
		st.Version = versionOf(r)
		return s.renderStage(w, r, http.StatusUnprocessableEntity, st, p, in, errs.Fields(err), nil)
	}
	theirs := draftOf(st)
	return s.renderStage(w, r, http.StatusConflict, st, p, in, nil, ui.Changes(
		[3]string{"Name", theirs.Name, in.Name}, [3]string{"Probability, percent", theirs.Probability, in.Probability},
		[3]string{"Idle after days", theirs.IdleDays, in.IdleDays}, [3]string{"Kind", kindWords[theirs.Kind], kindWords[in.Kind]},
	))
}

func (s *Service) moveStage(w http.ResponseWriter, r *http.Request) error {
	undoID, err := s.MoveStage(r.Context(), web.Actor(r), r.PathValue("id"), r.PostFormValue("to") == "down")
	if err != nil {
		return err
	}
	_, p, err := s.stage(r)
	if err != nil {
		return err
	}
	return s.Say.Done(w, r, at+"/"+p.ID, "The stage was moved.", undoID)
}

func (s *Service) removeStage(w http.ResponseWriter, r *http.Request) error {
	st, p, err := s.stage(r)
	if err != nil {
		return err
	}
	undoID, err := s.DeleteStage(r.Context(), web.Actor(r), st.ID, r.PostFormValue("into"), versionOf(r))
	switch {
	case errs.KindOf(err) == errs.Invalid:
		return s.renderStage(w, r, http.StatusUnprocessableEntity, st, p, draftOf(st), errs.Fields(err), nil)
	case err != nil:
		return err
	}
	return s.Say.Done(w, r, at+"/"+p.ID, "The stage was deleted.", undoID)
}
