// Package web is the HTTP plumbing that every capability shares: routes with a
// policy, handlers that return errors, rendering, sessions, live streams, and
// the one map from error kinds to status codes. No capability's rule, no SQL
// and no page of the product ever lives here.
package web

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"stead/app/access"
	"stead/app/errs"
)

// Handler serves a request or says why it could not.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Policy says who may reach a route; the service then asks about the record.
// Exactly one of Needs, Self and Public is set.
type Policy struct {
	Needs  access.Permission
	Self   string // why everybody who is signed in may: it concerns themselves alone
	Public string // why it needs no sign-in
	Raw    bool   // the handler reads the body itself: signatures cover the raw bytes
	Fresh  bool   // the person proved who they are within the last minutes, or is asked to
	Enrol  bool   // open, too, to somebody who must set up a second factor before anything else
}

func (p Policy) problem() string {
	set := 0
	for _, given := range []bool{p.Needs != "", p.Self != "", p.Public != ""} {
		if given {
			set++
		}
	}
	switch {
	case set != 1:
		return "no policy, or more than one,"
	case p.Public != "" && p.Fresh:
		return "nobody can prove who they are"
	}
	return ""
}

// Route is a registered pattern with its policy.
type Route struct {
	Pattern string
	Policy  Policy
}

// Router registers routes; every handler passes through the same error map.
type Router struct {
	Mux *http.ServeMux
	Log *slog.Logger

	// Confirm asks who is there to prove it once more, and answers the request
	// unless it returns true. The team capability sets it.
	Confirm func(w http.ResponseWriter, r *http.Request) (bool, error)
	// Sessions tells how long ago somebody proved who they are.
	Sessions *Sessions
	// EnrolAt is where somebody goes whose role asks for a second factor.
	EnrolAt string

	routes []Route
	pages  map[string]Policy // of what is asked with GET, by path

	patterns sync.Map     // of addresses that pages ask about, see patternOf
	known    atomic.Int32 // how many there are
}

// SealedForm is the field in which a form waits, sealed, while a person proves
// who they are: Confirm opens it.
const SealedForm = "confirm_form"

// NewRouter returns a router over a fresh mux.
func NewRouter(log *slog.Logger) *Router {
	return &Router{Mux: http.NewServeMux(), Log: log, pages: map[string]Policy{}}
}

// Handle registers h for a pattern such as "POST /deals/{id}/expenses". It
// panics when p says nothing or contradicts itself: no policy, no route.
func (rt *Router) Handle(pattern string, p Policy, h Handler) {
	if problem := p.problem(); problem != "" {
		panic("web: " + problem + " for " + pattern)
	}
	rt.routes = append(rt.routes, Route{pattern, p})
	if path, ok := strings.CutPrefix(pattern, "GET "); ok {
		rt.pages[path] = p
	}
	rt.Mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		trace(r).pattern = pattern
		w.Header().Set("Cache-Control", "no-store")
		if err := rt.serve(w, r, p, h); err != nil {
			rt.fail(w, r, err)
		}
	})
}

func (rt *Router) serve(w http.ResponseWriter, r *http.Request, p Policy, h Handler) error {
	a := Actor(r)
	if p.Public == "" {
		if a.ID == "" {
			return errSignIn
		}
		if IsConfined(r.Context()) && !p.Enrol {
			return rt.enrol(w, r)
		}
	}
	if p.Needs != "" && !a.Has(p.Needs) {
		return access.Allow(a, p.Needs, access.Object{Owner: a.ID})
	}
	if r.Method == http.MethodPost && isForm(r) && !p.Raw {
		if err := r.ParseForm(); err != nil {
			return formError(err)
		}
	}
	if p.Fresh && (!IsFresh(r.Context(), rt.Sessions) || r.PostForm.Has(SealedForm)) {
		if rt.Confirm == nil {
			return &errs.Error{Kind: errs.Denied, Message: "Sign in again to do this."}
		}
		if ok, err := rt.Confirm(w, r); err != nil || !ok {
			return err
		}
	}
	return h(w, r)
}

// enrol leads somebody to where the second factor is set up.
func (rt *Router) enrol(w http.ResponseWriter, r *http.Request) error {
	if rt.EnrolAt == "" || wantsJSON(r) {
		return &errs.Error{Kind: errs.Denied, Message: "Set up your second factor first."}
	}
	SeeOther(w, r, rt.EnrolAt)
	return nil
}

// isForm leaves bodies of other kinds, and multipart ones, to the handler.
func isForm(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
}

// Opens tells whether whoever asks may see the page at path, as far as its
// route's policy says: what navigation and tabs show. Of the page of a record it
// does not know whether that is within reach.
func (rt *Router) Opens(r *http.Request, path string) bool {
	p, ok := rt.pages[path]
	if !ok {
		p, ok = rt.pages[rt.patternOf(path)]
	}
	switch a := Actor(r); {
	case !ok:
		return false
	case p.Public != "":
		return true
	case a.Nobody(), IsConfined(r.Context()) && !p.Enrol:
		return false
	default:
		return p.Needs == "" || a.Has(p.Needs)
	}
}

// patternOf is the pattern that the page at path stands under, or "".
//
// Pages ask again and again for the same few; what else they ask for is found
// anew.
func (rt *Router) patternOf(path string) string {
	if known, ok := rt.patterns.Load(path); ok {
		return known.(string) //nolint:forcetypeassert // nothing else is stored
	}
	_, pattern := rt.Mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}})
	pattern = strings.TrimPrefix(pattern, http.MethodGet+" ")
	if rt.known.Add(1) <= knownPatterns {
		rt.patterns.Store(path, pattern)
	}
	return pattern
}

// knownPatterns is how many addresses' patterns are kept.
const knownPatterns = 256

// Routes lists what was registered, for the tests that walk every route.
func (rt *Router) Routes() []Route { return slices.Clone(rt.routes) }

// ServeHTTP finds the route; what matches none is answered like any other error.
func (rt *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h, pattern := rt.Mux.Handler(r)
	switch {
	case pattern != "":
		rt.Mux.ServeHTTP(w, r)
	case isRedirect(h):
		h.ServeHTTP(w, r)
	default:
		rt.failUnmatched(w, r, h)
	}
}

// isRedirect recognises the mux's own path cleaning.
func isRedirect(h http.Handler) bool {
	probe := &probeWriter{header: http.Header{}}
	req, err := http.NewRequest(http.MethodGet, "/", http.NoBody) //nolint:noctx // never sent
	if err != nil {
		return false
	}
	h.ServeHTTP(probe, req)
	return probe.status >= 300 && probe.status < 400
}

// failUnmatched asks the mux which of "not found" and "not by this method" it is.
func (rt *Router) failUnmatched(w http.ResponseWriter, r *http.Request, h http.Handler) {
	probe := &probeWriter{header: http.Header{}}
	h.ServeHTTP(probe, r)
	if probe.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", probe.header.Get("Allow"))
		rt.fail(w, r, &StatusError{Status: http.StatusMethodNotAllowed, Message: "This address does not take that kind of request."})
		return
	}
	rt.fail(w, r, &errs.Error{Kind: errs.NotFound, Message: "There is nothing here."})
}

// probeWriter keeps the status and drops the rest.
type probeWriter struct {
	header http.Header
	status int
}

func (p *probeWriter) Header() http.Header         { return p.header }
func (p *probeWriter) Write(b []byte) (int, error) { return len(b), nil }
func (p *probeWriter) WriteHeader(status int)      { p.status = status }
