package oidc

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"stead/app/errs"
	"stead/app/port"
)

// wire sends the libraries' requests by our own client and says what they
// disclose. It follows no redirect: an issuer stands where it says.
type wire struct {
	http      Doer
	processor string
}

var errElsewhere = errors.New("oidc: sent elsewhere")

// RoundTrip implements http.RoundTripper.
func (w wire) RoundTrip(req *http.Request) (*http.Response, error) {
	d := port.Disclosure{Processor: w.processor, Purpose: "sign_in"}
	if req.Method == http.MethodPost {
		d.Fields = []string{"sign_in_code"}
	}
	req = req.WithContext(port.WithDisclosure(req.Context(), d))
	req.Header.Set("User-Agent", "stead")
	seen, _ := req.Context().Value(watchKey{}).(*watch)
	res, err := w.http.Do(req)
	if err == nil && (res.StatusCode/100 == 3 || res.Request != nil && res.Request.URL.String() != req.URL.String()) {
		_ = res.Body.Close() // it is not read
		err = errElsewhere
	}
	if err != nil {
		if known := new(errs.Error); !errors.As(err, &known) && !errors.Is(err, port.ErrUnknown) {
			err = errElsewhere // our client would not go where it was sent
		}
		seen.note(err, 0)
		return nil, err
	}
	seen.note(nil, res.StatusCode)
	res.Body = &watched{res.Body, seen}
	return res, nil
}

// watch remembers what happened on the wire: the libraries turn errors into
// texts, which quote what was answered.
type watch struct {
	mu     sync.Mutex
	err    error
	status int
}

type watchKey struct{}

func watching(ctx context.Context) (context.Context, *watch) {
	seen := &watch{}
	return context.WithValue(ctx, watchKey{}, seen), seen
}

func (s *watch) note(err error, status int) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
	if s.err == nil {
		s.err = err
	}
}

// watched notes an answer that broke off or was too long.
type watched struct {
	io.ReadCloser
	seen *watch
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.seen.note(err, http.StatusOK)
	}
	return n, err
}

// public turns what a library returned into an error without a word of it.
func (s *watch) public(err error) error {
	if err == nil {
		return nil
	}
	s.mu.Lock()
	cause, status := s.err, s.status
	s.mu.Unlock()
	if cause == nil {
		cause = err
	}
	var known *errs.Error
	var said *oauth2.RetrieveError
	var timed interface{ Timeout() bool }
	switch {
	case errors.As(cause, &known):
		return &errs.Error{Kind: errs.Unavailable, Code: known.Code, Message: "The other account's provider cannot be reached."}
	case errors.Is(cause, port.ErrUnknown):
		if errors.As(cause, &timed) && timed.Timeout() {
			return away("timeout")
		}
		return away("network")
	case errors.Is(cause, errElsewhere):
		return away("redirect")
	case errors.As(err, new(*goidc.IssuerMismatchError)):
		return away("issuer")
	case errors.As(err, &said) && said.ErrorCode == "invalid_grant":
		return refused("invalid_grant")
	case errors.As(err, &said) && said.ErrorCode == "invalid_client":
		return away("invalid_client")
	case status != 0 && status != http.StatusOK:
		return away("http_" + strconv.Itoa(status))
	}
	return away("answer")
}

// away is an issuer that cannot be used as it is.
func away(code string) error {
	return &errs.Error{Kind: errs.Unavailable, Code: code, Message: "The other account's provider does not answer as it should. Sign in another way, or try again later."}
}
