package app

import (
	"net/http"
	"strings"

	"stead/app/work"
	"stead/assets"
)

// paced tells long work that somebody waits for an answer. Pages that listen for
// news, and machines that ask whether it runs, do not.
func paced(p *work.Pace, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == "/live", path == "/healthz", path == "/readyz", strings.HasPrefix(path, assets.Prefix):
		default:
			defer p.Enter()()
		}
		next.ServeHTTP(w, r)
	})
}
