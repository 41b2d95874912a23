package contacts

import (
	"net/http"

	"stead/app/web"
)

// became is the address of the contact into whom another went.
func (s *Service) became(r *http.Request, id string) string {
	to, err := s.Store.MergedInto(r.Context(), id)
	if err != nil {
		return ""
	}
	if _, err := mayRead(r.Context(), &s.Store.Reader, web.Actor(r), to); err != nil {
		return ""
	}
	return contactPath(to)
}
