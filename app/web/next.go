package web

import (
	"net/http"
	"net/url"
	"strings"
)

// SafeNext returns next when it is a path of this site, else fallback. A second
// slash or a backslash at the start would lead a browser elsewhere, and so might
// one further on once somebody has tidied the path.
func SafeNext(next, fallback string) string {
	if next == "" || next[0] != '/' || len(next) > 512 || strings.HasPrefix(next, "//") || strings.ContainsFunc(next, isUnsafe) {
		return fallback
	}
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || strings.Contains(u.EscapedPath(), "//") || strings.HasPrefix(u.Path, "//") || strings.ContainsFunc(u.Path, isUnsafe) {
		return fallback
	}
	return next
}

func isUnsafe(c rune) bool { return c == '\\' || c < ' ' || c == 0x7f }

// returnPath is where a person wanted to go: never a query, since it may hold
// what was searched for, and never the address of a form's target.
func returnPath(r *http.Request) string {
	if r.Header.Get("HX-Request") == "true" {
		if u, err := url.Parse(r.Header.Get("HX-Current-URL")); err == nil {
			return SafeNext(u.EscapedPath(), "")
		}
		return ""
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return ""
	}
	if r.URL.Path == "/" {
		return ""
	}
	return SafeNext(r.URL.EscapedPath(), "")
}
