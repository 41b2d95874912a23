package web

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"sync"

	"github.com/a-h/templ"

	"stead/views/ui"
)

// View is one page: its body, and what the frame around it needs to know.
type View struct {
	Title string
	Nav   string // which entry of the navigation is current
	Body  templ.Component
	Bare  bool // without the navigation: sign-in, set-up
}

// Partial tells whether htmx asked for a fragment instead of a page.
func Partial(r *http.Request) bool { return r.Header.Get("HX-Request-Type") == "partial" }

// Render writes a page, or only its body when htmx asked for a fragment: whole
// or, when a component fails, not at all.
func Render(w http.ResponseWriter, r *http.Request, status int, v View) error {
	c := v.Body
	if !Partial(r) {
		c = frame(r, status, v)
	}
	buf := buffers.Get().(*bytes.Buffer)
	defer giveBack(buf)
	if err := c.Render(r.Context(), buf); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store") // personal data
	h.Add("Vary", "HX-Request-Type")
	small := buffers.Get().(*bytes.Buffer)
	defer giveBack(small)
	body := squeeze(h, r, buf, small)
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // the client may have gone
	return nil
}

// buffers are used again: one that grows to the size of a page leaves several
// times its size behind for the garbage collector.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const maxKept = 256 << 10 // bytes of a buffer that is kept

func giveBack(buf *bytes.Buffer) {
	if buf.Cap() <= maxKept {
		buf.Reset()
		buffers.Put(buf)
	}
}

// SeeOther leads to another page: 303, or HX-Location when htmx would otherwise
// put that page into a fragment's place. path is one of ours, never input.
func SeeOther(w http.ResponseWriter, r *http.Request, path string) {
	if Partial(r) {
		w.Header().Set("HX-Location", path)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
}

// FormKey returns the key that makes a form's second submission harmless, or
// "" when what was sent cannot be one.
func FormKey(r *http.Request) string {
	key := r.PostFormValue("key")
	if len(key) < 16 || len(key) > 64 {
		return ""
	}
	return key
}

type shellKey struct{}

type shellMaker struct {
	make     func(context.Context, *http.Request) ui.Shell
	sessions *Sessions
}

// frame puts a body into the whole page.
func frame(r *http.Request, status int, v View) templ.Component {
	m, ok := r.Context().Value(shellKey{}).(shellMaker)
	cur := currentOf(r.Context())
	if v.Bare || !ok || cur.person == nil {
		return ui.Bare(v.Title, v.Body)
	}
	s := m.make(context.WithoutCancel(r.Context()), r) // a few tiny reads
	s.Title, s.Nav, s.Path = v.Title, v.Nav, r.URL.Path
	s.User = cur.person.name
	last := m.sessions.takeFlash(cur.session)
	s.Flash, s.Undo = last.sentence, last.undo
	s.Still = IsConfined(r.Context())
	s.Problem = status == http.StatusUnprocessableEntity
	return ui.Layout(s, v.Body)
}
