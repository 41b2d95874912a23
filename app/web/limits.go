package web

import (
	"fmt"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"stead/store"
)

// Limits are the most that anybody may ask of the server at once. They stand in
// this one place; a test tries each of them over a connection.
type Limits struct {
	Header     int           // bytes of a request's first line and headers
	ReadHeader time.Duration // to send these
	Read       time.Duration // to send a whole request
	Write      time.Duration // to take the answer; streams have their own
	Idle       time.Duration // a connection that waits for the next request

	Form     int64 // bytes of a form
	Stranger int64 // of a form where nobody has signed in yet
	JSON     int64 // of a body to /api/
	Webhook  int64 // of a provider's callback
	Upload   int64 // of a form with files; each file has its own end besides

	Page        int           // rows of a list
	Streams     int           // open pages of one person that are told of news
	StreamWrite time.Duration // to take one message of such a stream
	Conns       int           // connections at once
	NetConns    int           // of them, of one network; the machine itself and its proxies have no such limit
	PlainConns  int           // connections at once to the port that leads to https
	H2Streams   int           // requests at once on one of them

	Rate, Burst           float64 // requests a second from one network, and at once
	TokenRate, TokenBurst float64 // the same, where a token or a code of somebody is tried
}

// Usual are the limits that hold.
var Usual = Limits{
	Header: 16 << 10, ReadHeader: 5 * time.Second, Read: 30 * time.Second, Write: time.Minute, Idle: time.Minute,
	Form: 256 << 10, Stranger: 8 << 10, JSON: 1 << 20, Webhook: 1 << 20, Upload: 1<<30 + 1<<20,
	Page: store.MaxPage, Streams: 12, StreamWrite: 5 * time.Second, Conns: 2048, NetConns: 64, PlainConns: 256, H2Streams: 100,
	Rate: 100, Burst: 1000, TokenRate: 2, TokenBurst: 120,
}

// Table lists the limits in words, for the command line and the manual.
func (l Limits) Table() [][2]string {
	size := func(n int64) string {
		if n >= 1<<20 {
			return fmt.Sprintf("%d MiB", n>>20)
		}
		return fmt.Sprintf("%d KiB", n>>10)
	}
	seconds := func(d time.Duration) string { return fmt.Sprintf("%g s", d.Seconds()) }
	return [][2]string{
		{"request line and headers", size(int64(l.Header))},
		{"time to send the headers", seconds(l.ReadHeader)},
		{"time to send a request", seconds(l.Read)},
		{"time to take an answer", seconds(l.Write)},
		{"idle connection", seconds(l.Idle)},
		{"form", size(l.Form)},
		{"form before sign-in", size(l.Stranger)},
		{"body to /api/", size(l.JSON)},
		{"callback of a provider", size(l.Webhook)},
		{"form with files", size(l.Upload)},
		{"rows of a list", fmt.Sprint(l.Page)},
		{"live pages of one person", fmt.Sprint(l.Streams)},
		{"time to take a live message", seconds(l.StreamWrite)},
		{"connections at once", fmt.Sprint(l.Conns)},
		{"connections of one network", fmt.Sprint(l.NetConns)},
		{"connections to port 80 at once", fmt.Sprint(l.PlainConns)},
		{"requests at once on a connection", fmt.Sprint(l.H2Streams)},
		{"requests of one network", fmt.Sprintf("%g a second, %g at once", l.Rate, l.Burst)},
		{"tries of links and codes from one network", fmt.Sprintf("%g a second, %g at once", l.TokenRate, l.TokenBurst)},
	}
}

// strangerPaths are where forms are sent by people who have not signed in.
var strangerPaths = []string{"/login", "/setup", "/unlock", "/join", "/reset", "/mail/u"}

// tokenPaths are where somebody shows a token or a code that could be guessed.
// The sign-in form itself is not among them: it has its own throttle.
var tokenPaths = []string{"/login/", "/join", "/reset", "/setup/", "/mail/u", "/calendar", "/f/confirm"}

// openPaths are where people and systems send what they want of the business,
// from pages of their own.
var openPaths = []string{"/f", "/in"}

// uploadPaths are the addresses that take files, of people who have signed in.
// Each names a route and nothing beside it: any other form is read into memory.
var uploadPaths = []string{"/contacts/*/files", "/companies/*/files", "/imports/upload", "/settings/archive/upload"}

// Guessable tells whether a token or a code could be guessed at a path, so that
// few tries are let through.
func Guessable(path string) bool { return within(path, tokenPaths) }

// body is the most that may be sent with a request.
func (l Limits) body(r *http.Request) int64 {
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, "/hooks/"), strings.HasPrefix(path, "/in/"):
		return l.Webhook
	case strings.HasPrefix(path, "/api/"):
		return l.JSON
	case within(path, strangerPaths):
		return l.Stranger
	case takesFiles(r):
		return l.Upload
	}
	return l.Form
}

// takesFiles tells a form with files, which is read part by part. The path is
// taken as the routes take it, where an escaped slash parts nothing.
func takesFiles(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data" && slices.ContainsFunc(uploadPaths, func(place string) bool {
		is, err := path.Match(place, r.URL.EscapedPath())
		return is && err == nil
	})
}

// within tells whether a path is one of the places, or below one.
func within(path string, places []string) bool {
	for _, place := range places {
		rest, ok := strings.CutPrefix(path, place)
		if ok && (rest == "" || rest[0] == '/' || strings.HasSuffix(place, "/")) {
			return true
		}
	}
	return false
}
