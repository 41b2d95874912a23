package resend

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"stead/app/errs"
	"stead/app/port"
)

// The names of refusals that are acted upon.
const (
	restricted = "restricted_api_key" // the key may send, and nothing else
	repeated   = "invalid_idempotent_request"
	concurrent = "concurrent_idempotent_requests"
	daily      = "daily_quota_exceeded"
	monthly    = "monthly_quota_exceeded"
)

// signedOut are the refusals of a key.
var signedOut = map[string]bool{"missing_api_key": true, "invalid_api_key": true, restricted: true, "suspended_api_key": true}

// name is what a refusal may be called to be kept: its message may hold addresses.
var name = regexp.MustCompile(`^[a-z_]{3,40}$`)

// refusal says what an answer means. A server error that is not in Resend's
// words comes from something in between: nobody knows what became of a mail.
func refusal(method string, res *http.Response, answer []byte, now time.Time) error {
	var said struct {
		Name string `json:"name"`
	}
	known := json.Unmarshal(answer, &said) == nil && name.MatchString(said.Name)
	if !known {
		if method == http.MethodPost && res.StatusCode >= 500 && res.StatusCode != http.StatusServiceUnavailable {
			return port.ErrUnknown
		}
		said.Name = "http_" + strconv.Itoa(res.StatusCode)
	}
	e := &errs.Error{Kind: errs.Invalid, Code: said.Name, Message: "Resend refused this mail.", RetryAfter: retryAfter(res.Header, now)}
	switch {
	case signedOut[said.Name], !known && (res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden):
		e.Kind, e.Message = errs.Denied, "Resend does not accept the API key."
	case said.Name == repeated:
		e.Kind, e.Message = errs.Conflict, "Resend has this mail already."
	case said.Name == concurrent:
		e.Kind, e.Message = errs.Unavailable, "Resend is busy with this mail."
	case said.Name == daily, said.Name == monthly:
		e.Kind, e.Message, e.RetryAfter = errs.Unavailable, "The Resend account has used up what it may send.", max(e.RetryAfter, time.Hour)
	case res.StatusCode == http.StatusTooManyRequests:
		e.Kind, e.Message = errs.Unavailable, "Resend asks us to slow down."
	case res.StatusCode >= 500, res.StatusCode < 400:
		e.Kind, e.Message = errs.Unavailable, "Resend has a fault at the moment."
	}
	return e
}

// retryAfter reads how long to wait: the header in either of its two forms, or
// Resend's own in seconds; nonsense is zero.
func retryAfter(h http.Header, now time.Time) time.Duration {
	for _, key := range []string{"Retry-After", "Ratelimit-Reset"} {
		value := h.Get(key)
		if seconds, err := strconv.Atoi(value); err == nil {
			return min(max(0, time.Duration(seconds)*time.Second), time.Hour)
		}
		if at, err := http.ParseTime(value); err == nil {
			return min(max(0, at.Sub(now)), time.Hour)
		}
	}
	return 0
}
