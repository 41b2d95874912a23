package inbox

import (
	"errors"
	"net/http"

	"stead/app/errs"
	"stead/app/web"
	"stead/store"
)

// led has the address of a conversation that became part of another lead to that
// one, where whoever asks may see it. It is no lasting redirect: the merge can be
// taken back.
func (s *Service) led(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := h(w, r)
		if !errors.Is(err, store.ErrNotFound) && errs.KindOf(err) != errs.NotFound {
			return err
		}
		to, mergedErr := s.Store.ThreadInto(r.Context(), r.PathValue("id"))
		if mergedErr != nil {
			return err
		}
		if _, hidden := s.Thread(r.Context(), web.Actor(r), to, ""); hidden != nil {
			return err
		}
		web.SeeOther(w, r, threadPath(to))
		return nil
	}
}
