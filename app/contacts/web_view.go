package contacts

import (
	"net/http"

	"stead/app/errs"
	"stead/app/web"
)

// changeView does to a view what the button of its menu says. The view "new" is
// the one that is to be made.
func (s *Service) changeView(w http.ResponseWriter, r *http.Request) error {
	id, actor, ctx := r.PathValue("view"), web.Actor(r), r.Context()
	at := placeTyped(r)
	yes := r.PostFormValue("shared") == "on"
	var err error
	said := "Saved."
	switch do := r.PostFormValue("do"); do {
	case "save":
		id, err = s.SaveView(ctx, actor, at.view, at.sort, r.PostFormValue("name"), yes)
		said = "View saved."
	case "duplicate":
		id, err = s.SaveView(ctx, actor, id, "", r.PostFormValue("name"), false)
		said = "View copied."
	case "rename":
		err = s.ChangeView(ctx, actor, id, ViewChange{Name: r.PostFormValue("name"), Shared: &yes})
	case "update":
		err = s.ChangeView(ctx, actor, id, ViewChange{From: orThis(at.view, id), Sort: at.sort})
	case "pin", "unpin", "first", "unfirst":
		err = s.choose(r, id, do)
	case "delete":
		return s.deleteView(w, r, id)
	default:
		return &errs.Error{Kind: errs.Invalid, Message: "Choose what to do with the view."}
	}
	if errs.KindOf(err) == errs.Invalid {
		s.flash(r, errs.Message(err))
		web.SeeOther(w, r, at.path())
		return nil
	}
	if err != nil {
		return err
	}
	s.flash(r, said)
	web.SeeOther(w, r, place{view: id, who: at.who}.path())
	return nil
}

func orThis(id, other string) string {
	if id == "" || id == wholeList {
		return other
	}
	return id
}

func (s *Service) choose(r *http.Request, id, do string) error {
	actor, ctx := web.Actor(r), r.Context()
	v, err := s.Store.View(ctx, actor.ID, id)
	if err != nil {
		return &errs.Error{Kind: errs.NotFound, Code: "view", Message: "This view is no longer there.", Err: err}
	}
	pinned, first := v.Pinned, v.First
	switch do {
	case "pin", "unpin":
		pinned = do == "pin"
	default:
		first = do == "first"
	}
	return s.ChooseView(ctx, actor, id, pinned, first)
}

func (s *Service) deleteView(w http.ResponseWriter, r *http.Request, id string) error {
	undo, err := s.DeleteView(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	if s.FlashUndo != nil {
		s.FlashUndo(r.Context(), "View deleted.", undo)
	}
	web.SeeOther(w, r, "/contacts")
	return nil
}
