package browsertest

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"stead/assets"
	"stead/views/gallery"
	"stead/views/ui"
)

// strict is a content policy no looser than the product's own.
const strict = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// parts serves the gallery under a strict content policy.
func parts(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("GET "+assets.Prefix, assets.Handler())
	show := func(pattern string, render func(*http.Request, *bytes.Buffer) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			ctx := r.Context()
			if r.Form = r.URL.Query(); r.Form.Has("rtl") {
				ctx = ui.WithLocale(ctx, ui.Locale{Lang: "ar", Dir: "rtl"})
			}
			if r.Form.Has("long") { // other languages need up to this much more room
				ctx = ui.WithWords(ctx, func(english string) string { return english + " " + english[:len(english)*2/5] })
			}
			r = r.WithContext(ctx)
			var b bytes.Buffer
			if err := render(r, &b); err != nil {
				t.Error(err)
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			if r.Method == http.MethodPost {
				w.WriteHeader(http.StatusUnprocessableEntity)
			}
			_, _ = b.WriteTo(w)
		})
	}
	shell := gallery.Shell()
	show("GET /{$}", func(r *http.Request, b *bytes.Buffer) error {
		return ui.Layout(shell, gallery.Parts()).Render(r.Context(), b)
	})
	show("GET /form", func(r *http.Request, b *bytes.Buffer) error {
		return ui.Layout(shell, gallery.Form()).Render(r.Context(), b)
	})
	show("POST /form", func(r *http.Request, b *bytes.Buffer) error { return gallery.Form().Render(r.Context(), b) })
	show("GET /login", func(r *http.Request, b *bytes.Buffer) error {
		return ui.Bare("Sign in", gallery.SignIn()).Render(r.Context(), b)
	})
	show("GET /inbox", func(r *http.Request, b *bytes.Buffer) error {
		s := shell
		s.Nav, s.Title, s.Banner, s.Flash = "inbox", "", "", ""
		return ui.Layout(s, gallery.Inbox()).Render(r.Context(), b)
	})
	mux.HandleFunc("GET /live", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("POST /search", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("in") == "" { // else the palette asks while somebody types
			_, _ = w.Write([]byte("searched " + r.FormValue("q")))
		}
	})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", strict)
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestPartsSuitEveryScreen(t *testing.T) {
	base := parts(t)
	for _, s := range screens() {
		t.Run(s.Name, func(t *testing.T) {
			p := open(t, base, s)
			for name, path := range map[string]string{"parts": "/", "form": "/form", "parts-inbox": "/inbox", "parts-signin": "/login"} {
				p.visit(path)
				p.waitFor("load the font", `document.fonts.ready.then(() => true)`)
				p.shot(name)
				p.checkFits(name)
				p.checkIcons(name)
				p.checkAxe(name)
			}
		})
	}
}

func TestPartsSuitOtherLanguages(t *testing.T) {
	base := parts(t)
	for _, s := range []screen{desktop, phone, narrow} {
		p := open(t, base, s)
		for _, language := range []string{"rtl", "long"} {
			for name, path := range map[string]string{"parts": "/", "form": "/form", "parts-inbox": "/inbox", "parts-signin": "/login"} {
				p.visit(path + "?" + language)
				p.shot(name + "-" + language)
				p.checkFits(name + " " + language)
				p.checkAxe(name + " " + language)
			}
		}
	}
}

func TestOpenMenusAndDialogsAreAccessible(t *testing.T) {
	p := open(t, parts(t), desktop)
	p.visit("/")
	p.press("k", control)
	p.see("#palette[open]")
	p.shot("palette")
	p.checkAxe("palette")
	p.press(escape)
	p.gone("#palette[open]")
	p.press("?")
	p.see("#shortcuts[open]")
	p.shot("shortcuts")
	p.checkAxe("shortcuts")
	p.press(escape)
	p.click("button.who")
	p.see("#usermenu:popover-open")
	p.shot("usermenu")
	p.checkAxe("usermenu")
	p.click("[data-theme-set=dark]")
	p.waitFor("be dark", `document.documentElement.dataset.theme === 'dark'`)
	p.visit("/form")
	p.waitFor("stay dark", `document.documentElement.dataset.theme === 'dark'`)
}

func TestPaletteSearchesContactsAndJumps(t *testing.T) {
	p := open(t, parts(t), desktop)
	p.visit("/")
	p.press("k", control)
	p.see("#palette[open]")
	p.press("amara")
	p.press(enter)
	p.says("body", "searched amara")
	p.visit("/")
	p.press("k", control)
	p.press("inb")
	p.press(arrowDown)
	p.press(enter)
	p.see(".inbox")
}

func TestRefusedFormPutsFocusOnItsProblems(t *testing.T) {
	p := open(t, parts(t), desktop)
	p.visit("/form")
	p.waitFor("focus the summary", `document.activeElement.matches('.error-summary')`)
	p.click("#name")
	p.click("main form [type=submit]")
	p.waitFor("focus the new summary", `document.activeElement.matches('.error-summary')`)
	if title := ask[string](p, "document.title"); !strings.HasPrefix(title, "Error: ") {
		t.Errorf("title is %q", title)
	}
}
