package inbound

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"stead/app/errs"
	"stead/app/port"
	"stead/app/web"
	"stead/store"
)

const (
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
	request, err := s.take(ctx, w, r, source)
	if err != nil {
		s.refuse(w, err)
		return
	}
	env, err := s.keep(ctx, source, request, true)
	if err != nil {
		s.missed(r, source.Name(), err)
		s.refuse(w, err)
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

// take returns a callback that is genuine. It looks at nothing in the body
// before the signature was found to be right, and writes nothing before that.
func (s *Service) take(ctx context.Context, w http.ResponseWriter, r *http.Request, source port.Source) (port.Request, error) {
	if s.Vault.Locked() {
		return port.Request{}, &errs.Error{Kind: errs.Unavailable, Code: codeLocked, RetryAfter: 30 * time.Second, Message: "The vault is locked."}
	}
	if !strings.HasPrefix(r.RequestURI, "/") {
		return port.Request{}, malformed()
	}
	network := web.Network(web.Client(ctx))
	body, err := s.door.body(w, r, source, s.door.refused.many(network, s.Now()))
	request := port.Request{URL: web.Base(ctx, s.URL) + r.RequestURI, Path: r.URL.Path, Header: r.Header, Body: body}
	if err == nil {
		err = source.Verify(ctx, request)
	}
	switch {
	case err == nil:
		s.door.refused.clear(network)
	case errs.KindOf(err) != errs.Unavailable:
		s.door.refused.note(network, s.Now())
	}
	return request, err
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

// missed has a genuine callback fetched later that could not be kept for a
// reason of ours. What strangers send never gets here.
func (s *Service) missed(r *http.Request, provider string, err error) {
	if errors.Is(err, port.ErrIgnored) {
		return
	}
	if status, _ := refusal(err); status >= http.StatusInternalServerError {
		s.Log.WarnContext(r.Context(), "callback not kept", "provider", provider, "status", status, "code", errs.CodeOf(err))
		s.CatchUp()
	}
}

// refuse answers what was not kept. What the provider may send again is 503.
func (*Service) refuse(w http.ResponseWriter, err error) {
	if errors.Is(err, port.ErrIgnored) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	status, after := refusal(err)
	web.RetryAfter(w, after)
	http.Error(w, http.StatusText(status), status)
}

func refusal(err error) (status int, after time.Duration) {
	var tooLarge *http.MaxBytesError
	var told *web.StatusError
	switch {
	case errors.As(err, &told):
		return told.Status, told.RetryAfter
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, 0
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable, 5 * time.Second
	case errors.Is(err, store.ErrFull), errors.Is(err, store.ErrReadOnly):
		return http.StatusServiceUnavailable, time.Minute
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
