package twilio

import (
	"net/http"
	"strconv"
	"time"

	"stead/app/errs"
)

// apiError is all that is kept of a refusal: Twilio's message may hold numbers.
type apiError struct {
	status, code int // code 0: the answer was not Twilio's
	retryAfter   time.Duration
}

func (e *apiError) Error() string {
	return "twilio: status " + strconv.Itoa(e.status) + ", code " + strconv.Itoa(e.code)
}

// meaning is what one of Twilio's error codes says about trying again.
type meaning struct {
	kind    errs.Kind
	message string
}

var (
	signedOut   = meaning{errs.Denied, "Twilio does not accept the account's credentials."}
	badNumber   = meaning{errs.Invalid, "Twilio says that this is not a number that can get texts."}
	badSender   = meaning{errs.Denied, "Twilio does not let this account send from this number."}
	badText     = meaning{errs.Invalid, "The text is too long for one message."}
	later       = meaning{errs.Unavailable, "The phone could not be reached. It may be off."}
	unreachable = meaning{errs.Invalid, "This number cannot get texts."}
	unfinished  = meaning{errs.Unavailable, "Twilio cannot delete this before it is finished with it."}
	notApproved = meaning{errs.Denied, "US carriers refuse texts from this number until it is registered."}
)

// meanings maps codes to reactions. What is not here failed for good, and the
// code is shown: Twilio splits codes without notice.
var meanings = map[int]meaning{
	20003: signedOut, 20005: signedOut, 20008: signedOut,
	20009: unfinished,
	20404: {errs.NotFound, "Twilio does not know this any more."},
	20429: {errs.Unavailable, "Twilio asks us to slow down."},
	20500: {errs.Unavailable, "Twilio has a fault at the moment."},
	20503: {errs.Unavailable, "Twilio is not available at the moment."},
	21211: badNumber, 21214: badNumber, 21217: badNumber, 21614: badNumber,
	21408: {errs.Denied, "The Twilio account may not send texts to this country."},
	21610: {errs.Denied, "This person has replied STOP."},
	21606: badSender, 21212: badSender, 21659: badSender, 21660: badSender, 21661: badSender,
	21617: badText, 21605: {errs.Invalid, "The attachment is too large."},
	30001: {errs.Unavailable, "Twilio's queue for this account is full."},
	30003: later,
	30005: unreachable, 30006: unreachable,
	30007: {errs.Denied, "A carrier filtered this text."},
	30008: {errs.Unavailable, "The carrier gave no reason."},
	30032: notApproved, 30034: notApproved, 30485: notApproved,
}

// whileSent is how long to wait with the deletion of a message that a carrier
// has not confirmed: Twilio refuses it until then, for an hour or more.
const whileSent = 15 * time.Minute

// public turns a refusal into the error that callers see.
func (e *apiError) public() *errs.Error {
	out := &errs.Error{Kind: errs.Invalid, Message: "Twilio refused this.", Code: strconv.Itoa(e.code), RetryAfter: e.retryAfter, Err: e}
	if e.status == http.StatusConflict && out.RetryAfter == 0 {
		out.RetryAfter = whileSent
	}
	if m, ok := meanings[e.code]; ok {
		out.Kind, out.Message = m.kind, m.message
		return out
	}
	if e.code == 0 {
		out.Code = "http_" + strconv.Itoa(e.status)
	}
	switch {
	case e.status == http.StatusUnauthorized || e.status == http.StatusForbidden:
		out.Kind, out.Message = signedOut.kind, signedOut.message
	case e.status == http.StatusNotFound:
		out.Kind, out.Message = errs.NotFound, meanings[20404].message
	case e.status == http.StatusConflict:
		out.Kind, out.Message = unfinished.kind, unfinished.message
	case e.status == http.StatusTooManyRequests:
		out.Kind, out.Message = errs.Unavailable, meanings[20429].message
	case e.status >= 500 || e.status < 400:
		out.Kind, out.Message = errs.Unavailable, meanings[20500].message
	}
	return out
}

// retryAfter reads the header in either of its two forms; nonsense is zero.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return min(max(0, time.Duration(seconds)*time.Second), time.Hour)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(0, at.Sub(now)), time.Hour)
	}
	return 0
}
