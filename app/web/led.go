package web

import (
	"errors"
	"net/http"

	"stead/app/errs"
	"stead/store"
)

// Led has the address of what went into another lead to that: to is its address, or
// empty when whoever asks may not see it, who is told what they always were. It is no
// lasting redirect: a merge can be taken back.
func Led(h Handler, to func(r *http.Request, id string) string) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := h(w, r)
		if !errors.Is(err, store.ErrNotFound) && errs.KindOf(err) != errs.NotFound {
			return err
		}
		path := to(r, r.PathValue("id"))
		if path == "" {
			return err
		}
		SeeOther(w, r, path)
		return nil
	}
}
