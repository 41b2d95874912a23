package contacts

import (
	"errors"
	"net/http"

	"stead/app/errs"
	"stead/app/web"
	"stead/store"
)

// led has the address of a contact who went into another lead to that one. It is
// no lasting redirect: the merge can be taken back. Whoever may not see the other
// is told what they always were.
func (s *Service) led(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := h(w, r)
		if !errors.Is(err, store.ErrNotFound) && errs.KindOf(err) != errs.NotFound {
			return err
		}
		to, mergedErr := s.Store.MergedInto(r.Context(), r.PathValue("id"))
		if mergedErr != nil {
			return err
		}
		if _, hidden := mayRead(r.Context(), &s.Store.Reader, web.Actor(r), to); hidden != nil {
			return err
		}
		web.SeeOther(w, r, contactPath(to))
		return nil
	}
}
