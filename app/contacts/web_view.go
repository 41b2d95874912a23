package contacts

import (
	"context"
	"net/http"

	"stead/app/errs"
	"stead/app/saved"
	"stead/app/web"
	"stead/store"
)

// changeView does to a view what the button of its menu says. The view "new" is
// the one that is to be made.
func (s *Service) changeView(w http.ResponseWriter, r *http.Request) error {
	id, actor, at := r.PathValue("view"), web.Actor(r), placeTyped(r)
	if err := mayList(actor); err != nil {
		return err
	}
	done, err := s.saved.Do(r.Context(), actor, id, r.PostForm, func(ctx context.Context) (store.Question, error) {
		stands := at
		if r.PostFormValue("do") == "update" && (at.view == "" || at.view == wholeList) {
			stands.view = id // another order alone
		}
		looked, err := s.question(ctx, actor, stands)
		return looked.Question, err
	})
	to := place{view: done.View, who: at.who}
	switch {
	case errs.CodeOf(err) == saved.CodeName:
		to, done = at, saved.Done{Said: errs.Message(err)}
	case err != nil:
		return err
	case done.Undo != "":
		to = place{}
	}
	s.Say.Once(r.Context(), done.Said, done.Undo)
	web.SeeOther(w, r, to.path())
	return nil
}
