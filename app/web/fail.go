package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"stead/app/errs"
)

// StatusError is a refusal that HTTP has a status for and errs has no kind.
type StatusError struct {
	Status     int
	Message    string // shown; holds no personal data
	RetryAfter time.Duration
}

func (e *StatusError) Error() string { return e.Message }

// TooMany refuses until a moment has passed.
func TooMany(after time.Duration, message string) error {
	return &StatusError{Status: http.StatusTooManyRequests, Message: message, RetryAfter: after}
}

var errSignIn = &StatusError{Status: http.StatusUnauthorized, Message: "Sign in to go on."}

func formError(err error) error {
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		return &StatusError{Status: http.StatusRequestEntityTooLarge, Message: "That is more than this form takes."}
	}
	return &StatusError{Status: http.StatusBadRequest, Message: "The form could not be read."}
}

var statuses = map[errs.Kind]int{
	errs.Invalid:     http.StatusUnprocessableEntity,
	errs.Denied:      http.StatusForbidden,
	errs.NotFound:    http.StatusNotFound,
	errs.Conflict:    http.StatusConflict,
	errs.Unavailable: http.StatusBadGateway,
}

// problem is a failure as it is shown: no cause, no path, no personal data.
type problem struct {
	status  int
	message string
	fields  map[string]string
	retry   time.Duration
}

func problemOf(err error) problem {
	var status *StatusError
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &status):
		return problem{status: status.Status, message: status.Message, retry: status.RetryAfter}
	case errors.As(err, &tooBig):
		return problemOf(formError(err))
	}
	p := problem{status: statuses[errs.KindOf(err)], message: errs.Message(err), fields: errs.Fields(err), retry: errs.RetryAfter(err)}
	switch {
	case p.status == 0:
		p.status = http.StatusInternalServerError
	case p.status == http.StatusBadGateway && errs.CodeOf(err) == "locked":
		p.status = http.StatusServiceUnavailable
	}
	return p
}

func (rt *Router) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	if p.status >= 500 && rt.Log != nil {
		rt.Log.ErrorContext(r.Context(), "request failed", "route", trace(r).pattern, "request_id", trace(r).id, "err", err)
	}
	RetryAfter(w, p.retry)
	switch {
	case p.status == http.StatusUnauthorized && !wantsJSON(r):
		signInFirst(w, r)
	case wantsJSON(r):
		writeProblem(w, p)
	default:
		if err := renderProblem(w, r, p); err != nil {
			http.Error(w, p.message, p.status)
		}
	}
}

// RetryAfter says in whole seconds when to come back.
func RetryAfter(w http.ResponseWriter, wait time.Duration) {
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
}

// signInFirst sends a browser to the sign-in page and back again afterwards.
// Whoever was signed in a moment ago, or sent something, is told why.
func signInFirst(w http.ResponseWriter, r *http.Request) {
	target, sign := "/login", "?"
	if next := returnPath(r); next != "" {
		target, sign = target+"?next="+url.QueryEscape(next), "&"
	}
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		target += sign + "unsaved"
	case hadSession(r):
		target += sign + "ended"
	}
	if r.Header.Get("HX-Request") == "true" {
		w.Header().Set("HX-Redirect", target)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
}

// hadSession tells that the browser holds the cookie of a session that has ended.
func hadSession(r *http.Request) bool {
	return Jar{}.Get(r, SessionCookie) != "" || Jar{Secure: true}.Get(r, SessionCookie) != ""
}

// wantsJSON tells programs from browsers.
func wantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.HasPrefix(r.URL.Path, "/api/") || strings.Contains(accept, "json") && !strings.Contains(accept, "text/html")
}

// writeProblem answers as RFC 9457 says.
func writeProblem(w http.ResponseWriter, p problem) {
	body := map[string]any{"type": "about:blank", "title": http.StatusText(p.status), "status": p.status, "detail": p.message}
	if len(p.fields) > 0 {
		body["fields"] = p.fields
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.status)
	_ = json.NewEncoder(w).Encode(body) // the client may have gone
}

// Fault is for handlers that have begun to answer: the error goes to the log alone.
func (rt *Router) Fault(r *http.Request, err error) {
	if rt.Log != nil && err != nil {
		rt.Log.ErrorContext(r.Context(), "response cut short", "route", trace(r).pattern, "request_id", trace(r).id, "err", fmt.Errorf("web: %w", err))
	}
}
