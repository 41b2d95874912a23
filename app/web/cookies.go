package web

import (
	"net/http"
	"time"
)

// Cookie is a cookie of the product and what it is for. Whatever sets another
// fails a test.
type Cookie struct {
	Name, Purpose string
	Lasts         time.Duration
}

// The cookies. All are needed to sign in, and none is read by a script.
var (
	SessionCookie   = Cookie{"session", "Who is signed in", AbsoluteLimit}
	ChallengeCookie = Cookie{"challenge", "A sign-in between password and code", 10 * time.Minute}
	AwayCookie      = Cookie{"away", "A sign-in that is away at an identity provider", 10 * time.Minute}
	RememberCookie  = Cookie{"remember", "Stay signed in on this device, if asked to", 30 * 24 * time.Hour}
)

// Cookies lists every cookie that the product sets.
func Cookies() []Cookie {
	return []Cookie{SessionCookie, ChallengeCookie, AwayCookie, RememberCookie}
}

// Jar sets cookies with the attributes that all of them have. Secure says that
// browsers come by https: a cookie is then bound to the host.
type Jar struct{ Secure bool }

// Name is what a cookie is called in browsers.
func (j Jar) Name(c Cookie) string {
	if j.Secure {
		return "__Host-" + c.Name
	}
	return c.Name
}

// Set gives the browser a cookie.
func (j Jar) Set(w http.ResponseWriter, c Cookie, value string) {
	j.write(w, c, value, int(c.Lasts/time.Second))
}

// Clear takes a cookie away.
func (j Jar) Clear(w http.ResponseWriter, c Cookie) { j.write(w, c, "", -1) }

// Get returns what a browser sent, or "".
func (j Jar) Get(r *http.Request, c Cookie) string {
	got, err := r.Cookie(j.Name(c))
	if err != nil || len(got.Value) > 256 {
		return ""
	}
	return got.Value
}

func (j Jar) write(w http.ResponseWriter, c Cookie, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: j.Name(c), Value: value, Path: "/", MaxAge: seconds,
		Secure: j.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
