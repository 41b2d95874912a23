package inbox

import (
	"net/http"

	"stead/app/web"
)

// became is the address of the conversation of which another became a part.
func (s *Service) became(r *http.Request, id string) string {
	to, err := s.Store.ThreadInto(r.Context(), id)
	if err != nil {
		return ""
	}
	if _, err := s.Thread(r.Context(), web.Actor(r), to, ""); err != nil {
		return ""
	}
	return threadPath(to)
}
