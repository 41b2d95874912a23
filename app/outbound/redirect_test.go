package outbound

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"stead/app/errs"
	"stead/app/port"
)

func TestRedirects(t *testing.T) {
	reached := map[string]http.Header{}
	bodies := map[string]string{}
	note := func(name string, r *http.Request) {
		reached[name] = r.Header
		body, _ := io.ReadAll(r.Body)
		bodies[name] = string(body)
	}
	cdn := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/back" {
			http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
			return
		}
		note("cdn", r)
	})
	first := serve(t, func(w http.ResponseWriter, r *http.Request) {
		to := r.URL.Query().Get("to")
		if code := r.URL.Query().Get("code"); code == "307" {
			http.Redirect(w, r, to, http.StatusTemporaryRedirect)
		} else if to != "" {
			http.Redirect(w, r, to, http.StatusFound)
		} else {
			note("first", r)
		}
	})
	loop := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) })
	k := newKit(t, nil, first.URL, cdn.URL, loop.URL)

	for name, tt := range map[string]struct {
		method, address, reaches string
		authorized               bool
		body                     string
	}{
		"within the host credentials stay":      {"GET", first.URL + "?to=/plain", "first", true, ""},
		"to another host they are dropped":      {"GET", first.URL + "?to=" + cdn.URL, "cdn", false, ""},
		"and stay dropped on the way back":      {"GET", first.URL + "?to=" + cdn.URL + "/back%3Fto=" + first.URL, "first", false, ""},
		"a body goes again within the host":     {"POST", first.URL + "?code=307&to=/plain", "first", true, "secret"},
		"a body never goes on to another":       {"POST", first.URL + "?code=307&to=" + cdn.URL, "", false, ""},
		"an answer elsewhere needs no body":     {"POST", first.URL + "?to=" + cdn.URL, "cdn", false, ""},
		"to a private address":                  {"GET", first.URL + "?to=https://10.1.2.3/", "", false, ""},
		"to the machine's own metadata":         {"GET", first.URL + "?to=https://169.254.169.254/latest", "", false, ""},
		"to a name that is the machine itself":  {"GET", first.URL + "?to=https://localhost/", "", false, ""},
		"to a host that was not named, no TLS":  {"GET", first.URL + "?to=http://example.com/", "", false, ""},
		"to another scheme":                     {"GET", first.URL + "?to=file:///etc/passwd", "", false, ""},
		"round and round":                       {"GET", loop.URL + "/a", "", false, ""},
		"to a port of the host not named as it": {"GET", first.URL + "?to=http://127.0.0.1:1/", "", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			clear(reached)
			clear(bodies)
			before := len(k.rows(t))
			_, err := k.send(t, told, tt.method, tt.address, "secret")
			if tt.reaches == "" {
				if err == nil || len(reached) > 0 {
					t.Fatalf("followed: %v, %v", reached, err)
				}
				if errors.As(err, new(*errs.Error)) {
					t.Errorf("%v reads as if nothing had gone out", err)
				}
				if !errors.Is(err, errRedirect) && !errors.Is(err, port.ErrUnknown) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			h := reached[tt.reaches]
			if h == nil || (h.Get("Authorization") != "") != tt.authorized || h.Get("Referer") != "" {
				t.Errorf("reached with %v", reached)
			}
			if tt.method == "POST" && bodies[tt.reaches] != tt.body {
				t.Errorf("the body was %q", bodies[tt.reaches])
			}
			if rows := k.rows(t); len(rows) < before+2 || !strings.HasPrefix(rows[len(rows)-1].Result, "200") && !hasResult(rows, "200") {
				t.Errorf("each hop is written down: %+v", rows)
			}
		})
	}
	if n := len(k.rows(t)); n > 60 {
		t.Errorf("%d rows: a loop was followed", n)
	}
}
