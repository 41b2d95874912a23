package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"net/textproto"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"stead/app/errs"
	"stead/app/port"
)

// refusedSignIn are the answers that say that the credentials are not right, or
// that there should be some.
var refusedSignIn = map[int]bool{530: true, 534: true, 535: true, 538: true}

// beforeMail says what a failure to connect or to sign in means: no mail went
// out, whatever it was. The cause, which may quote names, is dropped.
func beforeMail(err error) error {
	var known *errs.Error
	var answer *textproto.Error
	switch {
	case errors.As(err, &known): // the dialer's
		return known
	case errors.As(err, &answer):
		return answered(answer.Code)
	case isTLS(err):
		return &errs.Error{Kind: errs.Unavailable, Code: "tls", Message: "The mail server's certificate is not one for its name, so nothing was sent."}
	case strings.HasPrefix(err.Error(), "STARTTLS mode"):
		return &errs.Error{Kind: errs.Unavailable, Code: "no_tls", Message: "The mail server offers no TLS, so nothing was sent."}
	case errors.Is(err, gomail.ErrNoSupportedAuthDiscovered), strings.HasPrefix(err.Error(), "server does not support SMTP AUTH"):
		return &errs.Error{Kind: errs.Denied, Code: "no_auth", Message: "The mail server offers no way to sign in that Stead knows."}
	}
	return unreached(err)
}

func isTLS(err error) bool {
	return errors.As(err, new(*tls.CertificateVerificationError)) || errors.As(err, new(tls.RecordHeaderError)) || errors.As(err, new(tls.AlertError))
}

// unreached is a server that does not answer, or no more.
func unreached(err error) error {
	code := "network"
	var timed interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timed) && timed.Timeout() {
		code = "timeout"
	}
	return &errs.Error{Kind: errs.Unavailable, Code: code, Message: "The mail server cannot be reached."}
}

// answered is a refusal in the server's words: 4xx passes, 5xx does not.
func answered(code int) error {
	e := &errs.Error{Kind: errs.Invalid, Code: strconv.Itoa(code), Message: "The mail server refused the mail."}
	switch {
	case refusedSignIn[code]:
		e.Kind, e.Message = errs.Denied, "The mail server does not accept the user and the password."
	case code < 500:
		e.Kind, e.Message = errs.Unavailable, "The mail server asks to try again later."
	}
	return e
}

// ofMail says what a failure with a mail means. After its end was sent, only
// the server's own words tell whether it was taken.
func ofMail(err error) error {
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return port.ErrUnknown
	}
	switch code := failed.ErrorCode(); {
	case code >= 400:
		return answered(code)
	case failed.Reason == gomail.ErrSMTPDataClose, failed.Reason == gomail.ErrAmbiguous:
		return port.ErrUnknown
	case failed.Reason == gomail.ErrGetSender, failed.Reason == gomail.ErrGetRcpts, failed.Reason == gomail.ErrNoUnencoded:
		return badAddress("address")
	}
	return unreached(err)
}

// resultOf is what the row about the connection says.
func resultOf(err error) string {
	if errors.Is(err, port.ErrUnknown) {
		return "unknown"
	}
	return errs.CodeOf(err)
}
