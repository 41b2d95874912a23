package inbound

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"stead/app/errs"
	"stead/app/port"
	"stead/app/web"
	"stead/store"
)

const (
	maxBody  = 1 << 20
	patience = 10 * time.Second // providers give up after 15
	nobody   = "Sorry, nobody can take your call right now."
)

// Routes registers each provider's addresses. They need no sign-in: whoever
// calls must have signed the request.
func (s *Service) Routes(rt *web.Router) {
	for i, p := range s.Providers {
		policy := web.Policy{Public: "signed by the provider over the raw body", Raw: true}
		rt.Handle("POST /hooks/"+p.Source.Name()+"/{rest...}", policy, func(w http.ResponseWriter, r *http.Request) error {
			s.receive(w, r, i)
			return nil
		})
	}
}

// receive answers a callback: 2xx only after the event is on the disk.
func (s *Service) receive(w http.ResponseWriter, r *http.Request, i int) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	source := s.Providers[i].Source
	env, err := s.take(ctx, w, r, source)
	if err != nil {
		s.refuse(w, r, source.Name(), err)
		return
	}
	answer := port.Answer{}
	if env.Line != "" {
		answer = s.ring(ctx, env.Line, r.URL.Path)
	}
	contentType, body := source.Answer(env.Kind, answer)
	if contentType != "" {
		w.Header().Set("Content-Type", contentType)
	}
	_, _ = w.Write(body) // the provider may have gone
}

// take looks at nothing in the body before the signature was found to be
// right, and writes nothing before that.
func (s *Service) take(ctx context.Context, w http.ResponseWriter, r *http.Request, source port.Source) (port.Envelope, error) {
	if s.Vault.Locked() {
		return port.Envelope{}, &errs.Error{Kind: errs.Unavailable, Code: codeLocked, RetryAfter: 30 * time.Second, Message: "The vault is locked."}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return port.Envelope{}, err
	}
	if !strings.HasPrefix(r.RequestURI, "/") {
		return port.Envelope{}, malformed()
	}
	request := port.Request{URL: s.URL + r.RequestURI, Path: r.URL.Path, Header: r.Header, Body: body}
	if err := source.Verify(ctx, request); err != nil {
		return port.Envelope{}, err
	}
	return s.keep(ctx, source, request, true)
}

// keep makes a genuine event durable.
func (s *Service) keep(ctx context.Context, source port.Source, request port.Request, hook bool) (port.Envelope, error) {
	env, err := source.Identify(request)
	if err != nil {
		return port.Envelope{}, err
	}
	row, err := s.row(ctx, source, env)
	if err != nil {
		return port.Envelope{}, err
	}
	return env, s.commit(ctx, &entry{row: row, hook: hook}, !hook)
}

// ring says which of the business's phones a call is put through to. A call
// is never lost for want of a setting: without one, somebody says so.
func (s *Service) ring(ctx context.Context, number, path string) port.Answer {
	line, err := s.Store.Line(ctx, number)
	if err != nil || len(line.ForwardTo) == 0 {
		return port.Answer{Say: nobody}
	}
	settings, err := s.Store.TextBack(ctx)
	if err != nil {
		settings = store.DefaultTextBack()
	}
	return port.Answer{
		Dial: line.ForwardTo, RingSeconds: settings.RingSeconds, Say: nobody,
		ActionURL: s.URL + strings.TrimRight(path, "/") + "/dial",
	}
}

// refuse answers what was not kept. What the provider may send again is 503,
// and what it will not is fetched later.
func (s *Service) refuse(w http.ResponseWriter, r *http.Request, provider string, err error) {
	if errors.Is(err, port.ErrIgnored) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	status, after := refusal(err)
	if status >= http.StatusInternalServerError {
		s.Log.WarnContext(r.Context(), "callback not kept", "provider", provider, "status", status, "code", errs.CodeOf(err))
		s.CatchUp()
	}
	if after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(after/time.Second)))
	}
	http.Error(w, http.StatusText(status), status)
}

func refusal(err error) (status int, after time.Duration) {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, 0
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable, 5 * time.Second
	case errors.Is(err, store.ErrFull), errors.Is(err, store.ErrReadOnly):
		return http.StatusServiceUnavailable, time.Minute
	case errors.Is(err, io.ErrUnexpectedEOF):
		return http.StatusBadRequest, 0
	}
	switch errs.KindOf(err) {
	case errs.Denied:
		return http.StatusForbidden, 0
	case errs.Invalid:
		return http.StatusBadRequest, 0
	case errs.Unavailable:
		return http.StatusServiceUnavailable, max(errs.RetryAfter(err), 5*time.Second)
	default:
		return http.StatusInternalServerError, 0
	}
}
