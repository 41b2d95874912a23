package web

import "net/http"

func (p problem) title() string {
	switch p.status {
	case http.StatusForbidden:
		return "You may not do that"
	case http.StatusNotFound:
		return "Nothing here"
	case http.StatusMethodNotAllowed, http.StatusBadRequest, http.StatusUnprocessableEntity:
		return "That request was not understood"
	case http.StatusConflict:
		return "Somebody was faster"
	case http.StatusRequestEntityTooLarge:
		return "Too large"
	case http.StatusTooManyRequests:
		return "Too many tries"
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		return "Not just now"
	}
	return "Something went wrong"
}

// renderProblem answers with a page or, for htmx, with a line in its place.
func renderProblem(w http.ResponseWriter, r *http.Request, p problem) error {
	ref := RequestID(r)
	v := View{Title: p.title(), Body: fault(p, ref)}
	switch {
	case Partial(r):
		v.Body = faultPart(p, ref)
	case currentOf(r.Context()).person == nil:
		v.Body = bareFault(p, ref)
	}
	return Render(w, r, p.status, v)
}
