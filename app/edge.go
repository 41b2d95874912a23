package app

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"

	"stead/app/web"
)

// guard answers for the names of the instance and no other, so that no name
// that somebody points here, or writes into a request, ever gets a page. The
// name of callbacks has callbacks and nothing else.
func guard(cfg Config, next http.Handler) http.Handler {
	hooks := cfg.HookURL()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := askedHost(r)
		met := r.TLS != nil && strings.EqualFold(r.TLS.ServerName, host) // or a connection made for one name asks for another
		switch {
		case met && host == cfg.Domain:
			next.ServeHTTP(w, r.WithContext(web.WithBase(r.Context(), cfg.URL)))
		case met && cfg.HookDomain != "" && host == cfg.HookDomain && strings.HasPrefix(r.URL.Path, hooksPath):
			next.ServeHTTP(w, r.WithContext(web.WithBase(r.Context(), hooks)))
		case met && cfg.HookDomain != "" && host == cfg.HookDomain:
			refuse(w, http.StatusNotFound)
		default:
			refuse(w, http.StatusMisdirectedRequest)
		}
	})
}

const hooksPath = "/hooks/"

// askedHost is the name that a request is for, without its port.
func askedHost(r *http.Request) string {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(host)
}

func refuse(w http.ResponseWriter, status int) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, http.StatusText(status)+"\n") // the client may have gone
}

// plain answers without TLS: it proves to the authority that the name is ours,
// and leads browsers to https. What programs send is refused instead: whoever
// is redirected goes on sending secrets in the clear and never learns of it.
func plain(cfg Config, proof func(http.ResponseWriter, *http.Request) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := askedHost(r)
		if (host == cfg.Domain || cfg.HookDomain != "" && host == cfg.HookDomain) && proof(w, r) {
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead || r.URL.Path == "" || r.URL.Path[0] != '/' || isForPrograms(r.URL.Path) {
			w.Header().Set("Connection", "close")
			refuse(w, http.StatusForbidden)
			return
		}
		base, err := url.Parse(cfg.URL)
		if err != nil {
			refuse(w, http.StatusForbidden)
			return
		}
		base.Path, base.RawPath, base.RawQuery = r.URL.Path, r.URL.RawPath, r.URL.RawQuery
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, base.String(), http.StatusMovedPermanently)
	})
}

// isForPrograms tells what no browser opens, however it is spelt.
func isForPrograms(p string) bool {
	clean := strings.ToLower(path.Clean(strings.ReplaceAll(p, `\`, "/"))) + "/"
	return strings.HasPrefix(clean, hooksPath) || strings.HasPrefix(clean, "/api/")
}
