package inbound

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"stead/app/errs"
	"stead/app/port"
	"stead/app/web"
)

const (
	usualBody  = 128 << 10 // ten thousand characters of four bytes, as a form writes them
	maxReading = 64        // bodies that are read at once
	maxLarge   = 8         // of them longer than usual, or of a length that nobody told
	maxDoubted = 4         // of them from networks that were refused often
	waitToRead = time.Second
	readWithin = 10 * time.Second
)

var (
	errBusy    = &errs.Error{Kind: errs.Unavailable, Code: "busy", RetryAfter: 5 * time.Second, Message: "Too much arrives at once."}
	errTooMany = &web.StatusError{Status: http.StatusTooManyRequests, RetryAfter: 30 * time.Second, Message: "Too many refused callbacks."}
)

// door bounds what strangers cost before a signature has said who they are.
type door struct {
	reading, doubted, large chan struct{}
	refused                 refusals
}

func newDoor() *door {
	return &door{reading: make(chan struct{}, maxReading), doubted: make(chan struct{}, maxDoubted), large: make(chan struct{}, maxLarge), refused: refusals{by: map[string]*strikes{}}}
}

// body reads a request's body if its headers are those of a callback and there
// is room. A network that was refused often and never vouched for since is
// heard only a few at a time, and not at all without a signature.
func (d *door) body(w http.ResponseWriter, r *http.Request, source port.Source, doubted bool) ([]byte, error) {
	if err := source.Admit(r.Header); err != nil {
		if doubted {
			return nil, errTooMany
		}
		return nil, err
	}
	if r.ContentLength > web.Usual.Webhook {
		return nil, &http.MaxBytesError{Limit: web.Usual.Webhook}
	}
	if doubted {
		if !enter(d.doubted) {
			return nil, errTooMany
		}
		defer func() { <-d.doubted }()
	}
	if r.ContentLength < 0 || r.ContentLength > usualBody {
		if !enter(d.large) {
			return nil, errBusy
		}
		defer func() { <-d.large }()
	}
	if !enter(d.reading) { // a burst is read in no time
		soon := time.NewTimer(waitToRead)
		defer soon.Stop()
		select {
		case d.reading <- struct{}{}:
		case <-soon.C:
			return nil, errBusy
		case <-r.Context().Done():
			return nil, errBusy
		}
	}
	defer func() { <-d.reading }()
	return readAll(w, r)
}

func enter(places chan struct{}) bool {
	select {
	case places <- struct{}{}:
		return true
	default:
		return false
	}
}

// readAll ends a sender that is slow on purpose.
func readAll(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	rc := http.NewResponseController(w)
	late := time.AfterFunc(readWithin, func() { _ = rc.SetReadDeadline(web.Past) })
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, web.Usual.Webhook))
	inTime := late.Stop()
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil && inTime:
		return body, nil
	case errors.As(err, &tooLarge):
		return nil, err
	case !inTime, errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &web.StatusError{Status: http.StatusRequestTimeout, Message: "The callback took too long."}
	}
	return nil, &errs.Error{Kind: errs.Invalid, Code: "body", Message: "The callback ended too early.", Err: err}
}

const (
	maxStrikes  = 30          // refusals that a network has at once
	perStrike   = time.Second // and gets back, one by one
	maxNetworks = 10_000      // that are remembered
)

// refusals counts by network what was refused. A callback that was signed
// clears its network, so that no neighbour shuts a provider out.
type refusals struct {
	mu sync.Mutex
	by map[string]*strikes
}

type strikes struct {
	n  int
	at time.Time // of the first that counts
}

func (f *refusals) many(network string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.by[network]
	return s != nil && s.left(now) >= maxStrikes
}

// left forgets what time has made good.
func (s *strikes) left(now time.Time) int {
	if gone := int(now.Sub(s.at) / perStrike); gone > 0 {
		s.n, s.at = max(0, s.n-gone), now
	}
	return s.n
}

func (f *refusals) note(network string, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.by[network]
	if s == nil {
		if len(f.by) >= maxNetworks {
			clear(f.by)
		}
		s = &strikes{at: now}
		f.by[network] = s
	}
	s.n = min(maxStrikes, s.left(now)+1)
}

func (f *refusals) clear(network string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.by, network)
}
