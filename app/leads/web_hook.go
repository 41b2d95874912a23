package leads

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"stead/app/errs"
	"stead/app/web"
	"stead/store"
)

// The headers of a message of another system.
const (
	SignatureHeader = "X-Signature-256"
	TimestampHeader = "X-Timestamp"
	OnceHeader      = "Idempotency-Key"
)

// answer is what the sender is told.
type answer struct {
	Lead     string            `json:"lead,omitempty"`
	State    string            `json:"state,omitempty"`
	Again    bool              `json:"again,omitempty"`
	Problems map[string]string `json:"problems,omitempty"` // by path; "" is all of it
	Error    string            `json:"error,omitempty"`
}

// receive takes a message of another system: 200 it is a lead, 202 it was kept and
// somebody has to mend it, 400 it is no JSON object, 401 the signature, 409 switched
// off, 413 too long, 429 and 503 later.
func (s *Service) receive(w http.ResponseWriter, r *http.Request) error {
	if there, err := s.hookThere(r.Context(), r.PathValue("token")); err != nil {
		return err
	} else if !there { // its body is nobody's, and not waited for
		w.Header().Set("Connection", "close")
		return s.unsigned(w, r, errSignature)
	}
	select {
	case s.reading <- struct{}{}:
		defer func() { <-s.reading }()
	case <-r.Context().Done():
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, web.Usual.Webhook))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return reply(w, http.StatusRequestEntityTooLarge, answer{Error: "The body is longer than 1 MiB, so nothing was read."})
		}
		return reply(w, http.StatusBadRequest, answer{Error: "The body ended too early."})
	}
	t, err := s.TakeHook(r.Context(), r.PathValue("token"), body, Signed{
		Signature: r.Header.Get(SignatureHeader), Timestamp: r.Header.Get(TimestampHeader), Once: r.Header.Get(OnceHeader),
	})
	switch {
	case errs.CodeOf(err) == "signature":
		return s.unsigned(w, r, err)
	case errs.KindOf(err) == errs.Invalid:
		return reply(w, http.StatusBadRequest, answer{Error: errs.Message(err)})
	case errs.KindOf(err) == errs.Conflict:
		return reply(w, http.StatusConflict, answer{Error: errs.Message(err)})
	case errs.CodeOf(err) == "locked":
		web.RetryAfter(w, errLater.RetryAfter)
		return reply(w, http.StatusServiceUnavailable, answer{Error: "This cannot be taken just now. Send it again in a minute."})
	case err != nil:
		return err
	}
	status := http.StatusOK
	if t.Lead.State == store.LeadFailed || t.Lead.State == store.LeadReceived {
		status = http.StatusAccepted
	}
	return reply(w, status, answer{Lead: t.Lead.ID, State: t.Lead.State, Again: t.Again, Problems: t.Problems})
}

// unsigned refuses what nobody vouches for, and counts it.
func (s *Service) unsigned(w http.ResponseWriter, r *http.Request, err error) error {
	if wait := s.refused.Take(web.Network(web.Client(r.Context()))); wait > 0 {
		web.RetryAfter(w, wait)
		return reply(w, http.StatusTooManyRequests, answer{Error: "Too many messages without a good signature."})
	}
	return reply(w, http.StatusUnauthorized, answer{Error: errs.Message(err)})
}

func reply(w http.ResponseWriter, status int, a answer) error {
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the sender may have gone
	return nil
}
